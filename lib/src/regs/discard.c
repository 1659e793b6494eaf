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

/*
 * A flush has laid an older value of a held register on the page: that one is in place,
 * and is taken back with the rest of its class once the newer one is gone.
 */
static bool uncover(struct mshv_regcache *cache, int slot)
{
	uint8_t class = reg_table[slot].page_class;

	if (class == REG_NO_CLASS || !regcache_page_usable(cache) ||
	    !(regcache_header(cache)->dirty >> class & 1))
		return false;
	if (reg_table[slot].name == cache->refused)
		cache->refused = 0;
	slotset_remove(&cache->dirty, slot);
	slotset_remove(&cache->known, slot);
	return true;
}

int mshv_regcache_discard(struct mshv_regcache *cache, const uint32_t *names, size_t n)
{
	struct slotset gone = { 0 };
	int slot;

	if (!cache || (n && !names))
		return -EINVAL;
	/* What a flush has laid on the page is in place, and stays so. */
	regcache_take_laid(cache);
	for (size_t i = 0; i < n; i++) {
		slot = reg_slot(names[i]);
		/* What the table lacks is never held. */
		if (slot >= 0 && slotset_has(&cache->dirty, slot))
			slotset_add(&gone, slot);
		else if (slot < 0 && names[i] == cache->refused)
			cache->refused = 0;
	}
	if (!names)
		gone = cache->dirty;
	slotset_for_each(slot, &gone)
		if (uncover(cache, slot))
			slotset_remove(&gone, slot);
	regcache_take_back(cache);
	slotset_for_each(slot, &gone)
		discard(cache, slot);
	return 0;
}
