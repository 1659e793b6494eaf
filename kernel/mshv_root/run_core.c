// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running a VP that the hypervisor schedules: let it go, and wait for a message.
 */
#include "hvcall.h"
#include "vp.h"

/*
 * The hypervisor takes the registers one after the other. If the explicit
 * suspension were ended first, the guest could run into its next intercept, and
 * that would be ended in its place.
 */
static int vp_core_resume(struct mshv_vp *vp)
{
	static const struct hv_register_assoc regs[] = {
		{ .name = HV_REGISTER_INTERCEPT_SUSPEND },
		{ .name = HV_REGISTER_EXPLICIT_SUSPEND },
	};

	lockdep_assert_held(&vp->lock);
	return hv_call_set_vp_registers(vp->partition->id, vp->index, ARRAY_SIZE(regs), regs);
}

static int vp_core_wait(struct mshv_vp *vp, unsigned int state)
{
	int ret;

	lockdep_assert_held(&vp->lock);
	ret = rcuwait_wait_event(&vp->wait,
				 READ_ONCE(vp->kicked) || READ_ONCE(vp->partition->broken),
				 state);
	if (ret)
		return -EINTR;
	if (!xchg(&vp->kicked, false))
		return -EIO;
	vp->message_due = false;
	return 0;
}

/*
 * A signal came. Once the VP is stopped it is clear whether it ran into an
 * intercept before. If so its message is under way, and is waited for: a caller
 * who is told EINTR finds the VP between two instructions.
 */
static int vp_core_interrupt(struct mshv_vp *vp)
{
	union hv_register_value value;
	int ret;

	lockdep_assert_held(&vp->lock);
	ret = mshv_vp_suspend(vp);
	if (ret)
		return ret;
	ret = hv_call_get_vp_register(vp->partition->id, vp->index,
				      HV_REGISTER_INTERCEPT_SUSPEND, &value);
	if (ret)
		return ret;
	if (!value.intercept_suspend.suspended)
		return -EINTR;
	vp->message_due = true;
	return vp_core_wait(vp, TASK_KILLABLE);
}

/**
 * mshv_vp_run_core - run a VP until there is a message, or a signal
 * @vp: the VP
 *
 * Return: 0 with a message in the page, -EINTR or another negative errno.
 */
int mshv_vp_run_core(struct mshv_vp *vp)
{
	int ret;

	lockdep_assert_held(&vp->lock);
	if (READ_ONCE(vp->partition->broken))
		return -EIO;
	if (mshv_vp_must_exit(vp))
		return -EINTR;
	if (!vp->message_due) {
		WRITE_ONCE(vp->kicked, false);
		ret = vp_core_resume(vp);
		if (ret)
			return ret;
		/*
		 * mshv_partition_break() may have stopped this VP between the look at
		 * pt->broken above and vp_core_resume(), which let it go on.
		 */
		if (unlikely(READ_ONCE(vp->partition->broken)))
			mshv_partition_stop(vp->partition);
	}
	ret = vp_core_wait(vp, TASK_INTERRUPTIBLE);
	if (ret == -EINTR && !vp->message_due)
		ret = vp_core_interrupt(vp);
	return ret;
}
