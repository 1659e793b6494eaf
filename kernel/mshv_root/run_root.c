// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running a VP that we schedule: it runs inside the dispatch hypercall, in the
 * place of the calling thread.
 */
#include <linux/entry-virt.h>
#include <linux/rseq.h>

#include "hvcall.h"
#include "trace.h"
#include "vp.h"

/* The counter that is not zero while the hypervisor forbids to dispatch a VP. */
#define DISPATCH_THREAD_BLOCKED	202

static bool vp_may_dispatch(const struct mshv_vp *vp)
{
	return !READ_ONCE(vp->stats.pages[HV_STATS_AREA_PARENT]->data[DISPATCH_THREAD_BLOCKED]) &&
	       !READ_ONCE(vp->stats.pages[HV_STATS_AREA_SELF]->data[DISPATCH_THREAD_BLOCKED]);
}

static bool vp_may_go_on(const struct mshv_vp *vp)
{
	return ((READ_ONCE(vp->kicked) || READ_ONCE(vp->look)) && vp_may_dispatch(vp)) ||
	       mshv_vp_vectors(vp) || READ_ONCE(vp->partition->broken);
}

/* Until the hypervisor signals, or there is an interrupt to be taken along. */
static int vp_root_wait(struct mshv_vp *vp)
{
	lockdep_assert_held(&vp->lock);
	if (mshv_vp_must_exit(vp))
		return -EINTR;
	if (rcuwait_wait_event(&vp->wait, vp_may_go_on(vp), TASK_INTERRUPTIBLE))
		return -EINTR;
	if (READ_ONCE(vp->partition->broken))
		return -EIO;
	vp->blocked = false;
	WRITE_ONCE(vp->kicked, false);
	WRITE_ONCE(vp->look, false);
	return 0;
}

static int vp_end_explicit_suspension(struct mshv_vp *vp)
{
	static const struct hv_register_assoc reg = { .name = HV_REGISTER_EXPLICIT_SUSPEND };

	lockdep_assert_held(&vp->lock);
	return hv_call_set_vp_registers(vp->partition->id, vp->index, 1, &reg);
}

static noinline void vp_trace_dispatch(const struct mshv_vp *vp, u64 status)
{
	const struct mshv_dispatch *args = vp->dispatch;

	trace_mshv_vp_dispatch(vp->partition->id, vp->index, args->in.flags,
			       args->out.dispatch_state, args->out.dispatch_event, status);
}

/*
 * Preemption is off for the hypervisor takes the CPU for the thread. Interrupts
 * are on: they end the call.
 */
static int vp_dispatch(struct mshv_vp *vp)
{
	struct mshv_dispatch *args = vp->dispatch;
	u32 flags = vp->intercepted ? HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND : 0;
	u64 status;

	lockdep_assert_held(&vp->lock);
	lockdep_assert_irqs_enabled();
	preempt_disable();
	/*
	 * The barrier pairs with the one in inject_vector(): either who adds a vector sees
	 * that the guest is being dispatched, or the vector is seen here.
	 */
	smp_store_mb(vp->dispatched, true);
	if (unlikely(mshv_vp_vectors(vp)))
		flags |= HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION;
	args->in.flags = flags;
	status = hv_make_call_at(HVCALL_DISPATCH_VP,
				 vp->dispatch_pa + offsetof(struct mshv_dispatch, in),
				 vp->dispatch_pa + offsetof(struct mshv_dispatch, out));
	WRITE_ONCE(vp->dispatched, false);
	preempt_enable();

	if (trace_mshv_vp_dispatch_enabled())
		vp_trace_dispatch(vp, status);
	return likely(hv_result_success(status)) ? 0 : hv_status_to_errno(status);
}

/* The hypervisor does not let the guest run now: 0 is "once more". */
static noinline int vp_root_blocked(struct mshv_vp *vp)
{
	int ret;

	lockdep_assert_held(&vp->lock);
	vp->intercepted = false;
	if (vp->dispatch->out.dispatch_event == HV_VP_DISPATCH_EVENT_SUSPEND) {
		/* New VPs are suspended; the hypervisor signals when it is over. */
		ret = vp_end_explicit_suspension(vp);
		if (ret)
			return ret;
	} else {
		vp->blocked = true;
	}
	return vp_root_wait(vp);
}

/* What the dispatch ended with: 0 is "once more", 1 is "there is a message". */
static int vp_root_ended(struct mshv_vp *vp)
{
	const struct hv_output_dispatch_vp *out = &vp->dispatch->out;

	if (unlikely(out->dispatch_state == HV_VP_DISPATCH_STATE_BLOCKED))
		return vp_root_blocked(vp);
	if (likely(out->dispatch_event == HV_VP_DISPATCH_EVENT_INTERCEPT)) {
		vp->intercepted = true;
		return 1;
	}
	vp->intercepted = false;
	return 0;
}

static int vp_before_dispatch(struct mshv_vp *vp)
{
	if (unlikely(__xfer_to_guest_mode_work_pending())) {
		int ret = xfer_to_guest_mode_handle_work();

		if (ret)
			return ret;
	}
	if (unlikely(READ_ONCE(vp->partition->broken)))
		return -EIO;
	if (unlikely(mshv_vp_must_exit(vp)))
		return -EINTR;
	return 0;
}

static int vp_dispatch_until_message(struct mshv_vp *vp)
{
	int ret;

	do {
		ret = vp_before_dispatch(vp);
		if (unlikely(ret))
			return ret;
		ret = vp_dispatch(vp);
		if (unlikely(ret))
			return ret;
		ret = vp_root_ended(vp);
	} while (!ret);
	return min(ret, 0);
}

/**
 * mshv_vp_run_root - run a VP until there is a message, or a signal
 * @vp: the VP
 *
 * Return: 0 with a message in the page, -EINTR or another negative errno.
 */
int mshv_vp_run_root(struct mshv_vp *vp)
{
	int ret;

	lockdep_assert_held(&vp->lock);
	if (unlikely(vp->blocked)) {
		ret = vp_root_wait(vp);
		if (ret)
			return ret;
	}
	ret = vp_dispatch_until_message(vp);
	rseq_virt_userspace_exit();
	return ret;
}

/**
 * mshv_vp_drain_root - stop the hypervisor from signalling a VP
 * @vp: the VP, which nobody runs any more
 * @end: when to give up waiting for signals that are under way, in jiffies
 *
 * A signal that comes later does no harm here, since it finds no VP. But the
 * hypervisor wants to have delivered them all before the VP goes.
 */
void mshv_vp_drain_root(struct mshv_vp *vp, unsigned long end)
{
	static const struct hv_register_assoc reg = {
		.name = HV_REGISTER_DISPATCH_SUSPEND,
		.value.dispatch_suspend.suspended = 1,
	};
	union hv_register_value value;
	u64 id = vp->partition->id;

	lockdep_assert(mshv_partition_is_ending(vp->partition));
	might_sleep();
	if (hv_call_set_vp_registers(id, vp->index, 1, &reg))
		return;
	if (hv_call_get_vp_register(id, vp->index, HV_REGISTER_VP_ROOT_SIGNAL_COUNT, &value))
		return;
	while ((s64)(value.reg64 - atomic64_read(&vp->signals)) > 0 && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
}
