// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_RUN_VP: run a VP until something happens that the VMM must see.
 */
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "netlink.h"
#include "region.h"
#include "trace.h"
#include "vp.h"

static_assert(sizeof(struct hv_message) <= MSHV_RUN_VP_BUF_SZ);

/*
 * A load, an addition and a store: nobody else writes them. The page of the message is
 * writable by the VMM, and its type is read once: what it says here it is. That harms nobody,
 * whatever stands there: an address is looked up in the VMM's own partition.
 */
static u8 vp_count_exit(struct mshv_vp *vp)
{
	u32 type = READ_ONCE(vp->message->header.message_type);
	u8 kind = mshv_exit_kinds[MSHV_EXIT_PLACE(type)];

	WRITE_ONCE(vp->exits[kind], vp->exits[kind] + 1);
	return kind;
}

/* Out of line, like vp_trace_run(). */
static noinline void vp_trace_fault(const struct mshv_vp *vp, int ret)
{
	const struct hv_x64_memory_intercept_message *msg = (void *)vp->message->u.payload;

	trace_mshv_vp_fault(vp->partition->id, vp->index, READ_ONCE(msg->guest_physical_address),
			    READ_ONCE(msg->header.intercept_access_type), ret);
}

static int vp_resolve_fault(struct mshv_vp *vp)
{
	const struct hv_x64_memory_intercept_message *msg = (void *)vp->message->u.payload;
	u64 gpa = READ_ONCE(msg->guest_physical_address);
	u8 access = READ_ONCE(msg->header.intercept_access_type);
	int ret;

	lockdep_assert_held(&vp->lock);
	might_sleep();
	ret = mshv_region_fault(vp->partition, gpa >> HV_HYP_PAGE_SHIFT, access,
				MSHV_WAIT_INTERRUPTIBLE);
	if (trace_mshv_vp_fault_enabled())
		vp_trace_fault(vp, ret);
	if (!ret)
		WRITE_ONCE(vp->faults, vp->faults + 1);
	return ret;
}

/* True if the guest can go on, and the VMM does not hear of it. */
static noinline bool vp_handle_rare(struct mshv_vp *vp, u8 kind)
{
	int ret;

	/* Each access to a device comes by here. */
	if (likely(kind == MSHV_EXIT(MEMORY))) {
		/* A signal has ended the wait for the page: the guest will fault again. */
		ret = vp_resolve_fault(vp);
		return !ret || ret == -EINTR;
	}
	switch (kind) {
	case MSHV_EXIT(UNRECOVERABLE):
		mshv_event_vp(vp, MSHV_CMD_VP_CRASHED);
		return false;
	case MSHV_EXIT(HALT):
		mshv_event_vp(vp, MSHV_CMD_VP_HALTED);
		return false;
	default:
		return false;
	}
}

static int vp_run_until_message(struct mshv_vp *vp)
{
	u8 kind;
	int ret;

	lockdep_assert_held(&vp->lock);
	for (;;) {
		ret = mshv_host.root_scheduler ? mshv_vp_run_root(vp) : mshv_vp_run_core(vp);
		if (unlikely(ret)) {
			vp->exits[MSHV_EXIT(INTERRUPTED)] += ret == -EINTR;
			return ret;
		}
		kind = vp_count_exit(vp);
		if (likely(kind > MSHV_EXIT_LAST_RARE) || !vp_handle_rare(vp, kind))
			return 0;
		/* A guest that only ever faults must not keep its VMM from being killed. */
		if (signal_pending(current) || mshv_vp_must_exit(vp))
			return -EINTR;
	}
}

/* Out of line, like all that is rare here: a run is as fast as what is not done in it. */
static noinline void vp_trace_run(struct mshv_vp *vp, int ret)
{
	const struct hv_x64_memory_intercept_message *msg = (void *)vp->message->u.payload;
	/* What follows the header; the kernel's headers do not have all of the messages. */
	const u32 *after = (void *)(&msg->header + 1);
	u32 type = READ_ONCE(vp->message->header.message_type);
	u32 number = 0;
	u64 gpa = 0;

	switch (type) {
	case HVMSG_GPA_INTERCEPT:
	case HVMSG_UNMAPPED_GPA:
		gpa = READ_ONCE(msg->guest_physical_address);
		break;
	case HVMSG_X64_IO_PORT_INTERCEPT:
	case HVMSG_X64_EXCEPTION_INTERCEPT:
		number = READ_ONCE(*after) & 0xffff;
		break;
	case HVMSG_X64_MSR_INTERCEPT:
		number = READ_ONCE(*after);
		break;
	case HVMSG_X64_APIC_EOI:
		number = READ_ONCE(((struct hv_x64_apic_eoi_message *)msg)->interrupt_vector);
		break;
	}
	trace_mshv_vp_run(vp->partition->id, vp->index, type, ret,
			  type == HVMSG_X64_APIC_EOI ? 0 : READ_ONCE(msg->header.rip), gpa, number);
}

/**
 * mshv_vp_run - MSHV_RUN_VP
 * @vp: the VP
 * @arg: where the message goes
 *
 * If the message cannot be copied out it is not lost: the next call that is not
 * told to exit returns it.
 *
 * Return: 0, -EINTR after a signal, or another negative errno.
 */
long mshv_vp_run(struct mshv_vp *vp, struct mshv_run_vp __user *arg)
{
	int ret = 0;

	lockdep_assert_held(&vp->lock);
	if (unlikely(mshv_vp_control(vp) & ~MSHV_VP_CONTROL_KNOWN))
		return -EINVAL;
	if (likely(!vp->undelivered))
		ret = vp_run_until_message(vp);
	else if (mshv_vp_must_exit(vp))
		ret = -EINTR;
	if (trace_mshv_vp_run_enabled())
		vp_trace_run(vp, ret);
	if (unlikely(ret))
		return ret;
	if (READ_ONCE(vp->control->message_stays)) {
		vp->undelivered = false;
		return 0;
	}
	vp->undelivered = copy_to_user(arg->msg_buf, vp->message, sizeof(*vp->message));
	return vp->undelivered ? -EFAULT : 0;
}
