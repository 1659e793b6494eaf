// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_SET_MSI_ROUTING: what the interrupt numbers of irqfds mean.
 *
 * The table is replaced as a whole and never changed. Who raises an interrupt
 * looks it up under RCU at that moment, so that there is no copy to keep current.
 */
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bypass.h"
#include "hvcall.h"
#include "irq.h"

/* Fields of the address and the data of a message-signalled interrupt. */
#define MSI_DEST(lo)		(((lo) >> 12) & 0xff)
#define MSI_EXT_DEST(lo)	(((lo) >> 5) & 0x7f)
#define MSI_LOGICAL(lo)		((lo) & BIT(2))
#define MSI_VECTOR(data)	((data) & 0xff)
#define MSI_TYPE(data)		(((data) >> 8) & 0x7)
#define MSI_LEVEL(data)		((data) & BIT(15))

/* The upper half of the address holds bits 8 to 31 of a destination, in place. */
#define MSI_HI_RESERVED		0xff

/* The processor keeps these to itself. */
#define FIRST_VECTOR		16

/* With a local APIC that is no x2APIC this destination means all of them. */
#define BROADCAST		0xff

/* No message of a device means such a vector; it is an entry that was never set. */
static bool route_is_deliverable(const struct mshv_route *route)
{
	if (route->type == HV_X64_INTERRUPT_TYPE_FIXED ||
	    route->type == HV_X64_INTERRUPT_TYPE_LOWESTPRIORITY)
		return route->vector >= FIRST_VECTOR;
	return true;
}

static bool route_is_simple(const struct mshv_route *route)
{
	return route->deliverable && route->type == HV_X64_INTERRUPT_TYPE_FIXED &&
	       !route->level && !route->logical && route->apic_id < BROADCAST;
}

static int route_parse(const struct mshv_user_irq_entry *from, struct mshv_route *to)
{
	if (to->valid || from->address_hi & MSI_HI_RESERVED)
		return -EINVAL;
	to->valid = true;
	to->level = MSI_LEVEL(from->data);
	to->logical = MSI_LOGICAL(from->address_lo);
	to->type = MSI_TYPE(from->data);
	to->vector = MSI_VECTOR(from->data);
	to->apic_id = MSI_DEST(from->address_lo) | MSI_EXT_DEST(from->address_lo) << 8 |
		      from->address_hi;
	to->deliverable = route_is_deliverable(to);
	to->simple = route_is_simple(to);
	return 0;
}

static struct mshv_routes *routes_parse(const struct mshv_user_irq_entry *entries, u32 nr)
{
	struct mshv_routes *routes;
	u32 i, last = 0;
	int ret;

	for (i = 0; i < nr; i++) {
		if (entries[i].gsi >= MSHV_MAX_ROUTES)
			return ERR_PTR(-EINVAL);
		last = max(last, entries[i].gsi);
	}
	routes = kvzalloc(struct_size(routes, entries, last + 1), GFP_KERNEL_ACCOUNT);
	if (!routes)
		return ERR_PTR(-ENOMEM);
	routes->nr = last + 1;
	for (i = 0; i < nr; i++) {
		ret = route_parse(&entries[i], &routes->entries[entries[i].gsi]);
		if (ret) {
			kvfree(routes);
			return ERR_PTR(ret);
		}
	}
	return routes;
}

/* Interrupts that bypass the host move first: if one cannot, all is as it was. */
static int routes_publish(struct mshv_partition *pt, struct mshv_routes *routes,
			  struct mshv_routes **old)
{
	int ret;

	lockdep_assert_held(&pt->routes_lock);
	guard(mutex)(&pt->bypass_lock);
	ret = mshv_bypasses_move(pt, routes);
	if (ret)
		mshv_bypasses_move(pt, rcu_dereference_protected(pt->routes, true));
	else
		*old = rcu_replace_pointer(pt->routes, routes, true);
	return ret;
}

static int routes_replace(struct mshv_partition *pt, struct mshv_routes *routes)
{
	struct mshv_routes *old = NULL;
	int ret;

	if (mutex_lock_killable(&pt->routes_lock))
		return -EINTR;
	ret = mshv_irqfds_allow(pt, routes) ? routes_publish(pt, routes, &old) : -EINVAL;
	mutex_unlock(&pt->routes_lock);
	if (ret)
		return ret;
	/* When the caller is back no interrupt is raised by the old table any more. */
	synchronize_rcu_expedited();
	kvfree(old);
	return 0;
}

/**
 * mshv_routes_set - MSHV_SET_MSI_ROUTING
 * @object: the partition
 * @arg: struct mshv_user_irq_table
 *
 * Return: 0 or a negative errno; then the table is as it was.
 */
long mshv_routes_set(void *object, void __user *arg)
{
	struct mshv_user_irq_table __user *table = arg;
	struct mshv_user_irq_entry *entries;
	struct mshv_user_irq_table args;
	struct mshv_routes *routes = NULL;
	int ret;

	if (copy_from_user(&args, table, sizeof(args)))
		return -EFAULT;
	if (args.nr > MSHV_MAX_ROUTES || args.rsvd)
		return -EINVAL;
	if (args.nr) {
		entries = vmemdup_array_user(table->entries, args.nr, sizeof(*entries));
		if (IS_ERR(entries))
			return PTR_ERR(entries);
		routes = routes_parse(entries, args.nr);
		kvfree(entries);
		if (IS_ERR(routes))
			return PTR_ERR(routes);
	}
	ret = routes_replace(object, routes);
	if (ret)
		kvfree(routes);
	return ret;
}

/**
 * mshv_route_in - look an interrupt number up in a table
 * @routes: the table, or NULL
 * @gsi: the number
 *
 * Return: what it means, or NULL if it means nothing.
 */
const struct mshv_route *mshv_route_in(const struct mshv_routes *routes, u32 gsi)
{
	const struct mshv_route *route;

	if (!routes || gsi >= routes->nr)
		return NULL;
	route = &routes->entries[array_index_nospec(gsi, routes->nr)];
	return route->valid ? route : NULL;
}

/**
 * mshv_route_find - look an interrupt number up
 * @pt: the partition
 * @gsi: the number
 *
 * Context: any, under RCU or with the partition's routes_lock or bypass_lock held.
 * Return: what it means, or NULL if it means nothing.
 */
const struct mshv_route *mshv_route_find(struct mshv_partition *pt, u32 gsi)
{
	return mshv_route_in(rcu_dereference_check(pt->routes,
						   lockdep_is_held(&pt->routes_lock) ||
						   lockdep_is_held(&pt->bypass_lock)), gsi);
}

static void route_assert(struct mshv_partition *pt, const struct mshv_route *route)
{
	union hv_interrupt_control control = {};

	control.interrupt_type = route->type;
	control.level_triggered = route->level;
	control.logical_dest_mode = route->logical;
	hv_call_assert_virtual_interrupt(pt->id, route->vector, route->apic_id, control);
}

/**
 * mshv_route_raise - send an interrupt to the guest
 * @pt: the partition
 * @route: the interrupt
 *
 * Without anybody to take it, it is lost, as on a machine.
 *
 * Context: any, interrupts may be off; under RCU.
 */
void mshv_route_raise(struct mshv_partition *pt, const struct mshv_route *route)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "routes are freed after a grace period");
	if (route->simple && mshv_route_inject(pt, route))
		return;
	if (route->deliverable)
		route_assert(pt, route);
}

/* At the end of a partition: nobody looks anything up any more. */
void mshv_routes_destroy(struct mshv_partition *pt)
{
	kvfree(rcu_dereference_protected(pt->routes, mshv_partition_is_ending(pt)));
}
