// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory regions of a partition: creation, lookup, the end.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include "account.h"
#include "hvcall.h"
#include "region.h"

static bool pin_memory;
module_param(pin_memory, bool, 0644);
MODULE_PARM_DESC(pin_memory, "pin all memory of guests when it is given to them");

/* A guest physical address has 52 bits at most. */
#define GFN_END		BIT_ULL(52 - HV_HYP_PAGE_SHIFT)

/**
 * mshv_region_chunk - the chunk of a region that a guest page is in
 * @rg: the region
 * @gfn: the page, which must be in the region
 */
struct mshv_chunk mshv_region_chunk(const struct mshv_region *rg, u64 gfn)
{
	u64 large = gfn >> HV_LARGE_PAGE_ORDER;
	u64 first = max_t(u64, large << HV_LARGE_PAGE_ORDER, rg->node.start);
	u64 last = min_t(u64, ((large + 1) << HV_LARGE_PAGE_ORDER) - 1, rg->node.last);
	struct mshv_chunk chunk = {
		.index = large - (rg->node.start >> HV_LARGE_PAGE_ORDER),
		.first = first,
		.nr = last - first + 1,
	};

	return chunk;
}

static struct mshv_region *region_find(struct mshv_partition *pt, u64 first, u64 last)
{
	struct interval_tree_node *node = interval_tree_iter_first(&pt->regions, first, last);

	return node ? container_of(node, struct mshv_region, node) : NULL;
}

/*
 * Here its memory is let go of, which may then be anybody's. A fault that is
 * still looking for pages keeps the notifier, and by that the address space.
 */
static void region_free(struct kref *refs)
{
	struct mshv_region *rg = container_of(refs, struct mshv_region, refs);

	if (rg->notifier.mm)
		mmu_interval_notifier_remove(&rg->notifier);
	mshv_region_unpin(rg);
	mshv_region_free_states(rg);
	kvfree(rg->mapped);
	kfree(rg);
}

static void region_put(struct mshv_region *rg)
{
	kref_put(&rg->refs, region_free);
}

/* Inline, for it is on the way of each exit by MMIO. */
static __always_inline struct mshv_region *region_get(struct mshv_partition *pt, u64 first,
						      u64 last)
{
	struct mshv_region *rg;

	spin_lock(&pt->regions_lock);
	rg = region_find(pt, first, last);
	if (rg)
		kref_get(&rg->refs);
	spin_unlock(&pt->regions_lock);
	return rg;
}

static u32 region_access_flag(u8 access)
{
	switch (access) {
	case HV_INTERCEPT_ACCESS_WRITE:
		return HV_MAP_GPA_WRITABLE;
	case HV_INTERCEPT_ACCESS_EXECUTE:
		return HV_MAP_GPA_EXECUTABLE;
	default:
		return HV_MAP_GPA_READABLE;
	}
}

static int region_populate(struct mshv_region *rg, u64 gfn, u32 need, enum mshv_wait wait)
{
	if (!(rg->flags & need))
		return -EACCES;
	switch (READ_ONCE(rg->kind)) {
	case MSHV_REGION_PINNED:
		/* All is there; it was not yet when the guest touched it. */
		return 0;
	case MSHV_REGION_BAR:
		return mshv_bar_populate(rg, gfn, need);
	default:
		return mshv_region_populate(rg, gfn, need, wait);
	}
}

/* A region that is half unmapped has its place until somebody unmaps the rest. */
static bool region_is_half_unmapped(const struct mshv_region *rg)
{
	return READ_ONCE(rg->unmapped_end) != rg->node.start;
}

/* One that was unmapped meanwhile may have another in its place, or none. */
static noinline int region_fault(struct mshv_partition *pt, struct mshv_region *rg, u64 gfn,
				 u32 need, enum mshv_wait wait)
{
	int ret;

	do {
		ret = region_is_half_unmapped(rg) ? -ENOENT :
		      region_populate(rg, gfn, need, wait);
		region_put(rg);
		if (ret != -ESTALE)
			return ret;
		rg = region_get(pt, gfn, gfn);
	} while (rg);
	return -ENOENT;
}

