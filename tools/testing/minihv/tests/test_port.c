// SPDX-License-Identifier: GPL-2.0-only
/* Ports and connections: doorbells into the event ring, messages and events to oneself. */
#include "child.h"

#define DOORBELL_GPA	0x1000008
#define PORT_ID		0x123
#define OWN_PORT	0x51
#define OWN_CONNECTION	0x52
#define SINT		4
#define VECTOR		0xa6

GUEST(doorbell);

static uint64_t own_id(void)
{
	hcall(HVCALL_GET_PARTITION_ID);
	return *(uint64_t *)hc_out;
}

static uint16_t create_port(uint64_t connector, uint32_t id, const struct hv_port_info *info)
{
	struct hv_input_create_port *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->port_partition_id = own_id();
	in->port_id.u.id = id;
	in->connection_partition_id = connector;
	in->port_info = *info;
	return call_with_deposit(HVCALL_CREATE_PORT, HV_PARTITION_ID_SELF, NULL);
}

static uint16_t connect_port(uint64_t connector, uint32_t connection, uint32_t port,
			     const struct hv_connection_info *info, uint64_t *deposited)
{
	struct hv_input_connect_port *in = hc_in;
	uint64_t self = own_id();

	memset(in, 0, sizeof(*in));
	in->connection_partition_id = connector;
	in->connection_id.u.id = connection;
	in->port_partition_id = self;
	in->port_id.u.id = port;
	in->connection_info = *info;
	return call_with_deposit(HVCALL_CONNECT_PORT, connector, deposited);
}

static uint16_t disconnect(uint64_t connector, uint32_t connection, bool doorbell)
{
	union hv_input_disconnect_port in = { 0 };

	in.connection_partition_id = connector;
	in.connection_id.u.id = connection;
	in.is_doorbell = doorbell;
	return hcall_fast(HVCALL_DISCONNECT_PORT, in.as_uint64[0], in.as_uint64[1]).status;
}

static uint16_t delete_port(uint32_t id)
{
	union hv_input_delete_port in = { 0 };

	in.port_partition_id = own_id();
	in.port_id.u.id = id;
	return hcall_fast(HVCALL_DELETE_PORT, in.as_uint64[0], in.as_uint64[1]).status;
}

/* Next entry of the event ring of SINT 5, 0: none; takes it off. */
static uint32_t ring_take(void)
{
	struct hv_synic_event_ring *ring = &sirbp->sint_event_ring[HV_SYNIC_DOORBELL_SINT_INDEX];
	static unsigned int tail;
	uint32_t value = __atomic_exchange_n(&ring->data[tail], 0, __ATOMIC_SEQ_CST);

	if (value)
		tail = (tail + 1) % HV_SYNIC_EVENT_RING_MESSAGE_COUNT;
	return value;
}

static void doorbell(void)
{
	struct hv_port_info port = { .port_type = HV_PORT_TYPE_DOORBELL };
	struct hv_connection_info connection = { .port_type = HV_PORT_TYPE_DOORBELL };
	const struct hv_x64_memory_intercept_message *m;
	struct child c;

	memset(&sint_intercepts, 0, sizeof(sint_intercepts));
	child_make(&c, DEFAULT_FLAGS, 1);
	m = child_payload(&c, 0);
	port.doorbell_port_info.target_sint = HV_SYNIC_DOORBELL_SINT_INDEX;
	port.doorbell_port_info.target_vp = HV_ANY_VP;
	report_eq(create_port(c.id, PORT_ID, &port), HV_STATUS_SUCCESS,
		  "a doorbell port can be made");
	connection.doorbell_connection_info.gpa = DOORBELL_GPA;
	connection.doorbell_connection_info.trigger_value = 5;
	connection.doorbell_connection_info.flags = HV_DOORBELL_FLAG_TRIGGER_SIZE_DWORD;
	report_eq(connect_port(c.id, PORT_ID, PORT_ID, &connection, &c.deposited),
		  HV_STATUS_SUCCESS, "it can be connected to an address of a child");
	START_GUEST(&c, 0, doorbell);
	if (child_expect(&c, 0, HVMSG_UNMAPPED_GPA, "a store of another value stops the VP")) {
		report_eq(child_reg64(&c, 0, HV_X64_REGISTER_RBX), 1,
			  "the store of the right value went on");
		report_eq(m->guest_physical_address, DOORBELL_GPA, "the address");
	}
	report_eq(ring_take(), PORT_ID, "the port's number is in the event ring");
	report_eq(ring_take(), 0, "once");
	/* SINT 5 is set up as intercept: its notice comes as a message on SINT 0. */
	report_eq(sint_intercepts.count, 1, "a message says that there is something in the ring");
	report_eq(sint_intercepts.sint, HV_SYNIC_DOORBELL_SINT_INDEX, "its source");
	child_set_reg64(&c, 0, HV_X64_REGISTER_RIP, m->header.rip + 10);
	if (child_expect(&c, 0, HVMSG_UNMAPPED_GPA, "a store of another width stops the VP"))
		report_eq(child_reg64(&c, 0, HV_X64_REGISTER_RBX), 2, "that is the third store");
	report_eq(disconnect(c.id, PORT_ID, true), HV_STATUS_SUCCESS,
		  "the doorbell can be disconnected");
	report_eq(disconnect(c.id, PORT_ID, true), HV_STATUS_INVALID_CONNECTION_ID,
		  "but once");
	START_GUEST(&c, 0, doorbell);
	if (child_expect(&c, 0, HVMSG_UNMAPPED_GPA, "then every store there stops the VP"))
		report_eq(m->header.rip, GUEST_CODE, "the first one");
	report_eq(delete_port(PORT_ID), HV_STATUS_SUCCESS, "the port can be deleted");
	report_eq(delete_port(PORT_ID), HV_STATUS_INVALID_PORT_ID, "but once");
	child_destroy(&c);
}

