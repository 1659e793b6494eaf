// SPDX-License-Identifier: GPL-2.0-only
/* Life of a partition: states, properties, deposits, taking it down in any order. */
#include "child.h"

GUEST(halt);

static void deposits(void)
{
	struct child c;
	uint64_t page = (uint64_t)alloc_pages(1);
	struct hv_deposit_memory *in = hc_in;

	child_create(&c, DEFAULT_FLAGS);
	report_eq(deposit(c.id, 37, &c.deposited), HV_STATUS_SUCCESS, "37 pages are deposited");
	report_eq(withdraw(c.id), 37, "37 pages can be withdrawn");
	report_eq(withdraw(c.id), 0, "then there are none left");
	c.deposited = 0;

	in->partition_id = c.id;
	in->gpa_page_list[0] = page / PAGE_SIZE;
	in->gpa_page_list[1] = page / PAGE_SIZE;
	report(hcall(HVCALL_DEPOSIT_MEMORY | REPS(2)).status != HV_STATUS_SUCCESS,
	       "a page can't be deposited twice");
	report_eq(withdraw(c.id), 1, "the first of them was deposited");

	in->partition_id = c.id;
	in->gpa_page_list[0] = 1ull << 40;
	report(hcall(HVCALL_DEPOSIT_MEMORY | REPS(1)).status != HV_STATUS_SUCCESS,
	       "a page that is no RAM can't be deposited");
	child_initialize(&c);
	child_destroy(&c);
}

static void states(void)
{
	struct child c;
	struct hv_create_vp *in = hc_in;

	child_create(&c, DEFAULT_FLAGS);
	memset(in, 0, PAGE_SIZE);
	in->partition_id = c.id;
	report_eq(hcall(HVCALL_CREATE_VP).status, HV_STATUS_INVALID_PARTITION_STATE,
		  "no VP before the partition is initialised");
	report_eq(child_map(&c, 0, (uint64_t)hc_in, 1, MAP_ALL),
		  HV_STATUS_INVALID_PARTITION_STATE,
		  "no memory before the partition is initialised");
	report_eq(hcall_fast(HVCALL_FINALIZE_PARTITION, c.id, 0).status,
		  HV_STATUS_INVALID_PARTITION_STATE,
		  "a partition that was not initialised can't be finalised");
	child_initialize(&c);
	report_eq(hcall_fast(HVCALL_INITIALIZE_PARTITION, c.id, 0).status,
		  HV_STATUS_INVALID_PARTITION_STATE, "initialising twice is refused");
	report_eq(hcall_fast(HVCALL_DELETE_PARTITION, c.id, 0).status,
		  HV_STATUS_INVALID_PARTITION_STATE,
		  "an active partition can't be deleted");
	child_destroy(&c);
	report_eq(hcall_fast(HVCALL_INITIALIZE_PARTITION, c.id, 0).status,
		  HV_STATUS_INVALID_PARTITION_ID, "a deleted partition is unknown");
}

static void properties(void)
{
	struct child c;
	uint64_t value;

	child_create(&c, DEFAULT_FLAGS);
	report_eq(child_set_property(&c, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES, 0x3),
		  HV_STATUS_SUCCESS, "synthetic features can be set early");
	child_initialize(&c);
	report_eq(child_set_property(&c, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES, 0x3),
		  HV_STATUS_INVALID_PARTITION_STATE,
		  "synthetic features can't be set once initialised");
	report_eq(child_set_property(&c, HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS, 0),
		  HV_STATUS_INVALID_PARTITION_STATE,
		  "privileges can't be set once initialised");
	report_eq(child_set_property(&c, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION,
				     HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO),
		  HV_STATUS_SUCCESS, "the action on unknown MSRs can be set");
	report_eq(child_get_property(&c, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION, &value),
		  HV_STATUS_SUCCESS, "the action on unknown MSRs can be read");
	report_eq(value, HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO,
		  "the action on unknown MSRs reads back");
	report_eq(child_get_property(&c, HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0, &value),
		  HV_STATUS_SUCCESS, "processor features can be read");
	report(value & BIT(0), "SSE3 is among them");
	child_destroy(&c);
}

static void assignable_features(void)
{
	const struct hv_partition_property_synthetic_processor_features *f = hc_out;
	struct hv_input_get_partition_property_ex *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = HV_PARTITION_ID_SELF;
	in->property_code = HV_PARTITION_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES;
	report_eq(hcall(HVCALL_GET_PARTITION_PROPERTY_EX).status, HV_STATUS_SUCCESS,
		  "assignable synthetic features can be read");
	report_eq(f->bank_count, 1, "they are one bank");
	report_eq(*(uint64_t *)((uint8_t *)hc_out + 8) & 3, 3,
		  "which begins behind the count and has the HV#1 interface");
}

