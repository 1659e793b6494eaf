// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What is the same in kernels of tests that have neither a control page nor a register page.
 */
#include <errno.h>

#include "core/sys.h"

int mshv_sys_open(const char *path, int flags)
{
	(void)path;
	(void)flags;
	return 10;
}

void mshv_sys_close(int fd)
{
	(void)fd;
}

int mshv_sys_map(int fd, size_t size, uint64_t offset, void **addr)
{
	(void)fd;
	(void)size;
	(void)addr;
	return offset ? -EINVAL : -ENODEV;
}

void mshv_sys_unmap(void *addr, size_t size)
{
	(void)addr;
	(void)size;
}
