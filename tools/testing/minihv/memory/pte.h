/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of nested page tables (APM vol. 2, 15.25). One that is mapped without any access
 * has its present bit clear and PTE_MAPPED set, so that a fault on it can be told from one
 * on an address that was never mapped.
 */
#ifndef MINIHV_PTE_H
#define MINIHV_PTE_H

#include "memory/mem.h"

#define PTE_P		BIT(0)
#define PTE_W		BIT(1)
#define PTE_U		BIT(2)	/* nested walks are user accesses */
#define PTE_PCD		BIT(4)
#define PTE_A		BIT(5)
#define PTE_D		BIT(6)
#define PTE_BITS	(PTE_A | PTE_D)
#define PTE_PS		BIT(7)
#define PTE_MAPPED	BIT(9)	/* software: a leaf that maps something */
#define PTE_NX		BIT(63)
#define PTE_ADDR	0x000ffffffffff000ull
#define PTE_TABLE	(PTE_P | PTE_W | PTE_U)

#define TABLE_ENTRIES	512
#define TOP_LEVEL	4

static inline unsigned int pte_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * (level - 1);
}

static inline uint64_t pte_size(unsigned int level)
{
	return 1ull << pte_shift(level);
}

static inline uint64_t *pte_table(uint64_t pte)
{
	return pa_to_va(pte & PTE_ADDR);
}

static inline bool pte_is_leaf(uint64_t pte)
{
	return pte & PTE_MAPPED;
}

static inline uint64_t pte_address(uint64_t pte, unsigned int level)
{
	return pte & PTE_ADDR & ~(pte_size(level) - 1);
}

/* Entry @i of the table that maps the same as @leaf, an entry of @level. */
static inline uint64_t pte_piece(uint64_t leaf, unsigned int level, unsigned int i)
{
	uint64_t bits = leaf & ~PTE_ADDR;

	if (level == 2)
		bits &= ~PTE_PS;
	return bits | (pte_address(leaf, level) + i * pte_size(level - 1));
}

#endif
