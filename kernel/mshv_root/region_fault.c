// SPDX-License-Identifier: GPL-2.0-only
/*
 * Population of regions on demand, and the loss of what was populated.
 *
 * A fault looks up the pages of one chunk in the page tables of the process,
 * bringing them in, then takes the region's lock and maps them unless the page
 * tables have changed in the meantime. A change takes the same lock and leaves
 * the pages mapped without access.
 *
 * Under that lock no memory can be had, since memory reclaim waits for it. A
 * mapping that lacks memory lets go of the lock, deposits, and starts over. The
 * other direction never lacks any: what the hypervisor has in one large page
 * loses its access in one large page.
 */
#include <linux/hmm.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/userfaultfd_k.h>

#include "../compat/hmm.h"
#include "hvcall.h"
#include "region.h"

/* A large page of the third size that processors have. */
#define HUGE_ORDER	(2 * HV_LARGE_PAGE_ORDER)
#define HUGE_PAGES	BIT_ULL(HUGE_ORDER)

/* Chunks that come with one fault, if they are there. */
#define AHEAD_MAX	32

/**
 * mshv_region_is_large - can a chunk be mapped as one large page?
 * @rg: the region
 * @chunk: the chunk
 * @pfns: host page of each guest page of the chunk, or MSHV_NO_PFN
 */
bool mshv_region_is_large(const struct mshv_region *rg, const struct mshv_chunk *chunk,
			  const unsigned long *pfns)
{
	unsigned int i;

	if (!rg->partition->large_pages || chunk->nr != HV_LARGE_PAGES ||
	    !IS_ALIGNED(pfns[0], HV_LARGE_PAGES))
		return false;
	for (i = 1; i < chunk->nr; i++)
		if (pfns[i] != pfns[0] + i)
			return false;
	return true;
}

/* The run of pages at @i that are there, or are not. */
static unsigned int run_length(const unsigned long *pfns, unsigned int i, unsigned int nr)
{
	bool there = pfns[i] != MSHV_NO_PFN;
	unsigned int end = i + 1;

	while (end < nr && (pfns[end] != MSHV_NO_PFN) == there)
		end++;
	return end - i;
}

/**
 * mshv_region_map_large - map chunks that are one large page each
 * @rg: the region
 * @gfn: first page of the first
 * @nr: number of chunks
 * @pfns: first host page of each
 *
 * Context: under the region's lock.
 * Return: status of the hypercall that failed, or of the last.
 */
u64 mshv_region_map_large(struct mshv_region *rg, u64 gfn, unsigned int nr,
			  const unsigned long *pfns)
{
	unsigned long index = mshv_region_chunk(rg, gfn).index;
	struct hv_gpa_map map = {
		.partition_id = rg->partition->id,
		.gfn = gfn,
		.nr = (u64)nr << HV_LARGE_PAGE_ORDER,
		.flags = rg->flags | HV_MAP_GPA_LARGE_PAGE,
		.pfns = pfns,
		.pfns_large = true,
	};
	u64 status;

	lockdep_assert_held(&rg->lock);
	bitmap_set(rg->populated, index, nr);
	status = hv_try_map_gpa_pages(&map);
	bitmap_set(rg->large, index, map.done >> HV_LARGE_PAGE_ORDER);
	return status;
}

/**
 * mshv_region_map_chunk - map what there is of a chunk
 * @rg: the region
 * @chunk: the chunk
 * @pfns: host page of each guest page of the chunk, or MSHV_NO_PFN
 *
 * The bits tell the truth at each moment: that a page may be accessible is
 * noted before it is, and that a large page is not one after it is split.
 *
 * Context: under the region's lock.
 * Return: status of the hypercall that failed, or of the last.
 */
