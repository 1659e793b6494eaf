/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Which pages of guest memory were read and written.
 *
 * Thread safety: any number of threads at once; each sees the bits that others
 * have not cleared before.
 */
#ifndef MSHVCTL_DIRTY_H
#define MSHVCTL_DIRTY_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which bits: those of pages that were read or written, or only of the written. */
enum mshv_access_kind {
	MSHV_ACCESSED,
	MSHV_DIRTY,
};

/* What becomes of the bits after they are read. */
enum mshv_access_then {
	MSHV_ACCESS_KEEP,
	MSHV_ACCESS_CLEAR,
	MSHV_ACCESS_SET,
};

/**
 * mshv_vm_start_dirty_log() - have the hypervisor track accesses
 * @vm: the VM, initialised
 *
 * Clear the bits once, then what is set later was touched since. The hypervisor sees the
 * guest's own accesses. What mshv_vp_handle_mmio() and mshv_vp_handle_port() write for the
 * guest, in its page tables too, the library adds to the dirty bits; what the VMM writes
 * itself it tells by mshv_vm_note_write(). All of that is lost with a piece that is
 * unmapped: read its bits before.
 *
 * Return: 0, -EINVAL, -ENOMEM, or the driver's errno.
 */
MSHV_API int mshv_vm_start_dirty_log(struct mshv_vm *vm);

/**
 * mshv_vm_note_write() - the VMM has written guest memory itself
 * @vm: the VM
 * @gpa: where, which need not be aligned
 * @size: bytes, 1 or more, that must lie in one piece
 *
 * Sets the dirty bits of these pages; nothing is done while no log runs. To be called
 * after the write: who clears the bits and copies the page in between has missed it
 * otherwise. It makes no system call.
 *
 * Return: 0, -EINVAL, or -EFAULT where that is not memory of the guest.
 */
MSHV_API int mshv_vm_note_write(struct mshv_vm *vm, uint64_t gpa, uint64_t size);

/**
 * mshv_vm_stop_dirty_log() - end that
 * @vm: the VM
 *
 * Sets the bits of all memory first, so that nothing stays tracked.
 *
 * Return: 0 or the driver's errno; then it is still on.
 */
MSHV_API int mshv_vm_stop_dirty_log(struct mshv_vm *vm);

/**
 * mshv_vm_get_access_bits() - read, and perhaps change, the bits of pages
 * @vm: the VM
 * @gpa: first page, a multiple of 4096
 * @pages: how many, 1 or more; they need not be mapped
 * @kind: which bits; those of MSHV_ACCESSED are of the guest's own accesses only
 * @then: what becomes of them
 * @bitmap: receives (@pages + 7) / 8 bytes, the first page in the lowest bit
 *
 * The kernel leaves bits after the last page as it likes; they are 0 here.
 *
 * Return: 0, -EINVAL, or the driver's errno; then some bits may have been changed. Those that
 * our driver has cleared are in @bitmap then, if that was zeroed before; what is not in it is
 * told again.
 */
MSHV_API int mshv_vm_get_access_bits(struct mshv_vm *vm, uint64_t gpa,
				     uint64_t pages, enum mshv_access_kind kind,
				     enum mshv_access_then then, void *bitmap);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_DIRTY_H */
