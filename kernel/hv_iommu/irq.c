// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that go from a device straight to a guest.
 *
 * The hypervisor knows the device as "logical id" when it is attached to the partition,
 * and by its host's name while it is in a domain. mshv_root calls when an interrupt of
 * VFIO's and an irqfd have met, when the guest moves it, and when they part, one call after
 * the other. What happens to the device in between, a reset or a VMM that
 * detaches it too early, is seen here alone.
 */
#include <linux/module.h>
#include <linux/pci.h>

#include "../include/mshv_device.h"
#include "../include/mshv_partition.h"
#include "hv_device.h"
#include "iommu.h"
#include "msi.h"

/* Neither the core's lock nor VFIO's is held: whoever comes in between finds it whole. */
static int guest_irq_map(struct hv_msi *msi, u64 partition, const struct hv_irq_target *target)
{
	const struct hv_place *place = &msi->ep->place;
	u64 device = msi->ep->id;
	struct hv_interrupt_entry entry;
	int ret;

	lockdep_assert_held(&hv_attach_lock);
	if (place->kind == HV_PLACE_PARTITION) {
		if (place->partition_id != partition)
			return -EINVAL;
		device = place->logical_id;
	} else if (!hv_iommu_host.domains) {
		return -EOPNOTSUPP;
	}
	ret = hv_call_map_device_interrupt(partition, device, target, &entry);
	if (ret)
		return ret;
	scoped_guard(raw_spinlock_irqsave, &msi->lock) {
		msi->guest_partition = partition;
		msi->guest_device = device;
		msi->guest_target = *target;
		msi->guest = entry;
		msi->to_guest = true;
		msi->guest_lost = false;
	}
	return 0;
}

static void guest_irq_unmap(struct hv_msi *msi)
{
	lockdep_assert_held(&hv_attach_lock);
	if (!msi->to_guest)
		return;
	scoped_guard(raw_spinlock_irqsave, &msi->lock)
		msi->to_guest = false;
	hv_irq_unmap(msi->ep, msi->guest_partition, msi->guest_device, &msi->guest);
}

static int guest_irq_target(u64 partition, const struct mshv_guest_irq *from,
			    struct hv_irq_target *to)
{
	to->vector = from->vector;
	to->flags = HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET;
	if (from->all)
		to->flags |= HV_DEVICE_INTERRUPT_TARGET_MULTICAST;
	return hv_call_get_vpset_from_mda(partition, from->apic_id, from->logical, to);
}

/* While it is held it does not come, and what the device raises is pending there. */
static void guest_irq_hold(struct hv_msi *msi, bool held)
{
	scoped_guard(mutex, &hv_attach_lock)
		scoped_guard(raw_spinlock_irqsave, &msi->lock)
			msi->held = held;
	hv_msi_program(msi);
}

static int guest_irq_map_first(struct hv_msi *msi, u64 partition,
			       const struct hv_irq_target *target)
{
	int ret;

	scoped_guard(mutex, &hv_attach_lock) ret = guest_irq_map(msi, partition, target);
	hv_msi_program(msi);
	return ret;
}

static int guest_irq_move(struct hv_msi *msi, const struct hv_irq_target *target)
{
	int ret = 0;

	guard(mutex)(&hv_attach_lock);
	if (msi->to_guest)
		ret = hv_call_retarget_device_interrupt(msi->guest_partition, msi->guest_device,
							&msi->guest, target);
	if (!ret)
		msi->guest_target = *target;
	return ret;
}

/* Back to the host, or to nobody. The device learns of it before the entry is gone. */
static void guest_irq_take_back(struct hv_msi *msi)
{
	guest_irq_hold(msi, true);
	scoped_guard(mutex, &hv_attach_lock) {
		guest_irq_unmap(msi);
		scoped_guard(raw_spinlock_irqsave, &msi->lock)
			msi->guest_lost = false;
	}
	guest_irq_hold(msi, false);
}

/* A hypervisor that does not move it may map it anew. */
static int guest_irq_map_anew(struct hv_msi *msi, u64 partition, const struct hv_irq_target *target)
{
	int ret;

	guest_irq_hold(msi, true);
	scoped_guard(mutex, &hv_attach_lock) {
		guest_irq_unmap(msi);
		ret = guest_irq_map(msi, partition, target);
	}
	guest_irq_hold(msi, false);
	return ret;
}

