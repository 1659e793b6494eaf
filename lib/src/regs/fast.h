/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The short ways through the register cache, for what an exit is usually about:
 * general registers, RIP and RFLAGS, one at a time, on a page that can be used. A
 * write is laid on the page at once. All else goes the long way, and the results are
 * those of the long way.
 */
#ifndef MSHVCTL_SRC_REGS_FAST_H
#define MSHVCTL_SRC_REGS_FAST_H

#include "regs/cache.h"

/* All general slots are in the first word of a set. */
_Static_assert(GENERAL_SLOT + GENERAL_COUNT <= 64, "one word will not do");
_Static_assert(sizeof(((struct hv_vp_register_page *)0)->registers) ==
	       GENERAL_COUNT * sizeof(uint64_t), "a row of 64-bit words");

/* Among the general registers: 16 of them, RIP, RFLAGS. */
#define RIP_BIT (HV_X64_REGISTER_RIP - HV_X64_REGISTER_RAX)
_Static_assert(RIP_BIT == 16 && HV_X64_REGISTER_RFLAGS == HV_X64_REGISTER_RIP + 1,
	       "the order of names");

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

static inline uint32_t regcache_class(uint32_t i)
{
	return i < RIP_BIT  ? 1u << HV_X64_REGISTER_CLASS_GENERAL :
	       i == RIP_BIT ? 1u << HV_X64_REGISTER_CLASS_IP :
			      1u << HV_X64_REGISTER_CLASS_FLAGS;
}

static inline void regcache_lay(struct mshv_regcache *cache, uint32_t i, uint64_t value)
{
	regcache_header(cache)->registers[i] = value;
	regcache_header(cache)->dirty |= regcache_class(i);
	cache->counters.page_writes += !(cache->laid >> i & 1);
	cache->laid |= 1u << i;
}

/* Whether the page has all general registers as the VP left them, and can be written. */
static inline bool regcache_is_fresh(const struct mshv_regcache *cache)
{
	return !((cache->known.word[0] | cache->stale.word[0]) & GENERAL_SLOTS) &&
	       regcache_page_ready(cache) &&
	       !(regcache_header(cache)->dirty | cache->laid);
}

/* A general register of such a page. */
static inline uint64_t regcache_fresh(struct mshv_regcache *cache, unsigned int i)
{
	cache->counters.page_reads++;
	return regcache_header(cache)->registers[i];
}

/* Lay RIP on such a page, and after it a general register that has changed. */
static inline void regcache_lay_rip(struct mshv_regcache *cache, uint64_t rip)
{
	struct hv_vp_register_page *page = regcache_header(cache);

	page->rip = rip;
	page->dirty = 1u << HV_X64_REGISTER_CLASS_IP;
	cache->laid = 1u << RIP_BIT;
	cache->counters.page_writes++;
}

static inline void regcache_lay_general(struct mshv_regcache *cache, unsigned int i,
					uint64_t value)
{
	struct hv_vp_register_page *page = regcache_header(cache);

	if (page->registers[i] == value)
		return;
	page->registers[i] = value;
	page->dirty |= 1u << HV_X64_REGISTER_CLASS_GENERAL;
	cache->laid |= 1u << i;
	cache->counters.page_writes++;
}

/*
 * What a run that did not take place has left on the page is not mixed with what is
 * laid there now, which may have to be taken back.
 */
static inline int regcache_set64(struct mshv_regcache *cache, uint32_t name,
				 uint64_t value)
{
	struct hv_vp_register_page *page = regcache_header(cache);
	uint32_t i = name - HV_X64_REGISTER_RAX;
	uint64_t bit = UINT64_C(1) << GENERAL_SLOT << (i & 63);

	if (i >= GENERAL_COUNT || (cache->known.word[0] & bit) ||
	    (cache->stale_classes & regcache_class(i)) ||
	    !regcache_page_usable(cache) || (page->dirty && !cache->laid))
		return regcache_set64_any(cache, name, value);
	if (page->registers[i] != value)
		regcache_lay(cache, i, value);
	return 0;
}

static inline bool regcache_rip_is_dirty(const struct mshv_regcache *cache)
{
	return (cache->dirty.word[0] >> GENERAL_SLOT | cache->laid) >> RIP_BIT & 1;
}

/* The same, or it was written since the exit, and is in place by now. */
static inline bool regcache_rip_is_written(const struct mshv_regcache *cache)
{
	return regcache_rip_is_dirty(cache) || (cache->stale_classes & RIP_IN_PLACE);
}

/* A flush is about to put RIP in place. */
static inline void regcache_note_rip(struct mshv_regcache *cache)
{
	if (regcache_rip_is_dirty(cache))
		cache->stale_classes |= RIP_IN_PLACE;
}

/* Before a run, whose end regcache_exited() is told: what is laid on the page is in place. */
static inline int regcache_flush_to_run(struct mshv_regcache *cache)
{
	if (!slotset_empty(&cache->dirty) || (cache->laid && !regcache_page_ready(cache)))
		return mshv_regcache_flush(cache);
	return 0;
}

static inline void regcache_exited(struct mshv_regcache *cache, bool exited)
{
	cache->known = cache->dirty;
	cache->laid = 0;
	if (!exited)
		return;
	slotset_clear(&cache->stale);
	cache->stale_classes = 0;
}

/* The same after an exit, where a flush has left no write. */
static inline void regcache_exited_clean(struct mshv_regcache *cache)
{
	memset(&cache->known, 0,
	       offsetof(struct mshv_regcache, absent) -
	       offsetof(struct mshv_regcache, known));
}

#endif /* MSHVCTL_SRC_REGS_FAST_H */
