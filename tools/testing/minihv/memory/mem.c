// SPDX-License-Identifier: GPL-2.0-only
/* The machine's memory map and the page pools. */
#include "memory/mem.h"

struct pool hv_pool;
uint64_t hv_region_base, hv_region_end;
struct e820_entry e820_map[E820_MAX];
unsigned int e820_count;

static uint64_t region_next;	/* below: handed out as contiguous pages */

/* A free page holds the address of the next one in its first word. */
static uint64_t pool_pop(struct pool *pool)
{
	uint64_t pa = pool->free;

	if (pa) {
		pool->free = *(uint64_t *)pa_to_va(pa);
		pool->nr_free--;
	}
	return pa;
}

static void pool_push(struct pool *pool, uint64_t pa)
{
	*(uint64_t *)pa_to_va(pa) = pool->free;
	pool->free = pa;
	pool->nr_free++;
}

void *pool_alloc(struct pool *pool)
{
	uint64_t pa;

	spin_lock(&pool->lock);
	pa = pool_pop(pool);
	spin_unlock(&pool->lock);
	return pa ? memset(pa_to_va(pa), 0, PAGE_SIZE) : NULL;
}

void pool_free(struct pool *pool, void *page)
{
	if (!page)
		return;
	spin_lock(&pool->lock);
	pool_push(pool, va_to_pa(page));
	hv_assert(pool->nr_free <= pool->total);
	spin_unlock(&pool->lock);
}

bool pool_set_aside(struct pool *pool, uint64_t *chain, unsigned int nr)
{
	while (nr--) {
		uint64_t *page = pool_alloc(pool);

		if (!page) {
			pool_give_back(pool, chain);
			return false;
		}
		*page = *chain;
		*chain = va_to_pa(page);
	}
	return true;
}

void pool_give_back_one(struct pool *pool, uint64_t *chain)
{
	uint64_t *page = pa_to_va(*chain);

	*chain = *page;
	pool_free(pool, page);
}

void pool_give_back(struct pool *pool, uint64_t *chain)
{
	while (*chain)
		pool_give_back_one(pool, chain);
}

void pool_deposit(struct pool *pool, uint64_t pa)
{
	spin_lock(&pool->lock);
	pool_push(pool, pa);
	pool->total++;
	spin_unlock(&pool->lock);
}

uint64_t pool_withdraw(struct pool *pool)
{
	uint64_t pa;

	spin_lock(&pool->lock);
	pa = pool_pop(pool);
	if (pa)
		pool->total--;
	spin_unlock(&pool->lock);
	return pa;
}

void *hv_alloc_pages(uint64_t nr)
{
	uint64_t pa = __atomic_fetch_add(&region_next, nr * PAGE_SIZE, __ATOMIC_RELAXED);

	if (pa + nr * PAGE_SIZE > hv_region_base + (hv_region_end - hv_region_base) / 4)
		hv_fatal("the hypervisor's own region is exhausted");
	return memset(pa_to_va(pa), 0, nr * PAGE_SIZE);
}

/* A quarter of the region is for contiguous blocks, the rest becomes hv_pool. */
void mem_init(uint64_t base, uint64_t end)
{
	uint64_t pa;

	hv_region_base = base;
	hv_region_end = end;
	region_next = base;
	for (pa = base + (end - base) / 4; pa < end; pa += PAGE_SIZE)
		pool_deposit(&hv_pool, pa);
}

void e820_add(uint64_t base, uint64_t size, uint32_t type)
{
	if (!size)
		return;
	if (e820_count == E820_MAX)
		hv_fatal("memory map with more than %u entries", E820_MAX);
	e820_map[e820_count++] = (struct e820_entry){ base, size, type };
}

void e820_reserve(uint64_t base, uint64_t end, uint32_t type)
{
	unsigned int i, n = e820_count;

	for (i = 0; i < n; i++) {
		struct e820_entry *e = &e820_map[i];
		uint64_t e_end = e->base + e->size;

		if (e->type == type || end <= e->base || base >= e_end)
			continue;
		if (e_end > end)
			e820_add(end, e_end - end, e->type);
		if (e->base < base) {
			e820_add(MAX(base, e->base), MIN(end, e_end) - MAX(base, e->base), type);
			e->size = base - e->base;
		} else {
			e->size = MIN(end, e_end) - e->base;
			e->type = type;
		}
	}
}

bool mem_is_root_ram(uint64_t pa, uint64_t size)
{
	unsigned int i;

	for (i = 0; i < e820_count; i++) {
		const struct e820_entry *e = &e820_map[i];

		if (e->type == E820_RAM && pa >= e->base && size <= e->size &&
		    pa - e->base <= e->size - size)
			return true;
	}
	return false;
}
