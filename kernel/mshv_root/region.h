/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_REGION_H
#define MSHV_ROOT_REGION_H

#include <linux/bitmap.h>
#include <linux/interval_tree.h>
#include <linux/kref.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>

#include "hvcall.h"
#include "partition.h"

enum mshv_region_kind {
	MSHV_REGION_MOVABLE,	/* populated on demand, follows the page tables */
	MSHV_REGION_PINNED,	/* populated and pinned; may have been movable before */
	MSHV_REGION_BAR,	/* a device's registers, populated on demand */
};

struct mshv_page_table;
struct mshv_pin;

/**
 * struct mshv_region - a range of guest pages backed by memory of a process
 * @node: first and last guest page; in the partition's tree
 * @refs: one for the tree, one for each fault being served
 * @partition: whose; outlives the region
 * @uaddr: address of the first page in the process
 * @flags: HV_MAP_GPA_* of a page that is there
 * @kind: where its pages come from; a movable one may become pinned
 * @notifier: told when the page tables change; not for regions that began as pinned
 * @lock: a fault against an invalidation; guards @dead, @pinned_end, what is behind @tables,
 *	and the bitmaps. Taken in memory reclaim: no memory may be allocated under it
 * @dead: it is being unmapped, no page may be mapped any more; what is still accessible
 *	follows the page tables until it is not
 * @unmapped_end: what is below is unmapped for good, and all of it is dead; the first page of
 *	the region unless who unmapped it was killed; changed with the partition's memory_lock
 * @pinned_end: what is below is pinned and mapped, and does not follow the page tables;
 *	the first page of the region if nothing is
 * @large: for each chunk, that the hypervisor has it as one large page
 * @populated: for each chunk, that some page of it may be accessible
 * @writable: for each chunk, that it is a large page that may be written to
 * @taken_dirty: for each chunk, that a large page was accessible for writing and no longer is
 * @taken_accessed: for each chunk, that a large page was accessible and no longer is
 * @tables: states of pages, for chunks that have or had small pages; see region_state.c
 * @orphan: in the partition's list, if it could not be unmapped
 * @pins: what is pinned, for pinned regions
 * @nr_pins: number of @pins
 * @locked_mm: whom they are charged to, for pinned regions
 * @mapped: for each page, that it may be accessible; guarded by @lock; for registers of a
 *	device, of which nothing is mapped but what is there
 *
 * A chunk is the part of the region within one 2 MiB range of guest addresses.
 * All pages of memory are mapped from creation to the end: without access
 * until they are populated.
 */
struct mshv_region {
	struct interval_tree_node node;
	struct kref refs;
	struct mshv_partition *partition;
	u64 uaddr;
	u32 flags;
	enum mshv_region_kind kind;
	struct mmu_interval_notifier notifier;
	struct mutex lock;
	bool dead;
	u64 unmapped_end;
	u64 pinned_end;
	unsigned long *large;
	unsigned long *populated;
	unsigned long *writable;
	unsigned long *taken_dirty;
	unsigned long *taken_accessed;
	struct mshv_page_table **tables;
	struct list_head orphan;
	struct mshv_pin *pins;
	unsigned int nr_pins;
	struct mm_struct *locked_mm;
	unsigned long *mapped;
};

static inline u64 mshv_region_pages(const struct mshv_region *rg)
{
	return rg->node.last - rg->node.start + 1;
}

/**
 * struct mshv_chunk - a chunk of a region
 * @index: number in the bitmaps of the region
 * @first: first guest page that belongs to the region
 * @nr: number of pages
 */
struct mshv_chunk {
	unsigned long index;
	u64 first;
	unsigned int nr;
};

/* How many chunks it lies in. */
static inline unsigned long mshv_region_chunks(const struct mshv_region *rg)
{
	return (rg->node.last >> HV_LARGE_PAGE_ORDER) -
	       (rg->node.start >> HV_LARGE_PAGE_ORDER) + 1;
}

/**
 * struct mshv_memory_use - the memory of a partition, in bytes
 * @movable: size of regions of that kind
 * @pinned: likewise
 * @device: likewise
 * @large: what is populated with large pages
 * @small: what may be populated with others
 */
struct mshv_memory_use {
	u64 movable;
	u64 pinned;
	u64 device;
	u64 large;
	u64 small;
};

/* netlink_region.c */
void mshv_regions_account(struct mshv_partition *pt, struct mshv_memory_use *use);
/**
 * struct mshv_pages - states of the pages of a chunk, by the lowest bits of their numbers
 * @mapped: the guest may access it
 * @writable: it may write to it, too
 * @dirty: it could be written to, and that has not been told yet
 * @accessed: it could be accessed, likewise
 */
struct mshv_pages {
	DECLARE_BITMAP(mapped, HV_LARGE_PAGES);
	DECLARE_BITMAP(writable, HV_LARGE_PAGES);
	DECLARE_BITMAP(dirty, HV_LARGE_PAGES);
	DECLARE_BITMAP(accessed, HV_LARGE_PAGES);
};

static inline unsigned int mshv_chunk_offset(u64 gfn)
{
	return gfn & (HV_LARGE_PAGES - 1);
}

