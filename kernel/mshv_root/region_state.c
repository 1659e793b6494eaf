// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is known of each page of a movable region: whether the guest may access it, and
 * whether it could when that was taken away.
 *
 * The hypervisor keeps the bits that say whether a page was accessed or written to in
 * its entry for the page, and whether they outlive a change of the entry is its own
 * affair. So an entry that gives access is replaced only where it must be, and what the
 * guest may have done by it counts as done, for the next who asks.
 *
 * A chunk that is one large page has one bit for each of this, and as much memory as
 * that. The pages of others have their own from the moment when the first of them is
 * mapped: that memory must be had before the region's lock is taken.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "region.h"

/* Chunks that have one table of pointers to their pages: those of 1 GiB. */
#define TABLE_SIZE	(PAGE_SIZE / sizeof(struct mshv_pages *))

struct mshv_page_table {
	struct mshv_pages *chunks[TABLE_SIZE];
};

static_assert(sizeof(struct mshv_page_table) == PAGE_SIZE);

static unsigned long region_nr_tables(const struct mshv_region *rg)
{
	return DIV_ROUND_UP(mshv_region_chunks(rg), TABLE_SIZE);
}

/**
 * mshv_region_alloc_states - the states of a region of which nothing is mapped
 * @rg: the region
 *
 * Return: 0 or -ENOMEM; what there is then is freed with the region.
 */
int mshv_region_alloc_states(struct mshv_region *rg)
{
	size_t longs = BITS_TO_LONGS(mshv_region_chunks(rg));

	rg->large = kvcalloc(longs, sizeof(long), GFP_KERNEL_ACCOUNT);
	rg->populated = kvcalloc(longs, sizeof(long), GFP_KERNEL_ACCOUNT);
	rg->writable = kvcalloc(longs, sizeof(long), GFP_KERNEL_ACCOUNT);
	rg->taken_dirty = kvcalloc(longs, sizeof(long), GFP_KERNEL_ACCOUNT);
	rg->taken_accessed = kvcalloc(longs, sizeof(long), GFP_KERNEL_ACCOUNT);
	rg->tables = kvcalloc(region_nr_tables(rg), sizeof(*rg->tables), GFP_KERNEL_ACCOUNT);
	return rg->large && rg->populated && rg->writable && rg->taken_dirty &&
	       rg->taken_accessed && rg->tables ? 0 : -ENOMEM;
}

/**
 * mshv_region_free_states - the end of them
 * @rg: a region that nobody else sees
 */
void mshv_region_free_states(struct mshv_region *rg)
{
	unsigned long i, j;

	for (i = 0; rg->tables && i < region_nr_tables(rg); i++) {
		for (j = 0; rg->tables[i] && j < TABLE_SIZE; j++)
			kfree(rg->tables[i]->chunks[j]);
		kfree(rg->tables[i]);
	}
	kvfree(rg->tables);
	kvfree(rg->large);
	kvfree(rg->populated);
	kvfree(rg->writable);
	kvfree(rg->taken_dirty);
	kvfree(rg->taken_accessed);
}

/**
 * mshv_region_pages_of - the states of the pages of a chunk
 * @rg: the region
 * @index: number of the chunk
 *
 * Context: any; what is there once is there to the end of the region.
 * Return: the states, or NULL if the chunk has none of its own.
 */
struct mshv_pages *mshv_region_pages_of(const struct mshv_region *rg, unsigned long index)
{
	struct mshv_page_table *table = READ_ONCE(rg->tables[index / TABLE_SIZE]);

	return table ? READ_ONCE(table->chunks[index % TABLE_SIZE]) : NULL;
}

/**
 * mshv_region_prepare_pages - have states for the pages of a chunk
 * @rg: the region
 * @index: number of the chunk
 *
 * Context: process context, may sleep; without the region's lock.
 * Return: 0 or -ENOMEM.
 */
