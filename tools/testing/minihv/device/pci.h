/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions, as their configuration space shows them. Root has the ports of the old
 * mechanism to itself, so all goes through the memory-mapped one.
 */
#ifndef MINIHV_PCI_H
#define MINIHV_PCI_H

#include "base/acpi.h"
#include "base/minihv.h"

/* Boot CPU, with the MCFG table, NULL: none, and then there are no functions. */
void pci_init(const struct acpi_header *mcfg);
/* Where configuration space is in memory; no size: nowhere. */
uint64_t pci_window(uint64_t *size);
/* Of segment 0; all ones where nothing answers. */
uint32_t pci_read32(uint16_t rid, uint32_t offset);
/*
 * Does a function make requests by this id? One behind a bridge to conventional PCI does
 * not by its own.
 */
bool pci_is_requester(uint16_t rid);
struct pci_bar {
	uint64_t base, size;	/* no size: it is none of memory */
};

#define PCI_BARS	6
/*
 * The memory of the function. To learn the sizes it is hidden for a moment, so nobody may
 * be using it.
 */
void pci_read_bars(uint16_t rid, struct pci_bar bars[PCI_BARS]);
/* Does it have an ATS capability? */
bool pci_has_ats(uint16_t rid);

#endif
