// SPDX-License-Identifier: GPL-2.0-only
/*
 * 1 GiB entries for children. One call maps less than 1 GiB, since its list of
 * large pages is shorter than 512; so entries are joined once all are there.
 */
#include "memory/promote.h"

#define PER_HUGE	(SIZE_1G / SIZE_2M)

static bool follows(const struct npt_entry *first, const struct npt_entry *e, uint64_t offset)
{
	return e->size == SIZE_2M && e->hpa == first->hpa + offset && e->access == first->access;
}

static bool joinable(const struct npt *npt, uint64_t gpa, struct npt_entry *first)
{
	struct npt_entry e;
	uint64_t i;

	if (!npt_lookup(npt, gpa, first) || first->size != SIZE_2M ||
	    (first->hpa & (SIZE_1G - 1)) || !first->access)
		return false;
	/* From the end, where a map that is still growing is not complete. */
	for (i = PER_HUGE - 1; i; i--)
		if (!npt_lookup(npt, gpa + i * SIZE_2M, &e) || !follows(first, &e, i * SIZE_2M))
			return false;
	return true;
}

void gpa_promote(struct npt *npt, uint64_t gpa, uint64_t end)
{
	for (gpa &= ~(SIZE_1G - 1); gpa < end; gpa += SIZE_1G) {
		struct npt_entry first;

		/* Replaces a table by an entry: it cannot run out of pages. */
		if (joinable(npt, gpa, &first) &&
		    !npt_map(npt, gpa, first.hpa, SIZE_1G, first.access, SIZE_1G, NULL))
			hv_fatal("no memory for an entry in place of a table");
	}
}
