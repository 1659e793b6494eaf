// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Doorbells.
 */
#include <errno.h>
#include <mshvctl/ioctl.h>
#include <mshvctl/ioeventfd.h>

#include "core/vm.h"

static bool valid_size(uint32_t size)
{
	return size <= 8 && !(size & (size - 1));
}

static int change(struct mshv_vm *vm, const struct mshv_ioeventfd *doorbell,
		  uint32_t flags)
{
	struct mshv_user_ioeventfd args = { .flags = flags };

	if (!vm || !doorbell || doorbell->fd < 0 || !valid_size(doorbell->size))
		return -EINVAL;
	if (doorbell->match) {
		args.datamatch = doorbell->value;
		args.flags |= 1u << MSHV_IOEVENTFD_BIT_DATAMATCH;
	}
	args.addr = doorbell->gpa;
	args.len = doorbell->size;
	args.fd = doorbell->fd;
	return mshv_ioctl_ioeventfd(vm->fd, &args);
}

int mshv_vm_add_ioeventfd(struct mshv_vm *vm,
			  const struct mshv_ioeventfd *doorbell)
{
	return change(vm, doorbell, 0);
}

int mshv_vm_remove_ioeventfd(struct mshv_vm *vm,
			     const struct mshv_ioeventfd *doorbell)
{
	return change(vm, doorbell, 1u << MSHV_IOEVENTFD_BIT_DEASSIGN);
}
