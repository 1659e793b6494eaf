/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's VT-d unit: its registers and its invalidation queue (VT-d
 * specification 4.1, chapters 6.5 and 11.4).
 */
#ifndef MINIHV_UNIT_H
#define MINIHV_UNIT_H

#include "base/acpi.h"
#include "base/minihv.h"

/* Offsets of registers. */
#define UNIT_CAP	0x08
#define UNIT_ECAP	0x10
#define UNIT_RTADDR	0x20
#define UNIT_FSTS	0x34
#define UNIT_FECTL	0x38
#define UNIT_FEDATA	0x3c
#define UNIT_FEADDR	0x40
#define UNIT_IRTA	0xb8

/* Commands, which are bits of the status register, too. */
#define UNIT_CMD_TRANSLATE	BIT(31)
#define UNIT_CMD_ROOT_TABLE	BIT(30)
#define UNIT_CMD_QUEUE		BIT(26)
#define UNIT_CMD_REMAP		BIT(25)
#define UNIT_CMD_REMAP_TABLE	BIT(24)

/* Boot CPU, with the DMAR table, NULL: none. Finds the unit and starts its queue. */
void unit_init(const struct acpi_header *dmar);
/* Is there a unit with a queue? */
bool unit_present(void);
/* The page of its registers, which root must not reach; 0: no unit. */
uint64_t unit_registers(void);

uint32_t unit_read32(uint32_t offset);
uint64_t unit_read64(uint32_t offset);
void unit_write32(uint32_t offset, uint32_t value);
void unit_write64(uint32_t offset, uint64_t value);
/* Waits until the unit has carried it out. */
void unit_command(uint32_t bit);
/* Carry out one invalidation; when it returns, it is done. Any context. */
void unit_invalidate(uint64_t low, uint64_t high);

#endif
