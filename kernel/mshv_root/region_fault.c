// SPDX-License-Identifier: GPL-2.0-only
/*
 * Population of regions on demand: finding the pages.
 *
 * A fault first brings in the page that the guest wants, as an access of the process would,
 * and no other. Then it looks what is there around it, bringing in nothing, takes the
 * region's lock, and maps that unless the page tables have changed in the meantime. A
 * change takes the same lock and leaves the pages mapped without access: see region_map.c.
 */
#include <linux/highmem.h>
#include <linux/hmm.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "hvcall.h"
#include "region.h"

/* Chunks that come with one fault, if they are there. */
#define AHEAD_MAX	32

/*
 * Pages around the wanted one that are looked at, where the chunk has been populated
 * before: what was taken away for a moment comes back soon, and a look costs little.
 */
#define WINDOW		16

/* Those that began as pinned have no notifier. */
static struct mm_struct *region_mm(const struct mshv_region *rg)
{
	return rg->notifier.mm ?: rg->locked_mm;
}

/*
 * The page is brought in by the same rules as for an access of the process itself. The lock
 * of the address space is let go of while somebody else is asked for it. With @page the caller
 * gets a reference.
 */
static int region_bring_in(struct mshv_region *rg, u64 gfn, u32 need, enum mshv_wait wait,
			   struct page **page)
{
	unsigned int flags = FOLL_HONOR_NUMA_FAULT;
	struct mm_struct *mm = region_mm(rg);
	int locked = 1;
	long got;

	if (need & HV_MAP_GPA_WRITABLE)
		flags |= FOLL_WRITE;
	if (wait == MSHV_WAIT_INTERRUPTIBLE)
		flags |= FOLL_INTERRUPTIBLE;
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	got = get_user_pages_remote(mm, mshv_region_address(rg, gfn), 1, flags, page, &locked);
	if (locked)
		mmap_read_unlock(mm);
	/* 0: a signal came before anything else did. */
	return got < 0 ? got : got ? 0 : -EINTR;
}

/* What the page tables show of some pages, bringing in nothing. */
static int region_snapshot(struct mshv_region *rg, u64 gfn, unsigned int nr,
			   unsigned long *hmm_pfns, unsigned long *seq)
{
	struct mm_struct *mm = rg->notifier.mm;
	struct hmm_range range = {
		.notifier = &rg->notifier,
		.start = mshv_region_address(rg, gfn),
		.end = mshv_region_address(rg, gfn + nr),
		.hmm_pfns = hmm_pfns,
	};
	int ret;

	do {
		if (fatal_signal_pending(current))
			return -EINTR;
		range.notifier_seq = mmu_interval_read_begin(&rg->notifier);
		if (mmap_read_lock_killable(mm))
			return -EINTR;
		ret = hmm_range_fault(&range);
		mmap_read_unlock(mm);
	} while (ret == -EBUSY);
	*seq = range.notifier_seq;
	return ret;
}

static unsigned long region_pfn_of_hmm(unsigned long hmm_pfn)
{
	if (!(hmm_pfn & HMM_PFN_VALID) || hmm_pfn & HMM_PFN_ERROR)
		return MSHV_NO_PFN;
	return (hmm_pfn & ~HMM_PFN_FLAGS) | (hmm_pfn & HMM_PFN_WRITE ? 0 : MSHV_PFN_READ_ONLY);
}

/*
 * One entry of the page tables may be the whole chunk, so that a look at one page tells of
 * all of them. Returns the order of what that page is mapped by, or less than
 * HV_LARGE_PAGE_ORDER; then nothing is said of the chunk.
 */
