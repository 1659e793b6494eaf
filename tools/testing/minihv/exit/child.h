/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of a child VP's exits. */
#ifndef MINIHV_CHILD_H
#define MINIHV_CHILD_H

#include "vp/vp.h"

/* child_events.c: the guest returned from an NMI. */
/* child_memory.c: the exit, or what a hypercall made of it, is a nested page fault. */
enum vp_stop child_page_fault(struct vp *vp);
/* withhold.c: answer the intercept of RDTSC, which may be one of RDTSCP. */
enum vp_stop withhold_rdtsc(struct vp *vp);
/* operand.c */
/*
 * The linear address of the memory operand of the instruction in @bytes, by which
 * the guest reached @gpa. false: not found.
 */
bool gva_operand(struct vp *vp, const uint8_t *bytes, unsigned int count, uint64_t gpa,
		 uint64_t *gva);


#endif
