// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls for devices and their domains: one function each.
 */
#include <linux/container_of.h>

#include "../include/mshv_hvcall.h"
#include "hv_device.h"

static struct mshv_device_domain_hdr hv_domain_hdr(u32 id)
{
	return (struct mshv_device_domain_hdr) {
		.partition_id = HV_PARTITION_ID_SELF,
		.domain_id = id,
	};
}

static u64 hv_create_device_domain(u32 id)
{
	CLASS(hv_args, args)(sizeof(struct mshv_in_create_device_domain), 0);
	struct mshv_in_create_device_domain *in = args.in;

	in->hdr = hv_domain_hdr(id);
	in->flags = MSHV_DEVICE_DOMAIN_FORWARD_PROGRESS;
	return hv_make_call(HVCALL_CREATE_DEVICE_DOMAIN, in, NULL);
}

int hv_call_create_device_domain(u32 id)
{
	struct hv_deposit deposit = { .partition_id = hv_current_partition_id };
	u64 status;

	do {
		status = hv_create_device_domain(id);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

static u64 hv_delete_device_domain(u32 id)
{
	CLASS(hv_args, args)(sizeof(struct mshv_in_delete_device_domain), 0);
	struct mshv_in_delete_device_domain *in = args.in;

	in->hdr = hv_domain_hdr(id);
	return hv_make_call(HVCALL_DELETE_DEVICE_DOMAIN, in, NULL);
}

int hv_call_delete_device_domain(u32 id)
{
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_delete_device_domain(id);
	} while (hv_persist(status, &tries));
	return hv_status_to_errno(status);
}

static u64 hv_attach_device_domain(u64 device, u32 id)
{
	CLASS(hv_args, args)(sizeof(struct mshv_in_attach_device_domain), 0);
	struct mshv_in_attach_device_domain *in = args.in;

	in->hdr = hv_domain_hdr(id);
	in->device_id = device;
	return hv_make_call(HVCALL_ATTACH_DEVICE_DOMAIN, in, NULL);
}

/* Two functions may have one name, behind a bridge that answers for both. */
int hv_call_attach_device_domain(u64 device, u32 id)
{
	struct hv_deposit deposit = { .partition_id = hv_current_partition_id };
	u64 status;

	do {
		status = hv_attach_device_domain(device, id);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

static u64 hv_detach_device_domain(u64 device)
{
	CLASS(hv_args, args)(sizeof(struct mshv_in_detach_device_domain), 0);
	struct mshv_in_detach_device_domain *in = args.in;

	in->partition_id = HV_PARTITION_ID_SELF;
	in->device_id = device;
	return hv_make_call(HVCALL_DETACH_DEVICE_DOMAIN, in, NULL);
}

int hv_call_detach_device_domain(u64 device)
{
	struct hv_deposit deposit = { .partition_id = hv_current_partition_id };
	u64 status;

	do {
		status = hv_detach_device_domain(device);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

struct map_repeat {
	struct hv_repeat repeat;
	struct hv_device_map *map;
};

static u64 hv_map_device_pages(struct hv_repeat *repeat, unsigned int nr)
{
	CLASS(hv_args, args)(sizeof(struct mshv_in_map_device_gpa_pages), 0);
	struct hv_device_map *map = container_of(repeat, struct map_repeat, repeat)->map;
	struct mshv_in_map_device_gpa_pages *in = args.in;
	unsigned int shift = HV_HYP_PAGE_SHIFT;
	unsigned int i;

	if (map->flags & HV_MAP_GPA_LARGE_PAGE)
		shift = HV_HYP_LARGE_PAGE_SHIFT;
	in->hdr = hv_domain_hdr(map->domain_id);
	in->map_flags = map->flags;
	in->iova = (map->iova << HV_HYP_PAGE_SHIFT) + (repeat->done << shift);
	for (i = 0; i < nr; i++)
		in->pfns[i] = map->pfn(map, repeat->done + i);
	return hv_make_rep_call(HVCALL_MAP_DEVICE_GPA_PAGES, nr, 0, in, NULL);
}

/**
 * hv_call_map_device_pages - map pages in a domain
 * @map: what
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno; @map->done is how far it came.
 */
int hv_call_map_device_pages(struct hv_device_map *map)
{
	struct map_repeat r = {
		.repeat = {
			.nr = map->nr,
			.done = map->done,
			.max = MSHV_MAP_DEVICE_PAGES_MAX,
			.make = hv_map_device_pages,
		},
		.map = map,
	};
	u64 status = hv_repeat(&r.repeat, hv_current_partition_id);

	map->done = r.repeat.done;
	return hv_status_to_errno(status);
}

struct unmap_repeat {
	struct hv_repeat repeat;
	u32 domain_id;
	u64 iova;
};

static u64 hv_unmap_device_pages(struct hv_repeat *repeat, unsigned int nr)
{
	CLASS(hv_args, args)(sizeof(struct mshv_in_unmap_device_gpa_pages), 0);
	struct unmap_repeat *r = container_of(repeat, struct unmap_repeat, repeat);
	struct mshv_in_unmap_device_gpa_pages *in = args.in;

	in->hdr = hv_domain_hdr(r->domain_id);
	in->iova = (r->iova + repeat->done) << HV_HYP_PAGE_SHIFT;
	return hv_make_rep_call(HVCALL_UNMAP_DEVICE_GPA_PAGES, nr, 0, in, NULL);
}

/**
 * hv_call_unmap_device_pages - unmap pages of a domain
 * @id: the domain
 * @iova: page number of the first
 * @nr: pages, all of which are mapped
 *
 * The hypervisor has forgotten its cached translations when it returns.
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno; then some may be mapped still.
 */
int hv_call_unmap_device_pages(u32 id, u64 iova, u64 nr)
{
	struct unmap_repeat r = {
		.repeat = {
			.nr = nr,
			.max = MSHV_UNMAP_DEVICE_PAGES_MAX,
			.make = hv_unmap_device_pages,
		},
		.domain_id = id,
		.iova = iova,
	};
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_repeat(&r.repeat, hv_current_partition_id);
	} while (hv_persist(status, &tries));
	return hv_status_to_errno(status);
}

static u64 hv_attach_device(u64 partition, u64 device, u64 logical, bool ats)
{
	CLASS(hv_args, args)(sizeof(struct mshv_in_attach_device), 0);
	struct mshv_in_attach_device *in = args.in;

	in->partition_id = partition;
	in->device_id = device;
	in->flags = MSHV_ATTACH_LOGICAL_ID | (ats ? MSHV_ATTACH_ATS_SUPPORTED : 0);
	in->logical_id = logical;
	return hv_make_call(HVCALL_ATTACH_DEVICE, in, NULL);
}

/**
 * hv_call_attach_device - let a device use the memory of a partition
 * @partition: the partition, which pays for the call
 * @device: the device, as the host calls it
 * @logical: how the partition shall call it
 * @ats: it can cache translations, whether or not it does; if this is wrong its BARs
 *	cannot be mapped later
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno.
 */
int hv_call_attach_device(u64 partition, u64 device, u64 logical, bool ats)
{
	struct hv_deposit deposit = { .partition_id = partition };
	u64 status;

	do {
		status = hv_attach_device(partition, device, logical, ats);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

static u64 hv_detach_device(u64 partition, u64 logical)
{
	CLASS(hv_args, args)(sizeof(struct mshv_in_detach_device), 0);
	struct mshv_in_detach_device *in = args.in;

	in->partition_id = partition;
	in->logical_id = logical;
	return hv_make_call(HVCALL_DETACH_DEVICE, in, NULL);
}

int hv_call_detach_device(u64 partition, u64 logical)
{
	struct hv_deposit deposit = { .partition_id = partition };
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_detach_device(partition, logical);
	} while (hv_deposit_for(&deposit, status) || hv_persist(status, &tries));
	return hv_deposit_end(&deposit, status);
}