/**
 * mshv_region_fault - the guest touched a page that it has no access to
 * @pt: the guest's partition
 * @gfn: the page
 * @access: enum hv_intercept_access_type
 * @wait: what ends a wait for the page
 *
 * Context: process context, may sleep.
 * Return: 0 if the guest may try again, -EINTR if a signal came first, or another
 * negative errno if the access is for the VMM to deal with.
 */
int mshv_region_fault(struct mshv_partition *pt, u64 gfn, u8 access, enum mshv_wait wait)
{
	struct mshv_region *rg = region_get(pt, gfn, gfn);

	/* It is a device's, more often than not. */
	if (!rg)
		return -ENOENT;
	return region_fault(pt, rg, gfn, region_access_flag(access), wait);
}

/**
 * mshv_regions_read - read a little of a guest's memory
 * @pt: the guest's partition
 * @gpa: where
 * @to: where to
 * @size: how much, all within one page
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOENT where the guest has no memory; or another negative errno.
 */
int mshv_regions_read(struct mshv_partition *pt, u64 gpa, void *to, size_t size)
{
	struct mshv_region *rg = region_get(pt, gpa >> HV_HYP_PAGE_SHIFT, gpa >> HV_HYP_PAGE_SHIFT);
	int ret = -ENOENT;

	if (!rg)
		return ret;
	if (rg->kind != MSHV_REGION_BAR)
		ret = mshv_region_read(rg, gpa, to, size);
	region_put(rg);
	return ret;
}

/**
 * mshv_regions_log - add what the guest may have done by access that it has lost
 * @pt: the guest's partition
 * @log: which pages, and where to
 *
 * Context: process context, may sleep. The hypervisor's bits have been read before.
 * Return: 0 or -ENOMEM.
 */
int mshv_regions_log(struct mshv_partition *pt, struct mshv_log *log)
{
	u64 gfn = log->first, last = log->first + log->nr - 1;
	struct mshv_region *rg;
	int ret = 0;

	while (gfn <= last && !ret) {
		rg = region_get(pt, gfn, last);
		if (!rg)
			break;
		if (rg->kind != MSHV_REGION_BAR)
			ret = mshv_region_log(rg, log);
		gfn = rg->node.last + 1;
		region_put(rg);
	}
	return ret;
}

/**
 * mshv_regions_unlog - tell again next time what was told, and cleared, in vain
 * @pt: the guest's partition
 * @log: as for mshv_regions_log(), with the answer, or what there is of it
 *
 * Context: process context, may sleep.
 */
void mshv_regions_unlog(struct mshv_partition *pt, const struct mshv_log *log)
{
	u64 gfn = log->first, end = log->first + log->nr;
	struct mshv_region *rg;

	while (gfn < end) {
		rg = region_get(pt, gfn, end - 1);
		if (!rg)
			break;
		if (rg->kind != MSHV_REGION_BAR)
			mshv_region_unlog(rg, log);
		gfn = rg->node.last + 1;
		region_put(rg);
	}
}

/*
 * Elements of hypercalls between which a caller can be killed, and others get the region's
 * lock: some ten milliseconds at most.
 */
#define SLICE	SZ_32K

/*
 * The end of the run of chunks from @gfn on that the hypervisor has in one size, or of as much
 * of it as is done in one go.
 */
static u64 region_run_end(const struct mshv_region *rg, u64 gfn, u64 limit)
{
	struct mshv_chunk chunk = mshv_region_chunk(rg, gfn);
	bool large = test_bit(chunk.index, rg->large);
	u64 end = chunk.first + chunk.nr;

	limit = min(limit, gfn + (large ? (u64)SLICE << HV_LARGE_PAGE_ORDER : SLICE));

	while (end < limit) {
		chunk = mshv_region_chunk(rg, end);
		if (test_bit(chunk.index, rg->large) != large)
			break;
		end += chunk.nr;
	}
	return min(end, limit);
}

static struct hv_gpa_map region_no_access(struct mshv_region *rg, u64 gfn, u64 end)
{
	struct hv_gpa_map map = {
		.partition_id = rg->partition->id,
		.gfn = gfn,
		.nr = end - gfn,
		.flags = HV_MAP_GPA_NO_ACCESS,
	};

	if (test_bit(mshv_region_chunk(rg, gfn).index, rg->large))
		map.flags |= HV_MAP_GPA_LARGE_PAGE;
	return map;
}

