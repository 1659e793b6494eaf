// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reference time and timers on the HPET (IA-PC HPET specification 1.0a). The
 * comparators run in 64-bit one-shot mode, for in 32-bit mode they also fire when
 * the counter wraps. A deadline far away is armed in steps, because TSC and HPET
 * drift apart.
 */
#include "cpu/timer.h"
#include "cpu/apic.h"
#include "cpu/mmio.h"

#define HPET_CAP	0x000
#define HPET_CONFIG	0x010
#define HPET_COUNTER	0x0f0
#define HPET_TN_CONFIG(n)	(0x100 + 0x20 * (n))
#define HPET_TN_COMP(n)		(0x108 + 0x20 * (n))
#define HPET_TN_FSB(n)		(0x110 + 0x20 * (n))

#define HPET_ENABLE		BIT(0)
#define HPET_TN_INT_ENABLE	BIT(2)
#define HPET_TN_FSB_ENABLE	BIT(14)
#define HPET_TN_FSB_CAP		BIT(15)

#define FS_PER_100NS		100000000ull
#define CALIBRATE_TIME		200000		/* 20 ms */
#define CALIBRATE_READS		32
#define MAX_STEP		50000000	/* 5 s */
#define HPET_ROUNDING		2		/* ticks that it may fire early */
/*
 * So many timers are run at one look, and when that is not enough for what is due, the
 * next look is so much later, so that guests run in between whatever they have armed.
 */
#define POLL_BUDGET		32
#define POLL_PAUSE		1000		/* 0.1 ms */

static uint64_t ticks_per_100ns;
static uint64_t hz, scale, start_tsc;

/* Two reads, which the counter's low half may wrap between. */
static uint64_t hpet_counter(void)
{
	uint32_t high, low;

	do {
		high = mmio_read32(HPET_PA + HPET_COUNTER + 4);
		low = mmio_read32(HPET_PA + HPET_COUNTER);
	} while (high != mmio_read32(HPET_PA + HPET_COUNTER + 4));
	return (uint64_t)high << 32 | low;
}

uint64_t tsc_hz(void)
{
	return hz;
}

uint64_t time_tsc_scale(void)
{
	return scale;
}

uint64_t time_from_tsc(uint64_t tsc)
{
	return (uint64_t)(((__uint128_t)tsc * scale) >> 64);
}

uint64_t time_tsc_offset(void)
{
	return -time_from_tsc(start_tsc);
}

uint64_t time_ref(void)
{
	return time_from_tsc(rdtsc()) + time_tsc_offset();
}

/*
 * Both clocks at once. The machine below may take the processor away between two
 * reads, so the pair that was read fastest counts.
 */
static uint64_t read_clocks(uint64_t *tsc)
{
	uint64_t before, after, count, best = 0, fastest = ~0ull;
	unsigned int i;

	for (i = 0; i < CALIBRATE_READS; i++) {
		before = rdtsc();
		count = hpet_counter();
		after = rdtsc();
		if (after - before < fastest) {
			fastest = after - before;
			*tsc = before + fastest / 2;
			best = count;
		}
	}
	return best;
}

static void calibrate(void)
{
	uint64_t ticks = CALIBRATE_TIME * ticks_per_100ns, start, passed;
	uint64_t tsc0, tsc1;

	start = read_clocks(&tsc0);
	while (hpet_counter() - start < ticks)
		cpu_relax();
	passed = read_clocks(&tsc1) - start;
	hz = (tsc1 - tsc0) * 10000000 / (passed / ticks_per_100ns);
	/* 2^64 * 10^7 / hz in two 64-bit divisions */
	scale = ((10000000ull << 32) / hz << 32) + (((10000000ull << 32) % hz) << 32) / hz;
	start_tsc = tsc1;
}

void timer_hw_init(void)
{
	uint64_t cap = mmio_read64(HPET_PA + HPET_CAP);
	uint32_t i, timers = (cap >> 8 & 31) + 1, period = cap >> 32;

	if (!period || FS_PER_100NS % period)
		hv_fatal("no HPET, or one with a period of %u fs", period);
	if (timers < nr_cpus)
		hv_fatal("HPET has %u timers for %u CPUs (QEMU: -global hpet.timers=8)", timers,
			 nr_cpus);
	ticks_per_100ns = FS_PER_100NS / period;
	mmio_write64(HPET_PA + HPET_CONFIG, 0);
	for (i = 0; i < nr_cpus; i++) {
		if (!(mmio_read64(HPET_PA + HPET_TN_CONFIG(i)) & HPET_TN_FSB_CAP))
			hv_fatal("HPET can't send messages (QEMU: -global hpet.msi=on)");
		mmio_write64(HPET_PA + HPET_TN_FSB(i),
			     (APIC_PA | cpus[i].apic_id << 12) << 32 | APIC_DM_NMI);
		mmio_write64(HPET_PA + HPET_TN_CONFIG(i), HPET_TN_FSB_ENABLE);
	}
	mmio_write64(HPET_PA + HPET_CONFIG, HPET_ENABLE);
	calibrate();
}

void timer_setup(struct timer *t, void (*fn)(struct timer *t))
{
	list_init(&t->node);
	t->cpu = NULL;
	t->fn = fn;
}

void timer_cancel(struct timer *t)
{
	struct cpu *cpu = __atomic_load_n(&t->cpu, __ATOMIC_ACQUIRE);

	if (!cpu)
		return;
	spin_lock(&cpu->timer_lock);
	if (t->cpu == cpu) {
		list_del(&t->node);
		t->cpu = NULL;
	}
	spin_unlock(&cpu->timer_lock);
}

