/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * State of a VP that is no register, and what the hypervisor makes of an address.
 *
 * Held register writes are put in place first, and what the register cache knows is
 * forgotten where it may have changed, so these calls mix with those on registers.
 *
 * Thread safety: as the VP's.
 */
#ifndef MSHVCTL_VPSTATE_H
#define MSHVCTL_VPSTATE_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of state, and what they are for mshv_vp_get_state() and its counterpart. */
enum mshv_vp_state {
	/* struct hv_local_interrupt_controller_state */
	MSHV_STATE_LAPIC,
	/* an XSAVE area in compacted form */
	MSHV_STATE_XSAVE,
	/* the SynIC's message page */
	MSHV_STATE_SIMP,
	/* the SynIC's event flags page */
	MSHV_STATE_SIEFP,
	/* struct hv_synthetic_timers_state */
	MSHV_STATE_TIMERS,
};

/**
 * mshv_vp_get_state() - read a piece of state
 * @vp: the VP, not running
 * @state: MSHV_STATE_*
 * @buf: receives it; may be NULL if @size is 0
 * @size: room in @buf
 * @needed: receives the bytes that the kernel says the state has, also with
 *	-ENOSPC; may be NULL
 *
 * What a page has beyond the state is not copied: of MSHV_STATE_LAPIC and
 * MSHV_STATE_TIMERS only the structure is.
 *
 * Return: 0, -EINVAL, -ENOSPC where @size was too small, -ENOMEM, an error of the
 * register cache, or the driver's errno.
 */
MSHV_API int mshv_vp_get_state(struct mshv_vp *vp, enum mshv_vp_state state,
			       void *buf, size_t size, size_t *needed);

/**
 * mshv_vp_set_state() - write a piece of state
 * @vp: the VP, not running
 * @state: MSHV_STATE_*
 * @buf: as mshv_vp_get_state() gave it
 * @size: its bytes
 *
 * Return: 0, -EINVAL also where @size is not that of the state, -ENOMEM, an error
 * of the register cache, or the driver's errno.
 */
MSHV_API int mshv_vp_set_state(struct mshv_vp *vp, enum mshv_vp_state state,
			       const void *buf, size_t size);

/**
 * mshv_vp_translate() - what the hypervisor makes of a linear address
 * @vp: the VP, not running
 * @gva: the address
 * @flags: HV_TRANSLATE_GVA_*
 * @result: receives HV_TRANSLATE_GVA_SUCCESS or another of that kind, which is no
 *	failure of the call
 * @gpa: receives the guest-physical address, offset included, after a success
 *
 * Memory that the guest has not touched may count as not there, unless the driver
 * has an ioctl of its own for this. It costs a system call; what port and MMIO
 * exits need is translated by the library itself.
 *
 * Return: 0, -EINVAL, an error of the register cache, or the driver's errno.
 */
MSHV_API int mshv_vp_translate(struct mshv_vp *vp, uint64_t gva, uint64_t flags,
			       uint32_t *result, uint64_t *gpa);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_VPSTATE_H */
