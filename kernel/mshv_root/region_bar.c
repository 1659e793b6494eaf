// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions over the registers of a device.
 *
 * VFIO's mappings alone: whoever has one owns the device, which an IOMMU keeps from the
 * memory of others. With the registers of any other device, such as sysfs and /dev/mem have
 * them, a guest could have the device read and write the memory of the host.
 *
 * Where a page of a BAR is says its page table alone: vm_pgoff is the business of the
 * driver that made the mapping. The page may be missing at any time, since a device that
 * is reset, sleeps or is switched off has no registers. So nothing is mapped before the
 * guest touches it, and by that after the device was attached; the notifier takes away
 * what goes. While it is missing the guest's accesses are for the VMM.
 *
 * The guest may do what the mapping of the VMM allows. It never executes registers. How
 * they are cached is the host's decision, from the protection of the mapping: the
 * hypervisor would leave it to the guest, and a guest could then have a cached alias of
 * what the host has mapped uncached, and with that stop the machine.
 */
#include <linux/fs.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "hvcall.h"
#include "region.h"

/**
 * struct bar_leaf - an entry of the page tables
 * @start: first address that it maps
 * @pages: how many
 * @pfn: host page of @start
 * @flags: HV_MAP_GPA_* that the guest gets with it
 */
struct bar_leaf {
	u64 start;
	u64 pages;
	u64 pfn;
	u32 flags;
};

/**
 * struct bar_look - what a look at the page tables showed
 * @seq: when it was
 * @vfio: a file that is known to be VFIO's; it exists while the look lasts
 * @gfn: first guest page that is there
 * @nr: how many
 * @flags: HV_MAP_GPA_* of them
 * @pfns: host page of each, or of each large page
 */
struct bar_look {
	unsigned long seq;
	const struct file *vfio;
	u64 gfn;
	u64 nr;
	u32 flags;
	unsigned long pfns[HV_LARGE_PAGES];
};

/**
 * mshv_bar_can_be - are these registers that may be given to a guest?
 * @vma: a mapping of the VMM's
 *
 * The descriptor of a device has its mappings, however it was come by: from a group, or
 * opened by itself. Nobody else's file has VFIO's operations.
 *
 * Context: the address space is locked.
 */
bool mshv_bar_can_be(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_PFNMAP && vma->vm_file && mshv_is_vfio(vma->vm_file);
}

/* The mapping may have another in its place since the region was made. */
static bool bar_is_allowed(struct bar_look *look, const struct vm_area_struct *vma)
{
	if (!vma->vm_file || (vma->vm_file != look->vfio && !mshv_bar_can_be(vma)))
		return false;
	look->vfio = vma->vm_file;
	return vma->vm_flags & VM_PFNMAP;
}

static unsigned long bar_bit_of(const struct mshv_region *rg, u64 gfn)
{
	return gfn - rg->node.start;
}

/*
 * Whatever type the processor's table of them has for the other settings, that of none is
 * write-back. The third bit is elsewhere in large entries, and does not matter.
 */
static bool bar_is_cached(pgprot_t prot)
{
	return !(pgprot_val(prot) & (_PAGE_PWT | _PAGE_PCD));
}

static u32 bar_flags_for(const struct mshv_region *rg, const struct follow_pfnmap_args *args)
{
	u32 flags = HV_MAP_GPA_READABLE;

	if (args->writable)
		flags |= rg->flags & HV_MAP_GPA_WRITABLE;
	if (!bar_is_cached(args->pgprot))
		flags |= HV_MAP_GPA_NOT_CACHED;
	return flags;
}

static bool bar_is_ram(const struct bar_leaf *leaf)
{
	return region_intersects(leaf->pfn << PAGE_SHIFT, leaf->pages << PAGE_SHIFT,
				 IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) != REGION_DISJOINT;
}

/*
 * The entry that maps an address, if there is one. Memory of the host is never given
 * away like this, whoever has mapped it.
 */
static int bar_find_leaf(struct mshv_region *rg, struct vm_area_struct *vma, u64 address,
			 struct bar_leaf *leaf)
{
	struct follow_pfnmap_args args = {.vma = vma, .address = address};

