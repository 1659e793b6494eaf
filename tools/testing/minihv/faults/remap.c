// SPDX-License-Identifier: GPL-2.0-only
/*
 * The knob for what Hyper-V may do either way: a page whose accessed and dirty bits
 * are tracked is mapped again, perhaps with other rights. Nobody outside knows
 * whether the bits survive, so who relies on one answer is tested with the other.
 */
#include "faults/faults.h"

static enum fault_remap remap;
static uint32_t seen;

void fault_remap_set(enum fault_remap how)
{
	remap = how;
}

bool fault_remap_keeps(void)
{
	__atomic_fetch_add(&seen, 1, __ATOMIC_RELAXED);
	return remap == FAULT_REMAP_KEEP;
}

void fault_remap_report(void)
{
	if (remap != FAULT_REMAP_UNSAID)
		hv_log("fault: remap=%s: %u times", remap == FAULT_REMAP_KEEP ? "keep" : "clear",
		       seen);
}
