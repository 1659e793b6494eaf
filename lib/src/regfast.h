/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The short ways through the register cache, for what an exit is usually about:
 * general registers, RIP and RFLAGS, one at a time, on a page that can be used. All
 * else goes the long way, and each function here does what the long way would do.
 */
#ifndef MSHVCTL_SRC_REGFAST_H
#define MSHVCTL_SRC_REGFAST_H

#include "regcache.h"

/* All general slots are in the first word of a set. */
_Static_assert(GENERAL_SLOT + GENERAL_COUNT <= 64, "one word will not do");
_Static_assert(sizeof(((struct hv_vp_register_page *)0)->registers) ==
	       GENERAL_COUNT * sizeof(uint64_t), "a row of 64-bit words");

/* The long ways: any register of at most 64 bits, whatever state the page is in. */
int regcache_get64_any(struct mshv_regcache *cache, uint32_t name,
		       uint64_t *value);
int regcache_set64_any(struct mshv_regcache *cache, uint32_t name,
		       uint64_t value);

static inline int regcache_get64(struct mshv_regcache *cache, uint32_t name,
				 uint64_t *value)
{
	uint32_t i = name - HV_X64_REGISTER_RAX;
	uint64_t bit = UINT64_C(1) << GENERAL_SLOT << (i & 63);

	if (i >= GENERAL_COUNT)
		return regcache_get64_any(cache, name, value);
	if (cache->known.word[0] & bit) {
		*value = cache->value[GENERAL_SLOT + i].reg64;
		return 0;
	}
	if ((cache->stale.word[0] & bit) || !regcache_page_usable(cache))
		return regcache_get64_any(cache, name, value);
	*value = regcache_header(cache)->registers[i];
	cache->counters.page_reads++;
	return 0;
}

static inline int regcache_set64(struct mshv_regcache *cache, uint32_t name,
				 uint64_t value)
{
	uint32_t i = name - HV_X64_REGISTER_RAX;
	uint64_t bit = UINT64_C(1) << GENERAL_SLOT << (i & 63);

	if (i >= GENERAL_COUNT || ((cache->known.word[0] | cache->stale.word[0]) & bit) ||
	    !regcache_page_usable(cache))
		return regcache_set64_any(cache, name, value);
	if (regcache_header(cache)->registers[i] == value)
		return 0;
	cache->value[GENERAL_SLOT + i] = (union hv_register_value){
		.reg64 = value
	};
	cache->known.word[0] |= bit;
	cache->dirty.word[0] |= bit;
	return 0;
}

static inline bool regcache_rip_is_dirty(const struct mshv_regcache *cache)
{
	return cache->dirty.word[0] >> GENERAL_SLOT >>
	       (HV_X64_REGISTER_RIP - HV_X64_REGISTER_RAX) & 1;
}

/* Whether no other writes are held than such as the page can carry now. */
static inline bool regcache_is_general(const struct mshv_regcache *cache)
{
	uint64_t others = cache->dirty.word[0] & ~GENERAL_SLOTS;

	for (int i = 1; i < SLOTSET_WORDS; i++)
		others |= cache->dirty.word[i];
	return !others && !cache->stale_classes && regcache_page_usable(cache);
}

static inline void regcache_flush_general(struct mshv_regcache *cache)
{
	const uint64_t rip = UINT64_C(1) << GENERAL_SLOT
			     << (HV_X64_REGISTER_RIP - HV_X64_REGISTER_RAX);
	const uint64_t rflags = rip << 1;
	uint64_t dirty = cache->dirty.word[0];
	uint32_t classes = 0;

	if (dirty & ~(rip | rflags))
		classes |= 1u << HV_X64_REGISTER_CLASS_GENERAL;
	if (dirty & rip)
		classes |= 1u << HV_X64_REGISTER_CLASS_IP;
	if (dirty & rflags)
		classes |= 1u << HV_X64_REGISTER_CLASS_FLAGS;
	for (; dirty; dirty &= dirty - 1) {
		int slot = __builtin_ctzll(dirty);

		regcache_header(cache)->registers[slot - GENERAL_SLOT] =
			cache->value[slot].reg64;
		cache->counters.page_writes++;
	}
	cache->dirty.word[0] = 0;
	/* The kernel may have been stopped before it consumed earlier ones. */
	regcache_header(cache)->dirty |= classes;
}

static inline int regcache_flush(struct mshv_regcache *cache)
{
	if (!regcache_is_general(cache))
		return mshv_regcache_flush(cache);
	if (cache->dirty.word[0])
		regcache_flush_general(cache);
	return 0;
}

static inline void regcache_exited(struct mshv_regcache *cache, bool exited)
{
	cache->known = cache->dirty;
	if (!exited)
		return;
	slotset_clear(&cache->stale);
	cache->stale_classes = 0;
}

#endif /* MSHVCTL_SRC_REGFAST_H */
