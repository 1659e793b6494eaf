// SPDX-License-Identifier: GPL-2.0-only
/* VFIO and iommufd, and what minihv knows of devices. */
#include <sys/io.h>

#include "mshv_vfio.h"

#define COUNT_PORT	0xed0

bool mshv_iommu_present(void)
{
	return !access("/sys/class/iommu/hv-iommu", F_OK);
}

int mshv_vfio_find_nth(struct mshv_vfio *dev, unsigned int vendor, unsigned int device,
			unsigned int number)
{
	int ret;

	*dev = (struct mshv_vfio) { .container = -1, .group = -1, .iommufd = -1, .fd = -1 };
	ret = mshv_pci_find(vendor, device, number, dev->bdf);
	if (!ret)
		dev->rid = mshv_pci_rid(dev->bdf);
	return ret;
}

int mshv_vfio_find(struct mshv_vfio *dev, unsigned int vendor, unsigned int device)
{
	return mshv_vfio_find_nth(dev, vendor, device, 0);
}

int mshv_vfio_unbind(struct mshv_vfio *dev)
{
	return mshv_pci_unbind(dev->bdf);
}

/* To vfio-pci, or another driver of VFIO's that is loaded already. */
int mshv_vfio_bind(struct mshv_vfio *dev)
{
	const char *driver = getenv("MSHV_TEST_VFIO_DRIVER");

	if (system("modprobe -a vfio-pci vfio_iommu_type1 iommufd"))
		return -ENODEV;
	return mshv_pci_bind(dev->bdf, driver ?: "vfio-pci");
}

/* ---- as a group in a container */

int mshv_vfio_open_group(struct mshv_vfio *dev)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	dev->group = mshv_pci_open_group(dev->bdf);
	if (dev->group < 0)
		return dev->group;
	dev->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (dev->container < 0)
		return -errno;
	if (ioctl(dev->group, VFIO_GROUP_GET_STATUS, &status))
		return -errno;
	if (!(status.flags & VFIO_GROUP_FLAGS_VIABLE))
		return -EPERM;
	if (ioctl(dev->group, VFIO_GROUP_SET_CONTAINER, &dev->container) ||
	    ioctl(dev->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	dev->fd = ioctl(dev->group, VFIO_GROUP_GET_DEVICE_FD, dev->bdf);
	return dev->fd < 0 ? -errno : 0;
}

/* ---- with iommufd */

int mshv_vfio_open_cdev(struct mshv_vfio *dev)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

	dev->fd = mshv_pci_open_cdev(dev->bdf);
	if (dev->fd < 0)
		return dev->fd;
	dev->iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (dev->iommufd < 0)
		return -errno;
	bind.iommufd = dev->iommufd;
	if (ioctl(dev->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		return -errno;
	dev->id = bind.out_devid;
	if (ioctl(dev->iommufd, IOMMU_IOAS_ALLOC, &alloc))
		return -errno;
	dev->ioas = alloc.out_ioas_id;
	return 0;
}

/* @pt: an IOAS or a page table; what it really is attached to comes back there. */
int mshv_vfio_attach(struct mshv_vfio *dev, uint32_t *pt)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = *pt,
	};

	if (ioctl(dev->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		return -errno;
	*pt = attach.pt_id;
	return 0;
}

int mshv_vfio_detach(struct mshv_vfio *dev)
{
	struct vfio_device_detach_iommufd_pt detach = { .argsz = sizeof(detach) };

	return ioctl(dev->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach) ? -errno : 0;
}

/* ---- iommufd's objects: their numbers, or -errno */

int mshv_alloc_parent(struct mshv_vfio *dev)
{
	struct iommu_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.flags = IOMMU_HWPT_ALLOC_NEST_PARENT,
		.dev_id = dev->id,
		.pt_id = dev->ioas,
	};

	return ioctl(dev->iommufd, IOMMU_HWPT_ALLOC, &alloc) ? -errno : (int)alloc.out_hwpt_id;
}

int mshv_alloc_viommu_of(struct mshv_vfio *dev, uint32_t parent,
			   const struct mshv_iommufd_viommu *data, uint32_t type, size_t len)
{
	struct iommu_viommu_alloc alloc = {
		.size = sizeof(alloc),
		.type = type,
		.dev_id = dev->id,
		.hwpt_id = parent,
		.data_len = len,
		.data_uptr = (uintptr_t)data,
	};

	return ioctl(dev->iommufd, IOMMU_VIOMMU_ALLOC, &alloc) ? -errno : (int)alloc.out_viommu_id;
}

int mshv_alloc_viommu(struct mshv_vfio *dev, uint32_t parent, int vm)
{
	struct mshv_iommufd_viommu data = { .vm_fd = vm };

	return mshv_alloc_viommu_of(dev, parent, &data, MSHV_IOMMUFD_VIOMMU, sizeof(data));
}

int mshv_alloc_vdevice(struct mshv_vfio *dev, uint32_t viommu, uint64_t id)
{
	struct iommu_vdevice_alloc alloc = {
		.size = sizeof(alloc),
		.viommu_id = viommu,
		.dev_id = dev->id,
		.virt_id = id,
	};

	return ioctl(dev->iommufd, IOMMU_VDEVICE_ALLOC, &alloc) ? -errno : (int)alloc.out_vdevice_id;
}

int mshv_alloc_nested_of(struct mshv_vfio *dev, uint32_t viommu,
			   const struct mshv_iommufd_hwpt *data, uint32_t type)
{
	struct iommu_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.dev_id = dev->id,
		.pt_id = viommu,
		.data_type = type,
		.data_len = sizeof(*data),
		.data_uptr = (uintptr_t)data,
	};

	return ioctl(dev->iommufd, IOMMU_HWPT_ALLOC, &alloc) ? -errno : (int)alloc.out_hwpt_id;
}

