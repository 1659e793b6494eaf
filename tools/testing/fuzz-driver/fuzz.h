/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of the driver's fuzzer share. A supervisor starts workers, kills and
 * restarts them; a worker is a VMM that has lost its mind: threads that each do one random
 * thing after the other to descriptors and memory that they share without a lock.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PAGE		4096UL
#define LARGE		(2UL << 20)
#define MAX_WORKERS	8
#define MAX_THREADS	6
#define MAX_OPS		64

/* ---- random numbers: splitmix64 */

struct rng {
	uint64_t x;
};

static inline uint64_t rnd(struct rng *r)
{
	uint64_t z = r->x += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* Below @n. */
static inline uint64_t below(struct rng *r, uint64_t n)
{
	return rnd(r) % n;
}

static inline bool one_in(struct rng *r, unsigned int n)
{
	return !below(r, n);
}

#define ONE_OF(r, array) ((array)[below(r, sizeof(array) / sizeof((array)[0]))])

/* A number that programs get wrong, or any. */
uint64_t odd_number(struct rng *r);
void fill(struct rng *r, void *to, size_t size);

/* ---- descriptors: a few of each kind, which any thread may close under the others */

enum kind {
	KIND_DEV,	/* /dev/mshv */
	KIND_VM,
	KIND_VP,
	KIND_BRIDGE,	/* MSHV_CREATE_DEVICE */
	KIND_EVENT,
	KIND_UFFD,
	KIND_CONTAINER,	/* VFIO */
	KIND_GROUP,
	KIND_DEVICE,
	KIND_IOMMUFD,
	KIND_NETLINK,
	NR_KINDS
};

#define PER_KIND	4

/* ---- memory: places that guests' memory and the host's games are in */

#define NR_ARENAS	6
#define ARENA_SIZE	(4 * LARGE)
#define ARENA_AT	0x100000000000UL
#define ARENA_STEP	(1UL << 30)
/* The guest sees them at multiples of this. */
#define GUEST_STEP	(64UL << 20)

struct worker;

/* What a thread knows. */
struct fuzzer {
	struct rng rng;
	struct worker *w;
	int fail_nth;		/* /proc/thread-self/fail-nth, or -1 */
	unsigned int generation;
};

/* Shared with the supervisor, which prints it. */
struct stats {
	uint64_t tried[MAX_OPS], done[MAX_OPS];
	uint64_t exits, faults;
};

struct worker {
	int fds[NR_KINDS][PER_KIND];
	int memfds[NR_ARENAS];
	int post;		/* a socket on which workers give each other descriptors */
	struct stats *stats;
};

/* 0 or -errno; of what is meant to go wrong, too. */
struct op {
	const char *name;
	unsigned int weight;
	int (*run)(struct fuzzer *f);
	bool of_driver;		/* memory may fail in it, and hypercalls */
	bool must_succeed;	/* in a run that is long enough, at least once */
};

extern const struct op ops[];
extern const unsigned int nr_ops;

/* worker.c */
struct options {
	uint64_t seed;
	unsigned int seconds, workers, threads;
	bool may_fail;		/* make allocations and hypercalls fail */
	bool reload;		/* the module, between rounds */
	bool devices;
	const char *only;		/* what names of operations begin with */
};

extern struct options options;

_Noreturn void worker(unsigned int slot, unsigned int generation, int post, struct stats *stats);

/* Any of those, or -1, which is as good to be wrong with. */
int some(struct fuzzer *f, enum kind which);
/* Any of all kinds. */
int any(struct fuzzer *f);
/* Gives @fd to the pool, which may close another for it; returns 0, or -errno of errno. */
int put(struct fuzzer *f, enum kind which, int fd);
int take(struct fuzzer *f, enum kind which);
void *arena(unsigned int i);
/* An address in an arena, page aligned, with room for @size; seldom a bad one. */
void *some_memory(struct fuzzer *f, uint64_t size);
uint64_t some_gpa(struct fuzzer *f);
uint64_t some_size(struct fuzzer *f);
/* Writes to memory that may not be there. */
int poke(void *to, const void *from, size_t size);
int err(long result);

/* op_vm.c */
int op_create(struct fuzzer *f);
int op_initialize(struct fuzzer *f);
int op_whole_vm(struct fuzzer *f);
int op_map(struct fuzzer *f);
int op_create_vp(struct fuzzer *f);
int op_run(struct fuzzer *f);
int op_state(struct fuzzer *f);
int op_log(struct fuzzer *f);
int op_translate(struct fuzzer *f);
int op_vp_pages(struct fuzzer *f);
int op_extension(struct fuzzer *f);
/* A partition that can run, once it is initialised. */
int create_usual(struct fuzzer *f);

/* op_guest.c */
int op_load(struct fuzzer *f);
int load_guest(struct fuzzer *f, int vp);

/* op_irq.c */
int op_event(struct fuzzer *f);
int op_irqfd(struct fuzzer *f);
int op_ioeventfd(struct fuzzer *f);
int op_routes(struct fuzzer *f);
int op_signal(struct fuzzer *f);
int op_assert(struct fuzzer *f);

/* op_hvcall.c */
int op_get_regs(struct fuzzer *f);
int op_set_regs(struct fuzzer *f);
int op_intercept(struct fuzzer *f);
int op_property(struct fuzzer *f);
int op_hvcall(struct fuzzer *f);
int op_raw(struct fuzzer *f);
int set_regs(int fd, const void *assocs, unsigned int n);
int set_property(int vm, uint32_t code, uint64_t value);

/* op_host.c */
int op_madvise(struct fuzzer *f);
int op_protect(struct fuzzer *f);
int op_move(struct fuzzer *f);
int op_replace(struct fuzzer *f);
int op_touch(struct fuzzer *f);
int op_punch(struct fuzzer *f);
int op_fork(struct fuzzer *f);
int op_uffd(struct fuzzer *f);
int op_uffd_serve(struct fuzzer *f);
int op_lock(struct fuzzer *f);

/* op_fd.c */
int op_open(struct fuzzer *f);
int op_close(struct fuzzer *f);
int op_dup(struct fuzzer *f);
int op_give(struct fuzzer *f);
int op_read(struct fuzzer *f);
int op_die(struct fuzzer *f);

/* op_vfio.c */
int op_bridge(struct fuzzer *f);
int op_attr(struct fuzzer *f);
int op_vfio_open(struct fuzzer *f);
int op_vfio_attached(struct fuzzer *f);
int op_vfio_map(struct fuzzer *f);
int op_vfio_device(struct fuzzer *f);
int op_iommufd(struct fuzzer *f);
int vfio_prepare(void);
void vfio_end(void);

/* op_netlink.c */
int op_nl_open(struct fuzzer *f);
int op_nl_group(struct fuzzer *f);
int op_nl_talk(struct fuzzer *f);
int op_nl_read(struct fuzzer *f);

/* op_crowd.c */
int op_nl_crowd(struct fuzzer *f);

/* books.c: what is left when nobody is there any more */
int put_text(const char *path, const char *text);
void books_open(void);
/* Waits until no partition is left: if one stays, the host ends the run. */
void books_balance(void);
/* False, with a sentence on standard error, if the driver does not go. */
bool books_reload(void);
int64_t books_free_kib(void);

#endif
