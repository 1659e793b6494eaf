/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Doorbells: writes of the guest that signal an eventfd instead of stopping the VP.
 *
 * Thread safety: any number of threads at once.
 */
#ifndef MSHVCTL_IOEVENTFD_H
#define MSHVCTL_IOEVENTFD_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct mshv_ioeventfd - a doorbell
 * @gpa: guest-physical address, where no memory is mapped
 * @size: width of the write: 1, 2, 4 or 8, or 0 for any
 * @match: only writes of @value count; else all do
 * @value: see there
 * @fd: eventfd to signal
 */
struct mshv_ioeventfd {
	uint64_t gpa;
	uint32_t size;
	bool match;
	uint64_t value;
	int fd;
};

/**
 * mshv_vm_add_ioeventfd() - make a doorbell
 * @vm: the VM
 * @doorbell: which
 *
 * Return: 0, -EINVAL, -ENOMEM, -EEXIST where a write could mean two doorbells or there is
 * memory that mshv_vm_map() put there, or the driver's errno.
 */
MSHV_API int mshv_vm_add_ioeventfd(struct mshv_vm *vm,
				   const struct mshv_ioeventfd *doorbell);

/**
 * mshv_vm_remove_ioeventfd() - take it away
 * @vm: the VM
 * @doorbell: as it was made
 *
 * Return: 0, -EINVAL, -ENOENT, or the driver's errno.
 */
MSHV_API int mshv_vm_remove_ioeventfd(struct mshv_vm *vm,
				      const struct mshv_ioeventfd *doorbell);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_IOEVENTFD_H */
