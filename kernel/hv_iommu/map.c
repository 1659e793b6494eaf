// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is mapped in a domain.
 *
 * Each call of the core that maps makes one node: contiguous addresses of the device on
 * contiguous pages. The node is what iova_to_phys() answers from, and what can be mapped
 * anew. Unmapping cuts nodes exactly, whatever the range. Where a node covers a whole
 * 2 MiB range that lies alike on both sides, the hypervisor has got a large page for
 * it, if it takes such: a cut through one makes small pages of it first, for what the
 * hypervisor does with a part of a large page is not known.
 *
 * What is unmapped is gone from the books at once, and from the hypervisor when the core asks for
 * it, before anybody lets go of the pages: what follows each other goes in full lists then.
 *
 * Pages are counted in 4 KiB throughout.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/interval_tree.h>
#include <linux/slab.h>

#include "../include/mshv_partition.h"
#include "hv_device.h"
#include "iommu.h"

#define LARGE_PAGES	(1ULL << (HV_HYP_LARGE_PAGE_SHIFT - HV_HYP_PAGE_SHIFT))

/**
 * struct mapping - pages that are mapped one after the other
 * @node: first and last page number of the device's address
 * @pfn: page that @node.start is mapped to
 * @flags: HV_MAP_GPA_*
 * @large: whole large pages are mapped as such
 */
struct mapping {
	struct interval_tree_node node;
	u64 pfn;
	u32 flags;
	bool large;
};

/* No caller of Hyper-V's is known to have asked for large pages here: asked once. */
static enum { LARGE_UNKNOWN, LARGE_ACCEPTED, LARGE_REFUSED } large_pages;

/* What has come of it. */
const char *hv_domain_large_pages(void)
{
	static const char *const words[] = {
		[LARGE_UNKNOWN] = "unknown",
		[LARGE_ACCEPTED] = "accepted",
		[LARGE_REFUSED] = "refused",
	};

	return words[READ_ONCE(large_pages)];
}

static struct mapping *mapping_first(struct hv_domain *domain, u64 first, u64 last)
{
	struct interval_tree_node *node;

	node = interval_tree_iter_first(&domain->mappings, first, last);
	return node ? container_of(node, struct mapping, node) : NULL;
}

static u64 mapping_pfn_at(const struct mapping *m, u64 iova)
{
	return m->pfn + (iova - m->node.start);
}

/* ---- what is no longer in the books */

/*
 * The caller lets go of the pages, whatever comes of it. So if they are not unmapped the
 * devices go, and no other one comes in.
 */
static void mapping_give_up(struct hv_domain *domain)
{
	if (domain->broken)
		return;
	domain->broken = true;
	pr_err("the hypervisor does not unmap pages: domain %u is given up\n", domain->id);
	hv_attach_evacuate(domain);
}

static void stale_flush(struct hv_domain *domain)
{
	u64 start = domain->stale, end = domain->stale_end;

	lockdep_assert_held(&domain->lock);
	domain->stale = 0;
	domain->stale_end = 0;
	if (start != end && hv_call_unmap_device_pages(domain->id, start, end - start))
		mapping_give_up(domain);
}

static void stale_add(struct hv_domain *domain, u64 start, u64 end)
{
	if (domain->stale_end != start) {
		stale_flush(domain);
		domain->stale = start;
	}
	domain->stale_end = end;
}

/* ---- mapping */

/**
 * struct run - pages to map in as few calls as it takes
 * @domain: where; all of them are in its tree
 * @start: page number of the first, as the device says it
 * @end: one behind the last
 * @done: mapped up to here
 * @flags: HV_MAP_GPA_*
 * @large: whole large pages only
 */
struct run {
	struct hv_domain *domain;
	u64 start;
	u64 end;
	u64 done;
	u32 flags;
	bool large;
};

static u64 run_nth_page(struct hv_device_map *map, u64 index)
{
	u64 iova = map->iova + index * (map->flags & HV_MAP_GPA_LARGE_PAGE ? LARGE_PAGES : 1);

	return mapping_pfn_at(mapping_first(map->data, iova, iova), iova);
}

