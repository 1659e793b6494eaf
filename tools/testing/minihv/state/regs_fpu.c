// SPDX-License-Identifier: GPL-2.0-only
/*
 * x87 and SSE registers, which live in the VP's XSAVE area (standard form, APM
 * vol. 4, "XSAVE area"). A component whose XSTATE_BV bit is clear is in its
 * initial state, whatever the area holds.
 */
#include "state/regs.h"

#define XSTATE_X87	BIT(0)
#define XSTATE_SSE	BIT(1)
#define FCW_INIT	0x37f
#define MXCSR_INIT	0x1f80

struct fx_area {
	uint16_t fcw, fsw;
	uint8_t ftw, reserved0;
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr, mxcsr_mask;
	struct hv_u128 st[8], xmm[16];
	uint8_t reserved1[96];
	uint64_t xstate_bv;
};

_Static_assert(offsetof(struct fx_area, st) == 32, "XSAVE layout");
_Static_assert(offsetof(struct fx_area, xmm) == 160, "XSAVE layout");
_Static_assert(offsetof(struct fx_area, xstate_bv) == 512, "XSAVE layout");

/* Make a component real before it is looked at or changed. */
static struct fx_area *area(struct vp *vp, uint64_t component)
{
	struct fx_area *a = vp->xsave;

	if (a->xstate_bv & component)
		return a;
	if (component == XSTATE_X87) {
		memset(a, 0, offsetof(struct fx_area, mxcsr));
		memset(a->st, 0, sizeof(a->st));
		a->fcw = FCW_INIT;
	} else {
		memset(a->xmm, 0, sizeof(a->xmm));
		a->mxcsr = MXCSR_INIT;
	}
	a->xstate_bv |= component;
	return a;
}

/* The FPU of the VP that this CPU is running is in the CPU, not in the area. */
static bool reachable(const struct vp *vp)
{
	return this_cpu()->current != vp;
}

static struct hv_u128 *vector_reg(struct vp *vp, uint32_t name)
{
	if (name <= HV_X64_REGISTER_XMM15)
		return &area(vp, XSTATE_SSE)->xmm[name - HV_X64_REGISTER_XMM0];
	return &area(vp, XSTATE_X87)->st[name - HV_X64_REGISTER_FP_MMX0];
}

static uint16_t get_vector(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	if (!reachable(vp))
		return HV_STATUS_INVALID_VP_STATE;
	v->reg128 = *vector_reg(vp, name);
	return HV_STATUS_SUCCESS;
}

static uint16_t set_vector(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	if (!reachable(vp))
		return HV_STATUS_INVALID_VP_STATE;
	*vector_reg(vp, name) = v->reg128;
	return HV_STATUS_SUCCESS;
}

/* Layout (TLFS 7.8): FP: control, status, tag, opcode, last RIP. XMM: last RDP, MXCSR, mask. */
static uint16_t get_status(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	const struct fx_area *a;

	if (!reachable(vp))
		return HV_STATUS_INVALID_VP_STATE;
	if (name == HV_X64_REGISTER_FP_CONTROL_STATUS) {
		a = area(vp, XSTATE_X87);
		v->reg128.low_part = a->fcw | (uint64_t)a->fsw << 16 | (uint64_t)a->ftw << 32 |
				     (uint64_t)a->fop << 48;
		v->reg128.high_part = a->fip;
	} else {
		area(vp, XSTATE_X87);
		a = area(vp, XSTATE_SSE);
		v->reg128.low_part = a->fdp;
		v->reg128.high_part = a->mxcsr | (uint64_t)a->mxcsr_mask << 32;
	}
	return HV_STATUS_SUCCESS;
}

static uint16_t set_status(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	struct fx_area *a;

	if (!reachable(vp))
		return HV_STATUS_INVALID_VP_STATE;
	if (name == HV_X64_REGISTER_FP_CONTROL_STATUS) {
		a = area(vp, XSTATE_X87);
		a->fcw = v->reg128.low_part;
		a->fsw = v->reg128.low_part >> 16;
		a->ftw = v->reg128.low_part >> 32;
		a->fop = v->reg128.low_part >> 48;
		a->fip = v->reg128.high_part;
		return HV_STATUS_SUCCESS;
	}
	if (v->reg128.high_part & 0xffff0000)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	area(vp, XSTATE_X87)->fdp = v->reg128.low_part;
	area(vp, XSTATE_SSE)->mxcsr = v->reg128.high_part;
	return HV_STATUS_SUCCESS;
}

const struct reg_range regs_fpu[] = {
	{ HV_X64_REGISTER_XMM0, HV_X64_REGISTER_FP_MMX7, get_vector, set_vector },
	{ HV_X64_REGISTER_FP_CONTROL_STATUS, HV_X64_REGISTER_XMM_CONTROL_STATUS, get_status,
	  set_status },
	{ 0 },
};