	if (follow_pfnmap_start(&args))
		return -EFAULT;
	leaf->start = address & args.addr_mask;
	leaf->pages = (~(u64)args.addr_mask + 1) >> PAGE_SHIFT;
	leaf->pfn = args.pfn - ((address - leaf->start) >> PAGE_SHIFT);
	leaf->flags = bar_flags_for(rg, &args);
	follow_pfnmap_end(&args);
	return bar_is_ram(leaf) ? -EACCES : 0;
}

/*
 * The same, making the entry if need be. -EAGAIN: the lock was let go of meanwhile, and
 * nothing that was seen before is true any more.
 */
static int bar_get_leaf(struct mshv_region *rg, u64 address, struct bar_look *look,
			struct bar_leaf *leaf)
{
	struct mm_struct *mm = rg->notifier.mm;
	struct vm_area_struct *vma = vma_lookup(mm, address);
	bool unlocked = false;
	bool write;
	int ret;

	if (!vma || !bar_is_allowed(look, vma))
		return -EFAULT;
	write = rg->flags & HV_MAP_GPA_WRITABLE && vma->vm_flags & VM_WRITE;
	ret = bar_find_leaf(rg, vma, address, leaf);
	if (ret != -EFAULT)
		return ret;
	ret = fixup_user_fault(mm, address, write ? FAULT_FLAG_WRITE : 0, &unlocked);
	if (unlocked)
		return -EAGAIN;
	return ret ?: bar_find_leaf(rg, vma, address, leaf);
}

/* What of a large entry can be large for the guest: that is as far as both agree. */
static bool bar_look_at_large(struct mshv_region *rg, u64 gfn, const struct bar_leaf *leaf,
			      struct bar_look *look)
{
	u64 before = (mshv_region_address(rg, gfn) - leaf->start) >> PAGE_SHIFT;
	u64 pfn = leaf->pfn + before;
	u64 first, end, i;

	if (!rg->partition->large_pages || !IS_ALIGNED(gfn ^ pfn, HV_LARGE_PAGES))
		return false;
	end = min(gfn + (leaf->pages - before), rg->node.last + 1);
	end = round_down(end, HV_LARGE_PAGES);
	first = round_up(gfn - min(before, gfn - rg->node.start), HV_LARGE_PAGES);
	if (first > gfn || end <= gfn)
		return false;
	look->gfn = first;
	look->nr = min(end - first, (u64)ARRAY_SIZE(look->pfns) << HV_LARGE_PAGE_ORDER);
	look->flags = leaf->flags | HV_MAP_GPA_LARGE_PAGE;
	for (i = 0; i < look->nr >> HV_LARGE_PAGE_ORDER; i++)
		look->pfns[i] = pfn - (gfn - first) + (i << HV_LARGE_PAGE_ORDER);
	return true;
}

/* Adds a page to what was seen, before or after it, if it is of the same kind. */
static int bar_look_at_next(struct mshv_region *rg, const struct mshv_chunk *chunk, u64 gfn,
			    struct bar_look *look)
{
	u64 address = mshv_region_address(rg, gfn);
	struct bar_leaf leaf;
	int ret = bar_get_leaf(rg, address, look, &leaf);

	if (ret)
		return ret;
	if (look->nr && leaf.flags != look->flags)
		return -EFAULT;
	look->flags = leaf.flags;
	look->pfns[gfn - chunk->first] = leaf.pfn + ((address - leaf.start) >> PAGE_SHIFT);
	look->gfn = min(look->gfn, gfn);
	look->nr++;
	return 0;
}

/* All that is there of the chunk, next to the page that the guest wants. */
static int bar_look_at_chunk(struct mshv_region *rg, const struct mshv_chunk *chunk, u64 wanted,
			     struct bar_look *look)
{
	u64 gfn;
	int ret;

	look->gfn = wanted;
	look->nr = 0;
	ret = bar_look_at_next(rg, chunk, wanted, look);
	for (gfn = wanted + 1; !ret && gfn < chunk->first + chunk->nr; gfn++)
		ret = bar_look_at_next(rg, chunk, gfn, look);
	if (ret != -EAGAIN && look->nr)
		ret = 0;
	for (gfn = wanted; !ret && gfn > chunk->first; gfn--)
		ret = bar_look_at_next(rg, chunk, gfn - 1, look);
	if (ret == -EAGAIN || !look->nr)
		return ret;
	memmove(look->pfns, look->pfns + (look->gfn - chunk->first),
		look->nr * sizeof(*look->pfns));
	return 0;
}

