/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of devices in memory, and the map of addresses that says where they are.
 *
 * Who changes the map, as a write to PCI configuration space does, has it alone: QEMU gives
 * a processor the new map at once, but it looks up addresses as in the old one until it
 * comes to the end of a block of code. An access in between goes to another device, or to
 * none (Documentation/minihv.rst).
 */
#ifndef MINIHV_MMIO_H
#define MINIHV_MMIO_H

#include "base/minihv.h"

uint32_t mmio_read32(uint64_t pa);
uint64_t mmio_read64(uint64_t pa);
void mmio_write32(uint64_t pa, uint32_t value);
void mmio_write64(uint64_t pa, uint64_t value);

/*
 * Between these this processor uses the map as it is; a guest does all the time. Nests. No
 * lock may be waited for in between, nor what another processor does outside of it.
 */
void mmio_begin(void);
void mmio_end(void);

/*
 * Between these this processor changes it, and all others are outside. Any lock may be
 * held, but not the use of the map.
 */
void mmio_change_begin(void);
void mmio_change_end(void);
/* The others never come back: from now on the map is this processor's. */
void mmio_keep(void);

#endif
