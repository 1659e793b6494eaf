/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Partitions, for modules that give devices to them.
 *
 * Exported by mshv_root in the namespace MSHV_ROOT. hv_iommu knows mshv_root and not the
 * reverse: see Documentation/lifetimes.rst.
 *
 * A device is given to a partition in this order, and taken away in the reverse one:
 *
 *	mshv_partition_get_by_fd()	the partition and its number stay
 *	mshv_partition_hold_memory()	its memory is there, and stays where it is
 *	hypercall ATTACH_DEVICE		with hv_deposit_for() to the partition
 *	...
 *	hypercall DETACH_DEVICE
 *	mshv_partition_release_memory()
 *	mshv_partition_put()		may be the last: FINALIZE and DELETE are made here
 */
#ifndef MSHV_PARTITION_H
#define MSHV_PARTITION_H

#include <linux/types.h>

struct mshv_partition;

struct mshv_partition *mshv_partition_get_by_fd(int fd);
void mshv_partition_get(struct mshv_partition *pt);
void mshv_partition_put(struct mshv_partition *pt);
u64 mshv_partition_id(const struct mshv_partition *pt);

int mshv_partition_hold_memory(struct mshv_partition *pt);
void mshv_partition_release_memory(struct mshv_partition *pt);
bool mshv_partition_has_pages(struct mshv_partition *pt, u64 gfn, u64 pfn, u64 nr, bool writable);

#endif
