/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt remapping by the machine's VT-d unit, where it has one. */
#ifndef MINIHV_REMAP_H
#define MINIHV_REMAP_H

#include "base/minihv.h"

#define REMAP_ENTRIES	1024

struct remap_target {
	uint32_t apic_id;
	uint16_t source;	/* requester id of the PCI function */
	uint8_t vector;
	bool level;
	bool from_pci;		/* only @source may use the entry */
};

/* Boot CPU, after unit_init(): does nothing on a machine that has no remapping. */
void remap_init(void);
bool remap_present(void);
/*
 * Send what uses entry @index (below REMAP_ENTRIES) to @t, NULL: nowhere. When it
 * returns, no interrupt goes the old way any more. The caller sees to it that
 * nobody else changes an entry at the same time.
 */
void remap_set(uint32_t index, const struct remap_target *t);

#endif
