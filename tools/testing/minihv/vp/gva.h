/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest virtual addresses of child VPs. */
#ifndef MINIHV_GVA_H
#define MINIHV_GVA_H

#include "cpu/decode.h"
#include "vp/vp.h"

/*
 * Walk the page tables of @vp, which is stopped or loaded here. @flags:
 * HV_TRANSLATE_GVA_*; returns an HV_TRANSLATE_GVA_* result code. The partition's lock is held.
 */
uint32_t gva_translate(struct vp *vp, uint64_t gva, uint32_t flags, uint64_t *gpa);
/* Up to @size bytes at the VP's instruction pointer; returns how many could be read. */
unsigned int gva_fetch(struct vp *vp, uint8_t *bytes, unsigned int size);
/* The same, taking the partition's lock. */
unsigned int vp_fetch(struct vp *vp, uint8_t *bytes, unsigned int size);
/* How the VP's instructions are encoded. */
enum decode_mode vp_decode_mode(const struct vmcb *v);

#endif
