// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages through which a parent sees a VP: registers, intercept message. The
 * hypervisor's page is one of the child's pool that the parent deposited; or, for
 * L1VH, one that the parent gives.
 */
#include "state/page.h"
#include "lapic/lapic.h"
#include "state/regs.h"

#define ALL_CLASSES \
	(BIT(HV_X64_REGISTER_CLASS_GENERAL) | BIT(HV_X64_REGISTER_CLASS_IP) | \
	 BIT(HV_X64_REGISTER_CLASS_XMM) | BIT(HV_X64_REGISTER_CLASS_SEGMENT) | \
	 BIT(HV_X64_REGISTER_CLASS_FLAGS))
#define PAGE_SEGMENTS	6
#define PAGE_XMM	6

static bool is_dirty(uint32_t dirty, unsigned int reg_class)
{
	return dirty & BIT(reg_class);
}

static uint64_t get64(struct vp *vp, uint32_t name)
{
	union hv_register_value v = { 0 };

	reg_get(vp, name, &v);
	return v.reg64;
}

static void fill_control(struct vp *vp, struct hv_vp_register_page *page)
{
	page->cr0 = get64(vp, HV_X64_REGISTER_CR0);
	page->cr3 = get64(vp, HV_X64_REGISTER_CR3);
	page->cr4 = get64(vp, HV_X64_REGISTER_CR4);
	page->cr8 = get64(vp, HV_X64_REGISTER_CR8);
	page->efer = get64(vp, HV_X64_REGISTER_EFER);
	page->dr7 = get64(vp, HV_X64_REGISTER_DR7);
	page->pending_interruption.as_uint64 = get64(vp, HV_REGISTER_PENDING_INTERRUPTION);
	page->interrupt_state.as_uint64 = get64(vp, HV_REGISTER_INTERRUPT_STATE);
	page->xfem = get64(vp, HV_X64_REGISTER_XFEM);
}

/* What the parent has already changed stays as it is until the next entry. */
void statepage_fill(struct vp *vp)
{
	struct hv_vp_register_page *page = vp->register_page;
	uint32_t dirty, i;

	if (!page)
		return;
	dirty = page->dirty;
	if (!is_dirty(dirty, HV_X64_REGISTER_CLASS_GENERAL))
		for (i = 0; i < 16; i++)
			page->gp_registers[i] = get64(vp, HV_X64_REGISTER_RAX + i);
	if (!is_dirty(dirty, HV_X64_REGISTER_CLASS_IP))
		page->rip = vp->vmcb->rip;
	if (!is_dirty(dirty, HV_X64_REGISTER_CLASS_FLAGS))
		page->rflags = vp->vmcb->rflags;
	for (i = 0; !is_dirty(dirty, HV_X64_REGISTER_CLASS_XMM) && i < PAGE_XMM; i++) {
		union hv_register_value v;

		reg_get(vp, HV_X64_REGISTER_XMM0 + i, &v);
		page->xmm_registers[i] = v.reg128;
	}
	for (i = 0; !is_dirty(dirty, HV_X64_REGISTER_CLASS_SEGMENT) && i < PAGE_SEGMENTS; i++) {
		union hv_register_value v;

		reg_get(vp, HV_X64_REGISTER_ES + i, &v);
		page->segment_registers[i] = v.segment;
	}
	fill_control(vp, page);
	page->version = HV_VP_REGISTER_PAGE_VERSION_1;
	__atomic_store_n(&page->isvalid, 1, __ATOMIC_RELEASE);
}

/* The parent may write while this runs: each value is read once, bad ones are refused. */
void statepage_flush(struct vp *vp)
{
	struct hv_vp_register_page *page = vp->register_page;
	uint32_t dirty, i;

	if (!page)
		return;
	dirty = __atomic_exchange_n(&page->dirty, 0, __ATOMIC_ACQUIRE) & ALL_CLASSES;
	for (i = 0; i < 18; i++) {
		union hv_register_value v = { .reg64 = page->registers[i] };
		unsigned int reg_class = i < 16 ? HV_X64_REGISTER_CLASS_GENERAL :
					 i == 16 ? HV_X64_REGISTER_CLASS_IP :
						   HV_X64_REGISTER_CLASS_FLAGS;

		if (is_dirty(dirty, reg_class))
			reg_set(vp, HV_X64_REGISTER_RAX + i, &v);
	}
	for (i = 0; is_dirty(dirty, HV_X64_REGISTER_CLASS_XMM) && i < PAGE_XMM; i++) {
		union hv_register_value v = { .reg128 = page->xmm_registers[i] };

		reg_set(vp, HV_X64_REGISTER_XMM0 + i, &v);
	}
	for (i = 0; is_dirty(dirty, HV_X64_REGISTER_CLASS_SEGMENT) && i < PAGE_SEGMENTS; i++) {
		union hv_register_value v = { .segment = page->segment_registers[i] };

		reg_set(vp, HV_X64_REGISTER_ES + i, &v);
	}
	page->isvalid = 0;
}

