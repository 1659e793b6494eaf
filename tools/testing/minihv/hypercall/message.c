// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls that send messages and events, through a connection or straight to a SINT. */
#include "exit/intercept.h"
#include "hypercall/calls.h"
#include "partition/intercepts.h"
#include "synic/ports.h"

/* A connection that the hypervisor does not know may be one that the parent serves. */
static uint16_t unknown_connection(struct hcall *c)
{
	struct partition *p = c->caller;

	if (!partition_is_child(p) || !p->intercepts->connection)
		return HV_STATUS_INVALID_CONNECTION_ID;
	intercept_hypercall(c->vp);
	c->no_return = true;
	return HV_STATUS_SUCCESS;
}

static uint16_t post_through(struct connection *conn, const struct hv_input_post_message *in)
{
	const struct port *port = conn->port;
	struct hv_message *m = &conn->message.message;
	struct vp *target;

	if (conn->info.port_type != HV_PORT_TYPE_MESSAGE)
		return HV_STATUS_INVALID_CONNECTION_ID;
	target = port_target(conn->port_partition, port->info.message_port_info.target_vp);
	if (!target)
		return HV_STATUS_INVALID_VP_STATE;
	if (!list_empty(&conn->message.node))
		return HV_STATUS_INSUFFICIENT_BUFFERS;
	conn->target = target;
	memset(m, 0, sizeof(*m));
	m->header.message_type = in->message_type;
	m->header.payload_size = in->payload_size;
	m->header.port.asu32 = port->id;
	memcpy(m->u.payload, in->payload, in->payload_size);
	return synic_post(target, port->info.message_port_info.target_sint, &conn->message) ?
		       HV_STATUS_SUCCESS : HV_STATUS_INVALID_SYNIC_STATE;
}

uint16_t hc_post_message(struct hcall *c)
{
	const struct hv_input_post_message *in = c->in;
	struct partition *p = c->caller;
	struct connection *conn;
	uint16_t status;

	if (in->payload_size > HV_MESSAGE_PAYLOAD_BYTE_COUNT || !in->message_type ||
	    (in->message_type & BIT(31)))
		return HV_STATUS_INVALID_PARAMETER;
	spin_lock(&p->lock);
	conn = connection_find(p, in->connectionid);
	status = conn ? post_through(conn, in) : HV_STATUS_NOT_FOUND;
	spin_unlock(&p->lock);
	return status == HV_STATUS_NOT_FOUND ? unknown_connection(c) : status;
}

static uint16_t signal_through(struct connection *conn, uint16_t flag)
{
	const struct hv_port_info *info = &conn->port->info;
	struct vp *target;

	if (conn->info.port_type != HV_PORT_TYPE_EVENT)
		return HV_STATUS_INVALID_CONNECTION_ID;
	if (flag >= info->event_port_info.flag_count)
		return HV_STATUS_INVALID_PARAMETER;
	target = port_target(conn->port_partition, info->event_port_info.target_vp);
	if (!target)
		return HV_STATUS_INVALID_VP_STATE;
	synic_signal_event(target, info->event_port_info.target_sint,
			   info->event_port_info.base_flag_number + flag);
	return HV_STATUS_SUCCESS;
}

uint16_t hc_signal_event(struct hcall *c)
{
	const struct hv_input_signal_event *in = c->in;
	struct partition *p = c->caller;
	struct connection *conn;
	uint16_t status;

	spin_lock(&p->lock);
	conn = connection_find(p, in->connectionid);
	status = conn ? signal_through(conn, in->flag_number) : HV_STATUS_NOT_FOUND;
	spin_unlock(&p->lock);
	return status == HV_STATUS_NOT_FOUND ? unknown_connection(c) : status;
}

static bool slot_busy(struct vp *vp, uint32_t sint)
{
	const struct hv_message *slot = vp->synic.simp_page;

	return !list_empty(&vp->direct_message.node) ||
	       (slot && slot[sint].header.message_type != HVMSG_NONE);
}

/* Straight to a SINT of a child; the parent keeps what finds the slot taken. */
uint16_t hc_post_message_direct(struct hcall *c)
{
	const struct hv_input_post_message_direct *in = c->in;
	uint16_t status;
	struct vp *vp;

	if (in->sint_index >= HV_SYNIC_SINT_COUNT)
		return HV_STATUS_INVALID_PARAMETER;
	vp = hc_vp(c, in->partition_id, in->vp_index, &status);
	if (!vp)
		return status;
	if (slot_busy(vp, in->sint_index)) {
		status = HV_STATUS_OBJECT_IN_USE;
	} else {
		memcpy(&vp->direct_message.message, in->message, sizeof(in->message));
		if (!synic_post(vp, in->sint_index, &vp->direct_message))
			status = HV_STATUS_INVALID_SYNIC_STATE;
	}
	hc_vp_put(vp);
	return status;
}

uint16_t hc_signal_event_direct(struct hcall *c)
{
	const struct hv_input_signal_event_direct *in = c->in;
	struct hv_output_signal_event_direct *out = c->out;
	uint16_t status;
	struct vp *vp;

	if (in->target_sint >= HV_SYNIC_SINT_COUNT || in->flag_number >= HV_EVENT_FLAGS_COUNT)
		return HV_STATUS_INVALID_PARAMETER;
	vp = hc_vp(c, in->target_partition, in->target_vp, &status);
	if (!vp)
		return status;
	out->newly_signaled = synic_signal_event(vp, in->target_sint, in->flag_number);
	hc_vp_put(vp);
	return HV_STATUS_SUCCESS;
}
