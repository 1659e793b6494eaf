// SPDX-License-Identifier: GPL-2.0-only
/* The machine's VT-d unit: registers, commands and the invalidation queue. */
#include "device/unit.h"
#include "memory/mem.h"
#include "base/sync.h"
#include "cpu/mmio.h"
#include "cpu/timer.h"

#define DMAR_STRUCTURES	48
#define DMAR_DRHD	0

#define REG_GCMD	0x18
#define REG_GSTS	0x1c
#define REG_IQT		0x88
#define REG_IQA		0x90
#define ECAP_QI		BIT(1)
#define CMD_LASTING	0x96ffffffu	/* bits of GSTS that a command must repeat */

#define INV_WAIT	5
#define INV_WAIT_STORE	BIT(5)
#define INV_WAIT_DATA	32

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

static uint64_t unit;
static struct spinlock lock;		/* the queue */
static struct descriptor *queue;	/* one page; NULL: the unit has none */
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

bool unit_present(void)
{
	return queue;
}

uint64_t unit_registers(void)
{
	return unit;
}

uint32_t unit_read32(uint32_t offset)
{
	return mmio_read32(unit + offset);
}

uint64_t unit_read64(uint32_t offset)
{
	return mmio_read64(unit + offset);
}

void unit_write32(uint32_t offset, uint32_t value)
{
	mmio_write32(unit + offset, value);
}

void unit_write64(uint32_t offset, uint64_t value)
{
	mmio_write64(unit + offset, value);
}

void unit_command(uint32_t bit)
{
	uint64_t end = time_ref() + TIMEOUT;

	unit_write32(REG_GCMD, (unit_read32(REG_GSTS) & CMD_LASTING) | bit);
	while (!(unit_read32(REG_GSTS) & bit))
		if (time_ref() > end)
			hv_fatal("the IOMMU does not take command 0x%x", bit);
}

static void submit(uint64_t low, uint64_t high)
{
	queue[tail] = (struct descriptor){ low, high };
	tail = (tail + 1) % (PAGE_SIZE / sizeof(*queue));
}

void unit_invalidate(uint64_t low, uint64_t high)
{
	uint64_t end = time_ref() + TIMEOUT;

	spin_lock(&lock);
	invalidated = 0;
	submit(low, high);
	submit(INV_WAIT | INV_WAIT_STORE | BIT(INV_WAIT_DATA), va_to_pa((void *)&invalidated));
	unit_write32(REG_IQT, tail * sizeof(*queue));
	while (!invalidated)
		if (time_ref() > end)
			hv_fatal("the IOMMU does not end an invalidation");
	spin_unlock(&lock);
}

void unit_init(const struct acpi_header *dmar)
{
	unit = find_unit(dmar);
	if (!unit || !(unit_read32(UNIT_ECAP) & ECAP_QI))
		return;
	queue = hv_alloc_pages(1);
	unit_write64(REG_IQA, va_to_pa(queue));
	unit_command(UNIT_CMD_QUEUE);
}
