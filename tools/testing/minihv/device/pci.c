// SPDX-License-Identifier: GPL-2.0-only
/* PCI configuration space (PCI Express base specification 6.0, chapter 7). */
#include "device/pci.h"
#include "base/x86.h"

#define MCFG_ENTRIES	44
#define NOTHING		0xffffffffu

#define REG_CLASS	0x08
#define REG_HEADER	0x0c
#define HEADER_TYPE	16
#define HEADER_BRIDGE	1
#define REG_BUSES	0x18	/* of a bridge */
#define REG_STATUS	0x04
#define STATUS_LIST	BIT(20)
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

uint32_t pci_read32(uint16_t rid, uint32_t offset)
{
	uint32_t bus = rid >> 8;

	if (!window.base || bus < window.first_bus || bus > window.last_bus)
		return NOTHING;
	return mmio_read32(window.base + ((uint64_t)rid << 12) + offset);
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

/*
 * A bridge from PCI Express takes the first function of the bus behind it as requester of
 * whatever comes from there.
 */
static bool is_alias(uint16_t rid)
{
	uint32_t bus = rid >> 8, at, above;

	for (above = 0; above < bus << 8; above++) {
		if (!answers(above) || !is_bridge(above) ||
		    (pci_read32(above, REG_BUSES) >> 8 & 0xff) != bus)
			continue;
		at = find_capability(above, CAP_EXPRESS);
		return at && (pci_read32(above, at) >> EXPRESS_TYPE & 0xf) == TYPE_PCI_BRIDGE;
	}
	return false;
}

bool pci_exists(uint16_t rid)
{
	return answers(rid) || (!(rid & 0xff) && is_alias(rid));
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
