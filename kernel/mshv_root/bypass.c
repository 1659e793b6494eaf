// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of devices that reach a guest without the host.
 *
 * VFIO signals an eventfd, an irqfd waits for one, and irqbypass tells us where the two are
 * the same. Then the device's interrupt is sent to the processor and vector that the route
 * says, by the module that knows devices, and the eventfd is signalled no more. When the
 * guest moves the interrupt, by MSHV_SET_MSI_ROUTING, so does the device's.
 *
 * What is no fixed interrupt triggered by an edge, or has no route, takes the old way.
 *
 * irqbypass calls with its mutex held, which is one for all. Whoever registers takes it
 * before bypass_lock, so that nobody may register with bypass_lock held, or with
 * routes_lock, which is outside that.
 */
#include <linux/eventfd.h>
#include <linux/module.h>

#include "bypass.h"
#include "device_ops.h"
#include "hvcall.h"

static bool same_target(const struct mshv_guest_irq *a, const struct mshv_guest_irq *b)
{
	return a->vector == b->vector && a->apic_id == b->apic_id && a->logical == b->logical &&
	       a->all == b->all;
}

/* Where a route leads, if a device's interrupt can be sent there. */
static bool find_target(const struct mshv_route *route, struct mshv_guest_irq *target)
{
	if (!route || !route->deliverable || route->level ||
	    (route->type != HV_X64_INTERRUPT_TYPE_FIXED &&
	     route->type != HV_X64_INTERRUPT_TYPE_LOWESTPRIORITY))
		return false;
	target->vector = route->vector;
	target->apic_id = route->apic_id;
	target->logical = route->logical;
	target->all = route->type == HV_X64_INTERRUPT_TYPE_FIXED;
	return true;
}

static void bypass_end(struct mshv_bypass *bypass)
{
	lockdep_assert_held(&bypass->partition->bypass_lock);
	if (bypass->asked)
		bypass->ops->irq_to_host(bypass->irq);
	bypass->asked = false;
	bypass->settled = false;
}

/* What failed before is tried again, whether the target is another or not. */
static void bypass_move(struct mshv_bypass *bypass, const struct mshv_route *route)
{
	struct mshv_guest_irq target;
	int ret;

	lockdep_assert_held(&bypass->partition->bypass_lock);
	bypass->error = 0;
	if (!bypass->ops)
		return;
	if (!find_target(route, &target)) {
		bypass_end(bypass);
		return;
	}
	if (bypass->settled && same_target(&bypass->target, &target))
		return;
	bypass->asked = true;
	bypass->target = target;
	ret = bypass->ops->irq_to_guest(bypass->irq, bypass->partition, &target);
	/* The host gets it, which is as good. */
	if (ret == -EOPNOTSUPP)
		ret = 0;
	bypass->settled = !ret;
	bypass->error = ret;
}

static int bypass_add_producer(struct irq_bypass_consumer *consumer,
			       struct irq_bypass_producer *producer)
{
	struct mshv_bypass *bypass = container_of(consumer, struct mshv_bypass, consumer);
	struct mshv_partition *pt = bypass->partition;

	mutex_lock(&pt->bypass_lock);
	bypass->ops = mshv_device_ops_get();
	bypass->irq = producer->irq;
	list_add_tail(&bypass->node, &pt->bypasses);
	bypass_move(bypass, mshv_route_find(pt, bypass->gsi));
	mutex_unlock(&pt->bypass_lock);
	/* They stay together, for another route may be a better one. */
	return 0;
}

/* The device's interrupt is about to be freed, or the irqfd ends. */
static void bypass_del_producer(struct irq_bypass_consumer *consumer,
				struct irq_bypass_producer *producer)
{
	struct mshv_bypass *bypass = container_of(consumer, struct mshv_bypass, consumer);
	struct mshv_partition *pt = bypass->partition;

	mutex_lock(&pt->bypass_lock);
	bypass_end(bypass);
	list_del_init(&bypass->node);
	mshv_device_ops_put(bypass->ops);
	bypass->ops = NULL;
	mutex_unlock(&pt->bypass_lock);
}

static int bypass_error(struct mshv_bypass *bypass)
{
	guard(mutex)(&bypass->partition->bypass_lock);
	return bypass->error;
}

/**
 * mshv_bypass_connect - let an eventfd's interrupt come straight from a device
 * @bypass: zeroed
 * @pt: the partition
 * @gsi: the interrupt
 * @eventfd: what a device may signal; the caller holds it to the end
 *
 * If the device comes later, an error then is nobody's who could be told; it is tried
 * again whenever routes are set.
 *
 * Context: process context, with no lock that is taken with bypass_lock held or outside it.
 * Return: 0, also if there is no device; -EBUSY if somebody else has the eventfd's
 * interrupts; -ENOMEM; or why the device's interrupt would reach nobody.
 */
int mshv_bypass_connect(struct mshv_bypass *bypass, struct mshv_partition *pt, u32 gsi,
			struct eventfd_ctx *eventfd)
{
	typeof(&irq_bypass_register_consumer) connect;
	int ret;

	lockdep_assert_not_held(&pt->routes_lock);
	bypass->partition = pt;
	bypass->gsi = gsi;
	INIT_LIST_HEAD(&bypass->node);
	bypass->consumer.add_producer = bypass_add_producer;
	bypass->consumer.del_producer = bypass_del_producer;
	/* If irqbypass is not there, nor is anybody who would signal. */
	connect = symbol_get(irq_bypass_register_consumer);
	if (!connect)
		return 0;
	bypass->unregister = symbol_get(irq_bypass_unregister_consumer);
	ret = connect(&bypass->consumer, eventfd);
	symbol_put(irq_bypass_register_consumer);
	ret = ret ?: bypass_error(bypass);
	if (ret)
		mshv_bypass_disconnect(bypass);
	return ret;
}

/**
 * mshv_bypass_disconnect - the end of that
 * @bypass: whether it was connected or not
 *
 * Context: as for mshv_bypass_connect().
 */
void mshv_bypass_disconnect(struct mshv_bypass *bypass)
{
	if (!bypass->unregister)
		return;
	bypass->unregister(&bypass->consumer);
	bypass->unregister = NULL;
	symbol_put(irq_bypass_unregister_consumer);
}

static bool is_moved(const struct mshv_route *from, const struct mshv_route *to)
{
	struct mshv_guest_irq a, b;
	bool there = find_target(from, &a);

	return find_target(to, &b) != there || (there && !same_target(&a, &b));
}

/**
 * mshv_bypasses_move - send interrupts of devices where a table of routes says
 * @pt: the partition; its bypass_lock is held
 * @routes: the table, which is to be published in the same hold of the lock
 *
 * Only those are touched that are elsewhere. One that reached nobody before, and whose
 * route is the same, may do so again without harm to the others.
 *
 * Return: 0, or why one that has another route would reach nobody.
 */
int mshv_bypasses_move(struct mshv_partition *pt, const struct mshv_routes *routes)
{
	struct mshv_bypass *bypass;
	int ret = 0;

	lockdep_assert_held(&pt->bypass_lock);
	list_for_each_entry(bypass, &pt->bypasses, node) {
		const struct mshv_route *to = mshv_route_in(routes, bypass->gsi);
		bool moved = is_moved(mshv_route_find(pt, bypass->gsi), to);

		bypass_move(bypass, to);
		if (moved && bypass->error && !ret)
			ret = bypass->error;
	}
	return ret;
}