int mshv_region_prepare_pages(struct mshv_region *rg, unsigned long index)
{
	struct mshv_page_table **place = &rg->tables[index / TABLE_SIZE];
	struct mshv_page_table *table;
	struct mshv_pages *pages;

	might_sleep();
	lockdep_assert_not_held(&rg->lock);
	if (mshv_region_pages_of(rg, index))
		return 0;
	if (!READ_ONCE(*place)) {
		table = kzalloc_obj(*table, GFP_KERNEL_ACCOUNT);
		if (!table)
			return -ENOMEM;
		/* Another VP may have been here first. */
		if (cmpxchg(place, NULL, table))
			kfree(table);
	}
	pages = kzalloc_obj(*pages, GFP_KERNEL_ACCOUNT);
	if (!pages)
		return -ENOMEM;
	if (cmpxchg(&(*place)->chunks[index % TABLE_SIZE], NULL, pages))
		kfree(pages);
	return 0;
}

/**
 * mshv_region_note_taken - the guest loses access, or the entries are replaced
 * @rg: the region
 * @chunk: a chunk of it
 * @first: first page of it that is concerned
 * @nr: how many
 *
 * To be called before the hypervisor is asked to: who reads its bits first and these then
 * misses nothing.
 *
 * Context: under the region's lock.
 */
void mshv_region_note_taken(struct mshv_region *rg, const struct mshv_chunk *chunk, u64 first,
			    unsigned int nr)
{
	unsigned int offset = mshv_chunk_offset(first);
	struct mshv_pages *pages;
	unsigned int i;

	lockdep_assert_held(&rg->lock);
	if (!test_bit(chunk->index, rg->populated))
		return;
	if (test_bit(chunk->index, rg->large)) {
		__set_bit(chunk->index, rg->taken_accessed);
		if (test_bit(chunk->index, rg->writable))
			__set_bit(chunk->index, rg->taken_dirty);
		return;
	}
	pages = mshv_region_pages_of(rg, chunk->index);
	for (i = find_next_bit(pages->mapped, offset + nr, offset); i < offset + nr;
	     i = find_next_bit(pages->mapped, offset + nr, i + 1)) {
		__set_bit(i, pages->accessed);
		if (test_bit(i, pages->writable))
			__set_bit(i, pages->dirty);
	}
	bitmap_clear(pages->mapped, offset, nr);
}

/* The one bit of a large page becomes those of its pages. */
static void region_spread_taken(struct mshv_region *rg, unsigned long index,
				struct mshv_pages *pages)
{
	if (__test_and_clear_bit(index, rg->taken_dirty))
		bitmap_fill(pages->dirty, HV_LARGE_PAGES);
	if (__test_and_clear_bit(index, rg->taken_accessed))
		bitmap_fill(pages->accessed, HV_LARGE_PAGES);
}

/* Bits of a whole chunk need none for its pages. */
static void region_log_large(struct mshv_region *rg, const struct mshv_chunk *chunk,
			     struct mshv_log *log)
{
	unsigned long *taken = log->dirty ? rg->taken_dirty : rg->taken_accessed;

	if (test_bit(chunk->index, taken))
		bitmap_set(log->bits, chunk->first - log->first, chunk->nr);
	if (log->clear_dirty)
		__clear_bit(chunk->index, rg->taken_dirty);
	if (log->clear_accessed)
		__clear_bit(chunk->index, rg->taken_accessed);
}

static void region_log_pages(struct mshv_pages *pages, u64 first, unsigned int nr,
			     struct mshv_log *log)
{
	const unsigned long *taken = log->dirty ? pages->dirty : pages->accessed;
	unsigned int offset = mshv_chunk_offset(first);
	unsigned int i;

	for (i = find_next_bit(taken, offset + nr, offset); i < offset + nr;
	     i = find_next_bit(taken, offset + nr, i + 1))
		__set_bit(first - log->first + i - offset, log->bits);
	if (log->clear_dirty)
		bitmap_clear(pages->dirty, offset, nr);
	if (log->clear_accessed)
		bitmap_clear(pages->accessed, offset, nr);
}