static int bar_look_up(struct mshv_region *rg, const struct mshv_chunk *chunk, u64 wanted,
		       struct bar_look *look)
{
	struct mm_struct *mm = rg->notifier.mm;
	struct bar_leaf leaf;
	int ret;

	look->vfio = NULL;
	look->seq = mmu_interval_read_begin(&rg->notifier);
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	ret = bar_get_leaf(rg, mshv_region_address(rg, wanted), look, &leaf);
	if (!ret && !bar_look_at_large(rg, wanted, &leaf, look))
		ret = bar_look_at_chunk(rg, chunk, wanted, look);
	mmap_read_unlock(mm);
	return ret;
}

static u64 bar_map(struct mshv_region *rg, const struct bar_look *look)
{
	bool large = look->flags & HV_MAP_GPA_LARGE_PAGE;
	struct hv_gpa_map map = {
		.partition_id = rg->partition->id,
		.gfn = look->gfn,
		.nr = look->nr,
		.flags = look->flags,
		.pfns = look->pfns,
		.pfn_order = large ? HV_LARGE_PAGE_ORDER : 0,
	};

	u64 status;

	lockdep_assert_held(&rg->lock);
	status = hv_try_map_gpa_pages(&map);
	bitmap_set(rg->mapped, bar_bit_of(rg, look->gfn), map.done);
	if (large)
		bitmap_set(rg->large, mshv_region_chunk(rg, look->gfn).index,
			   map.done >> HV_LARGE_PAGE_ORDER);
	return status;
}

static int bar_populate(struct mshv_region *rg, u64 gfn, u32 need, struct bar_look *look)
{
	struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);
	struct hv_deposit deposit = {.partition_id = rg->partition->id};
	u64 status;
	int ret;

	do {
		ret = bar_look_up(rg, &chunk, gfn, look);
		if (ret)
			return ret;
		if (!(look->flags & need))
			return -EACCES;
		mutex_lock(&rg->lock);
		if (rg->dead)
			ret = -ENOENT;
		else if (mmu_interval_read_retry(&rg->notifier, look->seq))
			ret = -EAGAIN;
		else
			status = bar_map(rg, look);
		mutex_unlock(&rg->lock);
		if (ret)
			return ret;
	} while (hv_deposit_for(&deposit, status));
	return hv_status_to_errno(status);
}

/**
 * mshv_bar_populate - give the guest access to registers of a device
 * @rg: a region over such
 * @gfn: the page
 * @need: HV_MAP_GPA_* that the guest needs
 *
 * What is next to it comes along.
 *
 * Context: process context, may sleep; any process.
 * Return: 0 if the guest can try again, or a negative errno.
 */
int mshv_bar_populate(struct mshv_region *rg, u64 gfn, u32 need)
{
	struct mm_struct *mm = rg->notifier.mm;
	struct bar_look *look;
	int ret;

	/* The process may be gone, and its mappings with it. */
	if (!mmget_not_zero(mm))
		return -EFAULT;
	look = kmalloc_obj(*look);
	ret = look ? bar_populate(rg, gfn, need, look) : -ENOMEM;
	kfree(look);
	mmput(mm);
	return ret == -EAGAIN ? 0 : ret;
}

/* The end of the pages from @gfn on that are mapped, in one size. */
static u64 bar_segment_end(const struct mshv_region *rg, u64 gfn, u64 limit)
{
	struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);
	u64 end = rg->node.start +
		  find_next_zero_bit(rg->mapped, bar_bit_of(rg, limit), bar_bit_of(rg, gfn));

	if (!test_bit(chunk.index, rg->large))
		return min(end, chunk.first + chunk.nr);
	do
		gfn = chunk.first + chunk.nr;
	while (gfn < end && (chunk = mshv_region_chunk(rg, gfn), test_bit(chunk.index, rg->large)));
	return gfn;
}

