// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Devices by iommufd: in an IOAS that has the VM's memory, or attached to the partition.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>

#include "core/sys.h"
#include "device/abi.h"
#include "device/iommu.h"

int iommufd_open(struct mshv_iommu *iommu)
{
	struct iommufd_ioas_alloc args = { .size = sizeof(args) };
	int fd = mshv_sys_open("/dev/iommu", O_RDWR | O_CLOEXEC), err;

	if (fd < 0)
		return fd;
	err = mshv_sys_ioctl(fd, IOMMUFD_IOAS_ALLOC, &args);
	if (err) {
		mshv_sys_close(fd);
		return err;
	}
	iommu->fd = fd;
	iommu->ioas = args.id;
	return 0;
}

int iommufd_map(struct mshv_iommu *iommu, const struct vm_piece *piece)
{
	struct iommufd_ioas_map args = {
		.size = sizeof(args),
		.flags = IOMMUFD_MAP_FIXED | IOMMUFD_MAP_READABLE |
			 (piece->access & MSHV_MEM_WRITE ? IOMMUFD_MAP_WRITABLE : 0),
		.ioas = iommu->ioas,
		.addr = (uintptr_t)piece->addr,
		.length = piece->size,
		.iova = piece->gpa,
	};

	return mshv_sys_ioctl(iommu->fd, IOMMUFD_IOAS_MAP, &args);
}

int iommufd_unmap(struct mshv_iommu *iommu, const struct vm_piece *piece)
{
	struct iommufd_ioas_unmap args = {
		.size = sizeof(args),
		.ioas = iommu->ioas,
		.iova = piece->gpa,
		.length = piece->size,
	};
	int err = mshv_sys_ioctl(iommu->fd, IOMMUFD_IOAS_UNMAP, &args);

	return err ? err : args.length == piece->size ? 0 : -EIO;
}

/* Objects that are left go with their iommufd. */
static void destroy(struct mshv_iommu *iommu, uint32_t id)
{
	struct iommufd_destroy args = { .size = sizeof(args), .id = id };

	(void)mshv_sys_ioctl(iommu->fd, IOMMUFD_DESTROY, &args);
}

/* iommufd wants a nested table to have a parent, which devices see nothing of. */
static int alloc_parent(struct mshv_device *device, uint32_t *id)
{
	struct iommufd_hwpt_alloc args = {
		.size = sizeof(args),
		.flags = IOMMUFD_HWPT_NEST_PARENT,
		.device = device->id,
		.parent = device->iommu->ioas,
	};
	int err = mshv_sys_ioctl(device->iommu->fd, IOMMUFD_HWPT_ALLOC, &args);

	if (!err)
		*id = args.id;
	return err;
}

/* From here on all of the partition's memory is there, and stays in place. */
static int alloc_viommu(struct mshv_device *device, uint32_t parent, uint32_t *id)
{
	struct mshv_iommufd_viommu data = { .vm_fd = device->iommu->vm->fd };
	struct iommufd_viommu_alloc args = {
		.size = sizeof(args),
		.type = MSHV_IOMMUFD_VIOMMU,
		.device = device->id,
		.hwpt = parent,
		.data_size = sizeof(data),
		.data = (uintptr_t)&data,
	};
	int err = mshv_sys_ioctl(device->iommu->fd, IOMMUFD_VIOMMU_ALLOC, &args);

	if (!err)
		*id = args.id;
	return err;
}

static int alloc_nested(struct mshv_device *device, uint32_t viommu, uint32_t *id)
{
	struct mshv_iommufd_hwpt data = { 0 };
	struct iommufd_hwpt_alloc args = {
		.size = sizeof(args),
		.device = device->id,
		.parent = viommu,
		.data_type = MSHV_IOMMUFD_HWPT,
		.data_size = sizeof(data),
		.data = (uintptr_t)&data,
	};
	int err = mshv_sys_ioctl(device->iommu->fd, IOMMUFD_HWPT_ALLOC, &args);

	if (!err)
		*id = args.id;
	return err;
}

/* All devices have one vIOMMU; the first makes it. */
static int prepare_partition(struct mshv_device *device)
{
	struct mshv_iommu *iommu = device->iommu;
	uint32_t parent, viommu;
	int err;

	if (iommu->viommu)
		return 0;
	err = alloc_parent(device, &parent);
	if (err)
		return err;
	err = alloc_viommu(device, parent, &viommu);
	if (err)
		goto destroy_parent;
	err = alloc_nested(device, viommu, &iommu->nested);
	if (err)
		goto destroy_viommu;
	iommu->viommu = viommu;
	return 0;

destroy_viommu:
	destroy(iommu, viommu);
destroy_parent:
	destroy(iommu, parent);
	return err;
}

static int attach(struct mshv_device *device, uint32_t table)
{
	struct vfio_device_attach_iommufd_pt args = {
		.argsz = sizeof(args),
		.pt_id = table,
	};

	return mshv_sys_ioctl(device->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &args);
}

static int attach_to_partition(struct mshv_device *device, uint64_t id)
{
	struct mshv_iommu *iommu = device->iommu;
	struct iommufd_vdevice_alloc args = {
		.size = sizeof(args),
		.device = device->id,
		.virt_id = id,
	};
	int err = prepare_partition(device);

	if (err)
		return err;
	args.viommu = iommu->viommu;
	err = mshv_sys_ioctl(iommu->fd, IOMMUFD_VDEVICE_ALLOC, &args);
	if (err)
		return err;
	device->vdevice = args.id;
	err = attach(device, iommu->nested);
	if (err)
		destroy(iommu, device->vdevice);
	return err;
}

/* Filled before the first device is in it, an IOAS costs the fewest hypercalls. */
static int attach_to_ioas(struct mshv_device *device)
{
	int err = iommu_bridge_file(device->iommu, MSHV_DEV_VFIO_FILE_ADD, device->fd);

	if (err)
		return err;
	err = iommu_listen(device->iommu);
	if (!err)
		err = attach(device, device->iommu->ioas);
	if (err)
		(void)iommu_bridge_file(device->iommu, MSHV_DEV_VFIO_FILE_DEL, device->fd);
	return err;
}

int iommufd_add(struct mshv_device *device, const char *address, uint64_t id)
{
	struct mshv_iommu *iommu = device->iommu;
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommu->fd };
	char path[PATH_SIZE];
	int err = sysfs_cdev(address, path, sizeof(path));

	if (err)
		return err;
	device->fd = mshv_sys_open(path, O_RDWR | O_CLOEXEC);
	if (device->fd < 0)
		return device->fd;
	err = mshv_sys_ioctl(device->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind);
	/* All is well with the argument: somebody else has bound the device. */
	if (err == -EINVAL)
		err = -EBUSY;
	if (!err) {
		device->id = bind.out_devid;
		err = iommu->kind == MSHV_IOMMU_IOAS ? attach_to_ioas(device) :
						       attach_to_partition(device, id);
	}
	if (err)
		mshv_sys_close(device->fd);
	return err;
}

void iommufd_remove(struct mshv_device *device)
{
	struct vfio_device_detach_iommufd_pt args = { .argsz = sizeof(args) };
	struct mshv_iommu *iommu = device->iommu;

	/* What fails here, the end of the descriptors does. */
	if (iommu->kind == MSHV_IOMMU_IOAS) {
		(void)iommu_bridge_file(iommu, MSHV_DEV_VFIO_FILE_DEL, device->fd);
	} else {
		(void)mshv_sys_ioctl(device->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &args);
		destroy(iommu, device->vdevice);
	}
	mshv_sys_close(device->fd);
}
