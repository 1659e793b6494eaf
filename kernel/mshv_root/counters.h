/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_COUNTERS_H
#define MSHV_ROOT_COUNTERS_H

#include <linux/types.h>

/**
 * struct mshv_counter - a counter of the hypervisor
 * @index: place in the page
 * @name: the hypervisor's name for it; NULL ends a table
 */
struct mshv_counter {
	u16 index;
	const char *name;
};

extern const struct mshv_counter mshv_hypervisor_counters[];
extern const struct mshv_counter mshv_lp_counters[];
extern const struct mshv_counter mshv_partition_counters[];
extern const struct mshv_counter mshv_vp_counters[];

#endif
