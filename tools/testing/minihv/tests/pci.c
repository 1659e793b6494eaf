// SPDX-License-Identifier: GPL-2.0-only
/* PCI configuration space, by its two ports. */
#include "edu.h"

#define ADDRESS		0xcf8
#define DATA		0xcfc
#define ENABLE		0x80000000u
#define BUSES		8
#define REG_STATUS	4
#define STATUS_LIST	BIT(20)
#define REG_LIST	0x34

uint32_t pci_read(uint16_t rid, uint32_t offset)
{
	outl(ADDRESS, ENABLE | (uint32_t)rid << 8 | offset);
	return inl(DATA);
}

void pci_write(uint16_t rid, uint32_t offset, uint32_t value)
{
	outl(ADDRESS, ENABLE | (uint32_t)rid << 8 | offset);
	outl(DATA, value);
}

uint32_t pci_capability(uint16_t rid, uint8_t id)
{
	uint32_t at, header;

	if (!(pci_read(rid, REG_STATUS) & STATUS_LIST))
		return 0;
	for (at = pci_read(rid, REG_LIST) & 0xfc; at; at = header >> 8 & 0xfc) {
		header = pci_read(rid, at);
		if ((header & 0xff) == id)
			return at;
	}
	return 0;
}

bool pci_find(uint32_t vendor_device, unsigned int n, uint16_t *rid)
{
	uint32_t at;

	for (at = 0; at < BUSES << 8; at++)
		if (pci_read(at, 0) == vendor_device && !n--) {
			*rid = at;
			return true;
		}
	return false;
}
