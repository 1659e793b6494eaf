// SPDX-License-Identifier: GPL-2.0-only
/* MSR accesses of root and children: who answers them, and which of them exit. */
#include "state/msr.h"
#include "lapic/lapic.h"

#define MSR_HV_FIRST	0x40000000
#define MSR_HV_END	0x40000200
#define MSR_IGNNE	0xc0010115
#define MAP_PAGES	2
#define RESERVE		(3 + 5 * 2)

/* Values at reset. */
#define PAT_DEFAULT		0x0007040600070406ull
#define MISC_ENABLE_DEFAULT	BIT(0)	/* fast strings */

#define EFER_WRITABLE	(EFER_SCE | EFER_LME | EFER_NXE | EFER_FFXSR)

static uint64_t efer_of(const struct vp *vp)
{
	return vp->vmcb->efer & ~(uint64_t)EFER_SVME;
}

/* LMA follows LME when paging is on; LME can't change then (APM vol. 2, 14.6). */
static bool write_efer(struct vp *vp, uint64_t value)
{
	uint64_t old = vp->vmcb->efer;

	value &= ~(uint64_t)EFER_LMA;
	if (value & ~(uint64_t)EFER_WRITABLE)
		return false;
	if ((vp->vmcb->cr0 & CR0_PG) && ((value ^ old) & EFER_LME))
		return false;
	vp->vmcb->efer = value | (old & EFER_LMA) | EFER_SVME;
	return true;
}

/*
 * Root has the real local APICs, in xAPIC mode as the hypervisor needs them. The
 * boot processor is root VP 0's, whatever the machine says (see boot/start.c).
 */
static uint64_t root_apic_base(const struct vp *vp)
{
	uint64_t base = rdmsr(MSR_APIC_BASE) & ~LAPIC_BASE_BSP;

	return vp->index ? base : base | LAPIC_BASE_BSP;
}

static bool write_root_apic_base(const struct vp *vp, uint64_t value)
{
	if ((value ^ root_apic_base(vp)) & ~(LAPIC_BASE_ENABLED | LAPIC_BASE_BSP))
		return false;
	wrmsr(MSR_APIC_BASE, value);
	return true;
}

static bool is_svm_msr(uint32_t msr)
{
	return msr >= MSR_VM_CR && msr <= MSR_VM_HSAVE_PA;
}

static bool is_hv_msr(uint32_t msr)
{
	return msr >= MSR_HV_FIRST && msr < MSR_HV_END;
}

bool msr_get(struct vp *vp, uint32_t msr, uint64_t *value, bool *known)
{
	*known = true;
	if (msr == MSR_EFER) {
		*value = efer_of(vp);
		return true;
	}
	if (is_hv_msr(msr))
		return msr_hv_read(vp, msr, value, known);
	if (partition_is_child(vp->partition))
		return msr_child_read(vp, msr, value, known);
	if (msr == MSR_APIC_BASE) {
		*value = root_apic_base(vp);
		return true;
	}
	*known = is_svm_msr(msr);
	return false;
}

bool msr_set(struct vp *vp, uint32_t msr, uint64_t value, bool *known)
{
	*known = true;
	if (msr == MSR_EFER)
		return write_efer(vp, value);
	if (is_hv_msr(msr))
		return msr_hv_write(vp, msr, value, known);
	if (partition_is_child(vp->partition))
		return msr_child_write(vp, msr, value, known);
	if (msr == MSR_APIC_BASE)
		return write_root_apic_base(vp, value);
	*known = is_svm_msr(msr);
	return false;
}

bool msr_read(struct vp *vp, uint32_t msr, uint64_t *value, bool *known)
{
	*known = true;
	return (!is_hv_msr(msr) || msr_hv_allowed(vp, msr)) && msr_get(vp, msr, value, known);
}

bool msr_write(struct vp *vp, uint32_t msr, uint64_t value, bool *known)
{
	*known = true;
	return (!is_hv_msr(msr) || msr_hv_allowed(vp, msr)) && msr_set(vp, msr, value, known);
}

/* Two bits for each MSR: intercept reads, intercept writes (APM vol. 2, 15.11). */
static void set_intercept(uint8_t *map, uint32_t msr, bool on)
{
	uint32_t n = msr & 0x1fff;

	if (msr >= 0xc0010000)
		n += 0x4000;
	else if (msr >= 0xc0000000)
		n += 0x2000;
	if (on)
		map[n / 4] |= 3 << n % 4 * 2;
	else
		map[n / 4] &= ~(3 << n % 4 * 2);
}

static const uint32_t root_intercepts[] = {
	MSR_APIC_BASE, MSR_EFER, MSR_VM_CR, MSR_IGNNE, MSR_VM_HSAVE_PA - 1, MSR_VM_HSAVE_PA,
};

/* The CPU swaps these by itself, VMLOAD and VMSAVE included. */
static const uint32_t child_passes[] = {
	MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE, MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_SFMASK,
	MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP,
};

void *msr_permission_map(bool child)
{
	static uint8_t *maps[2];
	uint8_t *map = maps[child];
	unsigned int i;

	if (map)
		return map;
	map = hv_alloc_pages(MAP_PAGES);
	if (child) {
		memset(map, 0xff, MAP_PAGES * PAGE_SIZE);
		for (i = 0; i < ARRAY_SIZE(child_passes); i++)
			set_intercept(map, child_passes[i], false);
	} else {
		for (i = 0; i < ARRAY_SIZE(root_intercepts); i++)
			set_intercept(map, root_intercepts[i], true);
	}
	maps[child] = map;
	return map;
}

bool msrs_init(struct vp *vp)
{
	vp->msrs = pool_alloc(vp_pool(vp->partition));
	if (!vp->msrs)
		return false;
	if (partition_is_child(vp->partition) &&
	    !pool_set_aside(vp_pool(vp->partition), &vp->msrs->reserve, RESERVE)) {
		pool_free(vp_pool(vp->partition), vp->msrs);
		vp->msrs = NULL;
		return false;
	}
	vp->stats = &vp->msrs->stats;
	vp->msrs->misc_enable = MISC_ENABLE_DEFAULT;
	vp->vmcb->pat = PAT_DEFAULT;
	return true;
}

void msrs_free(struct vp *vp)
{
	struct pool *pool = vp_pool(vp->partition);

	pool_give_back(pool, &vp->msrs->reserve);
	pool_free(pool, vp->msrs->assist_page);
	pool_free(pool, vp->msrs);
	vp->msrs = NULL;
	vp->stats = NULL;
}

void msrs_destroy(struct vp *vp)
{
	struct partition *p = vp->partition;

	spin_lock(&p->lock);
	overlay_remove(p, &vp->msrs->simp);
	overlay_remove(p, &vp->msrs->siefp);
	overlay_remove(p, &vp->msrs->assist);
	spin_unlock(&p->lock);
	msrs_free(vp);
}

_Static_assert(sizeof(struct vp_msrs) <= PAGE_SIZE, "one page of the pool");