static int bar_unmap_segment(struct mshv_region *rg, u64 gfn, u64 end)
{
	unsigned long chunk = mshv_region_chunk(rg, gfn).index;
	u32 large = test_bit(chunk, rg->large) ? HV_MAP_GPA_LARGE_PAGE : 0;
	struct hv_gpa_map map = {
		.partition_id = rg->partition->id,
		.gfn = gfn,
		.nr = end - gfn,
		.flags = HV_MAP_GPA_NO_ACCESS | large,
	};
	int ret = hv_call_unmap_gpa_pages(map.partition_id, gfn, map.nr, large);

	/* What cannot be unmapped must at least be out of the guest's reach. */
	if (ret)
		ret = hv_status_to_errno(hv_try_map_gpa_pages(&map));
	if (ret)
		return ret;
	bitmap_clear(rg->mapped, bar_bit_of(rg, gfn), map.nr);
	if (large)
		bitmap_clear(rg->large, chunk, map.nr >> HV_LARGE_PAGE_ORDER);
	return 0;
}

/* A large page goes as a whole: what of it is still there comes back when it is touched. */
static int bar_unmap(struct mshv_region *rg, u64 gfn, u64 limit)
{
	struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);
	int ret = 0;

	lockdep_assert_held(&rg->lock);
	if (test_bit(chunk.index, rg->large))
		gfn = chunk.first;
	chunk = mshv_region_chunk(rg, limit - 1);
	if (test_bit(chunk.index, rg->large))
		limit = chunk.first + chunk.nr;
	for (;;) {
		u64 end;
		int err;

		gfn = rg->node.start +
		      find_next_bit(rg->mapped, bar_bit_of(rg, limit), bar_bit_of(rg, gfn));
		if (gfn >= limit)
			return ret;
		end = bar_segment_end(rg, gfn, limit);
		err = bar_unmap_segment(rg, gfn, end);
		ret = ret ?: err;
		gfn = end;
	}
}

/**
 * mshv_bar_unmap - take all registers away from the guest
 * @rg: a region over such, which is dead
 *
 * Context: the region's lock is held.
 * Return: 0 or a negative errno; then the guest may still reach them.
 */
int mshv_bar_unmap(struct mshv_region *rg)
{
	lockdep_assert_held(&rg->lock);
	return rg->mapped ? bar_unmap(rg, rg->node.start, rg->node.last + 1) : 0;
}

/*
 * VFIO gets here when it switches the device off or resets it, with a lock held that its
 * page faults take; so do the end of a mapping and of the process.
 */
static bool bar_notify(struct mmu_interval_notifier *notifier,
		       const struct mmu_notifier_range *range, unsigned long sequence)
{
	struct mshv_region *rg = container_of(notifier, struct mshv_region, notifier);
	u64 end = mshv_region_address(rg, rg->node.last + 1);
	u64 from = max_t(u64, range->start, rg->uaddr);
	u64 to = min_t(u64, range->end, end);
	int ret = 0;

	if (mmu_notifier_range_blockable(range))
		mutex_lock(&rg->lock);
	else if (!mutex_trylock(&rg->lock))
		return false;
	mmu_interval_set_seq(notifier, sequence);
	if (!rg->dead && from < to)
		ret = bar_unmap(rg, rg->node.start + ((from - rg->uaddr) >> PAGE_SHIFT),
				rg->node.start + ((to - 1 - rg->uaddr) >> PAGE_SHIFT) + 1);
	mutex_unlock(&rg->lock);
	/* At its end no guest is there, and perhaps no mapping any more either. */
	if (ret && !mshv_partition_is_ending(rg->partition))
		mshv_partition_break(rg->partition);
	return true;
}

const struct mmu_interval_notifier_ops mshv_bar_notifier_ops = {
	.invalidate = bar_notify,
};

/**
 * mshv_bar_init - get a region ready to be one over registers
 * @rg: the region; nobody sees it yet
 *
 * Return: 0 or -ENOMEM.
 */
int mshv_bar_init(struct mshv_region *rg)
{
	rg->mapped =
		kvcalloc(BITS_TO_LONGS(mshv_region_pages(rg)), sizeof(long), GFP_KERNEL_ACCOUNT);
	if (!rg->mapped)
		return -ENOMEM;
	/* Nothing is mapped, and so nothing in large pages. */
	bitmap_zero(rg->large, mshv_region_chunk(rg, rg->node.last).index + 1);
	return 0;
}