static int run_map(struct run *run, bool large)
{
	u64 step = large ? LARGE_PAGES : 1;
	struct hv_device_map map = {
		.domain_id = run->domain->id,
		.iova = run->start,
		.flags = run->flags | (large ? HV_MAP_GPA_LARGE_PAGE : 0),
		.nr = (run->end - run->start) / step,
		.pfn = run_nth_page,
		.data = run->domain,
	};
	int ret = hv_call_map_device_pages(&map);

	run->done = run->start + map.done * step;
	return ret;
}

static void run_make_small(struct run *run)
{
	struct interval_tree_node *node;

	for (node = interval_tree_iter_first(&run->domain->mappings, run->start, run->end - 1);
	     node; node = interval_tree_iter_next(node, run->start, run->end - 1))
		container_of(node, struct mapping, node)->large = false;
}

/* Large pages are refused for good if small ones are taken in their place. */
static int run_flush(struct run *run)
{
	bool refused = false;
	int ret;

	if (run->start == run->end)
		return 0;
	if (run->large) {
		ret = run_map(run, true);
		if (!ret)
			WRITE_ONCE(large_pages, LARGE_ACCEPTED);
		if (!ret || run->done != run->start ||
		    READ_ONCE(large_pages) == LARGE_ACCEPTED)
			goto out;
		run_make_small(run);
		refused = true;
	}
	ret = run_map(run, false);
	if (!ret && refused)
		WRITE_ONCE(large_pages, LARGE_REFUSED);
out:
	if (!ret)
		run->start = run->end;
	return ret;
}

static int run_add(struct run *run, u64 start, u64 end, u32 flags, bool large)
{
	int ret;

	if (start == end)
		return 0;
	if (run->end != start || run->flags != flags || run->large != large) {
		ret = run_flush(run);
		if (ret)
			return ret;
		run->start = start;
		run->done = start;
		run->flags = flags;
		run->large = large;
	}
	run->end = end;
	return 0;
}

static int run_add_node(struct run *run, const struct mapping *m)
{
	u64 start = m->node.start, end = m->node.last + 1;
	u64 first = ALIGN(start, LARGE_PAGES), last = ALIGN_DOWN(end, LARGE_PAGES);
	int ret;

	if (!m->large || first >= last)
		return run_add(run, start, end, m->flags, false);
	ret = run_add(run, start, first, m->flags, false);
	if (!ret)
		ret = run_add(run, first, last, m->flags, true);
	if (!ret)
		ret = run_add(run, last, end, m->flags, false);
	return ret;
}

static bool mapping_could_be_large(const struct mapping *m)
{
	return READ_ONCE(large_pages) != LARGE_REFUSED &&
	       IS_ALIGNED(m->node.start ^ m->pfn, LARGE_PAGES);
}

/* Not all of it could be mapped. */
static void mapping_shorten(struct hv_domain *domain, struct mapping *m, u64 nr)
{
	interval_tree_remove(&m->node, &domain->mappings);
	if (nr) {
		m->node.last = m->node.start + nr - 1;
		interval_tree_insert(&m->node, &domain->mappings);
	} else {
		kfree(m);
	}
}

/**
 * hv_domain_map - map contiguous pages
 * @iommu_domain: the domain
 * @iova: address, as the device says it
 * @paddr: what it means
 * @pgsize: one of the sizes of the domain
 * @count: of these
 * @prot: IOMMU_*; what can be accessed at all can be read
 * @gfp: must allow to sleep: the hypervisor may ask for memory
 * @mapped: increased by the bytes that are mapped, also in case of failure
 *
 * Return: 0 or a negative errno.
 */