/* The clock of a partition is its own, and can be moved only while it stands. */
static void time_begins(void)
{
	uint64_t before = ref_time(), time = ~0ull, other = ~0ull;
	struct child a, b;

	child_make(&a, DEFAULT_FLAGS, 0);
	child_get_property(&a, HV_PARTITION_PROPERTY_REFERENCE_TIME, &time);
	report(time <= ref_time() - before, "reference time of a new partition begins at 0");
	wait_ms(2);
	child_make(&b, DEFAULT_FLAGS, 0);
	child_get_property(&b, HV_PARTITION_PROPERTY_REFERENCE_TIME, &other);
	child_get_property(&a, HV_PARTITION_PROPERTY_REFERENCE_TIME, &time);
	report(time >= other + 20000, "and so for the next one");
	report_eq(child_set_property(&a, HV_PARTITION_PROPERTY_REFERENCE_TIME, 1),
		  HV_STATUS_INVALID_PARTITION_STATE, "time that goes on can't be set");
	child_get_property(&a, HV_PARTITION_PROPERTY_REFERENCE_TIME, &other);
	report(other >= time, "and stays what it was");
	child_destroy(&b);
	child_destroy(&a);
}

/* Time of a frozen partition stands still, but its VPs run. */
static void time_freeze(void)
{
	struct child c;
	uint64_t a = 0, b = 0, d = 0;

	child_make(&c, DEFAULT_FLAGS, 1);
	child_set_property(&c, HV_PARTITION_PROPERTY_TIME_FREEZE, 1);
	START_GUEST(&c, 0, halt);
	child_expect(&c, 0, HVMSG_X64_HALT, "a VP runs while time stands still");
	report_eq(child_get_property(&c, HV_PARTITION_PROPERTY_REFERENCE_TIME, &a),
		  HV_STATUS_SUCCESS, "reference time can be read");
	wait_ms(2);
	child_get_property(&c, HV_PARTITION_PROPERTY_REFERENCE_TIME, &b);
	report_eq(b, a, "reference time of a frozen partition stands still");
	report_eq(child_set_property(&c, HV_PARTITION_PROPERTY_REFERENCE_TIME, 123456789),
		  HV_STATUS_SUCCESS, "reference time can be set while frozen");
	child_set_property(&c, HV_PARTITION_PROPERTY_TIME_FREEZE, 0);
	wait_ms(2);
	child_get_property(&c, HV_PARTITION_PROPERTY_REFERENCE_TIME, &d);
	report(d >= 123456789 + 20000 && d < 123456789 + 100000000,
	       "reference time goes on from where it was set");
	child_destroy(&c);
}

/* Finalising takes VPs, mapped pages and memory with it, whatever still exists. */
static void any_order(void)
{
	struct child a, b;

	child_make(&a, DEFAULT_FLAGS, 2);
	child_make(&b, DEFAULT_FLAGS, 1);
	report(a.id != b.id, "two partitions have different ids");
	/* The first of two goes first, VPs in reverse, memory partly unmapped. */
	child_unmap_pages(&a, 1);
	report_eq(child_unmap(&a, 0, GUEST_PAGES / 2, 0), HV_STATUS_SUCCESS,
		  "a part of the memory can be unmapped");
	child_unmap_pages(&a, 0);
	child_destroy(&a);
	report(true, "the older partition can go first");
	child_destroy(&b);
	report(true, "the younger one follows");
}

static void delete_vp(void)
{
	union hv_input_delete_vp in = { 0 };
	union hv_register_value value;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 2);
	child_unmap_pages(&c, 1);
	in.partition_id = c.id;
	in.vp_index = 1;
	report_eq(hcall_fast(HVCALL_DELETE_VP, in.as_uint64[0], in.as_uint64[1]).status,
		  HV_STATUS_SUCCESS, "a VP can be deleted");
	report_eq(child_get_reg(&c, 1, HV_X64_REGISTER_RIP, &value), HV_STATUS_INVALID_VP_INDEX,
		  "a deleted VP has no registers");
	report_eq(hcall_fast(HVCALL_DELETE_VP, in.as_uint64[0], in.as_uint64[1]).status,
		  HV_STATUS_INVALID_VP_INDEX, "it can't be deleted again");
	child_add_vp(&c, 1);
	report_eq(child_get_reg(&c, 1, HV_X64_REGISTER_RIP, &value), HV_STATUS_SUCCESS,
		  "its index can be used again");
	child_destroy(&c);
}

void test_partition(void)
{
	synic_setup();
	deposits();
	states();
	properties();
	assignable_features();
	time_begins();
	time_freeze();
	any_order();
	delete_vp();
	synic_teardown();
}
