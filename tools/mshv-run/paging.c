// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page tables for a guest that is entered in 64-bit mode.
 */
#include <string.h>

#include "entry.h"

#define PML4 PAGE_TABLES
#define PDPT (PAGE_TABLES + 0x1000)
#define PAGE_DIRECTORY (PAGE_TABLES + 0x2000)
#define MAPPED_GIB 4

#define PTE_TABLE 0x3 /* present, writable */
#define PTE_2M 0x83 /* and a large page */

static void put64(struct machine *m, uint64_t address, uint64_t value)
{
	memcpy(m->ram + address, &value, sizeof(value));
}

void paging_build(struct machine *m)
{
	put64(m, PML4, PDPT | PTE_TABLE);
	for (uint64_t gib = 0; gib < MAPPED_GIB; gib++)
		put64(m, PDPT + 8 * gib,
		      (PAGE_DIRECTORY + 4096 * gib) | PTE_TABLE);
	for (uint64_t page = 0; page < 512 * MAPPED_GIB; page++)
		put64(m, PAGE_DIRECTORY + 8 * page, (page << 21) | PTE_2M);
}
