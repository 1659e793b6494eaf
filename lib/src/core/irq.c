// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Interrupts of a virtual machine.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/synic.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <mshvctl/irq.h>
#include <stdlib.h>

#include "core/hvcall.h"
#include "core/vm.h"

int mshv_vm_add_irqfd(struct mshv_vm *vm, uint32_t gsi, int fd, int resample_fd)
{
	struct mshv_user_irqfd args = { .fd = fd, .gsi = gsi };

	if (!vm || gsi >= MSHV_GSI_COUNT || fd < 0 || resample_fd < -1)
		return -EINVAL;
	if (resample_fd >= 0) {
		args.resamplefd = resample_fd;
		args.flags = 1u << MSHV_IRQFD_BIT_RESAMPLE;
	}
	return mshv_ioctl_irqfd(vm->fd, &args);
}

int mshv_vm_remove_irqfd(struct mshv_vm *vm, uint32_t gsi, int fd)
{
	struct mshv_user_irqfd args = {
		.fd = fd,
		.gsi = gsi,
		.flags = 1u << MSHV_IRQFD_BIT_DEASSIGN,
	};

	if (!vm || gsi >= MSHV_GSI_COUNT || fd < 0)
		return -EINVAL;
	return mshv_ioctl_irqfd(vm->fd, &args);
}

int mshv_vm_set_msi_routes(struct mshv_vm *vm,
			   const struct mshv_msi_route *routes, size_t n)
{
	struct mshv_user_irq_table *table;
	int err;

	if (!vm || (n && !routes) || n > MSHV_GSI_COUNT)
		return -EINVAL;
	table = calloc(1, sizeof(*table) + n * sizeof(table->entries[0]));
	if (!table)
		return -ENOMEM;
	table->nr = (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		table->entries[i].gsi = routes[i].gsi;
		table->entries[i].address_lo = (uint32_t)routes[i].address;
		table->entries[i].address_hi = (uint32_t)(routes[i].address >> 32);
		table->entries[i].data = routes[i].data;
	}
	err = mshv_ioctl_set_msi_routing(vm->fd, table);
	free(table);
	return err;
}

int mshv_vm_assert_interrupt(struct mshv_vm *vm,
			     const struct mshv_interrupt *interrupt)
{
	struct hv_input_assert_virtual_interrupt in = { 0 };
	struct hvcall call = {
		.code = HVCALL_ASSERT_VIRTUAL_INTERRUPT,
		.in = &in,
		.in_size = sizeof(in),
	};

	if (!vm || !interrupt || interrupt->type >= HV_X64_INTERRUPT_TYPE_MAXIMUM ||
	    interrupt->vector > UINT8_MAX)
		return -EINVAL;
	in.control.interrupt_type = interrupt->type;
	in.control.level_triggered = interrupt->level;
	in.control.logical_dest_mode = interrupt->logical;
	in.dest_addr = interrupt->destination;
	in.vector = interrupt->vector;
	return hvcall(vm->fd, &call);
}
