// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor's counters of the root partition's processor, which both drivers show
 * in debugfs: time in the guest, that is user space and kernel, and how often it called
 * the hypervisor. On KVM there is none, and time stamps say it, less what was idle.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define STATS		"/sys/kernel/debug/mshv/partition/*/vp/0/stats"
#define TEXT		4096		/* what is wanted is at its beginning */
#define PER_100NS	12.5		/* instructions of 8 ns */
#define TICKS_PER_NS	1		/* of the TSC with -icount */
#define NS_PER_INSTRUCTION 8
#define INTERRUPTION	3000		/* ns that no loop of ours takes */
#define TURN_NS		1500000		/* two samples take 1 ms besides, and a tick comes in 4 */
#define MAX_ROUNDS	64
#define MAX_SAMPLES	32

/* What is taken down where time counts, and made sense of later. */
struct reading {
	char text[TEXT];
	uint64_t ticks, idle_ns;
};

static int stats = -1;
/* What one exit costs in the guest's account: from the time stamp to VMRUN and back. */
static double exit_cost;

static uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/*
 * What the processor does when it has nothing to do, on KVM: a thread for which nothing is
 * too unimportant, whose time is not counted. It is where interrupts that come meanwhile
 * are, too.
 */
static clockid_t idle_clock;

static void *idle(void *arg)
{
	const struct sched_param none = { 0 };

	if (sched_setscheduler(0, SCHED_IDLE, &none))
		fail("SCHED_IDLE", -errno);
	for (;;)
		;
	return arg;
}

static void idle_start(void)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, idle, NULL);

	if (!err)
		err = pthread_getcpuclockid(thread, &idle_clock);
	must("a thread that idles", -err);
}

