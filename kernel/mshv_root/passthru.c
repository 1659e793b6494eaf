// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_ROOT_HVCALL: hypercalls that user space makes through us.
 *
 * Which those are is decided by a list for each kind of descriptor. All of them
 * begin with the partition that they work on, which is not the caller's to
 * choose. Input and output are pages of which all is zero that matters: the
 * hypervisor sees no byte that the caller did not give, and the caller no byte that
 * the hypervisor did not write. A VP has its own pages, since VMMs make so many calls
 * on it: what is cleared is what was used, and not two whole pages for each call.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "hvcall.h"
#include "partition.h"
#include "vp.h"

static const u16 partition_list[] = {
	HVCALL_GET_PARTITION_PROPERTY,
	HVCALL_GET_PARTITION_PROPERTY_EX,
	HVCALL_SET_PARTITION_PROPERTY,
	HVCALL_INSTALL_INTERCEPT,
	HVCALL_GET_VP_REGISTERS,
	HVCALL_SET_VP_REGISTERS,
	HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
	HVCALL_CLEAR_VIRTUAL_INTERRUPT,
	HVCALL_REGISTER_INTERCEPT_RESULT,
	HVCALL_ASSERT_VIRTUAL_INTERRUPT,
	HVCALL_GET_GPA_PAGES_ACCESS_STATES,
	HVCALL_SIGNAL_EVENT_DIRECT,
	HVCALL_POST_MESSAGE_DIRECT,
	HVCALL_GET_VP_CPUID_VALUES,
	HVCALL_SCRUB_PARTITION,
};

/* Of the caller's own partition, which is the host: nothing that changes it. */
static const u16 device_list[] = {
	HVCALL_GET_PARTITION_PROPERTY,
	HVCALL_GET_PARTITION_PROPERTY_EX,
};

/* Repeats are counted in twelve bits. */
#define REPS_MAX	0xfff

/**
 * struct passthru - a hypercall on its way
 * @args: what the caller asked for
 * @partition_id: what the call works on
 * @pt: the same, or NULL for the host
 * @in: input page
 * @out: output page
 * @done: repeats completed
 */
struct passthru {
	struct mshv_root_hvcall args;
	u64 partition_id;
	struct mshv_partition *pt;
	void *in;
	void *out;
	u16 done;
};

static bool passthru_is_listed(u16 code, const u16 *list, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (list[i] == code)
			return true;
	return false;
}

static bool passthru_may_be_asynchronous(u16 code)
{
	return code == HVCALL_SET_PARTITION_PROPERTY;
}

/* These wait for VPs, or for what may take long: not with a VP's lock held. */
static bool passthru_is_for_no_vp(u16 code)
{
	return passthru_may_be_asynchronous(code) || code == HVCALL_SCRUB_PARTITION;
}

/* Would the call let a VP go on that mshv_partition_break() has stopped for good? */
static bool passthru_revives(const struct passthru *call)
{
	u16 code = call->args.code;

	return (code == HVCALL_SET_VP_REGISTERS || code == HVCALL_SCRUB_PARTITION) &&
	       call->pt && READ_ONCE(call->pt->broken);
}

/* Called by the interrupt that brings the result, under RCU, which keeps @pt. */
void mshv_async_completed(struct mshv_partition *pt, u64 status)
{
	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "partitions are freed after a grace period");
	lockdep_assert_irqs_disabled();
	pt->async_status = status;
	complete(&pt->async_done);
}

static int passthru_wait(struct mshv_partition *pt)
{
	lockdep_assert_held(&pt->async_lock);
	if (wait_for_completion_killable(&pt->async_done))
		return -EINTR;
	pt->async_pending = false;
	return 0;
}

/*
 * A partition can have one such call at a time, and its completion does not say
 * which. So one that a killed caller left behind comes first.
 */
static int passthru_call_async(struct passthru *call, u64 *status)
{
	struct mshv_partition *pt = call->pt;
	int ret;

	lockdep_assert_held(&pt->async_lock);
	if (pt->async_pending) {
		ret = passthru_wait(pt);
		if (ret)
			return ret;
	}
	reinit_completion(&pt->async_done);
	*status = hv_make_call(call->args.code, call->in, call->out);
	if (hv_result(*status) != HV_STATUS_CALL_PENDING)
		return 0;
	pt->async_pending = true;
	ret = passthru_wait(pt);
	if (!ret)
		*status = pt->async_status;
	return ret;
}

