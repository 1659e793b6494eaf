/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the benchmark share. */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hvabi/hvabi.h>
#include <mshvctl/mshvctl.h>

#define PAGE		4096
#define GIB		(UINT64_C(1) << 30)
#define MIB		(UINT64_C(1) << 20)
#define GUEST_RAM	0x10000
#define MMIO_GPA	0xd0000000

/* How much is done: of all that is averaged, and of the memory of large guests. */
struct effort {
	unsigned int rounds, samples;
	uint64_t memory;
};

extern struct effort effort;
extern struct mshv_host *host;

/* bench.c: output is lines "NAME VALUE"; a failure ends the program. */
void print(const char *name, double value);
_Noreturn void fail(const char *what, int err);
uint64_t now_ns(void);

/* As short as the checks of what is done by hand. */
static inline void must(const char *what, int err)
{
	if (err)
		fail(what, err);
}

/* counters.c */
/*
 * What root did, user space and kernel but not the hypervisor, and how often it called
 * the hypervisor. @exits are those that take time of their own in the guest's account.
 */
struct cost {
	double instructions;
	double hypercalls;
	double exits;
};

struct sample {
	uint64_t guest_100ns, hypercalls, exits;
};

void counters_open(void);
void counters_take(struct sample *s);
/* Once, from the first sample to the second. */
struct cost counters_between(const struct sample *from, const struct sample *to);
/*
 * Per round, without the ticks of the kernel's timer: the median of several turns, each
 * as many rounds as fit between two ticks.
 */
struct cost counters_cost(void (*turn)(void *arg, unsigned int rounds), void *arg);
/* Of a loop in user space that makes no system call, per round. */
double counters_user(void (*turn)(void *arg, unsigned int rounds), void *arg);

/* guest.c */
struct guest {
	struct mshv_vm *vm;
	struct mshv_vp *vp;
};

struct mshv_vm *guest_new_vm(void);
/* A program at GPA 0x1000 in real mode; DS is the segment that begins at @ds. */
void guest_start_real(struct guest *g, const void *code, size_t size, uint64_t ds);
/*
 * One in long mode, all of the lowest 8 GiB mapped one to one, RBX at MMIO_GPA and RCX
 * as given. Its memory is @ram, @size bytes, at GPA 0.
 */
void guest_start_long(struct guest *g, void *ram, uint64_t size, const void *code,
		      size_t code_size, uint64_t rbx, uint64_t rcx, unsigned int vp_flags);
void guest_close(struct guest *g);
/* Run until a port exit and complete it. */
void guest_port_exit(struct guest *g);

/* exits.c, events.c, memory.c, regions.c */
void bench_exits(void);
void bench_events(void);
void bench_memory(void);
void bench_regions(void);

#endif
