/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Interrupts of a virtual machine: by eventfd, by message, and straight.
 *
 * Thread safety: any number of threads at once. Tables of routes replace each
 * other as a whole; who changes single routes brings a lock of his own.
 */
#ifndef MSHVCTL_IRQ_H
#define MSHVCTL_IRQ_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Interrupts have numbers (GSIs) below this. */
#define MSHV_GSI_COUNT 4096

/**
 * mshv_vm_add_irqfd() - let an eventfd raise an interrupt
 * @vm: the VM
 * @gsi: the interrupt; what it means is in the table of mshv_vm_set_msi_routes()
 * @fd: eventfd; each write raises the interrupt
 * @resample_fd: eventfd that is signalled when the guest has ended the interrupt,
 *	which must be routed as level-triggered by then; -1 for none
 *
 * Return: 0, -EINVAL, -EBUSY where @fd raises an interrupt already, or the
 * driver's errno.
 */
MSHV_API int mshv_vm_add_irqfd(struct mshv_vm *vm, uint32_t gsi, int fd,
			       int resample_fd);

/**
 * mshv_vm_remove_irqfd() - end it
 * @vm: the VM
 * @gsi: the interrupt
 * @fd: the eventfd; doing it again is harmless
 *
 * Return: 0, -EINVAL, or the driver's errno.
 */
MSHV_API int mshv_vm_remove_irqfd(struct mshv_vm *vm, uint32_t gsi, int fd);

/**
 * struct mshv_msi_route - what an interrupt number means
 * @gsi: the number
 * @data: what the device would write
 * @address: and where to
 */
struct mshv_msi_route {
	uint32_t gsi;
	uint32_t data;
	uint64_t address;
};

/**
 * mshv_vm_set_msi_routes() - replace the table of routes
 * @vm: the VM
 * @routes: all of it
 * @n: how many, 0 to MSHV_GSI_COUNT
 *
 * Return: 0; -EINVAL also for a number that is too large or there twice; -ENOMEM;
 * or the driver's errno. After an error the old table stands.
 */
MSHV_API int mshv_vm_set_msi_routes(struct mshv_vm *vm,
				    const struct mshv_msi_route *routes,
				    size_t n);

/**
 * struct mshv_interrupt - an interrupt as a controller sends it
 * @type: HV_X64_INTERRUPT_TYPE_*
 * @vector: 16 to 255 for fixed ones
 * @destination: APIC id, or logical destination
 * @logical: which of the two
 * @level: level-triggered
 */
struct mshv_interrupt {
	uint32_t type;
	uint32_t vector;
	uint64_t destination;
	bool logical;
	bool level;
};

/**
 * mshv_vm_assert_interrupt() - send an interrupt, by one hypercall
 * @vm: the VM
 * @interrupt: which
 *
 * Return: 0, -EINVAL, or the driver's errno.
 */
MSHV_API int mshv_vm_assert_interrupt(struct mshv_vm *vm,
				      const struct mshv_interrupt *interrupt);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_IRQ_H */
