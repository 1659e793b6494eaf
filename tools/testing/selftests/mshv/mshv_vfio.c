// SPDX-License-Identifier: GPL-2.0-only
/* VFIO and iommufd, and the device that copies. */
#include <dirent.h>
#include <poll.h>
#include <sys/io.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "mshv_vfio.h"

#define PCI		"/sys/bus/pci/devices/"
#define COUNT_PORT	0xed0

/* edu's registers of its copying. */
#define EDU_DMA_FROM	0x80
#define EDU_DMA_TO	0x88
#define EDU_DMA_SIZE	0x90
#define EDU_DMA_COMMAND	0x98
#define EDU_DMA_RUN	1
#define EDU_DMA_OUT	2

bool mshv_iommu_present(void)
{
	return !access("/sys/class/iommu/hv-iommu", F_OK);
}

static unsigned long read_number(const char *bdf, const char *file)
{
	char path[300], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), PCI "%s/%s", bdf, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoul(text, NULL, 0);
}

int mshv_vfio_find(struct mshv_vfio *dev, unsigned int vendor, unsigned int device)
{
	DIR *dir = opendir(PCI);
	unsigned int bus, slot, function;
	struct dirent *entry;
	int ret = -ENODEV;

	*dev = (struct mshv_vfio) { .container = -1, .group = -1, .iommufd = -1, .fd = -1 };
	while (dir && (entry = readdir(dir))) {
		if (read_number(entry->d_name, "vendor") != vendor ||
		    read_number(entry->d_name, "device") != device)
			continue;
		if (sscanf(entry->d_name, "%*x:%x:%x.%x", &bus, &slot, &function) != 3)
			continue;
		dev->rid = bus << 8 | slot << 3 | function;
		snprintf(dev->bdf, sizeof(dev->bdf), "%.15s", entry->d_name);
		ret = 0;
		break;
	}
	if (dir)
		closedir(dir);
	return ret;
}

static bool has_driver(const struct mshv_vfio *dev)
{
	char path[300];

	snprintf(path, sizeof(path), PCI "%s/driver", dev->bdf);
	return !access(path, F_OK);
}

int mshv_vfio_unbind(struct mshv_vfio *dev)
{
	char path[300];

	if (!has_driver(dev))
		return 0;
	snprintf(path, sizeof(path), PCI "%s/driver_override", dev->bdf);
	mshv_put(path, "\n");
	snprintf(path, sizeof(path), PCI "%s/driver/unbind", dev->bdf);
	return mshv_put(path, dev->bdf);
}

/* A test that failed may have left it bound. */
int mshv_vfio_bind(struct mshv_vfio *dev)
{
	char path[300];
	int ret = mshv_vfio_unbind(dev);

	if (ret)
		return ret;
	if (system("modprobe -a vfio-pci vfio_iommu_type1 iommufd"))
		return -ENODEV;
	snprintf(path, sizeof(path), PCI "%s/driver_override", dev->bdf);
	ret = mshv_put(path, "vfio-pci");
	if (!ret)
		ret = mshv_put("/sys/bus/pci/drivers_probe", dev->bdf);
	return ret ?: has_driver(dev) ? 0 : -ENODEV;
}

/* ---- as a group in a container */

static int open_group(const struct mshv_vfio *dev)
{
	char path[300], link[300];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), PCI "%s/iommu_group", dev->bdf);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/%.20s", strrchr(link, '/') + 1);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int mshv_vfio_open_group(struct mshv_vfio *dev)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	dev->group = open_group(dev);
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

static int open_cdev(const struct mshv_vfio *dev)
{
	char path[300];
	DIR *dir;
	struct dirent *entry;
	int fd = -ENOENT;

	snprintf(path, sizeof(path), PCI "%s/vfio-dev", dev->bdf);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vfio", 4))
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%.20s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	if (dir)
		closedir(dir);
	return fd;
}

int mshv_vfio_open_cdev(struct mshv_vfio *dev)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

	dev->fd = open_cdev(dev);
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
		munmap((void *)dev->bar, 0x100000);
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

/* @fd: what its MSI signals, or -1 to switch it off. */
int mshv_vfio_set_irq(struct mshv_vfio *dev, int fd)
{
	struct {
		struct vfio_irq_set set;
		int32_t fd;
	} irq = {
		.set = {
			.argsz = sizeof(irq),
			.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			.index = VFIO_PCI_MSI_IRQ_INDEX,
			.count = 1,
		},
		.fd = fd,
	};

	if (fd < 0) {
		irq.set.argsz = sizeof(irq.set);
		irq.set.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER;
		irq.set.count = 0;
	}
	return ioctl(dev->fd, VFIO_DEVICE_SET_IRQS, &irq) ? -errno : 0;
}

/* ---- edu */

/* Maps its registers, and lets it access memory. */
int mshv_edu_registers(struct mshv_vfio *dev)
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
	p = mmap(NULL, bar.size, PROT_READ | PROT_WRITE, MAP_SHARED, dev->fd, bar.offset);
	if (p == MAP_FAILED)
		return -errno;
	dev->bar = p;
	return 0;
}

static void write64(struct mshv_vfio *dev, unsigned int at, uint64_t value)
{
	*(volatile uint64_t *)(dev->bar + at) = value;
}

static bool running(struct mshv_vfio *dev)
{
	return *(volatile uint64_t *)(dev->bar + EDU_DMA_COMMAND) & EDU_DMA_RUN;
}

/* The device takes its time for each copy, 0.1 s. An access that is refused ends, too. */
int mshv_edu_dma(struct mshv_vfio *dev, uint64_t from, uint64_t to, uint64_t size,
		 bool from_device)
{
	unsigned int tries;

	write64(dev, EDU_DMA_FROM, from);
	write64(dev, EDU_DMA_TO, to);
	write64(dev, EDU_DMA_SIZE, size);
	write64(dev, EDU_DMA_COMMAND, EDU_DMA_RUN | (from_device ? EDU_DMA_OUT : 0));
	for (tries = 0; tries < 6000 && running(dev); tries++)
		usleep(5000);
	return running(dev) ? -ETIMEDOUT : 0;
}

uint32_t mshv_device_count(const struct mshv_vfio *dev, enum mshv_device_count what)
{
	if (iopl(3))
		return ~0u;
	outl((uint32_t)what << 16 | dev->rid, COUNT_PORT);
	return inl(COUNT_PORT);
}

bool mshv_on_l1vh(void)
{
	const char *partition = getenv("MSHV_PARTITION");

	return partition && !strcmp(partition, "l1vh");
}

enum mshv_device_place mshv_place_blocked(void)
{
	return mshv_on_l1vh() ? PLACE_HOST : PLACE_NULL;
}
