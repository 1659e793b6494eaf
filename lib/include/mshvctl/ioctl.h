/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The ioctls of /dev/mshv, one function each and nothing on top.
 *
 * The objects of the other headers are built on these. Arguments, results and
 * errors are the kernel's: see its <linux/mshv.h>, which is for the program to include; or
 * <mshvctl/linux/mshv.h>, which has what our driver can do beyond Linux's, in its place. Each function returns what the
 * ioctl returned, a file descriptor where it makes one and else 0 where nothing else is
 * said, or -errno.
 *
 * Thread safety: as the kernel's; there is no state here.
 */
#ifndef MSHVCTL_IOCTL_H
#define MSHVCTL_IOCTL_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mshv_create_device;
struct mshv_create_partition;
struct mshv_create_partition_v2;
struct mshv_create_vp;
struct mshv_device_attr;
struct mshv_get_set_vp_state;
struct mshv_gpap_access_bitmap;
struct mshv_root_hvcall;
struct mshv_run_vp;
struct mshv_translate_gva;
struct mshv_user_ioeventfd;
struct mshv_user_irq_table;
struct mshv_user_irqfd;
struct mshv_user_mem_region;

/* On /dev/mshv. */
MSHV_API int mshv_ioctl_create_partition(int dev_fd,
					 const struct mshv_create_partition *args);
MSHV_API int mshv_ioctl_create_partition_v2(int dev_fd,
					    const struct mshv_create_partition_v2 *args);
/* Not in Linux: -ENOTTY there. Returns what the extension says of itself. */
MSHV_API int mshv_ioctl_check_extension(int dev_fd, const uint32_t *extension);

/* On /dev/mshv, a partition or a VP. */
MSHV_API int mshv_ioctl_root_hvcall(int fd, struct mshv_root_hvcall *args);

/* On a partition. */
MSHV_API int mshv_ioctl_initialize_partition(int vm_fd);
MSHV_API int mshv_ioctl_create_vp(int vm_fd, const struct mshv_create_vp *args);
MSHV_API int mshv_ioctl_set_guest_memory(int vm_fd,
					 const struct mshv_user_mem_region *args);
MSHV_API int mshv_ioctl_irqfd(int vm_fd, const struct mshv_user_irqfd *args);
MSHV_API int mshv_ioctl_ioeventfd(int vm_fd,
				  const struct mshv_user_ioeventfd *args);
MSHV_API int mshv_ioctl_set_msi_routing(int vm_fd,
					const struct mshv_user_irq_table *args);
MSHV_API int mshv_ioctl_get_gpap_access_bitmap(int vm_fd,
					       struct mshv_gpap_access_bitmap *args);

/* On a partition. Not in Linux: -ENOTTY there. Returns 0; the descriptor is in @args. */
MSHV_API int mshv_ioctl_create_device(int vm_fd, struct mshv_create_device *args);

/* On a device. */
MSHV_API int mshv_ioctl_set_device_attr(int device_fd,
					const struct mshv_device_attr *args);
MSHV_API int mshv_ioctl_has_device_attr(int device_fd,
					const struct mshv_device_attr *args);

/* On a VP. */
MSHV_API int mshv_ioctl_run_vp(int vp_fd, struct mshv_run_vp *args);
MSHV_API int mshv_ioctl_get_vp_state(int vp_fd,
				     struct mshv_get_set_vp_state *args);
MSHV_API int mshv_ioctl_set_vp_state(int vp_fd,
				     struct mshv_get_set_vp_state *args);
/* Not in Linux: -ENOTTY there. */
MSHV_API int mshv_ioctl_translate_gva(int vp_fd,
				      struct mshv_translate_gva *args);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_IOCTL_H */
