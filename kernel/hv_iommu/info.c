// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mshv_root tells of devices and domains over netlink, it has from here.
 *
 * A domain that no device is in is not told of: nothing is done with it.
 */
#include <linux/list.h>
#include <linux/pci.h>

#include "../include/hv_device_abi.h"
#include "../include/mshv_device.h"
#include "../include/mshv_device_info.h"
#include "info.h"

/* Never 0, which stands for no number. */
static atomic_t info_generation = ATOMIC_INIT(1);

void hv_info_changed(void)
{
	if (!atomic_inc_return(&info_generation))
		atomic_inc(&info_generation);
}

static unsigned int info_get_generation(void)
{
	return atomic_read(&info_generation);
}

static enum mshv_device_mode info_mode(const struct hv_place *place)
{
	switch (place->kind) {
	case HV_PLACE_PARTITION:
		return MSHV_DEVICE_MODE_DIRECT;
	case HV_PLACE_DOMAIN:
		if (place->domain_id == MSHV_DEVICE_DOMAIN_DEFAULT)
			return MSHV_DEVICE_MODE_IDENTITY;
		if (place->domain_id != MSHV_DEVICE_DOMAIN_NULL)
			return MSHV_DEVICE_MODE_MAPPED;
		return MSHV_DEVICE_MODE_BLOCKED;
	default:
		return MSHV_DEVICE_MODE_BLOCKED;
	}
}

static void info_of_device(const struct hv_endpoint *ep, const struct hv_place *place,
			   struct mshv_device_info *info)
{
	lockdep_assert_held(&hv_attach_lock);
	*info = (struct mshv_device_info){
		.segment = pci_domain_nr(ep->pdev->bus),
		.bus = ep->pdev->bus->number,
		.devfn = ep->pdev->devfn,
		.mode = info_mode(place),
		.domain = MSHV_DEVICE_NONE,
		.partition = MSHV_DEVICE_NONE,
		.logical_id = ep->id,
		.interrupts = list_count_nodes((struct list_head *)&ep->msis),
		.faults = ep->faults,
	};
	if (info->mode == MSHV_DEVICE_MODE_MAPPED)
		info->domain = place->domain_id;
	if (info->mode == MSHV_DEVICE_MODE_DIRECT)
		info->partition = place->partition_id;
}

static u64 info_key(const struct hv_endpoint *ep)
{
	return (u64)pci_domain_nr(ep->pdev->bus) << 16 | pci_dev_id(ep->pdev);
}

static int info_next_device(u64 *key, struct mshv_device_info *info)
{
	struct hv_endpoint *ep, *next = NULL;

	guard(mutex)(&hv_endpoints_lock);
	guard(mutex)(&hv_attach_lock);
	list_for_each_entry(ep, &hv_endpoints, node)
		if (info_key(ep) >= *key && (!next || info_key(ep) < info_key(next)))
			next = ep;
	if (!next)
		return -ENOENT;
	*key = info_key(next);
	info_of_device(next, &next->place, info);
	return 0;
}

/* Those that devices are in, by the hypervisor's number. */
static int info_next_domain(u64 *key, struct mshv_domain_info *info)
{
	struct hv_endpoint *ep;

	*info = (struct mshv_domain_info){
		.id = MSHV_DEVICE_NONE,
		.mode = MSHV_DEVICE_MODE_MAPPED,
		.partition = MSHV_DEVICE_NONE,
		.mapped = MSHV_DEVICE_NONE,
	};
	guard(mutex)(&hv_endpoints_lock);
	guard(mutex)(&hv_attach_lock);
	list_for_each_entry(ep, &hv_endpoints, node) {
		if (info_mode(&ep->place) != MSHV_DEVICE_MODE_MAPPED ||
		    ep->place.domain_id < *key || ep->place.domain_id > info->id)
			continue;
		if (ep->place.domain_id < info->id)
			info->devices = 0;
		info->id = ep->place.domain_id;
		if (ep->domain)
			info->mapped = READ_ONCE(ep->domain->nr_pages) << HV_HYP_PAGE_SHIFT;
		info->devices++;
	}
	if (!info->devices)
		return -ENOENT;
	*key = info->id;
	return 0;
}

/**
 * hv_info_fault - tell that a device was refused something
 * @ep: the device
 * @fault: what
 * @untold: how many others were not told of
 */
void hv_info_fault(const struct hv_endpoint *ep, const struct mshv_dma_fault *fault, u64 untold)
{
	struct mshv_device_info info;

	info_of_device(ep, &ep->place, &info);
	mshv_device_fault(&info, fault->address, fault->write, untold);
}

/**
 * hv_info_moved - tell that a device is somewhere else
 * @ep: the device
 * @from: where it was
 */
void hv_info_moved(const struct hv_endpoint *ep, const struct hv_place *from)
{
	struct mshv_device_info info;

	hv_info_changed();
	if (info_mode(&ep->place) == MSHV_DEVICE_MODE_BLOCKED) {
		info_of_device(ep, from, &info);
		mshv_device_detached(&info);
	} else {
		info_of_device(ep, &ep->place, &info);
		mshv_device_attached(&info);
	}
}

static const struct mshv_device_info_ops info_ops = {
	.next_device = info_next_device,
	.next_domain = info_next_domain,
	.generation = info_get_generation,
};

int hv_info_init(void)
{
	return mshv_device_info_register(&info_ops);
}

void hv_info_exit(void)
{
	mshv_device_info_unregister(&info_ops);
}