int mshv_alloc_nested(struct mshv_vfio *dev, uint32_t viommu)
{
	struct mshv_iommufd_hwpt data = {};

	return mshv_alloc_nested_of(dev, viommu, &data, MSHV_IOMMUFD_HWPT);
}

int mshv_destroy_object(struct mshv_vfio *dev, uint32_t id)
{
	struct iommu_destroy destroy = { .size = sizeof(destroy), .id = id };

	return ioctl(dev->iommufd, IOMMU_DESTROY, &destroy) ? -errno : 0;
}

/* All of the way; returns the number of the nested page table. */
int mshv_vfio_attach_to(struct mshv_vfio *dev, int vm, uint64_t logical_id)
{
	int parent = mshv_alloc_parent(dev), viommu, ret;
	uint32_t nested;

	if (parent < 0)
		return parent;
	viommu = mshv_alloc_viommu(dev, parent, vm);
	if (viommu < 0)
		return viommu;
	ret = mshv_alloc_vdevice(dev, viommu, logical_id);
	if (ret >= 0)
		ret = mshv_alloc_nested(dev, viommu);
	if (ret < 0)
		return ret;
	nested = ret;
	return mshv_vfio_attach(dev, &nested) ?: (int)nested;
}

/* ---- either way */

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void mshv_vfio_close(struct mshv_vfio *dev)
{
	if (dev->bar)
		munmap((void *)dev->bar, dev->bar_size);
	dev->bar = NULL;
	close_one(&dev->fd);
	close_one(&dev->group);
	close_one(&dev->container);
	close_one(&dev->iommufd);
}

int mshv_vfio_map(struct mshv_vfio *dev, void *addr, uint64_t size, uint64_t iova, bool writable)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | (writable ? VFIO_DMA_MAP_FLAG_WRITE : 0),
		.vaddr = (uintptr_t)addr,
		.iova = iova,
		.size = size,
	};
	struct iommu_ioas_map ioas_map = {
		.size = sizeof(ioas_map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 (writable ? IOMMU_IOAS_MAP_WRITEABLE : 0),
		.ioas_id = dev->ioas,
		.user_va = (uintptr_t)addr,
		.length = size,
		.iova = iova,
	};

	if (dev->container >= 0)
		return ioctl(dev->container, VFIO_IOMMU_MAP_DMA, &map) ? -errno : 0;
	return ioctl(dev->iommufd, IOMMU_IOAS_MAP, &ioas_map) ? -errno : 0;
}

int mshv_vfio_unmap(struct mshv_vfio *dev, uint64_t size, uint64_t iova)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = size,
	};
	struct iommu_ioas_unmap ioas_unmap = {
		.size = sizeof(ioas_unmap),
		.ioas_id = dev->ioas,
		.iova = iova,
		.length = size,
	};

	if (dev->container >= 0) {
		if (ioctl(dev->container, VFIO_IOMMU_UNMAP_DMA, &unmap))
			return -errno;
		return unmap.size == size ? 0 : -ERANGE;
	}
	if (ioctl(dev->iommufd, IOMMU_IOAS_UNMAP, &ioas_unmap))
		return -errno;
	return ioas_unmap.length == size ? 0 : -ERANGE;
}