/* A child that goes away takes its connections with it, and ports stay its parent's. */
static void left_connected(void)
{
	struct hv_port_info port = { .port_type = HV_PORT_TYPE_DOORBELL };
	struct hv_connection_info connection = { .port_type = HV_PORT_TYPE_DOORBELL };
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	port.doorbell_port_info.target_sint = HV_SYNIC_DOORBELL_SINT_INDEX;
	port.doorbell_port_info.target_vp = HV_ANY_VP;
	create_port(c.id, PORT_ID, &port);
	connection.doorbell_connection_info.gpa = DOORBELL_GPA;
	connection.doorbell_connection_info.flags = HV_DOORBELL_FLAG_TRIGGER_ANY_VALUE;
	report_eq(connect_port(c.id, PORT_ID, PORT_ID, &connection, &c.deposited),
		  HV_STATUS_SUCCESS, "a doorbell for any value and width");
	START_GUEST(&c, 0, doorbell);
	child_expect(&c, 0, HVMSG_X64_HALT, "no store there stops the VP");
	report_eq(ring_take(), PORT_ID, "the ring has the first");
	while (ring_take())
		;
	child_destroy(&c);
	report_eq(delete_port(PORT_ID), HV_STATUS_SUCCESS, "the port outlives the child");
}

static void own_message(void)
{
	struct hv_port_info port = { .port_type = HV_PORT_TYPE_MESSAGE };
	struct hv_connection_info connection = { .port_type = HV_PORT_TYPE_MESSAGE };
	struct hv_input_post_message *in = hc_in;
	uint64_t self = own_id();
	struct hv_message m;

	port.message_port_info.target_sint = SINT;
	report_eq(create_port(self, OWN_PORT, &port), HV_STATUS_SUCCESS,
		  "a message port can be made");
	report_eq(connect_port(self, OWN_CONNECTION, OWN_PORT, &connection, NULL),
		  HV_STATUS_SUCCESS, "it can be connected to");
	memset(in, 0, sizeof(*in));
	in->connectionid = OWN_CONNECTION;
	in->message_type = 1;
	in->payload_size = 16;
	in->payload[0] = 0x1234;
	in->payload[1] = 0x5678;
	report_eq(hcall(HVCALL_POST_MESSAGE).status, HV_STATUS_SUCCESS, "a message can be posted");
	if (report(synic_wait(SINT, &m, 500), "it comes")) {
		report_eq(m.header.message_type, 1, "its type");
		report_eq(m.header.payload_size, 16, "its size");
		report(m.u.payload[0] == 0x1234 && m.u.payload[1] == 0x5678, "its contents");
	}
	memset(in, 0, sizeof(*in));
	in->connectionid = OWN_CONNECTION + 1;
	in->message_type = 1;
	report_eq(hcall(HVCALL_POST_MESSAGE).status, HV_STATUS_INVALID_CONNECTION_ID,
		  "a message to no connection is refused");
	disconnect(self, OWN_CONNECTION, false);
	delete_port(OWN_PORT);
}

static void own_event(void)
{
	struct hv_port_info port = { .port_type = HV_PORT_TYPE_EVENT };
	struct hv_connection_info connection = { .port_type = HV_PORT_TYPE_EVENT };
	uint32_t seen = interrupts[VECTOR];
	uint64_t self = own_id();

	port.event_port_info.target_sint = SINT;
	port.event_port_info.base_flag_number = 32;
	port.event_port_info.flag_count = 8;
	report_eq(create_port(self, OWN_PORT, &port), HV_STATUS_SUCCESS,
		  "an event port can be made");
	connect_port(self, OWN_CONNECTION, OWN_PORT, &connection, NULL);
	report_eq(hcall_fast(HVCALL_SIGNAL_EVENT, OWN_CONNECTION | 3ull << 32, 0).status,
		  HV_STATUS_SUCCESS, "an event can be signalled");
	report(wait_interrupt(VECTOR, seen, 500), "its interrupt comes");
	report_eq(siefp->event_flags[SINT].flags32[1], BIT(3), "its flag is set");
	siefp->event_flags[SINT].flags32[1] = 0;
	report_eq(hcall_fast(HVCALL_SIGNAL_EVENT, OWN_CONNECTION | 8ull << 32, 0).status,
		  HV_STATUS_INVALID_PARAMETER, "a flag beyond the port's is refused");
	disconnect(self, OWN_CONNECTION, false);
	delete_port(OWN_PORT);
}

void test_port(void)
{
	synic_setup();
	wrmsr(HV_X64_MSR_SINT0 + SINT, VECTOR);
	doorbell();
	left_connected();
	own_message();
	own_event();
	wrmsr(HV_X64_MSR_SINT0 + SINT, HV_SYNIC_SINT_MASKED);
	synic_teardown();
}
