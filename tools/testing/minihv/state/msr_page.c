// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs that place a page: hypercall page, reference TSC page, VP assist page. In
 * root the hypervisor says where they are; L1VH and children say so themselves.
 */
#include "state/msr.h"

#define LOW_BITS	(PAGE_SIZE - 1)

#define HYPERCALL_ACCESS	(NPT_READ | NPT_EXEC)
#define ASSIST_ACCESS		(NPT_READ | NPT_WRITE)

bool msr_is_page(uint32_t msr)
{
	return msr == HV_X64_MSR_HYPERCALL || msr == HV_X64_MSR_REFERENCE_TSC ||
	       msr == HV_X64_MSR_VP_ASSIST_PAGE;
}

/*
 * Root finds the page at its own address, from the moment it is told of it: Linux
 * may touch the VP assist page before it has enabled it.
 */
static bool place(struct vp *vp, struct overlay *o, void *page, uint64_t *value,
		  uint32_t access)
{
	if (vp->partition->type != PARTITION_ROOT)
		return vp_place_page(vp, o, page, *value, access);
	*value = va_to_pa(page) | (*value & LOW_BITS);
	return true;
}

static bool show_to_root(struct partition *p, void *page, uint32_t access)
{
	bool ok;

	spin_lock(&p->lock);
	ok = npt_map(&p->npt, va_to_pa(page), va_to_pa(page), PAGE_SIZE, access, PAGE_SIZE, NULL);
	spin_unlock(&p->lock);
	return ok;
}

/* A page of @vp's partition that is made when first used; NULL: no memory. */
static void *page_of(struct vp *vp, void **page, uint32_t access)
{
	struct pool *pool = vp_pool(vp->partition);
	void *made, *none = NULL;

	if (__atomic_load_n(page, __ATOMIC_ACQUIRE))
		return *page;
	made = pool_alloc(pool);
	if (!made) {
		pool_give_back(pool, &vp->msrs->reserve);
		made = pool_alloc(pool);
	}
	if (!made)
		return NULL;
	/* Two VPs may make one that is for all of them at once. */
	if ((vp->partition->type == PARTITION_ROOT && !show_to_root(vp->partition, made, access)) ||
	    !__atomic_compare_exchange_n(page, &none, made, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE))
		pool_free(pool, made);
	return *page;
}

/* VMMCALL; RET. Linux calls it in 64-bit mode, and others in either mode. */
static const uint8_t hypercall_code[] = { 0x0f, 0x01, 0xd9, 0xc3 };

static bool write_hypercall(struct vp *vp, uint64_t value)
{
	struct partition *p = vp->partition;

	if (p->hypercall_msr & HV_X64_MSR_HYPERCALL_LOCKED)
		return true;
	if (!p->guest_os_id)
		value &= ~(uint64_t)HV_X64_MSR_HYPERCALL_ENABLE;
	if (!page_of(vp, &p->hypercall_page, HYPERCALL_ACCESS))
		return false;
	memcpy(p->hypercall_page, hypercall_code, sizeof(hypercall_code));
	if (!place(vp, &p->hypercall_overlay, p->hypercall_page, &value, HYPERCALL_ACCESS))
		return false;
	p->hypercall_msr = value;
	return true;
}

/*
 * Guests compute ((tsc * scale) >> 64) + offset with their own TSC, so its offset
 * from the machine's is part of the page's. All VPs of a partition share the page
 * and are taken to share the TSC.
 */
static void fill_reference_tsc(struct partition *p)
{
	struct ms_hyperv_tsc_page *page = p->reference_tsc_page;
	const struct vp *vp = p->vps[0];
	int64_t tsc = vp ? vp->vmcb->tsc_offset : 0;
	uint64_t scale = time_tsc_scale();
	int64_t ahead = ((__int128)tsc * scale) >> 64;

	page->tsc_sequence = 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	page->tsc_scale = scale;
	page->tsc_offset = time_tsc_offset() - p->time_offset - ahead;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* Frozen time can't be computed: the MSR tells it. */
	if (p->frozen_at == ~0ull)
		page->tsc_sequence = 1;
}

void reference_tsc_update(struct partition *p)
{
	if (p->reference_tsc_page)
		fill_reference_tsc(p);
}

static bool write_reference_tsc(struct vp *vp, uint64_t value)
{
	struct partition *p = vp->partition;

	if (!page_of(vp, &p->reference_tsc_page, NPT_READ))
		return false;
	fill_reference_tsc(p);
	if (!place(vp, &p->reference_tsc_overlay, p->reference_tsc_page, &value, NPT_READ))
		return false;
	p->reference_tsc_msr = value;
	return true;
}

static bool write_assist(struct vp *vp, uint64_t value)
{
	if (!page_of(vp, &vp->msrs->assist_page, ASSIST_ACCESS))
		return false;
	if (!place(vp, &vp->msrs->assist, vp->msrs->assist_page, &value, ASSIST_ACCESS))
		return false;
	vp->vp_assist_msr = value;
	return true;
}

/* Root reads the address before it enables the page. */
static bool root_address(struct vp *vp, void **page, uint64_t *value, uint32_t access)
{
	if (vp->partition->type != PARTITION_ROOT)
		return true;
	if (!page_of(vp, page, access))
		return false;
	*value = va_to_pa(*page) | (*value & LOW_BITS);
	return true;
}

bool msr_page_read(struct vp *vp, uint32_t msr, uint64_t *value)
{
	struct partition *p = vp->partition;

	switch (msr) {
	case HV_X64_MSR_HYPERCALL:
		*value = p->hypercall_msr;
		return root_address(vp, &p->hypercall_page, value, HYPERCALL_ACCESS);
	case HV_X64_MSR_REFERENCE_TSC:
		*value = p->reference_tsc_msr;
		return root_address(vp, &p->reference_tsc_page, value, NPT_READ);
	default:
		*value = vp->vp_assist_msr;
		return root_address(vp, &vp->msrs->assist_page, value, ASSIST_ACCESS);
	}
}

bool msr_page_write(struct vp *vp, uint32_t msr, uint64_t value)
{
	switch (msr) {
	case HV_X64_MSR_HYPERCALL:
		return write_hypercall(vp, value);
	case HV_X64_MSR_REFERENCE_TSC:
		return write_reference_tsc(vp, value);
	default:
		return write_assist(vp, value);
	}
}
