// SPDX-License-Identifier: GPL-2.0-only
/* Memory: the few functions the compiler wants, and an arena of pages. */
#include "test.h"

#define BP_E820_COUNT	0x1e8
#define BP_E820		0x2d0
#define E820_RAM	1

extern char arena_start[], arena_end[];

static uint64_t next_free;
static uint64_t free_list;
static const uint8_t *params;

void lib_setup(const void *boot_params);

void *memset(void *dst, int c, size_t n)
{
	void *d = dst;

	asm volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(c) : "memory");
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	void *d = dst;

	asm volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(n) : : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;

	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void lib_setup(const void *boot_params)
{
	params = boot_params;
	next_free = (uint64_t)arena_start;
}

void *alloc_aligned(uint64_t size, uint64_t align)
{
	uint64_t pa = (next_free + align - 1) & ~(align - 1);

	if (pa + size > (uint64_t)arena_end)
		bail_out("the arena is used up");
	next_free = pa + size;
	return memset((void *)pa, 0, size);
}

void *alloc_pages(uint64_t nr)
{
	uint64_t pa = free_list;

	if (nr != 1 || !pa)
		return alloc_aligned(nr * PAGE_SIZE, PAGE_SIZE);
	free_list = *(uint64_t *)pa;
	return memset((void *)pa, 0, PAGE_SIZE);
}

void free_page(uint64_t pa)
{
	*(uint64_t *)pa = free_list;
	free_list = pa;
}

bool is_ram(uint64_t base, uint64_t size)
{
	unsigned int i;

	for (i = 0; i < params[BP_E820_COUNT]; i++) {
		const uint8_t *e = params + BP_E820 + i * 20;
		uint64_t start = *(const uint64_t *)e, length = *(const uint64_t *)(e + 8);

		if (*(const uint32_t *)(e + 16) == E820_RAM && base >= start &&
		    base + size <= start + length)
			return true;
	}
	return false;
}
