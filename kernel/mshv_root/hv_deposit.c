// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory for the hypervisor: given when a call lacks it, and taken back.
 */
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>

#include "account.h"
#include "hvcall.h"
#include "netlink.h"

/* A partition that has run out of memory gets some to spare; root's own pool serves all. */
#define FIRST_STEP	4
#define LAST_STEP	64
/* A call that wants more than this without getting anywhere never ends. */
#define USELESS_MAX	(SZ_64M >> HV_HYP_PAGE_SHIFT)

static u64 hv_try_deposit_memory(u64 partition_id, struct page **pages, unsigned int nr)
{
	CLASS(hv_args, args)(sizeof(struct hv_deposit_memory), 0);
	struct hv_deposit_memory *in = args.in;
	unsigned int i;

	in->partition_id = partition_id;
	for (i = 0; i < nr; i++)
		in->gpa_page_list[i] = page_to_pfn(pages[i]);
	return hv_make_rep_call(HVCALL_DEPOSIT_MEMORY, nr, 0, in, NULL);
}

static void hv_deposit_free(struct page **pages, unsigned int nr)
{
	while (nr)
		__free_page(pages[--nr]);
}

/* Root's own pool serves everybody: it is no virtual machine's memory. */
static bool hv_deposit_is_ours(u64 partition_id)
{
	return partition_id == HV_PARTITION_ID_SELF || partition_id == hv_current_partition_id;
}

/* Pages that are had in one piece cost no more than one; they are given, and come back, singly. */
static struct page *hv_deposit_alloc_piece(unsigned int order, gfp_t gfp, bool needed)
{
	struct page *page;

	if (order && !needed)
		gfp |= __GFP_NORETRY | __GFP_NOWARN;
	page = alloc_pages(gfp, order);
	if (page && order)
		split_page(page, order);
	return page;
}

/* Returns how many there were. */
static unsigned int hv_deposit_alloc(struct page **pages, unsigned int nr, bool contiguous,
				     gfp_t gfp)
{
	unsigned int order = ilog2(nr), got = 0, i;
	struct page *page;

	while (got < nr) {
		order = min_t(unsigned int, order, ilog2(nr - got));
		page = hv_deposit_alloc_piece(order, gfp, contiguous);
		if (!page && (contiguous || !order))
			break;
		if (!page) {
			order--;
			continue;
		}
		for (i = 0; i < BIT(order); i++)
			pages[got++] = page + i;
	}
	return got;
}

/* Returns how many it gave, which is what there was, or what the hypervisor took. */
static unsigned int hv_deposit_give(u64 partition_id, unsigned int nr, bool contiguous)
{
	struct page *pages[LAST_STEP];
	gfp_t gfp = hv_deposit_is_ours(partition_id) ? GFP_KERNEL : GFP_KERNEL_ACCOUNT;
	unsigned int got = hv_deposit_alloc(pages, nr, contiguous, gfp);
	unsigned int given = 0, taken;
	u64 status;

	if (got < nr) {
		hv_deposit_free(pages, got);
		return 0;
	}
	do {
		status = hv_try_deposit_memory(partition_id, pages + given, nr - given);
		taken = min(hv_repcomp(status), nr - given);
		given += taken;
	} while (given < nr && taken && hv_result_success(status));
	hv_deposit_free(pages + given, nr - given);
	mshv_account_deposit(partition_id, given);
	return given;
}

/**
 * hv_deposit_for - give the memory that a call lacked
 * @deposit: the account of the call
 * @status: how the call ended
 *
 * The hypervisor says that it needs memory, not how much. For root's own pool a little is
 * tried first, and twice as much each time that it was not enough.
 *
 * Context: process context, may sleep.
 * Return: true if the call lacked memory, and is worth another try.
 */
bool hv_deposit_for(struct hv_deposit *deposit, u64 status)
{
	u64 to = deposit->partition_id;
	bool contiguous = false;
	unsigned int nr, given;

	might_sleep();
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

	deposit->step = hv_deposit_is_ours(to) ?
			clamp(deposit->step * 2, FIRST_STEP, LAST_STEP) : LAST_STEP;
	nr = contiguous ? HV_MAX_CONTIGUOUS_ALLOCATION_PAGES : deposit->step;
	given = hv_deposit_give(to, nr, contiguous);
	deposit->useless += given;
	if (to == deposit->partition_id)
		deposit->pages += given;
	if (given < nr)
		mshv_event_refused(to, MSHV_REFUSAL_DEPOSIT, (u64)nr << HV_HYP_PAGE_SHIFT);
	return given == nr;
}
EXPORT_SYMBOL_NS_GPL(hv_deposit_for, "MSHV_ROOT");

/**
 * hv_deposit_ahead - give memory before a call lacks it
 * @deposit: the account of the call
 * @nr: pages
 *
 * What the hypervisor needs of a partition's pool it needs also when no call of ours is under
 * way, and there is nobody then whom it could ask: see Documentation/uapi/mshv.rst. It comes
 * back with all else at the end of the partition.
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM; hv_deposit_end() is due in either case.
 */
int hv_deposit_ahead(struct hv_deposit *deposit, unsigned int nr)
{
	while (nr) {
		unsigned int some = min(nr, LAST_STEP);
		unsigned int given = hv_deposit_give(deposit->partition_id, some, false);

		deposit->pages += given;
		if (given < some) {
			mshv_event_refused(deposit->partition_id, MSHV_REFUSAL_DEPOSIT,
					   (u64)some << HV_HYP_PAGE_SHIFT);
			return -ENOMEM;
		}
		nr -= some;
	}
	return 0;
}

/**
 * hv_deposit_end - the end of a call that hv_deposit_for() was asked about
 * @deposit: the account of the call
 * @status: how the call ended
 *
 * What was given for a call that failed nevertheless is taken back. Root's own pool
 * serves everybody, so what went there stays there.
 *
 * Context: process context, may sleep.
 * Return: hv_status_to_errno() of @status.
 */
int hv_deposit_end(struct hv_deposit *deposit, u64 status)
{
	int ret = hv_status_to_errno(status);

	if (ret && deposit->pages && !hv_deposit_is_ours(deposit->partition_id))
		hv_call_withdraw_memory(deposit->partition_id, deposit->pages);
	deposit->pages = 0;
	return ret;
}
EXPORT_SYMBOL_NS_GPL(hv_deposit_end, "MSHV_ROOT");

/* One hypercall names so many pages in its output page. */
#define WITHDRAW_MAX	(HV_HYP_PAGE_SIZE / sizeof(u64))

/*
 * The pages are strung together where the list of the hypervisor is: whoever
 * gives memory back should not need any for it.
 */
static u64 hv_try_withdraw_memory(u64 partition_id, unsigned int nr, struct list_head *pages)
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

static void hv_withdraw_free(struct list_head *pages)
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

	might_sleep();
	while (total < nr && tries) {
		unsigned int want = min(nr - total, WITHDRAW_MAX), got;
		LIST_HEAD(pages);
		u64 status;

		status = hv_try_withdraw_memory(partition_id, want, &pages);
		got = min(hv_repcomp(status), want);
		hv_withdraw_free(&pages);
		total += got;
		/* How it says that there is nothing left. */
		if (hv_result(status) == HV_STATUS_NO_RESOURCES)
			break;
		if (!hv_result_success(status) || !got)
			tries--;
		cond_resched();
	}
	mshv_account_deposit(partition_id, -(s64)total);
	return total;
}
EXPORT_SYMBOL_NS_GPL(hv_call_withdraw_memory, "MSHV_ROOT");
