// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The order in which registers are written: by their ranks, and by their names.
 */
#include "regs/order.h"

static unsigned int rank_of(int slot)
{
	return reg_table[slot].flags >> REG_RANK_SHIFT;
}

/* Each flush comes here: what has no rank, which is nearly all there ever is, takes one look. */
size_t reg_order(const struct slotset *set, int *slots)
{
	unsigned int ranks = 0;
	size_t n = 0;
	int slot;

	slotset_for_each(slot, set) {
		ranks |= 1u << rank_of(slot);
		if (!rank_of(slot))
			slots[n++] = slot;
	}
	for (unsigned int rank = 1; ranks >> rank; rank++)
		slotset_for_each(slot, set)
			if (rank_of(slot) == rank)
				slots[n++] = slot;
	return n;
}
