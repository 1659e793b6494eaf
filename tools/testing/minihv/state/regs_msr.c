// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers that are MSRs: those of the VMCB directly, the others through the
 * MSR emulation under their MSR number.
 */
#include "lapic/lapic.h"
#include "state/msr.h"
#include "state/regs.h"

#define MSR_NONE	0

static uint64_t *vmcb_msr(struct vp *vp, uint32_t name)
{
	struct vmcb *v = vp->vmcb;

	switch (name) {
	case HV_X64_REGISTER_KERNEL_GS_BASE:
		return &v->kernel_gs_base;
	case HV_X64_REGISTER_SYSENTER_CS:
		return &v->sysenter_cs;
	case HV_X64_REGISTER_SYSENTER_EIP:
		return &v->sysenter_eip;
	case HV_X64_REGISTER_SYSENTER_ESP:
		return &v->sysenter_esp;
	case HV_X64_REGISTER_STAR:
		return &v->star;
	case HV_X64_REGISTER_LSTAR:
		return &v->lstar;
	case HV_X64_REGISTER_CSTAR:
		return &v->cstar;
	case HV_X64_REGISTER_SFMASK:
		return &v->sfmask;
	case HV_X64_REGISTER_U_XSS:
		return &vp->xss;
	default:
		return NULL;
	}
}

/* MTRRs: 0x8000d CAP, 0x8000e DEF_TYPE, 0x8001n base n, 0x8004n mask n, 0x80070.. fixed. */
static uint32_t mtrr_msr(uint32_t name)
{
	static const uint32_t fixed[] = {
		0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
	};

	if (name == HV_X64_REGISTER_MSR_MTRR_CAP)
		return 0xfe;
	if (name == HV_X64_REGISTER_MSR_MTRR_DEF_TYPE)
		return 0x2ff;
	if (name >= HV_X64_REGISTER_MSR_MTRR_FIX64K00000)
		return fixed[name - HV_X64_REGISTER_MSR_MTRR_FIX64K00000];
	if (name >= HV_X64_REGISTER_MSR_MTRR_PHYS_MASK0)
		return 0x201 + 2 * (name - HV_X64_REGISTER_MSR_MTRR_PHYS_MASK0);
	return 0x200 + 2 * (name - HV_X64_REGISTER_MSR_MTRR_PHYS_BASE0);
}

static uint32_t other_msr(uint32_t name)
{
	switch (name) {
	case HV_X64_REGISTER_APIC_BASE:
		return MSR_APIC_BASE;
	case HV_X64_REGISTER_PAT:
		return MSR_PAT;
	case HV_X64_REGISTER_TSC_AUX:
		return MSR_TSC_AUX;
	case HV_X64_REGISTER_BNDCFGS:
		return 0xd90;
	case HV_X64_REGISTER_DEBUG_CTL:
		return 0x1d9;
	case HV_X64_REGISTER_SPEC_CTRL:
		return 0x48;
	case HV_X64_REGISTER_TSC_ADJUST:
		return 0x3b;
	case HV_X64_REGISTER_MSR_IA32_MISC_ENABLE:
		return 0x1a0;
	case HV_X64_REGISTER_U_CET:
		return 0x6a0;
	case HV_X64_REGISTER_S_CET:
		return 0x6a2;
	case HV_X64_REGISTER_INTERRUPT_SSP_TABLE_ADDR:
		return 0x6a8;
	default:
		if (name >= HV_X64_REGISTER_PL0_SSP && name <= HV_X64_REGISTER_PL3_SSP)
			return 0x6a4 + name - HV_X64_REGISTER_PL0_SSP;
		return MSR_NONE;
	}
}

/* Synthetic MSRs: those of one VP are numbered as their registers are. */
static uint32_t synthetic_msr(uint32_t name)
{
	if (name >= HV_REGISTER_STIMER0_CONFIG)
		return HV_X64_MSR_STIMER0_CONFIG + name - HV_REGISTER_STIMER0_CONFIG;
	switch (name) {
	case HV_REGISTER_VP_RUNTIME:
		return HV_X64_MSR_VP_RUNTIME;
	case HV_X64_REGISTER_HYPERCALL:
		return HV_X64_MSR_HYPERCALL;
	case HV_REGISTER_GUEST_OS_ID:
		return HV_X64_MSR_GUEST_OS_ID;
	case HV_REGISTER_VP_INDEX:
		return HV_X64_MSR_VP_INDEX;
	case HV_REGISTER_TIME_REF_COUNT:
		return HV_X64_MSR_TIME_REF_COUNT;
	case HV_REGISTER_VP_ASSIST_PAGE:
		return HV_X64_MSR_VP_ASSIST_PAGE;
	case HV_REGISTER_REFERENCE_TSC:
		return HV_X64_MSR_REFERENCE_TSC;
	case HV_REGISTER_SCONTROL:
		return HV_X64_MSR_SCONTROL;
	case HV_REGISTER_SVERSION:
		return HV_X64_MSR_SVERSION;
	case HV_REGISTER_SIEFP:
		return HV_X64_MSR_SIEFP;
	case HV_REGISTER_SIMP:
		return HV_X64_MSR_SIMP;
	case HV_REGISTER_EOM:
		return HV_X64_MSR_EOM;
	case HV_REGISTER_SIRBP:
		return HV_X64_MSR_SIRBP;
	default:
		if (name >= HV_REGISTER_SINT0 && name <= HV_REGISTER_SINT15)
			return HV_X64_MSR_SINT0 + name - HV_REGISTER_SINT0;
		if (name >= HV_REGISTER_GUEST_CRASH_P0 && name <= HV_REGISTER_GUEST_CRASH_CTL)
			return HV_X64_MSR_CRASH_P0 + name - HV_REGISTER_GUEST_CRASH_P0;
		return MSR_NONE;
	}
}

