// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A register cache and the model that it is compared with.
 */
#include <string.h>

#include "regrig.h"
#include "test.h"

struct rig rig;

void regrig_start(uint64_t seed, bool has_page)
{
	memset(&rig, 0, sizeof(rig));
	hvmodel_init(&rig.model, &rig.page, seed);
	rig.has_page = has_page;
	rig.model.has_page = has_page;
	CHECK_EQ(mshv_regcache_create(&hvmodel_ops, &rig.model,
				      has_page ? rig.page.bytes : NULL,
				      &rig.cache), 0);
}

void regrig_finish(void)
{
	mshv_regcache_free(rig.cache);
	rig.cache = NULL;
}

enum hv_page_mode regrig_random_mode(void)
{
	unsigned int dice = hvmodel_below(&rig.model, 10);

	if (!rig.has_page)
		return PAGE_MISSING;
	if (dice == 0)
		return PAGE_OTHER_VERSION;
	return dice < 4 ? PAGE_INVALID : PAGE_VALID;
}

bool regrig_has_absent(const uint32_t *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slotset_has(&rig.model.absent, reg_slot(names[i])))
			return true;
	return false;
}

void regrig_random_write(uint32_t name, union hv_register_value *value)
{
	int slot = reg_slot(name);

	/* One in three writes says what is there already. */
	if (hvmodel_below(&rig.model, 3))
		hvmodel_random_value(&rig.model, slot, value);
	else
		*value = rig.model.file[slot];
}

void regrig_add_absent(unsigned int count)
{
	while (count) {
		int slot = (int)hvmodel_below(&rig.model, REG_SLOTS);

		if (!(reg_table[slot].flags & REG_OPTIONAL))
			continue;
		slotset_add(&rig.model.absent, slot);
		count--;
	}
}
