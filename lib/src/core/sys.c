// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The system calls of the library.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/sys.h"

int mshv_sys_open(const char *path, int flags)
{
	int fd = open(path, flags);

	return fd < 0 ? -errno : fd;
}

void mshv_sys_close(int fd)
{
	/* Nothing of ours can be unwritten, so there is no error to act on. */
	(void)close(fd);
}

int mshv_sys_ioctl(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int mshv_sys_map(int fd, size_t size, uint64_t offset, void **addr)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		       (off_t)offset);

	if (p == MAP_FAILED)
		return -errno;
	*addr = p;
	return 0;
}

void mshv_sys_unmap(void *addr, size_t size)
{
	(void)munmap(addr, size);
}
