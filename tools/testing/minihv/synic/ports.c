// SPDX-License-Identifier: GPL-2.0-only
/* Ports, connections, and what a guest's signal does to them. */
#include "synic/ports.h"
#include "faults/faults.h"

static unsigned int trigger_size(uint64_t flags)
{
	switch (flags & HV_DOORBELL_FLAG_TRIGGER_SIZE_MASK) {
	case HV_DOORBELL_FLAG_TRIGGER_SIZE_BYTE:
		return 1;
	case HV_DOORBELL_FLAG_TRIGGER_SIZE_WORD:
		return 2;
	case HV_DOORBELL_FLAG_TRIGGER_SIZE_DWORD:
		return 4;
	case HV_DOORBELL_FLAG_TRIGGER_SIZE_QWORD:
		return 8;
	default:
		return 0;	/* any */
	}
}

static bool matches(const struct hv_connection_info *info, uint64_t gpa, uint64_t value,
		    unsigned int size)
{
	uint64_t flags = info->doorbell_connection_info.flags;
	uint64_t mask = size == 8 ? ~0ull : BIT(size * 8) - 1;
	unsigned int wanted = trigger_size(flags);

	if (gpa != info->doorbell_connection_info.gpa || (wanted && wanted != size))
		return false;
	return (flags & HV_DOORBELL_FLAG_TRIGGER_ANY_VALUE) ||
	       (value & mask) == (info->doorbell_connection_info.trigger_value & mask);
}

struct vp *port_target(const struct partition *owner, uint32_t target_vp)
{
	if (target_vp != HV_ANY_VP)
		return target_vp < MAX_VPS ? owner->vps[target_vp] : NULL;
	return this_cpu()->root_vp ? this_cpu()->root_vp : owner->vps[0];
}

/* A ring that is full loses nothing: the reader says when it has emptied it. */
static void ring(const struct partition *owner, struct port *port)
{
	struct vp *target = port_target(owner, port->info.doorbell_port_info.target_vp);

	if (!target) {
		__atomic_store_n(&port->missed, 1, __ATOMIC_RELEASE);
		return;
	}
	do {
		synic_ring_doorbell(target, port->info.doorbell_port_info.target_sint, port->id,
				    &port->missed);
	} while (!__atomic_load_n(&port->missed, __ATOMIC_RELAXED) && fault_ring_again());
}

void ports_ring_missed(struct vp *root, uint32_t sint)
{
	struct partition *p = root->partition;
	struct list *pos;

	spin_lock(&p->lock);
	list_for_each(pos, &p->ports) {
		struct port *port = container_of(pos, struct port, node);

		if (port->info.port_type == HV_PORT_TYPE_DOORBELL &&
		    port->info.doorbell_port_info.target_sint == sint &&
		    __atomic_exchange_n(&port->missed, 0, __ATOMIC_ACQ_REL))
			ring(p, port);
	}
	spin_unlock(&p->lock);
}

bool ports_doorbell(struct partition *p, uint64_t gpa, uint64_t value, unsigned int size)
{
	bool rung = false;
	struct list *pos;

	spin_lock(&p->lock);
	list_for_each(pos, &p->connections) {
		struct connection *c = container_of(pos, struct connection, node);

		if (c->info.port_type != HV_PORT_TYPE_DOORBELL ||
		    !matches(&c->info, gpa, value, size))
			continue;
		ring(c->port_partition, c->port);
		rung = true;
		break;
	}
	spin_unlock(&p->lock);
	return rung;
}

bool ports_doorbell_page(struct partition *p, uint64_t gpa)
{
	bool found = false;
	struct list *pos;

	spin_lock(&p->lock);
	list_for_each(pos, &p->connections) {
		const struct connection *c = container_of(pos, struct connection, node);

		if (c->info.port_type == HV_PORT_TYPE_DOORBELL &&
		    c->info.doorbell_connection_info.gpa >> PAGE_SHIFT == gpa >> PAGE_SHIFT)
			found = true;
	}
	spin_unlock(&p->lock);
	return found;
}

struct connection *connection_find(struct partition *p, uint32_t id)
{
	struct list *pos;

	list_for_each(pos, &p->connections) {
		struct connection *c = container_of(pos, struct connection, node);

		if (c->id == id)
			return c;
	}
	return NULL;
}

struct port *port_find(struct partition *p, uint32_t id)
{
	struct list *pos;

	list_for_each(pos, &p->ports) {
		struct port *port = container_of(pos, struct port, node);

		if (port->id == id)
			return port;
	}
	return NULL;
}

void connection_destroy(struct partition *p, struct connection *c)
{
	list_del(&c->node);
	if (c->target)
		synic_cancel(c->target, c->port->info.message_port_info.target_sint, &c->message);
	__atomic_fetch_sub(&c->port->connections, 1, __ATOMIC_RELEASE);
	pool_free(&p->pool, c);
}

void ports_destroy(struct partition *p)
{
	spin_lock(&p->lock);
	while (!list_empty(&p->connections))
		connection_destroy(p, container_of(p->connections.next, struct connection, node));
	while (!list_empty(&p->ports)) {
		struct port *port = container_of(p->ports.next, struct port, node);

		list_del(&port->node);
		pool_free(&p->pool, port);
	}
	spin_unlock(&p->lock);
}
