/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Overlay pages (TLFS 5.2.1): a page of the hypervisor's that a guest places over
 * its memory. What lies below comes back when the overlay goes, and whoever
 * changes the map below has it restored on top.
 */
#ifndef MINIHV_OVERLAY_H
#define MINIHV_OVERLAY_H

#include "memory/npt.h"

struct partition;

struct overlay {
	struct overlay *next;	/* of the same partition */
	void *page;		/* NULL: not placed */
	uint64_t gpa;
	uint32_t access;
	/* below */
	bool covers;
	uint64_t hpa;
	uint32_t hpa_access;
};

/*
 * Place @page at @gpa, moving @o if it is placed already. The caller holds the
 * lock of @p and no other; other CPUs have seen the change on return. *reserve are
 * pages set aside for the case that the partition has none left for tables. false:
 * no page for a table, or no such address; then @o is not placed.
 */
bool overlay_place(struct partition *p, struct overlay *o, uint64_t gpa, void *page,
		   uint32_t access, uint64_t *reserve);
void overlay_remove(struct partition *p, struct overlay *o);
/*
 * The entries of [gpa, gpa + size) were changed: put the overlays there on top
 * again. Lock of @p held; the caller flushes. false: no page for a table.
 */
bool overlays_restore(struct partition *p, uint64_t gpa, uint64_t size);

#endif
