// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module that knows devices, if it is loaded.
 */
#include <linux/cleanup.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "../include/hv_device_abi.h"
#include "device_ops.h"
#include "partition.h"

/* Guards @registered for writers; a leaf. The hypervisor's interrupt reads it under RCU. */
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
	WRITE_ONCE(registered, ops);
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
	scoped_guard(mutex, &registration)
		if (registered == ops)
			WRITE_ONCE(registered, NULL);
	/* An interrupt may have read it before. */
	synchronize_rcu();
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

/**
 * mshv_devices_fault - the hypervisor has refused a device something
 * @payload: of its message
 * @size: of that
 *
 * Context: interrupt, under RCU.
 */
void mshv_devices_fault(const void *payload, unsigned int size)
{
	const struct mshv_device_ops *ops = READ_ONCE(registered);
	const struct mshv_iommu_fault_message *msg = payload;
	struct mshv_dma_fault fault = {
		.device = MSHV_DMA_FAULT_UNKNOWN,
		.address = MSHV_DMA_FAULT_UNKNOWN,
	};

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "the module with the functions may go");
	if (!ops || !ops->dma_fault || size < sizeof(*msg))
		return;
	if (msg->flags & MSHV_IOMMU_FAULT_DEVICE_VALID)
		fault.device = msg->device;
	if (msg->flags & MSHV_IOMMU_FAULT_ADDRESS_VALID)
		fault.address = msg->address;
	fault.write = msg->access == MSHV_IOMMU_FAULT_WRITE;
	ops->dma_fault(&fault);
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
