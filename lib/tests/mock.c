// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The system calls of the library, answered from a table of expected calls.
 */
#include <string.h>

#include "core/sys.h"
#include "mock.h"
#include "test.h"

static const struct mock_call *expected;
static size_t left;
static int (*answer)(int fd, unsigned long request, void *arg);
static void (*answer_close)(int fd);
static const struct mock_files *files;

void mock_expect(const struct mock_call *calls, size_t n)
{
	expected = calls;
	left = n;
	answer = NULL;
	answer_close = NULL;
}

void mock_done(void)
{
	CHECK_EQ(left, 0);
}

void mock_ioctl(int (*ioctl)(int fd, unsigned long request, void *arg))
{
	answer = ioctl;
}

void mock_close(void (*close)(int fd))
{
	answer_close = close;
}

void mock_files(const struct mock_files *new)
{
	files = new;
}

static const struct mock_call *next(enum mock_kind kind, int fd)
{
	CHECK(left);
	CHECK_EQ(kind, expected->kind);
	CHECK_EQ(fd, expected->fd);
	left--;
	return expected++;
}

int mshv_sys_open(const char *path, int flags)
{
	const struct mock_call *call;

	if (files)
		return files->open(path, flags);
	call = next(MOCK_OPEN, flags);
	CHECK(!strcmp(path, call->path));
	return call->ret;
}

void mshv_sys_close(int fd)
{
	if (files)
		files->close(fd);
	else if (answer_close)
		answer_close(fd);
	else
		next(MOCK_CLOSE, fd);
}

int mshv_sys_ioctl(int fd, unsigned long request, void *arg)
{
	const struct mock_call *call;

	if (answer)
		return answer(fd, request, arg);
	call = next(MOCK_IOCTL, fd);
	CHECK_EQ(request, call->request);
	if (call->input_size)
		CHECK(!memcmp(arg, call->input, call->input_size));
	if (call->act)
		call->act(arg);
	return call->ret;
}

int mshv_sys_map(int fd, size_t size, uint64_t offset, void **addr)
{
	const struct mock_call *call;

	if (files)
		return files->map(fd, size, offset, addr);
	call = next(MOCK_MAP, fd);
	CHECK_EQ(size, 4096 * (call->pages ? call->pages : 1));
	CHECK_EQ(offset, call->offset);
	if (!call->ret)
		*addr = call->address;
	return call->ret;
}

void mshv_sys_unmap(void *addr, size_t size)
{
	const struct mock_call *call;

	if (files) {
		files->unmap(addr, size);
		return;
	}
	call = next(MOCK_UNMAP, 0);
	CHECK(addr == call->address);
	CHECK_EQ(size, 4096 * (call->pages ? call->pages : 1));
}

int64_t mshv_sys_read_at(int fd, void *bytes, size_t size, uint64_t offset)
{
	CHECK(files);
	return files->read_at(fd, bytes, size, offset);
}

int64_t mshv_sys_write_at(int fd, const void *bytes, size_t size, uint64_t offset)
{
	CHECK(files);
	return files->write_at(fd, bytes, size, offset);
}

int mshv_sys_read_link(const char *path, char *target, size_t size)
{
	CHECK(files);
	return files->read_link(path, target, size);
}

int mshv_sys_find(const char *dir, const char *prefix, const char *last, char *name,
		  size_t size)
{
	CHECK(files);
	return files->find(dir, prefix, last, name, size);
}
