// SPDX-License-Identifier: GPL-2.0-only
/* State of a VP that is no register: XSAVE area, SynIC pages, synthetic timers. */
#include "child.h"

#define XSTATE_BV	512
#define XCOMP_BV	520
#define XMM		160

static uint16_t state(struct child *c, uint64_t call, uint32_t type, void *page)
{
	struct hv_input_get_vp_state *in = hc_in;

	memset(in, 0, sizeof(*in) + 8);
	in->partition_id = c->id;
	in->state_data.type = type;
	in->state_data.xsave.states.as_uint64 = 7;
	in->output_data_pfns[0] = (uint64_t)page / PAGE_SIZE;
	return hcall(call | VAR_WORDS(1)).status;
}

static void xsave(struct child *c)
{
	union hv_register_value xmm = { .reg128 = { 0x1111222233334444, 0x5555666677778888 } };
	union hv_register_value seen;
	uint8_t *page = alloc_pages(1);

	child_set_reg(c, 0, HV_X64_REGISTER_XMM3, &xmm);
	report_eq(state(c, HVCALL_GET_VP_STATE, HV_GET_SET_VP_STATE_XSAVE, page),
		  HV_STATUS_SUCCESS, "the XSAVE area can be read");
	report(!memcmp(page + XMM + 3 * 16, &xmm, 16), "XMM3 is in it");
	report(*(uint64_t *)(page + XCOMP_BV) >> 63, "it is in compacted form");
	report(*(uint64_t *)(page + XSTATE_BV) & 2, "it says that SSE state is present");
	memset(page + XMM + 3 * 16, 0x77, 16);
	report_eq(state(c, HVCALL_SET_VP_STATE, HV_GET_SET_VP_STATE_XSAVE, page),
		  HV_STATUS_SUCCESS, "the XSAVE area can be written");
	child_get_reg(c, 0, HV_X64_REGISTER_XMM3, &seen);
	report_eq(seen.reg128.low_part, 0x7777777777777777, "XMM3 has changed");
	*(uint32_t *)(page + 24) = 0xffffffff;
	report_eq(state(c, HVCALL_SET_VP_STATE, HV_GET_SET_VP_STATE_XSAVE, page),
		  HV_STATUS_INVALID_PARAMETER, "reserved bits of MXCSR are refused");
	*(uint32_t *)(page + 24) = 0x1f80;
	*(uint64_t *)(page + XSTATE_BV) = 0;
	report_eq(state(c, HVCALL_SET_VP_STATE, HV_GET_SET_VP_STATE_XSAVE, page),
		  HV_STATUS_SUCCESS, "absent state is initial state");
	child_get_reg(c, 0, HV_X64_REGISTER_XMM3, &seen);
	report_eq(seen.reg128.low_part, 0, "XMM3 is zero then");
	free_page((uint64_t)page);
}

static void synic_pages(struct child *c)
{
	uint8_t *page = alloc_pages(1), *back = alloc_pages(1);

	child_set_reg64(c, 0, HV_REGISTER_SCONTROL, 1);
	child_set_reg64(c, 0, HV_REGISTER_SIMP, 0x10000 | 1);
	child_set_reg64(c, 0, HV_REGISTER_SIEFP, 0x11000 | 1);
	memset(page, 0x3c, PAGE_SIZE);
	report_eq(state(c, HVCALL_SET_VP_STATE, HV_GET_SET_VP_STATE_SIM_PAGE, page),
		  HV_STATUS_SUCCESS, "the message page can be written");
	report_eq(state(c, HVCALL_GET_VP_STATE, HV_GET_SET_VP_STATE_SIM_PAGE, back),
		  HV_STATUS_SUCCESS, "the message page can be read");
	report(!memcmp(page, back, PAGE_SIZE), "it reads back");
	memset(page, 0xc3, PAGE_SIZE);
	report_eq(state(c, HVCALL_SET_VP_STATE, HV_GET_SET_VP_STATE_SIEF_PAGE, page),
		  HV_STATUS_SUCCESS, "the event flags page can be written");
	state(c, HVCALL_GET_VP_STATE, HV_GET_SET_VP_STATE_SIEF_PAGE, back);
	report(!memcmp(page, back, PAGE_SIZE), "it reads back");
	child_set_reg64(c, 0, HV_REGISTER_SIMP, 0);
	child_set_reg64(c, 0, HV_REGISTER_SIEFP, 0);
	free_page((uint64_t)page);
	free_page((uint64_t)back);
}

static void timers(struct child *c)
{
	union hv_stimer_config config = { .sintx = 3, .periodic = 1 };
	struct hv_input_set_vp_state *in = hc_in;
	struct hv_synthetic_timers_state *s = (void *)((char *)hc_in + sizeof(*in));
	struct hv_synthetic_timers_state *out = hc_out;

	memset(in, 0, PAGE_SIZE);
	in->partition_id = c->id;
	in->state_data.type = HV_GET_SET_VP_STATE_SYNTHETIC_TIMERS;
	s->timers[2].config = config.as_uint64;
	s->timers[2].count = 123456;
	report_eq(hcall(HVCALL_SET_VP_STATE | VAR_WORDS(sizeof(*s) / 8)).status,
		  HV_STATUS_SUCCESS, "timers can be written");
	report_eq(hcall(HVCALL_GET_VP_STATE).status, HV_STATUS_SUCCESS, "timers can be read");
	report(out->timers[2].config == config.as_uint64 && out->timers[2].count == 123456,
	       "they read back");
	report(!out->timers[0].config && !out->timers[2].flags.undelivered_msg_pending,
	       "nothing else is set");
	report_eq(hcall(HVCALL_SET_VP_STATE | VAR_WORDS(1)).status, HV_STATUS_INVALID_PARAMETER,
		  "half a state is refused");
}

static void errors(struct child *c)
{
	uint8_t *page = alloc_pages(1);

	report_eq(state(c, HVCALL_GET_VP_STATE, 0x80000077, page), HV_STATUS_INVALID_PARAMETER,
		  "an unknown type of state is refused");
	report_eq(state(c, HVCALL_GET_VP_STATE, HV_GET_SET_VP_STATE_XSAVE, (void *)(1ull << 45)),
		  HV_STATUS_INVALID_PARAMETER, "a page that is no memory is refused");
	report_eq(state(c, HVCALL_GET_VP_STATE, HV_GET_SET_VP_STATE_LAPIC_STATE, page),
		  HV_STATUS_INVALID_VP_STATE, "a VP without a local APIC has no state of it");
	free_page((uint64_t)page);
}

void test_vpstate(void)
{
	union hv_partition_synthetic_processor_features features = { 0 };
	struct child c;

	synic_setup();
	child_create(&c, DEFAULT_FLAGS);
	features.hypervisor_present = 1;
	features.hv1 = 1;
	features.access_partition_reference_counter = 1;
	features.access_synic_regs = 1;
	features.access_synthetic_timer_regs = 1;
	features.access_hypercall_regs = 1;
	child_set_property(&c, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			   features.as_uint64[0]);
	child_complete(&c, 1);
	xsave(&c);
	synic_pages(&c);
	timers(&c);
	errors(&c);
	child_destroy(&c);
	synic_teardown();
}
