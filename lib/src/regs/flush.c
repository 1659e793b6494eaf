// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The register cache: putting held writes in place, and forgetting at an exit.
 */
#include <errno.h>
#include <string.h>

#include "regs/fast.h"
#include "regs/order.h"

/* A write has reached the VP by hypercall; the page may not show it. */
static void written_by_hypercall(struct mshv_regcache *cache, int slot)
{
	const struct reg_info *info = &reg_table[slot];

	slotset_remove(&cache->dirty, slot);
	if (!info->page_offset)
		return;
	slotset_add(&cache->stale, slot);
	if (info->page_class != REG_NO_CLASS)
		cache->stale_classes |= 1u << info->page_class;
}

/* Write up to MSHV_REGCACHE_MAX_SET registers by one hypercall. */
static int set_some(struct mshv_regcache *cache, const int *slots, size_t n)
{
	struct hv_register_assoc regs[MSHV_REGCACHE_MAX_SET];
	size_t done = 0;
	int err;

	memset(regs, 0, n * sizeof(regs[0]));
	for (size_t i = 0; i < n; i++) {
		regs[i].name = reg_table[slots[i]].name;
		regs[i].value = cache->value[slots[i]];
	}
	err = cache->ops.set(cache->opaque, regs, n, &done);
	cache->counters.set_calls++;
	cache->refused = err && done < n ? regs[done].name : 0;
	if (!err || done > n)
		done = err ? 0 : n;
	cache->counters.set_regs += done;
	/* What arrived before an error must not be written a second time. */
	for (size_t i = 0; i < done; i++)
		written_by_hypercall(cache, slots[i]);
	return err;
}

/* Write by hypercall all that the page cannot carry, or @all. */
static int flush_hypercall(struct mshv_regcache *cache, bool all)
{
	struct slotset set = cache->dirty;
	int slots[REG_SLOTS];
	int slot, err;
	size_t n;

	slotset_for_each(slot, &cache->dirty)
		if (!all && regcache_page_carries(cache, slot))
			slotset_remove(&set, slot);
	n = reg_order(&set, slots);

	for (size_t i = 0; i < n; i += MSHV_REGCACHE_MAX_SET) {
		size_t left = n - i;

		err = set_some(cache, &slots[i], left < MSHV_REGCACHE_MAX_SET ?
						 left : MSHV_REGCACHE_MAX_SET);
		if (err)
			return err;
	}
	return 0;
}

static void flush_page(struct mshv_regcache *cache)
{
	struct hv_vp_register_page *page = regcache_header(cache);
	uint32_t classes = 0;
	int slot;

	slotset_for_each(slot, &cache->dirty) {
		const struct reg_info *info = &reg_table[slot];

		memcpy(cache->page + info->page_offset, &cache->value[slot],
		       info->size);
		classes |= 1u << info->page_class;
		cache->counters.page_writes++;
	}
	slotset_clear(&cache->dirty);
	/* The kernel may have been stopped before it consumed earlier ones. */
	page->dirty |= classes;
}

static bool page_carries_all(const struct mshv_regcache *cache)
{
	int slot;

	slotset_for_each(slot, &cache->dirty)
		if (!regcache_page_carries(cache, slot))
			return false;
	return true;
}

int mshv_regcache_flush(struct mshv_regcache *cache)
{
	int err;

	if (!cache)
		return -EINVAL;
	regcache_note_rip(cache);
	if (cache->laid && !regcache_page_usable(cache))
		regcache_take_laid(cache);

	/*
	 * Hypercalls first: they can fail, and they can make the hypervisor take
	 * the page's validity back, in which case the rest has to follow them.
	 */
	while (!page_carries_all(cache)) {
		regcache_take_laid(cache);
		err = flush_hypercall(cache, false);
		if (err)
			return err;
	}
	if (!slotset_empty(&cache->dirty))
		flush_page(cache);
	cache->laid = 0;
	return 0;
}

void regcache_take_laid(struct mshv_regcache *cache)
{
	struct hv_vp_register_page *page = regcache_header(cache);

	if (!cache->laid)
		return;
	for (uint32_t i = 0; i < GENERAL_COUNT; i++) {
		int slot = GENERAL_SLOT + (int)i;

		if (!(cache->laid >> i & 1))
			continue;
		cache->counters.page_writes--;
		/* A newer value may be held already. */
		if (slotset_has(&cache->dirty, slot))
			continue;
		cache->value[slot] = (union hv_register_value){
			.reg64 = page->registers[i]
		};
		slotset_add(&cache->known, slot);
		slotset_add(&cache->dirty, slot);
	}
	page->dirty = 0;
	cache->laid = 0;
}

void regcache_take_back(struct mshv_regcache *cache)
{
	struct hv_vp_register_page *page = regcache_header(cache);

	if (!regcache_page_usable(cache))
		return;
	for (int slot = 0; slot < REG_SLOTS; slot++) {
		uint8_t class = reg_table[slot].page_class;

		if (class == REG_NO_CLASS || !(page->dirty >> class & 1) ||
		    slotset_has(&cache->dirty, slot))
			continue;
		regcache_read_page(cache, slot, &cache->value[slot]);
		slotset_add(&cache->known, slot);
		slotset_add(&cache->dirty, slot);
	}
	page->dirty = 0;
}

int regcache_settle(struct mshv_regcache *cache)
{
	regcache_note_rip(cache);
	regcache_take_laid(cache);
	regcache_take_back(cache);
	return flush_hypercall(cache, true);
}

void mshv_regcache_exited(struct mshv_regcache *cache, bool exited)
{
	if (cache)
		regcache_exited(cache, exited);
}

bool mshv_regcache_is_dirty(const struct mshv_regcache *cache, uint32_t name)
{
	int slot = reg_slot(name);

	if (!cache || slot < 0)
		return false;
	return slotset_has(&cache->dirty, slot) ||
	       (slot >= GENERAL_SLOT && slot < GENERAL_SLOT + GENERAL_COUNT &&
		(cache->laid >> (slot - GENERAL_SLOT) & 1));
}

int mshv_regcache_counters(const struct mshv_regcache *cache,
			   struct mshv_reg_counters *counters)
{
	if (!cache || !counters)
		return -EINVAL;
	*counters = cache->counters;
	return 0;
}
