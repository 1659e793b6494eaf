/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parts of a VP that have a room of their own, which says what they do. Here is
 * what they consist of, for a VP contains them.
 */
#ifndef MINIHV_PARTS_H
#define MINIHV_PARTS_H

#include "cpu/timer.h"
#include "partition/overlay.h"
#include "vp/stats.h"
#include <hvabi/hvabi.h>

struct vp;

/*
 * Emulated local APIC of a child. Registers belong to the CPU that has the VP loaded, as
 * all of the VP's do.
 */
struct lapic {
	uint64_t base;		/* IA32_APIC_BASE */
	/* 256-bit sets; irr and tmr are changed with atomics from any CPU. */
	uint32_t irr[8], isr[8], tmr[8];
	uint32_t regs[64];	/* others, indexed by offset >> 4 */

	struct spinlock timer_lock;	/* guards the members down to timer */
	bool timer_on;
	uint64_t timer_start;	/* reference time when the count began, modulo 2^64 */
	uint64_t tsc_deadline;
	struct timer timer;

	volatile bool nmi, init;	/* requests from other VPs */
	volatile uint32_t sipi;		/* vector | LAPIC_SIPI_REQUESTED */
	volatile bool extint;		/* ExtINT vector pending */
	volatile uint8_t extint_vector;
};

#define SYNIC_SINTS	16

/*
 * A message and its place in a queue. Whoever sends owns the memory, so nothing
 * is allocated and nothing can be lost: a source that has not been delivered yet
 * is not queued twice.
 */
struct synic_message {
	struct list node;		/* on synic.queue[sint] while queued */
	struct hv_message message;
	uint8_t faults;			/* fault knobs that were applied to it already */
	/* Called with the SynIC lock held when the message was copied out; may be NULL. */
	void (*delivered)(struct synic_message *m);
	/* A fault knob is going to deliver it once more; may be NULL. */
	void (*repeating)(struct synic_message *m);
};

struct synic {
	struct spinlock lock;
	uint64_t scontrol, siefp, simp, sirbp;	/* MSR values */
	uint64_t sint[SYNIC_SINTS];
	/* The pages, wherever they are; NULL while disabled or not mapped. */
	void *simp_page, *siefp_page, *sirbp_page;
	/*
	 * Pages of the hypervisor's: at addresses of its own in root (L1VH: SIMP and
	 * SIEFP), as overlays in children. No SIRBP of its own but in root.
	 */
	void *own_simp, *own_siefp, *own_sirbp;
	struct list queue[SYNIC_SINTS];	/* messages waiting for their slot */
	/* SINTs with as_intercept whose signal still has to become a message to SINT 0. */
	uint16_t intercepted;
	uint8_t ring_head[SYNIC_SINTS];	/* next entry of the event ring to write */
	bool held;			/* fault knob: nothing is delivered before @hold fires */
	struct timer hold;
};

#define NR_STIMERS	4

struct stimer {
	struct vp *vp;
	uint64_t config, count;		/* MSR values */
	uint64_t deadline;		/* partition time of the next expiration, 0: none */
	struct timer timer;
	struct synic_message message;
};

struct stimers {
	struct spinlock lock;
	struct stimer timer[NR_STIMERS];
};

#define NR_MTRR_FIXED	11
#define NR_MTRR_VAR	8	/* pairs of base and mask */

/* One page of the VP's pool. */
struct vp_msrs {
	struct overlay simp, siefp, assist;
	void *assist_page;
	uint64_t crash[HV_X64_MSR_CRASH_PARAMS];
	/*
	 * Children: pages set aside for what the guest may place, for it can't wait until
	 * its parent deposits some: three pages, and two tables for each of five overlays.
	 */
	uint64_t reserve;
	struct vp_stats stats;	/* stats.c: here, because here is room */
	uint64_t auto_eoi[4];	/* root: vectors of auto-EOI SINTs to inject, atomic */
	/* children only */
	uint64_t mtrr_def_type;
	uint64_t mtrr_fixed[NR_MTRR_FIXED];
	uint64_t mtrr_var[NR_MTRR_VAR * 2];
	uint64_t misc_enable, tsc_adjust, spec_ctrl, hwcr, debugctl;
	uint64_t mcg_status;
};

#endif
