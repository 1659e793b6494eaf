// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_VP_TRANSLATE_GVA: where a linear address of the guest leads.
 *
 * The hypervisor walks the guest's page tables, and says where that ends. Where it meets
 * memory that is not populated it cannot go on, and does not say which page it lacked. Then
 * we walk them, too, which brings in what they lie in, and let it try again. What the walk
 * finds serves for nothing else: rights are the hypervisor's affair.
 */
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>

#include "hvcall.h"
#include "region.h"
#include "vp.h"

/* What the result says in its lowest 32 bits. */
enum {
	GVA_SUCCESS,
	GVA_PAGE_NOT_PRESENT,
	GVA_PRIVILEGE_VIOLATION,
	GVA_INVALID_PAGE_TABLE_FLAGS,
	GVA_GPA_UNMAPPED,
	GVA_GPA_NO_READ_ACCESS,
	GVA_GPA_NO_WRITE_ACCESS,
};

#define GVA_VALIDATE_WRITE		BIT(1)
#define GVA_SET_PAGE_TABLE_BITS		BIT(4)

/* Each walk brings in all; the host may take something away in between. */
#define TRIES_MAX	8

/* Bits of an entry. */
#define ENTRY_PRESENT	BIT(0)
#define ENTRY_LARGE	BIT(7)
#define ENTRY_ADDRESS	GENMASK_ULL(51, 12)

/**
 * struct walk - through the page tables of a guest
 * @pt: its partition
 * @gva: where to
 * @table: of the level that is next
 * @level: which that is, 1 is the last; 0: there are no tables
 * @long_mode: entries of level 3 can be pages
 * @large: entries of level 2 can be
 * @index_bits: of the address, for each level
 * @entry_size: in bytes
 * @table_access: what the hypervisor does to tables, enum hv_intercept_access_type
 */
struct walk {
	struct mshv_partition *pt;
	u64 gva;
	u64 table;
	unsigned int level;
	bool long_mode;
	bool large;
	unsigned int index_bits;
	unsigned int entry_size;
	u8 table_access;
};

static int walk_get_register(struct mshv_vp *vp, u32 name, u64 *reg)
{
	union hv_register_value value;
	int ret = hv_call_get_vp_register(vp->partition->id, vp->index, name, &value);

	*reg = ret ? 0 : value.reg64;
	return ret;
}

static int walk_begin(struct walk *w, struct mshv_vp *vp, const struct mshv_translate_gva *args)
{
	u64 cr0, cr3, cr4, efer;
	int ret;

	ret = walk_get_register(vp, HV_REGISTER_NR_CR0, &cr0) ?:
	      walk_get_register(vp, HV_REGISTER_NR_CR3, &cr3) ?:
	      walk_get_register(vp, HV_REGISTER_NR_CR4, &cr4) ?:
	      walk_get_register(vp, HV_REGISTER_NR_EFER, &efer);
	if (ret)
		return ret;
	*w = (struct walk) {
		.pt = vp->partition,
		.gva = args->gva,
		.large = true,
		.index_bits = 9,
		.entry_size = 8,
		.table_access = args->flags & GVA_SET_PAGE_TABLE_BITS ?
				HV_INTERCEPT_ACCESS_WRITE : HV_INTERCEPT_ACCESS_READ,
	};
	if (!(cr0 & X86_CR0_PG))
		return 0;
	if (efer & EFER_LMA) {
		w->long_mode = true;
		w->level = cr4 & X86_CR4_LA57 ? 5 : 4;
		w->table = cr3 & ENTRY_ADDRESS;
		return 0;
	}
	w->gva = (u32)args->gva;
	if (cr4 & X86_CR4_PAE) {
		w->level = 3;
		w->table = cr3 & GENMASK(31, 5);
		return 0;
	}
	w->level = 2;
	w->table = cr3 & GENMASK(31, 12);
	w->large = cr4 & X86_CR4_PSE;
	w->index_bits = 10;
	w->entry_size = 4;
	return 0;
}

static unsigned int walk_shift(const struct walk *w)
{
	return HV_HYP_PAGE_SHIFT + w->index_bits * (w->level - 1);
}

/* With the table there for the hypervisor, too. */
static int walk_read_entry(const struct walk *w, u64 *entry)
{
	u64 index = (w->gva >> walk_shift(w)) & (BIT(w->index_bits) - 1);
	u64 gpa = w->table + index * w->entry_size;
	int ret;

	*entry = 0;
	ret = mshv_region_fault(w->pt, gpa >> HV_HYP_PAGE_SHIFT, w->table_access,
				MSHV_WAIT_KILLABLE);
	return ret ?: mshv_regions_read(w->pt, gpa, entry, w->entry_size);
}

