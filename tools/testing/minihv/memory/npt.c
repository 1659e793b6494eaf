// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nested page tables (APM vol. 2, 15.25).
 */
#include "memory/npt.h"
#include "faults/faults.h"
#include "memory/pte.h"
#include "memory/view.h"

void (*npt_flush_devices)(const struct npt *npt);

static uint64_t leaf(uint64_t hpa, uint32_t access, unsigned int level)
{
	uint64_t pte = hpa | PTE_MAPPED | PTE_U;

	if (access & NPT_RWX)
		pte |= PTE_P;
	if (access & NPT_WRITE)
		pte |= PTE_W;
	if (!(access & NPT_EXEC))
		pte |= PTE_NX;
	if (access & NPT_UNCACHED)
		pte |= PTE_PCD;
	if (level > 1)
		pte |= PTE_PS;
	return pte;
}

static uint32_t leaf_access(uint64_t pte)
{
	uint32_t access = pte & PTE_PCD ? NPT_UNCACHED : 0;

	if (pte & PTE_P) {
		access |= NPT_READ;
		if (pte & PTE_W)
			access |= NPT_WRITE;
		if (!(pte & PTE_NX))
			access |= NPT_EXEC;
	}
	return access;
}

bool npt_init(struct npt *npt, struct pool *pool)
{
	void *page = pool_alloc(pool);

	npt->pool = pool;
	npt->root = page ? va_to_pa(page) : 0;
	return page;
}

/* Chains a table and those below it through their first words, which stay not present. */
static void retire_table(struct npt *npt, uint64_t *table, unsigned int level)
{
	unsigned int i;

	for (i = 0; level > 1 && i < TABLE_ENTRIES; i++)
		if (table[i] && !pte_is_leaf(table[i]))
			retire_table(npt, pte_table(table[i]), level - 1);
	__atomic_store_n(table, npt->retired, __ATOMIC_RELEASE);
	npt->retired = va_to_pa(table);
}

void npt_reclaim(struct npt *npt)
{
	if (npt->devices) {
		npt_view_sync(npt);
		npt_flush_devices(npt);
	}
	while (npt->retired) {
		uint64_t *table = pa_to_va(npt->retired);

		npt->retired = *table;
		pool_free(npt->pool, table);
	}
}

void npt_destroy(struct npt *npt)
{
	if (npt->root)
		retire_table(npt, pa_to_va(npt->root), TOP_LEVEL);
	npt->root = 0;
	npt_reclaim(npt);
}

/* Replace an empty entry or a large leaf by a table that maps the same. */
static uint64_t *make_table(struct npt *npt, uint64_t *pte, unsigned int level)
{
	uint64_t *table = pool_alloc(npt->pool);
	uint64_t old = *pte;
	unsigned int i;

	if (!table)
		return NULL;
	for (i = 0; pte_is_leaf(old) && i < TABLE_ENTRIES; i++)
		table[i] = pte_piece(old, level, i);
	__atomic_store_n(pte, va_to_pa(table) | PTE_TABLE, __ATOMIC_RELEASE);
	return table;
}

static void set_leaf(struct npt *npt, uint64_t *pte, unsigned int level, uint64_t value)
{
	uint64_t old = __atomic_exchange_n(pte, value, __ATOMIC_ACQ_REL);

	/* Only tracked tables have their leaves at level 1 alone, so that each is a page's. */
	if (npt->tracked && value && pte_is_leaf(old) && (old & PTE_BITS) && fault_remap_keeps())
		__atomic_fetch_or(pte, old & PTE_BITS, __ATOMIC_ACQ_REL);
	/* Another CPU may still walk the old table: not free before the flush. */
	if (old && !pte_is_leaf(old))
		retire_table(npt, pte_table(old), level - 1);
}

struct change {
	struct npt *npt;
	uint64_t gpa, end, hpa;
	uint64_t max_size;
	uint32_t access;
	bool unmap;
};

static bool fits(const struct change *c, unsigned int level)
{
	uint64_t size = pte_size(level);

	if ((c->gpa & (size - 1)) || c->end - c->gpa < size)
		return false;
	if (c->unmap)
		return true;
	return level <= 3 && size <= c->max_size && !(c->hpa & (size - 1));
}

