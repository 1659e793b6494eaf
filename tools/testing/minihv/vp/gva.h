/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest virtual addresses of child VPs. */
#ifndef MINIHV_GVA_H
#define MINIHV_GVA_H

#include "vp/vp.h"

/*
 * Walk the page tables of @vp, which is stopped or loaded here. @flags:
 * HV_TRANSLATE_GVA_*; returns an HV_TRANSLATE_GVA_* result code. The partition's lock is held.
 */
uint32_t gva_translate(struct vp *vp, uint64_t gva, uint32_t flags, uint64_t *gpa);
/* Up to @size bytes at the VP's instruction pointer; returns how many could be read. */
unsigned int gva_fetch(struct vp *vp, uint8_t *bytes, unsigned int size);
/*
 * The linear address of the memory operand of the instruction in @bytes, by which
 * the guest reached @gpa. false: not found.
 */
bool gva_operand(struct vp *vp, const uint8_t *bytes, unsigned int count, uint64_t gpa,
		 uint64_t *gva);

#endif
