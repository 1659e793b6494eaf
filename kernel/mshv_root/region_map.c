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

/* What there is of a chunk of small pages within the range. */
static void region_invalidate_small(struct mshv_region *rg, const struct mshv_chunk *chunk,
				    u64 first, unsigned int nr)
{
	struct mshv_pages *pages = mshv_region_pages_of(rg, chunk->index);
	unsigned int offset = mshv_chunk_offset(first);
	unsigned int from = find_next_bit(pages->mapped, offset + nr, offset);
	unsigned int to = offset + nr;

	if (from == to)
		return;
	while (!test_bit(to - 1, pages->mapped))
		to--;
	mshv_region_note_taken(rg, chunk, first, nr);
	region_take_access(rg, first + from - offset, to - from, 0);
	if (bitmap_empty(pages->mapped, HV_LARGE_PAGES))
		__clear_bit(chunk->index, rg->populated);
}

/* Behind a chunk of which nothing is populated: where something is, or what is behind @last. */
static u64 region_next_populated(const struct mshv_region *rg, const struct mshv_chunk *chunk,
				 u64 last)
{
	unsigned long end = mshv_region_chunk(rg, last).index + 1;
	unsigned long next = find_next_bit(rg->populated, end, chunk->index);

	if (next >= end)
		return last + 1;
	return ((rg->node.start >> HV_LARGE_PAGE_ORDER) + next) << HV_LARGE_PAGE_ORDER;
}

/*
 * Chunks that go as a whole go together: a process that ends has many. What was never populated
 * costs nothing, however much it is.
 */
static void region_invalidate(struct mshv_region *rg, u64 first, u64 last)
{
	u64 run = 0, run_nr = 0;
	u64 gfn = first;

	lockdep_assert_held(&rg->lock);
	while (gfn <= last) {
		struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);
		u64 end = min(chunk.first + chunk.nr - 1, last);
		bool populated = test_bit(chunk.index, rg->populated);

		if (populated && test_bit(chunk.index, rg->large)) {
			if (!run_nr)
				run = chunk.first;
			run_nr += chunk.nr;
			mshv_region_note_taken(rg, &chunk, chunk.first, chunk.nr);
			__clear_bit(chunk.index, rg->populated);
		} else {
			if (run_nr)
				region_take_access(rg, run, run_nr, HV_MAP_GPA_LARGE_PAGE);
			run_nr = 0;
			if (populated)
				region_invalidate_small(rg, &chunk, gfn, end - gfn + 1);
			else
				end = region_next_populated(rg, &chunk, last) - 1;
		}
		gfn = end + 1;
	}
	if (run_nr)
		region_take_access(rg, run, run_nr, HV_MAP_GPA_LARGE_PAGE);
}

/**
 * mshv_region_invalidate - take the access to pages that are not pinned from the guest
 * @rg: the region
 * @first: first page
 * @last: last page
 *
 * Context: under the region's lock.
 */
void mshv_region_invalidate(struct mshv_region *rg, u64 first, u64 last)
{
	lockdep_assert_held(&rg->lock);
	if (last >= rg->pinned_end)
		region_invalidate(rg, max(first, rg->pinned_end), last);
}

/*
 * An entry that gives access is never replaced without a note of it: whoever maps over
 * one takes it away first.
 */
static void region_clear_chunks(struct mshv_region *rg, u64 first, u64 nr)
{
	unsigned long index = mshv_region_chunk(rg, first).index;
	unsigned long end = mshv_region_chunk(rg, first + nr - 1).index + 1;

	if (find_next_bit(rg->populated, end, index) < end)
		region_invalidate(rg, first, first + nr - 1);
}

/**
 * mshv_region_map_large - map chunks that are one large page each
 * @rg: the region
 * @gfn: first page of the first
 * @nr: number of chunks
 * @pfns: first host page of each
 * @flags: HV_MAP_GPA_*
 *
 * Context: under the region's lock.
 * Return: status of the hypercall that failed, or of the last.
 */
u64 mshv_region_map_large(struct mshv_region *rg, u64 gfn, unsigned int nr,
			  const unsigned long *pfns, u32 flags)
{
	unsigned long index = mshv_region_chunk(rg, gfn).index;
	struct hv_gpa_map map = {
		.partition_id = rg->partition->id,
		.gfn = gfn,
		.nr = (u64)nr << HV_LARGE_PAGE_ORDER,
		.flags = flags | HV_MAP_GPA_LARGE_PAGE,
		.pfns = pfns,
		.pfn_order = HV_LARGE_PAGE_ORDER,
	};
	unsigned int done;
	u64 status;

	lockdep_assert_held(&rg->lock);
	region_clear_chunks(rg, gfn, map.nr);
	status = hv_try_map_gpa_pages(&map);
	done = map.done >> HV_LARGE_PAGE_ORDER;
	bitmap_set(rg->large, index, done);
	bitmap_set(rg->populated, index, done);
	if (flags & HV_MAP_GPA_WRITABLE)
		bitmap_set(rg->writable, index, done);
	else
		bitmap_clear(rg->writable, index, done);
	return status;
}

/* Pages of one chunk that follow each other, to be mapped alike. */
static u64 region_map_run(struct mshv_region *rg, const struct mshv_chunk *chunk, u64 first,
			  unsigned int nr, const unsigned long *pfns, u32 flags)
{
	struct mshv_pages *pages = mshv_region_pages_of(rg, chunk->index);
	unsigned int offset = mshv_chunk_offset(first);
	struct hv_gpa_map map = {
		.partition_id = rg->partition->id,
		.gfn = first,
		.nr = nr,
		.flags = flags,
		.pfns = pfns,
	};
	u64 status = hv_try_map_gpa_pages(&map);

	if (map.done) {
		__clear_bit(chunk->index, rg->large);
		__set_bit(chunk->index, rg->populated);
		bitmap_set(pages->mapped, offset, map.done);
		if (flags & HV_MAP_GPA_WRITABLE)
			bitmap_set(pages->writable, offset, map.done);
		else
			bitmap_clear(pages->writable, offset, map.done);
	}
	return status;
}

