/* SPDX-License-Identifier: GPL-2.0-only */
/* Device domains: tables that root makes for devices of its own. */
#ifndef MINIHV_DOMAIN_H
#define MINIHV_DOMAIN_H

#include "memory/npt.h"

struct domain {
	struct list node;
	struct npt npt;		/* tables below the first come from its owner's deposits */
	struct pool *pool;	/* where the first one, the view and this object come from */
	uint32_t id;		/* its owner's name for it */
	uint32_t devices;	/* how many use it */
};

/* The lock of the devices is held for all of these. Each returns HV_STATUS_*. */
struct domain *domain_find(uint32_t id);
/* Tables come from @tables. */
uint16_t domain_create(uint32_t id, struct pool *tables);
/* No device uses it. */
void domain_delete(struct domain *d);
/*
 * Map @size bytes at @iova, nothing of which may be mapped, to @hpa, by entries of at most
 * @max_size.
 */
uint16_t domain_map(struct domain *d, uint64_t iova, uint64_t hpa, uint64_t size,
		    uint32_t access, uint64_t max_size);
/* Unmap @pages at @iova, all of which must be mapped; *done: how many were. */
uint16_t domain_unmap(struct domain *d, uint64_t iova, uint64_t pages, uint64_t *done);
/* After changes: devices have seen them when it returns. */
void domain_flush(struct domain *d);

/* At power-off: how many domains there are. */
unsigned int domains_report(void);

#endif