static uint16_t get_by_msr(struct vp *vp, uint32_t msr, union hv_register_value *v)
{
	bool known = true;

	if (!msr || !msr_get(vp, msr, &v->reg64, &known) || !known)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static uint16_t set_by_msr(struct vp *vp, uint32_t msr, const union hv_register_value *v)
{
	bool known = true;

	if (!msr)
		return HV_STATUS_INVALID_PARAMETER;
	if (!msr_set(vp, msr, v->reg64, &known))
		return known ? HV_STATUS_INVALID_REGISTER_VALUE : HV_STATUS_INVALID_PARAMETER;
	return known ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;
}

static uint16_t get_msr(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	uint64_t *field = vmcb_msr(vp, name);

	if (field)
		v->reg64 = *field;
	else if (name == HV_X64_REGISTER_TSC)
		v->reg64 = rdtsc() + vp->vmcb->tsc_offset;
	else if (name == HV_X64_REGISTER_EFER)
		v->reg64 = vp->vmcb->efer & ~(uint64_t)EFER_SVME;
	else if (name == HV_X64_REGISTER_INITIAL_APIC_ID || name == HV_X64_REGISTER_APIC_ID)
		v->reg64 = vp->apic_id;
	else
		return get_by_msr(vp, other_msr(name), v);
	return HV_STATUS_SUCCESS;
}

static uint16_t set_efer(struct vp *vp, uint64_t value)
{
	if (value & ~(uint64_t)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE | EFER_FFXSR))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	vp->vmcb->efer = value | EFER_SVME;
	return HV_STATUS_SUCCESS;
}

/*
 * The VPs of a partition share one TSC page, so their TSCs stay in step: VP 0's is
 * everybody's. A VMM sets them one after the other, with time passing in between.
 */
static uint16_t set_tsc(struct vp *vp, uint64_t value)
{
	struct partition *p = vp->partition;
	uint64_t offset = value - rdtsc();
	unsigned int i;

	if (vp->index && p->vps[0])
		return HV_STATUS_SUCCESS;
	for (i = 0; i < MAX_VPS; i++) {
		struct vp *other = __atomic_load_n(&p->vps[i], __ATOMIC_ACQUIRE);

		if (!other)
			continue;
		__atomic_store_n(&other->vmcb->tsc_offset, offset, __ATOMIC_RELAXED);
		lapic_timer_tsc_moved(other);
	}
	reference_tsc_update(p);
	return HV_STATUS_SUCCESS;
}

static uint16_t set_msr(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	uint64_t *field = vmcb_msr(vp, name);

	if (field)
		*field = v->reg64;
	else if (name == HV_X64_REGISTER_TSC)
		return set_tsc(vp, v->reg64);
	else if (name == HV_X64_REGISTER_EFER)
		return set_efer(vp, v->reg64);
	else if (name == HV_X64_REGISTER_INITIAL_APIC_ID || name == HV_X64_REGISTER_APIC_ID)
		vp->apic_id = v->reg64;
	else
		return set_by_msr(vp, other_msr(name), v);
	return HV_STATUS_SUCCESS;
}

static uint16_t get_mtrr(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	return get_by_msr(vp, mtrr_msr(name), v);
}

static uint16_t set_mtrr(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	return set_by_msr(vp, mtrr_msr(name), v);
}

static uint16_t get_synthetic(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	return get_by_msr(vp, synthetic_msr(name), v);
}

static uint16_t set_synthetic(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	return set_by_msr(vp, synthetic_msr(name), v);
}

const struct reg_range regs_msr[] = {
	{ HV_X64_REGISTER_TSC, HV_X64_REGISTER_INITIAL_APIC_ID, get_msr, set_msr },
	{ HV_X64_REGISTER_MSR_MTRR_CAP, HV_X64_REGISTER_MSR_MTRR_DEF_TYPE, get_mtrr, set_mtrr },
	{ HV_X64_REGISTER_MSR_MTRR_PHYS_BASE0, HV_X64_REGISTER_MSR_MTRR_PHYS_BASEF, get_mtrr,
	  set_mtrr },
	{ HV_X64_REGISTER_MSR_MTRR_PHYS_MASK0, HV_X64_REGISTER_MSR_MTRR_PHYS_MASKF, get_mtrr,
	  set_mtrr },
	{ HV_X64_REGISTER_MSR_MTRR_FIX64K00000, HV_X64_REGISTER_MSR_MTRR_FIX4KF8000, get_mtrr,
	  set_mtrr },
	{ HV_X64_REGISTER_TSC_AUX, HV_X64_REGISTER_MSR_IA32_MISC_ENABLE, get_msr, set_msr },
	{ HV_X64_REGISTER_APIC_ID, HV_X64_REGISTER_APIC_ID, get_msr, set_msr },
	{ HV_REGISTER_GUEST_CRASH_P0, HV_REGISTER_GUEST_CRASH_CTL, get_synthetic, set_synthetic },
	{ HV_REGISTER_VP_RUNTIME, HV_REGISTER_REFERENCE_TSC, get_synthetic, set_synthetic },
	{ HV_REGISTER_SINT0, HV_REGISTER_SIRBP, get_synthetic, set_synthetic },
	{ HV_REGISTER_STIMER0_CONFIG, HV_REGISTER_STIMER3_COUNT, get_synthetic, set_synthetic },
	{ 0 },
};
