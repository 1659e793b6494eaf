// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls for interrupts of devices.
 *
 * The processors that an interrupt may go to are a set of variable length at the end of
 * the input. The length that the hypercall is told is that from the mask on.
 */
#include <linux/bitops.h>
#include <linux/string.h>

#include "../include/mshv_hvcall.h"
#include "hv_device.h"

static_assert(offsetof(struct hv_input_map_device_interrupt,
		       interrupt_descriptor.target.vp_set) == 64);
static_assert(offsetof(struct hv_retarget_device_interrupt, int_target.vp_set) == 48);

/**
 * hv_irq_target_vp - the target that is one processor
 * @target: to fill in
 * @vector: vector
 * @vp: index of the VP
 */
void hv_irq_target_vp(struct hv_irq_target *target, u32 vector, u32 vp)
{
	target->vector = vector;
	target->flags = HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET;
	target->nr_words = 3;
	target->set[0] = HV_GENERIC_SET_SPARSE_4K;
	target->set[1] = BIT_ULL(vp / 64);
	target->set[2] = BIT_ULL(vp % 64);
}

static u64 hv_get_vpset_from_mda(u64 partition, u32 apic_id, bool logical,
				 struct hv_irq_target *target)
{
	CLASS(hv_args, args)(sizeof(struct mshv_in_vpset_from_mda), sizeof(target->set));
	struct mshv_in_vpset_from_mda *in = args.in;
	const u64 *out = args.out;
	u64 status;

	in->partition_id = partition;
	in->destination = apic_id;
	in->logical = logical;
	status = hv_make_call(HVCALL_GET_VPSET_FROM_MDA, in, args.out);
	target->nr_words = 2 + hweight64(out[1]);
	memcpy(target->set, out, target->nr_words * sizeof(u64));
	return status;
}

/**
 * hv_call_get_vpset_from_mda - which VPs a message means
 * @partition: whose
 * @apic_id: destination of the message
 * @logical: it is a logical one
 * @target: its set is filled in
 *
 * Context: any.
 * Return: 0 or a negative errno; -EINVAL if it means none.
 */
int hv_call_get_vpset_from_mda(u64 partition, u32 apic_id, bool logical,
			       struct hv_irq_target *target)
{
	u64 status = hv_get_vpset_from_mda(partition, apic_id, logical, target);

	if (hv_result_success(status) &&
	    (target->set[0] != HV_GENERIC_SET_SPARSE_4K || !target->set[1]))
		return -EINVAL;
	return hv_status_to_errno(status);
}

static u64 hv_map_device_interrupt(u64 partition, u64 device, const struct hv_irq_target *target,
				   struct hv_interrupt_entry *entry)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_map_device_interrupt),
			     sizeof(struct hv_output_map_device_interrupt));
	struct hv_input_map_device_interrupt *in = args.in;
	struct hv_output_map_device_interrupt *out = args.out;
	struct hv_device_interrupt_descriptor *d = &in->interrupt_descriptor;
	u64 status;

	in->partition_id = partition;
	in->device_id = device;
	d->interrupt_type = HV_X64_INTERRUPT_TYPE_FIXED;
	d->trigger_mode = HV_INTERRUPT_TRIGGER_MODE_EDGE;
	d->vector_count = 1;
	d->target.vector = target->vector;
	d->target.flags = target->flags;
	memcpy(&d->target.vp_set, target->set, target->nr_words * sizeof(u64));
	status = hv_make_rep_call(HVCALL_MAP_DEVICE_INTERRUPT, 0, target->nr_words - 1, in, out);
	*entry = out->interrupt_entry;
	return status;
}

/* Anything but a message cannot be programmed into a device. */
static int hv_check_entry(u64 partition, u64 device, const struct hv_interrupt_entry *entry)
{
	if (entry->source == HV_INTERRUPT_SOURCE_MSI && entry->msi_entry.address.as_uint32)
		return 0;
	hv_call_unmap_device_interrupt(partition, device, entry);
	return -EIO;
}

/**
 * hv_try_map_device_interrupt - map an interrupt of a device, without memory for it
 * @partition: whose processors it goes to
 * @device: the device, as @partition calls it
 * @target: where to
 * @entry: what the device is to send
 *
 * Context: any.
 * Return: 0 or a negative errno.
 */
int hv_try_map_device_interrupt(u64 partition, u64 device, const struct hv_irq_target *target,
				struct hv_interrupt_entry *entry)
{
	u64 status = hv_map_device_interrupt(partition, device, target, entry);

	return hv_status_to_errno(status) ?: hv_check_entry(partition, device, entry);
}

/* The same in process context, with memory from @partition's pool. */
int hv_call_map_device_interrupt(u64 partition, u64 device, const struct hv_irq_target *target,
				 struct hv_interrupt_entry *entry)
{
	struct hv_deposit deposit = { .partition_id = partition };
	u64 status;
	int ret;

	do {
		status = hv_map_device_interrupt(partition, device, target, entry);
	} while (hv_deposit_for(&deposit, status));
	ret = hv_deposit_end(&deposit, status);
	return ret ?: hv_check_entry(partition, device, entry);
}

static u64 hv_unmap_device_interrupt(u64 partition, u64 device,
				     const struct hv_interrupt_entry *entry)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_unmap_device_interrupt), 0);
	struct hv_input_unmap_device_interrupt *in = args.in;

	in->partition_id = partition;
	in->device_id = device;
	in->interrupt_entry = *entry;
	return hv_make_call(HVCALL_UNMAP_DEVICE_INTERRUPT, in, NULL);
}

/* Context: any. */
int hv_call_unmap_device_interrupt(u64 partition, u64 device,
				   const struct hv_interrupt_entry *entry)
{
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_unmap_device_interrupt(partition, device, entry);
	} while (hv_persist(status, &tries));
	return hv_status_to_errno(status);
}

static u64 hv_retarget_device_interrupt_once(u64 partition, u64 device,
					     const struct hv_interrupt_entry *entry,
					     const struct hv_irq_target *target)
{
	CLASS(hv_args, args)(sizeof(struct hv_retarget_device_interrupt), 0);
	struct hv_retarget_device_interrupt *in = args.in;

	in->partition_id = partition;
	in->device_id = device;
	in->int_entry = *entry;
	in->int_target.vector = target->vector;
	in->int_target.flags = target->flags;
	memcpy(&in->int_target.vp_set, target->set, target->nr_words * sizeof(u64));
	return hv_make_call(HVCALL_RETARGET_INTERRUPT |
			    (u64)(target->nr_words - 1) << HV_HYPERCALL_VARHEAD_OFFSET, in, NULL);
}

/* Context: process context, may sleep. */
int hv_call_retarget_device_interrupt(u64 partition, u64 device,
				      const struct hv_interrupt_entry *entry,
				      const struct hv_irq_target *target)
{
	struct hv_deposit deposit = { .partition_id = partition };
	u64 status;

	do {
		status = hv_retarget_device_interrupt_once(partition, device, entry, target);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}
