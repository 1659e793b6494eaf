// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Devices by VFIO's groups and container (type 1, version 2).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/sys.h"
#include "device/abi.h"
#include "device/iommu.h"

int container_open(struct mshv_iommu *iommu)
{
	int fd = mshv_sys_open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC), ret;

	if (fd < 0)
		return fd;
	ret = mshv_sys_ioctl(fd, VFIO_GET_API_VERSION, NULL);
	if (ret == VFIO_API_VERSION)
		ret = mshv_sys_ioctl(fd, VFIO_CHECK_EXTENSION,
				     (void *)(uintptr_t)VFIO_TYPE1v2_IOMMU);
	else if (ret >= 0)
		ret = 0;
	/* 1: it is there */
	if (ret <= 0) {
		mshv_sys_close(fd);
		return ret ? ret : -EOPNOTSUPP;
	}
	iommu->fd = fd;
	return 0;
}

int container_map(struct mshv_iommu *iommu, const struct vm_piece *piece)
{
	struct vfio_iommu_type1_dma_map args = {
		.argsz = sizeof(args),
		.flags = VFIO_DMA_MAP_FLAG_READ |
			 (piece->access & MSHV_MEM_WRITE ? VFIO_DMA_MAP_FLAG_WRITE : 0),
		.vaddr = (uintptr_t)piece->addr,
		.iova = piece->gpa,
		.size = piece->size,
	};

	return mshv_sys_ioctl(iommu->fd, VFIO_IOMMU_MAP_DMA, &args);
}

int container_unmap(struct mshv_iommu *iommu, const struct vm_piece *piece)
{
	struct vfio_iommu_type1_dma_unmap args = {
		.argsz = sizeof(args),
		.iova = piece->gpa,
		.size = piece->size,
	};
	int err = mshv_sys_ioctl(iommu->fd, VFIO_IOMMU_UNMAP_DMA, &args);

	return err ? err : args.size == piece->size ? 0 : -EIO;
}

static int check_group(int fd)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };
	int err = mshv_sys_ioctl(fd, VFIO_GROUP_GET_STATUS, &status);

	if (err)
		return err;
	return status.flags & VFIO_GROUP_FLAGS_VIABLE ? 0 : -EPERM;
}

/* The kernel wants a group in a container before it knows which IOMMU that is for. */
static int join(struct mshv_iommu *iommu, int group)
{
	int err = mshv_sys_ioctl(group, VFIO_GROUP_SET_CONTAINER, &iommu->fd);

	if (!err && !iommu->groups)
		err = mshv_sys_ioctl(iommu->fd, VFIO_SET_IOMMU,
				     (void *)(uintptr_t)VFIO_TYPE1v2_IOMMU);
	if (!err)
		err = iommu_bridge_file(iommu, MSHV_DEV_VFIO_FILE_ADD, group);
	return err;
}

/* A container that loses its last group loses its mappings. */
static void close_group(struct mshv_iommu *iommu, struct iommu_group *group)
{
	struct iommu_group **link = &iommu->groups;

	while (*link != group)
		link = &(*link)->next;
	*link = group->next;
	if (!iommu->groups && iommu->listens) {
		vm_remove_listener(iommu->vm, &iommu->listener);
		iommu->listens = false;
	}
	/* The group may have files that the bridge need not know any more: no error counts. */
	(void)iommu_bridge_file(iommu, MSHV_DEV_VFIO_FILE_DEL, group->fd);
	mshv_sys_close(group->fd);
	free(group);
}

static int open_group(struct mshv_iommu *iommu, unsigned int number, struct iommu_group **result)
{
	struct iommu_group *group = calloc(1, sizeof(*group));
	char path[PATH_SIZE];
	int err;

	if (!group)
		return -ENOMEM;
	snprintf(path, sizeof(path), "/dev/vfio/%u", number);
	group->number = number;
	group->fd = mshv_sys_open(path, O_RDWR | O_CLOEXEC);
	err = group->fd < 0 ? group->fd : 0;
	if (err)
		goto free_group;
	err = check_group(group->fd);
	if (!err)
		err = join(iommu, group->fd);
	if (err)
		goto close_fd;
	group->next = iommu->groups;
	iommu->groups = group;
	err = iommu_listen(iommu);
	if (err) {
		close_group(iommu, group);
		return err;
	}
	*result = group;
	return 0;

close_fd:
	mshv_sys_close(group->fd);
free_group:
	free(group);
	return err;
}

static int get_group(struct mshv_iommu *iommu, int number, struct iommu_group **result)
{
	if (number < 0)
		return number;
	for (struct iommu_group *group = iommu->groups; group; group = group->next)
		if (group->number == (unsigned int)number) {
			*result = group;
			return 0;
		}
	return open_group(iommu, (unsigned int)number, result);
}

int container_add(struct mshv_device *device, const char *address)
{
	struct mshv_iommu *iommu = device->iommu;
	struct iommu_group *group = NULL;
	int ret = get_group(iommu, sysfs_group(address), &group);

	if (ret)
		return ret;
	ret = mshv_sys_ioctl(group->fd, VFIO_GROUP_GET_DEVICE_FD, (void *)(uintptr_t)address);
	if (ret < 0) {
		if (!group->devices)
			close_group(iommu, group);
		return ret;
	}
	group->devices++;
	device->group = group;
	device->fd = ret;
	return 0;
}

void container_remove(struct mshv_device *device)
{
	mshv_sys_close(device->fd);
	if (!--device->group->devices)
		close_group(device->iommu, device->group);
}
