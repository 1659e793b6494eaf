// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root and context tables of the VT-d unit. Second-level tables are nested page tables as
 * they are: what both formats use means the same (present and readable, writable, large,
 * the address), and the unit ignores the rest. Guests have a view for devices.
 *
 * All buses share one context table until a device of theirs is moved.
 */
#include "device/translate.h"
#include "device/unit.h"
#include "faults/faults.h"

#define CAP_4_LEVELS	BIT(10)
#define CAP_2M		BIT(34)
#define CAP_1G		BIT(35)

#define ENTRY_PRESENT	BIT(0)
#define CONTEXT_LEVELS	2	/* four */
#define CONTEXT_NUMBER	8

#define INV_CONTEXT	1
#define INV_IOTLB	2
#define INV_ALL		BIT(4)
#define INV_NUMBER	(2ull << 4)
#define INV_DEVICE	(3ull << 4)
#define INV_NUMBER_AT	16
#define INV_DEVICE_AT	32

#define BUSES		256
#define FUNCTIONS	256
#define NUMBERS		1024

struct context {
	uint64_t low, high;
} __attribute__((aligned(16)));

static struct context *roots;			/* NULL: no translation */
static struct context *shared, *own[BUSES];	/* context tables */
static uint64_t numbers[NUMBERS / 64];		/* taken */
static struct spinlock number_lock;

static struct context context_of(const struct npt *npt)
{
	if (!npt)
		return (struct context){ 0, 0 };
	return (struct context){
		(npt->view[0] ? npt->view[0] : npt->root) | ENTRY_PRESENT,
		CONTEXT_LEVELS | (uint64_t)npt->devices << CONTEXT_NUMBER,
	};
}

/* The device goes on while its entry changes: both halves at once. */
static void set_entry(struct context *at, struct context value)
{
	struct context old = *at;
	bool done;

	do {
		asm volatile("lock cmpxchg16b %1"
			     : "=@ccz"(done), "+m"(*at), "+a"(old.low), "+d"(old.high)
			     : "b"(value.low), "c"(value.high)
			     : "memory");
	} while (!done);
}

static void flush(const struct npt *npt)
{
	unit_invalidate(INV_IOTLB | INV_NUMBER | (uint64_t)npt->devices << INV_NUMBER_AT, 0);
}

static void fill(struct context *table, struct context value)
{
	unsigned int i;

	for (i = 0; i < FUNCTIONS; i++)
		table[i] = value;
}

void translate_init(struct npt *root)
{
	const uint64_t needed = CAP_4_LEVELS | CAP_2M | CAP_1G;
	unsigned int i;

	if (!unit_present() || (unit_read64(UNIT_CAP) & needed) != needed)
		return;
	npt_flush_devices = flush;
	numbers[0] = BIT(0);
	roots = hv_alloc_pages(1);
	shared = hv_alloc_pages(1);
	if (!translate_number(root))
		hv_fatal("no number for root's table");
	fill(shared, context_of(root));
	for (i = 0; i < BUSES; i++)
		roots[i].low = va_to_pa(shared) | ENTRY_PRESENT;
	unit_write64(UNIT_RTADDR, va_to_pa(roots));
	unit_command(UNIT_CMD_ROOT_TABLE);
	unit_command(UNIT_CMD_TRANSLATE);
}

bool translate_present(void)
{
	return roots;
}

static bool take_number(uint16_t *number)
{
	uint32_t limit = fault_device_numbers();
	uint32_t n, end = limit && limit < NUMBERS ? limit : NUMBERS;

	for (n = 0; n < end; n++)
		if (!(numbers[n / 64] & BIT(n % 64))) {
			numbers[n / 64] |= BIT(n % 64);
			*number = n;
			return true;
		}
	return false;
}

bool translate_number(struct npt *npt)
{
	bool ok = true;

	spin_lock(&number_lock);
	if (!npt->devices)
		ok = take_number(&npt->devices);
	spin_unlock(&number_lock);
	return ok;
}

void translate_number_back(struct npt *npt)
{
	spin_lock(&number_lock);
	numbers[npt->devices / 64] &= ~BIT(npt->devices % 64);
	npt->devices = 0;
	spin_unlock(&number_lock);
}

/* A table for this bus alone; the entries are what they were, so nothing is stale. */
static struct context *table_for(uint8_t bus)
{
	if (!own[bus]) {
		own[bus] = pool_alloc(&hv_pool);
		if (!own[bus])
			hv_fatal("no memory for a context table");
		memcpy(own[bus], shared, PAGE_SIZE);
		__atomic_store_n(&roots[bus].low, va_to_pa(own[bus]) | ENTRY_PRESENT,
				 __ATOMIC_SEQ_CST);
		unit_invalidate(INV_CONTEXT | INV_ALL, 0);
	}
	return own[bus];
}

void translate_set(uint16_t rid, const struct npt *npt)
{
	struct context *at = &table_for(rid >> 8)[rid & 0xff];
	uint64_t old = at->high >> CONTEXT_NUMBER;

	set_entry(at, context_of(npt));
	unit_invalidate(INV_CONTEXT | INV_DEVICE | (uint64_t)rid << INV_DEVICE_AT |
			old << INV_NUMBER_AT, 0);
	if (old)
		unit_invalidate(INV_IOTLB | INV_NUMBER | old << INV_NUMBER_AT, 0);
}
