// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts for children: destinations of IPIs, injection, deliverability. */
#include "child.h"

#define APIC_FLAGS	(DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED)
#define VECTOR		0x71
#define ASSERT		0x4000
#define LOGICAL		0x800
#define TO_SELF		0x40000
#define TO_ALL		0x80000
#define TO_OTHERS	0xc0000
#define LOWEST		0x100
#define FLAT		0xffffffff
#define CLUSTER		0x0fffffff

GUEST(send);
GUEST(window);
GUEST(apic_wait);

static uint16_t lapic_state(struct child *c, uint64_t call, unsigned int vp,
			    struct hv_local_interrupt_controller_state *s)
{
	struct hv_input_get_vp_state *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->vp_index = vp;
	in->state_data.type = HV_GET_SET_VP_STATE_LAPIC_STATE;
	in->output_data_pfns[0] = (uint64_t)s / PAGE_SIZE;
	return hcall(call | VAR_WORDS(1)).status;
}

struct ipi {
	const char *what;
	uint32_t dest, icr;
	uint32_t dfr;			/* of both VPs */
	uint32_t ldr[2];
	bool gets[2];
};

static const struct ipi ipis[] = {
	{ "physical to VP 1", 1, 0, FLAT, { 0, 0 }, { false, true } },
	{ "physical to itself", 0, 0, FLAT, { 0, 0 }, { true, false } },
	{ "physical to nobody", 7, 0, FLAT, { 0, 0 }, { false, false } },
	{ "physical broadcast", 0xff, 0, FLAT, { 0, 0 }, { true, true } },
	{ "flat to one", 0x02, LOGICAL, FLAT, { 1, 2 }, { false, true } },
	{ "flat to both", 0x03, LOGICAL, FLAT, { 1, 2 }, { true, true } },
	{ "flat to nobody", 0x04, LOGICAL, FLAT, { 1, 2 }, { false, false } },
	{ "cluster to one", 0x12, LOGICAL, CLUSTER, { 0x11, 0x12 }, { false, true } },
	{ "cluster to both", 0x13, LOGICAL, CLUSTER, { 0x11, 0x12 }, { true, true } },
	{ "another cluster", 0x23, LOGICAL, CLUSTER, { 0x11, 0x12 }, { false, false } },
	{ "two clusters", 0x21, LOGICAL, CLUSTER, { 0x11, 0x21 }, { false, true } },
	{ "lowest priority, one of two", 0x03, LOGICAL | LOWEST, FLAT, { 1, 2 },
	  { true, false } },
	{ "to itself by shorthand", 1, TO_SELF, FLAT, { 0, 0 }, { true, false } },
	{ "to all", 0, TO_ALL, FLAT, { 0, 0 }, { true, true } },
	{ "to the others", 0, TO_OTHERS, FLAT, { 0, 0 }, { false, true } },
};

static void prepare(struct child *c, const struct ipi *ipi,
		    struct hv_local_interrupt_controller_state *s)
{
	unsigned int vp;

	for (vp = 0; vp < 2; vp++) {
		lapic_state(c, HVCALL_GET_VP_STATE, vp, s);
		s->apic_spurious = 0x1ff;
		s->apic_dfr = ipi->dfr;
		s->apic_ldr = ipi->ldr[vp] << 24;
		memset(s->apic_irr, 0, sizeof(s->apic_irr));
		lapic_state(c, HVCALL_SET_VP_STATE, vp, s);
	}
	*(uint32_t *)(c->memory + 0x7100) = ipi->dest << 24;
	*(uint32_t *)(c->memory + 0x7104) = ipi->icr | ASSERT | VECTOR;
}

static void destinations(void)
{
	struct hv_local_interrupt_controller_state *s = alloc_pages(1);
	unsigned int i, vp;
	struct child c;

	child_make(&c, APIC_FLAGS, 2);
	for (i = 0; i < ARRAY_SIZE(ipis); i++) {
		bool ok;

		prepare(&c, &ipis[i], s);
		START_GUEST(&c, 0, send);
		ok = child_run_on(&c, 0, 10000) == RUN_INTERCEPT;
		for (vp = 0; vp < 2; vp++) {
			lapic_state(&c, HVCALL_GET_VP_STATE, vp, s);
			ok &= !!(s->apic_irr[VECTOR / 32] & BIT(VECTOR % 32)) == ipis[i].gets[vp];
		}
		report(ok, "IPI %s", ipis[i].what);
	}
	child_destroy(&c);
	free_page((uint64_t)s);
}

