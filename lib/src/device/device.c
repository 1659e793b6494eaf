// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A device: its regions, interrupts and reset.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/sys.h"
#include "device/abi.h"
#include "device/iommu.h"

_Static_assert(MSHV_DEVICE_ROM == (int)VFIO_PCI_ROM_REGION_INDEX, "region");
_Static_assert(MSHV_DEVICE_CONFIG == (int)VFIO_PCI_CONFIG_REGION_INDEX, "region");
_Static_assert(MSHV_DEVICE_MSI == (int)VFIO_PCI_MSI_IRQ_INDEX, "interrupt");
_Static_assert(MSHV_DEVICE_MSIX == (int)VFIO_PCI_MSIX_IRQ_INDEX, "interrupt");

static int read_region(struct mshv_device *device, unsigned int region)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = region };
	int err = mshv_sys_ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &info);

	if (err)
		return err;
	device->offsets[region] = info.offset;
	device->regions[region].size = info.size;
	if (info.flags & VFIO_REGION_INFO_FLAG_READ)
		device->regions[region].flags |= MSHV_DEVICE_READABLE;
	if (info.flags & VFIO_REGION_INFO_FLAG_WRITE)
		device->regions[region].flags |= MSHV_DEVICE_WRITABLE;
	if (info.flags & VFIO_REGION_INFO_FLAG_MMAP)
		device->regions[region].flags |= MSHV_DEVICE_MAPPABLE;
	return 0;
}

static int read_regions(struct mshv_device *device)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < MSHV_DEVICE_REGIONS; i++)
		err = read_region(device, i);
	return err;
}

static void remove_device(struct mshv_device *device)
{
	if (device->iommu->kind == MSHV_IOMMU_CONTAINER)
		container_remove(device);
	else
		iommufd_remove(device);
}

static int add_device(struct mshv_device *device, const char *address, uint64_t id)
{
	struct mshv_iommu *iommu = device->iommu;
	int err;

	pthread_mutex_lock(&iommu->lock);
	err = iommu->kind == MSHV_IOMMU_CONTAINER ? container_add(device, address) :
						    iommufd_add(device, address, id);
	if (!err) {
		err = read_regions(device);
		if (err)
			remove_device(device);
	}
	pthread_mutex_unlock(&iommu->lock);
	return err;
}

int mshv_device_open(struct mshv_iommu *iommu, const char *address, uint64_t id,
		     struct mshv_device **device)
{
	struct mshv_device *new;
	int err;

	if (!iommu || !device || !address_is_valid(address))
		return -EINVAL;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->iommu = iommu;
	err = -pthread_mutex_init(&new->lock, NULL);
	if (err)
		goto free_device;
	err = add_device(new, address, id);
	if (err)
		goto destroy_lock;
	*device = new;
	return 0;

destroy_lock:
	pthread_mutex_destroy(&new->lock);
free_device:
	free(new);
	return err;
}

void mshv_device_close(struct mshv_device *device)
{
	struct mshv_iommu *iommu;

	if (!device)
		return;
	iommu = device->iommu;
	device_unmap_all(device);
	pthread_mutex_lock(&iommu->lock);
	remove_device(device);
	pthread_mutex_unlock(&iommu->lock);
	pthread_mutex_destroy(&device->lock);
	free(device);
}

int mshv_device_fd(const struct mshv_device *device)
{
	return device ? device->fd : -EINVAL;
}

int mshv_device_region(struct mshv_device *device, unsigned int region,
		       struct mshv_device_region *info)
{
	if (!device || region >= MSHV_DEVICE_REGIONS || !info)
		return -EINVAL;
	*info = device->regions[region];
	return 0;
}

static bool valid_access(const struct mshv_device *device, unsigned int region,
			 uint64_t offset, const void *bytes, size_t size)
{
	return device && bytes && size && region < MSHV_DEVICE_REGIONS &&
	       offset < device->regions[region].size &&
	       size <= device->regions[region].size - offset;
}

/* What @ret says of a transfer of @size bytes. */
static int transferred(int64_t ret, size_t size)
{
	return ret < 0 ? (int)ret : (size_t)ret == size ? 0 : -EIO;
}

int mshv_device_read(struct mshv_device *device, unsigned int region, uint64_t offset,
		     void *bytes, size_t size)
{
	if (!valid_access(device, region, offset, bytes, size))
		return -EINVAL;
	return transferred(mshv_sys_read_at(device->fd, bytes, size,
					    device->offsets[region] + offset), size);
}

int mshv_device_write(struct mshv_device *device, unsigned int region, uint64_t offset,
		      const void *bytes, size_t size)
{
	if (!valid_access(device, region, offset, bytes, size))
		return -EINVAL;
	return transferred(mshv_sys_write_at(device->fd, bytes, size,
					     device->offsets[region] + offset), size);
}

int mshv_device_set_irqs(struct mshv_device *device, enum mshv_device_irq kind,
			 unsigned int first, const int *fds, unsigned int n)
{
	struct vfio_irq_set *set;
	size_t size = sizeof(*set) + n * sizeof(int32_t);
	int err;

	if (!device || (kind != MSHV_DEVICE_MSI && kind != MSHV_DEVICE_MSIX) ||
	    n > MSHV_DEVICE_MAX_IRQS || first > MSHV_DEVICE_MAX_IRQS - n ||
	    (n && !fds) || (!n && first))
		return -EINVAL;
	set = calloc(1, size);
	if (!set)
		return -ENOMEM;
	set->argsz = (uint32_t)size;
	set->flags = VFIO_IRQ_SET_ACTION_TRIGGER |
		     (n ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE);
	set->index = kind;
	set->start = first;
	set->count = n;
	if (n)
		memcpy(set->data, fds, n * sizeof(int32_t));
	err = mshv_sys_ioctl(device->fd, VFIO_DEVICE_SET_IRQS, set);
	free(set);
	return err;
}

int mshv_device_reset(struct mshv_device *device)
{
	int err;

	if (!device)
		return -EINVAL;
	err = mshv_sys_ioctl(device->fd, VFIO_DEVICE_RESET, NULL);
	/* VFIO's word for a function that has no way to be reset; there are no arguments. */
	return err == -EINVAL ? -ENOTTY : err;
}