static unsigned int region_look_at_page(struct mshv_region *rg, u64 gfn, unsigned long *first,
					unsigned long *seq)
{
	struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);
	unsigned int offset = mshv_chunk_offset(gfn);
	unsigned long hmm_pfn = 0, pfn;

	if (!rg->partition->large_pages || chunk.nr != HV_LARGE_PAGES ||
	    region_snapshot(rg, gfn, 1, &hmm_pfn, seq))
		return 0;
	pfn = region_pfn_of_hmm(hmm_pfn);
	if (pfn == MSHV_NO_PFN || !IS_ALIGNED((pfn & ~MSHV_PFN_READ_ONLY) - offset, HV_LARGE_PAGES))
		return 0;
	*first = pfn - offset;
	return hmm_pfn_to_map_order(hmm_pfn);
}

/*
 * What follows in the process is there already more often than not, and to map it
 * along with the first costs nothing: no memory is brought in for it.
 */
static unsigned int region_look_ahead(struct mshv_region *rg, u64 gfn, unsigned long *pfns)
{
	unsigned long seq;
	unsigned int nr;

	for (nr = 1; nr < AHEAD_MAX; nr++) {
		gfn += HV_LARGE_PAGES;
		if (gfn > rg->node.last || test_bit(mshv_region_chunk(rg, gfn).index, rg->populated) ||
		    region_look_at_page(rg, gfn, &pfns[nr], &seq) < HV_LARGE_PAGE_ORDER)
			break;
	}
	return nr;
}

/* If nothing has changed since the first look, nothing has since any of them. */
static bool region_look_large(struct mshv_region *rg, unsigned long *pfns, struct mshv_look *look)
{
	unsigned int order = region_look_at_page(rg, look->wanted, &pfns[0], &look->seq);
	struct mshv_chunk chunk = mshv_region_chunk(rg, look->wanted);

	if (order < HV_LARGE_PAGE_ORDER)
		return false;
	look->huge = order >= MSHV_HUGE_ORDER;
	look->nr_large = look->huge ? 1 : region_look_ahead(rg, chunk.first, pfns);
	return true;
}

/*
 * The first time all of a chunk is looked at. Later the pages around the wanted one, if none
 * of them is the guest's: then all of them went. If only some did, they did for a reason, and
 * come back one by one.
 */
static void region_choose_window(const struct mshv_region *rg, const struct mshv_chunk *chunk,
				 struct mshv_look *look)
{
	const struct mshv_pages *pages = mshv_region_pages_of(rg, chunk->index);
	u64 first = max_t(u64, round_down(look->wanted, WINDOW), chunk->first);
	u64 end = min_t(u64, round_down(look->wanted, WINDOW) + WINDOW, chunk->first + chunk->nr);
	unsigned int offset = mshv_chunk_offset(first);

	look->first = chunk->first;
	look->nr = chunk->nr;
	if (!pages)
		return;
	look->first = first;
	look->nr = end - first;
	/* Without the lock this is a guess, and a wrong one does no harm. */
	if (find_next_bit(pages->mapped, offset + look->nr, offset) < offset + look->nr) {
		look->first = look->wanted;
		look->nr = 1;
	}
}

/* What is mapped later stands in @pfns then: the wanted page is among it, or -EAGAIN. */
static int region_look(struct mshv_region *rg, u32 need, unsigned long *pfns,
		       struct mshv_look *look)
{
	struct mshv_chunk chunk = mshv_region_chunk(rg, look->wanted);
	unsigned long wanted;
	unsigned int i;
	int ret;

	look->nr_large = 0;
	look->huge = false;
	if (region_look_large(rg, pfns, look)) {
		wanted = pfns[0];
	} else {
		region_choose_window(rg, &chunk, look);
		ret = mshv_region_prepare_pages(rg, chunk.index);
		if (ret)
			return ret;
		memset(pfns, 0, look->nr * sizeof(*pfns));
		ret = region_snapshot(rg, look->first, look->nr, pfns, &look->seq);
		if (ret)
			return ret;
		for (i = 0; i < look->nr; i++)
			pfns[i] = region_pfn_of_hmm(pfns[i]);
		wanted = pfns[look->wanted - look->first];
	}
	/* It was there a moment ago, with the access that is needed. */
	if (wanted == MSHV_NO_PFN ||
	    (need & HV_MAP_GPA_WRITABLE && wanted & MSHV_PFN_READ_ONLY))
		return -EAGAIN;
	return 0;
}

