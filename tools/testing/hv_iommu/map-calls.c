// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many hypercalls a guest of 64 GiB costs whose memory is mapped for a device, in pages of
 * 2 MiB that lie anywhere. The books are the driver's; the calls are counted, not made. Beside
 * it what lists of 506 small pages would be, one after the other for each call of the core:
 * how the driver that was posted for Linux does it.
 *
 * Output is lines "NAME VALUE".
 */
#include "iommu.h"
#include "hv_device.h"

#define LARGE		512ULL
#define GUEST_PAGES	(64ULL << 30 >> 12)
#define POSTED_MAX	506
#define RUNS_MAX	512

static struct hv_domain domain;
static bool takes_large;
static u64 map_calls, unmap_calls, posted_calls, delete_calls;

#define check(condition)						\
	do {								\
		if (!(condition)) {					\
			printf("map-calls: line %d: %s\n", __LINE__, #condition); \
			exit(1);					\
		}							\
	} while (0)

static u64 divide_up(u64 n, u64 by)
{
	return (n + by - 1) / by;
}

void *test_alloc(size_t size, gfp_t gfp)
{
	return calloc(1, size);
}

/* ---- the hypervisor */

int hv_call_map_device_pages(struct hv_device_map *map)
{
	bool large = map->flags & HV_MAP_GPA_LARGE_PAGE;

	/* refused at the first list */
	if (large && !takes_large) {
		map_calls++;
		return -EINVAL;
	}
	map_calls += divide_up(map->nr, MSHV_MAP_DEVICE_PAGES_MAX);
	map->done = map->nr;
	return 0;
}

int hv_call_unmap_device_pages(u32 id, u64 iova, u64 nr)
{
	unmap_calls += divide_up(nr, MSHV_UNMAP_DEVICE_PAGES_MAX);
	return 0;
}

int hv_domain_delete(struct hv_domain *d)
{
	delete_calls++;
	d->created = false;
	d->stale = d->stale_end = 0;
	return 0;
}

void hv_attach_evacuate(struct hv_domain *d)
{
	check(false);
}

/* There are domains. */
int hv_container_allows(struct hv_domain *d, u64 page, u64 pfn, u64 nr, bool writable)
{
	return 0;
}

bool mshv_partition_has_pages(struct mshv_partition *pt, u64 gfn, u64 pfn, u64 nr, bool writable)
{
	check(false);
	return false;
}

/* ---- the guest */

/* @run: pages that lie one behind the other, which the core maps with one call. */
static void guest_map(u64 run)
{
	u64 page, nr_runs = GUEST_PAGES / run;
	size_t mapped = 0;

	for (page = 0; page < GUEST_PAGES; page += run) {
		/* in the reverse order, so that no two are neighbours */
		u64 pfn = (nr_runs - page / run) * run;

		check(!hv_domain_map(&domain.domain, page << 12, pfn << 12, 1 << 21, run / LARGE,
				     IOMMU_READ | IOMMU_WRITE, GFP_KERNEL, &mapped));
		posted_calls += divide_up(run, POSTED_MAX);
	}
	check(mapped >> 12 == GUEST_PAGES);
}

static void device_enters(void)
{
	guard(mutex)(&domain.lock);
	domain.created = true;
	check(!hv_domain_replay(&domain));
	domain.devices.counter = 1;
}

/* As VFIO's container does: run by run, and it lets go of the pages of 512 of them at a time. */
static void guest_unmap(u64 run)
{
	struct iommu_iotlb_gather gather = NOTHING_GATHERED;
	u64 page, n = 0;

	for (page = 0; page < GUEST_PAGES; page += run) {
		check(hv_domain_unmap(&domain.domain, page << 12, 1 << 21, run / LARGE, &gather) ==
		      run << 12);
		if (++n % RUNS_MAX == 0)
			hv_domain_flush(&domain.domain, NULL);
	}
	hv_domain_flush(&domain.domain, NULL);
}

static void begin(void)
{
	domain = (struct hv_domain) { .id = 1 };
	map_calls = 0;
	unmap_calls = 0;
	posted_calls = 0;
	delete_calls = 0;
}

/* What is mapped before the device comes: all of it at once, and one call for its end. */
static u64 mapped_before(void)
{
	begin();
	guest_map(LARGE);
	check(!map_calls);
	device_enters();
	domain.devices.counter = 0;
	guest_unmap(LARGE);
	check(!unmap_calls && delete_calls == 1);
	return map_calls;
}

/* What is mapped while the device is there: a call of the core for each run of pages. */
static u64 mapped_after(u64 run)
{
	begin();
	device_enters();
	guest_map(run);
	guest_unmap(run);
	check(!delete_calls);
	return map_calls;
}

static void print(const char *name, u64 value)
{
	printf("%s %lu\n", name, (unsigned long)value);
}

/* Large pages that are taken are so for good: they come first. */
int main(int argc, char **argv)
{
	u64 least = divide_up(GUEST_PAGES, MSHV_MAP_DEVICE_PAGES_MAX), calls;
	u64 least_unmap = divide_up(GUEST_PAGES, MSHV_UNMAP_DEVICE_PAGES_MAX);

	takes_large = argc > 1 && argv[1][0] == 'l';
	if (takes_large) {
		calls = mapped_before();
		check(calls <= 80);
		print("dma_64g_before_large", calls);
		print("dma_64g_after_large", mapped_after(LARGE));
		print("dma_64g_after_large_1g", mapped_after(LARGE * 512));
	} else {
		calls = mapped_before();
		check(calls >= least && calls * 100 <= least * 102);
		print("dma_64g_before_small", calls);
		print("dma_64g_after_small", mapped_after(LARGE));
		print("dma_64g_posted", posted_calls);
		/* a list for what is let go of at a time ends early */
		check(unmap_calls <= least_unmap + GUEST_PAGES / LARGE / RUNS_MAX);
		print("dma_64g_unmap", unmap_calls);
		print("dma_64g_after_small_1g", mapped_after(LARGE * 512));
		mapped_before();
		print("dma_64g_end", delete_calls);
	}
	return 0;
}
