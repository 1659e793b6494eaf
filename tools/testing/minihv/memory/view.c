// SPDX-License-Identifier: GPL-2.0-only
/*
 * A second set of the four tables that lead to page 0; all others are shared. Their
 * entries are those of the first set, but that one in each table leads on in the second,
 * and that the last has no write access.
 */
#include "memory/view.h"
#include "memory/pte.h"

bool npt_view_make(struct npt *npt, struct pool *pool)
{
	unsigned int i;

	for (i = 0; i < TOP_LEVEL; i++) {
		void *page = pool_alloc(pool);

		if (!page) {
			npt_view_drop(npt, pool);
			return false;
		}
		npt->view[i] = va_to_pa(page);
	}
	npt_view_sync(npt);
	return true;
}

void npt_view_drop(struct npt *npt, struct pool *pool)
{
	unsigned int i;

	for (i = 0; i < TOP_LEVEL; i++) {
		if (npt->view[i])
			pool_free(pool, pa_to_va(npt->view[i]));
		npt->view[i] = 0;
	}
}

/* Entry @i of the table to which @pte, an entry of @level, leads. */
static uint64_t below(uint64_t pte, unsigned int level, unsigned int i)
{
	if (!pte)
		return 0;
	return pte_is_leaf(pte) ? pte_piece(pte, level, i) : pte_table(pte)[i];
}

/* Bring table @nr of the view in line with what @pte leads to; from the last one up. */
static void sync_table(struct npt *npt, unsigned int nr, uint64_t pte)
{
	uint64_t *table = pa_to_va(npt->view[nr]), first;
	unsigned int level = TOP_LEVEL - nr, i;

	first = below(pte, level + 1, 0);
	if (level == 1) {
		first &= ~PTE_W;
	} else {
		sync_table(npt, nr + 1, first);
		first = first ? npt->view[nr + 1] | PTE_TABLE : 0;
	}
	__atomic_store_n(&table[0], first, __ATOMIC_RELEASE);
	for (i = 1; i < TABLE_ENTRIES; i++)
		__atomic_store_n(&table[i], below(pte, level + 1, i), __ATOMIC_RELEASE);
}

void npt_view_sync(struct npt *npt)
{
	if (npt->view[0])
		sync_table(npt, 0, npt->root | PTE_TABLE);
}
