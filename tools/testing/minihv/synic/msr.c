// SPDX-License-Identifier: GPL-2.0-only
/* The SynIC's MSRs and pages (TLFS 11.8). */
#include "synic/synic.h"

#define ENABLE		1ull
#define GPA(value)	((value) & PAGE_MASK)
#define LOW_BITS	(PAGE_SIZE - 1)

/* Parents find the pages that the hypervisor supplies at the page's own address. */
static bool show(struct vp *vp, void *page)
{
	return npt_map(&vp->partition->npt, va_to_pa(page), va_to_pa(page), PAGE_SIZE,
		       NPT_READ | NPT_WRITE, PAGE_SIZE, NULL);
}

bool synic_init(struct vp *vp)
{
	struct pool *pool = vp_pool(vp->partition);
	bool root = vp->partition->type == PARTITION_ROOT;
	struct synic *s = &vp->synic;
	unsigned int i;

	for (i = 0; i < SYNIC_SINTS; i++) {
		list_init(&s->queue[i]);
		s->sint[i] = HV_SYNIC_SINT_MASKED;
	}
	timer_setup(&s->hold, synic_hold_over);
	s->own_simp = pool_alloc(pool);
	s->own_siefp = pool_alloc(pool);
	s->own_sirbp = root ? pool_alloc(pool) : NULL;
	if (s->own_simp && s->own_siefp && (s->own_sirbp || !root) &&
	    (partition_is_child(vp->partition) ||
	     (show(vp, s->own_simp) && show(vp, s->own_siefp) &&
	      (!root || show(vp, s->own_sirbp)))))
		return true;
	pool_free(pool, s->own_simp);
	pool_free(pool, s->own_siefp);
	pool_free(pool, s->own_sirbp);
	return false;
}

void synic_destroy(struct vp *vp)
{
	struct pool *pool = vp_pool(vp->partition);
	struct synic *s = &vp->synic;

	timer_cancel(&s->hold);
	timer_wait(&s->hold);
	pool_free(pool, s->own_simp);
	pool_free(pool, s->own_siefp);
	pool_free(pool, s->own_sirbp);
}

/* Value of a page's MSR as the guest reads it. */
static uint64_t page_value(const struct vp *vp, uint64_t value, const void *own)
{
	if (partition_is_child(vp->partition) || !own)
		return value;
	return va_to_pa(own) | (value & LOW_BITS);
}

bool synic_rdmsr(struct vp *vp, uint32_t msr, uint64_t *value)
{
	struct synic *s = &vp->synic;

	switch (msr) {
	case HV_X64_MSR_SCONTROL:
		*value = s->scontrol;
		return true;
	case HV_X64_MSR_SVERSION:
		*value = HV_SYNIC_VERSION_1;
		return true;
	case HV_X64_MSR_SIEFP:
		*value = page_value(vp, s->siefp, s->own_siefp);
		return true;
	case HV_X64_MSR_SIMP:
		*value = page_value(vp, s->simp, s->own_simp);
		return true;
	case HV_X64_MSR_EOM:
		*value = 0;
		return true;
	case HV_X64_MSR_SIRBP:
		*value = page_value(vp, s->sirbp, s->own_sirbp);
		return !partition_is_child(vp->partition);
	case HV_X64_MSR_SINT0 ... HV_X64_MSR_SINT15:
		*value = s->sint[msr - HV_X64_MSR_SINT0];
		return true;
	default:
		return false;
	}
}

/* Set MSR value and page under the SynIC's lock; deliver what could not be before. */
static void set_page(struct vp *vp, uint64_t *msr, uint64_t value, void **place, void *page)
{
	spin_lock(&vp->synic.lock);
	*msr = value;
	*place = value & ENABLE ? page : NULL;
	spin_unlock(&vp->synic.lock);
	synic_deliver(vp);
}

/*
 * A page that the hypervisor has: in a child it is placed over the GPA, in root
 * and L1VH it has a place already, and is empty when it is enabled.
 */
static bool write_own_page(struct vp *vp, uint64_t *msr, uint64_t value, void **place,
			   void *page, struct overlay *o)
{
	if (partition_is_child(vp->partition)) {
		if (!vp_place_page(vp, o, page, value, NPT_READ | NPT_WRITE))
			return false;
	} else if ((value & ENABLE) && !*place) {
		memset(page, 0, PAGE_SIZE);
	}
	set_page(vp, msr, value, place, page);
	return true;
}

/* The event ring of root is the hypervisor's page, that of L1VH the guest's. */
static bool write_sirbp(struct vp *vp, uint64_t value)
{
	struct synic *s = &vp->synic;
	void *page = s->own_sirbp;

	if (partition_is_child(vp->partition))
		return false;
	if (!page && (value & ENABLE)) {
		page = vp_gpa(vp, GPA(value), NPT_READ | NPT_WRITE);
		if (!page)
			return false;
	}
	set_page(vp, &s->sirbp, value, &s->sirbp_page, page);
	return true;
}

static bool write_sint(struct vp *vp, unsigned int sint, uint64_t value)
{
	union hv_synic_sint v = { .as_uint64 = value };

	if (v.vector < HV_SYNIC_FIRST_VALID_VECTOR && !v.masked && !v.polling)
		return false;
	spin_lock(&vp->synic.lock);
	vp->synic.sint[sint] = value;
	spin_unlock(&vp->synic.lock);
	synic_deliver(vp);
	return true;
}

bool synic_wrmsr(struct vp *vp, uint32_t msr, uint64_t value)
{
	struct synic *s = &vp->synic;

	switch (msr) {
	case HV_X64_MSR_SCONTROL:
		s->scontrol = value;
		synic_deliver(vp);
		return true;
	case HV_X64_MSR_SIEFP:
		return write_own_page(vp, &s->siefp, value, &s->siefp_page, s->own_siefp,
				      &vp->msrs->siefp);
	case HV_X64_MSR_SIMP:
		return write_own_page(vp, &s->simp, value, &s->simp_page, s->own_simp,
				      &vp->msrs->simp);
	case HV_X64_MSR_EOM:
		synic_deliver(vp);
		return true;
	case HV_X64_MSR_SIRBP:
		return write_sirbp(vp, value);
	case HV_X64_MSR_SINT0 ... HV_X64_MSR_SINT15:
		return write_sint(vp, msr - HV_X64_MSR_SINT0, value);
	default:
		return false;
	}
}