/*
 * The part of @log within one chunk. False: the chunk needs states of its pages first.
 */
static bool region_log_chunk(struct mshv_region *rg, const struct mshv_chunk *chunk,
			     struct mshv_log *log)
{
	struct mshv_pages *pages = mshv_region_pages_of(rg, chunk->index);
	u64 first = max(chunk->first, log->first);
	u64 end = min(chunk->first + chunk->nr, log->first + log->nr);

	lockdep_assert_held(&rg->lock);
	if (pages) {
		region_spread_taken(rg, chunk->index, pages);
		region_log_pages(pages, first, end - first, log);
		return true;
	}
	if (!test_bit(chunk->index, rg->taken_dirty) && !test_bit(chunk->index, rg->taken_accessed))
		return true;
	if (end - first < chunk->nr)
		return false;
	region_log_large(rg, chunk, log);
	return true;
}

/**
 * mshv_region_log - add what the guest may have done by access that it has lost
 * @rg: the region
 * @log: which pages, and where to; a part of them may be the region's
 *
 * Context: process context, may sleep. The hypervisor's bits have been read before.
 * Return: 0 or -ENOMEM; then some pages are told again next time.
 */
int mshv_region_log(struct mshv_region *rg, struct mshv_log *log)
{
	u64 gfn = max(log->first, rg->node.start);
	u64 last = min(log->first + log->nr - 1, rg->node.last);
	int ret = 0;

	mutex_lock(&rg->lock);
	while (gfn <= last && !ret) {
		struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);

		if (!region_log_chunk(rg, &chunk, log)) {
			mutex_unlock(&rg->lock);
			ret = mshv_region_prepare_pages(rg, chunk.index);
			mutex_lock(&rg->lock);
			continue;
		}
		gfn = chunk.first + chunk.nr;
	}
	mutex_unlock(&rg->lock);
	return ret;
}

/* Where the pages have no states, it is said of all of them: nothing can fail here. */
static void region_unlog_chunk(struct mshv_region *rg, const struct mshv_chunk *chunk,
			       const struct mshv_log *log)
{
	struct mshv_pages *pages = mshv_region_pages_of(rg, chunk->index);
	unsigned int first = max(chunk->first, log->first) - log->first;
	unsigned int end = min(chunk->first + chunk->nr, log->first + log->nr) - log->first;
	unsigned int i;

	lockdep_assert_held(&rg->lock);
	for (i = find_next_bit(log->bits, end, first); i < end;
	     i = find_next_bit(log->bits, end, i + 1)) {
		unsigned int offset = mshv_chunk_offset(log->first + i);

		if (log->clear_dirty)
			__set_bit(pages ? offset : chunk->index,
				  pages ? pages->dirty : rg->taken_dirty);
		if (log->clear_accessed)
			__set_bit(pages ? offset : chunk->index,
				  pages ? pages->accessed : rg->taken_accessed);
	}
}

/**
 * mshv_region_unlog - tell again next time what was told, and cleared
 * @rg: the region
 * @log: what mshv_region_log() was given, and what it has said, or a part of it
 *
 * If accesses were asked for, what was written to went with them and is not in the answer: each
 * page that was accessed counts as written to.
 *
 * Context: process context, may sleep.
 */
void mshv_region_unlog(struct mshv_region *rg, const struct mshv_log *log)
{
	u64 gfn = max(log->first, rg->node.start);
	u64 end = min(log->first + log->nr, rg->node.last + 1);
	struct mshv_chunk chunk;

	mutex_lock(&rg->lock);
	for (; gfn < end; gfn = chunk.first + chunk.nr) {
		chunk = mshv_region_chunk(rg, gfn);
		region_unlog_chunk(rg, &chunk, log);
	}
	mutex_unlock(&rg->lock);
}
