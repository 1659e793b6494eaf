// SPDX-License-Identifier: GPL-2.0-only
/* A worker: what its threads share, and the loop that each of them is in. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

/* How long anything takes at most that a signal can end. */
#define TICK_NS		1000000
#define TICKS_MAX	6
#define FAIL_IN		8	/* one call in so many has an allocation that fails */
#define FAIL_NTH	60

static struct worker self;

int err(long result)
{
	return result < 0 ? -errno : (int)result;
}

uint64_t odd_number(struct rng *r)
{
	static const uint64_t known[] = {
		0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 255, 256, 4095, 4096, 4097, 8192,
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0xfffff000, 0xfee00000,
		0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 0xfffffffffffff000,
		0xffff800000000000, 0x7ffffffff000, 0xffffffff81000000, 1ull << 40, 1ull << 52,
	};

	switch (below(r, 4)) {
	case 0:
		return rnd(r);
	case 1:
		return 1ull << below(r, 64);
	default:
		return ONE_OF(r, known);
	}
}

void fill(struct rng *r, void *to, size_t size)
{
	unsigned char *p = to;

	for (size_t i = 0; i < size; i += 8) {
		uint64_t v = one_in(r, 2) ? odd_number(r) : 0;

		memcpy(p + i, &v, size - i < 8 ? size - i : 8);
	}
}

/* ---- descriptors */

int some(struct fuzzer *f, enum kind which)
{
	return __atomic_load_n(&f->w->fds[which][below(&f->rng, PER_KIND)], __ATOMIC_RELAXED);
}

int any(struct fuzzer *f)
{
	return some(f, below(&f->rng, NR_KINDS));
}

int put(struct fuzzer *f, enum kind which, int fd)
{
	int old;

	if (fd < 0)
		return -errno;
	old = __atomic_exchange_n(&f->w->fds[which][below(&f->rng, PER_KIND)], fd,
				  __ATOMIC_RELAXED);
	if (old >= 0)
		close(old);
	return 0;
}

int take(struct fuzzer *f, enum kind which)
{
	return __atomic_exchange_n(&f->w->fds[which][below(&f->rng, PER_KIND)], -1,
				   __ATOMIC_RELAXED);
}

/* ---- memory */

void *arena(unsigned int i)
{
	return (void *)(ARENA_AT + i * ARENA_STEP);
}

uint64_t some_size(struct fuzzer *f)
{
	switch (below(&f->rng, 16)) {
	case 0:
		return odd_number(&f->rng);
	case 1 ... 3:
		return ARENA_SIZE;
	case 4 ... 6:
		return LARGE;
	case 7 ... 9:
		return PAGE * (1 + below(&f->rng, 600));
	default:
		return PAGE * (1 + below(&f->rng, 8));
	}
}

void *some_memory(struct fuzzer *f, uint64_t size)
{
	uint64_t room = size < ARENA_SIZE ? ARENA_SIZE - size : 0;
	char *at = arena(below(&f->rng, NR_ARENAS));

	if (one_in(&f->rng, 64))
		return (void *)odd_number(&f->rng);
	if (one_in(&f->rng, 3))
		return at;
	at += below(&f->rng, room / PAGE + 1) * PAGE;
	return one_in(&f->rng, 64) ? at + below(&f->rng, PAGE) : at;
}

uint64_t some_gpa(struct fuzzer *f)
{
	if (one_in(&f->rng, 24))
		return odd_number(&f->rng);
	return below(&f->rng, NR_ARENAS + 2) * GUEST_STEP +
	       below(&f->rng, ARENA_SIZE / PAGE) * PAGE * one_in(&f->rng, 2);
}

/* By a way that says so, if it cannot be written to. */
int poke(void *to, const void *from, size_t size)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC), ret = 0;

	if (pwrite(fd, from, size, (off_t)(uintptr_t)to) != (ssize_t)size)
		ret = -errno;
	close(fd);
	return ret;
}

