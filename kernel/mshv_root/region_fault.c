// SPDX-License-Identifier: GPL-2.0-only
/*
 * Population of regions on demand: finding the pages.
 *
 * A fault looks up the pages of one chunk in the page tables of the process,
 * bringing them in, then takes the region's lock and maps them unless the page
 * tables have changed in the meantime. A change takes the same lock and leaves
 * the pages mapped without access: see region_map.c.
 */
#include <linux/hmm.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/userfaultfd_k.h>

#include "../compat/hmm.h"
#include "hvcall.h"
#include "region.h"

/* Chunks that come with one fault, if they are there. */
#define AHEAD_MAX	32

/*
 * With userfaultfd somebody decides for each page when it comes: no other page
 * is asked for than the guest wants. A chunk may lie in several mappings.
 */
static bool region_is_paged_by_user(const struct mshv_region *rg, const struct mshv_chunk *chunk)
{
	u64 address = mshv_region_address(rg, chunk->first);
	u64 end = mshv_region_address(rg, chunk->first + chunk->nr);
	struct mm_struct *mm = rg->notifier.mm;
	struct vm_area_struct *vma;
	bool result = false;

	mmap_read_lock(mm);
	while (!result && (vma = find_vma_intersection(mm, address, end))) {
		result = userfaultfd_armed(vma);
		address = vma->vm_end;
	}
	mmap_read_unlock(mm);
	return result;
}

/* What the guest may do must be possible. Read-only memory is not copied for being read. */
static unsigned long region_needs(const struct mshv_region *rg)
{
	return HMM_PFN_REQ_FAULT | (rg->flags & HV_MAP_GPA_WRITABLE ? HMM_PFN_REQ_WRITE : 0);
}

/* The flags that ask for something are those that say it is there. */
static unsigned long region_pfn_of_hmm(unsigned long hmm_pfn, unsigned long need)
{
	return (hmm_pfn & need) == need && !(hmm_pfn & HMM_PFN_ERROR) ?
	       hmm_pfn & ~HMM_PFN_FLAGS : MSHV_NO_PFN;
}

/*
 * One entry of the page tables may be the whole chunk, so that a look at one page
 * tells of all of them. The page is brought in by what @ask says, or not with 0. Returns the
 * order of what that page is mapped by, or less than HV_LARGE_PAGE_ORDER; then nothing is said
 * of the chunk.
 */
static unsigned int region_look_at_page(struct mshv_region *rg, const struct mshv_chunk *chunk,
					unsigned int wanted, unsigned long ask,
					unsigned long *first, unsigned long *seq)
{
	unsigned long hmm_pfn = 0, pfn;
	struct hmm_range range = {
		.notifier = &rg->notifier,
		.start = mshv_region_address(rg, chunk->first + wanted),
		.end = mshv_region_address(rg, chunk->first + wanted + 1),
		.hmm_pfns = &hmm_pfn,
		.default_flags = ask,
	};

	if (!rg->partition->large_pages || chunk->nr != HV_LARGE_PAGES ||
	    compat_hmm_range_fault(&range))
		return 0;
	pfn = region_pfn_of_hmm(hmm_pfn, region_needs(rg));
	if (pfn == MSHV_NO_PFN || !IS_ALIGNED(pfn - wanted, HV_LARGE_PAGES))
		return 0;
	*first = pfn - wanted;
	*seq = range.notifier_seq;
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
		struct mshv_chunk chunk;

		gfn += HV_LARGE_PAGES;
		if (gfn > rg->node.last)
			break;
		chunk = mshv_region_chunk(rg, gfn);
		if (test_bit(chunk.index, rg->populated) ||
		    region_look_at_page(rg, &chunk, 0, 0, &pfns[nr], &seq) < HV_LARGE_PAGE_ORDER)
			break;
	}
	return nr;
}

