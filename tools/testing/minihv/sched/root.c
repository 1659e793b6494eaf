// SPDX-License-Identifier: GPL-2.0-only
/*
 * The root scheduler: root dispatches a VP by hypercall and is told by a message
 * when a VP that was reported blocked can run again. One signal for each such
 * report, so that root can count them.
 */
#include "exit/intercept.h"
#include "sched/sched.h"
#include "state/page.h"
#include "synic/parent.h"

#define TURN_FOREVER		10000000	/* 1 s; root's own interrupts end it sooner */
#define COUNTER_THREAD_BLOCKED	202		/* of the VP's statistics page */

/* Root reads the counter to tell a real wake-up from a stale one. */
static void count_blocked(struct vp *vp, uint64_t blocked)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vp->stats_page); i++) {
		uint64_t *counters = vp->stats_page[i];

		if (counters)
			__atomic_store_n(&counters[COUNTER_THREAD_BLOCKED], blocked,
					 __ATOMIC_RELEASE);
	}
}

static void count_signal(struct synic_message *m)
{
	struct vp *vp = container_of(m, struct vp, signal_message);

	__atomic_fetch_add(&vp->signal_count, 1, __ATOMIC_RELAXED);
}

static void signal_root(struct vp *vp)
{
	struct synic_message *m = &vp->signal_message;
	struct hv_vp_signal_pair_scheduler_message *pair = (void *)m->message.u.payload;

	m->message.header = (struct hv_message_header){
		.message_type = HVMSG_SCHEDULER_VP_SIGNAL_PAIR,
		.payload_size = sizeof(*pair),
	};
	m->repeating = count_signal;
	pair->vp_count = 1;
	pair->partition_ids[0] = vp->partition->id;
	pair->vp_indexes[0] = vp->index;
	if (parent_post(vp, m, &vp->signal_target))
		count_signal(m);
}

/* Held back by the parent: only the parent's next step wakes it. */
static bool held(const struct vp *vp)
{
	return vp->explicit_suspend;
}

void sched_root_wake(struct vp *vp)
{
	spin_lock(&vp->lock);
	if (vp->reported_blocked && !vp->dispatch_suspend && !held(vp)) {
		vp->reported_blocked = false;
		count_blocked(vp, 0);
		signal_root(vp);
	}
	spin_unlock(&vp->lock);
}

static void answer(struct hv_output_dispatch_vp *out, uint32_t state, uint32_t event)
{
	out->dispatch_state = state;
	out->dispatch_event = event;
}

/*
 * The VP cannot go on by itself. A wake-up that came since child_prepare() looked
 * has set vp->wakeup and found nothing to signal.
 */
static void answer_blocked(struct vp *vp, struct hv_output_dispatch_vp *out)
{
	spin_lock(&vp->lock);
	if (!held(vp) && vp->wakeup) {
		answer(out, HV_VP_DISPATCH_STATE_READY, HV_VP_DISPATCH_EVENT_INVALID);
	} else {
		vp->reported_blocked = true;
		count_blocked(vp, 1);
		answer(out, HV_VP_DISPATCH_STATE_BLOCKED,
		       vp->explicit_suspend ? HV_VP_DISPATCH_EVENT_SUSPEND :
					      HV_VP_DISPATCH_EVENT_INVALID);
	}
	spin_unlock(&vp->lock);
}

static void dispatch(struct vp *vp, const struct hv_input_dispatch_vp *in,
		     struct hv_output_dispatch_vp *out)
{
	enum vp_stop stop = VP_STOP_SUSPENDED;

	if (in->flags & HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND)
		vp->intercept_suspend = false;
	if (in->flags & HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION)
		statepage_scan_interrupts(vp);
	vp->home = this_cpu();
	if (!held(vp))
		stop = vp_run(vp, in->time_slice ? in->time_slice : TURN_FOREVER);
	switch (stop) {
	case VP_STOP_INTERCEPT:
		intercept_finish(vp);
		answer(out, HV_VP_DISPATCH_STATE_READY, HV_VP_DISPATCH_EVENT_INTERCEPT);
		break;
	case VP_STOP_BLOCKED:
	case VP_STOP_SUSPENDED:
		answer_blocked(vp, out);
		break;
	default:
		answer(out, HV_VP_DISPATCH_STATE_READY, HV_VP_DISPATCH_EVENT_INVALID);
	}
}

/* One dispatcher at a time, and none once root has suspended dispatching. */
static bool begin_dispatch(struct vp *vp)
{
	bool ok;

	spin_lock(&vp->lock);
	ok = !vp->dispatch_suspend && !vp->dispatched;
	if (ok) {
		vp->dispatched = true;
		vp->reported_blocked = false;
		count_blocked(vp, 0);
	}
	spin_unlock(&vp->lock);
	return ok;
}

bool sched_root_dispatch(struct vp *vp, const struct hv_input_dispatch_vp *in,
			 struct hv_output_dispatch_vp *out)
{
	if (!begin_dispatch(vp))
		return false;
	dispatch(vp, in, out);
	__atomic_store_n(&vp->dispatched, false, __ATOMIC_RELEASE);
	return true;
}
