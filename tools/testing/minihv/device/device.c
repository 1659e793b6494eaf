// SPDX-License-Identifier: GPL-2.0-only
/* The functions that anybody has named, and where they are. */
#include "device/device.h"
#include "device/domain.h"
#include "device/translate.h"
#include <hvabi/hvabi.h>

#define MAX_DEVICES	256

struct spinlock device_lock;

static struct device devices[MAX_DEVICES];

/*
 * Behind a bridge that changes requester ids the secondary bus tells which, so its range
 * has to have the function in it. Without one nothing is said of buses.
 */
static bool shadow_ok(const union hv_device_id *id)
{
	const union hv_pci_bus_range *range = &id->pci.shadow_bus_range;
	uint8_t bus = id->pci.rid >> 8;

	if (!id->pci.source_shadow)
		return !range->as_uint16;
	return range->secondary_bus <= bus && bus <= range->subordinate_bus;
}

bool device_id_rid(uint64_t value, uint16_t *rid)
{
	union hv_device_id id = { .as_uint64 = value };

	*rid = id.pci.rid;
	return id.device_type == HV_DEVICE_TYPE_PCI && !id.pci.segment && !id.pci.rsvdz0 &&
	       !id.pci.phantom_function_bits && shadow_ok(&id) && pci_is_requester(*rid);
}

struct device *device_of(uint16_t rid)
{
	struct device *d;

	for (d = devices; d < devices + MAX_DEVICES && d->used; d++)
		if (d->rid == rid)
			return d;
	if (d == devices + MAX_DEVICES)
		hv_fatal("more than %u devices", MAX_DEVICES);
	d->rid = rid;
	d->used = true;
	return d;
}

struct device *device_first(void)
{
	return devices[0].used ? &devices[0] : NULL;
}

struct device *device_next(struct device *d)
{
	return ++d < devices + MAX_DEVICES && d->used ? d : NULL;
}

const struct npt *device_table(const struct device *d)
{
	switch (d->place) {
	case DEVICE_DEFAULT:
		return &root_partition->npt;
	case DEVICE_IN_DOMAIN:
		return &d->domain->npt;
	case DEVICE_ATTACHED:
		return &d->partition->npt;
	default:
		return NULL;
	}
}

void device_move(struct device *d, enum device_place place, struct domain *domain,
		 struct partition *partition)
{
	struct domain *left = d->domain;

	d->place = place;
	d->domain = domain;
	d->partition = partition;
	d->placed = place != DEVICE_NOWHERE;
	if (domain)
		domain->devices++;
	translate_set(d->rid, device_table(d));
	if (left)
		left->devices--;
}

/* What came of it during the run; a line for each device that did anything. */
static void report_counts(const struct device *d)
{
	static const char *const names[NR_DEVICE_COUNTS] = {
		"no mapping", "no access", "blocked", "page 0", "hypervisor's memory",
		"blocked interrupts", "interrupts to children",
	};
	unsigned int i;

	for (i = 0; i < NR_DEVICE_COUNTS; i++)
		if (d->counts[i])
			hv_log("device 0x%x: %s: %u", d->rid, names[i], d->counts[i]);
}

unsigned int devices_report(void)
{
	unsigned int leaks = 0;
	struct device *d;

	device_faults_poll();
	for (d = device_first(); d; d = device_next(d))
		report_counts(d);
	for (d = device_first(); d; d = device_next(d))
		if (d->place == DEVICE_ATTACHED) {
			hv_log("leak: device 0x%x is attached to partition %lu", d->rid,
			       d->partition->id);
			leaks++;
		}
	return leaks + domains_report();
}