void statepage_scan_interrupts(struct vp *vp)
{
	union hv_vp_register_page_interrupt_vectors v;
	uint32_t i;

	if (!vp->register_page)
		return;
	v.as_uint64 = __atomic_exchange_n(&vp->register_page->interrupt_vectors.as_uint64, 0,
					  __ATOMIC_ACQ_REL);
	for (i = 0; i < MIN(v.vector_count, HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT); i++)
		lapic_set_irr(vp, v.vector[i], false);
}

static void **slot_of(struct vp *vp, uint32_t type)
{
	switch (type) {
	case HV_VP_STATE_PAGE_REGISTERS:
		return (void **)&vp->register_page;
	case HV_VP_STATE_PAGE_INTERCEPT_MESSAGE:
		return (void **)&vp->intercept_page;
	default:
		return NULL;
	}
}

/* A page that the parent gave is not one of the pool. */
static bool provided_page(const struct vp *vp, uint32_t type)
{
	return vp->provided_pages & BIT(type);
}

/* @vp is paused, so that nobody else maps or unmaps it. */
static uint16_t map_paused(struct partition *caller, struct vp *vp, uint32_t type, bool provided,
			   uint64_t gpfn, uint64_t *location)
{
	void **slot = slot_of(vp, type), *page;

	if (*slot)
		return HV_STATUS_OBJECT_IN_USE;
	if (provided)
		page = npt_gpa_to_va(&caller->npt, gpfn << PAGE_SHIFT, NPT_READ | NPT_WRITE);
	else
		page = pool_alloc(&vp->partition->pool);
	if (!page)
		return provided ? HV_STATUS_INVALID_PARAMETER : HV_STATUS_INSUFFICIENT_MEMORY;
	if (provided) {
		memset(page, 0, PAGE_SIZE);
		vp->provided_pages |= BIT(type);
	} else {
		spin_lock(&caller->lock);
		partition_show_page(caller, va_to_pa(page));
		spin_unlock(&caller->lock);
	}
	*slot = page;
	if (type == HV_VP_STATE_PAGE_REGISTERS)
		statepage_fill(vp);
	*location = provided ? gpfn : va_to_pa(page) >> PAGE_SHIFT;
	return HV_STATUS_SUCCESS;
}

uint16_t statepage_map(struct partition *caller, struct vp *vp, uint32_t type, bool provided,
		       uint64_t gpfn, uint64_t *location)
{
	uint16_t status;

	if (!slot_of(vp, type) || (provided && caller->type != PARTITION_L1VH))
		return HV_STATUS_INVALID_PARAMETER;
	vp_pause(vp);
	status = map_paused(caller, vp, type, provided, gpfn, location);
	vp_resume(vp);
	return status;
}

uint16_t statepage_unmap(struct partition *caller, struct vp *vp, uint32_t type)
{
	void **slot = slot_of(vp, type), *page;
	bool provided;
	uint64_t pa;

	if (!slot)
		return HV_STATUS_INVALID_PARAMETER;
	vp_pause(vp);
	page = *slot;
	*slot = NULL;
	provided = provided_page(vp, type);
	vp->provided_pages &= ~BIT(type);
	vp_resume(vp);
	if (!page)
		return HV_STATUS_INVALID_PARAMETER;
	if (provided)
		return HV_STATUS_SUCCESS;
	spin_lock(&caller->lock);
	if (!partition_take_page(caller, va_to_pa(page), &pa))
		hv_fatal("state page at 0x%lx is not shown any more", va_to_pa(page));
	cpu_flush_partition(caller);
	spin_unlock(&caller->lock);
	pool_free(&vp->partition->pool, page);
	return HV_STATUS_SUCCESS;
}
