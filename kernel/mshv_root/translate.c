// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_VP_TRANSLATE_GVA: where a linear address of the guest leads.
 *
 * The hypervisor walks the guest's page tables. Those may lie in memory that is
 * not populated, where it cannot go on: then we populate it and let it try again.
 */
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

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

/* Five levels of tables and the page itself, each once for reading and writing. */
#define TRIES_MAX	16

static bool translate_lacks_page(u64 result, u8 *access)
{
	switch ((u32)result) {
	case GVA_GPA_UNMAPPED:
	case GVA_GPA_NO_READ_ACCESS:
		*access = HV_INTERCEPT_ACCESS_READ;
		return true;
	case GVA_GPA_NO_WRITE_ACCESS:
		*access = HV_INTERCEPT_ACCESS_WRITE;
		return true;
	default:
		return false;
	}
}

static int translate_bringing_in(struct mshv_vp *vp, const struct mshv_translate_gva *args,
				 u64 *result, u64 *gpa_page)
{
	struct mshv_partition *pt = vp->partition;
	unsigned int tries;
	u64 status;
	u8 access;

	lockdep_assert_held(&vp->lock);
	for (tries = 0; tries < TRIES_MAX; tries++) {
		status = hv_call_translate_gva(pt->id, vp->index, args->flags,
					       args->gva >> HV_HYP_PAGE_SHIFT, result, gpa_page);
		if (!hv_result_success(status) || !translate_lacks_page(*result, &access))
			break;
		if (fatal_signal_pending(current))
			return -EINTR;
		/* A page that cannot be had is an answer, too. */
		if (mshv_region_fault(pt, *gpa_page, access, MSHV_WAIT_KILLABLE))
			break;
	}
	return hv_status_to_errno(status);
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
