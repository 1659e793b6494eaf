// SPDX-License-Identifier: GPL-2.0-only
/* The local APIC of a child: registers, priorities, IPIs, timer, end of interrupt. */
#include "child.h"

#define APIC_FLAGS	(DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED)
#define PORT_READY	0x80
#define PORT_WOKEN	0x81
#define VECTOR		0x71

GUEST(apic_registers);
GUEST(apic);
GUEST(apic_wait);
GUEST(start_other);
GUEST(started);
GUEST(x2apic);

static const uint32_t *results(struct child *c)
{
	return (const uint32_t *)(c->memory + 0x7000);
}

static void registers(void)
{
	const uint32_t *r;
	struct child c;

	child_make(&c, APIC_FLAGS, 1);
	r = results(&c);
	START_GUEST(&c, 0, apic_registers);
	if (child_expect(&c, 0, HVMSG_X64_HALT, "halting with interrupts off stops the VP")) {
		report_eq(r[0], 0, "APIC id of VP 0");
		report_eq(r[1] & 0xff, 0x14, "APIC version");
		report_eq(r[2], 0x1ff, "a store and a read-modify-write of the spurious vector");
		report_eq(r[3], 0x40, "the task priority, by a load that extends");
		report_eq(r[4] & 0xff, 1, "TEST sets the flags");
	}
	child_destroy(&c);
}

static bool reach_port(struct child *c, unsigned int port, const char *what)
{
	const struct hv_x64_io_port_intercept_message *m = child_payload(c, 0);
	bool ok = child_expect(c, 0, HVMSG_X64_IO_PORT_INTERCEPT, what) &&
		  report_eq(m->port_number, port, "%s: at port 0x%x", what, port);

	if (ok)
		child_skip(c, 0);
	return ok;
}

static void ipi_and_timer(void)
{
	const uint32_t *r;
	struct child c;

	child_make(&c, APIC_FLAGS, 1);
	r = results(&c);
	START_GUEST(&c, 0, apic);
	if (reach_port(&c, PORT_READY, "the guest serves two IPIs and a timer")) {
		report_eq(r[5], BIT(0x31 - 0x20), "an IPI below the task priority is pending");
		report_eq(r[8], 0x51, "the IPI above the task priority comes first");
		report_eq(r[9], 0x31, "the other comes once the task priority is lowered");
		report_eq(r[10], 0x61, "the one-shot timer's interrupt wakes it");
	}
	if (reach_port(&c, PORT_WOKEN, "the guest serves a periodic timer"))
		report(r[11] == 0x62 && r[12] == 0x62 && r[13] == 0x62,
		       "the periodic timer's interrupt wakes it three times");
	child_destroy(&c);
}

static uint16_t assert_interrupt(struct child *c, uint32_t type, uint64_t dest, uint32_t vector,
				 bool level)
{
	struct hv_input_assert_virtual_interrupt *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->control.interrupt_type = type;
	in->control.level_triggered = level;
	in->dest_addr = dest;
	in->vector = vector;
	return hcall(HVCALL_ASSERT_VIRTUAL_INTERRUPT).status;
}

static void asserted(void)
{
	const uint32_t *r;
	struct child c;

	child_make(&c, APIC_FLAGS, 1);
	r = results(&c);
	START_GUEST(&c, 0, apic_wait);
	reach_port(&c, PORT_READY, "the guest waits for an interrupt");
	/* Let it halt, then wake it. */
	report(child_run(&c, 0, 20) != RUN_INTERCEPT, "a halted guest does nothing");
	report_eq(assert_interrupt(&c, HV_X64_INTERRUPT_TYPE_FIXED, 0, VECTOR, false),
		  HV_STATUS_SUCCESS, "an interrupt can be asserted");
	if (reach_port(&c, PORT_WOKEN, "an interrupt ends the halt"))
		report_eq(r[8], VECTOR, "the guest got its vector");
	synic_poll();
	report_eq(eoi_messages.count, 0, "the end of an edge interrupt is no message");

	reach_port(&c, PORT_READY, "the guest waits again");
	report_eq(assert_interrupt(&c, HV_X64_INTERRUPT_TYPE_FIXED, 0, VECTOR + 1, true),
		  HV_STATUS_SUCCESS, "a level interrupt can be asserted");
	reach_port(&c, PORT_WOKEN, "it ends the halt too");
	idle(1);
	synic_poll();
	report_eq(eoi_messages.count, 1, "the end of a level interrupt is a message");
	report(eoi_messages.vector == VECTOR + 1 && eoi_messages.vp == 0 &&
	       eoi_messages.sender == c.id, "it names partition, VP and vector");
	report(assert_interrupt(&c, HV_X64_INTERRUPT_TYPE_MAXIMUM, 0, VECTOR, false) !=
	       HV_STATUS_SUCCESS, "an unknown type of interrupt is refused");
	child_destroy(&c);
}

