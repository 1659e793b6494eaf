// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The system calls of the library.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
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

int64_t mshv_sys_read_at(int fd, void *bytes, size_t size, uint64_t offset)
{
	ssize_t n = pread(fd, bytes, size, (off_t)offset);

	return n < 0 ? -errno : n;
}

int64_t mshv_sys_write_at(int fd, const void *bytes, size_t size, uint64_t offset)
{
	ssize_t n = pwrite(fd, bytes, size, (off_t)offset);

	return n < 0 ? -errno : n;
}

int mshv_sys_read_link(const char *path, char *target, size_t size)
{
	ssize_t n = readlink(path, target, size);

	if (n < 0)
		return -errno;
	if ((size_t)n == size)
		return -ENAMETOOLONG;
	target[n] = '\0';
	return 0;
}

int mshv_sys_find(const char *dir, const char *prefix, const char *last, char *name,
		  size_t size)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	int err = -ENOENT;

	if (!d)
		return -errno;
	while ((entry = readdir(d))) {
		const char *n = entry->d_name;

		if (!strcmp(n, ".") || !strcmp(n, "..") || strlen(n) >= size ||
		    strncmp(n, prefix, strlen(prefix)) || (last && strcmp(n, last) <= 0) ||
		    (!err && strcmp(n, name) >= 0))
			continue;
		memcpy(name, n, strlen(n) + 1);
		err = 0;
	}
	closedir(d);
	return err;
}
