// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all hypercalls share: memory for the hypervisor, repeats, errors.
 */
#include <linux/fault-inject.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "hvcall.h"

#ifdef CONFIG_FAULT_INJECTION
/* Set up in debugfs, or by /proc/self/fail-nth as all kinds of faults. */
static DECLARE_FAULT_ATTR(fail_hypercall);

bool hv_call_should_fail(void)
{
	return should_fail(&fail_hypercall, 1);
}

void hv_fault_debugfs(struct dentry *dir)
{
	fault_create_debugfs_attr("fail_hypercall", dir, &fail_hypercall);
}
#endif

#define FIRST_STEP	4
#define LAST_STEP	64
/* A call that wants more than this without getting anywhere never ends. */
#define USELESS_MAX	(SZ_64M >> HV_HYP_PAGE_SHIFT)

static u64 deposit_memory(u64 partition_id, struct page **pages, unsigned int nr)
{
	CLASS(hv_args, args)(sizeof(struct hv_deposit_memory), 0);
	struct hv_deposit_memory *in = args.in;
	unsigned int i;

	in->partition_id = partition_id;
	for (i = 0; i < nr; i++)
		in->gpa_page_list[i] = page_to_pfn(pages[i]);
	return hv_make_rep_call(HVCALL_DEPOSIT_MEMORY, nr, 0, in, NULL);
}

static void free_all(struct page **pages, unsigned int nr)
{
	while (nr)
		__free_page(pages[--nr]);
}

/* Contiguous pages are given one by one, and come back one by one. */
static unsigned int allocate(struct page **pages, unsigned int nr, bool contiguous)
{
	unsigned int i;

	if (contiguous) {
		pages[0] = alloc_pages(GFP_KERNEL_ACCOUNT, get_order(nr << PAGE_SHIFT));
		if (!pages[0])
			return 0;
		split_page(pages[0], get_order(nr << PAGE_SHIFT));
		for (i = 1; i < nr; i++)
			pages[i] = pages[0] + i;
		return nr;
	}
	for (i = 0; i < nr; i++) {
		pages[i] = alloc_page(GFP_KERNEL_ACCOUNT);
		if (!pages[i])
			break;
	}
	return i;
}

static bool give(u64 partition_id, unsigned int nr, bool contiguous)
{
	struct page *pages[LAST_STEP];
	unsigned int got = allocate(pages, nr, contiguous);
	u64 status;

	if (got < nr) {
		free_all(pages, got);
		return false;
	}
	status = deposit_memory(partition_id, pages, nr);
	if (hv_result_success(status))
		return true;
	/* The hypervisor keeps what it has taken before it failed. */
	got = min(hv_repcomp(status), nr);
	free_all(pages + got, nr - got);
	return false;
}

/**
 * hv_deposit_for - give the memory that a call lacked
 * @deposit: the account of the call
 * @status: how the call ended
 *
 * The hypervisor says that it needs memory, not how much: a little is tried
 * first, and twice as much each time that it was not enough.
 *
 * Context: process context, may sleep.
 * Return: true if the call is worth another try.
 */
bool hv_deposit_for(struct hv_deposit *deposit, u64 status)
{
	u64 to = deposit->partition_id;
	bool contiguous = false;
	unsigned int nr;

	switch (hv_result(status)) {
	case HV_STATUS_INSUFFICIENT_CONTIGUOUS_ROOT_MEMORY:
		contiguous = true;
		fallthrough;
	case HV_STATUS_INSUFFICIENT_ROOT_MEMORY:
		if (!hv_root_partition())
			return false;
		to = HV_PARTITION_ID_SELF;
		break;
	case HV_STATUS_INSUFFICIENT_CONTIGUOUS_MEMORY:
		contiguous = true;
		break;
	case HV_STATUS_INSUFFICIENT_MEMORY:
		break;
	default:
		return false;
	}
	if (fatal_signal_pending(current) || deposit->useless > USELESS_MAX)
		return false;

	deposit->step = clamp(deposit->step * 2, FIRST_STEP, LAST_STEP);
	nr = contiguous ? HV_MAX_CONTIGUOUS_ALLOCATION_PAGES : deposit->step;
	if (!give(to, nr, contiguous))
		return false;
	deposit->useless += nr;
	if (to == deposit->partition_id)
		deposit->pages += nr;
	return true;
}

/* Root's own pool serves everybody, so what went there stays there. */
void hv_deposit_undo(struct hv_deposit *deposit)
{
	if (deposit->pages && deposit->partition_id != hv_current_partition_id &&
	    deposit->partition_id != HV_PARTITION_ID_SELF)
		hv_call_withdraw_memory(deposit->partition_id, deposit->pages);
	deposit->pages = 0;
}

/**
 * hv_repeat_once - one call of a repeat call, without memory for it
 * @repeat: what to do, and how far it is
 *
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

/* One hypercall names so many pages in its output page. */
#define WITHDRAW_MAX	(HV_HYP_PAGE_SIZE / sizeof(u64))

/*
 * The pages are strung together where the list of the hypervisor is: whoever
 * gives memory back should not need any for it.
 */
static u64 withdraw(u64 partition_id, unsigned int nr, struct list_head *pages)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_withdraw_memory), 0);
	struct hv_input_withdraw_memory *in = args.in;
	const u64 *pfns = args.out;
	unsigned int i, got;
	u64 status;

	in->partition_id = partition_id;
	status = hv_make_rep_call(HVCALL_WITHDRAW_MEMORY, nr, 0, in, args.out);
	got = min(hv_repcomp(status), nr);
	for (i = 0; i < got; i++)
		list_add(&pfn_to_page(pfns[i])->lru, pages);
	return status;
}

static void free_list(struct list_head *pages)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, pages, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

/**
 * hv_call_withdraw_memory - take free memory back from a partition's pool
 * @partition_id: whose pool
 * @nr: pages at most
 *
 * Context: process context, may sleep; allocates nothing.
 * Return: number of pages that came back.
 */
u64 hv_call_withdraw_memory(u64 partition_id, u64 nr)
{
	unsigned int tries = 3;
	u64 total = 0;

	while (total < nr && tries) {
		unsigned int want = min(nr - total, WITHDRAW_MAX), got;
		LIST_HEAD(pages);
		u64 status;

		status = withdraw(partition_id, want, &pages);
		got = min(hv_repcomp(status), want);
		free_list(&pages);
		total += got;
		/* How it says that there is nothing left. */
		if (hv_result(status) == HV_STATUS_NO_RESOURCES)
			break;
		if (!hv_result_success(status) || !got)
			tries--;
		cond_resched();
	}
	return total;
}

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
		return -EOPNOTSUPP;
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
