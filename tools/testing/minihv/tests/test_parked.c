// SPDX-License-Identifier: GPL-2.0-only
/* VPs that halt with interrupts off: which of them their parent hears of. */
#include "child.h"

#define APIC_FLAGS	(DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED)
#define RFLAGS_IF	BIT(9)

GUEST(halt);
GUEST(nmi_halt);

static union hv_internal_activity_register activity(struct child *c, unsigned int vp)
{
	return (union hv_internal_activity_register){
		.as_uint64 = child_reg64(c, vp, HV_REGISTER_INTERNAL_ACTIVITY_STATE),
	};
}

/* Runs it until it has halted, and its parent has not heard of that. */
static bool halts(struct child *c, unsigned int vp)
{
	uint64_t end = ref_time() + 10000 * 10000ull;

	do {
		if (child_run(c, vp, 10) == RUN_INTERCEPT)
			return false;
	} while (!activity(c, vp).halt_suspend && ref_time() < end);
	return ref_time() < end;
}

static void assert_nmi(struct child *c, unsigned int vp)
{
	struct hv_input_assert_virtual_interrupt *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->control.interrupt_type = HV_X64_INTERRUPT_TYPE_NMI;
	in->dest_addr = vp;
	hcall(HVCALL_ASSERT_VIRTUAL_INTERRUPT);
}

/* The other one waits for its SIPI. */
static void alone(void)
{
	struct child c;

	child_make(&c, APIC_FLAGS, 2);
	START_GUEST(&c, 0, halt);
	child_expect(&c, 0, HVMSG_X64_HALT, "a VP with nobody to wake it");
	child_destroy(&c);
}

static void beside_another(void)
{
	const struct hv_x64_intercept_message_header *h;
	struct child c;

	child_make(&c, APIC_FLAGS, 2);
	child_set_reg64(&c, 1, HV_REGISTER_INTERNAL_ACTIVITY_STATE, 0);
	START_GUEST(&c, 1, nmi_halt);
	report(halts(&c, 1), "a VP beside another waits in the hypervisor");
	report(!(child_reg64(&c, 1, HV_X64_REGISTER_RFLAGS) & RFLAGS_IF), "interrupts are off");
	assert_nmi(&c, 1);
	if (child_expect(&c, 1, HVMSG_X64_IO_PORT_INTERCEPT, "an NMI wakes it"))
		child_skip(&c, 1);
	report(halts(&c, 1), "behind its HLT it comes to the next");
	START_GUEST(&c, 0, halt);
	h = child_payload(&c, 0);
	if (child_expect(&c, 0, HVMSG_X64_HALT, "the last VP to halt stops"))
		report_eq(h->rip, GUEST_CODE, "at its HLT");
	child_destroy(&c);
}

void test_parked(void)
{
	synic_setup();
	alone();
	beside_another();
	synic_teardown();
}
