// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a partition with many regions pays for it: faults on the page of one in the middle,
 * which the VMM takes away again and again.
 */
#include <errno.h>
#include <sys/mman.h>

#include "bench.h"

#define FEW	10
#define MANY	10000
#define FIRST	GIB		/* GPA of the first; one page each */
#define LOOP	3		/* instructions of the guest */

/* 1: mov (%rbx), %eax; out %al, $0x80; jmp 1b */
static const char fault_code[] = "\x8b\x03\xe6\x80\xeb\xfa";

static _Alignas(PAGE) unsigned char ram[GUEST_RAM];

struct faults {
	struct guest g;
	unsigned char *page;		/* of the region that is touched */
};

static void fault_turn(void *arg, unsigned int rounds)
{
	struct faults *t = arg;

	while (rounds--) {
		if (madvise(t->page, PAGE, MADV_DONTNEED))
			fail("madvise", -errno);
		guest_port_exit(&t->g);
	}
}

static double measure(unsigned int nr, unsigned char *memory)
{
	struct faults t = { .page = memory + nr / 2 * PAGE };
	double instructions;

	guest_start_long(&t.g, ram, sizeof(ram), fault_code, sizeof(fault_code),
			 FIRST + nr / 2 * PAGE, 0, 0);
	for (unsigned int i = 0; i < nr; i++)
		guest_map(&t.g, FIRST + i * PAGE, memory + i * PAGE, PAGE);
	instructions = counters_cost(fault_turn, &t).instructions - counters_of_guest(LOOP);
	guest_close(&t.g);
	return instructions;
}

void bench_regions(void)
{
	unsigned char *memory = mmap(NULL, MANY * PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	double few, many;

	if (memory == MAP_FAILED)
		fail("mmap", -errno);
	/* One page at a time is what each of them has. */
	if (madvise(memory, MANY * PAGE, MADV_NOHUGEPAGE))
		fail("MADV_NOHUGEPAGE", -errno);
	few = measure(FEW, memory);
	many = measure(MANY, memory);
	print("fault_10_regions", few);
	print("fault_10000_regions", many);
	print("fault_regions", many / few);
	munmap(memory, MANY * PAGE);
}
