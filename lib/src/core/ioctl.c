// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The ioctls of /dev/mshv, one function each.
 */
#include <errno.h>
#include <linux/ioctl.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>

#include "core/sys.h"

/*
 * The kernel reads the arguments of the _IOW ioctls and never writes them, so
 * taking the const away for the variadic call is safe.
 */
static int ioctl_in(int fd, unsigned long request, const void *args)
{
	if (!args)
		return -EINVAL;
	return mshv_sys_ioctl(fd, request, (void *)(uintptr_t)args);
}

static int ioctl_inout(int fd, unsigned long request, void *args)
{
	if (!args)
		return -EINVAL;
	return mshv_sys_ioctl(fd, request, args);
}

int mshv_ioctl_create_partition(int dev_fd,
				const struct mshv_create_partition *args)
{
	return ioctl_in(dev_fd, MSHV_CREATE_PARTITION, args);
}

int mshv_ioctl_create_partition_v2(int dev_fd,
				   const struct mshv_create_partition_v2 *args)
{
	return ioctl_in(dev_fd, MSHV_CREATE_PARTITION, args);
}

int mshv_ioctl_check_extension(int dev_fd, const uint32_t *extension)
{
	return ioctl_in(dev_fd, MSHV_CHECK_EXTENSION, extension);
}

int mshv_ioctl_root_hvcall(int fd, struct mshv_root_hvcall *args)
{
	return ioctl_inout(fd, MSHV_ROOT_HVCALL, args);
}

int mshv_ioctl_initialize_partition(int vm_fd)
{
	return mshv_sys_ioctl(vm_fd, MSHV_INITIALIZE_PARTITION, NULL);
}

int mshv_ioctl_create_vp(int vm_fd, const struct mshv_create_vp *args)
{
	return ioctl_in(vm_fd, MSHV_CREATE_VP, args);
}

int mshv_ioctl_set_guest_memory(int vm_fd,
				const struct mshv_user_mem_region *args)
{
	return ioctl_in(vm_fd, MSHV_SET_GUEST_MEMORY, args);
}

int mshv_ioctl_irqfd(int vm_fd, const struct mshv_user_irqfd *args)
{
	return ioctl_in(vm_fd, MSHV_IRQFD, args);
}

int mshv_ioctl_ioeventfd(int vm_fd, const struct mshv_user_ioeventfd *args)
{
	return ioctl_in(vm_fd, MSHV_IOEVENTFD, args);
}

int mshv_ioctl_set_msi_routing(int vm_fd,
			       const struct mshv_user_irq_table *args)
{
	return ioctl_in(vm_fd, MSHV_SET_MSI_ROUTING, args);
}

int mshv_ioctl_get_gpap_access_bitmap(int vm_fd,
				      struct mshv_gpap_access_bitmap *args)
{
	return ioctl_inout(vm_fd, MSHV_GET_GPAP_ACCESS_BITMAP, args);
}

int mshv_ioctl_run_vp(int vp_fd, struct mshv_run_vp *args)
{
	return ioctl_inout(vp_fd, MSHV_RUN_VP, args);
}

int mshv_ioctl_get_vp_state(int vp_fd, struct mshv_get_set_vp_state *args)
{
	return ioctl_inout(vp_fd, MSHV_GET_VP_STATE, args);
}

int mshv_ioctl_set_vp_state(int vp_fd, struct mshv_get_set_vp_state *args)
{
	return ioctl_inout(vp_fd, MSHV_SET_VP_STATE, args);
}

int mshv_ioctl_translate_gva(int vp_fd, struct mshv_translate_gva *args)
{
	return ioctl_inout(vp_fd, MSHV_VP_TRANSLATE_GVA, args);
}

int mshv_ioctl_create_device(int vm_fd, struct mshv_create_device *args)
{
	return ioctl_inout(vm_fd, MSHV_CREATE_DEVICE, args);
}

int mshv_ioctl_set_device_attr(int device_fd, const struct mshv_device_attr *args)
{
	return ioctl_in(device_fd, MSHV_SET_DEVICE_ATTR, args);
}

int mshv_ioctl_has_device_attr(int device_fd, const struct mshv_device_attr *args)
{
	return ioctl_in(device_fd, MSHV_HAS_DEVICE_ATTR, args);
}
