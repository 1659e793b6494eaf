// SPDX-License-Identifier: GPL-2.0-only
/* The hypercall interface itself: control word, alignment, privilege (TLFS chapter 3). */
#include "test.h"

#define EXC_UD	6

static void alignment(void)
{
	uint64_t in = (uint64_t)hc_in, out = (uint64_t)hc_out;

	memset(hc_in, 0, PAGE_SIZE);
	report_eq(hcall_at(HVCALL_GET_PARTITION_PROPERTY, in + 4, out).status,
		  HV_STATUS_INVALID_ALIGNMENT, "input must be aligned to 8 bytes");
	report_eq(hcall_at(HVCALL_GET_PARTITION_PROPERTY, in, out + 4).status,
		  HV_STATUS_INVALID_ALIGNMENT, "output must be aligned to 8 bytes");
	report_eq(hcall_at(HVCALL_GET_PARTITION_PROPERTY, in + PAGE_SIZE - 8, out).status,
		  HV_STATUS_INVALID_ALIGNMENT, "input must not cross a page");
	report_eq(hcall_at(HVCALL_GET_PARTITION_ID, 0, out + 8).status, HV_STATUS_SUCCESS,
		  "output at an odd multiple of 8 is fine");
}

static void control_word(void)
{
	report_eq(hcall(HVCALL_GET_PARTITION_ID | BIT(27)).status,
		  HV_STATUS_INVALID_HYPERCALL_INPUT, "reserved bit 27 must be clear");
	report_eq(hcall(HVCALL_GET_PARTITION_ID | BIT(44)).status,
		  HV_STATUS_INVALID_HYPERCALL_INPUT, "reserved bit 44 must be clear");
	report_eq(hcall(HVCALL_GET_PARTITION_ID | BIT(60)).status,
		  HV_STATUS_INVALID_HYPERCALL_INPUT, "reserved bit 60 must be clear");
	report_eq(hcall(HVCALL_GET_PARTITION_ID | REPS(1)).status,
		  HV_STATUS_INVALID_HYPERCALL_INPUT, "a simple call takes no repeat count");
	report_eq(hcall(HVCALL_GET_PARTITION_ID | REP_START(1)).status,
		  HV_STATUS_INVALID_HYPERCALL_INPUT, "a simple call takes no repeat start");
	report_eq(hcall(HVCALL_GET_VP_REGISTERS).status, HV_STATUS_INVALID_HYPERCALL_INPUT,
		  "a repeat call needs a repeat count");
	report_eq(hcall(HVCALL_GET_VP_REGISTERS | REPS(2) | REP_START(2)).status,
		  HV_STATUS_INVALID_HYPERCALL_INPUT, "repeat start must be below the count");
	report_eq(hcall(HVCALL_GET_PARTITION_ID | VAR_WORDS(1)).status,
		  HV_STATUS_INVALID_HYPERCALL_INPUT, "no variable header where none belongs");
}

static void partition_id(void)
{
	struct hcall_result r = hcall(HVCALL_GET_PARTITION_ID);
	struct hv_input_get_partition_property *in = hc_in;
	uint64_t id = *(uint64_t *)hc_out;

	report_eq(r.status, HV_STATUS_SUCCESS, "a call without input succeeds");
	report(id && id != HV_PARTITION_ID_SELF, "own partition id is a real one");
	memset(in, 0, sizeof(*in));
	in->partition_id = 0xdead;
	in->property_code = HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS;
	report_eq(hcall(HVCALL_GET_PARTITION_PROPERTY).status, HV_STATUS_INVALID_PARTITION_ID,
		  "an unknown partition id is refused");
}

static void entry(void)
{
	uint64_t msr = rdmsr(HV_X64_MSR_HYPERCALL), result;

	wrmsr(HV_X64_MSR_HYPERCALL, msr & ~(uint64_t)HV_X64_MSR_HYPERCALL_ENABLE);
	report_eq(try_hypercall(HVCALL_GET_PARTITION_ID, &result), EXC_UD,
		  "no hypercalls while the page is disabled");
	wrmsr(HV_X64_MSR_HYPERCALL, msr);
	report(!memcmp((void *)hypercall_page(), "\x0f\x01\xd9", 3),
	       "the page begins with VMMCALL");
}

void test_hypercall(void)
{
	partition_id();
	control_word();
	alignment();
	entry();
	/* Strict mode makes this a failure of the run, so it has a run of its own. */
	if (!machine.strict)
		report_eq(hcall(0x3fff).status, HV_STATUS_INVALID_HYPERCALL_CODE,
			  "an unknown call code is refused");
}