u64 mshv_region_map_chunk(struct mshv_region *rg, const struct mshv_chunk *chunk,
			  const unsigned long *pfns)
{
	struct hv_gpa_map map = {
		.partition_id = rg->partition->id,
		.gfn = chunk->first,
		.nr = chunk->nr,
		.flags = rg->flags,
		.pfns = pfns,
	};
	u64 status = HV_STATUS_SUCCESS;
	unsigned int i, nr;

	lockdep_assert_held(&rg->lock);
	__set_bit(chunk->index, rg->populated);
	if (mshv_region_is_large(rg, chunk, pfns))
		return mshv_region_map_large(rg, chunk->first, 1, pfns);

	for (i = 0; i < chunk->nr && hv_result_success(status); i += nr) {
		nr = run_length(pfns, i, chunk->nr);
		if (pfns[i] == MSHV_NO_PFN)
			continue;
		map.gfn = chunk->first + i;
		map.nr = nr;
		map.done = 0;
		map.pfns = pfns + i;
		status = hv_try_map_gpa_pages(&map);
		if (map.done)
			__clear_bit(chunk->index, rg->large);
	}
	return status;
}

/* The last resorts: without a mapping there is no access either. */
static void take_access(struct mshv_region *rg, u64 gfn, u64 nr, bool large)
{
	struct hv_gpa_map map = {
		.partition_id = rg->partition->id,
		.gfn = gfn,
		.nr = nr,
		.flags = HV_MAP_GPA_NO_ACCESS | (large ? HV_MAP_GPA_LARGE_PAGE : 0),
	};

	if (hv_result_success(hv_try_map_gpa_pages(&map)))
		return;
	if (!hv_call_unmap_gpa_pages(map.partition_id, gfn, nr, large))
		return;
	/* At its end no guest is there, and perhaps no mapping any more either. */
	if (!mshv_partition_is_ending(rg->partition))
		mshv_partition_break(rg->partition);
}

/* Chunks that go as a whole go together: a process that ends has many. */
static void invalidate(struct mshv_region *rg, u64 first, u64 last)
{
	u64 run = 0, run_nr = 0;
	u64 gfn = first;

	lockdep_assert_held(&rg->lock);
	while (gfn <= last) {
		struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);
		u64 end = min(chunk.first + chunk.nr - 1, last);

		if (test_bit(chunk.index, rg->populated)) {
			if (test_bit(chunk.index, rg->large)) {
				if (!run_nr)
					run = chunk.first;
				run_nr += chunk.nr;
				__clear_bit(chunk.index, rg->populated);
				gfn = end + 1;
				continue;
			}
			take_access(rg, gfn, end - gfn + 1, false);
			if (end - gfn + 1 == chunk.nr)
				__clear_bit(chunk.index, rg->populated);
		}
		if (run_nr)
			take_access(rg, run, run_nr, true);
		run_nr = 0;
		gfn = end + 1;
	}
	if (run_nr)
		take_access(rg, run, run_nr, true);
}

static bool notify(struct mmu_interval_notifier *notifier, const struct mmu_notifier_range *range,
		   unsigned long sequence)
{
	struct mshv_region *rg = container_of(notifier, struct mshv_region, notifier);
	u64 end = rg->uaddr + (mshv_region_pages(rg) << PAGE_SHIFT);
	u64 from = max_t(u64, range->start, rg->uaddr);
	u64 to = min_t(u64, range->end, end);

	if (mmu_notifier_range_blockable(range))
		mutex_lock(&rg->lock);
	else if (!mutex_trylock(&rg->lock))
		return false;
	mmu_interval_set_seq(notifier, sequence);
	if (!rg->dead && from < to)
		invalidate(rg, rg->node.start + ((from - rg->uaddr) >> PAGE_SHIFT),
			   rg->node.start + ((to - 1 - rg->uaddr) >> PAGE_SHIFT));
	mutex_unlock(&rg->lock);
	return true;
}

const struct mmu_interval_notifier_ops mshv_region_notifier_ops = {
	.invalidate = notify,
};

