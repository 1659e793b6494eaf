// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault knob for doorbells: one that rings does so N times more, for as long as the ring has
 * room, and again whenever its reader has emptied it. So do guests on many processors that
 * ring faster than one of root's takes notice.
 */
#include "faults/faults.h"
#include "faults/word.h"

static uint32_t again, left;

void fault_parse_ring(const char **s, const char *spec)
{
	word_need(s, "again:", spec);
	again = word_number(s, spec, 1, UINT32_MAX);
	left = again;
}

bool fault_ring_again(void)
{
	uint32_t n = __atomic_load_n(&left, __ATOMIC_RELAXED);

	while (n && !__atomic_compare_exchange_n(&left, &n, n - 1, true, __ATOMIC_RELAXED,
						 __ATOMIC_RELAXED))
		;
	return n;
}

void fault_report_ring(void)
{
	if (again)
		hv_log("fault: ring=again:%u: %u times", again, again - left);
}
