// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pages in which the hypervisor counts. One counter of a VP takes part in
 * running it with the root scheduler, so that those are mapped as long as the VP
 * exists; all others only while somebody looks at them.
 */
#include <linux/mm.h>

#include "hvcall.h"
#include "stats.h"
#include "vp.h"

/* Its place is the same for all kinds of objects. */
static union hv_stats_object_identity stats_with_area(const union hv_stats_object_identity *object,
						      unsigned int area)
{
	union hv_stats_object_identity identity = *object;

	static_assert(offsetof(union hv_stats_object_identity, hv.stats_area_type) ==
		      offsetof(union hv_stats_object_identity, lp.stats_area_type));
	static_assert(offsetof(union hv_stats_object_identity, hv.stats_area_type) ==
		      offsetof(union hv_stats_object_identity, partition.stats_area_type));
	static_assert(offsetof(union hv_stats_object_identity, hv.stats_area_type) ==
		      offsetof(union hv_stats_object_identity, vp.stats_area_type));
	identity.hv.stats_area_type = area;
	return identity;
}

static int stats_map_area(struct mshv_stats *stats, unsigned int area)
{
	union hv_stats_object_identity identity = stats_with_area(&stats->identity, area);
	struct page *page;
	int ret;

	if (mshv_host.own_pages) {
		page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!page)
			return -ENOMEM;
		ret = hv_call_map_stats_page2(stats->type, &identity, page);
		if (ret)
			__free_page(page);
	} else {
		ret = hv_call_map_stats_page(stats->type, &identity, &page);
	}
	if (!ret)
		stats->pages[area] = page_address(page);
	return ret;
}

/**
 * mshv_stats_map - map the counters of an object
 * @stats: which object
 *
 * On failure what is mapped stays, for mshv_stats_unmap().
 *
 * Return: 0 or a negative errno.
 */
int mshv_stats_map(struct mshv_stats *stats)
{
	int ret;

	ret = stats_map_area(stats, HV_STATS_AREA_SELF);
	if (ret)
		return ret;
	ret = stats_map_area(stats, HV_STATS_AREA_PARENT);
	/* Older hypervisors have no such area: all is in the other one. */
	if (ret == -EINVAL) {
		stats->pages[HV_STATS_AREA_PARENT] = stats->pages[HV_STATS_AREA_SELF];
		ret = 0;
	}
	return ret;
}

static void stats_unmap_area(struct mshv_stats *stats, unsigned int area)
{
	union hv_stats_object_identity identity = stats_with_area(&stats->identity, area);

	if (!hv_call_unmap_stats_page(stats->type, &identity) && mshv_host.own_pages)
		free_page((unsigned long)stats->pages[area]);
	stats->pages[area] = NULL;
}

void mshv_stats_unmap(struct mshv_stats *stats)
{
	void *self = stats->pages[HV_STATS_AREA_SELF];
	void *parent = stats->pages[HV_STATS_AREA_PARENT];

	if (parent && parent != self)
		stats_unmap_area(stats, HV_STATS_AREA_PARENT);
	if (self)
		stats_unmap_area(stats, HV_STATS_AREA_SELF);
}

/**
 * mshv_stats_get - read a counter
 * @stats: an object whose counters are mapped
 * @index: place of the counter
 *
 * It stands in one of two areas, depending on the hypervisor's version.
 */
u64 mshv_stats_get(const struct mshv_stats *stats, unsigned int index)
{
	return READ_ONCE(stats->pages[HV_STATS_AREA_PARENT]->data[index]) ?:
	       READ_ONCE(stats->pages[HV_STATS_AREA_SELF]->data[index]);
}

/* The counters of a VP, for as long as it exists. */
int mshv_vp_map_stats(struct mshv_vp *vp)
{
	lockdep_assert_held(&vp->partition->lock);
	vp->stats.type = HV_STATS_OBJECT_VP;
	vp->stats.identity.vp.partition_id = vp->partition->id;
	vp->stats.identity.vp.vp_index = vp->index;
	return mshv_stats_map(&vp->stats);
}