/* Whose interrupt it is changes here alone, and irqbypass calls one after the other. */
static int guest_irq_route(struct hv_msi *msi, u64 partition, const struct hv_irq_target *target)
{
	bool is_mapped = msi->to_guest || msi->guest_lost;

	if (is_mapped && msi->guest_partition != partition) {
		guest_irq_take_back(msi);
		is_mapped = false;
	}
	if (!is_mapped)
		return guest_irq_map_first(msi, partition, target);
	if (!guest_irq_move(msi, target))
		return 0;
	return guest_irq_map_anew(msi, partition, target);
}

static int guest_irq_begin(unsigned int irq, struct mshv_partition *pt,
			   const struct mshv_guest_irq *where)
{
	struct hv_msi *msi = hv_msi_find(irq);
	struct hv_irq_target target;
	int ret;

	if (!msi)
		return -EOPNOTSUPP;
	ret = hv_msi_reachable(msi->ep->pdev) ? 0 : -ENXIO;
	if (!ret)
		ret = guest_irq_target(mshv_partition_id(pt), where, &target);
	if (!ret)
		ret = guest_irq_route(msi, mshv_partition_id(pt), &target);
	if (!ret)
		return 0;
	guest_irq_take_back(msi);
	return READ_ONCE(msi->to_host) ? -EOPNOTSUPP : ret;
}

static void guest_irq_end(unsigned int irq)
{
	struct hv_msi *msi = hv_msi_find(irq);

	if (msi && (msi->to_guest || msi->guest_lost))
		guest_irq_take_back(msi);
}

/**
 * hv_irq_forget - an interrupt ceases to exist
 * @msi: the interrupt, masked
 */
void hv_irq_forget(struct hv_msi *msi)
{
	lockdep_assert_held(&hv_attach_lock);
	guest_irq_unmap(msi);
	scoped_guard(raw_spinlock_irqsave, &msi->lock)
		hv_msi_unmap_host(msi);
}

/**
 * hv_irq_take_from_host - interrupts of a device do not come to the host any more
 * @ep: the device, which is about to be attached to a partition
 */
void hv_irq_take_from_host(struct hv_endpoint *ep)
{
	struct hv_msi *msi;

	lockdep_assert_held(&hv_attach_lock);
	WRITE_ONCE(ep->host_irqs, false);
	list_for_each_entry(msi, &ep->msis, node)
		scoped_guard(raw_spinlock_irqsave, &msi->lock)
			hv_msi_unmap_host(msi);
}

/**
 * hv_irq_give_to_host - they may, from their next activation on
 * @ep: the device, which is in no partition
 */
void hv_irq_give_to_host(struct hv_endpoint *ep)
{
	WRITE_ONCE(ep->host_irqs, hv_iommu_host.domains);
}

/**
 * hv_irq_lose - a device is about to leave its partition
 * @ep: the device
 *
 * Whether the hypervisor drops its interrupts with it is not known: they are unmapped.
 */
void hv_irq_lose(struct hv_endpoint *ep)
{
	struct hv_msi *msi;

	lockdep_assert_held(&hv_attach_lock);
	list_for_each_entry(msi, &ep->msis, node) {
		if (!msi->to_guest)
			continue;
		guest_irq_unmap(msi);
		scoped_guard(raw_spinlock_irqsave, &msi->lock)
			msi->guest_lost = true;
	}
}

/**
 * hv_irq_regain - a device has come back to its partition
 * @ep: the device, which was reset
 *
 * What cannot be mapped again is as lost as before.
 */
void hv_irq_regain(struct hv_endpoint *ep)
{
	struct hv_msi *msi;

	lockdep_assert_held(&hv_attach_lock);
	list_for_each_entry(msi, &ep->msis, node)
		if (msi->guest_lost && msi->guest_partition == ep->place.partition_id)
			guest_irq_map(msi, msi->guest_partition, &msi->guest_target);
}

static void guest_irq_stop(struct mshv_partition *pt)
{
	hv_attach_stop(mshv_partition_id(pt));
}

static const struct mshv_device_ops ops = {
	.owner = THIS_MODULE,
	.irq_to_guest = guest_irq_begin,
	.irq_to_host = guest_irq_end,
	.stop = guest_irq_stop,
	.dma_fault = hv_fault,
	.file_added = hv_container_add_file,
	.file_removed = hv_container_remove_file,
};

int hv_irq_init(void)
{
	return mshv_device_ops_register(&ops);
}

void hv_irq_exit(void)
{
	mshv_device_ops_unregister(&ops);
	hv_fault_exit();
}
