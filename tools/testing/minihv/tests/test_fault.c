// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault knobs, and what must end a run. Each of these topics needs a run of its own,
 * so that "all" does not include them; see faults.
 */
#include "child.h"

GUEST(io);

/* call=0x4e:nth=2:status=0x8 */
void test_fault_call(void)
{
	struct hv_create_vp *in = hc_in;
	struct child c;

	synic_setup();
	child_create(&c, DEFAULT_FLAGS);
	child_initialize(&c);
	/* enough: no call is made again for want of memory */
	deposit(c.id, 64, &c.deposited);
	child_add_vp(&c, 0);
	memset(in, 0, PAGE_SIZE);
	in->partition_id = c.id;
	in->vp_index = 1;
	report_eq(hcall(HVCALL_CREATE_VP).status, HV_STATUS_OPERATION_DENIED,
		  "the second of those calls fails with the status that was given");
	report_eq(hcall(HVCALL_CREATE_VP).status, HV_STATUS_SUCCESS, "the third succeeds");
	child_destroy(&c);
}

/* reps=0x4b:max=3 */
void test_fault_reps(void)
{
	struct hv_input_map_gpa_pages *in = hc_in;
	struct hcall_result r;
	unsigned int i, calls = 0, done = 0;
	struct child c;

	synic_setup();
	child_create(&c, DEFAULT_FLAGS);
	child_initialize(&c);
	deposit(c.id, 64, &c.deposited);
	while (done < 10 && calls < 10) {
		memset(in, 0, PAGE_SIZE);
		in->target_partition_id = c.id;
		in->map_flags = MAP_ALL;
		for (i = 0; i < 10; i++)
			in->source_gpa_page_list[i] = (uint64_t)hc_out / PAGE_SIZE;
		r = hcall(HVCALL_MAP_GPA_PAGES | REPS(10) | REP_START(done));
		if (r.status != HV_STATUS_SUCCESS || r.reps <= done || r.reps > done + 3)
			break;
		done = r.reps;
		calls++;
	}
	report_eq(done, 10, "ten repetitions are done in the end");
	report_eq(calls, 4, "by four calls");
	child_destroy(&c);
}

/* oom=pages:32 */
void test_fault_oom(void)
{
	struct hv_input_create_partition *in = hc_in;
	unsigned int given = 0;
	uint16_t status;

	for (;;) {
		memset(in, 0, PAGE_SIZE);
		in->flags = DEFAULT_FLAGS;
		in->compatibility_version = HV_COMPATIBILITY_21_H2;
		status = hcall(HVCALL_CREATE_PARTITION).status;
		if (status != HV_STATUS_INSUFFICIENT_MEMORY || given > 100)
			break;
		deposit(HV_PARTITION_ID_SELF, 8, NULL);
		given += 8;
	}
	report_eq(status, HV_STATUS_SUCCESS, "a call succeeds when it got its memory");
	report_eq(given, 32, "after so many pages");
	hcall_fast(HVCALL_DELETE_PARTITION, *(uint64_t *)hc_out, 0);
}

/* Nothing of this is given back. */
void test_must_leak(void)
{
	struct child c;

	synic_setup();
	child_make(&c, DEFAULT_FLAGS, 1);
	report(true, "a partition is left behind");
}

/* Each is asked for three times; the log is to have one line of it. */
void test_unknown(void)
{
	struct hv_input_get_partition_property *property = hc_in;
	struct hv_input_get_system_property *system = hc_in;
	uint64_t value;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		report_eq(hcall(0x3fff).status, HV_STATUS_INVALID_HYPERCALL_CODE,
			  "an unknown hypercall");
		report_eq(try_rdmsr(0x400000ff, &value), 13, "an unknown MSR is read");
		report_eq(try_wrmsr(0x400000ff, 0), 13, "an unknown MSR is written");
		memset(hc_in, 0, PAGE_SIZE);
		property->partition_id = HV_PARTITION_ID_SELF;
		property->property_code = 0x5ffff;
		report_eq(hcall(HVCALL_GET_PARTITION_PROPERTY).status,
			  HV_STATUS_UNKNOWN_PROPERTY, "an unknown partition property");
		memset(hc_in, 0, PAGE_SIZE);
		system->property_id = 9999;
		report_eq(hcall(HVCALL_GET_SYSTEM_PROPERTY).status,
			  HV_STATUS_UNKNOWN_PROPERTY, "an unknown system property");
	}
}

void test_must_call(void)
{
	report_eq(hcall(0x3fff).status, HV_STATUS_INVALID_HYPERCALL_CODE,
		  "an unknown hypercall is made");
}

void test_must_msr(void)
{
	uint64_t value;

	report_eq(try_rdmsr(0x400000ff, &value), 13, "an unknown MSR is read");
}

void test_must_touch(void)
{
	uint64_t *page = alloc_pages(1);
	struct hv_deposit_memory *in = hc_in;

	in->partition_id = HV_PARTITION_ID_SELF;
	in->gpa_page_list[0] = (uint64_t)page / PAGE_SIZE;
	report_eq(hcall(HVCALL_DEPOSIT_MEMORY | REPS(1)).status, HV_STATUS_SUCCESS,
		  "a page is deposited");
	*(volatile uint64_t *)page = 1;
	report(false, "it can still be written");
}

void test_must_crash(void)
{
	report(true, "a crash is reported");
	wrmsr(HV_X64_MSR_CRASH_P0, 0x1234);
	wrmsr(HV_X64_MSR_CRASH_CTL, HV_CRASH_CTL_CRASH_NOTIFY);
}