/* Each time round it gets further, or that was the last. */
static int passthru_call_reps(struct passthru *call, u64 *status)
{
	u16 before;

	do {
		before = call->done;
		*status = hv_make_rep_call_from(call->args.code, call->args.reps, 0, before,
						call->in, call->out);
		call->done = clamp(hv_repcomp(*status), before, call->args.reps);
		cond_resched();
	} while (hv_result_success(*status) && call->done < call->args.reps &&
		 call->done != before && !fatal_signal_pending(current));
	if (!hv_result_success(*status) || call->done == call->args.reps)
		return 0;
	if (fatal_signal_pending(current))
		return -EINTR;
	*status = HV_STATUS_OPERATION_FAILED;
	return 0;
}

static int passthru_call_once(struct passthru *call, u64 *status)
{
	if (passthru_may_be_asynchronous(call->args.code))
		return passthru_call_async(call, status);
	if (call->args.code == HVCALL_SCRUB_PARTITION)
		return mshv_partition_scrub(call->pt, status);
	if (!call->args.reps) {
		*status = hv_make_call(call->args.code, call->in, call->out);
		return 0;
	}
	return passthru_call_reps(call, status);
}

/* The result of the hypercall is in the arguments; the errno says if it was made. */
static int passthru_call(struct passthru *call, u64 *status)
{
	struct hv_deposit deposit = { .partition_id = call->partition_id };
	int ret;

	do {
		ret = passthru_call_once(call, status);
		if (ret)
			return ret;
	} while (hv_deposit_for(&deposit, *status));
	/* With repeats, those that are done may be using it. */
	if (!call->args.reps)
		hv_deposit_end(&deposit, *status);
	return 0;
}

/*
 * Which synthetic features a partition may be given. A VMM asks for that before
 * there is a partition; hypervisors that do not know the question give a partition
 * what the host has itself.
 */
static void passthru_answer_for_hypervisor(struct passthru *call, u64 *status)
{
	const struct hv_input_get_partition_property_ex *in = call->in;
	struct {
		u16 bank_count;
		u16 reserved[3];
		u64 features;
	} *out = call->out;

	if (call->pt || call->args.code != HVCALL_GET_PARTITION_PROPERTY_EX ||
	    in->property_code != HV_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES ||
	    hv_result_success(*status))
		return;
	memset(out, 0, sizeof(*out));
	if (hv_call_get_partition_property(HV_PARTITION_ID_SELF,
					   HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
					   &out->features))
		return;
	out->bank_count = 1;
	*status = HV_STATUS_SUCCESS;
}

static bool passthru_sets_apic_id(const struct passthru *call)
{
	const struct hv_input_set_vp_registers *in = call->in;
	const size_t max = (HV_HYP_PAGE_SIZE - sizeof(*in)) / sizeof(in->elements[0]);
	unsigned int i;

	for (i = 0; i < min(call->done, max); i++)
		if (in->elements[i].name == HV_REGISTER_NR_INITIAL_APIC_ID ||
		    in->elements[i].name == HV_REGISTER_NR_APIC_ID)
			return true;
	return false;
}

/* Nothing but the VMM's own calls changes the APIC id of a VP. */
static void passthru_registers_set(const struct passthru *call)
{
	const struct hv_input_set_vp_registers *in = call->in;
	struct mshv_vp *vp;

	if (!call->pt || !passthru_sets_apic_id(call))
		return;
	rcu_read_lock();
	vp = mshv_partition_vp(call->pt, in->vp_index);
	if (vp)
		mshv_vp_forget_apic_id(vp);
	rcu_read_unlock();
}