/* @fds: what interrupts from 0 on signal, -1: nothing; @n of 0 switches all off. */
int mshv_vfio_set_irqs(struct mshv_vfio *dev, unsigned int index, const int *fds, unsigned int n)
{
	struct {
		struct vfio_irq_set set;
		int32_t fds[MSHV_VFIO_IRQS];
	} irq = {
		.set = {
			.argsz = sizeof(irq.set) + n * sizeof(irq.fds[0]),
			.flags = VFIO_IRQ_SET_ACTION_TRIGGER |
				 (n ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE),
			.index = index,
			.count = n,
		},
	};

	if (n > MSHV_VFIO_IRQS)
		return -EINVAL;
	memcpy(irq.fds, fds, n * sizeof(fds[0]));
	return ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, &irq) ? -errno : 0;
}

int mshv_vfio_set_irq(struct mshv_vfio *dev, int fd)
{
	return mshv_vfio_set_irqs(dev, VFIO_PCI_MSI_IRQ_INDEX, &fd, fd >= 0);
}

int mshv_vfio_reset(struct mshv_vfio *dev)
{
	return ioctl(dev->fd, VFIO_DEVICE_RESET) ? -errno : 0;
}

/* Lets it access memory, and maps its registers, if they are in BAR 0. */
int mshv_vfio_registers(struct mshv_vfio *dev)
{
	struct vfio_region_info bar = { .argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX };
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	uint16_t command;
	void *p;

	if (ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, &bar) ||
	    ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, &config))
		return -errno;
	if (pread(dev->fd, &command, 2, config.offset + 4) != 2)
		return -EIO;
	command |= 6;		/* memory, bus master */
	if (pwrite(dev->fd, &command, 2, config.offset + 4) != 2)
		return -EIO;
	if (!bar.size)
		return 0;
	p = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, dev->fd, bar.offset);
	if (p == MAP_FAILED)
		return -errno;
	dev->bar = p;
	dev->bar_size = bar.size;
	return 0;
}

int mshv_vfio_give(struct mshv_vfio *dev, enum mshv_way way, struct mshv_vm *vm)
{
	int ret = way == WAY_CONTAINER ? mshv_vfio_open_group(dev) : mshv_vfio_open_cdev(dev);
	uint32_t pt = dev->ioas;

	if (ret)
		return ret;
	if (way == WAY_ATTACHED) {
		ret = mshv_vfio_attach_to(dev, vm->fd, dev->rid);
		return ret < 0 ? ret : mshv_vfio_registers(dev);
	}
	if (way == WAY_IOMMUFD)
		ret = mshv_vfio_attach(dev, &pt);
	ret = ret ?: mshv_vfio_map(dev, vm->ram, vm->ram_size, 0, true);
	return ret ?: mshv_vfio_registers(dev);
}

/* ---- minihv's */

uint32_t mshv_device_count(const struct mshv_vfio *dev, enum mshv_device_count what)
{
	if (iopl(3))
		return ~0u;
	outl((uint32_t)what << 16 | dev->rid, COUNT_PORT);
	return inl(COUNT_PORT);
}

bool mshv_device_counted(const struct mshv_vfio *dev, enum mshv_device_count what, uint32_t before)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_S * 100; i++) {
		if (mshv_device_count(dev, what) > before)
			return true;
		usleep(10000);
	}
	return false;
}

bool mshv_on_l1vh(void)
{
	const char *partition = getenv("MSHV_PARTITION");

	return partition && !strcmp(partition, "l1vh");
}

bool mshv_knob(const char *word)
{
	const char *at = getenv("MSHV_FAULT");
	size_t length = strlen(word);

	while (at && (at = strstr(at, "dev="))) {
		at += strlen("dev=");
		if (!strncmp(at, word, length) && (!at[length] || strchr(" ,", at[length])))
			return true;
	}
	return false;
}

bool mshv_irq_by_host(bool attached)
{
	return !attached && mshv_knob("no-mapped-interrupts");
}

enum mshv_device_place mshv_place_blocked(void)
{
	return mshv_on_l1vh() ? PLACE_HOST : PLACE_NULL;
}
