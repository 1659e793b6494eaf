// SPDX-License-Identifier: GPL-2.0-only
/* The guest's own page tables (APM vol. 2, chapter 5): no paging, 32-bit, PAE, long mode. */
#include "vp/gva.h"

#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_U		BIT(2)
#define PTE_A		BIT(5)
#define PTE_D		BIT(6)
#define PTE_PS		BIT(7)
#define PTE_NX		BIT(63)
#define PTE_ADDR	0x000ffffffffff000ull
#define CR4_PSE		BIT(4)
#define PDPT_ALIGN	0x1full

struct walk {
	struct vp *vp;
	uint64_t gva;
	uint32_t flags;
	unsigned int entry_size;	/* 4 or 8 bytes */
	unsigned int index_bits;	/* 10 or 9 */
	uint64_t effective;		/* rights that all levels grant: PTE_W, PTE_U */
	uint64_t denied;		/* PTE_NX once any level forbids execution */
};

static bool nx_enabled(const struct vmcb *v)
{
	return v->efer & EFER_NXE;
}

static bool is_user(const struct walk *w)
{
	if (w->flags & HV_TRANSLATE_GVA_USER_ACCESS)
		return true;
	if (w->flags & HV_TRANSLATE_GVA_SUPERVISOR_ACCESS)
		return false;
	return w->vp->vmcb->cpl == 3;
}

static uint32_t check_rights(const struct walk *w)
{
	const struct vmcb *v = w->vp->vmcb;
	bool user = is_user(w);

	if (w->flags & HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT)
		return HV_TRANSLATE_GVA_SUCCESS;
	if (user && !(w->effective & PTE_U))
		return HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION;
	if ((w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE) && !(w->effective & PTE_W) &&
	    (user || (v->cr0 & CR0_WP)))
		return HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION;
	if ((w->flags & HV_TRANSLATE_GVA_VALIDATE_EXECUTE) && nx_enabled(v) && w->denied)
		return HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION;
	return HV_TRANSLATE_GVA_SUCCESS;
}

static void *entry_at(struct walk *w, uint64_t table, unsigned int shift)
{
	uint64_t index = (w->gva >> shift) & (BIT(w->index_bits) - 1);

	return vp_gpa(w->vp, table + index * w->entry_size, NPT_READ);
}

static uint64_t read_entry(const struct walk *w, const void *entry)
{
	return w->entry_size == 8 ? *(const uint64_t *)entry : *(const uint32_t *)entry;
}

static void set_bits(const struct walk *w, void *entry, bool last)
{
	uint32_t bits = PTE_A;

	if (!(w->flags & HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS))
		return;
	if (last && (w->flags & HV_TRANSLATE_GVA_VALIDATE_WRITE))
		bits |= PTE_D;
	__atomic_fetch_or((uint32_t *)entry, bits, __ATOMIC_RELAXED);
}

/* Are there large pages at this level? */
static bool large_allowed(const struct walk *w, unsigned int level)
{
	if (w->entry_size == 4)
		return level == 2 && (w->vp->vmcb->cr4 & CR4_PSE);
	return level == 2 || (level == 3 && (w->vp->vmcb->efer & EFER_LMA));
}

static uint64_t large_base(const struct walk *w, uint64_t e, uint64_t size)
{
	/* 4 MiB pages keep address bits 32-39 in bits 13-20 (PSE-36). */
	if (w->entry_size == 4)
		return (e & 0xffc00000) | (e & 0x1fe000) << 19;
	return e & PTE_ADDR & ~(size - 1);
}

