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
};

/* Expect these calls in this order, and no other. */
void mock_expect(const struct mock_call *calls, size_t n);

/* Check that all of them came. */
void mock_done(void);

/* Let a function answer all ioctls from now on; NULL returns to the table. */
void mock_ioctl(int (*ioctl)(int fd, unsigned long request, void *arg));

/* The same for closes. */
void mock_close(void (*close)(int fd));

#define MOCK_EXPECT(calls) \
	mock_expect(calls, sizeof(calls) / sizeof((calls)[0]))

#endif /* MSHVCTL_TESTS_MOCK_H */
