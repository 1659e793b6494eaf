// SPDX-License-Identifier: GPL-2.0-only
/* Guest page table walk (APM vol. 2 chapter 5): 2, 3 and 4 levels. */
#include "translate.h"

#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_U		BIT(2)
#define PTE_A		BIT(5)
#define PTE_D		BIT(6)
#define PTE_PS		BIT(7)
#define PTE_NX		BIT(63)
#define PTE_ADDR	0x000ffffffffff000ull
#define CR4_PSE		BIT(4)
#define CR4_SMEP	BIT(20)
#define CR4_SMAP	BIT(21)
#define RFLAGS_AC	BIT(18)

struct walk {
	struct vp *vp;
	uint64_t gva, flags;
	bool legacy;		/* 4-byte entries */
	bool user;		/* a user access */
	/* What the levels walked so far allow. */
	bool writable, user_page, no_exec;
};

static uint64_t read_entry(const struct walk *w, const void *at)
{
	return w->legacy ? *(const uint32_t *)at : *(const uint64_t *)at;
}

static void set_bits(const struct walk *w, void *at, uint64_t bits)
{
	if (w->legacy)
		__atomic_fetch_or((uint32_t *)at, (uint32_t)bits, __ATOMIC_ACQ_REL);
	else
		__atomic_fetch_or((uint64_t *)at, bits, __ATOMIC_ACQ_REL);
}

static bool is_user(struct vp *vp, uint64_t flags)
{
	if (flags & HV_TRANSLATE_GVA_SUPERVISOR_ACCESS)
		return false;
	if (flags & HV_TRANSLATE_GVA_USER_ACCESS)
		return true;
	return vp->vmcb->cpl == 3;
}

/* Supervisor accesses to user pages that SMAP and SMEP forbid. */
static bool supervisor_denied(const struct walk *w)
{
	const struct vmcb *v = w->vp->vmcb;

	if (w->user || !w->user_page)
		return false;
	if (w->flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE)
		return v->cr4 & CR4_SMEP;
	if (!(v->cr4 & CR4_SMAP) || (w->flags & HV_TRANSLATE_GVA_OVERRIDE_SMAP))
		return false;
	return (w->flags & HV_TRANSLATE_GVA_ENFORCE_SMAP) || !(v->rflags & RFLAGS_AC);
}

static bool denied(const struct walk *w)
{
	if (w->flags & HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT)
		return false;
	if (w->user && !w->user_page)
		return true;
	if ((w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE) && !w->writable &&
	    (w->user || (w->vp->vmcb->cr0 & CR0_WP)))
		return true;
	if ((w->flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE) && w->no_exec)
		return true;
	return supervisor_denied(w);
}

static enum hv_translate_gva_result_code check_gpa(const struct walk *w, uint64_t gpa)
{
	struct npt_entry e;

	if (!npt_lookup(&w->vp->partition->npt, gpa, &e))
		return HV_TRANSLATE_GVA_GPA_UNMAPPED;
	if (!(e.access & NPT_READ))
		return HV_TRANSLATE_GVA_GPA_NO_READ_ACCESS;
	if ((w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE) && !(e.access & NPT_WRITE))
		return HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS;
	return HV_TRANSLATE_GVA_SUCCESS;
}

/*
 * One level: entry of @gva in the table at @table, which maps 1 << @shift bytes.
 * *next: where the entry points to; *leaf: that is the page.
 */
static enum hv_translate_gva_result_code step(struct walk *w, uint64_t table,
					      unsigned int shift, uint64_t *next, bool *leaf)
{
	unsigned int entry_size = w->legacy ? 4 : 8, index_bits = w->legacy ? 10 : 9;
	uint64_t at = table + ((w->gva >> shift) & (BIT(index_bits) - 1)) * entry_size;
	uint64_t pte, bits = PTE_A;
	uint8_t *page;

	page = vp_gpa(w->vp, at, NPT_READ);
	if (!page) {
		struct npt_entry e;

		return npt_lookup(&w->vp->partition->npt, at, &e) ?
			HV_TRANSLATE_GVA_GPA_NO_READ_ACCESS : HV_TRANSLATE_GVA_GPA_UNMAPPED;
	}
	pte = read_entry(w, page);
	if (!(pte & PTE_P))
		return HV_TRANSLATE_GVA_PAGE_NOT_PRESENT;
	if (!w->legacy && (pte & PTE_NX) && !(w->vp->vmcb->efer & EFER_NXE))
		return HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS;
	w->writable &= !!(pte & PTE_W);
	w->user_page &= !!(pte & PTE_U);
	w->no_exec |= !w->legacy && (pte & PTE_NX);
	*leaf = shift == PAGE_SHIFT ||
		(shift <= 30 && (pte & PTE_PS) && (!w->legacy || (w->vp->vmcb->cr4 & CR4_PSE)));
	*next = pte & PTE_ADDR;
	if (*leaf)
		*next &= ~(BIT(shift) - 1);
	if (*leaf && denied(w))
		return HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION;
	if (*leaf && (w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE))
		bits |= PTE_D;
	if (w->flags & HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS)
		set_bits(w, page, bits);
	return HV_TRANSLATE_GVA_SUCCESS;
}

