// SPDX-License-Identifier: GPL-2.0-only
/* Statistics pages: whose memory they are, what they count. */
#include "child.h"

/* counters of a VP */
#define STATS_TOTAL_TIME	1	/* all in units of 100 ns */
#define STATS_HYPERVISOR_TIME	2
#define STATS_HYPERCALLS	7
#define STATS_CPUID		19
#define STATS_MSR		21
#define STATS_BLOCKED		202	/* the thread that dispatches it is blocked */

#define SPIN_TSC		50000000
#define CALLS			100
#define ROUNDS			100
#define ROUNDING		10	/* of what is told in 100 ns */

GUEST(count);
GUEST(apic_wait);

static uint16_t map(uint32_t type, const union hv_stats_object_identity *id, uint64_t **page)
{
	struct hv_input_map_stats_page2 *in2 = hc_in;
	struct hv_input_map_stats_page *in = hc_in;
	uint16_t status;

	memset(in2, 0, sizeof(*in2));
	in->type = type;
	in->identity = *id;
	if (machine.l1vh) {
		in2->map_location = (uint64_t)alloc_pages(1) / PAGE_SIZE;
		*page = (uint64_t *)(in2->map_location * PAGE_SIZE);
		return hcall(HVCALL_MAP_STATS_PAGE2).status;
	}
	status = call_with_deposit(HVCALL_MAP_STATS_PAGE, HV_PARTITION_ID_SELF, NULL);
	*page = (uint64_t *)(((struct hv_output_map_stats_page *)hc_out)->map_location *
			     PAGE_SIZE);
	return status;
}

static uint16_t unmap(uint32_t type, const union hv_stats_object_identity *id)
{
	struct hv_input_unmap_stats_page *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->type = type;
	in->identity = *id;
	return hcall(HVCALL_UNMAP_STATS_PAGE).status;
}

static void machine_wide(void)
{
	union hv_stats_object_identity id = { 0 };
	uint64_t *page;

	report_eq(map(HV_STATS_OBJECT_HYPERVISOR, &id, &page), HV_STATUS_SUCCESS,
		  "the hypervisor's statistics can be mapped");
	report(is_ram((uint64_t)page, PAGE_SIZE), "their page is RAM");
	report_eq(unmap(HV_STATS_OBJECT_HYPERVISOR, &id), HV_STATUS_SUCCESS,
		  "and unmapped");
	report(unmap(HV_STATS_OBJECT_HYPERVISOR, &id) != HV_STATUS_SUCCESS, "but once");
	id.lp.lp_index = 99;
	report_eq(map(HV_STATS_OBJECT_LOGICAL_PROCESSOR, &id, &page),
		  HV_STATUS_INVALID_LP_INDEX, "a processor that is not there has none");
}

struct times {
	uint64_t guest, hypervisor;
};

/* As of the exit that this takes. */
static struct times take(volatile uint64_t *page)
{
	struct times t;

	cpuid(0, 0);
	t.hypervisor = page[STATS_HYPERVISOR_TIME];
	t.guest = page[STATS_TOTAL_TIME] - t.hypervisor;
	return t;
}

static struct times since(volatile uint64_t *page, const struct times *before)
{
	struct times t = take(page);

	t.guest -= before->guest;
	t.hypervisor -= before->hypervisor;
	return t;
}

static void counts(volatile uint64_t *page)
{
	uint64_t calls = page[STATS_HYPERCALLS], cpuids = page[STATS_CPUID];
	uint64_t msrs = page[STATS_MSR];
	unsigned int i;

	for (i = 0; i < CALLS; i++) {
		hcall(HVCALL_GET_PARTITION_ID);
		cpuid(0, 0);
		rdmsr(HV_X64_MSR_VP_INDEX);
	}
	report_eq(page[STATS_HYPERCALLS] - calls, CALLS, "a VP's hypercalls are counted");
	report_eq(page[STATS_CPUID] - cpuids, CALLS, "its CPUIDs are");
	report_eq(page[STATS_MSR] - msrs, CALLS, "its accesses to synthetic MSRs are");
}

/*
 * A VP's time while it computes. Whatever else has the processor meanwhile is in it
 * too, in the guest or in the hypervisor, so that only the sum has bounds: what passed
 * between the two exits, and what passed around them.
 */
