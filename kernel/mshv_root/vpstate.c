// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_GET_VP_STATE and MSHV_SET_VP_STATE: parts of the state of a VP that are
 * no registers.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "hvcall.h"
#include "vp.h"

/* So much can be named in one hypercall, and no state is near it. */
#define PAGES_MAX	256

static int vpstate_describe_xsave(struct mshv_vp *vp, struct hv_vp_state_data *data, u32 *size)
{
	u64 id = vp->partition->id, max;
	int ret;

	ret = hv_call_get_partition_property(id, HV_PARTITION_PROPERTY_XSAVE_STATES,
					     &data->xsave.states.as_uint64);
	if (ret)
		return ret;
	ret = hv_call_get_partition_property(id, HV_PARTITION_PROPERTY_MAX_XSAVE_DATA_SIZE,
					     &max);
	if (ret)
		return ret;
	/* These two are always there. */
	data->xsave.states.legacy_x87 = 1;
	data->xsave.states.legacy_sse = 1;
	*size = max;
	return 0;
}

/* Which state is meant, and how much there is of it. */
static int vpstate_describe(struct mshv_vp *vp, u8 type, struct hv_vp_state_data *data, u32 *size)
{
	memset(data, 0, sizeof(*data));
	*size = HV_HYP_PAGE_SIZE;
	switch (type) {
	case MSHV_VP_STATE_LAPIC:
		data->type = HV_GET_SET_VP_STATE_LAPIC_STATE;
		return 0;
	case MSHV_VP_STATE_XSAVE:
		data->type = HV_GET_SET_VP_STATE_XSAVE;
		return vpstate_describe_xsave(vp, data, size);
	case MSHV_VP_STATE_SIMP:
		data->type = HV_GET_SET_VP_STATE_SIM_PAGE;
		return 0;
	case MSHV_VP_STATE_SIEFP:
		data->type = HV_GET_SET_VP_STATE_SIEF_PAGE;
		return 0;
	case MSHV_VP_STATE_SYNTHETIC_TIMERS:
		data->type = HV_GET_SET_VP_STATE_SYNTHETIC_TIMERS;
		*size = sizeof(struct hv_synthetic_timers_state);
		return 0;
	default:
		return -EINVAL;
	}
}

static int vpstate_pin(u64 address, unsigned int nr, unsigned int flags, struct page ***result)
{
	struct page **pages = kcalloc(nr, sizeof(*pages), GFP_KERNEL);
	int got;

	if (!pages)
		return -ENOMEM;
	got = pin_user_pages_fast(address, nr, flags, pages);
	if (got == nr) {
		*result = pages;
		return 0;
	}
	if (got > 0)
		unpin_user_pages(pages, got);
	kfree(pages);
	return got < 0 ? got : -EFAULT;
}

/* The hypervisor writes to the pages of the caller. */
static int vpstate_get_pages(struct mshv_vp *vp, const struct hv_vp_state_data *data,
			     u64 address, unsigned int nr)
{
	struct page **pages;
	int ret;

	ret = vpstate_pin(address, nr, FOLL_WRITE, &pages);
	if (ret)
		return ret;
	ret = hv_call_get_vp_state(vp->partition->id, vp->index, data, pages, nr, NULL);
	unpin_user_pages_dirty_lock(pages, nr, true);
	kfree(pages);
	return ret;
}

/* It reads them: they need not be writable. */
static int vpstate_set_pages(struct mshv_vp *vp, const struct hv_vp_state_data *data,
			     u64 address, unsigned int nr)
{
	struct page **pages;
	int ret;

	ret = vpstate_pin(address, nr, 0, &pages);
	if (ret)
		return ret;
	ret = hv_call_set_vp_state(vp->partition->id, vp->index, data, pages, nr, NULL, 0);
	unpin_user_pages(pages, nr);
	kfree(pages);
	return ret;
}

static int vpstate_get_bytes(struct mshv_vp *vp, const struct hv_vp_state_data *data,
			     void __user *buf, u32 size)
{
	union hv_output_get_vp_state state = {};
	int ret;

	ret = hv_call_get_vp_state(vp->partition->id, vp->index, data, NULL, 0, &state);
	if (!ret && copy_to_user(buf, &state, size))
		ret = -EFAULT;
	return ret;
}

