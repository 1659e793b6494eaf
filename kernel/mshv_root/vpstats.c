// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters that the hypervisor keeps for a VP. One of them takes part in
 * running it with the root scheduler.
 */
#include <linux/mm.h>

#include "hvcall.h"
#include "vp.h"

static union hv_stats_object_identity identity(const struct mshv_vp *vp, unsigned int area)
{
	union hv_stats_object_identity id = {
		.vp.partition_id = vp->partition->id,
		.vp.vp_index = vp->index,
		.vp.stats_area_type = area,
	};

	return id;
}

static int map_area(struct mshv_vp *vp, unsigned int area)
{
	union hv_stats_object_identity id = identity(vp, area);
	struct page *page;
	int ret;

	if (mshv_host.own_pages) {
		page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!page)
			return -ENOMEM;
		ret = hv_call_map_stats_page2(HV_STATS_OBJECT_VP, &id, page);
		if (ret)
			__free_page(page);
	} else {
		ret = hv_call_map_stats_page(HV_STATS_OBJECT_VP, &id, &page);
	}
	if (!ret)
		vp->stats[area] = page_address(page);
	return ret;
}

/**
 * mshv_vp_map_stats - map the counters of a VP
 * @vp: the VP
 *
 * On failure what is mapped stays, for mshv_vp_unmap_stats().
 *
 * Return: 0 or a negative errno.
 */
int mshv_vp_map_stats(struct mshv_vp *vp)
{
	int ret;

	ret = map_area(vp, HV_STATS_AREA_SELF);
	if (ret)
		return ret;
	ret = map_area(vp, HV_STATS_AREA_PARENT);
	/* Older hypervisors have no such area: all is in the other one. */
	if (ret == -EINVAL) {
		vp->stats[HV_STATS_AREA_PARENT] = vp->stats[HV_STATS_AREA_SELF];
		ret = 0;
	}
	return ret;
}

static void unmap_area(struct mshv_vp *vp, unsigned int area)
{
	union hv_stats_object_identity id = identity(vp, area);

	if (!hv_call_unmap_stats_page(HV_STATS_OBJECT_VP, &id) && mshv_host.own_pages)
		free_page((unsigned long)vp->stats[area]);
}

void mshv_vp_unmap_stats(struct mshv_vp *vp)
{
	void *self = vp->stats[HV_STATS_AREA_SELF];
	void *parent = vp->stats[HV_STATS_AREA_PARENT];

	if (parent && parent != self)
		unmap_area(vp, HV_STATS_AREA_PARENT);
	if (self)
		unmap_area(vp, HV_STATS_AREA_SELF);
}