static void make_arenas(struct worker *w)
{
	for (unsigned int i = 0; i < NR_ARENAS; i++) {
		int flags = MAP_FIXED | (i % 3 == 1 ? MAP_SHARED : MAP_PRIVATE);

		w->memfds[i] = i % 2 ? memfd_create("arena", MFD_CLOEXEC) : -1;
		if (w->memfds[i] >= 0 && ftruncate(w->memfds[i], ARENA_SIZE))
			_exit(1);
		if (w->memfds[i] < 0)
			flags |= MAP_ANONYMOUS | MAP_NORESERVE;
		if (mmap(arena(i), ARENA_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, flags,
			 w->memfds[i], 0) == MAP_FAILED)
			_exit(1);
	}
}

/* ---- the loop */

static void on_signal(int signal)
{
	(void)signal;
}

/* Of this thread alone, for ever: no call lasts that can be interrupted. */
static void start_ticking(struct fuzzer *f)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
	};
	long ns = TICK_NS * (1 + below(&f->rng, TICKS_MAX));
	struct itimerspec when = {
		.it_value.tv_nsec = ns,
		.it_interval.tv_nsec = ns,
	};
	timer_t timer;

	event._sigev_un._tid = gettid();
	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &when, NULL))
		_exit(1);
}

static unsigned int weight_of(const struct op *op)
{
	return strncmp(op->name, options.only, strlen(options.only)) ? 0 : op->weight;
}

static const struct op *choose(struct fuzzer *f)
{
	static unsigned int sum;
	unsigned int n, total = 0;

	if (!sum) {
		for (unsigned int i = 0; i < nr_ops; i++)
			total += weight_of(&ops[i]);
		sum = total;
	}
	n = below(&f->rng, sum);
	for (const struct op *op = ops;; op++) {
		if (n < weight_of(op))
			return op;
		n -= weight_of(op);
	}
}

static void fail_nth(struct fuzzer *f, unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	while (pwrite(f->fail_nth, text, strlen(text), 0) < 0 && errno == EFAULT)
		;
}

static int run_op(struct fuzzer *f, const struct op *op)
{
	bool fails = f->fail_nth >= 0 && op->of_driver && one_in(&f->rng, FAIL_IN);
	int ret;

	if (fails)
		fail_nth(f, 1 + below(&f->rng, FAIL_NTH));
	ret = op->run(f);
	if (fails)
		fail_nth(f, 0);
	return ret;
}

static void *loop(void *arg)
{
	struct fuzzer *f = arg;

	f->fail_nth = options.may_fail ?
		      open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC) : -1;
	start_ticking(f);
	for (;;) {
		const struct op *op = choose(f);
		unsigned int i = op - ops;

		__atomic_fetch_add(&f->w->stats->tried[i], 1, __ATOMIC_RELAXED);
		if (run_op(f, op) >= 0)
			__atomic_fetch_add(&f->w->stats->done[i], 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

_Noreturn void worker(unsigned int slot, unsigned int generation, int post, struct stats *stats)
{
	static struct fuzzer threads[MAX_THREADS];
	const struct sigaction action = { .sa_handler = on_signal };
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGUSR1, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	self.post = post;
	self.stats = stats;
	memset(self.fds, -1, sizeof(self.fds));
	make_arenas(&self);
	for (unsigned int i = 0; i < options.threads; i++) {
		struct fuzzer *f = &threads[i];

		f->w = &self;
		f->generation = generation;
		f->rng.x = options.seed;
		f->rng.x = rnd(&f->rng) + slot;
		f->rng.x = rnd(&f->rng) + generation;
		f->rng.x = rnd(&f->rng) + i;
	}
	/* Everybody begins with a VM that works. */
	op_whole_vm(&threads[0]);
	for (unsigned int i = 1; i < options.threads; i++)
		if (pthread_create(&thread, NULL, loop, &threads[i]))
			break;
	loop(&threads[0]);
	_exit(0);
}
