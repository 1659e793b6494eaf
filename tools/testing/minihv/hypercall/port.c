// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls on ports and connections. */
#include "hypercall/calls.h"
#include "synic/ports.h"

static bool port_info_valid(const struct hv_port_info *info)
{
	switch (info->port_type) {
	case HV_PORT_TYPE_MESSAGE:
	case HV_PORT_TYPE_DOORBELL:
		return info->message_port_info.target_sint < HV_SYNIC_SINT_COUNT;
	case HV_PORT_TYPE_EVENT:
		return info->event_port_info.target_sint < HV_SYNIC_SINT_COUNT &&
		       (uint32_t)info->event_port_info.base_flag_number +
			       info->event_port_info.flag_count <= HV_EVENT_FLAGS_COUNT;
	default:
		return false;
	}
}

static uint16_t create_port(struct hcall *c)
{
	const struct hv_input_create_port *in = c->in;
	uint16_t status;
	struct partition *p;
	struct port *port;

	if (!in->port_id.u.id || !port_info_valid(&in->port_info))
		return HV_STATUS_INVALID_PARAMETER;
	p = hc_partition(c, in->port_partition_id, &status);
	if (!p)
		return status;
	spin_lock(&p->lock);
	if (port_find(p, in->port_id.u.id)) {
		status = HV_STATUS_INVALID_PORT_ID;
	} else {
		port = pool_alloc(&p->pool);
		if (port) {
			port->id = in->port_id.u.id;
			port->connection_partition = in->connection_partition_id;
			port->info = in->port_info;
			list_add_tail(&port->node, &p->ports);
		} else {
			status = HV_STATUS_INSUFFICIENT_MEMORY;
		}
	}
	spin_unlock(&p->lock);
	partition_put(p);
	return status;
}

static uint16_t delete_port(struct hcall *c)
{
	const union hv_input_delete_port *in = c->in;
	uint16_t status;
	struct partition *p = hc_partition(c, in->port_partition_id, &status);
	struct port *port;

	if (!p)
		return status;
	spin_lock(&p->lock);
	port = port_find(p, in->port_id.u.id);
	if (!port) {
		status = HV_STATUS_INVALID_PORT_ID;
	} else if (port->connections) {
		status = HV_STATUS_OBJECT_IN_USE;
	} else {
		list_del(&port->node);
		pool_free(&p->pool, port);
	}
	spin_unlock(&p->lock);
	partition_put(p);
	return status;
}

/* Find the port that @in wants to reach and count the connection that is being made. */
static struct port *claim_port(struct partition *owner, const struct hv_input_connect_port *in,
			       uint64_t connector)
{
	struct port *port;

	spin_lock(&owner->lock);
	port = port_find(owner, in->port_id.u.id);
	if (port && (port->connection_partition != connector ||
		     port->info.port_type != in->connection_info.port_type))
		port = NULL;
	if (port)
		__atomic_fetch_add(&port->connections, 1, __ATOMIC_RELAXED);
	spin_unlock(&owner->lock);
	return port;
}

static uint16_t add_connection(struct partition *p, const struct hv_input_connect_port *in,
			       struct partition *owner, struct port *port)
{
	uint16_t status = HV_STATUS_SUCCESS;
	struct connection *conn;

	spin_lock(&p->lock);
	if (connection_find(p, in->connection_id.u.id)) {
		status = HV_STATUS_INVALID_CONNECTION_ID;
	} else {
		conn = pool_alloc(&p->pool);
		if (conn) {
			conn->id = in->connection_id.u.id;
			conn->port_partition = owner;
			conn->port = port;
			conn->info = in->connection_info;
			list_init(&conn->message.node);
			list_add_tail(&conn->node, &p->connections);
		} else {
			status = HV_STATUS_INSUFFICIENT_MEMORY;
		}
	}
	spin_unlock(&p->lock);
	return status;
}

static uint16_t connect_port(struct hcall *c)
{
	const struct hv_input_connect_port *in = c->in;
	uint16_t status;
	struct partition *p, *owner;
	struct port *port;

	if (!in->connection_id.u.id)
		return HV_STATUS_INVALID_PARAMETER;
	p = hc_partition(c, in->connection_partition_id, &status);
	if (!p)
		return status;
	owner = hc_partition(c, in->port_partition_id, &status);
	if (owner) {
		port = claim_port(owner, in, p->id);
		status = port ? add_connection(p, in, owner, port) : HV_STATUS_INVALID_PORT_ID;
		if (port && status != HV_STATUS_SUCCESS)
			__atomic_fetch_sub(&port->connections, 1, __ATOMIC_RELEASE);
		partition_put(owner);
	}
	partition_put(p);
	return status;
}

static uint16_t disconnect_port(struct hcall *c)
{
	const union hv_input_disconnect_port *in = c->in;
	uint16_t status;
	struct partition *p = hc_partition(c, in->connection_partition_id, &status);
	struct connection *conn;

	if (!p)
		return status;
	spin_lock(&p->lock);
	conn = connection_find(p, in->connection_id.u.id);
	if (conn)
		connection_destroy(p, conn);
	else
		status = HV_STATUS_INVALID_CONNECTION_ID;
	spin_unlock(&p->lock);
	partition_put(p);
	return status;
}

static uint16_t notify_ring_empty(struct hcall *c)
{
	const union hv_input_notify_port_ring_empty *in = c->in;

	if (in->sint_index >= HV_SYNIC_SINT_COUNT || in->reserved)
		return HV_STATUS_INVALID_PARAMETER;
	ports_ring_missed(c->vp, in->sint_index);
	return HV_STATUS_SUCCESS;
}

#define CALL(_code, _flags, _in, _out, _fn) \
	{ .code = _code, .flags = _flags, .in_size = _in, .out_size = _out, .fn = _fn, \
	  .name = #_fn }

const struct hcall_entry hc_port_table[] = {
	CALL(HVCALL_CREATE_PORT, HC_PARENT, sizeof(struct hv_input_create_port), 0, create_port),
	CALL(HVCALL_DELETE_PORT, HC_PARENT | HC_FAST_OK, sizeof(union hv_input_delete_port), 0,
	     delete_port),
	CALL(HVCALL_CONNECT_PORT, HC_PARENT, sizeof(struct hv_input_connect_port), 0,
	     connect_port),
	CALL(HVCALL_DISCONNECT_PORT, HC_PARENT | HC_FAST_OK,
	     sizeof(union hv_input_disconnect_port), 0, disconnect_port),
	CALL(HVCALL_NOTIFY_PORT_RING_EMPTY, HC_PARENT | HC_FAST_OK,
	     sizeof(union hv_input_notify_port_ring_empty), 0, notify_ring_empty),
	CALL(HVCALL_POST_MESSAGE, HC_ANY, sizeof(struct hv_input_post_message), 0,
	     hc_post_message),
	CALL(HVCALL_SIGNAL_EVENT, HC_ANY | HC_FAST_OK, sizeof(struct hv_input_signal_event), 0,
	     hc_signal_event),
	CALL(HVCALL_POST_MESSAGE_DIRECT, HC_PARENT, sizeof(struct hv_input_post_message_direct), 0,
	     hc_post_message_direct),
	CALL(HVCALL_SIGNAL_EVENT_DIRECT, HC_PARENT, sizeof(struct hv_input_signal_event_direct),
	     sizeof(struct hv_output_signal_event_direct), hc_signal_event_direct),
	{ 0 },
};
