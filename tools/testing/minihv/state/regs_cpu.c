// SPDX-License-Identifier: GPL-2.0-only
/* General, control, debug, segment and table registers. */
#include "cpu/host_features.h"
#include "lapic/lapic.h"
#include "state/regs.h"

#define RFLAGS_VM	BIT(17)
#define RFLAGS_VALID	0x3f7fd7ull
#define RFLAGS_INDEX	17
#define XFEM_X87	BIT(0)
#define XFEM_SSE	BIT(1)
#define XFEM_AVX	BIT(2)
#define XFEM_BNDREGS	BIT(3)
#define XFEM_BNDCSR	BIT(4)

static uint64_t *general(struct vp *vp, unsigned int index)
{
	struct gprs *g = &vp->gprs;
	struct vmcb *v = vp->vmcb;
	uint64_t *const at[] = {
		&v->rax, &g->rcx, &g->rdx, &g->rbx, &v->rsp, &g->rbp, &g->rsi, &g->rdi,
		&g->r8, &g->r9, &g->r10, &g->r11, &g->r12, &g->r13, &g->r14, &g->r15,
		&v->rip, &v->rflags,
	};

	return at[index];
}

static uint16_t get_general(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	v->reg64 = *general(vp, name - HV_X64_REGISTER_RAX);
	return HV_STATUS_SUCCESS;
}

static uint16_t set_general(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	unsigned int index = name - HV_X64_REGISTER_RAX;

	if (index == RFLAGS_INDEX && (v->reg64 & ~RFLAGS_VALID))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	*general(vp, index) = index == RFLAGS_INDEX ? v->reg64 | RFLAGS_FIXED : v->reg64;
	return HV_STATUS_SUCCESS;
}

