/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mshv_root asks of the module that knows devices, hv_iommu.
 *
 * hv_iommu is built on mshv_root, not the reverse: it registers what it can do. Without it
 * interrupts of devices reach a guest by an eventfd, and no device is attached to one.
 */
#ifndef MSHV_DEVICE_H
#define MSHV_DEVICE_H

#include <linux/types.h>

struct file;
struct mshv_dma_fault;
struct module;
struct mshv_partition;

/**
 * struct mshv_guest_irq - where in a guest an interrupt of a device goes
 * @vector: the guest's vector, 16 or more; the interrupt is triggered by an edge
 * @apic_id: destination, as in the guest's message
 * @logical: @apic_id is a logical destination
 * @all: it is for all processors of the destination; else for one of them
 */
struct mshv_guest_irq {
	u8 vector;
	u32 apic_id;
	bool logical;
	bool all;
};

/**
 * struct mshv_dma_fault - what the hypervisor says that it refused
 * @device: the device: as the partition that it is attached to calls it, or as the host
 *	does; or MSHV_DMA_FAULT_UNKNOWN
 * @address: what the device wanted to access, or MSHV_DMA_FAULT_UNKNOWN
 * @write: it wanted to write
 */
struct mshv_dma_fault {
	u64 device;
	u64 address;
	bool write;
};

#define MSHV_DMA_FAULT_UNKNOWN	U64_MAX

/**
 * struct mshv_device_ops - what hv_iommu does for mshv_root
 * @owner: the module; it stays as long as something is under way here
 * @irq_to_guest: let an interrupt of a device reach a guest, or another place of the guest
 *	that it reaches already. @irq is Linux's number of it. Returns 0 if it does;
 *	-EOPNOTSUPP if it reaches the host instead, which is as good if slower; another
 *	negative errno if nobody gets it, so that a device that can interrupt nobody but
 *	the guest does not interrupt at all. May be tried again after a failure.
 *	Called with the mutex of irqbypass held at times: sleeps, but waits for nothing
 *	that registers a producer or a consumer.
 * @irq_to_host: the end of that, before @irq is freed, or its eventfd belongs to nobody in
 *	the guest any more. An interrupt that the host cannot get is masked. Called once
 *	for each irq that @irq_to_guest was called for, whatever that returned.
 *	The same context.
 * @stop: a partition is broken: no device that is attached to it may access its memory
 *	again. Process context, may sleep.
 * @dma_fault: the hypervisor has refused a device something. Called from its interrupt.
 *	NULL if it is of no interest.
 * @file_added: a VFIO file was added to the bridge of a partition whose memory is held;
 *	an errno makes that fail. NULL if it is of no interest.
 * @file_removed: it was removed
 *
 * A partition exists from the first use of it here to the end of that use: its interrupts
 * are taken back, its files removed, before the hypervisor finalises it.
 */
struct mshv_device_ops {
	struct module *owner;
	int (*irq_to_guest)(unsigned int irq, struct mshv_partition *pt,
			    const struct mshv_guest_irq *to);
	void (*irq_to_host)(unsigned int irq);
	void (*stop)(struct mshv_partition *pt);
	void (*dma_fault)(const struct mshv_dma_fault *fault);
	int (*file_added)(struct mshv_partition *pt, struct file *file);
	void (*file_removed)(struct mshv_partition *pt, struct file *file);
};

int mshv_device_ops_register(const struct mshv_device_ops *ops);
void mshv_device_ops_unregister(const struct mshv_device_ops *ops);

#endif