uint64_t timer_until_next(uint64_t elapsed, uint64_t period)
{
	uint64_t left = period - elapsed % period;

	if (period < TIMER_MIN_PERIOD)
		left += TIMER_MIN_PERIOD / period * period;
	return left;
}

/* Has the time of the comparator come, so that it may have fired? */
static bool may_have_fired(const struct cpu *cpu)
{
	return hpet_counter() + HPET_ROUNDING >= cpu->comparator;
}

/* When this returns its NMI is pending, or has been taken, or will not come. */
static void switch_off(struct cpu *cpu)
{
	mmio_write32(HPET_PA + HPET_TN_CONFIG(cpu->index), HPET_TN_FSB_ENABLE);
	cpu->comparator_on = false;
}

/* When this returns its NMI has been taken, or will not come. */
static void disarm(struct cpu *cpu)
{
	if (!cpu->comparator_on)
		return;
	switch_off(cpu);
	if (may_have_fired(cpu))
		cpu_drain_nmis(cpu);
}

/* To look again at the next deadline, but not before @least. */
static void set_comparator(struct cpu *cpu, uint64_t now, uint64_t least)
{
	uint64_t next = list_empty(&cpu->timers) ? TIMER_NEVER :
			container_of(cpu->timers.next, struct timer, node)->deadline;
	uint64_t wait;

	if (next != TIMER_NEVER)
		next = MAX(MIN(next, now + MAX_STEP), least);
	if (next == cpu->armed)
		return;
	disarm(cpu);
	cpu->armed = next;
	if (next == TIMER_NEVER)
		return;
	wait = next > now ? next - now : 1;
	cpu->comparator = hpet_counter() + wait * ticks_per_100ns;
	/* Switched on with a comparator that has passed, it fires at once. */
	mmio_write32(HPET_PA + HPET_TN_COMP(cpu->index), cpu->comparator);
	mmio_write32(HPET_PA + HPET_TN_COMP(cpu->index) + 4, cpu->comparator >> 32);
	mmio_write32(HPET_PA + HPET_TN_CONFIG(cpu->index),
		     HPET_TN_FSB_ENABLE | HPET_TN_INT_ENABLE);
	cpu->comparator_on = true;
}

/* The spare processor has no comparator: another looks after its timers. */
static struct cpu *keeper(void)
{
	struct cpu *self = this_cpu();

	return self->index < nr_cpus ? self : &cpus[0];
}

void timer_arm(struct timer *t, uint64_t deadline)
{
	struct cpu *cpu = keeper();
	struct list *at;

	timer_cancel(t);
	spin_lock(&cpu->timer_lock);
	t->deadline = deadline;
	list_for_each(at, &cpu->timers)
		if (container_of(at, struct timer, node)->deadline > deadline)
			break;
	list_add_before(&t->node, at);
	__atomic_store_n(&t->cpu, cpu, __ATOMIC_RELEASE);
	/* timer_poll(), whose function may have called, sets its own at its end. */
	if (cpu != this_cpu())
		__atomic_store_n(&cpu->armed, 0, __ATOMIC_RELAXED);
	else if (!cpu->timer_running)
		set_comparator(cpu, time_ref(), cpu->poll_pause);
	spin_unlock(&cpu->timer_lock);
	if (cpu != this_cpu())
		cpu_kick(cpu);
}

void timer_wait(struct timer *t)
{
	uint32_t i;

	for (i = 0; i < nr_cpus; i++)
		while (__atomic_load_n(&cpus[i].timer_running, __ATOMIC_SEQ_CST) == t)
			cpu_relax();
}

void timer_poll(struct cpu *cpu)
{
	uint64_t now = time_ref();
	unsigned int budget = POLL_BUDGET;
	struct timer *t;

	/* A comparator that has fired is armed again, even if nothing was due yet. */
	if (__atomic_load_n(&cpu->armed, __ATOMIC_RELAXED) > now)
		return;
	spin_lock(&cpu->timer_lock);
	cpu->poll_pause = 0;
	while (!list_empty(&cpu->timers)) {
		t = container_of(cpu->timers.next, struct timer, node);
		if (t->deadline > now)
			break;
		if (!budget--) {
			cpu->poll_pause = now + POLL_PAUSE;
			break;
		}
		list_del(&t->node);
		__atomic_store_n(&cpu->timer_running, t, __ATOMIC_SEQ_CST);
		__atomic_store_n(&t->cpu, NULL, __ATOMIC_SEQ_CST);
		spin_unlock(&cpu->timer_lock);
		t->fn(t);
		__atomic_store_n(&cpu->timer_running, NULL, __ATOMIC_RELEASE);
		spin_lock(&cpu->timer_lock);
		now = time_ref();
	}
	set_comparator(cpu, now, cpu->poll_pause);
	spin_unlock(&cpu->timer_lock);
}

/*
 * The comparator's own clock tells, for the two clocks run apart a little. It is
 * switched off while an NMI is pending that is about to be taken, so that none of its
 * own comes later, from a busy machine below.
 */
bool timer_expired(struct cpu *cpu)
{
	if (!cpu->comparator_on || !may_have_fired(cpu))
		return false;
	switch_off(cpu);
	cpu->armed = 0;		/* timer_poll() arms it anew */
	return true;
}
