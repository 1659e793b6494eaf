// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions whose memory is pinned: all there, and never to move, as a device that
 * accesses it on its own needs it.
 *
 * What is pinned is remembered in runs of neighbouring pages: for memory that
 * comes in large pieces that is next to nothing.
 */
#include <linux/export.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "hvcall.h"
#include "region.h"

/**
 * struct mshv_pin - pinned pages that follow each other
 * @page: the first
 * @start: its number in the region
 * @nr: how many
 */
struct mshv_pin {
	struct page *page;
	unsigned long start;
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
	unsigned long next = last ? last->start + last->nr : 0;
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
		last->start = next + i;
		last->nr = 1;
	}
	return i;
}

/* Another one may ask for it than the memory belongs to. */
static long region_pin_pages(struct mm_struct *mm, unsigned long address, unsigned int nr,
			     unsigned int flags, struct page **pages)
{
	int locked = 1;
	long got;

	if (mm == current->mm)
		return pin_user_pages_fast(address, nr, flags, pages);
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	got = pin_user_pages_remote(mm, address, nr, flags, pages, &locked);
	if (locked)
		mmap_read_unlock(mm);
	return got;
}

static int region_pin_chunk(struct mshv_region *rg, const struct mshv_chunk *chunk,
			    struct page **pages)
{
	unsigned int flags = FOLL_LONGTERM;
	long got, kept;

