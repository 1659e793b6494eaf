/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nested page tables: guest physical to physical. 4 KiB, 2 MiB and 1 GiB
 * entries; a larger entry is split when a part of it changes. The caller holds
 * the partition's lock and flushes other CPUs (cpu_flush_partition) after it
 * took access away.
 */
#ifndef MINIHV_NPT_H
#define MINIHV_NPT_H

#include "memory/mem.h"

/* Access bits of an entry; a mapped entry may have none of them. */
#define NPT_READ	BIT(0)
#define NPT_WRITE	BIT(1)
#define NPT_EXEC	BIT(2)
#define NPT_UNCACHED	BIT(3)
#define NPT_RWX		(NPT_READ | NPT_WRITE | NPT_EXEC)

struct npt {
	uint64_t root;		/* physical address of the PML4 */
	struct pool *pool;	/* where table pages come from and go to */
	uint64_t retired;	/* tables out of use that a CPU may still be walking */
	bool tracked;		/* somebody reads the accessed and dirty bits */
	uint16_t devices;	/* devices use them, too, under this number; 0: none do */
	uint64_t view[4];	/* and by these tables, see view.h; 0: by the same */
};

struct npt_entry {
	uint64_t gpa, hpa;	/* of the start of the entry */
	uint64_t size;		/* 4 KiB, 2 MiB, 1 GiB */
	uint32_t access;	/* NPT_*; 0: mapped without access */
	bool accessed, dirty;
};

/* Makes devices forget what they know of @npt; set when there are such. */
extern void (*npt_flush_devices)(const struct npt *npt);

/* false: the pool is out of pages. */
bool npt_init(struct npt *npt, struct pool *pool);
/*
 * Flush devices and give retired tables back to the pool; cpu_flush_partition() does when
 * all processors have left.
 */
void npt_reclaim(struct npt *npt);
/* Gives back every table page; entries need not be unmapped before. */
void npt_destroy(struct npt *npt);

/*
 * Map [gpa, gpa + size) to [hpa, ...) with the largest entries that alignment
 * and @max_size allow, replacing what was there. false: out of pages; what was
 * mapped so far stays, *done tells how much of it (bytes).
 */
bool npt_map(struct npt *npt, uint64_t gpa, uint64_t hpa, uint64_t size, uint32_t access,
	     uint64_t max_size, uint64_t *done);
/* Removes [gpa, gpa + size), mapped or not; false: a split ran out of pages. */
bool npt_unmap(struct npt *npt, uint64_t gpa, uint64_t size, uint64_t *done);
/* false: nothing is mapped at @gpa (then *e is not written). */
bool npt_lookup(const struct npt *npt, uint64_t gpa, struct npt_entry *e);
/*
 * Read and change the accessed and dirty bits of the entry at @gpa; a large
 * entry is split first so that each 4 KiB page has its own. @clear and @set:
 * NPT_ACCESSED, NPT_DIRTY. Returns the old bits, -1 when unmapped, -2 out of pages.
 */
#define NPT_ACCESSED	BIT(0)
#define NPT_DIRTY	BIT(1)
int npt_access_bits(struct npt *npt, uint64_t gpa, uint32_t clear, uint32_t set);
/* Address of [gpa, gpa + len) within one page for @access, NULL if not allowed. */
void *npt_gpa_to_va(const struct npt *npt, uint64_t gpa, uint32_t access);

#endif