static bool walk_is_page(const struct walk *w, u64 entry)
{
	switch (w->level) {
	case 1:
		return true;
	case 2:
		return entry & ENTRY_LARGE && w->large;
	case 3:
		return entry & ENTRY_LARGE && w->long_mode;
	default:
		return false;
	}
}

static u64 walk_page(const struct walk *w, u64 entry)
{
	u64 offset = w->gva & (BIT_ULL(walk_shift(w)) - 1);

	/* Pages of 4 MiB have bits 32 to 39 of their address in bits 13 to 20. */
	if (w->entry_size == 4 && w->level == 2)
		return (entry & GENMASK(31, 22)) | (entry & GENMASK(20, 13)) << 19 | offset;
	return (entry & ENTRY_ADDRESS & ~(BIT_ULL(walk_shift(w)) - 1)) | offset;
}

/* 0: all of the tables is there, and @gpa is where they lead; -ENOENT: they lead nowhere. */
static int walk_tables(struct walk *w, u64 *gpa)
{
	u64 entry;
	int ret;

	*gpa = w->gva;
	for (; w->level; w->level--) {
		ret = walk_read_entry(w, &entry);
		if (ret)
			return ret;
		if (!(entry & ENTRY_PRESENT))
			return -ENOENT;
		if (walk_is_page(w, entry)) {
			*gpa = walk_page(w, entry);
			return 0;
		}
		w->table = entry & ENTRY_ADDRESS;
	}
	return 0;
}

/* 1: all is there, for the access that is asked for; 0: it is, but for reading alone. */
static int translate_bring_in(struct mshv_vp *vp, const struct mshv_translate_gva *args)
{
	struct walk w;
	u64 gpa;
	int ret;

	ret = walk_begin(&w, vp, args) ?: walk_tables(&w, &gpa);
	if (ret)
		return ret;
	if (args->flags & GVA_VALIDATE_WRITE &&
	    !mshv_region_fault(w.pt, gpa >> HV_HYP_PAGE_SHIFT, HV_INTERCEPT_ACCESS_WRITE,
			       MSHV_WAIT_KILLABLE))
		return 1;
	ret = mshv_region_fault(w.pt, gpa >> HV_HYP_PAGE_SHIFT, HV_INTERCEPT_ACCESS_READ,
				MSHV_WAIT_KILLABLE);
	return ret ?: !(args->flags & GVA_VALIDATE_WRITE);
}

static bool translate_lacks_page(u64 result)
{
	return (u32)result == GVA_GPA_UNMAPPED || (u32)result == GVA_GPA_NO_READ_ACCESS ||
	       (u32)result == GVA_GPA_NO_WRITE_ACCESS;
}

/* A page that cannot be had is an answer, too. */
static int translate_bringing_in(struct mshv_vp *vp, const struct mshv_translate_gva *args,
				 u64 *result, u64 *gpa_page)
{
	unsigned int tries = 0;
	int more = 1;
	u64 status;

	lockdep_assert_held(&vp->lock);
	for (;;) {
		status = hv_call_translate_gva(vp->partition->id, vp->index, args->flags,
					       args->gva >> HV_HYP_PAGE_SHIFT, result, gpa_page);
		if (!hv_result_success(status) || !translate_lacks_page(*result) || more <= 0 ||
		    ++tries > TRIES_MAX)
			return hv_status_to_errno(status);
		more = translate_bring_in(vp, args);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
}

/**
 * mshv_vp_translate - MSHV_VP_TRANSLATE_GVA
 * @object: the VP
 * @arg: struct mshv_translate_gva
 *
 * Return: 0 if the walk was done, however it ended, or a negative errno.
 */
long mshv_vp_translate(void *object, void __user *arg)
{
	struct mshv_vp *vp = object;
	struct mshv_translate_gva args;
	u64 result, gpa_page, gpa;
	int ret;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	ret = translate_bringing_in(vp, &args, &result, &gpa_page);
	if (ret)
		return ret;
	gpa = gpa_page << HV_HYP_PAGE_SHIFT | (args.gva & ~HV_HYP_PAGE_MASK);
	if (put_user(result, (u64 __user *)u64_to_user_ptr(args.result)) ||
	    put_user(gpa, (u64 __user *)u64_to_user_ptr(args.gpa)))
		return -EFAULT;
	return 0;
}
