// SPDX-License-Identifier: GPL-2.0-only
/* The bridge to VFIO, and a device in it, if the host has one to give away. */
#include <errno.h>
#include <string.h>

#include <linux/mshv_iommufd.h>

#include "mshv_edu.h"
#include "mshv_vfio.h"

#include "fuzz.h"

#undef PAGE_SIZE

static struct mshv_vfio given = { .container = -1, .group = -1, .iommufd = -1, .fd = -1 };
static bool there;

int vfio_prepare(void)
{
	int ret = mshv_vfio_find(&given, EDU_VENDOR, EDU_DEVICE);

	if (!ret)
		ret = mshv_vfio_bind(&given);
	there = !ret;
	return ret;
}

void vfio_end(void)
{
	if (there)
		mshv_vfio_unbind(&given);
	there = false;
}

int op_bridge(struct fuzzer *f)
{
	struct mshv_create_device args = {
		.type = one_in(&f->rng, 8) ? odd_number(&f->rng) : MSHV_DEV_TYPE_VFIO,
		.flags = one_in(&f->rng, 4) ? below(&f->rng, 4) : 0,
	};

	if (ioctl(some(f, KIND_VM), MSHV_CREATE_DEVICE, &args))
		return -errno;
	return args.flags ? 0 : put(f, KIND_BRIDGE, args.fd);
}

int op_attr(struct fuzzer *f)
{
	int32_t file = one_in(&f->rng, 4) ? any(f) :
		       some(f, one_in(&f->rng, 2) ? KIND_GROUP : KIND_DEVICE);
	struct mshv_device_attr args = {
		.flags = one_in(&f->rng, 16) ? odd_number(&f->rng) : 0,
		.group = one_in(&f->rng, 16) ? odd_number(&f->rng) : MSHV_DEV_VFIO_FILE,
		.attr = one_in(&f->rng, 16) ? odd_number(&f->rng) : 1 + below(&f->rng, 2),
		.addr = one_in(&f->rng, 16) ? (uintptr_t)some_memory(f, 4) : (uintptr_t)&file,
	};
	static const unsigned long requests[] = {
		MSHV_SET_DEVICE_ATTR, MSHV_SET_DEVICE_ATTR, MSHV_SET_DEVICE_ATTR,
		MSHV_HAS_DEVICE_ATTR, MSHV_HAS_DEVICE_ATTR_POSTED,
	};

	return err(ioctl(some(f, KIND_BRIDGE), ONE_OF(&f->rng, requests), &args));
}

static void keep(struct fuzzer *f, const struct mshv_vfio *dev)
{
	if (dev->container >= 0)
		put(f, KIND_CONTAINER, dev->container);
	if (dev->group >= 0)
		put(f, KIND_GROUP, dev->group);
	if (dev->iommufd >= 0)
		put(f, KIND_IOMMUFD, dev->iommufd);
	if (dev->fd >= 0)
		put(f, KIND_DEVICE, dev->fd);
}

/* By either way in; whoever has the device keeps the others out of it. */
int op_vfio_open(struct fuzzer *f)
{
	struct mshv_vfio dev = given;
	int ret;

	if (!there)
		return -ENODEV;
	ret = one_in(&f->rng, 2) ? mshv_vfio_open_group(&dev) : mshv_vfio_open_cdev(&dev);
	keep(f, &dev);
	return ret;
}

/* All the way to a device that is attached to a guest, if nothing comes in between. */
int op_vfio_attached(struct fuzzer *f)
{
	struct mshv_vfio dev = given;
	int ret, viommu = -1;
	uint32_t pt;

	if (!there)
		return -ENODEV;
	ret = mshv_vfio_open_cdev(&dev);
	if (ret >= 0)
		ret = mshv_alloc_parent(&dev);
	if (ret >= 0)
		viommu = ret = mshv_alloc_viommu(&dev, ret, some(f, KIND_VM));
	if (ret >= 0)
		ret = mshv_alloc_vdevice(&dev, viommu, dev.rid);
	if (ret >= 0)
		pt = ret = mshv_alloc_nested(&dev, viommu);
	if (ret >= 0)
		ret = mshv_vfio_attach(&dev, &pt);
	keep(f, &dev);
	return ret;
}

/*
 * Numbers of iommufd's objects are small, in the order in which they were made: those of
 * the device and its address space come first, and others are met by guessing.
 */
static struct mshv_vfio whole(struct fuzzer *f)
{
	bool container = one_in(&f->rng, 2);
	struct mshv_vfio dev = given;

	dev.container = container ? some(f, KIND_CONTAINER) : -1;
	dev.iommufd = container ? -1 : some(f, KIND_IOMMUFD);
	dev.fd = some(f, KIND_DEVICE);
	dev.id = one_in(&f->rng, 8) ? below(&f->rng, 8) : 1;
	dev.ioas = one_in(&f->rng, 8) ? below(&f->rng, 8) : 2;
	return dev;
}

int op_vfio_map(struct fuzzer *f)
{
	struct mshv_vfio dev = whole(f);
	uint64_t size = some_size(f), iova = some_gpa(f);

	if (!there)
		return -ENODEV;
	if (one_in(&f->rng, 3))
		return mshv_vfio_unmap(&dev, size, iova);
	return mshv_vfio_map(&dev, some_memory(f, size), size, iova, one_in(&f->rng, 2));
}

int op_vfio_device(struct fuzzer *f)
{
	struct mshv_vfio dev = whole(f);
	uint32_t pt = 1 + below(&f->rng, 8);

	if (!there)
		return -ENODEV;
	switch (below(&f->rng, 4)) {
	case 0:
		return mshv_vfio_set_irq(&dev, some(f, KIND_EVENT));
	case 1:
		return mshv_vfio_attach(&dev, &pt);
	case 2:
		return mshv_vfio_detach(&dev);
	default:
		return err(ioctl(dev.fd, VFIO_DEVICE_RESET));
	}
}

int op_iommufd(struct fuzzer *f)
{
	struct mshv_vfio dev = whole(f);
	uint32_t object = 3 + below(&f->rng, 5);

	if (!there)
		return -ENODEV;
	dev.iommufd = some(f, KIND_IOMMUFD);
	switch (below(&f->rng, 6)) {
	case 0:
		return mshv_alloc_parent(&dev);
	case 1:
		return mshv_alloc_viommu(&dev, object, some(f, KIND_VM));
	case 2:
		return mshv_alloc_vdevice(&dev, object, odd_number(&f->rng));
	case 3:
		return mshv_alloc_nested(&dev, object);
	default:
		return mshv_destroy_object(&dev, object);
	}
}
