/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Saving and restoring: all state of a VP, or of a VM beside its VPs and memory, in one piece.
 *
 * The piece describes itself: it has a version, the sizes of its parts, and a checksum, and
 * may be kept in a file or sent to another host. What does not fit is refused before
 * anything is changed.
 *
 * To save: stop all VPs; mshv_vm_freeze_time(); save the VM, its VPs and its memory. To restore:
 * make a VM with the same configuration and the same VPs; mshv_vm_freeze_time(); memory, the VM,
 * its VPs; mshv_vm_thaw_time(); run.
 *
 * Thread safety: as the VP's, or the VM's.
 */
#ifndef MSHVCTL_STATE_H
#define MSHVCTL_STATE_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * mshv_vp_save() - all of a VP: registers, local APIC, XSAVE area, SynIC pages, timers
 * @vp: the VP, not running
 * @buf: receives it; may be NULL if @size is 0
 * @size: room in @buf
 * @needed: receives how many bytes there are, also with -ENOSPC; may be NULL
 *
 * Registers that this host lacks are left out, and so are those that cannot be written.
 * Pending events are registers. An exit that was not handled to its end is not part of it: its
 * instruction is executed again.
 *
 * Return: 0, -EINVAL, -ENOSPC where @size was too small, -ENOMEM, an error of the register
 * cache, or the driver's errno.
 */
MSHV_API int mshv_vp_save(struct mshv_vp *vp, void *buf, size_t size, size_t *needed);

/**
 * mshv_vp_restore() - make a VP what it was
 * @vp: the VP, not running, of a VM with the same configuration
 * @buf: as mshv_vp_save() gave it
 * @size: its bytes
 *
 * Registers come first, in an order in which none undoes another, then what needs
 * their values. Those that have their values already are not written.
 *
 * Return: 0, or, with nothing changed: -EINVAL where that is no such piece, -EBADMSG where it is
 * damaged, -EPROTONOSUPPORT where it is of a later library, -ENODEV where it has a register
 * that this host lacks, -E2BIG where the XSAVE area has another size here: the CPU model is
 * another. Else -ENOMEM, an error of the register cache (mshv_vp_refused_reg() says which
 * register the hypervisor did not take), or the driver's errno; then the VP is neither.
 */
MSHV_API int mshv_vp_restore(struct mshv_vp *vp, const void *buf, size_t size);

/**
 * mshv_vm_freeze_time() - stop the VM's reference time, and the timers that go by it
 * @vm: the VM, initialised; its VPs should not run
 *
 * Return: as mshv_vm_set_property().
 */
MSHV_API int mshv_vm_freeze_time(struct mshv_vm *vm);

/** mshv_vm_thaw_time() - let it go on. Return: as mshv_vm_set_property() */
MSHV_API int mshv_vm_thaw_time(struct mshv_vm *vm);

/**
 * mshv_vm_save() - what a VM has beside VPs and memory: its reference time
 * @vm: the VM, whose time is frozen
 * @buf: receives it; may be NULL if @size is 0
 * @size: room in @buf
 * @needed: receives how many bytes there are, also with -ENOSPC; may be NULL
 *
 * Return: 0, -EINVAL, -ENOSPC, -ENOMEM, or the driver's errno.
 */
MSHV_API int mshv_vm_save(struct mshv_vm *vm, void *buf, size_t size, size_t *needed);

/**
 * mshv_vm_restore() - make it what it was
 * @vm: the VM, whose time is frozen
 * @buf: as mshv_vm_save() gave it
 * @size: its bytes
 *
 * Return: 0; -EINVAL, -EBADMSG or -EPROTONOSUPPORT as mshv_vp_restore(); or the driver's errno.
 */
MSHV_API int mshv_vm_restore(struct mshv_vm *vm, const void *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_STATE_H */
