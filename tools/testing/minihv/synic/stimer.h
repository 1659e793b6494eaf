/* SPDX-License-Identifier: GPL-2.0-only */
/* Synthetic timers (TLFS 12.3), the same for root and children. */
#ifndef MINIHV_STIMER_H
#define MINIHV_STIMER_H

#include "synic/synic.h"

void stimers_init(struct vp *vp);
void stimers_destroy(struct vp *vp);
bool stimer_rdmsr(struct vp *vp, uint32_t msr, uint64_t *value);
bool stimer_wrmsr(struct vp *vp, uint32_t msr, uint64_t value);
/* The partition's time was frozen or thawed, or moved: look at the deadlines again. */
void stimers_time_changed(struct vp *vp);

#endif
