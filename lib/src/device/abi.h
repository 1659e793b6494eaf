/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the kernel's headers of some systems lack of VFIO, and what there is of iommufd.
 * The latter has names of its own here, so that the kernel's header is no harm.
 */
#ifndef MSHVCTL_SRC_DEVICE_ABI_H
#define MSHVCTL_SRC_DEVICE_ABI_H

#include <linux/mshv_iommufd.h>
#include <linux/vfio.h>

#ifndef VFIO_DEVICE_BIND_IOMMUFD
struct vfio_device_bind_iommufd {
	uint32_t argsz;
	uint32_t flags;
	int32_t iommufd;
	uint32_t out_devid;
};
#define VFIO_DEVICE_BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
struct vfio_device_attach_iommufd_pt {
	uint32_t argsz;
	uint32_t flags;
	uint32_t pt_id;
};
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
struct vfio_device_detach_iommufd_pt {
	uint32_t argsz;
	uint32_t flags;
};
#define VFIO_DEVICE_DETACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 20)
#endif

/* iommufd: each argument begins with its size. */
#define IOMMUFD_COMMAND(number) _IO(';', number)
#define IOMMUFD_DESTROY IOMMUFD_COMMAND(0x80)
#define IOMMUFD_IOAS_ALLOC IOMMUFD_COMMAND(0x81)
#define IOMMUFD_IOAS_MAP IOMMUFD_COMMAND(0x85)
#define IOMMUFD_IOAS_UNMAP IOMMUFD_COMMAND(0x86)
#define IOMMUFD_HWPT_ALLOC IOMMUFD_COMMAND(0x89)
#define IOMMUFD_VIOMMU_ALLOC IOMMUFD_COMMAND(0x90)
#define IOMMUFD_VDEVICE_ALLOC IOMMUFD_COMMAND(0x91)

struct iommufd_destroy {
	uint32_t size;
	uint32_t id;
};

struct iommufd_ioas_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t id; /* result */
};

#define IOMMUFD_MAP_FIXED (1u << 0)
#define IOMMUFD_MAP_WRITABLE (1u << 1)
#define IOMMUFD_MAP_READABLE (1u << 2)

struct iommufd_ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas;
	uint32_t reserved;
	uint64_t addr;
	uint64_t length;
	uint64_t iova;
};

struct iommufd_ioas_unmap {
	uint32_t size;
	uint32_t ioas;
	uint64_t iova;
	uint64_t length;
};

#define IOMMUFD_HWPT_NEST_PARENT (1u << 0)

struct iommufd_hwpt_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t device;
	uint32_t parent; /* IOAS, or a vIOMMU */
	uint32_t id; /* result */
	uint32_t reserved;
	uint32_t data_type;
	uint32_t data_size;
	uint64_t data;
	uint32_t fault;
	uint32_t reserved2;
};

struct iommufd_viommu_alloc {
	uint32_t size;
	uint32_t flags;
	uint32_t type;
	uint32_t device;
	uint32_t hwpt;
	uint32_t id; /* result */
	uint32_t data_size;
	uint32_t reserved;
	uint64_t data;
};

struct iommufd_vdevice_alloc {
	uint32_t size;
	uint32_t viommu;
	uint32_t device;
	uint32_t id; /* result */
	uint64_t virt_id;
};

#endif /* MSHVCTL_SRC_DEVICE_ABI_H */
