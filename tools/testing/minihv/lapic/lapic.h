/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Emulated local APIC of child VPs (APM vol. 2 chapter 16). Registers belong to
 * the CPU that has the VP loaded, as all of the VP's do; what other CPUs may touch
 * (IRR, TMR, the request flags) is accessed with atomics.
 */
#ifndef MINIHV_LAPIC_H
#define MINIHV_LAPIC_H

#include "vp/vp.h"

#define LAPIC_BASE		0xfee00000ull
/* What APIC_FREQUENCY answers to children. */
#define LAPIC_TIMER_HZ		200000000ull

/* Register offsets. */
#define LAPIC_ID		0x020
#define LAPIC_VERSION		0x030
#define LAPIC_TPR		0x080
#define LAPIC_APR		0x090
#define LAPIC_PPR		0x0a0
#define LAPIC_EOI		0x0b0
#define LAPIC_LDR		0x0d0
#define LAPIC_DFR		0x0e0
#define LAPIC_SVR		0x0f0
#define LAPIC_ISR		0x100
#define LAPIC_TMR		0x180
#define LAPIC_IRR		0x200
#define LAPIC_ESR		0x280
#define LAPIC_ICR_LOW		0x300
#define LAPIC_ICR_HIGH		0x310
#define LAPIC_LVT_TIMER		0x320
#define LAPIC_LVT_THERMAL	0x330
#define LAPIC_LVT_PERF		0x340
#define LAPIC_LVT_LINT0		0x350
#define LAPIC_LVT_LINT1		0x360
#define LAPIC_LVT_ERROR		0x370
#define LAPIC_INITIAL_COUNT	0x380
#define LAPIC_CURRENT_COUNT	0x390
#define LAPIC_DIVIDE		0x3e0
#define LAPIC_SELF_IPI		0x3f0	/* x2APIC only */

#define LAPIC_SVR_ENABLED	BIT(8)
#define LAPIC_LVT_MASKED	BIT(16)
#define LAPIC_LVT_PERIODIC	BIT(17)
#define LAPIC_LVT_DEADLINE	BIT(18)
#define LAPIC_BASE_BSP		BIT(8)
#define LAPIC_BASE_X2APIC	BIT(10)
#define LAPIC_BASE_ENABLED	BIT(11)

/* Delivery modes: those of the ICR, and the two pins (enum hv_interrupt_type). */
#define LAPIC_DM_FIXED		0
#define LAPIC_DM_LOWEST		1
#define LAPIC_DM_SMI		2
#define LAPIC_DM_NMI		4
#define LAPIC_DM_INIT		5
#define LAPIC_DM_SIPI		6
#define LAPIC_DM_EXTINT		7
#define LAPIC_DM_LINT0		8
#define LAPIC_DM_LINT1		9

#define LAPIC_SIPI_REQUESTED	0x100	/* in lapic.sipi */

void lapic_init(struct vp *vp);
/* @init: by an INIT, which keeps the APIC base and id. */
void lapic_reset(struct vp *vp, bool init);
void lapic_destroy(struct vp *vp);
/* 4-byte register access, @offset within the page. */
uint32_t lapic_read(struct vp *vp, uint32_t offset);
void lapic_write(struct vp *vp, uint32_t offset, uint32_t value);
/* x2APIC MSRs 0x800-0x8ff, APIC_BASE, TSC_DEADLINE; false: #GP. */
bool lapic_rdmsr(struct vp *vp, uint32_t msr, uint64_t *value);
bool lapic_wrmsr(struct vp *vp, uint32_t msr, uint64_t value);

/* Is an access of @vp to @gpa, which has no mapping, one to its registers? */
bool lapic_owns(struct vp *vp, uint64_t gpa);
/*
 * Carry out the load or store at RIP that faulted at @gpa, and step over it.
 * false: the instruction is none that we know.
 */
bool lapic_mmio(struct vp *vp, uint64_t gpa, bool write);

/* Any context: set @vector pending and wake the VP. */
void lapic_set_irr(struct vp *vp, uint8_t vector, bool level);
/* Interrupts by destination, as an ICR or MSI would. false: no such destination. */
bool lapic_deliver(struct partition *p, uint32_t dest, bool logical, uint32_t mode,
		   uint8_t vector, bool level);

/* Adds to the bits of @set, one for each VP, those that such an interrupt would reach. */
void lapic_destinations(struct partition *p, uint32_t dest, bool logical, uint64_t *set);

/*
 * Before entry, on the CPU that has @vp loaded: turn requests of other VPs into
 * state (vp->nmi_pending, INIT, SIPI).
 */
void lapic_take_requests(struct vp *vp);
/*
 * Vector to inject now if RFLAGS.IF allows it, -1: none. ExtINT counts.
 */
int lapic_pending(struct vp *vp);
/* Is there any interrupt, whatever holds it back? */
bool lapic_requested(const struct vp *vp);
/* @vector, from lapic_pending(), is being injected: IRR to ISR, or ExtINT taken. */
void lapic_accept(struct vp *vp, uint8_t vector);
/*
 * Highest vector that only the TPR (CR8) holds back, -1: none. The guest lowers
 * CR8 without an exit, so a window for this priority has to be open.
 */
int lapic_held_by_tpr(struct vp *vp);
/* CR8 as the guest sees it; the VMCB has it while children run. */
uint8_t lapic_get_cr8(struct vp *vp);
void lapic_set_cr8(struct vp *vp, uint8_t cr8);

/* Between the parts of the APIC: ipi.c, timer.c, page.c. */
#define LAPIC_REG(l, offset)	((l)->regs[(offset) >> 4])
static inline bool lapic_is_x2apic(const struct lapic *l)
{
	return (l->base & (LAPIC_BASE_ENABLED | LAPIC_BASE_X2APIC)) ==
	       (LAPIC_BASE_ENABLED | LAPIC_BASE_X2APIC);
}

uint32_t lapic_logical_id(struct vp *vp);
void lapic_send_ipi(struct vp *vp, uint32_t icr_low, uint32_t dest);
void lapic_local_pin(struct vp *vp, uint32_t lvt);
void lapic_timer_init(struct vp *vp);
void lapic_timer_stop(struct vp *vp);
/* LVT, divider or initial count changed. */
void lapic_timer_restart(struct vp *vp);
uint32_t lapic_timer_count(struct vp *vp);
/* Go on counting from @count, which a state that is restored says. */
void lapic_timer_set_count(struct vp *vp, uint32_t count);
uint64_t lapic_timer_deadline(struct vp *vp);
void lapic_timer_set_deadline(struct vp *vp, uint64_t deadline);
/* The guest's TSC was set. */
void lapic_timer_tsc_moved(struct vp *vp);

#endif
