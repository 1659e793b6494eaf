// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that a VMM takes away from its guest, page by page, and that the guest touches
 * again: what a balloon does, and what the host does when it is short of memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

#define SIZE		(64 * MIB)
#define NR_PAGES	(SIZE / PAGE)
#define BASE		GIB	/* in the guest */
#define PAGE_IN_MIDDLE	(NR_PAGES / 2 + 77)
#define LOOP		3	/* instructions of the guest for each page */
#define BALLOON_ROUNDS	20	/* for each of the others */

/* 1: mov (%rbx), %eax; out %al, $0x80; jmp 1b */
static const char reads[] = "\x8b\x03\xe6\x80\xeb\xfa";
/* 1: mov %eax, (%rbx); out %al, $0x80; jmp 1b */
static const char writes[] = "\x89\x03\xe6\x80\xeb\xfa";
/* 1: in $0x80, %eax; mov %eax, (%rax); jmp 1b */
static const char writes_told[] = "\xe5\x80\x89\x00\xeb\xfa";

static _Alignas(PAGE) unsigned char ram[GUEST_RAM];

struct again {
	struct guest g;
	unsigned char *memory;
};

/* All of it is there in the process, and none of it known to the guest. */
static void start(struct again *a, const char *code, size_t size)
{
	a->memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (a->memory == MAP_FAILED)
		fail("mmap", -errno);
	memset(a->memory, 1, SIZE);
	guest_start_long(&a->g, ram, sizeof(ram), code, size, BASE + PAGE_IN_MIDDLE * PAGE, 0, 0);
	guest_map(&a->g, BASE, a->memory, SIZE);
	a->g.answer = BASE;
	guest_port_exit(&a->g);
}

static void end(struct again *a)
{
	guest_close(&a->g);
	munmap(a->memory, SIZE);
}

static void take_away(struct again *a, uint64_t page)
{
	if (madvise(a->memory + page * PAGE, PAGE, MADV_DONTNEED))
		fail("madvise", -errno);
}

static void one_page(void *arg, unsigned int rounds)
{
	struct again *a = arg;

	while (rounds--) {
		take_away(a, PAGE_IN_MIDDLE);
		guest_port_exit(&a->g);
	}
}

/* The guest touches the page that it was told last, and asks for the next one. */
static void touch_and_tell(struct again *a, uint64_t page)
{
	a->g.answer = BASE + page * PAGE;
	guest_port_exit(&a->g);
}

static void the_same_page(const char *name, const char *code, size_t size)
{
	struct again a = { 0 };

	start(&a, code, size);
	one_page(&a, 2);
	print(name, counters_cost(one_page, &a).instructions - counters_of_guest(LOOP));
	end(&a);
}

/* Xorshift, with the same numbers each time. */
static uint64_t random_page(void)
{
	static uint32_t x = 0x2545f491;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x % NR_PAGES;
}

/* In per cent of the pages that the guest has touched since they were taken from it. */
static double resident(const struct again *a, const unsigned char *wanted)
{
	static unsigned char there[NR_PAGES];
	unsigned int has = 0, wants = 0;

	if (mincore(a->memory, SIZE, there))
		fail("mincore", -errno);
	for (uint64_t i = 0; i < NR_PAGES; i++) {
		has += there[i] & 1;
		wants += wanted[i];
		if (wanted[i] && !(there[i] & 1))
			fail("a page that the guest has", -ENODATA);
	}
	return 100. * has / wants;
}

/*
 * The guest has touched all of it; then pages are taken away and others touched, at
 * random, so that in the end it has about half of them.
 */
static void balloon(void)
{
	static unsigned char wanted[NR_PAGES];
	unsigned int rounds = BALLOON_ROUNDS * effort.rounds;
	struct again a = { 0 };
	struct sample from, to;
	uint64_t page, told = NR_PAGES - 1;

	start(&a, writes_told, sizeof(writes_told));
	for (page = 0; page < NR_PAGES; page++)
		touch_and_tell(&a, page);
	memset(wanted, 1, sizeof(wanted));
	counters_take(&from);
	for (unsigned int i = 0; i < rounds; i++) {
		page = random_page();
		take_away(&a, page);
		wanted[page] = 0;
		page = random_page();
		touch_and_tell(&a, page);
		wanted[told] = 1;
		told = page;
	}
	touch_and_tell(&a, told);
	wanted[told] = 1;
	counters_take(&to);
	print("balloon", counters_between(&from, &to).instructions / rounds -
			 counters_of_guest(LOOP));
	print("balloon_resident", resident(&a, wanted));
	end(&a);
}

void bench_again(void)
{
	the_same_page("again_read", reads, sizeof(reads));
	the_same_page("again_written", writes, sizeof(writes));
	balloon();
}