static uint16_t get_control(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	switch (name) {
	case HV_X64_REGISTER_CR0:
	case HV_X64_REGISTER_INTERMEDIATE_CR0:
		v->reg64 = vp->vmcb->cr0;
		break;
	case HV_X64_REGISTER_CR2:
		v->reg64 = vp->vmcb->cr2;
		break;
	case HV_X64_REGISTER_CR3:
	case HV_X64_REGISTER_INTERMEDIATE_CR3:
		v->reg64 = vp->vmcb->cr3;
		break;
	case HV_X64_REGISTER_CR4:
	case HV_X64_REGISTER_INTERMEDIATE_CR4:
		v->reg64 = vp->vmcb->cr4;
		break;
	case HV_X64_REGISTER_CR8:
	case HV_X64_REGISTER_INTERMEDIATE_CR8:
		v->reg64 = lapic_get_cr8(vp);
		break;
	case HV_X64_REGISTER_XFEM:
		v->reg64 = vp->xcr0;
		break;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
	return HV_STATUS_SUCCESS;
}

static bool xfem_valid(uint64_t value)
{
	bool bounds = value & XFEM_BNDREGS, bounds_config = value & XFEM_BNDCSR;

	return (value & XFEM_X87) && !(value & ~host_xsave_states()) &&
	       (!(value & XFEM_AVX) || (value & XFEM_SSE)) && bounds == bounds_config;
}

static uint16_t set_control(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	switch (name) {
	case HV_X64_REGISTER_CR0:
	case HV_X64_REGISTER_INTERMEDIATE_CR0:
		/* What does not fit the other registers is found when the VP is run. */
		if (v->reg64 >> 32)
			return HV_STATUS_INVALID_REGISTER_VALUE;
		vp->vmcb->cr0 = v->reg64 | CR0_ET;
		break;
	case HV_X64_REGISTER_CR2:
		vp->vmcb->cr2 = v->reg64;
		break;
	case HV_X64_REGISTER_CR3:
	case HV_X64_REGISTER_INTERMEDIATE_CR3:
		vp->vmcb->cr3 = v->reg64;
		break;
	case HV_X64_REGISTER_CR4:
	case HV_X64_REGISTER_INTERMEDIATE_CR4:
		if (v->reg64 >> 32)
			return HV_STATUS_INVALID_REGISTER_VALUE;
		vp->vmcb->cr4 = v->reg64;
		break;
	case HV_X64_REGISTER_CR8:
	case HV_X64_REGISTER_INTERMEDIATE_CR8:
		if (v->reg64 >> 4)
			return HV_STATUS_INVALID_REGISTER_VALUE;
		lapic_set_cr8(vp, v->reg64);
		break;
	case HV_X64_REGISTER_XFEM:
		if (!xfem_valid(v->reg64))
			return HV_STATUS_INVALID_REGISTER_VALUE;
		vp->xcr0 = v->reg64;
		break;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
	return HV_STATUS_SUCCESS;
}

static uint64_t *debug_reg(struct vp *vp, uint32_t name)
{
	if (name == HV_X64_REGISTER_DR6)
		return &vp->vmcb->dr6;
	if (name == HV_X64_REGISTER_DR7)
		return &vp->vmcb->dr7;
	return &vp->dr[name - HV_X64_REGISTER_DR0];
}

static uint16_t get_debug(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	v->reg64 = *debug_reg(vp, name);
	return HV_STATUS_SUCCESS;
}

static uint16_t set_debug(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	if (name >= HV_X64_REGISTER_DR6 && v->reg64 >> 32)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	*debug_reg(vp, name) = v->reg64;
	return HV_STATUS_SUCCESS;
}

static struct vmcb_seg *segment(struct vp *vp, uint32_t name)
{
	struct vmcb *v = vp->vmcb;
	struct vmcb_seg *const at[] = {
		&v->es, &v->cs, &v->ss, &v->ds, &v->fs, &v->gs, &v->ldtr, &v->tr,
	};

	return at[name - HV_X64_REGISTER_ES];
}

/* The VMCB packs the attributes: bits 8-11 are bits 12-15 of a descriptor. */
struct hv_x64_segment_register segment_from_vmcb(const struct vmcb_seg *s)
{
	return (struct hv_x64_segment_register){
		.base = s->base,
		.limit = s->limit,
		.selector = s->selector,
		.attributes = (s->attrib & 0xff) | (s->attrib & 0xf00) << 4,
	};
}

static uint16_t get_segment(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	v->segment = segment_from_vmcb(segment(vp, name));
	return HV_STATUS_SUCCESS;
}

static uint16_t set_segment(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	*segment(vp, name) = (struct vmcb_seg){
		.selector = v->segment.selector,
		.attrib = (v->segment.attributes & 0xff) | (v->segment.attributes >> 4 & 0xf00),
		.limit = v->segment.limit,
		.base = v->segment.base,
	};
	return HV_STATUS_SUCCESS;
}

static struct vmcb_seg *table(struct vp *vp, uint32_t name)
{
	return name == HV_X64_REGISTER_IDTR ? &vp->vmcb->idtr : &vp->vmcb->gdtr;
}

static uint16_t get_table(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	v->table.limit = table(vp, name)->limit;
	v->table.base = table(vp, name)->base;
	return HV_STATUS_SUCCESS;
}

static uint16_t set_table(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	table(vp, name)->limit = v->table.limit;
	table(vp, name)->base = v->table.base;
	return HV_STATUS_SUCCESS;
}

void regs_settle(struct vp *vp)
{
	struct vmcb *v = vp->vmcb;

	if ((v->efer & EFER_LME) && (v->cr0 & CR0_PG))
		v->efer |= EFER_LMA;
	else
		v->efer &= ~(uint64_t)EFER_LMA;
	if (!(v->cr0 & CR0_PE))
		v->cpl = 0;
	else if (v->rflags & RFLAGS_VM)
		v->cpl = 3;
	else
		v->cpl = v->ss.attrib >> 5 & 3;
}

const struct reg_range regs_cpu[] = {
	{ HV_X64_REGISTER_RAX, HV_X64_REGISTER_RFLAGS, get_general, set_general },
	{ HV_X64_REGISTER_CR0, HV_X64_REGISTER_XFEM, get_control, set_control },
	{ HV_X64_REGISTER_INTERMEDIATE_CR0, HV_X64_REGISTER_INTERMEDIATE_CR8, get_control,
	  set_control },
	{ HV_X64_REGISTER_DR0, HV_X64_REGISTER_DR7, get_debug, set_debug },
	{ HV_X64_REGISTER_ES, HV_X64_REGISTER_TR, get_segment, set_segment },
	{ HV_X64_REGISTER_IDTR, HV_X64_REGISTER_GDTR, get_table, set_table },
	{ 0 },
};
