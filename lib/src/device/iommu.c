// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What the devices of a VM share: a container, or an iommufd, that follows its memory.
 */
#include <errno.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <stdlib.h>

#include "core/sys.h"
#include "device/iommu.h"

static struct mshv_iommu *from_listener(struct vm_listener *listener)
{
	return (struct mshv_iommu *)((char *)listener - offsetof(struct mshv_iommu, listener));
}

static int map(struct vm_listener *listener, const struct vm_piece *piece)
{
	struct mshv_iommu *iommu = from_listener(listener);

	return iommu->kind == MSHV_IOMMU_CONTAINER ? container_map(iommu, piece) :
						     iommufd_map(iommu, piece);
}

static int unmap(struct vm_listener *listener, const struct vm_piece *piece)
{
	struct mshv_iommu *iommu = from_listener(listener);

	return iommu->kind == MSHV_IOMMU_CONTAINER ? container_unmap(iommu, piece) :
						     iommufd_unmap(iommu, piece);
}

int iommu_listen(struct mshv_iommu *iommu)
{
	int err;

	if (iommu->listens)
		return 0;
	iommu->listener.map = map;
	iommu->listener.unmap = unmap;
	err = vm_add_listener(iommu->vm, &iommu->listener);
	iommu->listens = !err;
	return err;
}

int iommu_bridge_file(struct mshv_iommu *iommu, uint64_t what, int fd)
{
	int32_t file = fd;
	struct mshv_device_attr attr = {
		.group = MSHV_DEV_VFIO_FILE,
		.attr = what,
		.addr = (uintptr_t)&file,
	};

	return iommu->bridge < 0 ? 0 : mshv_ioctl_set_device_attr(iommu->bridge, &attr);
}

/* The bridge keeps the memory of a partition in place for the files that it is told of. */
static int open_bridge(struct mshv_iommu *iommu)
{
	struct mshv_create_device args = { .type = MSHV_DEV_TYPE_VFIO };
	int err;

	iommu->bridge = -1;
	if (iommu->kind == MSHV_IOMMU_PARTITION)
		return 0;
	err = mshv_ioctl_create_device(iommu->vm->fd, &args);
	if (!err)
		iommu->bridge = (int)args.fd;
	return err;
}

static int open_kind(struct mshv_iommu *iommu)
{
	return iommu->kind == MSHV_IOMMU_CONTAINER ? container_open(iommu) :
						     iommufd_open(iommu);
}

int mshv_iommu_open(struct mshv_vm *vm, enum mshv_iommu_kind kind,
		    struct mshv_iommu **iommu)
{
	struct mshv_iommu *new;
	int err;

	if (!vm || !iommu || (unsigned int)kind > MSHV_IOMMU_PARTITION)
		return -EINVAL;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->vm = vm;
	new->kind = kind;
	err = -pthread_mutex_init(&new->lock, NULL);
	if (err)
		goto free_iommu;
	err = open_kind(new);
	if (err)
		goto destroy_lock;
	err = open_bridge(new);
	if (err)
		goto close_fd;
	vm_get(vm);
	*iommu = new;
	return 0;

close_fd:
	mshv_sys_close(new->fd);
destroy_lock:
	pthread_mutex_destroy(&new->lock);
free_iommu:
	free(new);
	return err;
}

void mshv_iommu_close(struct mshv_iommu *iommu)
{
	if (!iommu)
		return;
	if (iommu->listens)
		vm_remove_listener(iommu->vm, &iommu->listener);
	if (iommu->bridge >= 0)
		mshv_sys_close(iommu->bridge);
	mshv_sys_close(iommu->fd);
	vm_put(iommu->vm);
	pthread_mutex_destroy(&iommu->lock);
	free(iommu);
}