static int vpstate_set_bytes(struct mshv_vp *vp, const struct hv_vp_state_data *data,
			     const void __user *buf, u32 size)
{
	union hv_output_get_vp_state state = {};

	if (copy_from_user(&state, buf, size))
		return -EFAULT;
	return hv_call_set_vp_state(vp->partition->id, vp->index, data, NULL, 0, &state, size);
}

/* What is common to both: the arguments, and how large the state is, which the caller learns. */
static int vpstate_fetch(struct mshv_vp *vp, struct mshv_get_set_vp_state __user *arg,
			 struct mshv_get_set_vp_state *args, struct hv_vp_state_data *data,
			 u32 *size)
{
	int ret;

	lockdep_assert_held(&vp->lock);
	if (copy_from_user(args, arg, sizeof(*args)))
		return -EFAULT;
	if (mshv_not_zero(args->rsvd) || !args->buf_sz || !PAGE_ALIGNED(args->buf_sz) ||
	    !PAGE_ALIGNED(args->buf_ptr))
		return -EINVAL;
	if (args->type >= MSHV_VP_STATE_COUNT)
		return -EINVAL;
	if (!access_ok(u64_to_user_ptr(args->buf_ptr), args->buf_sz))
		return -EFAULT;
	ret = vpstate_describe(vp, args->type, data, size);
	if (ret)
		return ret;
	if (put_user(*size, &arg->buf_sz))
		return -EFAULT;
	if (*size > args->buf_sz || args->buf_sz > PAGES_MAX * PAGE_SIZE)
		return -EINVAL;
	return 0;
}

/**
 * mshv_vp_get_state - MSHV_GET_VP_STATE
 * @object: the VP
 * @arg: struct mshv_get_set_vp_state
 *
 * Context: process context, with the VP's lock held.
 * Return: 0 or a negative errno.
 */
long mshv_vp_get_state(void *object, void __user *arg)
{
	struct mshv_get_set_vp_state args;
	struct hv_vp_state_data data;
	struct mshv_vp *vp = object;
	u32 size;
	int ret;

	ret = vpstate_fetch(vp, arg, &args, &data, &size);
	if (ret)
		return ret;
	/* Interrupts that wait in the register page belong to that state. */
	if (args.type == MSHV_VP_STATE_LAPIC) {
		ret = mshv_vp_deliver_vectors(vp);
		if (ret)
			return ret;
	}
	if (data.type & HV_GET_SET_VP_STATE_TYPE_PFN)
		return vpstate_get_pages(vp, &data, args.buf_ptr, args.buf_sz >> PAGE_SHIFT);
	return vpstate_get_bytes(vp, &data, u64_to_user_ptr(args.buf_ptr), size);
}

/**
 * mshv_vp_set_state - MSHV_SET_VP_STATE
 * @object: the VP
 * @arg: struct mshv_get_set_vp_state
 *
 * Context: process context, with the VP's lock held.
 * Return: 0 or a negative errno.
 */
long mshv_vp_set_state(void *object, void __user *arg)
{
	struct mshv_get_set_vp_state args;
	struct hv_vp_state_data data;
	struct mshv_vp *vp = object;
	u32 size;
	int ret;

	ret = vpstate_fetch(vp, arg, &args, &data, &size);
	if (ret)
		return ret;
	if (data.type & HV_GET_SET_VP_STATE_TYPE_PFN)
		ret = vpstate_set_pages(vp, &data, args.buf_ptr, args.buf_sz >> PAGE_SHIFT);
	else
		ret = vpstate_set_bytes(vp, &data, u64_to_user_ptr(args.buf_ptr), size);
	/* Interrupts that wait in the register page belong to the state that was replaced. */
	if (!ret && args.type == MSHV_VP_STATE_LAPIC)
		mshv_vp_drop_vectors(vp);
	/* The APIC id is a part of the local APIC's state, even if that was set only in part. */
	mshv_vp_forget_apic_id(vp);
	return ret;
}
