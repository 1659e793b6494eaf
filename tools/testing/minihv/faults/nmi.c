// SPDX-License-Identifier: GPL-2.0-only
/* Fault knob for NMIs of the hypervisor's own: see cpu/nmi.c. */
#include "faults/faults.h"
#include "faults/word.h"

#define MOST_WINDOWS	1000

static uint32_t late, fired;

void fault_parse_nmi(const char **s, const char *spec)
{
	word_need(s, "late:", spec);
	late = word_number(s, spec, 2, MOST_WINDOWS);
}

bool fault_nmi_late(uint32_t window)
{
	if (window >= late)
		return false;
	__atomic_fetch_add(&fired, 1, __ATOMIC_RELAXED);
	return true;
}

void fault_report_nmi(void)
{
	if (late)
		hv_log("fault: nmi=late:%u: %u times", late, fired);
}