/* What cannot be unmapped must at least be out of the guest's reach. */
static int region_unmap_run(struct mshv_region *rg, u64 gfn, u64 end)
{
	struct hv_gpa_map map = region_no_access(rg, gfn, end);

	if (!hv_call_unmap_gpa_pages(map.partition_id, gfn, end - gfn,
				     map.flags & HV_MAP_GPA_LARGE_PAGE))
		return 0;
	return hv_status_to_errno(hv_try_map_gpa_pages(&map));
}

/* From then on the notifier has nothing to take away there. */
static int region_unmap_slice(struct mshv_region *rg, u64 *gfn, u64 limit)
{
	unsigned long index = mshv_region_chunk(rg, *gfn).index;
	u64 end;
	int ret;

	mutex_lock(&rg->lock);
	end = region_run_end(rg, *gfn, limit);
	ret = region_unmap_run(rg, *gfn, end);
	if (!ret)
		bitmap_clear(rg->populated, index, mshv_region_chunk(rg, end - 1).index - index + 1);
	mutex_unlock(&rg->lock);
	*gfn = end;
	return ret;
}

static int region_unmap_until(struct mshv_region *rg, u64 limit)
{
	u64 gfn = rg->unmapped_end;
	int ret = 0;

	while (gfn < limit) {
		int err = region_unmap_slice(rg, &gfn, limit);

		ret = ret ?: err;
		cond_resched();
	}
	return ret;
}

/*
 * Nothing is populated yet: what the notifier may hear of does not matter. Of a caller who is
 * killed the partition ends soon, and what was mapped gives access to nothing: it stays.
 */
static int region_map_without_access(struct mshv_region *rg)
{
	u64 limit = rg->node.last + 1;
	u64 gfn, end;
	int ret;

	for (gfn = rg->node.start; gfn < limit; gfn = end) {
		struct hv_gpa_map map;

		if (fatal_signal_pending(current))
			return -EINTR;
		end = region_run_end(rg, gfn, limit);
		map = region_no_access(rg, gfn, end);
		ret = hv_call_map_gpa_pages(&map);
		cond_resched();
		if (ret) {
			region_unmap_until(rg, gfn + map.done);
			return ret;
		}
	}
	return 0;
}

static void region_kill(struct mshv_region *rg)
{
	mutex_lock(&rg->lock);
	rg->dead = true;
	mutex_unlock(&rg->lock);
}

/*
 * The hypervisor has dropped all mappings: there is nothing that the notifier could take
 * away.
 */
static void region_forget(struct mshv_region *rg)
{
	mutex_lock(&rg->lock);
	rg->dead = true;
	bitmap_zero(rg->populated, mshv_region_chunks(rg));
	mutex_unlock(&rg->lock);
}

static int region_unmap_bar(struct mshv_region *rg)
{
	int ret;

	mutex_lock(&rg->lock);
	ret = mshv_bar_unmap(rg);
	mutex_unlock(&rg->lock);
	return ret;
}

/*
 * The end of a region that is in nobody's sight but that of faults which found
 * it before. If the guest cannot be kept from its memory, that must not go back
 * to the host as long as the partition exists.
 */
static void region_destroy(struct mshv_region *rg)
{
	struct mshv_partition *pt = rg->partition;
	int ret;

	region_kill(rg);
	ret = rg->kind == MSHV_REGION_BAR ? region_unmap_bar(rg) :
	      region_unmap_until(rg, rg->node.last + 1);
	if (!ret) {
		region_put(rg);
		return;
	}
	mshv_partition_break(pt);
	list_add(&rg->orphan, &pt->orphans);
}

/* As above, but its caller can be killed: then the region is still there, half unmapped. */
static int region_destroy_killable(struct mshv_region *rg)
{
	u64 gfn = rg->unmapped_end;
	int ret;

	region_kill(rg);
	do {
		ret = region_unmap_slice(rg, &gfn, rg->node.last + 1);
		cond_resched();
	} while (!ret && gfn <= rg->node.last && !fatal_signal_pending(current));
	if (!ret && gfn <= rg->node.last) {
		WRITE_ONCE(rg->unmapped_end, gfn);
		return -EINTR;
	}
	if (!ret) {
		region_put(rg);
		return 0;
	}
	/* It stays mapped, and so will more of it, perhaps. */
	region_destroy(rg);
	return 0;
}

