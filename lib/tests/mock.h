/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The system calls of the library, answered from a table of expected calls.
 */
#ifndef MSHVCTL_TESTS_MOCK_H
#define MSHVCTL_TESTS_MOCK_H

#include <stddef.h>
#include <stdint.h>

enum mock_kind {
	MOCK_OPEN,
	MOCK_CLOSE,
	MOCK_IOCTL,
	MOCK_MAP,
	MOCK_UNMAP,
};

/**
 * struct mock_call - a call that is expected next
 * @kind: which system call
 * @fd: its file descriptor
 * @request: of an ioctl
 * @input: what the argument must begin with
 * @input_size: bytes of it, 0 for no check
 * @act: for an ioctl: looks at the argument further and fills it in, or NULL
 * @ret: what the call returns
 * @path: of open
 * @offset: of map
 * @address: what map returns
 * @pages: of map and unmap; 0 is one
 */
struct mock_call {
	enum mock_kind kind;
	int fd;
	unsigned long request;
	const void *input;
	size_t input_size;
	void (*act)(void *arg);
	int ret;
	const char *path;
	uint64_t offset;
	void *address;
	unsigned int pages;
};

/* Expect these calls in this order, and no other. */
void mock_expect(const struct mock_call *calls, size_t n);

/* Check that all of them came. */
void mock_done(void);

/* Let a function answer all ioctls from now on; NULL returns to the table. */
void mock_ioctl(int (*ioctl)(int fd, unsigned long request, void *arg));

/* The same for closes. */
void mock_close(void (*close)(int fd));

/**
 * struct mock_files - what answers everything but ioctls; as the functions of core/sys.h
 */
struct mock_files {
	int (*open)(const char *path, int flags);
	void (*close)(int fd);
	int (*map)(int fd, size_t size, uint64_t offset, void **addr);
	void (*unmap)(void *addr, size_t size);
	int64_t (*read_at)(int fd, void *bytes, size_t size, uint64_t offset);
	int64_t (*write_at)(int fd, const void *bytes, size_t size, uint64_t offset);
	int (*read_link)(const char *path, char *target, size_t size);
	int (*find)(const char *dir, const char *prefix, const char *last, char *name,
		    size_t size);
};

/* Let these answer from now on; NULL returns to the table, which has no files. */
void mock_files(const struct mock_files *files);

#define MOCK_EXPECT(calls) \
	mock_expect(calls, sizeof(calls) / sizeof((calls)[0]))

#endif /* MSHVCTL_TESTS_MOCK_H */
