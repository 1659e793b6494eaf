// SPDX-License-Identifier: GPL-2.0-only
/* A disk is read for the sake of its speed: the same in a guest and in the host. */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "reads.h"

#define PAGE 4096
#define PAGES 4096 /* from the beginning on, again and again */
#define DEPTH_MAX 64

static _Alignas(PAGE) char buffers[DEPTH_MAX][PAGE];

struct reads {
	aio_context_t context;
	int fd;
	unsigned long begun, done;
};

static int begin(struct reads *r, unsigned int slot)
{
	struct iocb request = {
		.aio_data = slot,
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = (uint32_t)r->fd,
		.aio_buf = (uintptr_t)buffers[slot],
		.aio_nbytes = PAGE,
		.aio_offset = (int64_t)(r->begun % PAGES) * PAGE,
	}, *requests = &request;

	if (syscall(SYS_io_submit, r->context, 1, &requests) != 1)
		return -1;
	r->begun++;
	return 0;
}

/* Wait for one or more of them, and begin others in their place. */
static int turn(struct reads *r, unsigned long pages)
{
	struct io_event events[DEPTH_MAX];
	long n = syscall(SYS_io_getevents, r->context, 1, DEPTH_MAX, events, NULL);

	for (long i = 0; i < n; i++) {
		if (events[i].res != PAGE)
			return -1;
		r->done++;
		if (r->begun < pages && begin(r, (unsigned int)events[i].data))
			return -1;
	}
	return n > 0 ? 0 : -1;
}

unsigned long read_pages(const char *path, unsigned long pages, unsigned int depth)
{
	struct reads r = { .fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC) };
	int bad = r.fd < 0 || depth > DEPTH_MAX || syscall(SYS_io_setup, depth, &r.context);

	for (unsigned int i = 0; !bad && i < depth && i < pages; i++)
		bad = begin(&r, i);
	while (!bad && r.done < pages)
		bad = turn(&r, pages);
	if (bad)
		perror(path);
	if (r.context)
		syscall(SYS_io_destroy, r.context);
	close(r.fd);
	return r.done;
}