/*
 * Under rg->lock. What is dead has perhaps another in its place. Below pinned_end the guest
 * has all of it by now.
 */
static int region_map_looked_at(struct mshv_region *rg, const struct mshv_look *look,
				unsigned long *pfns, u64 *status)
{
	struct mshv_chunk chunk = mshv_region_chunk(rg, look->wanted);

	lockdep_assert_held(&rg->lock);
	if (rg->dead)
		return -ESTALE;
	*status = HV_STATUS_SUCCESS;
	if (look->wanted < rg->pinned_end)
		return 0;
	if (mmu_interval_read_retry(&rg->notifier, look->seq))
		return -EAGAIN;
	*status = mshv_region_map_found(rg, &chunk, look, pfns);
	return 0;
}

static int region_populate_page(struct mshv_region *rg, u64 gfn, u32 need, enum mshv_wait wait,
				unsigned long *pfns)
{
	struct hv_deposit deposit = { .partition_id = rg->partition->id };
	struct mshv_look look = { .wanted = gfn };
	u64 status;
	int ret;

	do {
		ret = region_bring_in(rg, gfn, need, wait, NULL) ?: region_look(rg, need, pfns, &look);
		if (ret)
			return ret;
		mutex_lock(&rg->lock);
		ret = region_map_looked_at(rg, &look, pfns, &status);
		mutex_unlock(&rg->lock);
		if (ret)
			return ret;
	} while (hv_deposit_for(&deposit, status));
	return hv_status_to_errno(status);
}

/**
 * mshv_region_populate - give the guest access to a page
 * @rg: a movable region
 * @gfn: the page
 * @need: HV_MAP_GPA_WRITABLE if it is to be written to
 * @wait: what ends a wait for the page
 *
 * More pages around it may be mapped along with it, if they are there.
 *
 * Context: process context, may sleep; any process.
 * Return: 0 if the guest can try again; -ESTALE if the region is being unmapped, -EINTR, or
 * another negative errno.
 */
int mshv_region_populate(struct mshv_region *rg, u64 gfn, u32 need, enum mshv_wait wait)
{
	struct mm_struct *mm = rg->notifier.mm;
	unsigned long *pfns;
	int ret;

	might_sleep();
	/* The process may be gone, and its memory with it. */
	if (!mmget_not_zero(mm))
		return -EFAULT;
	pfns = kmalloc_objs(*pfns, HV_LARGE_PAGES);
	ret = pfns ? region_populate_page(rg, gfn, need, wait, pfns) : -ENOMEM;
	kfree(pfns);
	mmput(mm);
	/* The guest finds out by itself whether the page is still missing. */
	return ret == -EAGAIN ? 0 : ret;
}

static int region_read_page(struct mshv_region *rg, u64 gpa, void *to, size_t size)
{
	struct page *page;
	void *from;
	int ret;

	ret = region_bring_in(rg, gpa >> HV_HYP_PAGE_SHIFT, 0, MSHV_WAIT_KILLABLE, &page);
	if (ret)
		return ret;
	from = kmap_local_page(page);
	memcpy(to, from + offset_in_page(gpa), size);
	kunmap_local(from);
	put_page(page);
	return 0;
}

/**
 * mshv_region_read - read a little of a guest's memory, as its process would
 * @rg: a region of memory
 * @gpa: where
 * @to: where to
 * @size: how much, all within one page
 *
 * Context: process context, may sleep; any process.
 * Return: 0 or a negative errno.
 */
int mshv_region_read(struct mshv_region *rg, u64 gpa, void *to, size_t size)
{
	struct mm_struct *mm = region_mm(rg);
	int ret;

	might_sleep();
	if (!mmget_not_zero(mm))
		return -EFAULT;
	ret = region_read_page(rg, gpa, to, size);
	mmput(mm);
	return ret;
}
