// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Parts of BARs that a guest sees. They are no memory of the VM: its devices are not told of
 * them, and the library does not look for operands there.
 */
#include <errno.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <stdlib.h>

#include "core/sys.h"
#include "device/iommu.h"

#define PAGE_MASK (MSHV_HV_PAGE_SIZE - 1ull)

/* Registers are not executed. */
static int set_memory(struct mshv_device *device, const struct device_part *part, uint8_t flags)
{
	struct mshv_user_mem_region args = {
		.size = part->size,
		.guest_pfn = part->gpa / MSHV_HV_PAGE_SIZE,
		.userspace_addr = (uintptr_t)part->addr,
		.flags = flags,
	};

	return mshv_ioctl_set_guest_memory(device->iommu->vm->fd, &args);
}

static void free_part(struct device_part *part)
{
	mshv_sys_unmap(part->addr, part->size);
	free(part);
}

int mshv_device_map(struct mshv_device *device, unsigned int region, uint64_t offset,
		    uint64_t size, uint64_t gpa)
{
	struct device_part *part;
	int err;

	if (!device || region >= MSHV_DEVICE_ROM || !size ||
	    ((offset | size | gpa) & PAGE_MASK) || gpa + size < gpa ||
	    offset >= device->regions[region].size ||
	    size > device->regions[region].size - offset)
		return -EINVAL;
	part = calloc(1, sizeof(*part));
	if (!part)
		return -ENOMEM;
	part->gpa = gpa;
	part->size = size;
	err = mshv_sys_map(device->fd, size, device->offsets[region] + offset, &part->addr);
	if (err)
		goto free_it;
	pthread_mutex_lock(&device->lock);
	err = set_memory(device, part, 1 << MSHV_SET_MEM_BIT_WRITABLE);
	if (!err) {
		part->next = device->parts;
		device->parts = part;
	}
	pthread_mutex_unlock(&device->lock);
	if (!err)
		return 0;
	mshv_sys_unmap(part->addr, part->size);
free_it:
	free(part);
	return err;
}

int mshv_device_unmap(struct mshv_device *device, uint64_t gpa)
{
	struct device_part **link, *part;
	int err = -ENOENT;

	if (!device || (gpa & PAGE_MASK))
		return -EINVAL;
	pthread_mutex_lock(&device->lock);
	for (link = &device->parts; *link; link = &(*link)->next)
		if ((*link)->gpa == gpa)
			break;
	part = *link;
	if (part)
		err = set_memory(device, part, 1 << MSHV_SET_MEM_BIT_UNMAP);
	if (!err)
		*link = part->next;
	pthread_mutex_unlock(&device->lock);
	if (!err)
		free_part(part);
	return err;
}

/* Without the mapping of this process a part has no registers, whatever the kernel says. */
void device_unmap_all(struct mshv_device *device)
{
	while (device->parts) {
		struct device_part *part = device->parts;

		device->parts = part->next;
		(void)set_memory(device, part, 1 << MSHV_SET_MEM_BIT_UNMAP);
		free_part(part);
	}
}
