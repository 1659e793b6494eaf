// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupt remapping (VT-d specification 4.1, chapter 5). One table of
 * entries for the whole machine; a message or redirection entry names one of them, so
 * where an interrupt goes can be changed without touching the device. Messages in the
 * old format still pass: they are root's own business.
 */
#include "device/remap.h"
#include "device/unit.h"
#include "memory/mem.h"

#define ECAP_IR		BIT(3)

#define IRTE_PRESENT	BIT(0)
#define IRTE_LEVEL	BIT(4)
#define IRTE_VECTOR	16
#define IRTE_DEST	40		/* an 8-bit APIC id */
#define IRTE_CHECK_SID	BIT(18)		/* second word: all bits of the requester id */

#define INV_IEC		4		/* interrupt entry cache */
#define INV_IEC_INDEX	BIT(4)
#define INV_IEC_SHIFT	32

#define TABLE_SIZE_LOG2	10

_Static_assert(1 << TABLE_SIZE_LOG2 == REMAP_ENTRIES, "the size that IRTA is told");

static volatile uint64_t (*table)[2];	/* NULL: no remapping */

static void invalidate(uint32_t index)
{
	unit_invalidate(INV_IEC | INV_IEC_INDEX | (uint64_t)index << INV_IEC_SHIFT, 0);
}

void remap_init(void)
{
	if (!unit_present() || !(unit_read32(UNIT_ECAP) & ECAP_IR))
		return;
	table = hv_alloc_pages(REMAP_ENTRIES * sizeof(*table) / PAGE_SIZE);
	unit_write64(UNIT_IRTA, va_to_pa((void *)table) | (TABLE_SIZE_LOG2 - 1));
	unit_command(UNIT_CMD_REMAP_TABLE);
	unit_command(UNIT_CMD_REMAP);
}

bool remap_present(void)
{
	return table;
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
