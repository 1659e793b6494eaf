// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_GET_GPAP_ACCESS_BITMAP: which guest pages were accessed or written to.
 */
#include <linux/bitmap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "hvcall.h"
#include "region.h"

/* Pages at a time: what one hypercall takes, in whole chunks. */
#define BATCH	3584
static_assert(IS_ALIGNED(BATCH, HV_LARGE_PAGES));

/**
 * struct batch - scratch memory for a batch of pages
 * @states: as the hypervisor gives them
 * @bitmap: as the caller wants them
 */
struct batch {
	union hv_gpa_page_access_state states[BATCH];
	unsigned long bitmap[BITS_TO_LONGS(BATCH)];
};

/*
 * A page that was not accessed was not written to, and one that was written to
 * was accessed: a change of the one bit changes the other too.
 */
static union hv_gpa_page_access_state_flags gpap_flags_of(u8 type, u8 op)
{
	bool dirty = type == MSHV_GPAP_ACCESS_TYPE_DIRTY;
	union hv_gpa_page_access_state_flags flags = {};

	switch (op) {
	case MSHV_GPAP_ACCESS_OP_CLEAR:
		flags.clear_dirty = 1;
		flags.clear_accessed = !dirty;
		break;
	case MSHV_GPAP_ACCESS_OP_SET:
		flags.set_accessed = 1;
		flags.set_dirty = dirty;
		break;
	}
	return flags;
}

static int gpap_get_batch(struct mshv_partition *pt, const struct mshv_gpap_access_bitmap *args,
			  u64 first, unsigned int nr, struct batch *batch)
{
	bool dirty = args->access_type == MSHV_GPAP_ACCESS_TYPE_DIRTY;
	union hv_gpa_page_access_state_flags flags = gpap_flags_of(args->access_type,
								   args->access_op);
	struct mshv_log log = {
		.first = args->gpap_base + first,
		.nr = nr,
		.dirty = dirty,
		.clear_dirty = flags.clear_dirty,
		.clear_accessed = flags.clear_accessed,
		.bits = batch->bitmap,
	};
	unsigned int i;
	int ret;

	ret = hv_call_get_gpa_access_states(pt->id, log.first, nr, flags, batch->states, &log.nr);
	bitmap_zero(batch->bitmap, BATCH);
	for (i = 0; i < log.nr; i++)
		if (dirty ? batch->states[i].dirty : batch->states[i].accessed)
			__set_bit(i, batch->bitmap);
	/*
	 * After the hypervisor, so that access which is being taken away right now is seen
	 * by the one or the other.
	 */
	ret = ret ?: mshv_regions_log(pt, &log);
	if (!ret && copy_to_user(u64_to_user_ptr(args->bitmap_ptr + first / BITS_PER_BYTE),
				 batch->bitmap, DIV_ROUND_UP(nr, BITS_PER_BYTE)))
		ret = -EFAULT;
	if (ret)
		mshv_regions_unlog(pt, &log);
	return ret;
}

static int gpap_get_all(struct mshv_partition *pt, const struct mshv_gpap_access_bitmap *args)
{
	struct batch *batch = kvmalloc(sizeof(*batch), GFP_KERNEL);
	u64 first;
	int ret = 0;

	if (!batch)
		return -ENOMEM;
	for (first = 0; first < args->page_count && !ret; first += BATCH) {
		if (fatal_signal_pending(current))
			ret = -EINTR;
		else
			ret = gpap_get_batch(pt, args, first, min(args->page_count - first, BATCH),
					     batch);
		cond_resched();
	}
	kvfree(batch);
	return ret;
}

/**
 * mshv_gpap_bitmap - MSHV_GET_GPAP_ACCESS_BITMAP
 * @object: the partition
 * @arg: struct mshv_gpap_access_bitmap
 *
 * After a failure the bits of some pages may have been changed already. No bit is lost: what was
 * cleared is in the caller's bitmap, or is told again.
 *
 * Return: 0 or a negative errno.
 */
long mshv_gpap_bitmap(void *object, void __user *arg)
{
	struct mshv_gpap_access_bitmap args;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.access_type >= MSHV_GPAP_ACCESS_TYPE_COUNT ||
	    args.access_op >= MSHV_GPAP_ACCESS_OP_COUNT || mshv_not_zero(args.rsvd) ||
	    !args.page_count || !args.bitmap_ptr)
		return -EINVAL;
	/* Guest addresses have 52 bits. */
	if (args.gpap_base >= BIT_ULL(40) || args.page_count > BIT_ULL(40) - args.gpap_base)
		return -EINVAL;
	if (!access_ok(u64_to_user_ptr(args.bitmap_ptr),
		       DIV_ROUND_UP(args.page_count, BITS_PER_BYTE)))
		return -EFAULT;
	return gpap_get_all(object, &args);
}
