// SPDX-License-Identifier: GPL-2.0-only
/* Direct attach and its end. */
#include "device/attach.h"
#include "device/pci.h"
#include "device/translate.h"
#include "faults/faults.h"
#include "memory/view.h"
#include <hvabi/hvabi.h>

/* The first device that is attached to @p, from @d on; NULL: none. */
static struct device *next_attached(const struct partition *p, struct device *d)
{
	for (; d; d = device_next(d))
		if (d->place == DEVICE_ATTACHED && d->partition == p)
			return d;
	return NULL;
}

struct device *device_attached(const struct partition *p, uint64_t logical_id)
{
	struct device *d = next_attached(p, device_first());

	while (d && d->logical_id != logical_id)
		d = next_attached(p, device_next(d));
	return d;
}

static uint16_t refusal(const struct device *d, const struct attach *a)
{
	bool in_use = fault_device(DEVICE_KNOB_IN_USE);

	if (d->place == DEVICE_ATTACHED)
		return in_use ? HV_STATUS_OBJECT_IN_USE : HV_STATUS_INVALID_DEVICE_STATE;
	if (device_attached(a->partition, a->logical_id))
		return in_use ? HV_STATUS_OBJECT_IN_USE : HV_STATUS_KEY_ALREADY_EXISTS;
	if (d->placed && fault_device(DEVICE_KNOB_DETACH_FIRST))
		return HV_STATUS_INVALID_DEVICE_STATE;
	return HV_STATUS_SUCCESS;
}

/* The child pays for each device, and with the first one for the view. */
static uint16_t take_memory(struct device *d, struct partition *p)
{
	d->page = pool_alloc(&p->pool);
	if (!d->page)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	if (!p->npt.view[0] && !npt_view_make(&p->npt, &p->pool)) {
		pool_free(&p->pool, d->page);
		return HV_STATUS_INSUFFICIENT_MEMORY;
	}
	return HV_STATUS_SUCCESS;
}

static void give_memory_back(struct device *d, struct partition *p)
{
	pool_free(&p->pool, d->page);
	d->page = NULL;
	if (next_attached(p, device_first()))
		return;
	if (p->npt.devices)
		translate_number_back(&p->npt);
	npt_view_drop(&p->npt, &p->pool);
}

uint16_t device_attach(struct device *d, const struct attach *a)
{
	uint16_t status = refusal(d, a);

	if (status == HV_STATUS_SUCCESS)
		status = take_memory(d, a->partition);
	if (status != HV_STATUS_SUCCESS)
		return status;
	if (!translate_number(&a->partition->npt)) {
		give_memory_back(d, a->partition);
		return HV_STATUS_INSUFFICIENT_DEVICE_DOMAINS;
	}
	d->logical_id = a->logical_id;
	d->ats_wrong = a->ats != pci_has_ats(d->rid);
	pci_read_bars(d->rid, d->bars);
	device_move(d, DEVICE_ATTACHED, NULL, a->partition);
	return HV_STATUS_SUCCESS;
}

/* L1VH has no domains that it could put a device into. */
void device_detach(struct device *d)
{
	struct partition *p = d->partition;

	device_move(d, options.l1vh ? DEVICE_DEFAULT : DEVICE_NOWHERE, NULL, NULL);
	d->placed = false;
	give_memory_back(d, p);
}

static bool in_bars(const struct device *d, uint64_t pa)
{
	unsigned int i;

	for (i = 0; i < PCI_BARS; i++)
		if (pa >= d->bars[i].base && pa - d->bars[i].base < d->bars[i].size)
			return true;
	return false;
}

/* A virtual function shows no BARs of its own, so it may have any page. */
static bool may_have(const struct device *d, uint64_t pa)
{
	unsigned int i;

	for (i = 0; i < PCI_BARS; i++)
		if (d->bars[i].size)
			return in_bars(d, pa);
	return true;
}

/* The registers of such a device are given to a child, too. */
static bool any_in_domain(void)
{
	struct device *d;

	for (d = device_first(); d; d = device_next(d))
		if (d->place == DEVICE_IN_DOMAIN)
			return true;
	return false;
}

bool device_may_map(const struct partition *p, uint64_t pa)
{
	struct device *d = next_attached(p, device_first());

	while (d && !may_have(d, pa))
		d = next_attached(p, device_next(d));
	if (d)
		return !d->ats_wrong || fault_device(DEVICE_KNOB_ANY_ATS);
	return !options.l1vh && (any_in_domain() || !fault_device(DEVICE_KNOB_BAR_AFTER_ATTACH));
}

void device_partition_gone(struct partition *p)
{
	struct device *d;

	spin_lock(&p->lock);
	spin_lock(&device_lock);
	while ((d = next_attached(p, device_first()))) {
		hv_strict("partition %lu is finalized with device 0x%x attached", p->id, d->rid);
		device_detach(d);
	}
	spin_unlock(&device_lock);
	spin_unlock(&p->lock);
}
