/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Inside an IOMMU and a device.
 */
#ifndef MSHVCTL_SRC_DEVICE_IOMMU_H
#define MSHVCTL_SRC_DEVICE_IOMMU_H

#include <mshvctl/device.h>

#include "core/vm.h"

/* "0000:00:04.0", and what a path below /sys takes. */
#define ADDRESS_SIZE 13
#define PATH_SIZE 128

/**
 * struct iommu_group - a group of VFIO, which can be opened once
 * @number: of /dev/vfio
 * @fd: it
 * @devices: of the group that are open
 */
struct iommu_group {
	struct iommu_group *next;
	unsigned int number;
	int fd;
	unsigned int devices;
};

/**
 * struct mshv_iommu
 * @vm: whose memory it is about
 * @kind: how
 * @fd: VFIO's container, or iommufd
 * @bridge: MSHV_CREATE_DEVICE's descriptor, where memory is mapped, else -1
 * @ioas: of iommufd
 * @listener: hears of the VM's memory map, where it is mapped
 * @lock: guards what follows; a device that comes or goes holds it. Outside the VM's
 * @listens: the listener is on its list
 * @groups: of the container
 * @viommu, @nested: of iommufd, where devices are attached; 0 before the first
 */
struct mshv_iommu {
	struct mshv_vm *vm;
	enum mshv_iommu_kind kind;
	int fd;
	int bridge;
	uint32_t ioas;
	struct vm_listener listener;
	pthread_mutex_t lock;
	bool listens;
	struct iommu_group *groups;
	uint32_t viommu;
	uint32_t nested;
};

/* A part of a BAR that the guest sees. */
struct device_part {
	struct device_part *next;
	uint64_t gpa;
	uint64_t size;
	void *addr;
};

/**
 * struct mshv_device
 * @iommu: what it is in
 * @fd: VFIO's descriptor
 * @group: its group, in a container
 * @id, @vdevice: iommufd's numbers of it
 * @offsets: of the regions, in @fd
 * @sizes: of the regions
 * @lock: guards @parts
 * @parts: of its BARs that are mapped
 */
struct mshv_device {
	struct mshv_iommu *iommu;
	int fd;
	struct iommu_group *group;
	uint32_t id;
	uint32_t vdevice;
	uint64_t offsets[MSHV_DEVICE_REGIONS];
	struct mshv_device_region regions[MSHV_DEVICE_REGIONS];
	pthread_mutex_t lock;
	struct device_part *parts;
};

/* All return 0, or a number or descriptor, or -errno. */

/* iommu.c: add the VM's memory, and from then on what comes; with the lock held. */
int iommu_listen(struct mshv_iommu *iommu);
/* Tell the bridge of a VFIO file that comes or goes. */
int iommu_bridge_file(struct mshv_iommu *iommu, uint64_t what, int fd);

/* container.c */
int container_open(struct mshv_iommu *iommu);
int container_map(struct mshv_iommu *iommu, const struct vm_piece *piece);
int container_unmap(struct mshv_iommu *iommu, const struct vm_piece *piece);
int container_add(struct mshv_device *device, const char *address);
void container_remove(struct mshv_device *device);

/* iommufd.c */
int iommufd_open(struct mshv_iommu *iommu);
int iommufd_map(struct mshv_iommu *iommu, const struct vm_piece *piece);
int iommufd_unmap(struct mshv_iommu *iommu, const struct vm_piece *piece);
int iommufd_add(struct mshv_device *device, const char *address, uint64_t id);
void iommufd_remove(struct mshv_device *device);

/* sysfs.c */
bool address_is_valid(const char *address);
int sysfs_group(const char *address);
int sysfs_cdev(const char *address, char *path, size_t size);

/* bar.c */
void device_unmap_all(struct mshv_device *device);

#endif /* MSHVCTL_SRC_DEVICE_IOMMU_H */
