// SPDX-License-Identifier: GPL-2.0-only
/* Device domains. */
#include "device/domain.h"
#include "device/translate.h"
#include "faults/faults.h"
#include "memory/promote.h"
#include "memory/view.h"
#include <hvabi/hvabi.h>

static struct list domains = { &domains, &domains };

struct domain *domain_find(uint32_t id)
{
	struct list *pos;

	list_for_each(pos, &domains) {
		struct domain *d = container_of(pos, struct domain, node);

		if (d->id == id)
			return d;
	}
	return NULL;
}

/* Gives back what there is of it. */
static void destroy(struct domain *d)
{
	uint64_t root = d->npt.root;

	if (root && !npt_unmap(&d->npt, 0, BIT(TRANSLATE_WIDTH), NULL))
		hv_fatal("no memory to empty a device domain");
	npt_reclaim(&d->npt);
	npt_view_drop(&d->npt, d->pool);
	if (d->npt.devices)
		translate_number_back(&d->npt);
	if (root)
		pool_free(d->pool, pa_to_va(root));
	pool_free(d->pool, d);
}

/*
 * Nobody who creates a domain is known to deposit for it, so its own pages are the
 * hypervisor's expense, unless a knob says otherwise.
 */
uint16_t domain_create(uint32_t id, struct pool *tables)
{
	struct pool *pool = fault_device(DEVICE_KNOB_MEMORY) ? tables : &hv_pool;
	struct domain *d = pool_alloc(pool);

	if (!d)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	d->pool = pool;
	d->id = id;
	if (!npt_init(&d->npt, pool) || !npt_view_make(&d->npt, pool)) {
		destroy(d);
		return HV_STATUS_INSUFFICIENT_MEMORY;
	}
	d->npt.pool = tables;
	if (!translate_number(&d->npt)) {
		destroy(d);
		return HV_STATUS_INSUFFICIENT_DEVICE_DOMAINS;
	}
	list_add_tail(&d->node, &domains);
	return HV_STATUS_SUCCESS;
}

void domain_delete(struct domain *d)
{
	hv_assert(!d->devices);
	list_del(&d->node);
	destroy(d);
}

static bool any_mapped(const struct domain *d, uint64_t iova, uint64_t size)
{
	struct npt_entry e;
	uint64_t at;

	for (at = iova; at < iova + size; at += PAGE_SIZE)
		if (npt_lookup(&d->npt, at, &e))
			return true;
	return false;
}

uint16_t domain_map(struct domain *d, uint64_t iova, uint64_t hpa, uint64_t size,
		    uint32_t access, uint64_t max_size)
{
	if (any_mapped(d, iova, size))
		return HV_STATUS_INVALID_PARAMETER;
	if (!npt_map(&d->npt, iova, hpa, size, access, max_size, NULL))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	if (max_size == SIZE_1G)
		gpa_promote(&d->npt, iova, iova + size);
	return HV_STATUS_SUCCESS;
}

/* A large entry goes as a whole if all of it is to go, else it is split. */
uint16_t domain_unmap(struct domain *d, uint64_t iova, uint64_t pages, uint64_t *done)
{
	uint64_t end = iova + pages * PAGE_SIZE, at = iova, step;
	struct npt_entry e;

	for (*done = 0; at < end; at += step, *done += step / PAGE_SIZE) {
		if (!npt_lookup(&d->npt, at, &e))
			return HV_STATUS_INVALID_PARAMETER;
		step = MIN(e.gpa + e.size, end) - at;
		if (!npt_unmap(&d->npt, at, step, NULL))
			return HV_STATUS_INSUFFICIENT_MEMORY;
	}
	return HV_STATUS_SUCCESS;
}

void domain_flush(struct domain *d)
{
	npt_reclaim(&d->npt);
}

unsigned int domains_report(void)
{
	unsigned int n = 0;
	struct list *pos;

	list_for_each(pos, &domains) {
		const struct domain *d = container_of(pos, struct domain, node);

		hv_log("leak: device domain %u with %u devices", d->id, d->devices);
		n++;
	}
	return n;
}
