/* SPDX-License-Identifier: GPL-2.0-only */
/* The pages through which a parent sees a VP. */
#ifndef MINIHV_PAGE_H
#define MINIHV_PAGE_H

#include "vp/vp.h"

uint16_t statepage_map(struct partition *caller, struct vp *vp, uint32_t type, bool provided,
		       uint64_t gpfn, uint64_t *location);
uint16_t statepage_unmap(struct partition *caller, struct vp *vp, uint32_t type);
/* Before the parent looks at the page, and before the VP runs again. */
void statepage_fill(struct vp *vp);
void statepage_flush(struct vp *vp);
/* Make the vectors that the parent put on the register page pending. */
void statepage_scan_interrupts(struct vp *vp);

#endif
