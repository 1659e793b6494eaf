/* SPDX-License-Identifier: GPL-2.0-only */
/* What the exits of child VPs share. */
#ifndef MINIHV_CHILD_H
#define MINIHV_CHILD_H

#include "cpu/decode.h"
#include "vp/vp.h"

/* child_memory.c: how the VP's instructions are encoded, and up to @size bytes of the next. */
enum decode_mode child_decode_mode(const struct vmcb *v);
unsigned int child_fetch(struct vp *vp, uint8_t *bytes, unsigned int size);
/* The exit, or what a hypercall made of it, is a nested page fault. */
enum vp_stop child_page_fault(struct vp *vp);

/* withhold.c: intercept what the partition was created without, when the VP is made ... */
void withhold_instructions(struct vp *vp);
/* ... and answer the intercept of RDTSC, which may be one of RDTSCP. */
enum vp_stop withhold_rdtsc(struct vp *vp);

#endif
