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
/* Guests' periodic timers come no more often: 0.5 ms. */
#define TIMER_MIN_PERIOD	5000

void timer_hw_init(void);		/* boot CPU: HPET, TSC calibration */
uint64_t time_ref(void);		/* reference time now */
uint64_t time_from_tsc(uint64_t ticks);	/* in units of 100 ns */
uint64_t tsc_hz(void);
/* Scale of the reference TSC page: ref = (tsc * scale) >> 64 + offset. */
uint64_t time_tsc_scale(void);
uint64_t time_tsc_offset(void);

/* @time later, at most TIMER_NEVER. */
static inline uint64_t time_after(uint64_t now, uint64_t time)
{
	return time > TIMER_NEVER - now ? TIMER_NEVER : now + time;
}

/*
 * How long until the next expiry of a periodic timer that began @elapsed ago. What
 * is too soon for TIMER_MIN_PERIOD is left out.
 */
uint64_t timer_until_next(uint64_t elapsed, uint64_t period);

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
