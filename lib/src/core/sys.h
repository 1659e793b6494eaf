/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The system calls of the library: the seam that unit tests replace.
 *
 * All return the system call's result, or -errno.
 */
#ifndef MSHVCTL_SRC_CORE_SYS_H
#define MSHVCTL_SRC_CORE_SYS_H

#include <stddef.h>
#include <stdint.h>

int mshv_sys_open(const char *path, int flags);
void mshv_sys_close(int fd);
int mshv_sys_ioctl(int fd, unsigned long request, void *arg);

/* Map @size bytes, shared, readable and writable, at @offset of @fd. */
int mshv_sys_map(int fd, size_t size, uint64_t offset, void **addr);
void mshv_sys_unmap(void *addr, size_t size);

/* Bytes at an offset: how many. */
int64_t mshv_sys_read_at(int fd, void *bytes, size_t size, uint64_t offset);
int64_t mshv_sys_write_at(int fd, const void *bytes, size_t size, uint64_t offset);

/* Where a symbolic link leads to, with a 0 at its end: 0 or -errno. */
int mshv_sys_read_link(const char *path, char *target, size_t size);

/*
 * The first name in a directory that begins with @prefix and comes after @last in the
 * order of strcmp(), if that is not NULL; "." and ".." do not count. -ENOENT: none.
 */
int mshv_sys_find(const char *dir, const char *prefix, const char *last, char *name,
		  size_t size);

#endif /* MSHVCTL_SRC_CORE_SYS_H */