/* All chunks that are whole can be had in one piece: there is nothing in them yet. */
static void region_mark_large(struct mshv_region *rg)
{
	unsigned long nr = mshv_region_chunks(rg);

	if (!rg->partition->large_pages)
		return;
	/* At once: nobody can be killed in here. */
	bitmap_fill(rg->large, nr);
	if (mshv_region_chunk(rg, rg->node.start).nr < HV_LARGE_PAGES)
		__clear_bit(0, rg->large);
	if (mshv_region_chunk(rg, rg->node.last).nr < HV_LARGE_PAGES)
		__clear_bit(nr - 1, rg->large);
}

static struct mshv_region *region_alloc(struct mshv_partition *pt,
					const struct mshv_user_mem_region *args)
{
	struct mshv_region *rg = kzalloc_obj(*rg, GFP_KERNEL_ACCOUNT);

	if (!rg)
		return NULL;
	kref_init(&rg->refs);
	mutex_init(&rg->lock);
	rg->partition = pt;
	rg->uaddr = args->userspace_addr;
	rg->node.start = args->guest_pfn;
	rg->node.last = args->guest_pfn + (args->size >> HV_HYP_PAGE_SHIFT) - 1;
	rg->unmapped_end = rg->node.start;
	rg->pinned_end = rg->node.start;
	rg->flags = HV_MAP_GPA_READABLE | HV_MAP_GPA_ADJUSTABLE;
	if (args->flags & BIT(MSHV_SET_MEM_BIT_WRITABLE))
		rg->flags |= HV_MAP_GPA_WRITABLE;
	if (args->flags & BIT(MSHV_SET_MEM_BIT_EXECUTABLE))
		rg->flags |= HV_MAP_GPA_EXECUTABLE;

	if (mshv_region_alloc_states(rg)) {
		region_put(rg);
		return NULL;
	}
	region_mark_large(rg);
	return rg;
}

/* What is mapped at the first address decides; each fault looks for itself. */
static int region_choose_kind(struct mshv_region *rg)
{
	struct vm_area_struct *vma;
	int ret = 0;

	lockdep_assert_held(&rg->partition->memory_lock);
	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	vma = vma_lookup(current->mm, rg->uaddr);
	if (!vma)
		ret = -EINVAL;
	else if (mshv_bar_can_be(vma))
		rg->kind = MSHV_REGION_BAR;
	else if (vma->vm_flags & (VM_IO | VM_PFNMAP))
		ret = -EACCES;
	else if (READ_ONCE(pin_memory) || rg->partition->memory_holders)
		rg->kind = MSHV_REGION_PINNED;
	else
		rg->kind = MSHV_REGION_MOVABLE;
	mmap_read_unlock(current->mm);
	if (!ret && rg->kind == MSHV_REGION_BAR)
		ret = mshv_bar_init(rg);
	return ret;
}

/**
 * struct listening - the registration of a notifier, made by a worker
 * @work: its work
 * @rg: the region
 * @mm: the address space that it is about
 * @ret: result
 */
struct listening {
	struct work_struct work;
	struct mshv_region *rg;
	struct mm_struct *mm;
	int ret;
};

static int region_insert_notifier(struct mshv_region *rg, struct mm_struct *mm)
{
	int ret = mmu_interval_notifier_insert(&rg->notifier, mm, rg->uaddr,
					       mshv_region_pages(rg) << PAGE_SHIFT,
					       rg->kind == MSHV_REGION_BAR ?
					       &mshv_bar_notifier_ops :
					       &mshv_region_notifier_ops);

	if (ret)
		rg->notifier.mm = NULL;
	return ret;
}

static void region_listen_work(struct work_struct *work)
{
	struct listening *l = container_of(work, struct listening, work);

	l->ret = region_insert_notifier(l->rg, l->mm);
}

/*
 * The first notifier of a process is given up for any signal that comes meanwhile, and
 * with many mappings that takes long. A worker gets none.
 */