static uint16_t assert_interrupt(struct child *c, uint32_t type, uint32_t vector)
{
	struct hv_input_assert_virtual_interrupt *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->control.interrupt_type = type;
	in->vector = vector;
	return hcall(HVCALL_ASSERT_VIRTUAL_INTERRUPT).status;
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

/* Run it until it has halted: an NMI that came before would not end the halt. */
static bool halts(struct child *c)
{
	uint64_t end = ref_time() + 10000 * 10000ull;
	union hv_internal_activity_register activity;

	do {
		if (child_run(c, 0, 10) == RUN_INTERCEPT)
			return false;
		activity.as_uint64 = child_reg64(c, 0, HV_REGISTER_INTERNAL_ACTIVITY_STATE);
	} while (!activity.halt_suspend && ref_time() < end);
	return activity.halt_suspend;
}

/* What ends a halt besides a vector: each kind leaves no vector in service. */
static void other_kinds(void)
{
	struct hv_local_interrupt_controller_state *s = alloc_pages(1);
	struct child c;

	child_make(&c, APIC_FLAGS, 1);
	START_GUEST(&c, 0, apic_wait);
	reach_port(&c, 0x80, "the guest waits for an NMI");
	report(halts(&c), "it halts");
	assert_interrupt(&c, HV_X64_INTERRUPT_TYPE_NMI, 0);
	reach_port(&c, 0x81, "an NMI ends the halt");
	reach_port(&c, 0x80, "the guest waits for the 8259");
	lapic_state(&c, HVCALL_GET_VP_STATE, 0, s);
	s->apic_lvt_lint0 = 0x700;
	lapic_state(&c, HVCALL_SET_VP_STATE, 0, s);
	assert_interrupt(&c, HV_X64_INTERRUPT_TYPE_EXTINT, 0x44);
	reach_port(&c, 0x81, "an ExtINT ends the halt");
	reach_port(&c, 0x80, "the guest waits for a local pin");
	s->apic_lvt_lint1 = 0x400;
	lapic_state(&c, HVCALL_SET_VP_STATE, 0, s);
	report(halts(&c), "it halts");
	assert_interrupt(&c, HV_X64_INTERRUPT_TYPE_LOCALINT1, 0);
	reach_port(&c, 0x81, "an NMI by LINT1 ends the halt");
	report_eq(*(uint32_t *)(c.memory + 0x7020), 0, "none of them was a vector in service");
	child_destroy(&c);
	free_page((uint64_t)s);
}

/* The fast way of the root scheduler: vectors on the register page. */
static void by_register_page(void)
{
	struct hv_input_dispatch_vp *in = hc_in;
	const uint32_t *r;
	struct child c;

	child_make(&c, APIC_FLAGS, 1);
	r = (const uint32_t *)(c.memory + 0x7000);
	START_GUEST(&c, 0, apic_wait);
	reach_port(&c, 0x80, "the guest waits for vectors on the register page");
	c.vp[0].regs->interrupt_vectors.vector[0] = 0x81;
	c.vp[0].regs->interrupt_vectors.vector[1] = 0x91;
	c.vp[0].regs->interrupt_vectors.vector_count = 2;
	memset(in, 0, sizeof(*in));
	in->partition_id = c.id;
	in->flags = HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND |
		    HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION;
	in->time_slice = 1;
	interrupts_on_for(1);
	report_eq(hcall(HVCALL_DISPATCH_VP).status, HV_STATUS_SUCCESS,
		  "a dispatch can look for vectors");
	report_eq(c.vp[0].regs->interrupt_vectors.vector_count, 0, "it takes them off the page");
	c.vp[0].intercepted = ((struct hv_output_dispatch_vp *)hc_out)->dispatch_event ==
			      HV_VP_DISPATCH_EVENT_INTERCEPT;
	if (!c.vp[0].intercepted)
		child_run_on(&c, 0, 10000);
	report_eq(r[8], 0x91, "the guest gets the higher one first");
	report_eq(r[9], 0x81, "then the other");
	child_destroy(&c);
}

/* With a local APIC nobody needs to be told when an NMI can be delivered. */
static void nmi_notification(void)
{
	union hv_deliverability_notifications_register n = { .nmi_notification = 1 };
	union hv_register_value value = { .reg64 = n.as_uint64 };
	struct child c;

	child_make(&c, APIC_FLAGS, 1);
	report_eq(child_set_reg(&c, 0, HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS, &value),
		  HV_STATUS_INVALID_PARAMETER, "no notice of NMIs for who has a local APIC");
	report_eq(child_reg64(&c, 0, HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS), 0,
		  "nothing was asked for");
	child_destroy(&c);
	child_make(&c, DEFAULT_FLAGS, 1);
	report_eq(child_set_reg(&c, 0, HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS, &value),
		  HV_STATUS_SUCCESS, "who has none can ask");
	child_destroy(&c);
}

static void injected(void)
{
	union hv_deliverability_notifications_register n = { .interrupt_notification = 1 };
	union hv_x64_pending_interruption_register p = {
		.interruption_pending = 1, .interruption_type = HV_X64_PENDING_INTERRUPT,
		.interruption_vector = 0x55,
	};
	const struct hv_x64_interruption_deliverable_message *m;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	m = child_payload(&c, 0);
	START_GUEST(&c, 0, window);
	reach_port(&c, 0x80, "a guest without APIC has interrupts off");
	child_set_reg64(&c, 0, HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS, n.as_uint64);
	if (child_expect(&c, 0, HVMSG_X64_INTERRUPTION_DELIVERABLE,
			 "its parent is told when it lets them in")) {
		report_eq(m->deliverable_type, HV_X64_PENDING_INTERRUPT, "an interrupt, that is");
		report(m->header.rflags & BIT(9), "they are on");
	}
	report_eq(child_reg64(&c, 0, HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS), 0,
		  "once");
	child_set_reg64(&c, 0, HV_REGISTER_PENDING_INTERRUPTION, p.as_uint64);
	/* Something happens elsewhere in the machine while the guest's handler is at work. */
	alarm_in(1);
	reach_port(&c, 0x81, "an interrupt by register reaches the guest");
	alarm_in(0);
	report_eq(*(uint32_t *)(c.memory + 0x7000), 1, "once");
	child_destroy(&c);
}

void test_interrupt(void)
{
	synic_setup();
	destinations();
	other_kinds();
	if (!machine.core_scheduler)
		by_register_page();
	nmi_notification();
	injected();
	synic_teardown();
}
