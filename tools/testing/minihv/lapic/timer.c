// SPDX-License-Identifier: GPL-2.0-only
/* Local APIC timer: one-shot, periodic, TSC deadline. */
#include "lapic/lapic.h"

#define TICKS_PER_100NS	(LAPIC_TIMER_HZ / 10000000)

static uint32_t divider(const struct lapic *l)
{
	uint32_t r = LAPIC_REG(l, LAPIC_DIVIDE);

	/* Bits 0, 1 and 3; seven means divide by one. */
	return 1u << (((r & 3) | (r >> 1 & 4)) + 1) % 8;
}

/* Reference time that @count takes, at least 1. */
static uint64_t duration(const struct lapic *l, uint64_t count)
{
	return MAX(count * divider(l) / TICKS_PER_100NS, 1ull);
}

static bool periodic(const struct lapic *l)
{
	return LAPIC_REG(l, LAPIC_LVT_TIMER) & LAPIC_LVT_PERIODIC;
}

static bool deadline_mode(const struct lapic *l)
{
	return LAPIC_REG(l, LAPIC_LVT_TIMER) & LAPIC_LVT_DEADLINE;
}

/* Next expiry after @now of a count that began at timer_start. Timer lock held. */
static uint64_t next_expiry(const struct lapic *l, uint64_t now)
{
	uint64_t period = duration(l, LAPIC_REG(l, LAPIC_INITIAL_COUNT));
	uint64_t passed = now - l->timer_start;

	if (periodic(l))
		return time_after(now, timer_until_next(passed, period));
	return time_after(now, period > passed ? period - passed : 0);
}

/* When the guest's TSC, which may have been moved meanwhile, reaches the deadline. */
static uint64_t deadline_expiry(const struct vp *vp, uint64_t now)
{
	uint64_t deadline = vp->lapic.tsc_deadline, tsc = rdtsc() + vp->vmcb->tsc_offset;

	return time_after(now, deadline > tsc ? time_from_tsc(deadline - tsc) : 0);
}

static void expired(struct timer *t)
{
	struct lapic *l = container_of(t, struct lapic, timer);
	struct vp *vp = container_of(l, struct vp, lapic);
	uint32_t lvt;

	spin_lock(&l->timer_lock);
	lvt = LAPIC_REG(l, LAPIC_LVT_TIMER);
	/* Stopped or moved meanwhile: then this expiry is nobody's. */
	if (time_ref() < t->deadline || !l->timer_on) {
		spin_unlock(&l->timer_lock);
		return;
	}
	if (deadline_mode(l)) {
		l->tsc_deadline = 0;
		l->timer_on = false;
	} else if (periodic(l)) {
		timer_arm(t, next_expiry(l, time_ref()));
	} else {
		l->timer_on = false;
	}
	spin_unlock(&l->timer_lock);
	if (!(lvt & LAPIC_LVT_MASKED))
		lapic_set_irr(vp, lvt, false);
}

void lapic_timer_init(struct vp *vp)
{
	timer_setup(&vp->lapic.timer, expired);
}

static void stop(struct lapic *l)
{
	timer_cancel(&l->timer);
	l->timer_on = false;
	l->tsc_deadline = 0;
}

void lapic_timer_stop(struct vp *vp)
{
	struct lapic *l = &vp->lapic;

	spin_lock(&l->timer_lock);
	stop(l);
	spin_unlock(&l->timer_lock);
}

void lapic_timer_restart(struct vp *vp)
{
	lapic_timer_set_count(vp, LAPIC_REG(&vp->lapic, LAPIC_INITIAL_COUNT));
}

void lapic_timer_set_count(struct vp *vp, uint32_t count)
{
	struct lapic *l = &vp->lapic;
	uint32_t initial;
	uint64_t passed;

	spin_lock(&l->timer_lock);
	stop(l);
	initial = LAPIC_REG(l, LAPIC_INITIAL_COUNT);
	if (count && initial && !deadline_mode(l)) {
		passed = initial > count ? duration(l, initial - count) : 0;
		/* Before the machine was switched on, perhaps: the difference counts. */
		l->timer_start = time_ref() - passed;
		l->timer_on = true;
		timer_arm(&l->timer, next_expiry(l, time_ref()));
	}
	spin_unlock(&l->timer_lock);
}

uint32_t lapic_timer_count(struct vp *vp)
{
	struct lapic *l = &vp->lapic;
	uint32_t initial = LAPIC_REG(l, LAPIC_INITIAL_COUNT), count = 0;
	uint64_t passed;

	spin_lock(&l->timer_lock);
	if (initial && l->timer_on && !deadline_mode(l)) {
		passed = (time_ref() - l->timer_start) * TICKS_PER_100NS / divider(l);
		if (periodic(l))
			count = initial - passed % initial;
		else if (passed < initial)
			count = initial - passed;
	}
	spin_unlock(&l->timer_lock);
	return count;
}

uint64_t lapic_timer_deadline(struct vp *vp)
{
	return vp->lapic.tsc_deadline;
}

void lapic_timer_set_deadline(struct vp *vp, uint64_t deadline)
{
	struct lapic *l = &vp->lapic;

	spin_lock(&l->timer_lock);
	if (deadline_mode(l)) {
		stop(l);
		l->tsc_deadline = deadline;
		if (deadline) {
			l->timer_on = true;
			timer_arm(&l->timer, deadline_expiry(vp, time_ref()));
		}
	}
	spin_unlock(&l->timer_lock);
}

void lapic_timer_tsc_moved(struct vp *vp)
{
	struct lapic *l = &vp->lapic;

	spin_lock(&l->timer_lock);
	if (l->timer_on && deadline_mode(l))
		timer_arm(&l->timer, deadline_expiry(vp, time_ref()));
	spin_unlock(&l->timer_lock);
}
