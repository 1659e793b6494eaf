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

static int describe_xsave(struct mshv_vp *vp, struct hv_vp_state_data *data, u32 *size)
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
static int describe(struct mshv_vp *vp, u8 type, struct hv_vp_state_data *data, u32 *size)
{
	memset(data, 0, sizeof(*data));
	*size = HV_HYP_PAGE_SIZE;
	switch (type) {
	case MSHV_VP_STATE_LAPIC:
		data->type = HV_GET_SET_VP_STATE_LAPIC_STATE;
		return 0;
	case MSHV_VP_STATE_XSAVE:
		data->type = HV_GET_SET_VP_STATE_XSAVE;
		return describe_xsave(vp, data, size);
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

/*
 * The hypervisor reads and writes the pages of the caller. For reading alone
 * they need not be writable.
 */
static int transfer_pages(struct mshv_vp *vp, const struct hv_vp_state_data *data,
			  u64 address, unsigned int nr, bool set)
{
	struct page **pages = kcalloc(nr, sizeof(*pages), GFP_KERNEL);
	u64 id = vp->partition->id;
	int got, ret;

	if (!pages)
		return -ENOMEM;
	got = pin_user_pages_fast(address, nr, set ? 0 : FOLL_WRITE, pages);
	if (got == nr) {
		if (set)
			ret = hv_call_set_vp_state(id, vp->index, data, pages, nr, NULL, 0);
		else
			ret = hv_call_get_vp_state(id, vp->index, data, pages, nr, NULL);
	} else {
		ret = got < 0 ? got : -EFAULT;
	}
	if (got > 0)
		unpin_user_pages_dirty_lock(pages, got, !set);
	kfree(pages);
	return ret;
}

static int transfer_bytes(struct mshv_vp *vp, const struct hv_vp_state_data *data,
			  void __user *buf, u32 size, bool set)
{
	union hv_output_get_vp_state state = {};
	int ret;

	if (set) {
		if (copy_from_user(&state, buf, size))
			return -EFAULT;
		return hv_call_set_vp_state(vp->partition->id, vp->index, data, NULL, 0,
					    &state, size);
	}
	ret = hv_call_get_vp_state(vp->partition->id, vp->index, data, NULL, 0, &state);
	if (!ret && copy_to_user(buf, &state, size))
		ret = -EFAULT;
	return ret;
}

static long get_or_set(struct mshv_vp *vp, struct mshv_get_set_vp_state __user *arg, bool set)
{
	struct mshv_get_set_vp_state args;
	struct hv_vp_state_data data;
	u32 size;
	int ret;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (mshv_not_zero(args.rsvd) || !args.buf_sz || !PAGE_ALIGNED(args.buf_sz) ||
	    !PAGE_ALIGNED(args.buf_ptr))
		return -EINVAL;
	if (args.type >= MSHV_VP_STATE_COUNT)
		return -EINVAL;
	if (!access_ok(u64_to_user_ptr(args.buf_ptr), args.buf_sz))
		return -EFAULT;
	ret = describe(vp, args.type, &data, &size);
	if (ret)
		return ret;
	if (put_user(size, &arg->buf_sz))
		return -EFAULT;
	if (size > args.buf_sz || args.buf_sz > PAGES_MAX * PAGE_SIZE)
		return -EINVAL;
	/* Interrupts that wait in the register page belong to that state. */
	if (!set && args.type == MSHV_VP_STATE_LAPIC) {
		ret = mshv_vp_deliver_vectors(vp);
		if (ret)
			return ret;
	}

	if (data.type & HV_GET_SET_VP_STATE_TYPE_PFN)
		return transfer_pages(vp, &data, args.buf_ptr, args.buf_sz >> PAGE_SHIFT, set);
	return transfer_bytes(vp, &data, u64_to_user_ptr(args.buf_ptr), size, set);
}

long mshv_vp_get_state(void *vp, void __user *arg)
{
	return get_or_set(vp, arg, false);
}

/* The state of the local APIC has its id in it. */
long mshv_vp_set_state(void *object, void __user *arg)
{
	long ret = get_or_set(object, arg, true);

	mshv_vp_forget_apic_id(object);
	return ret;
}
