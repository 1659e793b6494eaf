// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on the pages in which the hypervisor counts.
 */
#include <linux/mm.h>

#include "hvcall.h"

static u64 hv_try_map_stats_page(enum hv_stats_object_type type,
				 const union hv_stats_object_identity *identity, struct page **page)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_map_stats_page),
			     sizeof(struct hv_output_map_stats_page));
	struct hv_input_map_stats_page *in = args.in;
	struct hv_output_map_stats_page *out = args.out;
	u64 status;

	in->type = type;
	in->identity = *identity;
	status = hv_make_call(HVCALL_MAP_STATS_PAGE, in, out);
	if (hv_result_success(status))
		*page = pfn_to_page(out->map_location);
	return status;
}

/**
 * hv_call_map_stats_page - map the statistics of an object where the hypervisor likes
 * @type: kind of object
 * @identity: which object, and which area of its statistics
 * @page: out: where they are
 *
 * The pages come out of root's pool, whatever they are about.
 *
 * Return: 0 or a negative errno.
 */
int hv_call_map_stats_page(enum hv_stats_object_type type,
			   const union hv_stats_object_identity *identity, struct page **page)
{
	struct hv_deposit deposit = { .partition_id = hv_current_partition_id };
	u64 status;

	do {
		status = hv_try_map_stats_page(type, identity, page);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

static u64 hv_try_map_stats_page2(enum hv_stats_object_type type,
				  const union hv_stats_object_identity *identity, struct page *page)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_map_stats_page2), 0);
	struct hv_input_map_stats_page2 *in = args.in;

	in->type = type;
	in->identity = *identity;
	in->map_location = page_to_pfn(page);
	return hv_make_call(HVCALL_MAP_STATS_PAGE2, in, NULL);
}

/* The same over a page of the caller's, for partitions that must provide it. */
int hv_call_map_stats_page2(enum hv_stats_object_type type,
			    const union hv_stats_object_identity *identity, struct page *page)
{
	struct hv_deposit deposit = { .partition_id = hv_current_partition_id };
	u64 status;

	do {
		status = hv_try_map_stats_page2(type, identity, page);
	} while (hv_deposit_for(&deposit, status));
	return hv_deposit_end(&deposit, status);
}

static u64 hv_try_unmap_stats_page(enum hv_stats_object_type type,
				   const union hv_stats_object_identity *identity)
{
	CLASS(hv_args, args)(sizeof(struct hv_input_unmap_stats_page), 0);
	struct hv_input_unmap_stats_page *in = args.in;

	in->type = type;
	in->identity = *identity;
	return hv_make_call(HVCALL_UNMAP_STATS_PAGE, in, NULL);
}

int hv_call_unmap_stats_page(enum hv_stats_object_type type,
			     const union hv_stats_object_identity *identity)
{
	unsigned int tries = 0;
	u64 status;

	do {
		status = hv_try_unmap_stats_page(type, identity);
	} while (hv_persist(status, &tries));
	return hv_status_to_errno(status);
}
