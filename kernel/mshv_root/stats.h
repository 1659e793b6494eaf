/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_STATS_H
#define MSHV_ROOT_STATS_H

#include <hyperv/hvhdk.h>

/**
 * struct mshv_stats - the counters of one object
 * @type: kind of object
 * @identity: which one; without the area
 * @pages: by area, HV_STATS_AREA_*; the second may be the first once more
 */
struct mshv_stats {
	enum hv_stats_object_type type;
	union hv_stats_object_identity identity;
	struct hv_stats_page *pages[2];
};

static_assert(HV_STATS_AREA_SELF < 2 && HV_STATS_AREA_PARENT < 2);

int mshv_stats_map(struct mshv_stats *stats);
void mshv_stats_unmap(struct mshv_stats *stats);
u64 mshv_stats_get(const struct mshv_stats *stats, unsigned int index);

#endif
