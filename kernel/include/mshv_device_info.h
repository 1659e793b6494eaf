/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the IOMMU driver tells mshv_root about devices and domains, for those who ask over
 * netlink. The IOMMU driver fills in structures; how they get to user space is no business
 * of its own.
 */
#ifndef MSHV_DEVICE_INFO_H
#define MSHV_DEVICE_INFO_H

#include <linux/types.h>

#include "../../include/uapi/linux/mshv_netlink.h"

/* No domain, no partition, or nobody knows. */
#define MSHV_DEVICE_NONE	U64_MAX

/**
 * struct mshv_device_info - what there is to say about a device
 * @segment: PCI segment
 * @bus: likewise
 * @devfn: likewise
 * @mode: how it sees memory
 * @domain: its domain, or MSHV_DEVICE_NONE
 * @partition: the partition that it is attached to, or MSHV_DEVICE_NONE
 * @logical_id: the hypervisor's number
 * @interrupts: how many of its interrupts are mapped
 * @faults: DMA faults since it was claimed, or MSHV_DEVICE_NONE if nobody counts them
 */
struct mshv_device_info {
	u16 segment;
	u8 bus;
	u8 devfn;
	enum mshv_device_mode mode;
	u64 domain;
	u64 partition;
	u64 logical_id;
	u32 interrupts;
	u64 faults;
};

/**
 * struct mshv_domain_info - what there is to say about a domain
 * @id: its number
 * @mode: mapped or direct
 * @partition: the partition that it belongs to, or MSHV_DEVICE_NONE
 * @devices: how many are attached
 * @mapped: bytes that are mapped, or MSHV_DEVICE_NONE if nobody counts them
 */
struct mshv_domain_info {
	u64 id;
	enum mshv_device_mode mode;
	u64 partition;
	u32 devices;
	u64 mapped;
};

/**
 * struct mshv_device_info_ops - how to ask for devices and domains
 * @next_device: fills in the device with the smallest key that is at least *@key, and sets
 *	*@key to that; keys are the driver's to choose, stay with their device, and are less
 *	than U64_MAX. Returns 0, or -ENOENT if there is no such device
 * @next_domain: the same for domains
 * @generation: a number that is another after devices or domains have come or gone; not 0
 *
 * All may sleep, and none needs to keep anything between two calls.
 */
struct mshv_device_info_ops {
	int (*next_device)(u64 *key, struct mshv_device_info *info);
	int (*next_domain)(u64 *key, struct mshv_domain_info *info);
	unsigned int (*generation)(void);
};

int mshv_device_info_register(const struct mshv_device_info_ops *ops);
void mshv_device_info_unregister(const struct mshv_device_info_ops *ops);

void mshv_device_attached(const struct mshv_device_info *info);
void mshv_device_detached(const struct mshv_device_info *info);
void mshv_device_fault(const struct mshv_device_info *info, u64 address, bool write,
		       u64 dropped);

#endif
