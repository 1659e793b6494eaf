/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The host: an open /dev/mshv.
 *
 * Thread safety: all functions but mshv_host_close() may be called by any number
 * of threads at once.
 */
#ifndef MSHVCTL_HOST_H
#define MSHVCTL_HOST_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * mshv_host_open() - open the driver
 * @path: device node, or NULL for /dev/mshv
 * @host: result
 *
 * Return: 0, -EINVAL, -ENOMEM or what open(2) reports: -ENOENT where the driver
 * is not loaded, -EACCES or -EPERM where the caller may not use it.
 */
MSHV_API int mshv_host_open(const char *path, struct mshv_host **host);

/** mshv_host_close() - close; VMs made from the host live on. NULL is allowed. */
MSHV_API void mshv_host_close(struct mshv_host *host);

/** mshv_host_fd() - the file descriptor, owned by @host; -EINVAL for NULL */
MSHV_API int mshv_host_fd(const struct mshv_host *host);

/**
 * mshv_hv_status() - what the hypervisor said to the last hypercall of this thread
 *
 * Of those that functions of the library made by the driver's pass-through (properties,
 * intercepts, interrupts, registers): a function that has failed has made its hypercall last,
 * unless it failed before, with -EINVAL for its arguments for example. It says more
 * than the errno, into which several of them go.
 *
 * Return: HV_STATUS_*; 0 where it succeeded, where the driver did not make it, and in a
 * thread that made none.
 */
MSHV_API uint16_t mshv_hv_status(void);

/**
 * mshv_host_check_extension() - what the driver has beyond Linux's own
 * @host: the host
 * @extension: MSHV_CAP_* of <linux/mshv.h>
 *
 * Return: what the extension says of itself: 1, a limit, or 0 where it is not there. A
 * driver that knows of no extensions, as Linux's own, has none: 0 too. Else -EINVAL or the
 * driver's errno.
 */
MSHV_API int mshv_host_check_extension(struct mshv_host *host, uint32_t extension);

/**
 * mshv_host_get_property() - read a property of the host's own partition
 * @host: the host
 * @code: HV_PARTITION_PROPERTY_*
 * @value: result
 *
 * Return: 0, -EINVAL, or the errno the driver makes of the hypercall's status.
 */
MSHV_API int mshv_host_get_property(struct mshv_host *host, uint32_t code,
				    uint64_t *value);

/**
 * mshv_host_get_property_ex() - read a property that is larger than 8 bytes
 * @host: the host
 * @code: HV_PARTITION_PROPERTY_*
 * @arg: argument of the property, 0 for most
 * @buf: receives the value
 * @size: bytes wanted, 1 to 4072
 *
 * Return: as mshv_host_get_property().
 */
MSHV_API int mshv_host_get_property_ex(struct mshv_host *host, uint32_t code,
				       uint64_t arg, void *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_HOST_H */
