// SPDX-License-Identifier: GPL-2.0-only
/* NMIs of a child are blocked until the handler's IRET has been carried out. */
#include "child.h"

#define APIC_FLAGS	(DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED)

GUEST(nmi);

static void assert_nmi(struct child *c)
{
	struct hv_input_assert_virtual_interrupt *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->control.interrupt_type = HV_X64_INTERRUPT_TYPE_NMI;
	report_eq(hcall(HVCALL_ASSERT_VIRTUAL_INTERRUPT).status, HV_STATUS_SUCCESS,
		  "an NMI is asserted");
}

static bool reach(struct child *c, unsigned int port, const char *what)
{
	const struct hv_x64_io_port_intercept_message *m = child_payload(c, 0);
	bool ok = child_expect(c, 0, HVMSG_X64_IO_PORT_INTERCEPT, what) &&
		  report_eq(m->port_number, port, "%s: at port 0x%x", what, port);

	child_skip(c, 0);
	return ok;
}

static union hv_x64_interrupt_state_register state_of(struct child *c)
{
	return (union hv_x64_interrupt_state_register){
		.as_uint64 = child_reg64(c, 0, HV_REGISTER_INTERRUPT_STATE),
	};
}

static void runs_on(struct child *c, uint32_t nmis, const char *what)
{
	alarm_in(40);
	report(child_run(c, 0, 30) == RUN_TIMEOUT, "%s: the guest runs on", what);
	alarm_in(0);
	report_eq(*(uint32_t *)(c->memory + 0x7000), nmis, "%s: NMIs so far", what);
}

static void one_after_the_other(struct child *c)
{
	const uint32_t *stack = (const uint32_t *)(c->memory + 0x7010);

	assert_nmi(c);
	reach(c, 0x81, "an NMI reaches its handler");
	report(state_of(c).nmi_masked, "others are blocked");
	assert_nmi(c);
	reach(c, 0x81, "another one comes after it");
	report_eq(stack[1], stack[0], "when the handler's stack is empty again");
	assert_nmi(c);
	reach(c, 0x81, "and a third");
	report_eq(stack[2], stack[0], "likewise");
	runs_on(c, 3, "after the last IRET");
	report(!state_of(c).nmi_masked, "nothing is blocked any more");
}

static void by_register(struct child *c)
{
	union hv_x64_interrupt_state_register masked = { .nmi_masked = 1 };

	child_set_reg64(c, 0, HV_REGISTER_INTERRUPT_STATE, masked.as_uint64);
	assert_nmi(c);
	runs_on(c, 3, "blocked by its parent");
	report(state_of(c).nmi_masked, "it stays blocked");
	child_set_reg64(c, 0, HV_REGISTER_INTERRUPT_STATE, 0);
	reach(c, 0x81, "unblocked, the NMI comes");
	runs_on(c, 4, "after that");
}

void test_iret(void)
{
	struct child c;

	synic_setup();
	child_make(&c, APIC_FLAGS, 1);
	START_GUEST(&c, 0, nmi);
	reach(&c, 0x80, "a guest is ready for NMIs");
	one_after_the_other(&c);
	by_register(&c);
	child_destroy(&c);
	synic_teardown();
}
