// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on ports and connections. A doorbell is a port of ours and a
 * connection of the child partition to it, both with one id.
 */
#include "hvcall.h"

static u64 hv_try_create_doorbell_port(u32 id, u64 child_id, u32 sint)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_create_port), 0);
	struct hv_input_create_port *in = args.in;

	in->port_partition_id = hv_current_partition_id;
	in->port_id.u.id = id;
	in->connection_partition_id = child_id;
	in->port_info.port_type = HV_PORT_TYPE_DOORBELL;
	in->port_info.doorbell_port_info.target_sint = sint;
	in->port_info.doorbell_port_info.target_vp = HV_ANY_VP;
	return hv_make_call(HVCALL_CREATE_PORT, in, NULL);
}

int hv_call_create_doorbell_port(u32 id, u64 child_id, u32 sint)
{
	struct hv_deposit deposit = { .partition_id = hv_current_partition_id };
	u64 status;

	do {
		status = hv_try_create_doorbell_port(id, child_id, sint);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

int hv_call_delete_port(u32 id)
{
	union hv_input_delete_port in = {};

	in.port_partition_id = hv_current_partition_id;
	in.port_id.u.id = id;
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_make_fast_call16(HVCALL_DELETE_PORT, in.as_uint64[0],
					     in.as_uint64[1]);
	} while (hv_persist(status, &tries));
	return hv_status_to_errno(status);
}

static u64 hv_try_connect_doorbell(u32 id, u64 child_id, u64 gpa, u64 value, u64 flags)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_connect_port), 0);
	struct hv_input_connect_port *in = args.in;

	in->connection_partition_id = child_id;
	in->connection_id.u.id = id;
	in->port_partition_id = hv_current_partition_id;
	in->port_id.u.id = id;
	in->connection_info.port_type = HV_PORT_TYPE_DOORBELL;
	in->connection_info.doorbell_connection_info.gpa = gpa;
	in->connection_info.doorbell_connection_info.trigger_value = value;
	in->connection_info.doorbell_connection_info.flags = flags;
	return hv_make_call(HVCALL_CONNECT_PORT, in, NULL);
}

int hv_call_connect_doorbell(u32 id, u64 child_id, u64 gpa, u64 value, u64 flags)
{
	struct hv_deposit deposit = { .partition_id = child_id };
	u64 status;

	do {
		status = hv_try_connect_doorbell(id, child_id, gpa, value, flags);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

int hv_call_disconnect_doorbell(u32 id, u64 child_id)
{
	union hv_input_disconnect_port in = {};

	in.connection_partition_id = child_id;
	in.connection_id.u.id = id;
	in.is_doorbell = 1;
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_make_fast_call16(HVCALL_DISCONNECT_PORT, in.as_uint64[0],
					     in.as_uint64[1]);
	} while (hv_persist(status, &tries));
	return hv_status_to_errno(status);
}

int hv_call_notify_port_ring_empty(u32 sint)
{
	union hv_input_notify_port_ring_empty in = { .sint_index = sint };

	return hv_status_to_errno(hv_make_fast_call8(HVCALL_NOTIFY_PORT_RING_EMPTY,
							in.as_uint64));
}