static u64 address_of(const struct mshv_region *rg, u64 gfn)
{
	return rg->uaddr + ((gfn - rg->node.start) << PAGE_SHIFT);
}

/**
 * struct look - what a look at the page tables showed, beside the pages
 * @seq: when it was
 * @nr_large: chunks, from the one that was looked for, that are one large page each:
 *	there is a host page for each of these; 0 if there is one for each page of the chunk
 * @huge: the first of them is part of a mapping in one entry of at least HUGE_PAGES
 */
struct look {
	unsigned long seq;
	unsigned int nr_large;
	bool huge;
};

/*
 * With userfaultfd somebody decides for each page when it comes: no other page
 * is asked for than the guest wants. A chunk may lie in several mappings.
 */
static bool is_paged_by_user(struct mm_struct *mm, u64 address, u64 end)
{
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
static unsigned long needs(const struct mshv_region *rg)
{
	return HMM_PFN_REQ_FAULT | (rg->flags & HV_MAP_GPA_WRITABLE ? HMM_PFN_REQ_WRITE : 0);
}

/* The flags that ask for something are those that say it is there. */
static unsigned long pfn_of(unsigned long hmm_pfn, unsigned long need)
{
	return (hmm_pfn & need) == need && !(hmm_pfn & HMM_PFN_ERROR) ?
	       hmm_pfn & ~HMM_PFN_FLAGS : MSHV_NO_PFN;
}

/*
 * One entry of the page tables may be the whole chunk, so that a look at one page
 * tells of all of them. Returns the order of what that page is mapped by, or less than
 * HV_LARGE_PAGE_ORDER; then nothing is said of the chunk.
 */
static unsigned int look_at_one(struct mshv_region *rg, const struct mshv_chunk *chunk,
				unsigned int wanted, bool bring_in, unsigned long *first,
				unsigned long *seq)
{
	unsigned long hmm_pfn = 0, need = needs(rg), pfn;
	struct hmm_range range = {
		.notifier = &rg->notifier,
		.start = address_of(rg, chunk->first + wanted),
		.end = address_of(rg, chunk->first + wanted + 1),
		.hmm_pfns = &hmm_pfn,
		.default_flags = bring_in ? need : 0,
	};

	if (!rg->partition->large_pages || chunk->nr != HV_LARGE_PAGES ||
	    compat_hmm_range_fault(&range))
		return 0;
	pfn = pfn_of(hmm_pfn, need);
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
static unsigned int look_further(struct mshv_region *rg, u64 gfn, unsigned long *pfns)
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
		    look_at_one(rg, &chunk, 0, false, &pfns[nr], &seq) < HV_LARGE_PAGE_ORDER)
			break;
	}
	return nr;
}

/* If nothing has changed since the first look, nothing has since any of them. */
static bool look_up_large(struct mshv_region *rg, const struct mshv_chunk *chunk,
			  unsigned int wanted, unsigned long *pfns, struct look *look)
{
	unsigned int order = look_at_one(rg, chunk, wanted, true, &pfns[0], &look->seq);

	if (order < HV_LARGE_PAGE_ORDER)
		return false;
	look->huge = order >= HUGE_ORDER;
	look->nr_large = look->huge ? 1 : look_further(rg, chunk->first, pfns);
	return true;
}

/*
 * Looks up the pages of a chunk, bringing in all of them, or only the one at
 * @wanted. Replaces what HMM says of each by its number or MSHV_NO_PFN.
 */
