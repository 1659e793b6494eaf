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
	int ret;

	lockdep_assert_held(&vp->lock);
	ret = hv_call_set_vp_registers(vp->partition->id, vp->index, ARRAY_SIZE(regs), regs);
	if (ret)
		return ret;
	/*
	 * mshv_partition_break() may have stopped this VP after its caller looked at
	 * pt->broken, and before this let it go on.
	 */
	if (unlikely(READ_ONCE(vp->partition->broken)))
		mshv_partition_stop(vp->partition);
	return 0;
}

/* Of a VP that is stopped: did it run into an intercept before? */
static int vp_core_is_intercepted(struct mshv_vp *vp, bool *intercepted)
{
	union hv_register_value value;
	int ret;

	lockdep_assert_held(&vp->lock);
	ret = mshv_vp_suspend(vp);
	if (!ret)
		ret = hv_call_get_vp_register(vp->partition->id, vp->index,
					      HV_REGISTER_INTERCEPT_SUSPEND, &value);
	*intercepted = !ret && value.intercept_suspend.suspended;
	return ret;
}

/*
 * A signal may have been lost, or one that comes may be that of a message which was found
 * without it. 1: there is a message; 0: it is still waited for.
 */
static noinline int vp_core_look(struct mshv_vp *vp, bool kicked)
{
	bool intercepted;
	int ret = vp_core_is_intercepted(vp, &intercepted);

	if (ret)
		return ret;
	if (intercepted) {
		vp->signal_due |= !kicked;
		return 1;
	}
	if (kicked)
		vp->signal_due = false;
	return vp_core_resume(vp);
}

static bool vp_core_may_go_on(const struct mshv_vp *vp)
{
	return READ_ONCE(vp->kicked) || READ_ONCE(vp->look) || READ_ONCE(vp->partition->broken);
}

static int vp_core_wait(struct mshv_vp *vp, unsigned int state)
{
	int ret = 0;

	lockdep_assert_held(&vp->lock);
	while (!ret) {
		bool kicked, look;

		if (rcuwait_wait_event(&vp->wait, vp_core_may_go_on(vp), state))
			return -EINTR;
		look = xchg(&vp->look, false);
		kicked = xchg(&vp->kicked, false);
		if (likely(kicked && !vp->signal_due))
			ret = 1;
		else
			ret = kicked || look ? vp_core_look(vp, kicked) : -EIO;
	}
	if (ret < 0)
		return ret;
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
	bool intercepted;
	int ret;

	lockdep_assert_held(&vp->lock);
	ret = vp_core_is_intercepted(vp, &intercepted);
	if (ret)
		return ret;
	if (!intercepted)
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
		if (xchg(&vp->kicked, false))
			vp->signal_due = false;
		ret = vp_core_resume(vp);
		if (ret)
			return ret;
	}
	ret = vp_core_wait(vp, TASK_INTERRUPTIBLE);
	if (ret == -EINTR && !vp->message_due)
		ret = vp_core_interrupt(vp);
	return ret;
}
