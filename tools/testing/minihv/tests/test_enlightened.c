// SPDX-License-Identifier: GPL-2.0-only
/* A child that knows Hyper-V: its leaves, MSRs, hypercalls, SynIC and timers. */
#include "child.h"

#define IDLE_TRIES	500
#define IDLE_VECTOR	0x71
#define PORT_WOKEN	0x80
#define PORT_NOT_IDLE	0x81

GUEST(enlightened);
GUEST(idle);

static const uint32_t *results(struct child *c)
{
	return (const uint32_t *)(c->memory + 0x7000);
}

static void make(struct child *c, bool enlightened)
{
	child_create(c, DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED);
	child_set_property(c, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			   enlightened ? child_synthetic_features() : 0);
	child_complete(c, 1);
}

static void enlightened(void)
{
	const uint32_t *r;
	struct child c;

	make(&c, true);
	r = results(&c);
	*(uint32_t *)(c.memory + 0x30000) = 0x12345678;
	START_GUEST(&c, 0, enlightened);
	if (child_expect(&c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "an enlightened guest runs")) {
		report_eq(r[16], HYPERV_VENDOR_EBX, "it sees the hypervisor's name");
		report(r[17] & HV_MSR_SYNIC_AVAILABLE, "it is offered a SynIC");
		report(!(r[17] & HV_MSR_GUEST_IDLE_AVAILABLE),
		       "it is not offered what its parent did not give");
		report_eq(r[18] & 0xffff, HV_STATUS_ACCESS_DENIED,
			  "its 32-bit hypercall is refused for lack of privilege");
		report_eq(r[19], 0, "its VP index");
		report((int32_t)r[20] >= 0, "its reference time does not go back");
		report(r[21], "its TSC page is valid");
		report_eq(r[8], 0x52, "its timer's message interrupts");
		report_eq(r[22], HVMSG_TIMER_EXPIRED, "the message is there");
		report_eq(r[9], 0x53, "its direct timer interrupts");
		report_eq(r[23], HVMSG_NONE, "without a message");
	}
	report_eq(child_reg64(&c, 0, HV_REGISTER_GUEST_OS_ID), 0x8100000000000000,
		  "its parent sees what it said it is");
	report_eq(child_reg64(&c, 0, HV_X64_REGISTER_HYPERCALL), 0x30001,
		  "its parent sees its hypercall page");
	child_destroy(&c);
}

static bool reach_port(struct child *c, unsigned int port, const char *what)
{
	const struct hv_x64_io_port_intercept_message *m = child_payload(c, 0);

	return child_expect(c, 0, HVMSG_X64_IO_PORT_INTERCEPT, what) &&
	       report_eq(m->port_number, port, "%s: at port 0x%x", what, port);
}

static void interrupt(struct child *c, uint32_t vector)
{
	struct hv_input_assert_virtual_interrupt *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->vector = vector;
	report_eq(hcall(HVCALL_ASSERT_VIRTUAL_INTERRUPT).status, HV_STATUS_SUCCESS,
		  "an interrupt for the idle guest");
}

/* However long the machine below takes for it. */
static bool goes_idle(struct child *c)
{
	unsigned int i;

	for (i = 0; i < IDLE_TRIES; i++) {
		if (child_run(c, 0, 20) == RUN_INTERCEPT)
			return false;
		if (child_reg64(c, 0, HV_REGISTER_INTERNAL_ACTIVITY_STATE))
			return true;
	}
	return true;
}

/*
 * A lock's waiter turns its interrupts off, looks once more, and goes idle until the
 * interrupt that the owner sends, which may have come in between.
 */
static void idle_guest(void)
{
	union hv_partition_synthetic_processor_features f = { 0 };
	struct child c;

	child_create(&c, DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED);
	f.hypervisor_present = 1;
	f.hv1 = 1;
	f.access_guest_idle_reg = 1;
	child_set_property(&c, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES, f.as_uint64[0]);
	child_complete(&c, 1);
	START_GUEST(&c, 0, idle);
	report(goes_idle(&c), "a guest can go idle");
	report_eq(child_reg64(&c, 0, HV_REGISTER_INTERNAL_ACTIVITY_STATE), BIT(2),
		  "its parent sees that it is");
	interrupt(&c, IDLE_VECTOR);
	if (reach_port(&c, PORT_WOKEN, "an interrupt ends that even if it can't be taken")) {
		report_eq(results(&c)[0], BIT(IDLE_VECTOR % 32), "and stays pending");
		report_eq(child_reg64(&c, 0, HV_REGISTER_INTERNAL_ACTIVITY_STATE), 0,
			  "the guest is not idle then");
		child_skip(&c, 0);
	}
	reach_port(&c, PORT_NOT_IDLE, "a guest with an interrupt pending does not go idle");
	child_destroy(&c);
}

