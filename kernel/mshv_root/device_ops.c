// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module that knows devices, if it is loaded.
 */
#include <linux/cleanup.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "device_ops.h"
#include "partition.h"

/* Guards @registered; a leaf. */
static DEFINE_MUTEX(registration);
static const struct mshv_device_ops *registered;

/**
 * mshv_device_ops_register - tell what can be done with devices
 * @ops: constant, until it is unregistered
 *
 * Return: 0, or -EBUSY if somebody else has.
 */
int mshv_device_ops_register(const struct mshv_device_ops *ops)
{
	guard(mutex)(&registration);
	if (registered)
		return -EBUSY;
	registered = ops;
	return 0;
}
EXPORT_SYMBOL_NS_GPL(mshv_device_ops_register, "MSHV_ROOT");

/**
 * mshv_device_ops_unregister - the end of that
 * @ops: what was registered
 *
 * For the exit of the module: none of it is in use then.
 */
void mshv_device_ops_unregister(const struct mshv_device_ops *ops)
{
	guard(mutex)(&registration);
	if (registered == ops)
		registered = NULL;
}
EXPORT_SYMBOL_NS_GPL(mshv_device_ops_unregister, "MSHV_ROOT");

/**
 * mshv_device_ops_get - what can be done with devices
 *
 * Context: process context, may sleep.
 * Return: NULL if nothing can; else mshv_device_ops_put() is due.
 */
const struct mshv_device_ops *mshv_device_ops_get(void)
{
	guard(mutex)(&registration);
	return registered && try_module_get(registered->owner) ? registered : NULL;
}

void mshv_device_ops_put(const struct mshv_device_ops *ops)
{
	if (ops)
		module_put(ops->owner);
}

static struct workqueue_struct *stop_queue;

/**
 * mshv_devices_stop_work - keep devices from the memory of a partition
 * @work: the partition's, queued by mshv_devices_stop()
 */
void mshv_devices_stop_work(struct work_struct *work)
{
	struct mshv_partition *pt = container_of(work, struct mshv_partition, stop_devices);
	const struct mshv_device_ops *ops = mshv_device_ops_get();

	if (ops)
		ops->stop(pt);
	mshv_device_ops_put(ops);
	mshv_partition_put(pt);
}

/**
 * mshv_devices_stop - keep devices from the memory of a partition that is broken
 * @pt: the partition
 *
 * It is done when somebody comes to it. Until then they have what they had: memory that the
 * hypervisor would not take away is not given back.
 *
 * Context: any; once for a partition.
 */
void mshv_devices_stop(struct mshv_partition *pt)
{
	/* A device holds it: if nobody does, there is none. */
	if (refcount_inc_not_zero(&pt->refs))
		queue_work(stop_queue, &pt->stop_devices);
}

int __init mshv_device_ops_init(void)
{
	stop_queue = alloc_workqueue("mshv_stop_devices", WQ_UNBOUND, 0);
	return stop_queue ? 0 : -ENOMEM;
}

void mshv_device_ops_exit(void)
{
	destroy_workqueue(stop_queue);
}