static int look_up_ram(struct mshv_region *rg, const struct mshv_chunk *chunk,
		       unsigned int wanted, bool all, unsigned long *pfns, struct look *look)
{
	unsigned long need = needs(rg);
	struct hmm_range range = {
		.notifier = &rg->notifier,
		.start = address_of(rg, chunk->first),
		.end = address_of(rg, chunk->first + chunk->nr),
		.hmm_pfns = pfns,
		.pfn_flags_mask = HMM_PFN_REQ_FAULT | HMM_PFN_REQ_WRITE,
	};
	unsigned int i;
	int ret;

	memset(pfns, 0, chunk->nr * sizeof(*pfns));
	pfns[wanted] = need;
	if (all)
		range.default_flags = need;
	ret = compat_hmm_range_fault(&range);
	if (ret)
		return ret;
	look->seq = range.notifier_seq;
	for (i = 0; i < chunk->nr; i++)
		pfns[i] = pfn_of(pfns[i], need);
	return pfns[wanted] == MSHV_NO_PFN ? -EFAULT : 0;
}

/*
 * Where a device's page really is, according to the page tables. Memory of the
 * host is never given away like this, whoever has mapped it.
 */
static int look_up_mmio_page(struct mshv_region *rg, u64 address, unsigned long *pfn)
{
	struct follow_pfnmap_args args = { .address = address };
	bool write = rg->flags & HV_MAP_GPA_WRITABLE;
	struct mm_struct *mm = rg->notifier.mm;
	int ret;

	args.vma = vma_lookup(mm, address);
	if (!args.vma || !(args.vma->vm_flags & VM_PFNMAP))
		return -EFAULT;
	ret = follow_pfnmap_start(&args);
	if (ret) {
		bool unlocked = false;

		ret = fixup_user_fault(mm, address, write ? FAULT_FLAG_WRITE : 0, &unlocked);
		if (unlocked)
			return -EAGAIN;
		ret = ret ?: follow_pfnmap_start(&args);
		if (ret)
			return -EFAULT;
	}
	*pfn = args.pfn;
	if ((write && !args.writable) || page_is_ram(args.pfn))
		ret = -EACCES;
	follow_pfnmap_end(&args);
	return ret;
}

static int look_up_mmio(struct mshv_region *rg, const struct mshv_chunk *chunk,
			unsigned int wanted, unsigned long *pfns, struct look *look)
{
	struct mm_struct *mm = rg->notifier.mm;
	unsigned int i;
	int ret;

	for (i = 0; i < chunk->nr; i++)
		pfns[i] = MSHV_NO_PFN;
	look->seq = mmu_interval_read_begin(&rg->notifier);
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	ret = look_up_mmio_page(rg, address_of(rg, chunk->first + wanted), &pfns[wanted]);
	mmap_read_unlock(mm);
	return ret;
}

static int look_up(struct mshv_region *rg, const struct mshv_chunk *chunk,
		   unsigned int wanted, unsigned long *pfns, struct look *look)
{
	int ret = -EFAULT;

	look->nr_large = 0;
	look->huge = false;
	if (rg->kind == MSHV_REGION_MMIO)
		return look_up_mmio(rg, chunk, wanted, pfns, look);
	if (!is_paged_by_user(rg->notifier.mm, address_of(rg, chunk->first),
			      address_of(rg, chunk->first + chunk->nr))) {
		if (look_up_large(rg, chunk, wanted, pfns, look))
			return 0;
		ret = look_up_ram(rg, chunk, wanted, true, pfns, look);
	}
	/* There may be something in the chunk that cannot be brought in. */
	if (ret && ret != -EINTR)
		ret = look_up_ram(rg, chunk, wanted, false, pfns, look);
	return ret;
}

/*
 * What is mapped by one huge entry of the page tables lies in one piece, beyond the
 * chunk that was looked up, and an end of that is heard of like any other. The
 * hypervisor makes one entry of it if the guest's address fits.
 */
static bool is_huge(const struct mshv_region *rg, const struct mshv_chunk *chunk,
		    const struct look *look, unsigned long pfn)
{
	u64 first = round_down(chunk->first, HUGE_PAGES);

	return look->huge && first >= rg->node.start && first + HUGE_PAGES - 1 <= rg->node.last &&
	       IS_ALIGNED(pfn - (chunk->first - first), HUGE_PAGES);
}

