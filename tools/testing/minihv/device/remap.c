// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt remapping (VT-d specification 4.1, chapters 5, 6.5 and 11.4). One table of
 * entries for the whole machine; a message or redirection entry names one of them, so
 * where an interrupt goes can be changed without touching the device. Messages in the
 * old format still pass: they are root's own business.
 */
#include "device/remap.h"
#include "base/sync.h"
#include "cpu/timer.h"
#include "memory/mem.h"

#define DMAR_STRUCTURES	48
#define DMAR_DRHD	0

#define REG_ECAP	0x10
#define REG_GCMD	0x18
#define REG_GSTS	0x1c
#define REG_IQT		0x88
#define REG_IQA		0x90
#define REG_IRTA	0xb8

#define ECAP_QI		BIT(1)
#define ECAP_IR		BIT(3)
#define CMD_IRE		BIT(25)		/* the same bits in GSTS */
#define CMD_QIE		BIT(26)
#define CMD_SIRTP	BIT(24)
#define CMD_LASTING	0x96ffffffu	/* bits of GSTS that a command must repeat */

#define IRTE_PRESENT	BIT(0)
#define IRTE_LEVEL	BIT(4)
#define IRTE_VECTOR	16
#define IRTE_DEST	40		/* an 8-bit APIC id */
#define IRTE_CHECK_SID	BIT(18)		/* second word: all bits of the requester id */

#define INV_IEC		4		/* interrupt entry cache */
#define INV_IEC_INDEX	BIT(4)
#define INV_IEC_SHIFT	32
#define INV_WAIT	5
#define INV_WAIT_STORE	BIT(5)
#define INV_WAIT_DATA	32

#define TABLE_SIZE_LOG2	10
#define TIMEOUT		10000000	/* 1 s */

struct drhd {
	uint16_t type, length;
	uint8_t flags, size;
	uint16_t segment;
	uint64_t registers;
} __attribute__((packed));

struct descriptor {
	uint64_t low, high;
};

_Static_assert(1 << TABLE_SIZE_LOG2 == REMAP_ENTRIES, "the size that IRTA is told");

static uint64_t unit;
static volatile uint64_t (*table)[2];	/* NULL: no remapping */
static struct descriptor *queue;	/* one page */
static uint32_t tail;
static volatile uint32_t invalidated;	/* written by the unit */

static uint64_t find_unit(const struct acpi_header *dmar)
{
	const uint8_t *at = (const uint8_t *)dmar + DMAR_STRUCTURES;
	const uint8_t *end = (const uint8_t *)dmar + (dmar ? dmar->length : 0);

	while (dmar && at + sizeof(struct drhd) <= end) {
		struct drhd d;

		memcpy(&d, at, sizeof(d));
		if (d.type == DMAR_DRHD)
			return d.registers;
		if (!d.length)
			break;
		at += d.length;
	}
	return 0;
}

static void command(uint32_t bit)
{
	uint64_t end = time_ref() + TIMEOUT;

	mmio_write32(unit + REG_GCMD, (mmio_read32(unit + REG_GSTS) & CMD_LASTING) | bit);
	while (!(mmio_read32(unit + REG_GSTS) & bit))
		if (time_ref() > end)
			hv_fatal("the IOMMU does not take command 0x%x", bit);
}

static void submit(uint64_t low, uint64_t high)
{
	queue[tail] = (struct descriptor){ low, high };
	tail = (tail + 1) % (PAGE_SIZE / sizeof(*queue));
}

static void invalidate(uint32_t index)
{
	uint64_t end = time_ref() + TIMEOUT;

	invalidated = 0;
	submit(INV_IEC | INV_IEC_INDEX | (uint64_t)index << INV_IEC_SHIFT, 0);
	submit(INV_WAIT | INV_WAIT_STORE | BIT(INV_WAIT_DATA), va_to_pa((void *)&invalidated));
	mmio_write32(unit + REG_IQT, tail * sizeof(*queue));
	while (!invalidated)
		if (time_ref() > end)
			hv_fatal("the IOMMU does not end an invalidation");
}

void remap_init(const struct acpi_header *dmar)
{
	uint32_t ecap;

	unit = find_unit(dmar);
	if (!unit)
		return;
	ecap = mmio_read32(unit + REG_ECAP);
	if (!(ecap & ECAP_QI) || !(ecap & ECAP_IR))
		return;
	queue = hv_alloc_pages(1);
	table = hv_alloc_pages(REMAP_ENTRIES * sizeof(*table) / PAGE_SIZE);
	mmio_write64(unit + REG_IQA, va_to_pa(queue));
	command(CMD_QIE);
	mmio_write64(unit + REG_IRTA, va_to_pa((void *)table) | (TABLE_SIZE_LOG2 - 1));
	command(CMD_SIRTP);
	command(CMD_IRE);
}

bool remap_present(void)
{
	return table;
}

uint64_t remap_registers(void)
{
	return unit;
}

/* The second word only changes while the entry is not present. */
void remap_set(uint32_t index, const struct remap_target *t)
{
	volatile uint64_t *entry = table[index];
	uint64_t low = 0, high = 0;

	hv_assert(index < REMAP_ENTRIES);
	if (t) {
		low = IRTE_PRESENT | (uint64_t)t->vector << IRTE_VECTOR |
		      (uint64_t)t->apic_id << IRTE_DEST | (t->level ? IRTE_LEVEL : 0);
		high = t->from_pci ? IRTE_CHECK_SID | t->source : 0;
	}
	if (entry[1] != high) {
		entry[0] = 0;
		invalidate(index);
		entry[1] = high;
	}
	entry[0] = low;
	invalidate(index);
}
