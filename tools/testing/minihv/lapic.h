/* SPDX-License-Identifier: GPL-2.0-only */
/* Emulated local APIC of child VPs (APM vol. 2 chapter 16). */
#ifndef MINIHV_LAPIC_H
#define MINIHV_LAPIC_H

#include "timer.h"

struct vp;

struct lapic {
	uint64_t base;		/* IA32_APIC_BASE */
	/* 256-bit sets; irr is set with atomics from any CPU. */
	uint32_t irr[8], isr[8], tmr[8];
	uint32_t regs[64];	/* others, indexed by offset >> 4 */
	uint64_t timer_start;	/* reference time when the count was written */
	uint64_t tsc_deadline;
	struct timer timer;
	volatile bool nmi, init;	/* requests from other VPs */
	volatile uint32_t sipi;		/* vector | 0x100: requested */
	volatile bool extint;		/* ExtINT vector pending */
	uint8_t extint_vector;
};

void lapic_init(struct vp *vp);
void lapic_reset(struct vp *vp);
void lapic_destroy(struct vp *vp);
/* 4-byte register access, @offset within the page. */
uint32_t lapic_read(struct vp *vp, uint32_t offset);
void lapic_write(struct vp *vp, uint32_t offset, uint32_t value);
/* x2APIC MSRs 0x800-0x8ff, APIC_BASE, TSC_DEADLINE; false: #GP. */
bool lapic_rdmsr(struct vp *vp, uint32_t msr, uint64_t *value);
bool lapic_wrmsr(struct vp *vp, uint32_t msr, uint64_t value);
/* Any context: set @vector pending and wake the VP. */
void lapic_set_irr(struct vp *vp, uint8_t vector, bool level);
/* Interrupts by destination, as an ICR or MSI would. false: no such destination. */
bool lapic_deliver(struct partition *p, uint32_t dest, bool logical, uint32_t mode,
		   uint8_t vector, bool level);
/* Highest pending vector above the processor priority, -1: none. */
int lapic_pending(struct vp *vp);
/* Move @vector from IRR to ISR. */
void lapic_accept(struct vp *vp, uint8_t vector);

#endif
