/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intercepts of children: what is installed, the messages to the parent, and
 * the pages through which the parent sees a VP.
 */
#ifndef MINIHV_INTERCEPT_H
#define MINIHV_INTERCEPT_H

#include "vp/vp.h"

/*
 * intercept.c: suspend @vp, loaded here, and tell its parent. Each fills the
 * intercept message; the caller returns VP_STOP_INTERCEPT.
 */
void intercept_io(struct vp *vp);
void intercept_memory(struct vp *vp, bool mapped);
void intercept_msr(struct vp *vp, uint32_t msr, bool write);
void intercept_cpuid_message(struct vp *vp, const uint32_t r[4]);
void intercept_exception(struct vp *vp, uint8_t vector, uint32_t error);
void intercept_hlt(struct vp *vp);
void intercept_unrecoverable(struct vp *vp);
void intercept_invalid_state(struct vp *vp);
void intercept_hypercall(struct vp *vp);
void intercept_deliverable(struct vp *vp, uint32_t type);
void intercept_sint_deliverable(struct vp *vp, uint16_t sints);
/*
 * Where @vp is loaded; it goes on running. The ends of interrupts that the parent wants
 * to know of go straight to its SINT0, as far as they can be sent yet.
 */
void intercept_eoi_flush(struct vp *vp);

/*
 * intercept_send.c: the message reaches the parent in two steps: the VP is
 * suspended where it runs, and when it has left its CPU the parent sees the
 * register page and is told.
 */
struct hv_message *intercept_begin(struct vp *vp, uint32_t type, uint32_t size);
void intercept_finish(struct vp *vp);
#endif
