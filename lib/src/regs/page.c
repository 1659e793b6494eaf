// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The register cache's view of the register page.
 */
#include <string.h>

#include "regs/cache.h"

bool regcache_on_page(const struct mshv_regcache *cache, int slot)
{
	return reg_table[slot].page_offset && regcache_page_usable(cache) &&
	       !slotset_has(&cache->stale, slot);
}

bool regcache_page_carries(const struct mshv_regcache *cache, int slot)
{
	uint8_t class = reg_table[slot].page_class;

	return class != REG_NO_CLASS && regcache_page_usable(cache) &&
	       !(cache->stale_classes >> class & 1);
}

void regcache_forget(struct mshv_regcache *cache)
{
	slotset_clear(&cache->known);
	cache->laid = 0;
	for (int slot = 0; slot < REG_SLOTS; slot++) {
		if (!reg_table[slot].page_offset)
			continue;
		slotset_add(&cache->stale, slot);
		if (reg_table[slot].page_class != REG_NO_CLASS)
			cache->stale_classes |= 1u << reg_table[slot].page_class;
	}
}

void regcache_read_page(struct mshv_regcache *cache, int slot,
			union hv_register_value *value)
{
	const struct reg_info *info = &reg_table[slot];

	memset(value, 0, sizeof(*value));
	if (info->size == sizeof(uint64_t))
		memcpy(value, cache->page + info->page_offset, sizeof(uint64_t));
	else
		memcpy(value, cache->page + info->page_offset, sizeof(*value));
	cache->counters.page_reads++;
}
