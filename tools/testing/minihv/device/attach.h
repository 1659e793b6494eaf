/* SPDX-License-Identifier: GPL-2.0-only */
/* Direct attach: a device uses a child's memory, and the child knows it by a number. */
#ifndef MINIHV_ATTACH_H
#define MINIHV_ATTACH_H

#include "device/device.h"

/* What a device is attached with. */
struct attach {
	struct partition *partition;	/* a child, initialised */
	uint64_t logical_id;
	bool ats;			/* it is said to have ATS */
};

/* The lock of the devices is held for all of these, and that of the partition. */
/* HV_STATUS_* */
uint16_t device_attach(struct device *d, const struct attach *a);
/* NULL: @p has no such device. */
struct device *device_attached(const struct partition *p, uint64_t logical_id);
/* Where it goes depends on whose device it was. */
void device_detach(struct device *d);
/* Does what @p has attached let it map this page, which is no RAM? */
bool device_may_map(const struct partition *p, uint64_t pa);

/* @p is going away, and must have no devices any more. Takes those locks. */
void device_partition_gone(struct partition *p);

#endif
