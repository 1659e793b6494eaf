// SPDX-License-Identifier: GPL-2.0-only
/* Statistics pages: whose memory they are, what they count. */
#include "child.h"

#define STATS_BLOCKED	202	/* VP: the thread that dispatches it is blocked */

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
	of_vp();
	synic_teardown();
}
