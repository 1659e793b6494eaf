/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * PCI devices of the host in a virtual machine, by VFIO.
 *
 * Devices share an IOMMU object, which says what memory they reach; it follows
 * mshv_vm_map() and mshv_vm_unmap(). The order of making is: VM, its memory, IOMMU,
 * device; that of closing is the reverse.
 *
 * Thread safety: all functions but mshv_iommu_close() and mshv_device_close() may be
 * called by any number of threads at once.
 */
#ifndef MSHVCTL_DEVICE_H
#define MSHVCTL_DEVICE_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mshv_iommu;
struct mshv_device;

/* How devices reach the memory of a VM. */
enum mshv_iommu_kind {
	/* Mapped: a domain that has the VM's memory, made by a container of VFIO. */
	MSHV_IOMMU_CONTAINER,
	/* The same, made by iommufd. */
	MSHV_IOMMU_IOAS,
	/* Attached: the partition's own table, by iommufd. */
	MSHV_IOMMU_PARTITION,
};

/**
 * mshv_iommu_open() - make what the devices of a VM share
 * @vm: the VM, initialized; it must outlive the IOMMU
 * @kind: how devices reach memory
 * @iommu: result
 *
 * A VM may have one that maps and one that attaches.
 *
 * Return: 0; -EINVAL; -ENOMEM; -ENOENT where VFIO or iommufd is not loaded; -EBUSY where
 * the VM has one that maps already; -ENOTTY where the driver knows of no devices; or
 * an errno of the kernel.
 */
MSHV_API int mshv_iommu_open(struct mshv_vm *vm, enum mshv_iommu_kind kind,
			     struct mshv_iommu **iommu);

/** mshv_iommu_close() - once all of its devices are closed; NULL is allowed */
MSHV_API void mshv_iommu_close(struct mshv_iommu *iommu);

/* Whether a device can be had, and if not, why. */
enum mshv_device_state {
	MSHV_DEVICE_READY,
	MSHV_DEVICE_ABSENT,	/* there is no such function */
	MSHV_DEVICE_NO_IOMMU,	/* no IOMMU driver: hv_iommu is not loaded */
	MSHV_DEVICE_HAS_DRIVER, /* a driver of the host has it: see name */
	MSHV_DEVICE_NO_GROUP,	/* the IOMMU driver has not claimed it */
	MSHV_DEVICE_NO_VFIO,	/* no driver has it; vfio-pci has to */
	MSHV_DEVICE_GROUP,	/* a driver of the host has another of its group: see name */
};

/**
 * struct mshv_device_check - the answer of mshv_device_check()
 * @state: as it is now; whether somebody uses it shows when it is opened
 * @name: of the driver that has the device, or the address of another device
 */
struct mshv_device_check {
	enum mshv_device_state state;
	char name[32];
};

/**
 * mshv_device_check() - look whether a device can be opened, without touching it
 * @address: as sysfs has it, such as 0000:00:04.0
 * @check: result
 *
 * Return: 0 or -EINVAL, also where @address is none.
 */
MSHV_API int mshv_device_check(const char *address, struct mshv_device_check *check);

/**
 * mshv_device_open() - take a device, and let it reach the VM's memory
 * @iommu: how; kept open until the device is closed
 * @address: as sysfs has it, such as 0000:00:04.0
 * @id: MSHV_IOMMU_PARTITION: what the partition calls it, below 2^62 and no other
 *	device's of this VM; else it does not matter
 * @device: result
 *
 * The device has been reset, and may neither access memory nor decode addresses.
 *
 * Return: 0; -EINVAL; -ENOMEM; -ENODEV where VFIO does not have it; -EBUSY where it, or its
 * group, is used by somebody; -EPERM where a driver of the host has another of its group;
 * -EEXIST for an @id that is another's; -EOPNOTSUPP where the hypervisor cannot attach it; or an
 * errno of the kernel. See mshv_device_check().
 */
MSHV_API int mshv_device_open(struct mshv_iommu *iommu, const char *address,
			      uint64_t id, struct mshv_device **device);

/**
 * mshv_device_close() - give it back; NULL is allowed
 * @device: the device; what was mapped of its BARs is unmapped from the VM
 */
MSHV_API void mshv_device_close(struct mshv_device *device);