static bool adds_up(volatile uint64_t *page, struct times *computes)
{
	uint64_t outer = ref_time(), inner, tsc, sum;
	struct times before = take(page);

	inner = ref_time();
	tsc = rdtsc();
	while (rdtsc() - tsc < SPIN_TSC)
		;
	inner = ref_time() - inner;
	*computes = since(page, &before);
	outer = ref_time() - outer;
	sum = computes->guest + computes->hypervisor;
	return sum + ROUNDING >= inner && sum <= outer + ROUNDING;
}

static bool exits_take_more(volatile uint64_t *page, const struct times *computes)
{
	struct times before = take(page), exits;
	unsigned int i;

	for (i = 0; i < CALLS * CALLS; i++)
		rdmsr(HV_X64_MSR_VP_INDEX);
	exits = since(page, &before);
	return exits.hypervisor * computes->guest > computes->hypervisor * exits.guest;
}

static void times(volatile uint64_t *page)
{
	bool sums = true, mostly_guest = false, exits_more = false;
	struct times computes;
	unsigned int i;
	uint64_t total;

	/* Shares are of a processor that is not taken away: seldom so in every round. */
	for (i = 0; i < ROUNDS && !(mostly_guest && exits_more); i++) {
		sums &= adds_up(page, &computes);
		mostly_guest |= computes.guest > computes.hypervisor;
		exits_more |= exits_take_more(page, &computes);
	}
	report(sums, "its time goes on as that of the machine");
	report(mostly_guest, "that in the guest while it computes");
	report(exits_more, "that in the hypervisor has a larger share while it makes exits");

	cpuid(0, 0);
	total = page[STATS_TOTAL_TIME];
	report(rdmsr(HV_X64_MSR_VP_RUNTIME) >= total, "the register VP_RUNTIME is not behind");
	cpuid(0, 0);
	report(rdmsr(HV_X64_MSR_VP_RUNTIME) - total < total, "it holds the sum of both");
}

static void of_self(void)
{
	union hv_stats_object_identity id = { 0 };
	uint64_t *page;

	id.vp.partition_id = HV_PARTITION_ID_SELF;
	if (!report_eq(map(HV_STATS_OBJECT_VP, &id, &page), HV_STATUS_SUCCESS,
		       "a VP's own statistics can be mapped"))
		return;
	counts(page);
	times(page);
	report_eq(unmap(HV_STATS_OBJECT_VP, &id), HV_STATUS_SUCCESS, "and unmapped");
}

static void of_vp(void)
{
	union hv_stats_object_identity id = { 0 };
	uint64_t *page, before;
	struct child c;

	child_make(&c, DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED, 1);
	id.vp.partition_id = c.id;
	id.vp.vp_index = 1;
	report_eq(map(HV_STATS_OBJECT_VP, &id, &page), HV_STATUS_INVALID_VP_INDEX,
		  "a VP that is not there has none");
	id.vp.vp_index = 0;
	if (!report_eq(map(HV_STATS_OBJECT_VP, &id, &page), HV_STATUS_SUCCESS,
		       "a VP's statistics can be mapped"))
		return;
	START_GUEST(&c, 0, apic_wait);
	child_run_on(&c, 0, 10000);
	child_skip(&c, 0);
	report(page[STATS_HYPERVISOR_TIME] &&
	       page[STATS_TOTAL_TIME] > page[STATS_HYPERVISOR_TIME],
	       "they tell its time in the guest and in the hypervisor");
	if (!machine.core_scheduler) {
		before = page[STATS_BLOCKED];
		while (child_run(&c, 0, 100) != RUN_BLOCKED)
			;
		report_eq(before, 0, "no dispatching thread is blocked while the VP can run");
		report_eq(page[STATS_BLOCKED], 1, "one is when the VP has halted");
	}
	report_eq(unmap(HV_STATS_OBJECT_VP, &id), HV_STATUS_SUCCESS, "and unmapped");
	child_destroy(&c);
}

void test_stats(void)
{
	synic_setup();
	machine_wide();
	of_self();
	of_vp();
	synic_teardown();
}
