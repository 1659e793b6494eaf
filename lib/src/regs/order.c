// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The order in which registers are written: by their names, but for the few that the
 * hypervisor takes otherwise, or not at all, before another one has its value.
 */
#include <hvabi/vp.h>

#include "regs/order.h"

/* Written after all others, in this order. */
static const uint32_t late[] = {
	/* Turns on what the bases, masks and fixed ranges say. */
	HV_X64_REGISTER_MSR_MTRR_DEF_TYPE,
	/* Its enable bit is dropped, without an error, while GUEST_OS_ID is 0. */
	HV_X64_REGISTER_HYPERCALL,
	/* Turns on the SynIC, whose pages and sources have their places then. */
	HV_REGISTER_SCONTROL,
	/* TSC_ADJUST moves it; and it runs on while others are written. */
	HV_X64_REGISTER_TSC,
};

#define LATE (sizeof(late) / sizeof(late[0]))

size_t reg_order(const struct slotset *set, int *slots)
{
	struct slotset early = *set;
	size_t n = 0;
	int slot;

	for (size_t i = 0; i < LATE; i++)
		slotset_remove(&early, reg_slot(late[i]));
	slotset_for_each(slot, &early)
		slots[n++] = slot;
	for (size_t i = 0; i < LATE; i++) {
		slot = reg_slot(late[i]);
		if (slotset_has(set, slot))
			slots[n++] = slot;
	}
	return n;
}