static int region_listen(struct mshv_region *rg)
{
	struct listening l = { .rg = rg, .mm = current->mm };
	int ret = region_insert_notifier(rg, current->mm);

	if (ret != -EINTR)
		return ret;
	INIT_WORK_ONSTACK(&l.work, region_listen_work);
	queue_work(system_dfl_wq, &l.work);
	flush_work(&l.work);
	destroy_work_on_stack(&l.work);
	return l.ret;
}

/* On failure nothing is left of it in the hypervisor. */
static int region_map(struct mshv_region *rg)
{
	int ret = 0;

	if (rg->kind != MSHV_REGION_PINNED) {
		ret = region_listen(rg);
		if (ret)
			goto put;
	}
	if (rg->kind != MSHV_REGION_BAR)
		ret = region_map_without_access(rg);
	if (ret)
		goto put;
	if (rg->kind == MSHV_REGION_PINNED) {
		ret = mshv_region_pin(rg);
		if (ret)
			region_destroy(rg);
	}
	return ret;

put:
	region_put(rg);
	return ret;
}

static void region_insert(struct mshv_partition *pt, struct mshv_region *rg)
{
	spin_lock(&pt->regions_lock);
	interval_tree_insert(&rg->node, &pt->regions);
	spin_unlock(&pt->regions_lock);
	mshv_changed();
}

static int region_add(struct mshv_partition *pt, const struct mshv_user_mem_region *args)
{
	u64 nr = args->size >> HV_HYP_PAGE_SHIFT;
	struct mshv_region *rg;
	int ret;

	lockdep_assert_held(&pt->memory_lock);
	if (args->guest_pfn >= GFN_END || nr > GFN_END - args->guest_pfn ||
	    !access_ok((void __user *)args->userspace_addr, args->size))
		return -EINVAL;
	if (region_find(pt, args->guest_pfn, args->guest_pfn + nr - 1))
		return -EEXIST;

	rg = region_alloc(pt, args);
	if (!rg)
		return -ENOMEM;
	ret = region_choose_kind(rg);
	if (ret) {
		region_put(rg);
		return ret;
	}
	ret = region_map(rg);
	if (ret)
		return ret;

	region_insert(pt, rg);
	return 0;
}

static int region_remove(struct mshv_partition *pt, const struct mshv_user_mem_region *args)
{
	struct mshv_region *rg = region_find(pt, args->guest_pfn, args->guest_pfn);
	int ret;

	lockdep_assert_held(&pt->memory_lock);
	if (!rg)
		return -ENOENT;
	if (rg->node.start != args->guest_pfn || rg->uaddr != args->userspace_addr ||
	    mshv_region_pages(rg) != args->size >> HV_HYP_PAGE_SHIFT)
		return -EINVAL;
	spin_lock(&pt->regions_lock);
	interval_tree_remove(&rg->node, &pt->regions);
	spin_unlock(&pt->regions_lock);
	mshv_changed();
	if (rg->kind == MSHV_REGION_BAR) {
		region_destroy(rg);
		return 0;
	}
	ret = region_destroy_killable(rg);
	if (ret)
		region_insert(pt, rg);
	return ret;
}

/**
 * mshv_region_set - MSHV_SET_GUEST_MEMORY
 * @object: the partition
 * @arg: struct mshv_user_mem_region
 *
 * Return: 0 or a negative errno.
 */
long mshv_region_set(void *object, void __user *arg)
{
	struct mshv_partition *pt = object;
	struct mshv_user_mem_region args;
	long ret;

	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (!args.size || !PAGE_ALIGNED(args.size) || !PAGE_ALIGNED(args.userspace_addr) ||
	    args.flags & ~MSHV_SET_MEM_FLAGS_MASK || mshv_not_zero(args.rsvd))
		return -EINVAL;

	if (mutex_lock_killable(&pt->memory_lock))
		return -EINTR;
	if (args.flags & BIT(MSHV_SET_MEM_BIT_UNMAP))
		ret = region_remove(pt, &args);
	else
		ret = region_add(pt, &args);
	mutex_unlock(&pt->memory_lock);
	return ret;
}

static int regions_convert(struct mshv_partition *pt)
{
	struct interval_tree_node *node;
	int ret = 0;

	lockdep_assert_held(&pt->memory_lock);
	for (node = interval_tree_iter_first(&pt->regions, 0, ULONG_MAX); node && !ret;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		struct mshv_region *rg = container_of(node, struct mshv_region, node);

		if (rg->kind == MSHV_REGION_MOVABLE && !region_is_half_unmapped(rg))
			ret = mshv_region_convert(rg);
	}
	return ret;
}