static void plain(void)
{
	struct child c;

	make(&c, false);
	START_GUEST(&c, 0, enlightened);
	/* The first synthetic MSR is none of a guest without the features: #GP, no handler. */
	if (report(child_run_on(&c, 0, 10000) == RUN_INTERCEPT,
		   "a guest without enlightenments stops at the first MSR"))
		report(results(&c)[16] != HYPERV_VENDOR_EBX,
		       "it does not see the hypervisor's name");
	child_destroy(&c);
}

/* What is at @gpa for the guest: its SynIC's pages lie over its memory. */
static const uint8_t *guest_bytes(struct child *c, uint64_t gpa)
{
	struct hv_input_read_gpa *in = hc_in;
	const struct hv_output_read_gpa *out = hc_out;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->byte_count = 16;
	in->base_gpa = gpa;
	hcall(HVCALL_READ_GPA);
	return out->access_result.result_code == HV_ACCESS_GPA_SUCCESS ? out->data : NULL;
}

/*
 * Pages that a guest places over memory in large pages take tables, and there is
 * nobody whom it could ask for them: they were set aside with its VP.
 */
static void without_memory(void)
{
	uint8_t *ram = alloc_aligned(SIZE_2M, SIZE_2M);
	const uint64_t gpa = 2 * SIZE_2M;
	const uint8_t *bytes;
	struct child c;

	memset(ram, 0xaa, SIZE_2M);
	make(&c, true);
	report_eq(child_map(&c, gpa, (uint64_t)ram, 1, MAP_ALL | HV_MAP_GPA_LARGE_PAGE),
		  HV_STATUS_SUCCESS, "memory in a large page");
	c.deposited -= withdraw(c.id);
	child_set_reg64(&c, 0, HV_REGISTER_GUEST_OS_ID, 1);
	child_set_reg64(&c, 0, HV_X64_REGISTER_HYPERCALL, gpa + 0x1001);
	child_set_reg64(&c, 0, HV_REGISTER_REFERENCE_TSC, gpa + 0x2001);
	child_set_reg64(&c, 0, HV_REGISTER_SIMP, gpa + 0x3001);
	child_set_reg64(&c, 0, HV_REGISTER_SIEFP, gpa + 0x4001);
	bytes = guest_bytes(&c, gpa + 0x1000);
	report(bytes && bytes[0] == 0x0f, "a hypercall page is there with no page left");
	bytes = guest_bytes(&c, gpa + 0x3000);
	report(bytes && !bytes[0], "and a message page");
	bytes = guest_bytes(&c, gpa + 0x5000);
	report(bytes && bytes[0] == 0xaa, "and the memory beside them");
	child_destroy(&c);
}

/* A message and an event straight from the parent. */
static void direct(void)
{
	struct hv_input_post_message_direct *post = hc_in;
	struct hv_input_signal_event_direct *signal = hc_in;
	const uint8_t *bytes;
	struct hv_message *m;
	struct child c;

	make(&c, true);
	child_set_reg64(&c, 0, HV_REGISTER_SCONTROL, 1);
	child_set_reg64(&c, 0, HV_REGISTER_SIMP, 0x33001);
	child_set_reg64(&c, 0, HV_REGISTER_SIEFP, 0x34001);
	child_set_reg64(&c, 0, HV_REGISTER_SINT2, 0x52);
	memset(post, 0, sizeof(*post));
	post->partition_id = c.id;
	post->sint_index = 2;
	m = (struct hv_message *)post->message;
	m->header.message_type = 1;
	m->header.payload_size = 8;
	m->u.payload[0] = 0xabcd;
	report_eq(hcall(HVCALL_POST_MESSAGE_DIRECT).status, HV_STATUS_SUCCESS,
		  "a message can be posted straight to a child");
	bytes = guest_bytes(&c, 0x33200);
	report_eq(bytes ? *(uint32_t *)bytes : 0, 1, "it is in the child's slot");
	bytes = guest_bytes(&c, 0x33210);
	report_eq(bytes ? *(uint64_t *)bytes : 0, 0xabcd, "with its contents");

	memset(signal, 0, sizeof(*signal));
	signal->target_partition = c.id;
	signal->target_sint = 2;
	signal->flag_number = 5;
	report_eq(hcall(HVCALL_SIGNAL_EVENT_DIRECT).status, HV_STATUS_SUCCESS,
		  "an event can be signalled straight to a child");
	report_eq(*(uint8_t *)hc_out, 1, "the answer is that it is a new one");
	bytes = guest_bytes(&c, 0x34200);
	report_eq(bytes ? *bytes : 0, BIT(5), "its flag is set");
	memset(signal, 0, sizeof(*signal) + 16);
	signal->target_partition = c.id;
	signal->target_sint = 2;
	signal->flag_number = 5;
	hcall(HVCALL_SIGNAL_EVENT_DIRECT);
	report_eq(*(uint8_t *)hc_out, 0, "the second time it is none");
	child_destroy(&c);
}

void test_enlightened(void)
{
	synic_setup();
	enlightened();
	idle_guest();
	plain();
	direct();
	without_memory();
	synic_teardown();
}
