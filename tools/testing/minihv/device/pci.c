// SPDX-License-Identifier: GPL-2.0-only
/* PCI configuration space (PCI Express base specification 6.0, chapter 7). */
#include "device/pci.h"
#include "cpu/mmio.h"

#define MCFG_ENTRIES	44
#define NOTHING		0xffffffffu

#define REG_CLASS	0x08
#define REG_HEADER	0x0c
#define HEADER_TYPE	16
#define HEADER_BRIDGE	1
#define REG_BUSES	0x18	/* of a bridge */
#define REG_STATUS	0x04	/* and command */
#define COMMAND_DECODE	3
#define STATUS_LIST	BIT(20)
#define REG_BARS	0x10
#define BAR_IO		BIT(0)
#define BAR_64BIT	BIT(2)
#define REG_LIST	0x34
#define CAP_EXPRESS	0x10
#define EXPRESS_TYPE	20
#define TYPE_PCI_BRIDGE	7	/* from PCI Express to PCI */
#define EXTENDED_LIST	0x100
#define EXTENDED_ATS	0x0f
#define MAX_LIST	48

struct mcfg_entry {
	uint64_t base;
	uint16_t segment;
	uint8_t first_bus, last_bus;
	uint32_t reserved;
} __attribute__((packed));

static struct mcfg_entry window;	/* of segment 0; no base: none */

void pci_init(const struct acpi_header *mcfg)
{
	const uint8_t *at = (const uint8_t *)mcfg + MCFG_ENTRIES;
	struct mcfg_entry e;

	if (!mcfg || mcfg->length < MCFG_ENTRIES + sizeof(e))
		return;
	memcpy(&e, at, sizeof(e));
	if (!e.segment)
		window = e;
}

uint64_t pci_window(uint64_t *size)
{
	*size = window.base ? (window.last_bus - window.first_bus + 1ull) << 20 : 0;
	return window.base + ((uint64_t)window.first_bus << 20);
}

uint32_t pci_read32(uint16_t rid, uint32_t offset)
{
	uint32_t bus = rid >> 8;

	if (!window.base || bus < window.first_bus || bus > window.last_bus)
		return NOTHING;
	return mmio_read32(window.base + ((uint64_t)rid << 12) + offset);
}

static void write32(uint16_t rid, uint32_t offset, uint32_t value)
{
	if (!window.base)
		return;
	mmio_change_begin();
	mmio_write32(window.base + ((uint64_t)rid << 12) + offset, value);
	mmio_change_end();
}

/* A virtual function has no vendor of its own, but a class. */
static bool answers(uint16_t rid)
{
	return pci_read32(rid, REG_CLASS) != NOTHING;
}

static bool is_bridge(uint16_t rid)
{
	return (pci_read32(rid, REG_HEADER) >> HEADER_TYPE & 0x7f) == HEADER_BRIDGE;
}

/* Offset of a capability in the old list, 0: none. */
static uint32_t find_capability(uint16_t rid, uint8_t id)
{
	uint32_t at, header;
	unsigned int i;

	if (!(pci_read32(rid, REG_STATUS) & STATUS_LIST))
		return 0;
	at = pci_read32(rid, REG_LIST) & 0xfc;
	for (i = 0; at && i < MAX_LIST; i++) {
		header = pci_read32(rid, at);
		if ((header & 0xff) == id)
			return at;
		at = header >> 8 & 0xfc;
	}
	return 0;
}

static bool leads_to(uint16_t bridge, uint32_t bus)
{
	return answers(bridge) && is_bridge(bridge) &&
	       (pci_read32(bridge, REG_BUSES) >> 8 & 0xff) == bus;
}

/* The bridge to a bus, which is on one with a lower number; false: there is none. */
static bool find_bridge(uint32_t bus, uint16_t *bridge)
{
	static uint16_t last[256];
	uint32_t at;

	if (!last[bus] || !leads_to(last[bus], bus)) {
		for (at = 0; at < bus << 8 && !leads_to(at, bus); at++)
			;
		last[bus] = at < bus << 8 ? at : 0;
	}
	*bridge = last[bus];
	return *bridge;
}

/*
 * As whom the function makes requests. A bridge from PCI Express takes the first function
 * of the bus behind it for all that comes from there, another one itself.
 */
static uint16_t requester_of(uint16_t rid)
{
	uint16_t bridge;
	uint32_t at;

	while (find_bridge(rid >> 8, &bridge)) {
		at = find_capability(bridge, CAP_EXPRESS);
		if (at && (pci_read32(bridge, at) >> EXPRESS_TYPE & 0xf) != TYPE_PCI_BRIDGE)
			break;
		if (at)
			return rid & 0xff00;
		rid = bridge;
	}
	return rid;
}

/* Behind such a bridge the first function need not be there. */
bool pci_is_requester(uint16_t rid)
{
	uint16_t bridge;

	if (requester_of(rid) != rid)
		return false;
	return answers(rid) || (!(rid & 0xff) && find_bridge(rid >> 8, &bridge) &&
				find_capability(bridge, CAP_EXPRESS) &&
				requester_of(rid | 1) == rid);
}

bool pci_has_ats(uint16_t rid)
{
	uint32_t at = EXTENDED_LIST, header;
	unsigned int i;

	for (i = 0; at && i < MAX_LIST; i++) {
		header = pci_read32(rid, at);
		if (!header || header == NOTHING)
			return false;
		if ((header & 0xffff) == EXTENDED_ATS)
			return true;
		at = header >> 20 & 0xffc;
	}
	return false;
}

/* The bits of a BAR that can be set tell its size. */
static uint32_t probe(uint16_t rid, uint32_t offset)
{
	uint32_t old = pci_read32(rid, offset), mask;

	write32(rid, offset, NOTHING);
	mask = pci_read32(rid, offset);
	write32(rid, offset, old);
	return mask;
}

static struct pci_bar read_bar(uint16_t rid, uint32_t offset)
{
	uint32_t low = pci_read32(rid, offset), mask = probe(rid, offset) & ~0xfu;
	struct pci_bar bar = { low & ~0xfu, -mask };

	if ((low & BAR_IO) || !mask)
		return (struct pci_bar){ 0 };
	if (low & BAR_64BIT) {
		bar.base |= (uint64_t)pci_read32(rid, offset + 4) << 32;
		bar.size = -(mask | (uint64_t)probe(rid, offset + 4) << 32);
	}
	return bar;
}

void pci_read_bars(uint16_t rid, struct pci_bar bars[PCI_BARS])
{
	uint32_t command = pci_read32(rid, REG_STATUS) & 0xffff;
	unsigned int i;

	memset(bars, 0, PCI_BARS * sizeof(bars[0]));
	if (is_bridge(rid))
		return;
	write32(rid, REG_STATUS, command & ~COMMAND_DECODE);
	for (i = 0; i < PCI_BARS; i++) {
		uint32_t low = pci_read32(rid, REG_BARS + i * 4);

		bars[i] = read_bar(rid, REG_BARS + i * 4);
		if ((low & (BAR_64BIT | BAR_IO)) == BAR_64BIT)
			i++;
	}
	write32(rid, REG_STATUS, command);
}
