// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Translation of a guest's linear addresses: AMD64 Architecture Programmer's
 * Manual, volume 2, chapter 5 "Page Translation and Protection".
 */
#include <errno.h>

#include "emulate/walk.h"

#define CR0_WP (UINT64_C(1) << 16)
#define CR0_PG (UINT64_C(1) << 31)
#define CR4_PSE (UINT64_C(1) << 4)
#define CR4_PAE (UINT64_C(1) << 5)
#define CR4_LA57 (UINT64_C(1) << 12)
#define CR4_SMAP (UINT64_C(1) << 21)
#define EFER_LMA (UINT64_C(1) << 10)
#define EFER_NXE (UINT64_C(1) << 11)
#define RFLAGS_AC (UINT64_C(1) << 18)

#define PTE_PRESENT 0x01
#define PTE_WRITE 0x02
#define PTE_USER 0x04
#define PTE_ACCESSED 0x20
#define PTE_DIRTY 0x40
#define PTE_LARGE 0x80
#define PTE_PAT_LARGE 0x1000 /* in an entry of a large page */
#define PTE_ADDRESS UINT64_C(0x000ffffffffff000)
#define PTE_NX (UINT64_C(1) << 63)

#define VECTOR_STACK 12
#define VECTOR_PROTECTION 13
#define VECTOR_PAGE_FAULT 14

/* Error code of a page fault. */
#define FAULT_PRESENT 0x1
#define FAULT_WRITE 0x2
#define FAULT_USER 0x4
#define FAULT_RESERVED 0x8

#define LOW_4G UINT64_C(0xffffffff)

/**
 * struct paging - how the guest translates now
 * @levels: of tables; 0 if paging is off
 * @wide: entries have 8 bytes, not 4
 * @large_4m: the upper level of two may have large pages
 * @nx: the uppermost bit of a wide entry means something
 */
struct paging {
	uint64_t cr0, cr3, cr4, rflags;
	unsigned int levels;
	bool wide;
	bool large_4m;
	bool nx;
};

static int page_fault(struct mshv_vp *vp, uint64_t linear, unsigned int access,
		      uint32_t error)
{
	if (access & WALK_WRITE)
		error |= FAULT_WRITE;
	if (access & WALK_USER)
		error |= FAULT_USER;
	vp->fault = (struct guest_fault){
		.exception = {
			.vector = VECTOR_PAGE_FAULT,
			.has_error_code = true,
			.error_code = error,
			.parameter = linear,
		},
		.valid = true,
	};
	return -EFAULT;
}

int walk_segment_fault(struct mshv_vp *vp, bool stack, bool has_error_code)
{
	vp->fault = (struct guest_fault){
		.exception = {
			.vector = stack ? VECTOR_STACK : VECTOR_PROTECTION,
			.has_error_code = has_error_code,
		},
		.valid = true,
	};
	return -EFAULT;
}

static int read_paging(struct mshv_vp *vp, struct paging *p)
{
	static const uint32_t names[] = {
		HV_X64_REGISTER_CR0, HV_X64_REGISTER_CR3, HV_X64_REGISTER_CR4,
		HV_X64_REGISTER_EFER, HV_X64_REGISTER_RFLAGS,
	};
	union hv_register_value v[5];
	int err;

	err = mshv_regcache_get(vp->cache, names, v, 5);
	if (err)
		return err;
	p->cr0 = v[0].reg64;
	p->cr3 = v[1].reg64;
	p->cr4 = v[2].reg64;
	p->rflags = v[4].reg64;
	p->nx = v[3].reg64 & EFER_NXE;
	if (!(p->cr0 & CR0_PG))
		p->levels = 0;
	else if (v[3].reg64 & EFER_LMA)
		p->levels = p->cr4 & CR4_LA57 ? 5 : 4;
	else
		p->levels = p->cr4 & CR4_PAE ? 3 : 2;
	p->wide = p->levels > 2;
	p->large_4m = p->levels == 2 && (p->cr4 & CR4_PSE);
	return 0;
}

static bool is_canonical(const struct paging *p, uint64_t linear)
{
	unsigned int bits = p->levels == 5 ? 57 : 48;
	int64_t high = (int64_t)linear >> (bits - 1);

	return p->levels < 4 || high == 0 || high == -1;
}

/* Address of the entry of @level for @linear; @table is where the table is. */
static uint64_t entry_gpa(const struct paging *p, uint64_t table,
			  unsigned int level, uint64_t linear)
{
	if (!p->wide)
		return table + 4 * (linear >> (12 + 10 * (level - 1)) & 0x3ff);
	if (p->levels == 3 && level == 3)
		return table + 8 * (linear >> 30 & 3);
	return table + 8 * (linear >> (12 + 9 * (level - 1)) & 0x1ff);
}

static int read_entry(struct mshv_vp *vp, const struct paging *p, uint64_t gpa,
		      uint64_t *entry)
{
	*entry = 0;
	/* Other VPs may change it meanwhile: one read, and that counts. */
	return vm_read(vp->vm, gpa, entry, p->wide ? 8 : 4) ? -EFAULT : 0;
}

/* -EAGAIN where it is no longer what was read: then it may not even be an entry now. */
static int mark_entry(struct mshv_vp *vp, const struct paging *p, uint64_t gpa,
		      uint64_t entry, uint64_t bits)
{
	int err;

	if ((entry & bits) == bits)
		return 0;
	err = vm_exchange(vp->vm, gpa, p->wide ? 8 : 4, entry, entry | bits);
	return err == -EACCES ? -EFAULT : err;
}

