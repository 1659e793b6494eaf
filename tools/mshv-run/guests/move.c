// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a Linux guest sees of being moved, which should be nothing: on each of two processors,
 * that the clock never goes back, also not from one to the other, that it goes on as the time
 * stamp counter does, that a timer expires as often as the clock says, that memory is as it was,
 * and a disk too, if there is one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "move.h"

#define PERIOD UINT64_C(20000000) /* ns */
#define WORDS (1u << 20) /* of memory, for each processor */
#define SLICES 16
#define PAGE 4096
#define DRIFT 5000000000.0 /* ns; a clock that is not as it was is off by the guest's age */

/* What both processors share. */
static struct shared {
	_Atomic uint64_t latest; /* that any has seen on the clock */
	_Atomic uint64_t gap; /* the longest between two looks of one of them */
	atomic_uint beats[2];
	atomic_uint wrong;
	atomic_bool end;
} *shared;

static void wrong(unsigned int cpu, const char *what)
{
	atomic_fetch_add(&shared->wrong, 1);
	printf("guest: wrong on %u: %s\n", cpu, what);
}

/* Also of what the other processor has seen before. */
static uint64_t look_at_clock(unsigned int cpu)
{
	uint64_t latest = atomic_load(&shared->latest), now;
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	now = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
	if (now < latest)
		wrong(cpu, "the clock went back");
	while (latest < now && !atomic_compare_exchange_weak(&shared->latest, &latest, now))
		;
	return now;
}

static uint64_t rdtsc(void)
{
	uint32_t low, high;

	asm volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/*
 * Two clocks that are restored each for itself. Linux hides one that goes back: it stands until
 * it is where it was.
 */
static double tsc_period; /* ns */

static void measure_tsc(void)
{
	const struct timespec pause = { .tv_nsec = 500000000 };
	const uint64_t tsc = rdtsc(), from = look_at_clock(0);

	nanosleep(&pause, NULL);
	tsc_period = (double)(look_at_clock(0) - from) / (double)(rdtsc() - tsc);
	printf("guest: the time stamp counter has %.0f MHz\n", 1000 / tsc_period);
}

static void compare_clocks(unsigned int cpu, uint64_t ns, uint64_t ticks)
{
	double drift = (double)ticks * tsc_period - (double)ns;

	if (drift > DRIFT || drift < -DRIFT)
		wrong(cpu, "the clock and the time stamp counter differ");
}

static void note_gap(uint64_t gap)
{
	uint64_t longest = atomic_load(&shared->gap);

	while (longest < gap && !atomic_compare_exchange_weak(&shared->gap, &longest, gap))
		;
}

static int start_timer(uint64_t from)
{
	const struct itimerspec when = {
		.it_interval.tv_nsec = PERIOD,
		.it_value.tv_sec = (time_t)((from + PERIOD) / 1000000000),
		.it_value.tv_nsec = (long)((from + PERIOD) % 1000000000),
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	if (fd < 0 || timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL))
		perror("guest: timerfd");
	return fd;
}

static uint32_t word(unsigned int cpu, unsigned int i)
{
	return (i ^ cpu << 28) * 2654435761u;
}

static uint64_t sum(const uint32_t *words, unsigned int slice)
{
	uint64_t s = 0;

	for (unsigned int i = slice; i < WORDS; i += SLICES)
		s = s * 31 + words[i];
	return s;
}

/* A page of the disk, past the page cache, is always the same. */
static void look_at_disk(unsigned int cpu, int disk)
{
	static _Alignas(PAGE) char first[PAGE], page[PAGE];

	if (disk < 0)
		return;
	if (pread(disk, page, PAGE, PAGE) != PAGE)
		wrong(cpu, "the disk");
	if (!first[0] && !first[1])
		memcpy(first, page, PAGE);
	if (memcmp(first, page, PAGE))
		wrong(cpu, "what the disk has");
}

static void beat_until_the_end(unsigned int cpu, int disk)
{
	uint32_t *words = malloc(WORDS * sizeof(*words));
	uint64_t sums[SLICES], from, before, after, expirations, expired = 0, tsc, last;
	unsigned int n = 0;
	int timer;

	for (unsigned int i = 0; i < WORDS; i++)
		words[i] = word(cpu, i);
	for (unsigned int i = 0; i < SLICES; i++)
		sums[i] = sum(words, i);
	from = look_at_clock(cpu);
	after = from;
	last = rdtsc();
	timer = start_timer(from);
	while (!atomic_load(&shared->end)) {
		before = look_at_clock(cpu);
		note_gap(before - after);
		tsc = rdtsc();
		compare_clocks(cpu, before - after, tsc - last);
		last = tsc;
		if (read(timer, &expirations, sizeof(expirations)) != sizeof(expirations))
			wrong(cpu, "the timer");
		expired += expirations;
		if (expired < (before - from) / PERIOD)
			wrong(cpu, "the timer expired too rarely");
		after = look_at_clock(cpu);
		note_gap(after - before);
		tsc = rdtsc();
		compare_clocks(cpu, after - before, tsc - last);
		last = tsc;
		if (expired > (after - from) / PERIOD)
			wrong(cpu, "the timer expired too often");
		if (sum(words, n % SLICES) != sums[n % SLICES])
			wrong(cpu, "memory");
		look_at_disk(cpu, disk);
		n++;
		atomic_fetch_add(&shared->beats[cpu], 1);
	}
	for (unsigned int i = 0; i < WORDS; i++)
		if (words[i] != word(cpu, i)) {
			wrong(cpu, "a word of memory");
			break;
		}
}

static void stay_on(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		wrong(cpu, "no such processor");
}

static pid_t start(unsigned int cpu, int disk)
{
	pid_t child = fork();

	if (child)
		return child;
	stay_on(cpu);
	beat_until_the_end(cpu, disk);
	_exit(0);
}

/* Says so when both processors have gone on. */
static void report(void)
{
	const struct timespec pause = { .tv_nsec = PERIOD };
	unsigned int said = 0;
	char line[16] = "";
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	while (strncmp(line, "end", 3)) {
		unsigned int a = atomic_load(&shared->beats[0]);
		unsigned int b = atomic_load(&shared->beats[1]);

		nanosleep(&pause, NULL);
		if ((a < b ? a : b) >= said + 5) {
			said = a < b ? a : b;
			printf("guest: beat %u\n", said);
		}
		if (poll(&input, 1, 0) > 0 && !fgets(line, sizeof(line), stdin))
			break;
	}
}

static void say_clock(void)
{
	FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "r");
	char name[64] = "unknown\n";

	if (!file || !fgets(name, sizeof(name), file))
		perror("guest: current_clocksource");
	printf("guest: the clock is %s", name);
	if (file)
		fclose(file);
}

void be_moved(void)
{
	int disk = open("/dev/vda", O_RDONLY | O_DIRECT);

	say_clock();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED) {
		perror("guest: mmap");
		return;
	}
	measure_tsc();
	for (unsigned int cpu = 0; cpu < 2; cpu++)
		if (start(cpu, disk) < 0)
			perror("guest: fork");
	report();
	atomic_store(&shared->end, true);
	while (wait(NULL) > 0)
		;
	printf("guest: moved, %u wrong, the clock never jumped by more than %llu ms\n",
	       atomic_load(&shared->wrong),
	       (unsigned long long)atomic_load(&shared->gap) / 1000000);
	close(disk);
}