/* If nothing has changed since the first look, nothing has since any of them. */
static bool region_look_up_large(struct mshv_region *rg, const struct mshv_chunk *chunk,
				 unsigned int wanted, unsigned long *pfns, struct mshv_look *look)
{
	unsigned int order = region_look_at_page(rg, chunk, wanted, region_needs(rg), &pfns[0],
						 &look->seq);

	if (order < HV_LARGE_PAGE_ORDER)
		return false;
	look->huge = order >= MSHV_HUGE_ORDER;
	look->nr_large = look->huge ? 1 : region_look_ahead(rg, chunk->first, pfns);
	return true;
}

/*
 * Looks up the pages of a chunk, bringing in the one at @wanted, and the others by what
 * @ask says, or not with 0. Replaces what HMM says of each by its number or MSHV_NO_PFN.
 */
static int region_look_up_ram(struct mshv_region *rg, const struct mshv_chunk *chunk,
			      unsigned int wanted, unsigned long ask, unsigned long *pfns,
			      struct mshv_look *look)
{
	unsigned long need = region_needs(rg);
	struct hmm_range range = {
		.notifier = &rg->notifier,
		.start = mshv_region_address(rg, chunk->first),
		.end = mshv_region_address(rg, chunk->first + chunk->nr),
		.hmm_pfns = pfns,
		.default_flags = ask,
		.pfn_flags_mask = HMM_PFN_REQ_FAULT | HMM_PFN_REQ_WRITE,
	};
	unsigned int i;
	int ret;

	memset(pfns, 0, chunk->nr * sizeof(*pfns));
	pfns[wanted] = need;
	ret = compat_hmm_range_fault(&range);
	if (ret)
		return ret;
	look->seq = range.notifier_seq;
	for (i = 0; i < chunk->nr; i++)
		pfns[i] = region_pfn_of_hmm(pfns[i], need);
	return pfns[wanted] == MSHV_NO_PFN ? -EFAULT : 0;
}

static int region_look_up(struct mshv_region *rg, const struct mshv_chunk *chunk,
			  unsigned int wanted, unsigned long *pfns, struct mshv_look *look)
{
	int ret = -EFAULT;

	look->nr_large = 0;
	look->huge = false;
	if (!region_is_paged_by_user(rg, chunk)) {
		if (region_look_up_large(rg, chunk, wanted, pfns, look))
			return 0;
		ret = region_look_up_ram(rg, chunk, wanted, region_needs(rg), pfns, look);
	}
	/* There may be something in the chunk that cannot be brought in. */
	if (ret && ret != -EINTR)
		ret = region_look_up_ram(rg, chunk, wanted, 0, pfns, look);
	return ret;
}

static int region_populate_chunk(struct mshv_region *rg, u64 gfn, unsigned long *pfns)
{
	struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);
	struct hv_deposit deposit = { .partition_id = rg->partition->id };
	struct mshv_look look;
	u64 status;
	int ret;

	do {
		ret = region_look_up(rg, &chunk, gfn - chunk.first, pfns, &look);
		if (ret)
			return ret;
		mutex_lock(&rg->lock);
		if (rg->dead)
			ret = -ENOENT;
		else if (gfn < rg->pinned_end)
			status = HV_STATUS_SUCCESS;
		else if (mmu_interval_read_retry(&rg->notifier, look.seq))
			ret = -EAGAIN;
		else
			status = mshv_region_map_found(rg, &chunk, &look, pfns);
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
 *
 * More pages around it may be populated along with it.
 *
 * Context: process context, may sleep; any process.
 * Return: 0 if the guest can try again, or a negative errno.
 */
int mshv_region_populate(struct mshv_region *rg, u64 gfn)
{
	struct mm_struct *mm = rg->notifier.mm;
	unsigned long *pfns;
	int ret;

	might_sleep();
	/* The process may be gone, and its memory with it. */
	if (!mmget_not_zero(mm))
		return -EFAULT;
	pfns = kmalloc_objs(*pfns, HV_LARGE_PAGES);
	ret = pfns ? region_populate_chunk(rg, gfn, pfns) : -ENOMEM;
	kfree(pfns);
	mmput(mm);
	/* The guest finds out by itself whether the page is still missing. */
	return ret == -EAGAIN ? 0 : ret;
}
