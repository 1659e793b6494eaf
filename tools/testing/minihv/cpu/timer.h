/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time. One clock for everything: reference time in units of 100 ns since
 * minihv started (TLFS 12.4), derived from the TSC. Timer interrupts come from
 * one HPET comparator per CPU, as NMIs, so that no vector of the guests is used
 * and a guest that holds interrupts off can't hold the hypervisor's timer off.
 */
#ifndef MINIHV_TIMER_H
#define MINIHV_TIMER_H

#include "cpu/cpu.h"

#define HPET_PA		0xfed00000ull
#define TIMER_NEVER	(~0ull)

void timer_hw_init(void);		/* boot CPU: HPET, TSC calibration */
uint64_t time_ref(void);		/* reference time now */
uint64_t time_from_tsc(uint64_t ticks);	/* in units of 100 ns */
uint64_t tsc_hz(void);
/* Scale of the reference TSC page: ref = (tsc * scale) >> 64 + offset. */
uint64_t time_tsc_scale(void);
uint64_t time_tsc_offset(void);

void timer_setup(struct timer *t, void (*fn)(struct timer *t));
/* (Re)arm on this CPU. The owner's lock serialises arm and cancel of one timer. */
void timer_arm(struct timer *t, uint64_t deadline);
/* May still be running on another CPU when this returns; fn must cope. */
void timer_cancel(struct timer *t);
/* After the last cancel: wait until fn has returned. No lock held that fn takes. */
void timer_wait(struct timer *t);
/* Run what is due here and program the comparator; called around guest entry. */
void timer_poll(struct cpu *cpu);
/*
 * Did the comparator of this CPU fire, i.e. may the pending NMI be the timer's? Then it
 * sends no more; the caller takes the pending one.
 */
bool timer_expired(struct cpu *cpu);

#endif
