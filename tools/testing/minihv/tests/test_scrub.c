// SPDX-License-Identifier: GPL-2.0-only
/* SCRUB_PARTITION: what begins anew, and what does not. */
#include "child.h"

#define VECTOR	0x71

GUEST(enlightened);

static uint16_t lapic_state(struct child *c, uint64_t call,
			    struct hv_local_interrupt_controller_state *s)
{
	struct hv_input_get_vp_state *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->state_data.type = HV_GET_SET_VP_STATE_LAPIC_STATE;
	in->output_data_pfns[0] = (uint64_t)s / PAGE_SIZE;
	return hcall(call | VAR_WORDS(1)).status;
}

static void make(struct child *c)
{
	child_create(c, DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED |
		     HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE);
	child_set_property(c, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			   child_synthetic_features());
	child_complete(c, 1);
}

static uint16_t scrub(uint64_t id)
{
	return hcall_fast(HVCALL_SCRUB_PARTITION, id, 0).status;
}

struct setting {
	uint32_t name;
	uint64_t value;
	uint64_t after, mask;	/* what is left of it */
	const char *what;
};

static const struct setting settings[] = {
	{ HV_REGISTER_GUEST_OS_ID, 1, 0, ~0ull, "what the guest is" },
	{ HV_X64_REGISTER_HYPERCALL, 0x30001, 0, 1, "the hypercall page" },
	{ HV_REGISTER_REFERENCE_TSC, 0x31001, 0, 1, "the reference TSC page" },
	{ HV_REGISTER_SIMP, 0x33001, 0, 1, "the message page" },
	{ HV_REGISTER_SIEFP, 0x34001, 0, 1, "the page of event flags" },
	{ HV_REGISTER_SINT0 + 2, 0x52, HV_SYNIC_SINT_MASKED, HV_SYNIC_SINT_MASKED, "a SINT" },
	{ HV_REGISTER_SCONTROL, 1, 0, 1, "the SynIC" },
	{ HV_REGISTER_STIMER0_CONFIG, 2 << 16, 0, ~0ull, "a timer" },
	{ HV_X64_REGISTER_APIC_BASE, 0xfee00d00, 0xfee00900, ~0ull, "the APIC's mode" },
	{ HV_X64_REGISTER_RBX, 0xb, 0xb, ~0ull, "not a register" },
	{ HV_X64_REGISTER_RIP, GUEST_CODE, GUEST_CODE, ~0ull, "not where it is" },
};

static void state(void)
{
	struct hv_local_interrupt_controller_state *s = alloc_pages(1);
	unsigned int i;
	struct child c;

	make(&c);
	lapic_state(&c, HVCALL_GET_VP_STATE, s);
	s->apic_spurious = 0x1ff;
	s->apic_irr[VECTOR / 32] = 1u << VECTOR % 32;
	report_eq(lapic_state(&c, HVCALL_SET_VP_STATE, s), HV_STATUS_SUCCESS,
		  "an interrupt is pending");
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		child_set_reg64(&c, 0, settings[i].name, settings[i].value);
	report_eq(scrub(c.id), HV_STATUS_SUCCESS, "a partition can be scrubbed");
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		report_eq(child_reg64(&c, 0, settings[i].name) & settings[i].mask,
			  settings[i].after, settings[i].what);
	lapic_state(&c, HVCALL_GET_VP_STATE, s);
	report_eq(s->apic_irr[VECTOR / 32], 0, "no interrupt is pending");
	report_eq(s->apic_spurious & 0x100, 0, "the APIC is disabled by software");
	child_destroy(&c);
}

/* In the middle of its life, with all that is under way; then it lives once more. */
static void again(void)
{
	const uint32_t *r;
	struct child c;
	unsigned int i;

	make(&c);
	r = (const uint32_t *)(c.memory + 0x7000);
	for (i = 0; i < 2; i++) {
		memset(c.memory + 0x7000, 0, PAGE_SIZE);
		START_GUEST(&c, 0, enlightened);
		child_expect(&c, 0, HVMSG_X64_IO_PORT_INTERCEPT,
			     i ? "and once more" : "a guest with SynIC and timers runs");
		report_eq(r[8], 0x52, "its timer's message interrupts");
		report_eq(scrub(c.id), HV_STATUS_SUCCESS, "it is scrubbed at an intercept");
	}
	child_destroy(&c);
}

static void refused(void)
{
	struct child c;

	child_create(&c, DEFAULT_FLAGS);
	report_eq(scrub(c.id), HV_STATUS_INVALID_PARTITION_STATE,
		  "a partition that is not initialised can't be scrubbed");
	child_initialize(&c);
	report_eq(scrub(c.id), HV_STATUS_SUCCESS, "one without VPs can");
	child_destroy(&c);
	report_eq(scrub(c.id), HV_STATUS_INVALID_PARTITION_ID, "one that is gone can't");
	report_eq(scrub(HV_PARTITION_ID_SELF), HV_STATUS_ACCESS_DENIED, "nor can one's own");
}

void test_scrub(void)
{
	synic_setup();
	state();
	again();
	refused();
	synic_teardown();
}
