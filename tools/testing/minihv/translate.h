/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's own page tables, walked in software. */
#ifndef MINIHV_TRANSLATE_H
#define MINIHV_TRANSLATE_H

#include "vp.h"
#include <hvabi/hvabi.h>

/*
 * @gva of @vp, whose registers belong to the caller, to *gpa. @flags:
 * HV_TRANSLATE_GVA_*; without SUPERVISOR_ACCESS or USER_ACCESS the current
 * privilege level counts.
 */
enum hv_translate_gva_result_code translate_gva(struct vp *vp, uint64_t gva, uint64_t flags,
						uint64_t *gpa);
/*
 * The bytes at RIP, at most @max, fewer where a page is not mapped. Returns how many.
 */
unsigned int translate_fetch(struct vp *vp, uint8_t *bytes, unsigned int max);

#endif
