/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Devices attached to a partition through iommufd: what mshvctl's hv_iommu takes as the
 * driver's data of iommufd's ioctls. Linux has no such types; these are mshvctl's own.
 *
 * IOMMU_VIOMMU_ALLOC	type MSHV_IOMMUFD_VIOMMU, struct mshv_iommufd_viommu
 * IOMMU_VDEVICE_ALLOC	virt_id is the logical id: what the guest's partition calls
 *			the device
 * IOMMU_HWPT_ALLOC	pt_id is the vIOMMU, data_type MSHV_IOMMUFD_HWPT, struct
 *			mshv_iommufd_hwpt
 */
#ifndef _UAPI_LINUX_MSHV_IOMMUFD_H
#define _UAPI_LINUX_MSHV_IOMMUFD_H

#include <linux/types.h>

#define MSHV_IOMMUFD_VIOMMU	0x4d534856u
#define MSHV_IOMMUFD_HWPT	0x4d534856u

/**
 * struct mshv_iommufd_viommu - the partition that devices are attached to
 * @vm_fd: descriptor of the partition
 * @flags: must be 0
 * @reserved: must be 0
 */
struct mshv_iommufd_viommu {
	__s32 vm_fd;
	__u32 flags;
	__aligned_u64 reserved;
};

/**
 * struct mshv_iommufd_hwpt - the partition's own table, for a device to be attached to
 * @flags: must be 0
 * @reserved: must be 0
 */
struct mshv_iommufd_hwpt {
	__u32 flags;
	__u32 reserved;
};

#endif
