/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The spare processor: no guest runs there, so it can take interrupts with vectors of the
 * hypervisor's own, which no other processor has.
 */
#ifndef MINIHV_SPARE_H
#define MINIHV_SPARE_H

#include "cpu/cpu.h"

/*
 * Vectors that mean something there. Linux sends some of those above to all processors,
 * which goes for this one, too, though it does not know of it.
 */
#define SPARE_FIRST_VECTOR	0x20
#define SPARE_LAST_VECTOR	0xdf

/* What is to be done at each of them; interrupts are off, and no lock is held. */
extern void (*spare_interrupt)(uint8_t vector);

bool spare_present(void);
/* On another processor: it is on its way, and has come when this returns. */
void spare_wait(void);
uint32_t spare_apic_id(void);
/* Ticks of the TSC that all processors spent because of this one: 0 but with -icount. */
uint64_t spare_time(void);
/* On the processor itself: it is to be the spare one. */
void spare_claim(void);
/* On the processor itself: it does nothing else from here on. */
_Noreturn void spare_run(void);

/* For spare_entry.S. */
void spare_vector(uint64_t vector);

#endif