static int passthru_run(struct passthru *call, void __user *arg)
{
	struct mshv_root_hvcall *args = &call->args;
	u64 status;
	int ret;

	if (copy_from_user(call->in, u64_to_user_ptr(args->in_ptr), args->in_sz))
		return -EFAULT;
	if (passthru_revives(call))
		return -EIO;
	*(u64 *)call->in = call->partition_id;

	if (passthru_may_be_asynchronous(args->code) && mutex_lock_killable(&call->pt->async_lock))
		return -EINTR;
	ret = passthru_call(call, &status);
	if (passthru_may_be_asynchronous(args->code))
		mutex_unlock(&call->pt->async_lock);
	if (ret)
		return ret;
	passthru_answer_for_hypervisor(call, &status);

	if (args->code == HVCALL_SET_VP_REGISTERS)
		passthru_registers_set(call);
	/*
	 * mshv_partition_break() may have set pt->broken and stopped the VPs between the first
	 * look and the hypercall, which let one of them go on: they are stopped again.
	 */
	if (passthru_revives(call))
		mshv_partition_stop(call->pt);
	args->status = hv_result(status);
	args->reps = call->done;
	if (copy_to_user(arg, args, sizeof(*args)))
		return -EFAULT;
	ret = hv_status_to_errno(status);
	if (!ret && args->out_ptr &&
	    copy_to_user(u64_to_user_ptr(args->out_ptr), call->out, args->out_sz))
		ret = -EFAULT;
	return ret;
}

static int passthru_check(const struct mshv_root_hvcall *args)
{
	if (args->status || mshv_not_zero(args->rsvd) || !args->in_ptr ||
	    args->in_sz < sizeof(u64) || args->in_sz > HV_HYP_PAGE_SIZE ||
	    args->reps > REPS_MAX)
		return -EINVAL;
	if (args->out_ptr && (!args->out_sz || args->out_sz > HV_HYP_PAGE_SIZE))
		return -EINVAL;
	return 0;
}

static int passthru_fetch(struct mshv_root_hvcall *args, const u16 *list, size_t nr,
			  void __user *arg)
{
	int ret;

	if (copy_from_user(args, arg, sizeof(*args)))
		return -EFAULT;
	ret = passthru_check(args);
	if (ret)
		return ret;
	return passthru_is_listed(args->code, list, nr) ? 0 : -EINVAL;
}

/*
 * There is always an output page: a call without one would make the hypervisor
 * write to whatever is at address 0.
 */
static void *passthru_alloc_pages(void)
{
	return (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO, 1);
}

static long passthru_without_vp(struct mshv_partition *pt, const u16 *list, size_t nr,
				void __user *arg)
{
	struct passthru call = {
		.pt = pt,
		.partition_id = pt ? pt->id : HV_PARTITION_ID_SELF,
	};
	int ret;

	might_sleep();
	ret = passthru_fetch(&call.args, list, nr, arg);
	if (ret)
		return ret;
	call.in = passthru_alloc_pages();
	if (!call.in)
		return -ENOMEM;
	call.out = call.in + PAGE_SIZE;
	ret = passthru_run(&call, arg);
	free_pages((unsigned long)call.in, 1);
	return ret;
}

long mshv_passthru_device(void *unused, void __user *arg)
{
	return passthru_without_vp(NULL, device_list, ARRAY_SIZE(device_list), arg);
}

long mshv_passthru_partition(void *pt, void __user *arg)
{
	return passthru_without_vp(pt, partition_list, ARRAY_SIZE(partition_list), arg);
}

/*
 * The VP's lock is held: a call that lasts would keep the VP from running. Between
 * calls its input page is all zero, and of its output page nobody sees more than what
 * was cleared before the call.
 */
long mshv_passthru_vp(void *object, void __user *arg)
{
	struct mshv_vp *vp = object;
	struct passthru call = {
		.pt = vp->partition,
		.partition_id = vp->partition->id,
	};
	int ret;

	lockdep_assert_held(&vp->lock);
	ret = passthru_fetch(&call.args, partition_list, ARRAY_SIZE(partition_list), arg);
	if (ret)
		return ret;
	if (passthru_is_for_no_vp(call.args.code))
		return -EINVAL;
	if (!vp->hvcall_pages)
		vp->hvcall_pages = passthru_alloc_pages();
	if (!vp->hvcall_pages)
		return -ENOMEM;
	call.in = vp->hvcall_pages;
	call.out = call.in + PAGE_SIZE;
	if (call.args.out_ptr)
		memset(call.out, 0, call.args.out_sz);
	ret = passthru_run(&call, arg);
	memset(call.in, 0, call.args.in_sz);
	return ret;
}

void mshv_passthru_vp_free(struct mshv_vp *vp)
{
	free_pages((unsigned long)vp->hvcall_pages, 1);
}
