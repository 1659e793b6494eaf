/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers of a VP by their Hyper-V names. */
#ifndef MINIHV_REGS_H
#define MINIHV_REGS_H

#include "vp/vp.h"

/* The VP must be stopped (vp_pause), or be the caller's own. HV_STATUS_*. */
uint16_t reg_get(struct vp *vp, uint32_t name, union hv_register_value *v);
uint16_t reg_set(struct vp *vp, uint32_t name, const union hv_register_value *v);

/* One range of names; set may be NULL: read only. */
struct reg_range {
	uint32_t first, last;
	uint16_t (*get)(struct vp *vp, uint32_t name, union hv_register_value *v);
	uint16_t (*set)(struct vp *vp, uint32_t name, const union hv_register_value *v);
};

/* Tables end with an entry without get. */
extern const struct reg_range regs_cpu[], regs_fpu[], regs_msr[], regs_event[];

struct hv_x64_segment_register segment_from_vmcb(const struct vmcb_seg *s);
/* Privilege level and long mode follow from other registers; call after setting those. */
void regs_settle(struct vp *vp);

#endif