/* Apply the change to the part of it below one table; c->gpa moves on. */
static bool change_table(struct change *c, uint64_t *table, unsigned int level)
{
	uint64_t size = pte_size(level);
	unsigned int i = (c->gpa >> pte_shift(level)) % TABLE_ENTRIES;

	for (; i < TABLE_ENTRIES && c->gpa < c->end; i++) {
		uint64_t step = MIN(size - (c->gpa & (size - 1)), c->end - c->gpa);
		uint64_t *pte = &table[i];

		if (level == 1 || fits(c, level)) {
			set_leaf(c->npt, pte, level,
				 c->unmap ? 0 : leaf(c->hpa, c->access, level));
		} else if (*pte || !c->unmap) {
			uint64_t *below = *pte && !pte_is_leaf(*pte) ? pte_table(*pte) :
					  make_table(c->npt, pte, level);

			if (!below || !change_table(c, below, level - 1))
				return false;
			continue;
		}
		c->gpa += step;
		c->hpa += step;
	}
	return true;
}

bool npt_map(struct npt *npt, uint64_t gpa, uint64_t hpa, uint64_t size, uint32_t access,
	     uint64_t max_size, uint64_t *done)
{
	struct change c = {
		.npt = npt, .gpa = gpa, .end = gpa + size, .hpa = hpa,
		.max_size = max_size, .access = access,
	};
	bool ok = change_table(&c, pa_to_va(npt->root), TOP_LEVEL);

	if (done)
		*done = c.gpa - gpa;
	return ok;
}

bool npt_unmap(struct npt *npt, uint64_t gpa, uint64_t size, uint64_t *done)
{
	struct change c = { .npt = npt, .gpa = gpa, .end = gpa + size, .unmap = true };
	bool ok = change_table(&c, pa_to_va(npt->root), TOP_LEVEL);

	if (done)
		*done = c.gpa - gpa;
	return ok;
}

static uint64_t *find_leaf(const struct npt *npt, uint64_t gpa, unsigned int *level)
{
	uint64_t *table = pa_to_va(npt->root);
	unsigned int l;

	if (!npt->root || gpa >> 48)
		return NULL;
	for (l = TOP_LEVEL; l; l--) {
		uint64_t *pte = &table[(gpa >> pte_shift(l)) % TABLE_ENTRIES];

		if (!*pte)
			return NULL;
		if (pte_is_leaf(*pte)) {
			*level = l;
			return pte;
		}
		table = pte_table(*pte);
	}
	return NULL;
}

bool npt_lookup(const struct npt *npt, uint64_t gpa, struct npt_entry *e)
{
	unsigned int level;
	uint64_t *pte = find_leaf(npt, gpa, &level);

	if (!pte)
		return false;
	e->size = pte_size(level);
	e->gpa = gpa & ~(e->size - 1);
	e->hpa = pte_address(*pte, level);
	e->access = leaf_access(*pte);
	e->accessed = *pte & PTE_A;
	e->dirty = *pte & PTE_D;
	return true;
}

int npt_access_bits(struct npt *npt, uint64_t gpa, uint32_t clear, uint32_t set)
{
	unsigned int level;
	uint64_t *pte = find_leaf(npt, gpa, &level);
	uint64_t off = 0, on = 0, old;

	if (!pte)
		return -1;
	if (!clear && !set) {
		old = *pte;
		return (old & PTE_A ? NPT_ACCESSED : 0) | (old & PTE_D ? NPT_DIRTY : 0);
	}
	for (; level > 1; level--) {
		uint64_t *table = make_table(npt, pte, level);

		if (!table)
			return -2;
		pte = &table[(gpa >> pte_shift(level - 1)) % TABLE_ENTRIES];
	}
	off |= clear & NPT_ACCESSED ? PTE_A : 0;
	off |= clear & NPT_DIRTY ? PTE_D : 0;
	on |= set & NPT_ACCESSED ? PTE_A : 0;
	on |= set & NPT_DIRTY ? PTE_D : 0;
	old = __atomic_fetch_and(pte, ~off, __ATOMIC_ACQ_REL);
	__atomic_fetch_or(pte, on, __ATOMIC_ACQ_REL);
	return (old & PTE_A ? NPT_ACCESSED : 0) | (old & PTE_D ? NPT_DIRTY : 0);
}

void *npt_gpa_to_va(const struct npt *npt, uint64_t gpa, uint32_t access)
{
	struct npt_entry e;

	if (!npt_lookup(npt, gpa, &e) || (e.access & access) != access)
		return NULL;
	return pa_to_va(e.hpa + (gpa - e.gpa));
}