static uint64_t idle_ns(void)
{
	struct timespec t;

	clock_gettime(idle_clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

double counters_of_guest(double n)
{
	return on_kvm ? n : 0;
}

/* It makes an exit, so that the counters are brought up to date. */
static void cpuid(void)
{
	uint32_t a = 0, b, c = 0, d;

	asm volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
}

static void take(struct reading *r)
{
	ssize_t n;

	if (on_kvm) {
		r->ticks = rdtsc();
		r->idle_ns = idle_ns();
		return;
	}
	cpuid();
	n = pread(stats, r->text, TEXT - 1, 0);
	if (n <= 0)
		fail(STATS, n ? -errno : -ENODATA);
	r->text[n] = 0;
}

static uint64_t value(const char *text, const char *name)
{
	size_t length = strlen(name);
	const char *line = text;

	while (line && (strncmp(line, name, length) || (line[length] != ' ' &&
							line[length] != ':'))) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	line = line ? strchr(line, ':') : NULL;
	if (!line)
		fail(name, -ENODATA);
	return strtoull(line + 1, NULL, 10);
}

static void parse(const struct reading *r, struct sample *s)
{
	const char *text = r->text;

	if (on_kvm) {
		*s = (struct sample){
			.instructions = (double)(r->ticks / TICKS_PER_NS - r->idle_ns) /
					NS_PER_INSTRUCTION,
		};
		return;
	}
	s->instructions = PER_100NS * (value(text, "VpTotalRunTime") -
				       value(text, "VpHypervisorRunTime"));
	s->hypercalls = value(text, "VpHypercallsCount");
	s->exits = s->hypercalls + value(text, "VpIoInstructionsCount") +
		   value(text, "VpHltInstructionsCount") +
		   value(text, "VpCpuidInstructionsCount") +
		   value(text, "VpMsrAccessesCount") +
		   value(text, "VpOtherInterceptsCount") +
		   value(text, "VpPendingInterruptsCount") +
		   value(text, "VpExternalInterruptsCount");
}

void counters_take(struct sample *s)
{
	struct reading r;

	take(&r);
	parse(&r, s);
}

void counters_await_tick(void)
{
	uint64_t last = rdtsc(), now = last, start = last;

	do {
		last = now;
		now = rdtsc();
		if (now - start > 1000000000 * TICKS_PER_NS)
			fail("the kernel's timer does not tick", -ETIME);
	} while (now - last < INTERRUPTION * TICKS_PER_NS);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double counters_median(double *values, unsigned int n)
{
	qsort(values, n, sizeof(*values), by_value);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static struct cost turns(void (*turn)(void *arg, unsigned int rounds), void *arg,
			 unsigned int rounds)
{
	double guest[MAX_SAMPLES], calls[MAX_SAMPLES], exits[MAX_SAMPLES];
	struct reading before, after;
	struct sample from, to;
	unsigned int i;

	for (i = 0; i < effort.samples; i++) {
		counters_await_tick();
		take(&before);
		turn(arg, rounds);
		take(&after);
		parse(&before, &from);
		parse(&after, &to);
		guest[i] = to.instructions - from.instructions;
		calls[i] = to.hypercalls - from.hypercalls;
		exits[i] = to.exits - from.exits;
	}
	return (struct cost){
		.instructions = counters_median(guest, i),
		.hypercalls = counters_median(calls, i),
		.exits = counters_median(exits, i),
	};
}

static void nothing(void *arg, unsigned int rounds)
{
	(void)arg;
	(void)rounds;
}

/* What is between the samples themselves does not count. */
static struct cost between(const struct cost *all, const struct cost *none, unsigned int rounds)
{
	struct cost c = {
		.hypercalls = (all->hypercalls - none->hypercalls) / rounds,
		.exits = (all->exits - none->exits) / rounds,
	};

	c.instructions = (all->instructions - none->instructions) / rounds -
			 c.exits * exit_cost;
	return c;
}

struct cost counters_cost(void (*turn)(void *arg, unsigned int rounds), void *arg)
{
	struct cost all, none;
	unsigned int rounds;
	uint64_t start;

	turn(arg, 1);
	start = now_ns();
	turn(arg, 4);
	rounds = 4 * TURN_NS / (now_ns() - start + 1);
	rounds = rounds < 1 ? 1 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds;
	all = turns(turn, arg, rounds);
	none = turns(nothing, NULL, 0);
	return between(&all, &none, rounds);
}

struct cost counters_between(const struct sample *from, const struct sample *to)
{
	struct cost all = {
		.instructions = to->instructions - from->instructions,
		.hypercalls = to->hypercalls - from->hypercalls,
		.exits = to->exits - from->exits,
	};
	static struct cost none;

	if (!none.instructions)
		none = turns(nothing, NULL, 0);
	return between(&all, &none, 1);
}

double counters_user(void (*turn)(void *arg, unsigned int rounds), void *arg)
{
	double ticks[MAX_SAMPLES];
	uint64_t start;

	for (unsigned int i = 0; i < effort.samples; i++) {
		counters_await_tick();
		start = rdtsc();
		turn(arg, effort.rounds);
		ticks[i] = rdtsc() - start;
	}
	return counters_median(ticks, effort.samples) / effort.rounds /
	       (NS_PER_INSTRUCTION * TICKS_PER_NS);
}

/* Three instructions and an exit. */
static void make_exits(void *arg, unsigned int rounds)
{
	uint32_t a, b, c, d;

	(void)arg;
	asm volatile("1: xor %%eax, %%eax; cpuid; dec %%esi; jnz 1b"
		     : "=&a"(a), "=&b"(b), "=&c"(c), "=&d"(d), "+S"(rounds));
}

static void instructions(void *arg, unsigned int rounds)
{
	(void)arg;
	asm volatile("1: nop; nop; dec %0; jnz 1b" : "+r"(rounds));
}

static void open_stats(void)
{
	glob_t found;

	if (glob(STATS, 0, NULL, &found) || found.gl_pathc != 1)
		fail(STATS, -ENOENT);
	stats = open(found.gl_pathv[0], O_RDONLY | O_CLOEXEC);
	if (stats < 0)
		fail(found.gl_pathv[0], -errno);
	globfree(&found);
}

void counters_open(void)
{
	double clock;

	if (on_kvm)
		idle_start();
	else
		open_stats();
	clock = counters_user(instructions, NULL);
	if (clock < 3.9 || clock > 4.2)
		fail("the clock does not count instructions (QEMU: -icount shift=3)", -EPROTO);
	if (!on_kvm)
		exit_cost = counters_cost(make_exits, NULL).instructions - 3;
	print("exit_cost", exit_cost);
}
