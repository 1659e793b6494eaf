// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault knob for two processors that pause one VP at once: in calls of one code who has the VP
 * goes on only when another one waits for it, or has it as well, which must not be. They go
 * in pairs: the test that makes such calls makes all of them on two processors.
 */
#include "base/x86.h"
#include "faults/faults.h"
#include "faults/word.h"

enum step {
	MEET_NOT,
	MEET_BEGUN,	/* in such a call */
	MEET_ARRIVED,	/* and counted in arrived, as the number-th */
};

static bool on;
static uint16_t call;
static uint32_t arrived, fired;
static struct {
	enum step step;
	uint32_t number;
} meets[MAX_CPUS];

void fault_parse_meet(const char **s, const char *spec)
{
	call = word_number(s, spec, 0, UINT16_MAX);
	on = true;
}

void fault_meet_call(uint32_t cpu, uint16_t code)
{
	meets[cpu].step = on && code == call ? MEET_BEGUN : MEET_NOT;
}

void fault_meet_arrive(uint32_t cpu)
{
	if (meets[cpu].step != MEET_BEGUN)
		return;
	meets[cpu].step = MEET_ARRIVED;
	meets[cpu].number = __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
}

void fault_meet_wait(uint32_t cpu)
{
	uint32_t pair = (meets[cpu].number + 1) / 2 * 2;

	if (meets[cpu].step != MEET_ARRIVED)
		return;
	meets[cpu].step = MEET_NOT;
	while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < pair)
		cpu_relax();
	__atomic_fetch_add(&fired, 1, __ATOMIC_RELAXED);
}

void fault_report_meet(void)
{
	if (on)
		hv_log("fault: meet=0x%x: %u times", call, fired);
}
