// SPDX-License-Identifier: GPL-2.0-only
/*
 * Architectural MSRs of children that the processor does not switch by itself:
 * memory types, time stamp, and the ones that systems look for on AMD processors.
 */
#include "lapic/lapic.h"
#include "state/msr.h"

#define MSR_TSC			0x10
#define MSR_TSC_ADJUST		0x3b
#define MSR_SPEC_CTRL		0x48
#define MSR_PRED_CMD		0x49
#define MSR_PATCH_LEVEL		0x8b
#define MSR_MTRR_CAP		0xfe
#define MSR_MCG_CAP		0x179
#define MSR_MCG_STATUS		0x17a
#define MSR_MISC_ENABLE		0x1a0
#define MSR_DEBUGCTL		0x1d9
#define MSR_MTRR_VAR_FIRST	0x200
#define MSR_MTRR_VAR_LAST	(MSR_MTRR_VAR_FIRST + NR_MTRR_VAR * 2 - 1)
#define MSR_MTRR_DEF_TYPE	0x2ff
#define MSR_TSC_DEADLINE	0x6e0
#define MSR_X2APIC_FIRST	0x800
#define MSR_X2APIC_LAST		0x8ff
#define MSR_SYSCFG		0xc0010010
#define MSR_HWCR		0xc0010015
#define MSR_NB_CFG		0xc001001f
#define MSR_OSVW_LENGTH		0xc0010140
#define MSR_OSVW_STATUS		0xc0010141
#define MSR_LS_CFG		0xc0011020
#define MSR_DE_CFG		0xc0011029

#define MTRR_CAP		(NR_MTRR_VAR | BIT(8) | BIT(10))	/* fixed, WC */
#define MTRR_DEF_TYPE_MASK	0xcff
#define DE_CFG_LFENCE		BIT(1)		/* LFENCE is serialising */

/* Number of a fixed-range MTRR MSR, -1: it is none. */
static int fixed_index(uint32_t msr)
{
	static const uint32_t fixed[NR_MTRR_FIXED] = {
		0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
	};
	unsigned int i;

	for (i = 0; i < NR_MTRR_FIXED; i++)
		if (fixed[i] == msr)
			return i;
	return -1;
}

static bool type_ok(uint8_t type)
{
	return type <= 6 && type != 2 && type != 3;
}

static bool pat_ok(uint64_t value)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		uint8_t type = value >> i * 8;

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

/* The place where the MSR's value is kept, NULL: it is not one that is just kept. */
static uint64_t *slot(struct vp *vp, uint32_t msr)
{
	struct vp_msrs *m = vp->msrs;
	int fixed = fixed_index(msr);
	struct vmcb *v = vp->vmcb;

	if (fixed >= 0)
		return &m->mtrr_fixed[fixed];
	if (msr >= MSR_MTRR_VAR_FIRST && msr <= MSR_MTRR_VAR_LAST)
		return &m->mtrr_var[msr - MSR_MTRR_VAR_FIRST];
	switch (msr) {
	case MSR_MTRR_DEF_TYPE:
		return &m->mtrr_def_type;
	case MSR_PAT:
		return &v->pat;
	case MSR_STAR:
		return &v->star;
	case MSR_LSTAR:
		return &v->lstar;
	case MSR_CSTAR:
		return &v->cstar;
	case MSR_SFMASK:
		return &v->sfmask;
	case MSR_KERNEL_GS_BASE:
		return &v->kernel_gs_base;
	case MSR_FS_BASE:
		return &v->fs.base;
	case MSR_GS_BASE:
		return &v->gs.base;
	case MSR_SYSENTER_CS:
		return &v->sysenter_cs;
	case MSR_SYSENTER_ESP:
		return &v->sysenter_esp;
	case MSR_SYSENTER_EIP:
		return &v->sysenter_eip;
	case MSR_MISC_ENABLE:
		return &m->misc_enable;
	case MSR_SPEC_CTRL:
		return &m->spec_ctrl;
	case MSR_HWCR:
		return &m->hwcr;
	case MSR_DEBUGCTL:
		return &m->debugctl;
	case MSR_MCG_STATUS:
		return &m->mcg_status;
	default:
		return NULL;
	}
}

