/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt remapping by the machine's VT-d unit, where it has one. */
#ifndef MINIHV_REMAP_H
#define MINIHV_REMAP_H

#include "base/acpi.h"
#include "base/minihv.h"

#define REMAP_ENTRIES	1024

struct remap_target {
	uint32_t apic_id;
	uint16_t source;	/* requester id of the PCI function */
	uint8_t vector;
	bool level;
	bool from_pci;		/* only @source may use the entry */
};

/* Boot CPU, with the DMAR table; NULL, and nothing is done: the machine has no remapping. */
void remap_init(const struct acpi_header *dmar);
bool remap_present(void);
/* The page of the unit's registers, which root must not reach; 0: no unit. */
uint64_t remap_registers(void);
/*
 * Send what uses entry @index (below REMAP_ENTRIES) to @t, NULL: nowhere. When it
 * returns, no interrupt goes the old way any more. The caller sees to it that
 * nobody else changes an entry at the same time.
 */
void remap_set(uint32_t index, const struct remap_target *t);

#endif