int hv_domain_map(struct iommu_domain *iommu_domain, unsigned long iova, phys_addr_t paddr,
		  size_t pgsize, size_t count, int prot, gfp_t gfp, size_t *mapped)
{
	struct hv_domain *domain = to_hv_domain(iommu_domain);
	u64 nr = (u64)pgsize * count >> HV_HYP_PAGE_SHIFT;
	struct run run = { .domain = domain };
	struct mapping *m;
	int ret;

	if (!gfpflags_allow_blocking(gfp))
		return -EOPNOTSUPP;
	if (!(prot & (IOMMU_READ | IOMMU_WRITE)))
		return -EINVAL;
	m = kzalloc_obj(*m, gfp);
	if (!m)
		return -ENOMEM;
	m->node.start = iova >> HV_HYP_PAGE_SHIFT;
	m->node.last = m->node.start + nr - 1;
	m->pfn = paddr >> HV_HYP_PAGE_SHIFT;
	m->flags = HV_MAP_GPA_READABLE | (prot & IOMMU_WRITE ? HV_MAP_GPA_WRITABLE : 0);

	guard(mutex)(&domain->lock);
	/* The addresses may be the same. */
	stale_flush(domain);
	if (domain->broken)
		ret = -EIO;
	else if (mapping_first(domain, m->node.start, m->node.last))
		ret = -EEXIST;
	else
		ret = hv_container_allows(domain, m->node.start, m->pfn, nr, prot & IOMMU_WRITE);
	if (ret) {
		kfree(m);
		return ret;
	}
	interval_tree_insert(&m->node, &domain->mappings);
	if (domain->created) {
		m->large = mapping_could_be_large(m);
		ret = run_add_node(&run, m) ?: run_flush(&run);
		nr = run.done - m->node.start;
	}
	*mapped += nr << HV_HYP_PAGE_SHIFT;
	WRITE_ONCE(domain->nr_pages, domain->nr_pages + nr);
	if (ret)
		mapping_shorten(domain, m, nr);
	return ret;
}

/**
 * hv_domain_is_of - is all that is mapped a guest's memory, where it is?
 * @domain: the domain
 * @pt: the guest's partition, whose memory is held
 */
