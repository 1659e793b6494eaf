/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory. The hypervisor keeps a region of its own; everything that belongs to
 * a partition comes from the pages deposited for that partition.
 */
#ifndef MINIHV_MEM_H
#define MINIHV_MEM_H

#include "base/sync.h"

/*
 * A pool of free pages. @total counts the pages that were deposited and not
 * withdrawn, free or in use; total == nr_free means nothing is in use.
 */
struct pool {
	struct spinlock lock;
	uint64_t free;		/* physical address of the first free page, 0: none */
	uint64_t nr_free;
	uint64_t total;
};

extern struct pool hv_pool;	/* the hypervisor's own */

/* A zeroed page, NULL if the pool is empty. */
void *pool_alloc(struct pool *pool);
void pool_free(struct pool *pool, void *page);
/*
 * Set @nr more pages of @pool aside, chained from *chain (0: none); false: it has not
 * that many, and none are set aside. They go back all together, or one by one.
 */
bool pool_set_aside(struct pool *pool, uint64_t *chain, unsigned int nr);
void pool_give_back(struct pool *pool, uint64_t *chain);
void pool_give_back_one(struct pool *pool, uint64_t *chain);
/* @nr contiguous zeroed pages of the hypervisor's own region; fatal when exhausted. */
void *hv_alloc_pages(uint64_t nr);
/* Add a page to a pool, take a free one out for good (0: none free). */
void pool_deposit(struct pool *pool, uint64_t pa);
uint64_t pool_withdraw(struct pool *pool);

/* The hypervisor's region: never RAM for the root. */
extern uint64_t hv_region_base, hv_region_end;
void mem_init(uint64_t base, uint64_t end);

/* Is [pa, pa + size) RAM of the machine outside the hypervisor's memory? */
bool mem_is_root_ram(uint64_t pa, uint64_t size);
/* Physical memory map of the machine, as root sees it (e820 types). */
struct e820_entry {
	uint64_t base, size;
	uint32_t type;
} __attribute__((packed));
#define E820_RAM	1
#define E820_RESERVED	2
#define E820_MAX	64
extern struct e820_entry e820_map[E820_MAX];
extern unsigned int e820_count;
void e820_add(uint64_t base, uint64_t size, uint32_t type);
/* Turn [base, end) into @type, splitting entries. */
void e820_reserve(uint64_t base, uint64_t end, uint32_t type);

#endif
