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

static bool may_dispatch(const struct mshv_vp *vp)
{
	return !READ_ONCE(vp->stats.pages[HV_STATS_AREA_PARENT]->data[DISPATCH_THREAD_BLOCKED]) &&
	       !READ_ONCE(vp->stats.pages[HV_STATS_AREA_SELF]->data[DISPATCH_THREAD_BLOCKED]);
}

static bool may_go_on(const struct mshv_vp *vp)
{
	return (READ_ONCE(vp->kicked) && may_dispatch(vp)) || mshv_vp_vectors(vp) ||
	       READ_ONCE(vp->partition->broken);
}

/* Until the hypervisor signals, or there is an interrupt to be taken along. */
static int wait_for_signal(struct mshv_vp *vp)
{
	if (mshv_vp_must_exit(vp))
		return -EINTR;
	if (rcuwait_wait_event(&vp->wait, may_go_on(vp), TASK_INTERRUPTIBLE))
		return -EINTR;
	if (READ_ONCE(vp->partition->broken))
		return -EIO;
	vp->blocked = false;
	WRITE_ONCE(vp->kicked, false);
	return 0;
}

static int end_explicit_suspension(struct mshv_vp *vp)
{
	static const struct hv_register_assoc reg = { .name = HV_REGISTER_EXPLICIT_SUSPEND };

	return hv_call_set_vp_registers(vp->partition->id, vp->index, 1, &reg);
}

/*
 * Preemption is off for the hypervisor takes the CPU for the thread. Interrupts
 * are on: they end the call.
 */
static int dispatch(struct mshv_vp *vp)
{
	struct mshv_dispatch *args = vp->dispatch;
	u32 flags = 0;
	u64 status;

	if (vp->intercepted)
		flags |= HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND;
	preempt_disable();
	WRITE_ONCE(vp->dispatched, true);
	/*
	 * Pairs with the one in inject(): either who adds a vector sees that the
	 * guest is being dispatched, or the vector is seen here.
	 */
	smp_mb();
	if (mshv_vp_vectors(vp))
		flags |= HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION;
	args->in.flags = flags;
	status = hv_make_call(HVCALL_DISPATCH_VP, &args->in, &args->out);
	WRITE_ONCE(vp->dispatched, false);
	preempt_enable();

	trace_mshv_vp_dispatch(vp->partition->id, vp->index, flags, args->out.dispatch_state,
			       args->out.dispatch_event, status);
	return hv_status_to_errno(status);
}

/* What the dispatch ended with: 0 is "once more", 1 is "there is a message". */
static int handle_state(struct mshv_vp *vp)
{
	const struct hv_output_dispatch_vp *out = &vp->dispatch->out;
	int ret;

	if (out->dispatch_state != HV_VP_DISPATCH_STATE_BLOCKED) {
		vp->intercepted = out->dispatch_event == HV_VP_DISPATCH_EVENT_INTERCEPT;
		return vp->intercepted;
	}
	if (out->dispatch_event == HV_VP_DISPATCH_EVENT_SUSPEND) {
		/* New VPs are suspended; the hypervisor signals when it is over. */
		ret = end_explicit_suspension(vp);
		if (ret)
			return ret;
	} else {
		vp->blocked = true;
	}
	return wait_for_signal(vp);
}

static int run(struct mshv_vp *vp)
{
	int ret;

	do {
		if (__xfer_to_guest_mode_work_pending()) {
			ret = xfer_to_guest_mode_handle_work();
			if (ret)
				return ret;
		}
		if (READ_ONCE(vp->partition->broken))
			return -EIO;
		if (mshv_vp_must_exit(vp))
			return -EINTR;
		ret = dispatch(vp);
		if (ret)
			return ret;
		vp->intercepted = false;
		ret = handle_state(vp);
	} while (!ret);
	return ret < 0 ? ret : 0;
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
	if (mshv_host.vector_injection && !READ_ONCE(vp->apic_id_known))
		mshv_vp_learn_apic_id(vp);
	if (vp->blocked) {
		ret = wait_for_signal(vp);
		if (ret)
			return ret;
	}
	ret = run(vp);
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

	if (hv_call_set_vp_registers(id, vp->index, 1, &reg))
		return;
	if (hv_call_get_vp_register(id, vp->index, HV_REGISTER_VP_ROOT_SIGNAL_COUNT, &value))
		return;
	while ((s64)(value.reg64 - atomic64_read(&vp->signals)) > 0 && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
}
