/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A device in the hands of VFIO, for the selftests that give devices away. Functions
 * return 0, a descriptor or a positive number, or -errno.
 */
#ifndef MSHV_SELFTEST_VFIO_H
#define MSHV_SELFTEST_VFIO_H

#include <linux/iommufd.h>
#include <linux/mshv_iommufd.h>
#include <linux/vfio.h>

#include "mshv_pci.h"
#include "mshv_vm.h"

/* Younger than the headers of some systems. */
#ifndef VFIO_DEVICE_BIND_IOMMUFD
struct vfio_device_bind_iommufd {
	__u32 argsz;
	__u32 flags;
	__s32 iommufd;
	__u32 out_devid;
};
#define VFIO_DEVICE_BIND_IOMMUFD	_IO(VFIO_TYPE, VFIO_BASE + 18)
struct vfio_device_attach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
	__u32 pt_id;
};
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT	_IO(VFIO_TYPE, VFIO_BASE + 19)
struct vfio_device_detach_iommufd_pt {
	__u32 argsz;
	__u32 flags;
};
#define VFIO_DEVICE_DETACH_IOMMUFD_PT	_IO(VFIO_TYPE, VFIO_BASE + 20)
#endif

#define MSHV_VFIO_IRQS	4		/* that can be set at once */

/* What became of a device, and what it did, as minihv counts it. */
enum mshv_device_count {
	DEVICE_NO_MAPPING = 0,
	DEVICE_NO_ACCESS = 1,
	DEVICE_BLOCKED = 2,
	DEVICE_TO_GUEST = 6,
	DEVICE_PLACE = 0x10,
	/* of all devices: pages that guests got; cached, and to be executed */
	DEVICE_REGISTERS = 0x12,
	DEVICE_REGISTERS_CACHED = 0x13,
	DEVICE_REGISTERS_CODE = 0x14,
};

enum mshv_device_place {
	PLACE_HOST = 0,
	PLACE_NULL = 1,
	PLACE_DETACHED = 2,
	PLACE_DOMAIN = 3,
	PLACE_PARTITION = 4,
};

/* How a device is given to a guest. */
enum mshv_way {
	WAY_CONTAINER,		/* a domain: what VFIO's container has mapped */
	WAY_IOMMUFD,		/* a domain: what an IOAS has mapped */
	WAY_ATTACHED,		/* the guest's own table */
};

/**
 * struct mshv_vfio - a device
 * @bdf: its name
 * @rid: its requester id
 * @container: descriptor of VFIO's container, or -1
 * @group: of its group, or -1
 * @iommufd: of iommufd, or -1
 * @ioas: of iommufd, if that is what it is used with
 * @id: iommufd's number of it
 * @fd: the device, or -1
 * @bar: its registers
 * @bar_size: of them
 */
struct mshv_vfio {
	char bdf[MSHV_BDF_SIZE];
	uint16_t rid;
	int container;
	int group;
	int iommufd;
	uint32_t ioas;
	uint32_t id;
	int fd;
	volatile uint8_t *bar;
	uint64_t bar_size;
};

bool mshv_iommu_present(void);
int mshv_vfio_find(struct mshv_vfio *dev, unsigned int vendor, unsigned int device);
int mshv_vfio_find_nth(struct mshv_vfio *dev, unsigned int vendor, unsigned int device,
			unsigned int number);
int mshv_vfio_bind(struct mshv_vfio *dev);
int mshv_vfio_unbind(struct mshv_vfio *dev);
int mshv_vfio_open_group(struct mshv_vfio *dev);
int mshv_vfio_open_cdev(struct mshv_vfio *dev);
int mshv_vfio_attach(struct mshv_vfio *dev, uint32_t *pt);
int mshv_vfio_detach(struct mshv_vfio *dev);
void mshv_vfio_close(struct mshv_vfio *dev);

/* iommufd's objects: their numbers, or -errno. */
int mshv_alloc_parent(struct mshv_vfio *dev);
int mshv_alloc_viommu_of(struct mshv_vfio *dev, uint32_t parent,
			 const struct mshv_iommufd_viommu *data, uint32_t type, size_t len);
int mshv_alloc_viommu(struct mshv_vfio *dev, uint32_t parent, int vm);
int mshv_alloc_vdevice(struct mshv_vfio *dev, uint32_t viommu, uint64_t id);
int mshv_alloc_nested_of(struct mshv_vfio *dev, uint32_t viommu,
			 const struct mshv_iommufd_hwpt *data, uint32_t type);
int mshv_alloc_nested(struct mshv_vfio *dev, uint32_t viommu);
int mshv_destroy_object(struct mshv_vfio *dev, uint32_t id);
int mshv_vfio_attach_to(struct mshv_vfio *dev, int vm, uint64_t logical_id);

int mshv_vfio_map(struct mshv_vfio *dev, void *addr, uint64_t size, uint64_t iova, bool writable);
int mshv_vfio_unmap(struct mshv_vfio *dev, uint64_t size, uint64_t iova);
int mshv_vfio_set_irqs(struct mshv_vfio *dev, unsigned int index, const int *fds, unsigned int n);
/* @fd: what its MSI signals, or -1 to switch it off. */
int mshv_vfio_set_irq(struct mshv_vfio *dev, int fd);
/* All of the above: opened, attached, with the guest's addresses for the guest's RAM. */
int mshv_vfio_give(struct mshv_vfio *dev, enum mshv_way way, struct mshv_vm *vm);
int mshv_vfio_reset(struct mshv_vfio *dev);
int mshv_vfio_registers(struct mshv_vfio *dev);

bool mshv_on_l1vh(void);
/* Whether minihv was told to give this other answer: boot --fault=dev=WORD. */
bool mshv_knob(const char *word);
/* Whether interrupts cannot go straight to the guest that its device is, or is not, attached to. */
bool mshv_irq_by_host(bool attached);
/* Where a device is that must not reach anything: L1VH has no such place. */
enum mshv_device_place mshv_place_blocked(void);

/* What minihv knows: see Documentation/testing.rst. */
uint32_t mshv_device_count(const struct mshv_vfio *dev, enum mshv_device_count what);
/*
 * Whether there are more of these than @before. Another processor may be about to count what
 * it has taken from the IOMMU: it is given some seconds.
 */
bool mshv_device_counted(const struct mshv_vfio *dev, enum mshv_device_count what, uint32_t before);

#endif
