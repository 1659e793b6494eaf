// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests with much memory: setting them up and taking them down. That memory is there
 * before, so that giving it to the process is not counted.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define SETTLE_US	500000
#define PIN_PARAMETER	"/sys/module/mshv_root/parameters/pin_memory"
#define FIRST_TOUCHED	0x8000

/* 1: mov %eax, (%rbx); add $0x200000, %rbx; cmp %rcx, %rbx; jb 1b; out %al, $0x80 */
static const char touch[] = "\x89\x03\x48\x81\xc3\0\0\x20\0\x48\x39\xcb\x72\xf2\xe6\x80";

/*
 * Of the root partition, in KiB; what was deposited is gone from it. Pages that wait
 * on a processor's list for their next use are free too, and MemFree leaves them out.
 */
static int64_t free_memory(void)
{
	char line[128];
	long long pages;
	int64_t sum = 0;
	FILE *f = fopen("/proc/zoneinfo", "re");

	if (!f)
		fail("/proc/zoneinfo", -errno);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " pages free %lld", &pages) == 1 ||
		    sscanf(line, " count: %lld", &pages) == 1)
			sum += pages * (PAGE / 1024);
	fclose(f);
	return sum;
}

static void *get_memory(uint64_t size, int flags)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags, -1, 0);

	if (memory == MAP_FAILED)
		fail("mmap", -errno);
	return memory;
}

/* Nothing of the memory is ever touched: what it costs is the driver's. */
static void untouched(void)
{
	void *memory = get_memory(4 * GIB, 0);
	struct guest g;
	uint64_t start;
	int64_t before;

	guest_new_vm(&g);
	/* Until the VMs before it are gone altogether. */
	usleep(SETTLE_US);
	before = free_memory();
	start = now_ns();
	guest_map(&g, 0, memory, 4 * GIB);
	print("map_4gib_ns", now_ns() - start);
	print("memory_4gib_kib", before - free_memory());
	start = now_ns();
	guest_close_vm(&g);
	print("destroy_4gib_ns", now_ns() - start);
	munmap(memory, 4 * GIB);
}

struct life {
	struct cost up, down;
	double kib;
};

/* From nothing to a guest that has touched each 2 MiB of its memory, and back. */
static struct life live(void *memory)
{
	struct sample start, up, end;
	struct life life;
	struct guest g;

	usleep(SETTLE_US);
	life.kib = free_memory();
	counters_take(&start);
	guest_start_long(&g, memory, effort.memory, touch, sizeof(touch), FIRST_TOUCHED,
			 effort.memory, 0);
	guest_port_exit(&g);
	counters_take(&up);
	life.kib -= free_memory();
	life.up = counters_between(&start, &up);
	life.up.instructions -= counters_of_guest(4. * effort.memory / (2 * MIB));
	counters_take(&up);
	guest_close(&g);
	counters_take(&end);
	life.down = counters_between(&up, &end);
	return life;
}

static void print_life(const char *name, const struct life *life)
{
	char line[64];

	snprintf(line, sizeof(line), "%s_hypercalls", name);
	print(line, life->up.hypercalls + life->down.hypercalls);
	snprintf(line, sizeof(line), "%s_up", name);
	print(line, life->up.instructions);
	snprintf(line, sizeof(line), "%s_down", name);
	print(line, life->down.instructions);
	snprintf(line, sizeof(line), "%s_kib_per_gib", name);
	print(line, life->kib * GIB / effort.memory);
}

/* Only our driver can be told to. */
static bool pin(bool on)
{
	int fd = open(PIN_PARAMETER, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return false;
	if (fd < 0 || write(fd, on ? "1" : "0", 1) != 1)
		fail(PIN_PARAMETER, -errno);
	close(fd);
	return true;
}

static void touched(void)
{
	void *memory = get_memory(effort.memory, MAP_POPULATE);
	struct life life;

	/* The first one finds slabs and lists empty. */
	life = live(memory);
	life = live(memory);
	print_life("touched", &life);
	if (pin(true)) {
		life = live(memory);
		print_life("pinned", &life);
		pin(false);
	}
	munmap(memory, effort.memory);
}

void bench_memory(void)
{
	untouched();
	touched();
}