/**
 * mshv_region_map_chunk - map a chunk anew, all of which is there
 * @rg: the region
 * @chunk: the chunk, which has states for its pages unless it can be one large page
 * @pfns: host page of each guest page of the chunk
 *
 * Context: under the region's lock.
 * Return: status of the hypercall that failed, or of the last.
 */
u64 mshv_region_map_chunk(struct mshv_region *rg, const struct mshv_chunk *chunk,
			  const unsigned long *pfns)
{
	lockdep_assert_held(&rg->lock);
	if (mshv_region_is_large(rg, chunk, pfns))
		return mshv_region_map_large(rg, chunk->first, 1, pfns, rg->flags);
	region_clear_chunks(rg, chunk->first, chunk->nr);
	return region_map_run(rg, chunk, chunk->first, chunk->nr, pfns, rg->flags);
}

static u32 region_flags_for(const struct mshv_region *rg, unsigned long pfn)
{
	return pfn & MSHV_PFN_READ_ONLY ? rg->flags & ~HV_MAP_GPA_WRITABLE : rg->flags;
}

/*
 * Is the @i-th of what was looked at to be mapped? What the guest has is left alone, so that
 * what it did there is not forgotten, and what somebody else has populated meanwhile.
 */
static __always_inline bool region_lacks(const struct mshv_region *rg,
					 const struct mshv_chunk *chunk,
					 const struct mshv_look *look,
					 const struct mshv_pages *pages,
					 const unsigned long *pfns, unsigned int i, bool large)
{
	if (large)
		return !i || !test_bit(chunk->index + i, rg->populated);
	return pfns[i] != MSHV_NO_PFN &&
	       (look->first + i == look->wanted ||
		!test_bit(mshv_chunk_offset(look->first + i), pages->mapped));
}

/* In runs that follow each other and are alike: of chunks, or of pages of one chunk. */
static __always_inline u64 region_map_runs(struct mshv_region *rg,
					   const struct mshv_chunk *chunk,
					   const struct mshv_look *look, unsigned long *pfns,
					   unsigned int nr, bool large)
{
	struct mshv_pages *pages = large ? NULL : mshv_region_pages_of(rg, chunk->index);
	u64 status = HV_STATUS_SUCCESS;
	unsigned int i, j, end;

	for (i = 0; i < nr && hv_result_success(status); i = end) {
		u32 flags = region_flags_for(rg, pfns[i]);

		end = i + 1;
		if (!region_lacks(rg, chunk, look, pages, pfns, i, large))
			continue;
		while (end < nr && region_lacks(rg, chunk, look, pages, pfns, end, large) &&
		       region_flags_for(rg, pfns[end]) == flags)
			end++;
		for (j = i; j < end; j++)
			pfns[j] &= ~MSHV_PFN_READ_ONLY;
		status = large ?
			 mshv_region_map_large(rg, chunk->first + (u64)i * HV_LARGE_PAGES, end - i,
					       pfns + i, flags) :
			 region_map_run(rg, chunk, look->first + i, end - i, pfns + i, flags);
	}
	return status;
}

/* Small pages, as far as the guest lacks them. */
static u64 region_map_missing(struct mshv_region *rg, const struct mshv_chunk *chunk,
			      const struct mshv_look *look, unsigned long *pfns)
{
	const struct mshv_pages *pages = mshv_region_pages_of(rg, chunk->index);

	/* The page that is wanted may be there, but for reading; the chunk may be large. */
	if (test_bit(chunk->index, rg->large))
		region_clear_chunks(rg, chunk->first, chunk->nr);
	else if (test_bit(mshv_chunk_offset(look->wanted), pages->mapped))
		region_invalidate(rg, look->wanted, look->wanted);
	return region_map_runs(rg, chunk, look, pfns, look->nr, false);
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
	if (from < to)
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
	       IS_ALIGNED((pfn & ~MSHV_PFN_READ_ONLY) - (chunk->first - first), HUGE_PAGES);
}

static u64 region_map_huge(struct mshv_region *rg, const struct mshv_chunk *chunk,
			   unsigned long *pfns)
{
	u64 first = round_down(chunk->first, HUGE_PAGES);
	unsigned int i;

	u32 flags = region_flags_for(rg, pfns[0]);

	pfns[0] = (pfns[0] & ~MSHV_PFN_READ_ONLY) - (chunk->first - first);
	for (i = 1; i < HUGE_PAGES / HV_LARGE_PAGES; i++)
		pfns[i] = pfns[0] + i * HV_LARGE_PAGES;
	return mshv_region_map_large(rg, first, i, pfns, flags);
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
static void region_mark_dirty(const struct mshv_region *rg, const struct mshv_look *look,
			      const unsigned long *pfns)
{
	unsigned int nr = look->nr_large ?: look->nr;
	unsigned int i;

	if (!(rg->flags & HV_MAP_GPA_WRITABLE))
		return;
	for (i = 0; i < nr; i++)
		if (!(pfns[i] & MSHV_PFN_READ_ONLY))
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
	region_mark_dirty(rg, look, pfns);
	if (!look->nr_large)
		return region_map_missing(rg, chunk, look, pfns);
	if (region_is_huge(rg, chunk, look, pfns[0]))
		return region_map_huge(rg, chunk, pfns);
	return region_map_runs(rg, chunk, look, pfns, look->nr_large, true);
}
