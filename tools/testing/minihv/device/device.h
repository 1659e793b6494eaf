/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions as the hypervisor knows them: whose table each uses, and what it did wrong.
 */
#ifndef MINIHV_DEVICE_H
#define MINIHV_DEVICE_H

#include "base/sync.h"
#include "device/faults.h"
#include "device/pci.h"
#include "partition/partition.h"
#include "synic/synic.h"

struct domain;

enum device_place {
	DEVICE_DEFAULT,		/* root's own memory */
	DEVICE_NULL,		/* nothing passes: the domain of that name */
	DEVICE_NOWHERE,		/* nothing passes: it was detached */
	DEVICE_IN_DOMAIN,	/* one that root made */
	DEVICE_ATTACHED,	/* a child's memory */
};

struct device {
	bool used;
	bool placed;			/* by a call: it is not where it was at boot */
	uint16_t rid;
	enum device_place place;
	struct domain *domain;		/* in DEVICE_IN_DOMAIN */
	/* in DEVICE_ATTACHED */
	struct partition *partition;
	uint64_t logical_id;
	bool ats_wrong;			/* attached with ATS where it has none, or the other way */
	struct pci_bar bars[PCI_BARS];
	void *page;			/* what the child pays for it */
	/* Of the spare processor, see carrier.h; 0: none. For its owner's, and a child's. */
	uint8_t free_vectors[2];
	uint32_t counts[NR_DEVICE_COUNTS];
	struct synic_message message;	/* about a fault */
};

/*
 * Guards all devices, domains and their tables. Between a partition's lock and those of
 * VPs.
 */
extern struct spinlock device_lock;

/*
 * The requester that a device id of PCI type names; false: it is malformed, or nothing
 * makes requests by that id.
 */
bool device_id_rid(uint64_t id, uint16_t *rid);

/* All that follows: the lock is held. */
struct device *device_of(uint16_t rid);
/* All that were named, one after the other; NULL: no more. */
struct device *device_first(void);
struct device *device_next(struct device *d);
/* Where it is from now on; @domain and @partition as the place needs them. */
void device_move(struct device *d, enum device_place place, struct domain *domain,
		 struct partition *partition);
/* The table that a device in this place uses, NULL: none. */
const struct npt *device_table(const struct device *d);

/* At power-off. Returns the number of things that were not given back. */
unsigned int devices_report(void);

#endif
