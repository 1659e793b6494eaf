// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is mapped in a DMA domain: any range is mapped and unmapped exactly, in pages of any
 * size, whatever call fails, at once or after a part of it.
 *
 * The hypervisor is a table here that says no where Hyper-V may: to what is mapped already,
 * to unmapping what is not, and to a part of a large page, since nobody knows what becomes of
 * one. Random sequences are compared with a plain list of pages after each step.
 */
#include "iommu.h"
#include "hv_device.h"

#define LARGE		512ULL
#define PAGES		(16 * LARGE)
#define ROUNDS		300
#define STEPS		150

struct entry {
	u64 pfn;		/* 0: none */
	u32 flags;
	bool large;
};

static struct entry table[PAGES];	/* the hypervisor's */
static struct entry books[PAGES];	/* what there should be */
static struct hv_domain domain;
static bool evacuated;
static bool takes_large;
/* One in so many calls fails, and one in so many allocations; 0: none does. */
static unsigned int fail_calls, fail_memory;
static unsigned long nr_calls, nr_failed, nr_cut_large, nr_large, nr_stale;

/* The same in each run. */
static u64 seed;

static u64 pick(u64 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

#define check(condition, ...)						\
	do {								\
		if (!(condition)) {					\
			printf("map-test: %s:%d: %s\n", __func__, __LINE__, #condition); \
			exit(1);					\
		}							\
	} while (0)

void *test_alloc(size_t size, gfp_t gfp)
{
	if (!(gfp & __GFP_NOFAIL) && fail_memory && !pick(fail_memory))
		return NULL;
	return calloc(1, size);
}

/* ---- the hypervisor */

/* How many of @nr elements are done before it fails; @nr: it does not. */
static u64 call_ends_after(u64 nr)
{
	nr_calls++;
	if (!fail_calls || pick(fail_calls))
		return nr;
	nr_failed++;
	return pick(nr);
}

int hv_call_map_device_pages(struct hv_device_map *map)
{
	bool large = map->flags & HV_MAP_GPA_LARGE_PAGE;
	u64 step = large ? LARGE : 1, limit, i;

	check(domain.created && map->nr);
	if (large && !takes_large)
		return -EINVAL;
	limit = call_ends_after(map->nr);
	for (; map->done < limit; map->done++) {
		u64 iova = map->iova + map->done * step, pfn = map->pfn(map, map->done);

		check(IS_ALIGNED(iova | pfn, step) && iova + step <= PAGES);
		for (i = 0; i < step; i++) {
			check(!table[iova + i].pfn);
			table[iova + i] = (struct entry) {
				pfn + i, map->flags & ~HV_MAP_GPA_LARGE_PAGE, large,
			};
		}
		nr_large += large;
	}
	return limit == map->nr ? 0 : -EIO;
}

int hv_call_unmap_device_pages(u32 id, u64 iova, u64 nr)
{
	u64 limit = call_ends_after(nr), i;

	check(domain.created && nr && iova + nr <= PAGES);
	/* of a domain that is given up, what can be unmapped is */
	check(!table[iova].large || !(iova % LARGE) || domain.broken);
	check(!table[iova + nr - 1].large || !((iova + nr) % LARGE) || domain.broken);
	/* what it does of a large page it does as a whole */
	if (limit < nr && table[iova + limit].large)
		limit = ALIGN_DOWN(iova + limit, LARGE) - iova;
	for (i = 0; i < limit; i++) {
		check(table[iova + i].pfn || domain.broken);
		table[iova + i].pfn = 0;
	}
	return limit == nr ? 0 : -EIO;
}

int hv_domain_delete(struct hv_domain *d)
{
	if (call_ends_after(1) != 1)
		return -EIO;
	for (u64 i = 0; i < PAGES; i++)
		table[i].pfn = 0;
	d->created = false;
	d->stale = d->stale_end = 0;
	return 0;
}

void hv_attach_evacuate(struct hv_domain *d)
{
	check(d->broken);
	evacuated = true;
}

/* Whether it is the guest's is not asked here: whatever is refused leaves no trace. */
int hv_container_allows(struct hv_domain *d, u64 page, u64 pfn, u64 nr, bool writable)
{
	return fail_memory && !pick(fail_memory) ? -EINVAL : 0;
}

/* Of all that there is in the books, in what pieces soever. */
static u64 asked_pages;

bool mshv_partition_has_pages(struct mshv_partition *pt, u64 gfn, u64 pfn, u64 nr, bool writable)
{
	u64 i;

	for (i = 0; i < nr; i++)
		check(books[gfn + i].pfn == pfn + i &&
		      !!(books[gfn + i].flags & HV_MAP_GPA_WRITABLE) == writable);
	asked_pages += nr;
	return true;
}

/* ---- comparison */

static void compare_with_guest(u64 nr)
{
	guard(mutex)(&domain.lock);
	asked_pages = 0;
	check(hv_domain_is_of(&domain, NULL));
	check(asked_pages == nr);
}

static void compare(void)
{
	u64 i, nr = 0;

	for (i = 0; i < PAGES; i++) {
		phys_addr_t phys = hv_domain_iova_to_phys(&domain.domain, i << 12 | 5);

		check(phys == (books[i].pfn ? books[i].pfn << 12 | 5 : 0));
		nr += !!books[i].pfn;
	}
	check(domain.nr_pages == nr);
	compare_with_guest(nr);
	if (domain.broken)
		return;
	for (i = 0; i < PAGES; i++) {
		u64 pfn = domain.created ? books[i].pfn : 0;

		/* until it is flushed it may be there */
		if (i >= domain.stale && i < domain.stale_end) {
			check(domain.created && !books[i].pfn && table[i].pfn);
			continue;
		}
		check(table[i].pfn == pfn);
		check(!pfn || table[i].flags == books[i].flags);
	}
}

/* ---- steps */

static void step_map(void)
{
	u64 start = pick(PAGES), nr = 1 + pick(pick(2) ? 5 : PAGES), pfn, i;
	int prot = IOMMU_READ | (pick(2) ? IOMMU_WRITE : 0), ret;
	bool taken = false;
	size_t mapped = 0;

	if (pick(2)) {
		start = ALIGN_DOWN(start, LARGE);
		nr = ALIGN(nr, LARGE);
	}
	if (nr > PAGES - start)
		nr = PAGES - start;
	/* some lie as their addresses do, and can be large */
	pfn = 0x100000 + (pick(3) ? start : pick(PAGES));
	for (i = 0; i < nr; i++)
		taken |= !!books[start + i].pfn;
	ret = hv_domain_map(&domain.domain, start << 12, pfn << 12, 4096, nr, prot, GFP_KERNEL,
			    &mapped);
	if (taken && !domain.broken)
		check(ret && !mapped);
	check(ret || mapped == nr << 12);
	for (i = 0; i < mapped >> 12; i++)
		books[start + i] = (struct entry) {
			pfn + i, HV_MAP_GPA_READABLE | (prot & IOMMU_WRITE ? HV_MAP_GPA_WRITABLE : 0),
			false,
		};
}

static void count_cut(u64 at)
{
	if (domain.created && at < PAGES && table[at].pfn && table[at].large && at % LARGE)
		nr_cut_large++;
}

/* A core asks for a flush only where something was gathered since the last one. */
static struct iommu_iotlb_gather gather = NOTHING_GATHERED;

static void flush(void)
{
	if (gather.start < gather.end)
		hv_domain_flush(&domain.domain, &gather);
	gather = NOTHING_GATHERED;
}

static void step_unmap(void)
{
	u64 start = pick(PAGES), nr = 1 + pick(pick(2) ? 700 : PAGES), i;
	size_t done;

	if (nr > PAGES - start)
		nr = PAGES - start;
	count_cut(start);
	count_cut(start + nr);
	done = hv_domain_unmap(&domain.domain, start << 12, 4096, nr, &gather) >> 12;
	nr_stale += domain.stale_end != domain.stale;
	/* who lets go of pages has asked for that; who is not done goes on with the next */
	if (pick(4)) {
		flush();
		check(domain.stale == domain.stale_end);
	}
	for (i = 0; i < nr && books[start + i].pfn; i++)
		;
	check(done == i);
	for (i = 0; i < done; i++)
		books[start + i].pfn = 0;
}

/* As hv_domain_enter() does, and the end of the last device's stay. */
static void step_device(void)
{
	int ret;

	if (domain.devices.counter) {
		domain.devices.counter = 0;
		return;
	}
	if (domain.broken)
		return;
	if (!domain.created) {
		guard(mutex)(&domain.lock);
		domain.created = true;
		ret = hv_domain_replay(&domain);
		if (ret) {
			if (hv_domain_delete(&domain))
				domain.broken = true;
			return;
		}
	}
	domain.devices.counter = 1;
}

static void run_round(unsigned int round)
{
	unsigned int i;

	seed = 0x9e3779b97f4a7c15ULL * (round + 1);
	domain = (struct hv_domain) { .id = 1 };
	for (i = 0; i < PAGES; i++)
		table[i].pfn = books[i].pfn = 0;
	evacuated = false;
	/* once taken, they always are: so it is by round, refused ones last */
	takes_large = round < ROUNDS / 2;
	fail_calls = round % 3 ? 0 : 20;
	fail_memory = round % 4 ? 0 : 10;
	for (i = 0; i < STEPS; i++) {
		bool was_broken = domain.broken;

		if (!pick(6))
			step_device();
		else if (pick(2))
			step_map();
		else
			step_unmap();
		check(!domain.broken || was_broken || evacuated || !domain.devices.counter);
		compare();
	}
	guard(mutex)(&domain.lock);
	hv_domain_forget(&domain);
}

int main(void)
{
	unsigned int round;

	for (round = 0; round < ROUNDS; round++)
		run_round(round);
	printf("map-test: %u rounds, %lu calls, %lu of them failed, %lu large pages, %lu cut\n",
	       ROUNDS, nr_calls, nr_failed, nr_large, nr_cut_large);
	/* else it has not been asked */
	check(nr_failed > 100 && nr_large > 100 && nr_cut_large > 100 && nr_stale > 100);
	printf("PASS hv_iommu/map\n");
	return 0;
}
