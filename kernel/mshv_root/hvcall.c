// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all hypercalls share: repeats, errors, and faults that are injected.
 */
#include <linux/export.h>
#include <linux/fault-inject.h>
#include <linux/sched.h>

#include "hvcall.h"

#ifdef CONFIG_FAULT_INJECTION
/* Set up in debugfs, or by /proc/self/fail-nth as all kinds of faults. */
static DECLARE_FAULT_ATTR(fail_hypercall);

bool hv_call_should_fail(void)
{
	return should_fail(&fail_hypercall, 1);
}
EXPORT_SYMBOL_NS_GPL(hv_call_should_fail, "MSHV_ROOT");

void hv_fault_debugfs(struct dentry *dir)
{
	fault_create_debugfs_attr("fail_hypercall", dir, &fail_hypercall);
}
#endif

/**
 * hv_repeat_once - one call of a repeat call, without memory for it
 * @repeat: what to do, and how far it is
 *
 * Context: any.
 * Return: the status of the call. Success without progress is turned into
 * HV_STATUS_OPERATION_FAILED, so that no caller loops for ever.
 */
u64 hv_repeat_once(struct hv_repeat *repeat)
{
	unsigned int nr = min(repeat->nr - repeat->done, repeat->max);
	u64 status = repeat->make(repeat, nr);
	unsigned int completed = min(hv_repcomp(status), nr);

	repeat->done += completed;
	if (hv_result_success(status) && !completed)
		return HV_STATUS_OPERATION_FAILED;
	return status;
}
EXPORT_SYMBOL_NS_GPL(hv_repeat_once, "MSHV_ROOT");

/**
 * hv_repeat - make a repeat call until all elements are done
 * @repeat: what to do
 * @deposit_to: partition that gets the memory which the call may need
 *
 * Memory that was given stays even if the call fails, for the elements done
 * before may be using it.
 *
 * Context: process context, may sleep.
 * Return: the status of the last call; @repeat->done says how far it came.
 */
u64 hv_repeat(struct hv_repeat *repeat, u64 deposit_to)
{
	struct hv_deposit deposit = { .partition_id = deposit_to };
	u64 status = HV_STATUS_SUCCESS;

	might_sleep();
	while (repeat->done < repeat->nr) {
		u64 before = repeat->done;

		status = hv_repeat_once(repeat);
		if (repeat->done != before) {
			deposit.step = 0;
			deposit.useless = 0;
		}
		if (!hv_result_success(status) && !hv_deposit_for(&deposit, status))
			break;
		cond_resched();
	}
	return status;
}
EXPORT_SYMBOL_NS_GPL(hv_repeat, "MSHV_ROOT");

/**
 * hv_status_to_errno - what user space is told of a failed hypercall
 * @status: result of a hypercall
 *
 * The table is part of the user interface: see Documentation/uapi/mshv.rst.
 * It is our own since the kernel's differs between versions.
 *
 * Return: 0 or a negative errno; EIO stands for all that has no better one.
 */
int hv_status_to_errno(u64 status)
{
	if (status == U64_MAX)
		return -EOPNOTSUPP;

	switch (hv_result(status)) {
	case HV_STATUS_SUCCESS:
	/* The device let go of its domain, and what it asked for last is dropped. */
	case HV_STATUS_PENDING_PAGE_REQUESTS:
	/* It is where the call was to put it. */
	case HV_STATUS_DEVICE_ALREADY_IN_DOMAIN:
		return 0;
	case HV_STATUS_ACCESS_DENIED:
	case HV_STATUS_OPERATION_DENIED:
		return -EACCES;
	case HV_STATUS_INSUFFICIENT_MEMORY:
	case HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY:
	case HV_STATUS_INSUFFICIENT_ROOT_MEMORY:
	case HV_STATUS_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY:
		return -ENOMEM;
	case HV_STATUS_PROCESSOR_FEATURE_NOT_SUPPORTED:
	case HV_STATUS_FEATURE_UNAVAILABLE:
		return -EOPNOTSUPP;
	case HV_STATUS_OBJECT_IN_USE:
	case HV_STATUS_INVALID_DEVICE_STATE:
		return -EBUSY;
	case HV_STATUS_INSUFFICIENT_DEVICE_DOMAINS:
		return -ENOSPC;
	case HV_STATUS_INVALID_DEVICE_ID:
		return -ENODEV;
	case HV_STATUS_KEY_ALREADY_EXISTS:
		return -EEXIST;
	case HV_STATUS_INVALID_HYPERCALL_CODE:
	case HV_STATUS_INVALID_HYPERCALL_INPUT:
	case HV_STATUS_INVALID_PARAMETER:
	case HV_STATUS_UNKNOWN_PROPERTY:
	case HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE:
	case HV_STATUS_INVALID_PARTITION_ID:
	case HV_STATUS_INVALID_VP_INDEX:
	case HV_STATUS_INVALID_PORT_ID:
	case HV_STATUS_INVALID_CONNECTION_ID:
	case HV_STATUS_INVALID_LP_INDEX:
	case HV_STATUS_INVALID_REGISTER_VALUE:
		return -EINVAL;
	default:
		return -EIO;
	}
}
EXPORT_SYMBOL_NS_GPL(hv_status_to_errno, "MSHV_ROOT");