bool hv_domain_is_of(struct hv_domain *domain, struct mshv_partition *pt)
{
	struct interval_tree_node *node;

	lockdep_assert_held(&domain->lock);
	for (node = interval_tree_iter_first(&domain->mappings, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		struct mapping *m = container_of(node, struct mapping, node);

		if (!mshv_partition_has_pages(pt, node->start, m->pfn,
					      node->last - node->start + 1,
					      m->flags & HV_MAP_GPA_WRITABLE))
			return false;
	}
	return true;
}

/**
 * hv_domain_replay - map what a new domain of the hypervisor lacks: everything
 * @domain: the domain
 *
 * Return: 0 or a negative errno; then some of it is mapped.
 */
int hv_domain_replay(struct hv_domain *domain)
{
	struct run run = { .domain = domain };
	struct interval_tree_node *node;
	int ret;

	lockdep_assert_held(&domain->lock);
	for (node = interval_tree_iter_first(&domain->mappings, 0, ULONG_MAX); node;
	     node = interval_tree_iter_next(node, 0, ULONG_MAX)) {
		struct mapping *m = container_of(node, struct mapping, node);

		m->large = mapping_could_be_large(m);
		ret = run_add_node(&run, m);
		if (ret)
			return ret;
	}
	return run_flush(&run);
}

/* ---- unmapping */

static struct mapping *mapping_split(struct hv_domain *domain, struct mapping *m, u64 at)
{
	struct mapping *rest = kzalloc_obj(*rest, GFP_KERNEL | __GFP_NOFAIL);

	rest->node.start = at;
	rest->node.last = m->node.last;
	rest->pfn = mapping_pfn_at(m, at);
	rest->flags = m->flags;
	rest->large = m->large;
	interval_tree_remove(&m->node, &domain->mappings);
	m->node.last = at - 1;
	interval_tree_insert(&m->node, &domain->mappings);
	interval_tree_insert(&rest->node, &domain->mappings);
	return rest;
}

static bool mapping_is_large_at(const struct mapping *m, u64 at)
{
	u64 start = ALIGN_DOWN(at, LARGE_PAGES);

	return m->large && at != start && start >= m->node.start &&
	       start + LARGE_PAGES - 1 <= m->node.last;
}

/* The device may miss the pages for a moment; nobody unmaps a part of what he is using. */
static int mapping_make_small(struct hv_domain *domain, struct mapping *m, u64 at)
{
	u64 start = ALIGN_DOWN(at, LARGE_PAGES);
	struct run run = {
		.domain = domain,
		.start = start,
		.end = start + LARGE_PAGES,
		.flags = m->flags,
	};
	int ret;

	ret = hv_call_unmap_device_pages(domain->id, start, LARGE_PAGES);
	return ret ?: run_flush(&run);
}

/* Let there be a boundary between nodes at @at. */
static int mapping_cut(struct hv_domain *domain, u64 at)
{
	struct mapping *m = mapping_first(domain, at, at);
	int ret = 0;

	if (!m || m->node.start == at)
		return 0;
	if (domain->created && mapping_is_large_at(m, at))
		ret = mapping_make_small(domain, m, at);
	mapping_split(domain, m, at);
	return ret;
}

/* A domain that no device is in need not forget pages one by one. */
static bool mapping_drop_all(struct hv_domain *domain)
{
	return !atomic_read(&domain->devices) && !hv_domain_delete(domain);
}

/**
 * hv_domain_unmap - unmap pages, all of which are mapped
 * @iommu_domain: the domain
 * @iova: address, as the device says it
 * @pgsize: one of the sizes of the domain
 * @count: of these
 * @gather: learns that there is something to flush; what, the domain has
 *
 * Devices may reach the pages until hv_domain_flush().
 *
 * Return: the bytes that are unmapped. They end where nothing was mapped.
 */
size_t hv_domain_unmap(struct iommu_domain *iommu_domain, unsigned long iova, size_t pgsize,
		       size_t count, struct iommu_iotlb_gather *gather)
{
	struct hv_domain *domain = to_hv_domain(iommu_domain);
	u64 start = iova >> HV_HYP_PAGE_SHIFT, next = start;
	u64 last = start + ((u64)pgsize * count >> HV_HYP_PAGE_SHIFT) - 1;
	struct mapping *m;
	int ret;

	guard(mutex)(&domain->lock);
	if (domain->created && mapping_drop_all(domain))
		domain->broken = false;
	/* Both, whatever becomes of the first: the books are exact. */
	ret = mapping_cut(domain, start);
	ret = mapping_cut(domain, last + 1) ?: ret;
	if (ret)
		mapping_give_up(domain);
	for (m = mapping_first(domain, start, last); m && m->node.start == next;
	     m = mapping_first(domain, start, last)) {
		next = m->node.last + 1;
		interval_tree_remove(&m->node, &domain->mappings);
		kfree(m);
	}
	if (domain->created && next > start) {
		stale_add(domain, start, next);
		/* Not each core asks for a flush where nothing was gathered. */
		iommu_iotlb_gather_add_range(gather, iova, (next - start) << HV_HYP_PAGE_SHIFT);
	}
	WRITE_ONCE(domain->nr_pages, domain->nr_pages - (next - start));
	return (next - start) << HV_HYP_PAGE_SHIFT;
}

/**
 * hv_domain_flush - what was unmapped is reached by no device any more
 * @iommu_domain: the domain
 * @gather: not used
 */
void hv_domain_flush(struct iommu_domain *iommu_domain, struct iommu_iotlb_gather *gather)
{
	struct hv_domain *domain = to_hv_domain(iommu_domain);

	guard(mutex)(&domain->lock);
	stale_flush(domain);
}

phys_addr_t hv_domain_iova_to_phys(struct iommu_domain *iommu_domain, dma_addr_t iova)
{
	struct hv_domain *domain = to_hv_domain(iommu_domain);
	u64 page = iova >> HV_HYP_PAGE_SHIFT;
	struct mapping *m;

	guard(mutex)(&domain->lock);
	m = mapping_first(domain, page, page);
	if (!m)
		return 0;
	return (mapping_pfn_at(m, page) << HV_HYP_PAGE_SHIFT) + offset_in_page(iova);
}

/* The end of the domain: nobody asks any more. */
void hv_domain_forget(struct hv_domain *domain)
{
	struct mapping *m;

	lockdep_assert_held(&domain->lock);
	while ((m = mapping_first(domain, 0, ULONG_MAX))) {
		interval_tree_remove(&m->node, &domain->mappings);
		kfree(m);
	}
}