/** mshv_device_fd() - VFIO's descriptor, owned by @device; -EINVAL for NULL */
MSHV_API int mshv_device_fd(const struct mshv_device *device);

/* Regions of a device; the BARs are 0 to 5. */
enum {
	MSHV_DEVICE_ROM = 6,
	MSHV_DEVICE_CONFIG = 7,
	MSHV_DEVICE_REGIONS,
};

/* Flags of struct mshv_device_region. */
enum {
	MSHV_DEVICE_READABLE = 1u << 0,
	MSHV_DEVICE_WRITABLE = 1u << 1,
	/* mshv_device_map() can be tried. */
	MSHV_DEVICE_MAPPABLE = 1u << 2,
};

/**
 * struct mshv_device_region - what a region is
 * @size: bytes; 0 where the device has no such region
 * @flags: MSHV_DEVICE_*ABLE
 */
struct mshv_device_region {
	uint64_t size;
	uint32_t flags;
};

/**
 * mshv_device_region() - ask what a region is
 * @device: the device
 * @region: its number
 * @info: result
 *
 * Return: 0, -EINVAL, or an errno of the kernel.
 */
MSHV_API int mshv_device_region(struct mshv_device *device, unsigned int region,
				struct mshv_device_region *info);

/**
 * mshv_device_read() - read registers or configuration space
 * @device: the device
 * @region: which
 * @offset: there
 * @bytes: what was read
 * @size: how many
 *
 * Return: 0; -EINVAL; -EIO where the device does not decode addresses now, or less than
 * @size can be read; or an errno of the kernel.
 */
MSHV_API int mshv_device_read(struct mshv_device *device, unsigned int region,
			      uint64_t offset, void *bytes, size_t size);

/** mshv_device_write() - write them; Return: as mshv_device_read() */
MSHV_API int mshv_device_write(struct mshv_device *device, unsigned int region,
			       uint64_t offset, const void *bytes, size_t size);

/**
 * mshv_device_map() - let the guest reach a part of a BAR without an exit
 * @device: the device
 * @region: the BAR
 * @offset: of the part, a multiple of 4096
 * @size: its bytes, a multiple of 4096
 * @gpa: where the guest shall see it, a multiple of 4096
 *
 * While the device does not decode addresses, because its guest or a reset has switched
 * that off, accesses exit. The part that has the table of MSI-X must not be mapped.
 *
 * Return: 0; -EINVAL also where VFIO does not map that; -EEXIST where the guest has
 * something else there; -ENOMEM; or an errno of the kernel.
 */
MSHV_API int mshv_device_map(struct mshv_device *device, unsigned int region,
			     uint64_t offset, uint64_t size, uint64_t gpa);

/**
 * mshv_device_unmap() - take it away
 * @device: the device
 * @gpa: where a part begins; parts go away as a whole
 *
 * Return: 0, -EINVAL, -ENOENT, or an errno of the kernel.
 */
MSHV_API int mshv_device_unmap(struct mshv_device *device, uint64_t gpa);

/* Kinds of interrupts. */
enum mshv_device_irq {
	MSHV_DEVICE_MSI = 1,
	MSHV_DEVICE_MSIX = 2,
};

#define MSHV_DEVICE_MAX_IRQS 2048

/**
 * mshv_device_set_irqs() - have interrupts signal eventfds
 * @device: the device
 * @kind: of which kind they are; a device uses one kind at a time
 * @first: the first of them
 * @fds: an eventfd for each, -1 for none; NULL where @n is 0
 * @n: how many, at most MSHV_DEVICE_MAX_IRQS; 0 switches all off
 *
 * An eventfd that mshv_vm_add_irqfd() has, or gets later, is not used any more: the
 * interrupt goes from the device straight to the guest.
 *
 * Return: 0, -EINVAL, -ENOMEM, or an errno of the kernel.
 */
MSHV_API int mshv_device_set_irqs(struct mshv_device *device,
				  enum mshv_device_irq kind, unsigned int first,
				  const int *fds, unsigned int n);

/**
 * mshv_device_reset() - reset its function
 * @device: the device
 *
 * Return: 0; -EINVAL; -ENOTTY where it cannot be reset; or an errno of the kernel.
 */
MSHV_API int mshv_device_reset(struct mshv_device *device);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_DEVICE_H */