/**
 * mshv_partition_hold_memory - have all RAM of a partition there, and keep it in place
 * @pt: the partition, to which the caller has a reference
 *
 * All that is there is pinned, and from now on regions are pinned when they are created. If one
 * cannot be pinned it stays movable; those that were pinned before it stay pinned.
 *
 * Context: process context, may sleep, and for long; takes the lock under which user space
 * maps guest memory, and the mmap_lock below it. So never within attach_dev() of an IOMMU
 * driver, nor with any lock of VFIO's held.
 * Return: 0, after which mshv_partition_release_memory() is due once; or -EINTR, -ENOMEM
 * (more than RLIMIT_MEMLOCK allows, or the host or the hypervisor has none), -EFAULT (not all
 * of it is mapped, or may be pinned), or what the hypervisor says.
 */
int mshv_partition_hold_memory(struct mshv_partition *pt)
{
	int ret = 0;

	if (mutex_lock_killable(&pt->memory_lock))
		return -EINTR;
	if (!pt->memory_holders)
		ret = regions_convert(pt);
	if (!ret)
		pt->memory_holders++;
	mutex_unlock(&pt->memory_lock);
	return ret;
}
EXPORT_SYMBOL_NS_GPL(mshv_partition_hold_memory, "MSHV_ROOT");

/**
 * mshv_partition_release_memory - the counterpart of mshv_partition_hold_memory()
 * @pt: the partition
 *
 * What is pinned stays so to its end.
 *
 * Context: process context, may sleep; as for mshv_partition_hold_memory().
 */
void mshv_partition_release_memory(struct mshv_partition *pt)
{
	mutex_lock(&pt->memory_lock);
	pt->memory_holders--;
	mutex_unlock(&pt->memory_lock);
}
EXPORT_SYMBOL_NS_GPL(mshv_partition_release_memory, "MSHV_ROOT");

/**
 * mshv_regions_unmap_bars - take all registers of devices away from a guest at its end
 * @pt: the partition, which the hypervisor has not finalised
 *
 * The device may be somebody else's soon.
 */
void mshv_regions_unmap_bars(struct mshv_partition *pt)
{
	struct interval_tree_node *node = interval_tree_iter_first(&pt->regions, 0, ULONG_MAX);

	for (; node; node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		struct mshv_region *rg = container_of(node, struct mshv_region, node);

		if (rg->kind != MSHV_REGION_BAR)
			continue;
		mutex_lock(&rg->lock);
		rg->dead = true;
		mshv_bar_unmap(rg);
		mutex_unlock(&rg->lock);
	}
}

/**
 * mshv_regions_destroy - release all regions at the end of a partition
 * @pt: the partition
 * @finalized: the hypervisor has dropped all of its mappings already
 */
void mshv_regions_destroy(struct mshv_partition *pt, bool finalized)
{
	struct mshv_region *rg;

	while ((rg = region_find(pt, 0, ULONG_MAX))) {
		interval_tree_remove(&rg->node, &pt->regions);
		if (finalized) {
			region_forget(rg);
			region_put(rg);
		} else {
			region_destroy(rg);
		}
		cond_resched();
	}
}

/**
 * mshv_regions_release_orphans - release what could not be unmapped
 * @pt: a partition that does not exist in the hypervisor any more
 */
void mshv_regions_release_orphans(struct mshv_partition *pt)
{
	struct mshv_region *rg, *next;

	list_for_each_entry_safe(rg, next, &pt->orphans, orphan)
		region_put(rg);
}

/**
 * mshv_regions_keep_orphans - keep for good what could not be unmapped
 * @pt: a partition that the hypervisor does not delete
 *
 * Changes of the address spaces that the memory is in will still be told here,
 * so this module stays.
 */
void mshv_regions_keep_orphans(struct mshv_partition *pt)
{
	struct mshv_region *rg;

	/* The partition is gone when their notifiers are called: nothing is to be done. */
	list_for_each_entry(rg, &pt->orphans, orphan)
		region_forget(rg);
	if (!list_empty(&pt->orphans))
		__module_get(THIS_MODULE);
}
