// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls on the guest physical memory of a partition.
 */
#include "hvcall.h"

/* Pages per element of a map or unmap call, as a shift. */
static unsigned int hv_gpa_element_order(u32 map_flags)
{
	return map_flags & HV_MAP_GPA_LARGE_PAGE ? HV_LARGE_PAGE_ORDER : 0;
}

struct map_repeat {
	struct hv_repeat repeat;
	const struct hv_gpa_map *map;
};

static u64 hv_gpa_map_some(struct hv_repeat *repeat, unsigned int nr)
{
	const struct hv_gpa_map *map = container_of(repeat, struct map_repeat, repeat)->map;
	unsigned int order = hv_gpa_element_order(map->flags);
	u64 first = map->done + (repeat->done << order);
	unsigned int i;

	CLASS(hv_args, args)(sizeof(struct hv_input_map_gpa_pages) + nr * sizeof(u64), 0);
	struct hv_input_map_gpa_pages *in = args.in;

	in->target_partition_id = map->partition_id;
	in->target_gpa_base = map->gfn + first;
	in->map_flags = map->flags;
	if (map->pfns)
		for (i = 0; i < nr; i++)
			in->source_gpa_page_list[i] =
				map->pfns[(first + ((u64)i << order)) >> map->pfn_order];
	return hv_make_rep_call(HVCALL_MAP_GPA_PAGES, nr, 0, in, NULL);
}

#define MAP_MAX \
	((HV_HYP_PAGE_SIZE - sizeof(struct hv_input_map_gpa_pages)) / sizeof(u64))

static struct map_repeat hv_gpa_map_rest(const struct hv_gpa_map *map)
{
	unsigned int order = hv_gpa_element_order(map->flags);

	return (struct map_repeat) {
		.repeat = {
			.nr = (map->nr - map->done) >> order,
			.max = MAP_MAX,
			.make = hv_gpa_map_some,
		},
		.map = map,
	};
}

static void hv_gpa_map_advance(struct hv_gpa_map *map, const struct map_repeat *args)
{
	map->done += args->repeat.done << hv_gpa_element_order(map->flags);
}

/**
 * hv_try_map_gpa_pages - map guest pages with the memory that the hypervisor has
 * @map: what to map; @map->done is advanced
 *
 * For callers that hold a lock under which no memory can be allocated.
 *
 * Context: any.
 * Return: status; if it asks for memory, deposit some and call again.
 */
u64 hv_try_map_gpa_pages(struct hv_gpa_map *map)
{
	struct map_repeat args = hv_gpa_map_rest(map);
	u64 status = HV_STATUS_SUCCESS;

	while (args.repeat.done < args.repeat.nr && hv_result_success(status))
		status = hv_repeat_once(&args.repeat);
	hv_gpa_map_advance(map, &args);
	return status;
}

/**
 * hv_call_map_gpa_pages - map guest pages, giving the hypervisor what it needs
 * @map: what to map; @map->done is advanced
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno; what is below @map->done is mapped either way.
 */
int hv_call_map_gpa_pages(struct hv_gpa_map *map)
{
	struct map_repeat args = hv_gpa_map_rest(map);
	u64 status = hv_repeat(&args.repeat, map->partition_id);

	hv_gpa_map_advance(map, &args);
	return hv_status_to_errno(status);
}

struct unmap_repeat {
	struct hv_repeat repeat;
	u64 partition_id;
	u64 gfn;
	u32 large;
};

static u64 hv_gpa_unmap_some(struct hv_repeat *repeat, unsigned int nr)
{
	struct unmap_repeat *unmap = container_of(repeat, struct unmap_repeat, repeat);

	CLASS(hv_args, args)(sizeof(struct hv_input_unmap_gpa_pages), 0);
	struct hv_input_unmap_gpa_pages *in = args.in;

	in->target_partition_id = unmap->partition_id;
	in->target_gpa_base = unmap->gfn + (repeat->done << hv_gpa_element_order(unmap->large));
	in->unmap_flags = unmap->large ? HV_UNMAP_GPA_LARGE_PAGE : 0;
	return hv_make_rep_call(HVCALL_UNMAP_GPA_PAGES, nr, 0, in, NULL);
}

/*
 * The call has no list: an element costs the hypervisor time and no room. This
 * bounds the time that interrupts are off.
 */
#define UNMAP_MAX	512

/**
 * hv_call_unmap_gpa_pages - unmap guest pages
 * @partition_id: whose
 * @gfn: first guest page
 * @nr: number of 4 KiB pages
 * @large: HV_MAP_GPA_LARGE_PAGE if they were mapped in large pages, or 0
 *
 * Context: any; never allocates.
 * Return: 0 or a negative errno.
 */
int hv_call_unmap_gpa_pages(u64 partition_id, u64 gfn, u64 nr, u32 large)
{
	struct unmap_repeat args = {
		.repeat = {
			.nr = nr >> hv_gpa_element_order(large),
			.max = UNMAP_MAX,
			.make = hv_gpa_unmap_some,
		},
		.partition_id = partition_id,
		.gfn = gfn,
		.large = large,
	};
	u64 status = HV_STATUS_SUCCESS;

	while (args.repeat.done < args.repeat.nr && hv_result_success(status)) {
		unsigned int tries = 0;

		do {
			status = hv_repeat_once(&args.repeat);
		} while (hv_persist(status, &tries));
	}
	return hv_status_to_errno(status);
}

struct access_repeat {
	struct hv_repeat repeat;
	u64 partition_id;
	u64 gfn;
	union hv_gpa_page_access_state_flags flags;
	union hv_gpa_page_access_state *states;
};

static u64 hv_gpa_states_of_some(struct hv_repeat *repeat, unsigned int nr)
{
	struct access_repeat *access = container_of(repeat, struct access_repeat, repeat);
	u64 status;

	CLASS(hv_args, args)(sizeof(struct hv_input_get_gpa_pages_access_state), nr);
	struct hv_input_get_gpa_pages_access_state *in = args.in;

	in->partition_id = access->partition_id;
	in->hv_gpa_page_number = access->gfn + repeat->done;
	in->flags = access->flags;
	status = hv_make_rep_call(HVCALL_GET_GPA_PAGES_ACCESS_STATES, nr, 0, in, args.out);
	memcpy(access->states + repeat->done, args.out, min(hv_repcomp(status), nr));
	return status;
}

/* The repeat count of a hypercall has twelve bits. */
#define ACCESS_MAX	(HV_HYP_PAGE_SIZE - 1)

/**
 * hv_call_get_gpa_access_states - read, and perhaps change, access and dirty bits
 * @partition_id: whose
 * @gfn: first guest page
 * @nr: number of pages
 * @flags: what becomes of the bits after they are read
 * @states: one for each page
 * @done: of how many pages there are states, and the bits have been changed
 *
 * Context: process context, may sleep.
 * Return: 0 or a negative errno; then it is done for some, or none.
 */
int hv_call_get_gpa_access_states(u64 partition_id, u64 gfn, unsigned int nr,
				  union hv_gpa_page_access_state_flags flags,
				  union hv_gpa_page_access_state *states, unsigned int *done)
{
	struct access_repeat args = {
		.repeat = {
			.nr = nr,
			.max = ACCESS_MAX,
			.make = hv_gpa_states_of_some,
		},
		.partition_id = partition_id,
		.gfn = gfn,
		.flags = flags,
		.states = states,
	};
	u64 status = hv_repeat(&args.repeat, partition_id);

	*done = args.repeat.done;
	return hv_status_to_errno(status);
}