static bool value_ok(uint32_t msr, uint64_t value)
{
	unsigned int i;

	if (fixed_index(msr) >= 0) {
		for (i = 0; i < 8; i++)
			if (!type_ok(value >> i * 8))
				return false;
		return true;
	}
	switch (msr) {
	case MSR_MTRR_DEF_TYPE:
		return !(value & ~(uint64_t)MTRR_DEF_TYPE_MASK) && type_ok(value);
	case MSR_PAT:
		return pat_ok(value);
	default:
		return true;
	}
}

static bool is_lapic(uint32_t msr)
{
	return msr == MSR_APIC_BASE || msr == MSR_TSC_DEADLINE ||
	       (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST);
}

/* TSC_AUX is in the register while the VP has a CPU. */
static bool tsc_aux_loaded(const struct vp *vp)
{
	uint32_t r[4];

	cpuid(0x80000001, 0, r);
	return this_cpu()->current == vp && (r[3] & BIT(27));
}

bool msr_child_read(struct vp *vp, uint32_t msr, uint64_t *value, bool *known)
{
	const uint64_t *kept = slot(vp, msr);

	if (kept) {
		*value = *kept;
		return true;
	}
	if (is_lapic(msr))
		return lapic_rdmsr(vp, msr, value);
	switch (msr) {
	case MSR_TSC:
		*value = rdtsc() + vp->vmcb->tsc_offset;
		return true;
	case MSR_TSC_ADJUST:
		*value = vp->msrs->tsc_adjust;
		return true;
	case MSR_TSC_AUX:
		*value = tsc_aux_loaded(vp) ? rdmsr(MSR_TSC_AUX) : vp->tsc_aux;
		return true;
	case MSR_MTRR_CAP:
		*value = MTRR_CAP;
		return true;
	case MSR_DE_CFG:
		*value = DE_CFG_LFENCE;
		return true;
	case MSR_PATCH_LEVEL:
	case MSR_MCG_CAP:
	case MSR_SYSCFG:
	case MSR_NB_CFG:
	case MSR_OSVW_LENGTH:
	case MSR_OSVW_STATUS:
	case MSR_LS_CFG:
		*value = 0;
		return true;
	default:
		*known = false;
		return false;
	}
}

static void write_tsc(struct vp *vp, uint64_t value)
{
	vp->vmcb->tsc_offset = value - rdtsc();
	lapic_timer_tsc_moved(vp);
	reference_tsc_update(vp->partition);
}

bool msr_child_write(struct vp *vp, uint32_t msr, uint64_t value, bool *known)
{
	uint64_t *kept = slot(vp, msr);

	if (kept) {
		if (!value_ok(msr, value))
			return false;
		*kept = value;
		return true;
	}
	if (is_lapic(msr))
		return lapic_wrmsr(vp, msr, value);
	switch (msr) {
	case MSR_TSC:
		write_tsc(vp, value);
		return true;
	case MSR_TSC_ADJUST:
		vp->vmcb->tsc_offset += value - vp->msrs->tsc_adjust;
		vp->msrs->tsc_adjust = value;
		lapic_timer_tsc_moved(vp);
		reference_tsc_update(vp->partition);
		return true;
	case MSR_TSC_AUX:
		if (value >> 32)
			return false;
		vp->tsc_aux = value;
		if (tsc_aux_loaded(vp))
			wrmsr(MSR_TSC_AUX, value);
		return true;
	/* Accepted and without effect: nothing here depends on them. */
	case MSR_PRED_CMD:
	case MSR_PATCH_LEVEL:
	case MSR_SYSCFG:
	case MSR_NB_CFG:
	case MSR_LS_CFG:
	case MSR_DE_CFG:
		return true;
	case MSR_MTRR_CAP:
	case MSR_MCG_CAP:
		return false;
	default:
		*known = false;
		return false;
	}
}
