// SPDX-License-Identifier: GPL-2.0-only
/* The bridge between a partition and VFIO. */
#include "mshv_bridge.h"
#include "mshv_vm.h"

int _test_create_device(int pt, uint32_t type, uint32_t flags)
{
	struct mshv_create_device args = { .type = type, .fd = -1, .flags = flags };

	if (ioctl(pt, MSHV_CREATE_DEVICE, &args))
		return -errno;
	/* the test alone makes none, and leaves this alone */
	return flags & MSHV_CREATE_DEVICE_TEST ? 0 : (int)args.fd;
}

int _test_attr(int fd, unsigned long cmd, uint32_t group, uint64_t attr, const void *addr)
{
	struct mshv_device_attr args = {
		.group = group, .attr = attr, .addr = (uintptr_t)addr,
	};

	return ioctl(fd, cmd, &args) ? -errno : 0;
}

int _test_file(int bridge, uint64_t attr, int32_t file)
{
	return _test_attr(bridge, MSHV_SET_DEVICE_ATTR, MSHV_DEV_VFIO_FILE, attr, &file);
}
