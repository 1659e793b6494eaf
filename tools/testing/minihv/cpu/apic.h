/* SPDX-License-Identifier: GPL-2.0-only */
/* The physical local APIC (xAPIC mode, shared with root). */
#ifndef MINIHV_APIC_H
#define MINIHV_APIC_H

#include <stdint.h>

#define APIC_PA		0xfee00000ull
void apic_init(void);
uint32_t apic_id(void);
/* End of an interrupt; what comes by the two pins is for another processor. */
void apic_end(void);
void apic_mask_pins(void);
/* ICR low word to one destination; keeps what root had written to ICR high. */
void apic_send(uint32_t dest, uint32_t icr_low);
#define APIC_DM_FIXED	0x0000
#define APIC_DM_NMI	0x0400
#define APIC_DM_INIT	0x0500
#define APIC_DM_STARTUP	0x0600
#define APIC_ASSERT	0x4000
#define APIC_LEVEL	0x8000

#endif
