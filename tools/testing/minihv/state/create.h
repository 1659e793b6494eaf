/* SPDX-License-Identifier: GPL-2.0-only */
/* Making VPs with all their parts. */
#ifndef MINIHV_CREATE_H
#define MINIHV_CREATE_H

#include "vp/vp.h"

/*
 * Make VP @index of @p: object, VMCB, xsave area from the pool of @p.
 * NULL: out of pages. The caller holds p->lock and publishes it.
 */
struct vp *vp_create(struct partition *p, uint32_t index);
void vp_destroy(struct vp *vp);

#endif
