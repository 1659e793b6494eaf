// SPDX-License-Identifier: GPL-2.0-only
/* Overlay pages, see overlay.h. */
#include "partition/overlay.h"
#include "cpu/cpu.h"
#include "partition/partition.h"

#define GPA_LIMIT	BIT(47)

/* Remember what lies below and cover it. */
static bool cover(struct partition *p, struct overlay *o)
{
	struct npt_entry e;

	o->covers = npt_lookup(&p->npt, o->gpa, &e);
	if (o->covers) {
		o->hpa = e.hpa + (o->gpa - e.gpa);
		o->hpa_access = e.access;
	}
	return npt_map(&p->npt, o->gpa, va_to_pa(o->page), PAGE_SIZE, o->access, PAGE_SIZE, NULL);
}

/* The table that held the overlay's entry takes the old one back: no page is needed. */
static void uncover(struct partition *p, const struct overlay *o)
{
	bool ok;

	if (o->covers)
		ok = npt_map(&p->npt, o->gpa, o->hpa, PAGE_SIZE, o->hpa_access, PAGE_SIZE, NULL);
	else
		ok = npt_unmap(&p->npt, o->gpa, PAGE_SIZE, NULL);
	hv_assert(ok);
}

static void unlink(struct partition *p, struct overlay *o)
{
	struct overlay **at = &p->overlays;

	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	o->page = NULL;
}

void overlay_remove(struct partition *p, struct overlay *o)
{
	if (!o->page)
		return;
	uncover(p, o);
	unlink(p, o);
	cpu_flush_partition(p);
}

bool overlay_place(struct partition *p, struct overlay *o, uint64_t gpa, void *page,
		   uint32_t access, uint64_t *reserve)
{
	bool ok;

	if (o->page && o->page == page && o->gpa == gpa)
		return true;
	overlay_remove(p, o);
	if (gpa >= GPA_LIMIT || !p->npt_ready)
		return false;
	o->gpa = gpa;
	o->page = page;
	o->access = access;
	ok = cover(p, o);
	if (!ok) {
		pool_give_back(p->npt.pool, reserve);
		ok = cover(p, o);
	}
	if (!ok) {
		o->page = NULL;
		return false;
	}
	o->next = p->overlays;
	p->overlays = o;
	cpu_flush_partition(p);
	return true;
}

bool overlays_restore(struct partition *p, uint64_t gpa, uint64_t size)
{
	struct overlay *o;

	for (o = p->overlays; o; o = o->next) {
		struct npt_entry e;

		if (o->gpa < gpa || o->gpa - gpa >= size)
			continue;
		if (npt_lookup(&p->npt, o->gpa, &e) &&
		    e.hpa + (o->gpa - e.gpa) == va_to_pa(o->page))
			continue;
		if (!cover(p, o))
			return false;
	}
	return true;
}