static bool is_leaf(const struct paging *p, unsigned int level, uint64_t entry)
{
	if (level == 1)
		return true;
	if (!(entry & PTE_LARGE))
		return false;
	return p->wide ? level == 2 || (level == 3 && p->levels > 3) :
			 p->large_4m;
}

static uint64_t leaf_gpa(const struct paging *p, unsigned int level,
			 uint64_t entry, uint64_t linear)
{
	uint64_t offset;

	if (!p->wide && level == 2) {
		/* Bits 13 to 20 of a 4 MiB entry are bits 32 to 39. */
		return (entry & 0xffc00000) | (entry >> 13 & 0xff) << 32 |
		       (linear & 0x3fffff);
	}
	offset = (UINT64_C(1) << (12 + 9 * (level - 1))) - 1;
	return (entry & PTE_ADDRESS & ~offset) | (linear & offset);
}

/* Whether a bit is set that means nothing. Every machine has 32 bits of an address. */
static bool has_reserved_bits(struct mshv_vp *vp, const struct paging *p,
			      unsigned int level, uint64_t entry)
{
	const bool large = level > 1 && (entry & PTE_LARGE);
	uint64_t reserved = 0;

	/* The four on top of three levels were checked when they were loaded. */
	if (p->levels == 3 && level == 3)
		return false;
	/* Bit 21 of a 4 MiB entry; the others there are more of the address. */
	if (!p->wide)
		return large && p->large_4m && (entry >> 21 & 1);
	if ((entry & PTE_ADDRESS) >> 32)
		reserved = PTE_ADDRESS & UINT64_MAX << vm_address_bits(vp->vm);
	if (!p->nx)
		reserved |= PTE_NX;
	if (large && is_leaf(p, level, entry))
		reserved |= ((UINT64_C(1) << (12 + 9 * (level - 1))) - 1) & PTE_ADDRESS &
			    ~(uint64_t)PTE_PAT_LARGE;
	else if (large)
		reserved |= PTE_LARGE;
	return entry & reserved;
}

static bool may_access(const struct paging *p, uint64_t rights,
		       unsigned int access)
{
	bool user = access & WALK_USER;

	if (user && !(rights & PTE_USER))
		return false;
	if (!user && (rights & PTE_USER) && (p->cr4 & CR4_SMAP) &&
	    !(p->rflags & RFLAGS_AC) && !(access & WALK_FETCH))
		return false;
	if (!(access & WALK_WRITE) || (rights & PTE_WRITE))
		return true;
	return !user && !(p->cr0 & CR0_WP);
}

/* The root's low bits are flags or a process id; with 3 levels it is finer. */
static uint64_t root_table(const struct paging *p)
{
	if (p->levels == 3)
		return p->cr3 & 0xffffffe0;
	return p->cr3 & (p->wide ? PTE_ADDRESS : LOW_4G & PTE_ADDRESS);
}

static int walk_tables(struct mshv_vp *vp, const struct paging *p,
		       uint64_t linear, unsigned int access, uint64_t *gpa)
{
	uint64_t table = root_table(p), rights = PTE_WRITE | PTE_USER;
	struct { uint64_t gpa, entry; } used[5];
	uint64_t entry = 0;
	unsigned int level, n = 0;
	int err;

	for (level = p->levels; ; level--) {
		used[n].gpa = entry_gpa(p, table, level, linear);
		err = read_entry(vp, p, used[n].gpa, &entry);
		if (err)
			return err;
		used[n++].entry = entry;
		if (!(entry & PTE_PRESENT))
			return page_fault(vp, linear, access, 0);
		if (has_reserved_bits(vp, p, level, entry))
			return page_fault(vp, linear, access, FAULT_PRESENT | FAULT_RESERVED);
		/* The four entries on top of three levels grant all. */
		if (p->levels == 3 && level == 3)
			n--;
		else
			rights &= entry;
		if (is_leaf(p, level, entry))
			break;
		table = entry & PTE_ADDRESS;
	}
	if (!may_access(p, rights, access))
		return page_fault(vp, linear, access, FAULT_PRESENT);

	for (unsigned int i = 0; i < n; i++) {
		bool last = i == n - 1;
		uint64_t bits = PTE_ACCESSED;

		if (last && (access & WALK_WRITE))
			bits |= PTE_DIRTY;
		err = mark_entry(vp, p, used[i].gpa, used[i].entry, bits);
		if (err)
			return err;
	}
	*gpa = leaf_gpa(p, level, entry, linear);
	return 0;
}

int walk(struct mshv_vp *vp, uint64_t linear, unsigned int access,
	 uint64_t *gpa)
{
	struct paging p;
	int err;

	vp->fault.valid = false;
	err = read_paging(vp, &p);
	if (err)
		return err;
	if (!p.levels) {
		*gpa = linear & LOW_4G;
		return 0;
	}
	if (p.levels < 4)
		linear &= LOW_4G;
	if (!is_canonical(&p, linear))
		return walk_segment_fault(vp, access & WALK_STACK, true);
	/* As the processor does, from the top if another VP changes an entry meanwhile. */
	do {
		err = walk_tables(vp, &p, linear, access, gpa);
	} while (err == -EAGAIN);
	return err;
}