static void startup(void)
{
	struct child c;

	child_make(&c, APIC_FLAGS, 2);
	report_eq(child_reg64(&c, 0, HV_REGISTER_INTERNAL_ACTIVITY_STATE), 0,
		  "a new VP 0 waits for no SIPI");
	report_eq(child_reg64(&c, 1, HV_REGISTER_INTERNAL_ACTIVITY_STATE), 1,
		  "a new VP 1 waits for its SIPI");
	report(child_run(&c, 1, 20) != RUN_INTERCEPT, "and does not run");
	memcpy(c.memory + 0x5000, guest_started, guest_started_end - guest_started);
	START_GUEST(&c, 0, start_other);
	reach_port(&c, PORT_READY, "VP 0 sends INIT and SIPI to VP 1");
	if (child_expect(&c, 1, HVMSG_X64_IO_PORT_INTERCEPT, "VP 1 starts")) {
		report_eq(*(uint16_t *)(c.memory + 0x5100), 0x5aa5, "at the SIPI's page");
		report_eq(child_reg64(&c, 1, HV_X64_REGISTER_CR0) & 1, 0, "in real mode");
	}
	child_destroy(&c);
}

static void x2apic(void)
{
	const uint32_t *r;
	struct child c;

	child_make(&c, APIC_FLAGS | HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE, 2);
	r = results(&c);
	child_set_reg64(&c, 1, HV_REGISTER_INTERNAL_ACTIVITY_STATE, 0);
	START_GUEST(&c, 1, x2apic);
	if (child_expect(&c, 1, HVMSG_UNMAPPED_GPA, "the APIC's page is gone in x2APIC mode")) {
		report_eq(r[0], 0xfee00800, "APIC base of VP 1");
		report_eq(r[1], 0xfee00c00, "x2APIC mode can be switched on");
		report_eq(r[2], 1, "the id is a number");
		report_eq(r[3], 2, "the logical id follows from it");
		report_eq(r[4], BIT(1), "an IPI to itself is pending");
		report_eq(r[5], 0x30, "the task priority");
	}
	child_destroy(&c);

	child_make(&c, APIC_FLAGS, 1);
	START_GUEST(&c, 0, x2apic);
	child_expect(&c, 0, HVMSG_UNRECOVERABLE_EXCEPTION,
		     "x2APIC mode is refused to a partition made without it");
	child_destroy(&c);
}

/* State read from one VP and written to another makes the two alike. */
static void state(void)
{
	struct hv_local_interrupt_controller_state *s = alloc_pages(1), *t = alloc_pages(1);
	struct hv_input_get_vp_state *in = hc_in;
	struct child c;

	child_make(&c, APIC_FLAGS, 1);
	memset(in, 0, PAGE_SIZE);
	in->partition_id = c.id;
	in->state_data.type = HV_GET_SET_VP_STATE_LAPIC_STATE;
	in->output_data_pfns[0] = (uint64_t)s / PAGE_SIZE;
	report_eq(hcall(HVCALL_GET_VP_STATE | VAR_WORDS(1)).status, HV_STATUS_SUCCESS,
		  "APIC state can be read");
	report_eq(s->apic_lvt_lint0, 0x10000, "LINT0 is masked after reset");
	s->apic_lvt_lint0 = 0x700;
	s->apic_lvt_lint1 = 0x400;
	s->apic_spurious = 0x1ff;
	s->apic_irr[VECTOR / 32] |= BIT(VECTOR % 32);
	report_eq(hcall(HVCALL_SET_VP_STATE | VAR_WORDS(1)).status, HV_STATUS_SUCCESS,
		  "APIC state can be written");
	in->output_data_pfns[0] = (uint64_t)t / PAGE_SIZE;
	hcall(HVCALL_GET_VP_STATE | VAR_WORDS(1));
	report(!memcmp(s, t, sizeof(*s)), "APIC state reads back");
	in->vp_index = 1;
	report_eq(hcall(HVCALL_GET_VP_STATE | VAR_WORDS(1)).status, HV_STATUS_INVALID_VP_INDEX,
		  "a VP that is not there has no state");
	in->vp_index = 0;
	report_eq(hcall(HVCALL_GET_VP_STATE).status, HV_STATUS_INVALID_PARAMETER,
		  "the call needs a page for the state");
	child_destroy(&c);
	free_page((uint64_t)s);
	free_page((uint64_t)t);
}

void test_lapic(void)
{
	synic_setup();
	memset(&eoi_messages, 0, sizeof(eoi_messages));
	registers();
	ipi_and_timer();
	asserted();
	startup();
	x2apic();
	state();
	synic_teardown();
}