static u64 map_huge(struct mshv_region *rg, const struct mshv_chunk *chunk, unsigned long *pfns)
{
	u64 first = round_down(chunk->first, HUGE_PAGES);
	unsigned int i;

	pfns[0] -= chunk->first - first;
	for (i = 1; i < HUGE_PAGES / HV_LARGE_PAGES; i++)
		pfns[i] = pfns[0] + i * HV_LARGE_PAGES;
	return mshv_region_map_large(rg, first, i, pfns);
}

/* What somebody else has populated meanwhile is left alone. */
static u64 map_ahead(struct mshv_region *rg, const struct mshv_chunk *chunk,
		     const struct look *look, unsigned long *pfns)
{
	unsigned int nr = 1;

	while (nr < look->nr_large && !test_bit(chunk->index + nr, rg->populated))
		nr++;
	return mshv_region_map_large(rg, chunk->first, nr, pfns);
}

/*
 * The guest's writes leave no trace in the page tables of the process, which may show the
 * memory writable but clean: then the host would drop it for want of a change. Memory
 * that a file system writes back is dirty as long as it is writable.
 */
static void mark_dirty(unsigned long pfn)
{
	struct folio *folio = page_folio(pfn_to_page(pfn));

	if ((folio_test_anon(folio) || folio_test_swapbacked(folio)) && !folio_test_dirty(folio))
		folio_set_dirty(folio);
}

/* What is one large page is one folio. */
static void mark_all_dirty(const struct mshv_region *rg, const struct mshv_chunk *chunk,
			   const struct look *look, const unsigned long *pfns)
{
	unsigned int nr = look->nr_large ?: chunk->nr;
	unsigned int i;

	if (rg->kind != MSHV_REGION_MOVABLE || !(rg->flags & HV_MAP_GPA_WRITABLE))
		return;
	for (i = 0; i < nr; i++)
		if (pfns[i] != MSHV_NO_PFN)
			mark_dirty(pfns[i]);
}

static u64 map(struct mshv_region *rg, const struct mshv_chunk *chunk, const struct look *look,
	       unsigned long *pfns)
{
	/* Under the region's lock: before anybody can hear that the pages go. */
	mark_all_dirty(rg, chunk, look, pfns);
	if (!look->nr_large)
		return mshv_region_map_chunk(rg, chunk, pfns);
	if (is_huge(rg, chunk, look, pfns[0]))
		return map_huge(rg, chunk, pfns);
	return map_ahead(rg, chunk, look, pfns);
}

static int populate(struct mshv_region *rg, u64 gfn, unsigned long *pfns)
{
	struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);
	struct hv_deposit deposit = { .partition_id = rg->partition->id };
	struct look look;
	u64 status;
	int ret;

	do {
		ret = look_up(rg, &chunk, gfn - chunk.first, pfns, &look);
		if (ret)
			return ret;
		mutex_lock(&rg->lock);
		if (rg->dead)
			ret = -ENOENT;
		else if (mmu_interval_read_retry(&rg->notifier, look.seq))
			ret = -EAGAIN;
		else
			status = map(rg, &chunk, &look, pfns);
		mutex_unlock(&rg->lock);
		if (ret)
			return ret;
	} while (hv_deposit_for(&deposit, status));
	return hv_status_to_errno(status);
}

/**
 * mshv_region_populate - give the guest access to a page
 * @rg: a region that is not pinned
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

	/* The process may be gone, and its memory with it. */
	if (!mmget_not_zero(mm))
		return -EFAULT;
	pfns = kmalloc_objs(*pfns, HV_LARGE_PAGES);
	ret = pfns ? populate(rg, gfn, pfns) : -ENOMEM;
	kfree(pfns);
	mmput(mm);
	/* The guest finds out by itself whether the page is still missing. */
	return ret == -EAGAIN ? 0 : ret;
}