/* CR3 under PAE points to four entries that have no permissions. */
static enum hv_translate_gva_result_code pae_root(struct walk *w, uint64_t *table)
{
	uint64_t at = (*table & ~0x1full) + (w->gva >> 30 & 3) * 8;
	const uint64_t *entry = vp_gpa(w->vp, at, NPT_READ);

	if (!entry)
		return HV_TRANSLATE_GVA_GPA_UNMAPPED;
	if (!(*entry & PTE_P))
		return HV_TRANSLATE_GVA_PAGE_NOT_PRESENT;
	*table = *entry & PTE_ADDR;
	return HV_TRANSLATE_GVA_SUCCESS;
}

static enum hv_translate_gva_result_code walk(struct walk *w, uint64_t *gpa)
{
	const struct vmcb *v = w->vp->vmcb;
	enum hv_translate_gva_result_code result;
	uint64_t table = v->cr3;
	unsigned int shift;
	bool leaf = false;

	if (v->efer & EFER_LMA) {
		shift = 39;
		table &= PTE_ADDR;
		if ((int64_t)(w->gva << 16) >> 16 != (int64_t)w->gva)
			return HV_TRANSLATE_GVA_PAGE_NOT_PRESENT;
	} else if (v->cr4 & CR4_PAE) {
		shift = 21;
		table = (uint32_t)table;
		result = pae_root(w, &table);
		if (result != HV_TRANSLATE_GVA_SUCCESS)
			return result;
	} else {
		shift = 22;
		table = (uint32_t)table & PTE_ADDR;
		w->legacy = true;
	}
	for (;; shift -= w->legacy ? 10 : 9) {
		result = step(w, table, shift, &table, &leaf);
		if (result != HV_TRANSLATE_GVA_SUCCESS)
			return result;
		if (leaf)
			break;
	}
	*gpa = table | (w->gva & (BIT(shift) - 1));
	return HV_TRANSLATE_GVA_SUCCESS;
}

enum hv_translate_gva_result_code translate_gva(struct vp *vp, uint64_t gva, uint64_t flags,
						uint64_t *gpa)
{
	struct walk w = {
		.vp = vp, .gva = gva, .flags = flags, .user = is_user(vp, flags),
		.writable = true, .user_page = true,
	};
	enum hv_translate_gva_result_code result = HV_TRANSLATE_GVA_SUCCESS;

	if (!(vp->vmcb->efer & EFER_LMA))
		w.gva = (uint32_t)gva;
	if (vp->vmcb->cr0 & CR0_PG)
		result = walk(&w, gpa);
	else
		*gpa = w.gva;
	return result == HV_TRANSLATE_GVA_SUCCESS ? check_gpa(&w, *gpa) : result;
}

unsigned int translate_fetch(struct vp *vp, uint8_t *bytes, unsigned int max)
{
	const struct vmcb *v = vp->vmcb;
	bool long_mode = (v->efer & EFER_LMA) && (v->cs.attrib & SEG_ATTR_L);
	uint64_t at = long_mode ? v->rip : (uint32_t)(v->cs.base + v->rip);
	unsigned int n = 0, chunk;
	uint64_t gpa;

	while (n < max) {
		const uint8_t *page;

		if (translate_gva(vp, at, HV_TRANSLATE_GVA_VALIDATE_EXECUTE, &gpa) !=
		    HV_TRANSLATE_GVA_SUCCESS)
			break;
		page = vp_gpa(vp, gpa, NPT_READ);
		if (!page)
			break;
		chunk = MIN(max - n, (unsigned int)(PAGE_SIZE - (gpa & ~PAGE_MASK)));
		memcpy(bytes + n, page, chunk);
		n += chunk;
		at += chunk;
	}
	return n;
}