	if (rg->flags & HV_MAP_GPA_WRITABLE)
		flags |= FOLL_WRITE;
	got = region_pin_pages(rg->locked_mm, mshv_region_address(rg, chunk->first), chunk->nr,
			       flags, pages);
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

/*
 * From here on the mapping is what was pinned, whatever becomes of the page tables. Not
 * before all of it is: what is still mapped from before follows them.
 */
static void region_pin_advance(struct mshv_region *rg, u64 end, u64 status)
{
	lockdep_assert_held(&rg->lock);
	if (hv_result_success(status))
		rg->pinned_end = end;
}

static int region_pin_map_chunk(struct mshv_region *rg, const struct mshv_chunk *chunk,
				const unsigned long *pfns)
{
	struct hv_deposit deposit = { .partition_id = rg->partition->id };
	u64 status;

	do {
		mutex_lock(&rg->lock);
		status = mshv_region_map_chunk(rg, chunk, pfns);
		region_pin_advance(rg, chunk->first + chunk->nr, status);
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
		status = mshv_region_map_large(rg, batch->first, batch->nr, batch->large,
					       rg->flags);
		region_pin_advance(rg, batch->first + ((u64)batch->nr << HV_LARGE_PAGE_ORDER),
				   status);
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
		ret = region_pin_map_batch(rg, batch) ?:
		      mshv_region_prepare_pages(rg, chunk->index);
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

static int region_pin(struct mshv_region *rg, struct mm_struct *mm)
{
	struct batch *batch;
	int ret;

	ret = account_locked_vm(mm, mshv_region_pages(rg), true);
	if (ret)
		return ret;
	rg->locked_mm = mm;
	mmgrab(mm);

	batch = kvmalloc_obj(*batch);
	if (!batch)
		return -ENOMEM;
	batch->nr = 0;
	ret = region_pin_all(rg, batch);
	kvfree(batch);
	return ret;
}

/**
 * mshv_region_pin - pin the memory of a region and map it
 * @rg: the region, which nobody sees yet; its memory is the caller's
 *
 * The pages are charged to the limit of locked memory. On failure the caller
 * unmaps and unpins what there is.
 *
 * Return: 0 or a negative errno.
 */
int mshv_region_pin(struct mshv_region *rg)
{
	lockdep_assert_held(&rg->partition->memory_lock);
	return region_pin(rg, current->mm);
}

/*
 * Back to a region that follows the page tables, which may have changed where they were
 * not followed: nothing stays mapped.
 */
static void region_pin_undo(struct mshv_region *rg)
{
	mutex_lock(&rg->lock);
	rg->pinned_end = rg->node.start;
	mshv_region_invalidate(rg, rg->node.start, rg->node.last);
	mutex_unlock(&rg->lock);
	mshv_region_unpin(rg);
}

/**
 * mshv_region_convert - pin the memory of a movable region
 * @rg: the region, which the guest uses
 *
 * Chunk by chunk: pages are pinned without the region's lock, since they may have to come
 * from anywhere, and mapped with it in place of what is there. Up to @rg->pinned_end it is
 * done, and neither faults nor the notifier do anything. Behind that it is a movable region
 * as before. If a page changes after it is pinned and before it is mapped, the guest gets
 * the page that was pinned, as a device does that it was pinned for.
 *
 * The pages are charged to the process that they are of, whoever calls.
 *
 * Context: process context, with the partition's memory_lock held.
 * Return: 0 or a negative errno; then it is movable, and nothing of it is pinned.
 */
int mshv_region_convert(struct mshv_region *rg)
{
	struct mm_struct *mm = rg->notifier.mm;
	int ret;

	lockdep_assert_held(&rg->partition->memory_lock);
	/* The process may be gone, and its memory with it. */
	if (!mmget_not_zero(mm))
		return -EFAULT;
	ret = region_pin(rg, mm);
	if (ret)
		region_pin_undo(rg);
	else
		/* Whoever finds it pinned finds all of @rg->pins. */
		smp_store_release(&rg->kind, MSHV_REGION_PINNED);
	mmput(mm);
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
	rg->pins = NULL;
	rg->nr_pins = 0;
	if (rg->locked_mm) {
		account_locked_vm(rg->locked_mm, mshv_region_pages(rg), false);
		mmdrop(rg->locked_mm);
		rg->locked_mm = NULL;
	}
}

static const struct mshv_pin *region_find_pin(const struct mshv_region *rg, unsigned long page)
{
	unsigned int low = 0, high = rg->nr_pins;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		const struct mshv_pin *pin = &rg->pins[mid];

		if (page < pin->start)
			high = mid;
		else if (page >= pin->start + pin->nr)
			low = mid + 1;
		else
			return pin;
	}
	return NULL;
}

/**
 * struct pages - guest pages, and the host pages that they are thought to be
 * @gfn: the first
 * @pfn: what it should be
 * @nr: how many follow each other on both sides
 * @writable: they may be written to
 */
struct pages {
	u64 gfn;
	u64 pfn;
	u64 nr;
	bool writable;
};

/* How many from the first on are just that. */
static u64 region_pinned_as(const struct mshv_region *rg, const struct pages *pages)
{
	unsigned long page = pages->gfn - rg->node.start;
	const struct mshv_pin *pin;

	/* It may have been made so a moment ago. */
	if (smp_load_acquire(&rg->kind) != MSHV_REGION_PINNED ||
	    pages->writable != !!(rg->flags & HV_MAP_GPA_WRITABLE))
		return 0;
	pin = region_find_pin(rg, page);
	if (!pin || page_to_pfn(pin->page) + (page - pin->start) != pages->pfn)
		return 0;
	return min(pages->nr, pin->nr - (page - pin->start));
}

/* Registers come and go: that they are the same is not known, but that they are no memory. */
static u64 region_registers_as(const struct mshv_region *rg, const struct pages *pages)
{
	u64 nr = min(pages->nr, rg->node.last - pages->gfn + 1);

	if (region_intersects(pages->pfn << PAGE_SHIFT, nr << PAGE_SHIFT, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) != REGION_DISJOINT)
		return 0;
	return nr;
}

static u64 regions_have_as(struct mshv_partition *pt, const struct pages *pages)
{
	struct interval_tree_node *node;
	const struct mshv_region *rg;

	lockdep_assert_held(&pt->regions_lock);
	node = interval_tree_iter_first(&pt->regions, pages->gfn, pages->gfn);
	if (!node)
		return 0;
	rg = container_of(node, struct mshv_region, node);
	return rg->kind == MSHV_REGION_BAR ? region_registers_as(rg, pages) :
					     region_pinned_as(rg, pages);
}

/**
 * mshv_partition_has_pages - do guest and host have the same in mind?
 * @pt: the partition, whose memory is held
 * @gfn: first guest page
 * @pfn: the host page that it should be
 * @nr: how many follow each other on both sides
 * @writable: whether they can be written to
 *
 * Context: any but interrupts; takes no lock but @pt->regions_lock.
 * Return: true if all of them are the guest's, and were a moment ago.
 */
bool mshv_partition_has_pages(struct mshv_partition *pt, u64 gfn, u64 pfn, u64 nr, bool writable)
{
	struct pages pages = { .gfn = gfn, .pfn = pfn, .nr = nr, .writable = writable };
	u64 same;

	while (pages.nr) {
		spin_lock(&pt->regions_lock);
		same = regions_have_as(pt, &pages);
		spin_unlock(&pt->regions_lock);
		if (!same)
			return false;
		pages.gfn += same;
		pages.pfn += same;
		pages.nr -= same;
	}
	return true;
}
EXPORT_SYMBOL_NS_GPL(mshv_partition_has_pages, "MSHV_ROOT");