/**
 * struct mshv_log - a question which pages were accessed or written to
 * @first: the first
 * @nr: how many
 * @dirty: written to, or accessed?
 * @clear_dirty: and it is forgotten that they were written to
 * @clear_accessed: and it is forgotten that they were accessed
 * @bits: the answer; bits are set, none is cleared
 */
struct mshv_log {
	u64 first;
	unsigned int nr;
	bool dirty;
	bool clear_dirty;
	bool clear_accessed;
	unsigned long *bits;
};

/**
 * enum mshv_wait - what ends the wait for a page that is slow to come
 * @MSHV_WAIT_KILLABLE: a signal that kills
 * @MSHV_WAIT_INTERRUPTIBLE: any signal
 */
enum mshv_wait {
	MSHV_WAIT_KILLABLE,
	MSHV_WAIT_INTERRUPTIBLE,
};

long mshv_region_set(void *pt, void __user *arg);
int mshv_region_fault(struct mshv_partition *pt, u64 gfn, u8 access, enum mshv_wait wait);
int mshv_regions_read(struct mshv_partition *pt, u64 gpa, void *to, size_t size);
int mshv_regions_log(struct mshv_partition *pt, struct mshv_log *log);
void mshv_regions_unlog(struct mshv_partition *pt, const struct mshv_log *log);
void mshv_regions_destroy(struct mshv_partition *pt, bool finalized);
void mshv_regions_unmap_bars(struct mshv_partition *pt);
void mshv_regions_release_orphans(struct mshv_partition *pt);
void mshv_regions_keep_orphans(struct mshv_partition *pt);

/* region.c, for the files that populate */
struct mshv_chunk mshv_region_chunk(const struct mshv_region *rg, u64 gfn);

static inline unsigned long mshv_region_address(const struct mshv_region *rg, u64 gfn)
{
	return rg->uaddr + ((gfn - rg->node.start) << PAGE_SHIFT);
}

/* A host page that is not there; one that may be read only is its number and the other. */
#define MSHV_NO_PFN		ULONG_MAX
#define MSHV_PFN_READ_ONLY	BIT(62)

/* The third size of pages that processors have, as an order of 4 KiB pages. */
#define MSHV_HUGE_ORDER	(2 * HV_LARGE_PAGE_ORDER)

/**
 * struct mshv_look - what a look at the page tables showed, beside the pages
 * @seq: when it was
 * @wanted: the page that it was for
 * @first: the first page that was looked at
 * @nr: how many were, all of one chunk
 * @nr_large: chunks, from the one of @wanted on, that are one large page each: there is a
 *	host page for each of these; 0 if there is one for each of the @nr pages
 * @huge: the first of them is part of a mapping in one entry of at least 1 GiB
 */
struct mshv_look {
	unsigned long seq;
	u64 wanted;
	u64 first;
	unsigned int nr;
	unsigned int nr_large;
	bool huge;
};

/* region_state.c */
int mshv_region_alloc_states(struct mshv_region *rg);
void mshv_region_free_states(struct mshv_region *rg);
struct mshv_pages *mshv_region_pages_of(const struct mshv_region *rg, unsigned long index);
int mshv_region_prepare_pages(struct mshv_region *rg, unsigned long index);
void mshv_region_note_taken(struct mshv_region *rg, const struct mshv_chunk *chunk, u64 first,
			    unsigned int nr);
int mshv_region_log(struct mshv_region *rg, struct mshv_log *log);
void mshv_region_unlog(struct mshv_region *rg, const struct mshv_log *log);

/* region_map.c */
extern const struct mmu_interval_notifier_ops mshv_region_notifier_ops;
bool mshv_region_is_large(const struct mshv_region *rg, const struct mshv_chunk *chunk,
			  const unsigned long *pfns);
u64 mshv_region_map_large(struct mshv_region *rg, u64 gfn, unsigned int nr,
			  const unsigned long *pfns, u32 flags);
u64 mshv_region_map_chunk(struct mshv_region *rg, const struct mshv_chunk *chunk,
			  const unsigned long *pfns);
void mshv_region_invalidate(struct mshv_region *rg, u64 first, u64 last);
u64 mshv_region_map_found(struct mshv_region *rg, const struct mshv_chunk *chunk,
			  const struct mshv_look *look, unsigned long *pfns);

/* region_fault.c */
int mshv_region_populate(struct mshv_region *rg, u64 gfn, u32 need, enum mshv_wait wait);
int mshv_region_read(struct mshv_region *rg, u64 gpa, void *to, size_t size);

/* region_bar.c */
extern const struct mmu_interval_notifier_ops mshv_bar_notifier_ops;
bool mshv_bar_can_be(const struct vm_area_struct *vma);
int mshv_bar_init(struct mshv_region *rg);
int mshv_bar_populate(struct mshv_region *rg, u64 gfn, u32 need);
int mshv_bar_unmap(struct mshv_region *rg);

/* region_pin.c */
int mshv_region_pin(struct mshv_region *rg);
int mshv_region_convert(struct mshv_region *rg);
void mshv_region_unpin(struct mshv_region *rg);

#endif
