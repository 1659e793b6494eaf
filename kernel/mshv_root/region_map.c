// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping what a region has, and the loss of what was mapped.
 *
 * All of it happens under the region's lock, which the mmu notifier takes. Under that
 * lock no memory can be had, since memory reclaim waits for it. A mapping that lacks
 * memory says so to its caller, who lets go of the lock, deposits, and starts over. The
 * other direction never lacks any: what the hypervisor has in one large page loses its
 * access in one large page.
 */
#include <linux/mm.h>
#include <linux/mmu_notifier.h>

#include "hvcall.h"
#include "region.h"

/* A large page of the third size that processors have. */
#define HUGE_PAGES	BIT_ULL(MSHV_HUGE_ORDER)

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
static unsigned int region_pfns_run(const unsigned long *pfns, unsigned int i, unsigned int nr)
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
		.pfn_order = HV_LARGE_PAGE_ORDER,
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
		nr = region_pfns_run(pfns, i, chunk->nr);
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

/*
 * @large is HV_MAP_GPA_LARGE_PAGE, or 0. Without a mapping there is no access either; if the
 * hypervisor refuses that too, the guest must not run on.
 */
static void region_take_access(struct mshv_region *rg, u64 gfn, u64 nr, u32 large)
{
	struct hv_gpa_map map = {
		.partition_id = rg->partition->id,
		.gfn = gfn,
		.nr = nr,
		.flags = HV_MAP_GPA_NO_ACCESS | large,
	};

	lockdep_assert_held(&rg->lock);
	if (hv_result_success(hv_try_map_gpa_pages(&map)))
		return;
	if (!hv_call_unmap_gpa_pages(map.partition_id, gfn, nr, large))
		return;
	/* At its end no guest is there, and perhaps no mapping any more either. */
	if (!mshv_partition_is_ending(rg->partition))
		mshv_partition_break(rg->partition);
}

/**
 * mshv_region_invalidate - take the access to pages that are not pinned from the guest
 * @rg: the region
 * @first: first page
 * @last: last page
 *
 * Chunks that go as a whole go together: a process that ends has many.
 *
 * Context: under the region's lock.
 */
void mshv_region_invalidate(struct mshv_region *rg, u64 first, u64 last)
{
	u64 gfn = max(first, rg->pinned_end);
	u64 run = 0, run_nr = 0;

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
			region_take_access(rg, gfn, end - gfn + 1, 0);
			if (end - gfn + 1 == chunk.nr)
				__clear_bit(chunk.index, rg->populated);
		}
		if (run_nr)
			region_take_access(rg, run, run_nr, HV_MAP_GPA_LARGE_PAGE);
		run_nr = 0;
		gfn = end + 1;
	}
	if (run_nr)
		region_take_access(rg, run, run_nr, HV_MAP_GPA_LARGE_PAGE);
}

static bool region_notify(struct mmu_interval_notifier *notifier,
			  const struct mmu_notifier_range *range, unsigned long sequence)
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
		mshv_region_invalidate(rg, rg->node.start + ((from - rg->uaddr) >> PAGE_SHIFT),
				       rg->node.start + ((to - 1 - rg->uaddr) >> PAGE_SHIFT));
	mutex_unlock(&rg->lock);
	return true;
}

const struct mmu_interval_notifier_ops mshv_region_notifier_ops = {
	.invalidate = region_notify,
};

/*
 * What is mapped by one huge entry of the page tables lies in one piece, beyond the
 * chunk that was looked up, and an end of that is heard of like any other. The
 * hypervisor makes one entry of it if the guest's address fits.
 */
static bool region_is_huge(const struct mshv_region *rg, const struct mshv_chunk *chunk,
			   const struct mshv_look *look, unsigned long pfn)
{
	u64 first = round_down(chunk->first, HUGE_PAGES);

	return look->huge && first >= rg->pinned_end && first + HUGE_PAGES - 1 <= rg->node.last &&
	       IS_ALIGNED(pfn - (chunk->first - first), HUGE_PAGES);
}

static u64 region_map_huge(struct mshv_region *rg, const struct mshv_chunk *chunk,
			   unsigned long *pfns)
{
	u64 first = round_down(chunk->first, HUGE_PAGES);
	unsigned int i;

	pfns[0] -= chunk->first - first;
	for (i = 1; i < HUGE_PAGES / HV_LARGE_PAGES; i++)
		pfns[i] = pfns[0] + i * HV_LARGE_PAGES;
	return mshv_region_map_large(rg, first, i, pfns);
}

/* What somebody else has populated meanwhile is left alone. */
static u64 region_map_ahead(struct mshv_region *rg, const struct mshv_chunk *chunk,
			    const struct mshv_look *look, unsigned long *pfns)
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
static void region_mark_page_dirty(unsigned long pfn)
{
	struct folio *folio = page_folio(pfn_to_page(pfn));

	if ((folio_test_anon(folio) || folio_test_swapbacked(folio)) && !folio_test_dirty(folio))
		folio_set_dirty(folio);
}

/* What is one large page is one folio. */
static void region_mark_dirty(const struct mshv_region *rg, const struct mshv_chunk *chunk,
			      const struct mshv_look *look, const unsigned long *pfns)
{
	unsigned int nr = look->nr_large ?: chunk->nr;
	unsigned int i;

	if (rg->kind != MSHV_REGION_MOVABLE || !(rg->flags & HV_MAP_GPA_WRITABLE))
		return;
	for (i = 0; i < nr; i++)
		if (pfns[i] != MSHV_NO_PFN)
			region_mark_page_dirty(pfns[i]);
}

/**
 * mshv_region_map_found - map what a look at the page tables has found
 * @rg: the region
 * @chunk: the chunk that was looked for
 * @look: what the look showed
 * @pfns: host pages, as @look says; used as scratch memory
 *
 * Context: under the region's lock, with the sequence of @look still valid.
 * Return: status of the hypercall that failed, or of the last.
 */
u64 mshv_region_map_found(struct mshv_region *rg, const struct mshv_chunk *chunk,
			  const struct mshv_look *look, unsigned long *pfns)
{
	lockdep_assert_held(&rg->lock);
	/*
	 * Under rg->lock the pages cannot go: their end is told to the notifier first, which
	 * takes it.
	 */
	region_mark_dirty(rg, chunk, look, pfns);
	if (!look->nr_large)
		return mshv_region_map_chunk(rg, chunk, pfns);
	if (region_is_huge(rg, chunk, look, pfns[0]))
		return region_map_huge(rg, chunk, pfns);
	return region_map_ahead(rg, chunk, look, pfns);
}
