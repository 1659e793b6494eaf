// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The register cache: writes that the VP does not take, and giving up writes.
 */
#include <errno.h>

#include "regs/fast.h"

int mshv_regcache_refused(const struct mshv_regcache *cache, uint32_t *name)
{
	if (!cache || !name)
		return -EINVAL;
	if (!cache->refused)
		return -ENOENT;
	*name = cache->refused;
	return 0;
}

/* The page may show the value that is given up, or would carry it along with others. */
static void discard(struct mshv_regcache *cache, int slot)
{
	const struct reg_info *info = &reg_table[slot];

	if (info->name == HV_X64_REGISTER_RIP && !slotset_has(&cache->stale, slot))
		cache->stale_classes &= ~RIP_IN_PLACE;
	if (info->name == cache->refused)
		cache->refused = 0;
	slotset_remove(&cache->dirty, slot);
	slotset_remove(&cache->known, slot);
	if (!info->page_offset)
		return;
	slotset_add(&cache->stale, slot);
	if (info->page_class != REG_NO_CLASS)
		cache->stale_classes |= 1u << info->page_class;
}

int mshv_regcache_discard(struct mshv_regcache *cache, const uint32_t *names, size_t n)
{
	struct slotset held;
	int slot;

	if (!cache || (n && !names))
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (reg_slot(names[i]) < 0)
			return -EINVAL;

	/* What a flush has laid on the page is in place, and stays so. */
	regcache_take_laid(cache);
	held = cache->dirty;
	regcache_take_back(cache);
	for (size_t i = 0; i < n; i++)
		if (slotset_has(&held, reg_slot(names[i])))
			discard(cache, reg_slot(names[i]));
	if (names)
		return 0;
	slotset_for_each(slot, &held)
		discard(cache, slot);
	return 0;
}