static uint32_t walk_tables(struct walk *w, uint64_t table, unsigned int levels, uint64_t *gpa)
{
	unsigned int level;

	for (level = levels; level; level--) {
		unsigned int shift = PAGE_SHIFT + w->index_bits * (level - 1);
		bool pdpt = levels == 3 && level == 3;	/* PAE: no rights in there */
		void *entry = entry_at(w, table, shift);
		bool last;
		uint64_t e;

		if (!entry)
			return HV_TRANSLATE_GVA_GPA_UNMAPPED;
		e = read_entry(w, entry);
		if (!(e & PTE_P))
			return HV_TRANSLATE_GVA_PAGE_NOT_PRESENT;
		if (!pdpt) {
			w->effective &= e;
			w->denied |= e & PTE_NX;
		}
		last = level == 1 || ((e & PTE_PS) && large_allowed(w, level));
		if (!pdpt)
			set_bits(w, entry, last);
		if (last) {
			uint64_t size = 1ull << shift;
			uint64_t base = level == 1 ? e & PTE_ADDR : large_base(w, e, size);

			*gpa = base + (w->gva & (size - 1));
			return check_rights(w);
		}
		table = e & PTE_ADDR;
	}
	return HV_TRANSLATE_GVA_PAGE_NOT_PRESENT;
}

static uint32_t check_gpa(struct vp *vp, uint64_t gpa, uint32_t flags)
{
	struct npt_entry e;

	if (!npt_lookup(&vp->partition->npt, gpa, &e))
		return HV_TRANSLATE_GVA_GPA_UNMAPPED;
	if (!(e.access & NPT_READ))
		return HV_TRANSLATE_GVA_GPA_NO_READ_ACCESS;
	if ((flags & HV_TRANSLATE_GVA_VALIDATE_WRITE) && !(e.access & NPT_WRITE))
		return HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS;
	return HV_TRANSLATE_GVA_SUCCESS;
}

uint32_t gva_translate(struct vp *vp, uint64_t gva, uint32_t flags, uint64_t *gpa)
{
	const struct vmcb *v = vp->vmcb;
	struct walk w = { .vp = vp, .gva = gva, .flags = flags, .entry_size = 8, .index_bits = 9,
			  .effective = PTE_W | PTE_U };
	uint32_t result = HV_TRANSLATE_GVA_SUCCESS;

	if (!(v->cr0 & CR0_PG)) {
		*gpa = gva;
	} else if (v->efer & EFER_LMA) {
		result = walk_tables(&w, v->cr3 & PTE_ADDR, 4, gpa);
	} else if (v->cr4 & CR4_PAE) {
		w.gva = (uint32_t)gva;
		result = walk_tables(&w, v->cr3 & 0xffffffff & ~PDPT_ALIGN, 3, gpa);
	} else {
		w.gva = (uint32_t)gva;
		w.entry_size = 4;
		w.index_bits = 10;
		result = walk_tables(&w, v->cr3 & 0xfffff000, 2, gpa);
	}
	return result == HV_TRANSLATE_GVA_SUCCESS ? check_gpa(vp, *gpa, flags) : result;
}

unsigned int gva_fetch(struct vp *vp, uint8_t *bytes, unsigned int size)
{
	const struct vmcb *v = vp->vmcb;
	bool wide = (v->efer & EFER_LMA) && (v->cs.attrib & SEG_ATTR_L);
	unsigned int n;

	for (n = 0; n < size; n++) {
		uint64_t gva = wide ? v->rip + n : (uint32_t)(v->cs.base + v->rip + n), gpa;
		const uint8_t *at;

		if (gva_translate(vp, gva, HV_TRANSLATE_GVA_VALIDATE_EXECUTE, &gpa))
			break;
		at = vp_gpa(vp, gpa, NPT_READ);
		if (!at)
			break;
		bytes[n] = *at;
	}
	return n;
}

unsigned int vp_fetch(struct vp *vp, uint8_t *bytes, unsigned int size)
{
	unsigned int n;

	spin_lock(&vp->partition->lock);
	n = gva_fetch(vp, bytes, size);
	spin_unlock(&vp->partition->lock);
	return n;
}

enum decode_mode vp_decode_mode(const struct vmcb *v)
{
	if ((v->efer & EFER_LMA) && (v->cs.attrib & SEG_ATTR_L))
		return MODE_64;
	return v->cs.attrib & SEG_ATTR_DB ? MODE_32 : MODE_16;
}
