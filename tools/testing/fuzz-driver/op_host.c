// SPDX-License-Identifier: GPL-2.0-only
/* What the host does to the memory of guests meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/falloc.h>
#include <linux/userfaultfd.h>

#include "fuzz.h"

#ifndef MADV_COLD
#define MADV_COLD	20
#define MADV_PAGEOUT	21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

/* Within the arenas, always: the program's own memory is none of the game. */
static void *part(struct fuzzer *f, uint64_t *size)
{
	uint64_t first = one_in(&f->rng, 3) ? 0 : below(&f->rng, ARENA_SIZE / PAGE);
	uint64_t n = one_in(&f->rng, 3) ? LARGE / PAGE : 1 + below(&f->rng, 16);

	if (one_in(&f->rng, 6))
		first = 0, n = ARENA_SIZE / PAGE;
	if (one_in(&f->rng, 3))
		first &= ~(LARGE / PAGE - 1);
	if (first + n > ARENA_SIZE / PAGE)
		n = ARENA_SIZE / PAGE - first;
	*size = n * PAGE;
	return (char *)arena(below(&f->rng, NR_ARENAS)) + first * PAGE;
}

int op_madvise(struct fuzzer *f)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_DONTNEED, MADV_DONTNEED, MADV_REMOVE, MADV_FREE,
		MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_COLLAPSE, MADV_COLLAPSE, MADV_PAGEOUT,
		MADV_COLD, MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_POPULATE_READ,
		MADV_POPULATE_WRITE, MADV_DONTFORK, MADV_DOFORK, MADV_WIPEONFORK,
		MADV_KEEPONFORK, MADV_WILLNEED,
	};
	uint64_t size;
	void *at = part(f, &size);

	return err(madvise(at, size, ONE_OF(&f->rng, advice)));
}

int op_protect(struct fuzzer *f)
{
	uint64_t size;
	void *at = part(f, &size);
	int protection = one_in(&f->rng, 2) ? PROT_READ | PROT_WRITE | PROT_EXEC :
			 (int)below(&f->rng, 8);

	return err(mprotect(at, size, protection));
}

/* Somewhere else, and back most of the time: page tables move. */
int op_move(struct fuzzer *f)
{
	uint64_t size;
	void *at = part(f, &size), *to;

	to = mremap(at, size, size, MREMAP_MAYMOVE | (one_in(&f->rng, 4) ? MREMAP_DONTUNMAP : 0));
	if (to == MAP_FAILED)
		return -errno;
	if (to != at && mremap(to, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, at) == MAP_FAILED)
		munmap(to, size);
	return 0;
}

int op_replace(struct fuzzer *f)
{
	uint64_t size;
	char *at = part(f, &size);
	unsigned int i = ((uintptr_t)at - ARENA_AT) / ARENA_STEP;
	int fd = one_in(&f->rng, 4) ? -1 : f->w->memfds[i];
	int flags = MAP_FIXED | (one_in(&f->rng, 3) ? MAP_SHARED : MAP_PRIVATE);

	if (one_in(&f->rng, 8))
		return err(munmap(at, size));
	if (fd < 0)
		flags |= MAP_ANONYMOUS | MAP_NORESERVE;
	at = mmap(at, size, PROT_READ | PROT_WRITE | PROT_EXEC, flags, fd,
		  fd < 0 ? 0 : (uintptr_t)at % ARENA_STEP);
	return at == MAP_FAILED ? -errno : 0;
}

int op_touch(struct fuzzer *f)
{
	uint64_t size, value = rnd(&f->rng);
	char *at = part(f, &size);
	int ret = 0;

	for (unsigned int n = 0; n < 16 && (uint64_t)n * PAGE < size; n++)
		ret = poke(at + n * PAGE + below(&f->rng, 500) * 8, &value, sizeof(value));
	return ret;
}

int op_punch(struct fuzzer *f)
{
	int fd = f->w->memfds[below(&f->rng, NR_ARENAS)];
	uint64_t first = below(&f->rng, ARENA_SIZE / PAGE) * PAGE;

	if (one_in(&f->rng, 8)) {
		if (ftruncate(fd, first))
			return -errno;
		return err(ftruncate(fd, ARENA_SIZE));
	}
	return err(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, first,
			     PAGE * (1 + below(&f->rng, 700))));
}

/*
 * A child that makes copies of pages, and uses what it has inherited: the descriptors of
 * another process's VM. Or lives on for a while with all of it.
 */
int op_fork(struct fuzzer *f)
{
	uint64_t value = rnd(&f->rng);
	pid_t child = fork();
	int status;

	if (child < 0)
		return -errno;
	if (!child) {
		alarm(2);
		for (unsigned int n = below(&f->rng, 6); n--;)
			poke((char *)some_memory(f, 8), &value, sizeof(value));
		for (unsigned int n = below(&f->rng, 6); n--;)
			ops[below(&f->rng, nr_ops)].run(f);
		_exit(0);
	}
	if (one_in(&f->rng, 2))
		waitpid(child, &status, 0);
	/* Those of before. */
	while (waitpid(-1, &status, WNOHANG) > 0)
		;
	return 0;
}

/* ---- userfaultfd */

int op_uffd(struct fuzzer *f)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.mode = one_in(&f->rng, 2) ? UFFDIO_REGISTER_MODE_MISSING :
			1 + below(&f->rng, 3),
	};
	uint64_t size;
	int fd;

	range.range.start = (uintptr_t)part(f, &size);
	range.range.len = size;
	fd = some(f, KIND_UFFD);
	if (fd >= 0 && one_in(&f->rng, 2))
		return err(ioctl(fd, one_in(&f->rng, 2) ? UFFDIO_REGISTER : UFFDIO_UNREGISTER,
				 &range));
	fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range)) {
		close(fd);
		return -errno;
	}
	return put(f, KIND_UFFD, fd);
}

/* Those who wait get a page, or are told to look again; or it is write-protected. */
int op_uffd_serve(struct fuzzer *f)
{
	static _Alignas(4096) unsigned char page[4096];
	struct uffd_msg message;
	struct uffdio_writeprotect protect = { .mode = below(&f->rng, 4) };
	struct uffdio_copy copy = { .src = (uintptr_t)page, .len = PAGE };
	struct uffdio_zeropage zero = { .range.len = PAGE };
	int fd = some(f, KIND_UFFD);
	uint64_t size;

	if (one_in(&f->rng, 3)) {
		protect.range.start = (uintptr_t)part(f, &size);
		protect.range.len = size;
		return err(ioctl(fd, UFFDIO_WRITEPROTECT, &protect));
	}
	if (read(fd, &message, sizeof(message)) != sizeof(message))
		return -errno;
	copy.dst = message.arg.pagefault.address & ~(PAGE - 1);
	zero.range.start = copy.dst;
	switch (below(&f->rng, 4)) {
	case 0:
		return err(ioctl(fd, UFFDIO_ZEROPAGE, &zero));
	case 1:
		return err(ioctl(fd, UFFDIO_WAKE, &zero.range));
	default:
		return err(ioctl(fd, UFFDIO_COPY, &copy));
	}
}

int op_lock(struct fuzzer *f)
{
	uint64_t size;
	void *at = part(f, &size);

	return err(one_in(&f->rng, 2) ? mlock(at, size) : munlock(at, size));
}
