// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions whose memory is pinned: all there, and never to move, as a device that
 * accesses it on its own needs it.
 *
 * What is pinned is remembered in runs of neighbouring pages: for memory that
 * comes in large pieces that is next to nothing.
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "hvcall.h"
#include "region.h"

/**
 * struct mshv_pin - pinned pages that follow each other
 * @page: the first
 * @nr: how many
 */
struct mshv_pin {
	struct page *page;
	unsigned long nr;
};

/* Doubles the array whenever its length is a power of two. */
static struct mshv_pin *region_pin_new(struct mshv_region *rg)
{
	if (!(rg->nr_pins & (rg->nr_pins - 1))) {
		unsigned int nr = max(1U, rg->nr_pins * 2);
		struct mshv_pin *more = kvrealloc(rg->pins, nr * sizeof(*more),
						  GFP_KERNEL_ACCOUNT);

		if (!more)
			return NULL;
		rg->pins = more;
	}
	return &rg->pins[rg->nr_pins++];
}

/* Takes over as many of the pages as it returns. */
static unsigned int region_pin_remember(struct mshv_region *rg, struct page **pages,
					unsigned int nr)
{
	struct mshv_pin *last = rg->nr_pins ? &rg->pins[rg->nr_pins - 1] : NULL;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (last && page_to_pfn(last->page) + last->nr == page_to_pfn(pages[i])) {
			last->nr++;
			continue;
		}
		last = region_pin_new(rg);
		if (!last)
			break;
		last->page = pages[i];
		last->nr = 1;
	}
	return i;
}

static int region_pin_chunk(struct mshv_region *rg, const struct mshv_chunk *chunk,
			    struct page **pages)
{
	unsigned long address = rg->uaddr + ((chunk->first - rg->node.start) << PAGE_SHIFT);
	unsigned int flags = FOLL_LONGTERM;
	int got, kept;

	if (rg->flags & HV_MAP_GPA_WRITABLE)
		flags |= FOLL_WRITE;
	got = pin_user_pages_fast(address, chunk->nr, flags, pages);
	if (got < 0)
		return got;
	kept = region_pin_remember(rg, pages, got);
	unpin_user_pages(pages + kept, got - kept);
	if (kept < got)
		return -ENOMEM;
	return got < chunk->nr ? -EFAULT : 0;
}

/**
 * struct batch - what is used while a region is pinned
 * @pages: of one chunk, as pinned
 * @pfns: their numbers
 * @large: first pages of chunks before it that are large pages, and wait to be mapped
 * @first: first guest page of those
 * @nr: how many there are
 */
struct batch {
	struct page *pages[HV_LARGE_PAGES];
	unsigned long pfns[HV_LARGE_PAGES];
	unsigned long large[HV_LARGE_PAGES];
	u64 first;
	unsigned int nr;
};

static int region_pin_map_chunk(struct mshv_region *rg, const struct mshv_chunk *chunk,
				const unsigned long *pfns)
{
	struct hv_deposit deposit = { .partition_id = rg->partition->id };
	u64 status;

	do {
		mutex_lock(&rg->lock);
		status = mshv_region_map_chunk(rg, chunk, pfns);
		mutex_unlock(&rg->lock);
	} while (hv_deposit_for(&deposit, status));
	return hv_status_to_errno(status);
}

/* One hypercall maps hundreds of them. */
static int region_pin_map_batch(struct mshv_region *rg, struct batch *batch)
{
	struct hv_deposit deposit = { .partition_id = rg->partition->id };
	u64 status;

	if (!batch->nr)
		return 0;
	do {
		mutex_lock(&rg->lock);
		status = mshv_region_map_large(rg, batch->first, batch->nr, batch->large);
		mutex_unlock(&rg->lock);
	} while (hv_deposit_for(&deposit, status));
	batch->nr = 0;
	return hv_status_to_errno(status);
}

/* Chunks come in order, so that those in the batch follow each other. */
static int region_pin_map(struct mshv_region *rg, const struct mshv_chunk *chunk,
			  struct batch *batch)
{
	int ret = 0;

	if (!mshv_region_is_large(rg, chunk, batch->pfns)) {
		ret = region_pin_map_batch(rg, batch);
		return ret ?: region_pin_map_chunk(rg, chunk, batch->pfns);
	}
	if (batch->nr == ARRAY_SIZE(batch->large))
		ret = region_pin_map_batch(rg, batch);
	if (!batch->nr)
		batch->first = chunk->first;
	batch->large[batch->nr++] = batch->pfns[0];
	return ret;
}

static int region_pin_all(struct mshv_region *rg, struct batch *batch)
{
	u64 gfn = rg->node.start;

	while (gfn <= rg->node.last) {
		struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);
		unsigned int i;
		int ret;

		if (fatal_signal_pending(current))
			return -EINTR;
		ret = region_pin_chunk(rg, &chunk, batch->pages);
		if (ret)
			return ret;
		for (i = 0; i < chunk.nr; i++)
			batch->pfns[i] = page_to_pfn(batch->pages[i]);
		ret = region_pin_map(rg, &chunk, batch);
		if (ret)
			return ret;
		gfn += chunk.nr;
		cond_resched();
	}
	return region_pin_map_batch(rg, batch);
}

/**
 * mshv_region_pin - pin the memory of a region and map it
 * @rg: the region
 *
 * The pages are charged to the limit of locked memory. On failure the caller
 * unmaps and unpins what there is.
 *
 * Return: 0 or a negative errno.
 */
int mshv_region_pin(struct mshv_region *rg)
{
	struct batch *batch;
	int ret;

	lockdep_assert_held(&rg->partition->memory_lock);
	ret = account_locked_vm(current->mm, mshv_region_pages(rg), true);
	if (ret)
		return ret;
	rg->locked_mm = current->mm;
	mmgrab(rg->locked_mm);

	batch = kvmalloc_obj(*batch);
	if (!batch)
		return -ENOMEM;
	batch->nr = 0;
	ret = region_pin_all(rg, batch);
	kvfree(batch);
	return ret;
}

/**
 * mshv_region_unpin - let go of the memory of a region
 * @rg: the region, which the guest has no access to any more
 *
 * The guest may have written to all of it, and the hypervisor keeps no account
 * of that which could be relied on.
 */
void mshv_region_unpin(struct mshv_region *rg)
{
	bool dirty = rg->flags & HV_MAP_GPA_WRITABLE;
	unsigned int i;

	for (i = 0; i < rg->nr_pins; i++)
		unpin_user_page_range_dirty_lock(rg->pins[i].page, rg->pins[i].nr, dirty);
	kvfree(rg->pins);
	if (rg->locked_mm) {
		account_locked_vm(rg->locked_mm, mshv_region_pages(rg), false);
		mmdrop(rg->locked_mm);
	}
}
