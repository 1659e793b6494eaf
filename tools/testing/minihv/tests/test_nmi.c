// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor's kicks and timers are NMIs, and root gets none of them. One processor
 * has timers that go off at once, while the other one floods it with interrupts that its
 * local APIC holds back, and makes it leave root now and then; then the other way round.
 * QEMU looks at such an interrupt before an NMI, see Documentation/minihv.rst.
 */
#include "ap.h"

#define ROUND_MS	3000
#define TIMER_VECTOR	0x71
#define IPI_VECTOR	0x51
#define PRIORITY	0x80	/* of the task: holds both back */
#define APIC_TPR	0x80
#define APIC_ICR_LOW	0x300
#define APIC_ICR_HIGH	0x310
#define ICR_FIXED	0x4000
#define APIC_ID		0x20
#define TIMERS		20	/* in a row */
#define BURST		1000	/* interrupts */

struct side {
	struct hv_tlb_flush *flush;
	uint32_t other;		/* APIC id */
	uint32_t random;
	volatile uint32_t kicks, timers;
};

static struct side sides[2];
static struct side *flooder;
static uint64_t storm_end;
static volatile uint32_t nmis;

static uint32_t next_random(struct side *s)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 17;
	s->random ^= s->random << 5;
	return s->random;
}

/* No checks: wrmsr() is for one processor at a time. */
static void write_msr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
		     : "memory");
}

/* All VPs of root leave it once. */
static void push_out(struct side *s)
{
	s->flush->flags = HV_FLUSH_ALL_PROCESSORS | HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES;
	hcall_at(HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE, (uint64_t)s->flush, (uint64_t)s->flush);
	s->kicks++;
}

/* From now on each time that is written to the count, and it has passed, is due. */
static void enable_timer(void)
{
	union hv_stimer_config c = {
		.auto_enable = 1, .direct_mode = 1, .apic_vector = TIMER_VECTOR,
	};

	write_msr(HV_X64_MSR_STIMER0_CONFIG, c.as_uint64);
}

static void fire_timers(struct side *s)
{
	unsigned int i;

	for (i = 0; i < TIMERS; i++) {
		write_msr(HV_X64_MSR_STIMER0_COUNT, 1);
		s->timers++;
	}
}

/* What is held back comes; then it is held back again. */
static void let_in(void)
{
	apic_write(APIC_TPR, 0);
	asm volatile("sti; nop; nop; cli" : : : "memory");
	apic_write(APIC_TPR, PRIORITY);
}

static void flood(struct side *s)
{
	unsigned int i;

	apic_write(APIC_ICR_HIGH, s->other << 24);
	for (i = 0; i < BURST; i++)
		apic_write(APIC_ICR_LOW, ICR_FIXED | IPI_VECTOR);
	push_out(s);
}

static void storm(struct side *s)
{
	apic_write(APIC_TPR, PRIORITY);
	enable_timer();
	while (ref_time() < storm_end) {
		if (s == flooder) {
			flood(s);
			continue;
		}
		fire_timers(s);
		if (next_random(s) % 4 == 0)
			let_in();
	}
	write_msr(HV_X64_MSR_STIMER0_CONFIG, 0);
	let_in();
	apic_write(APIC_TPR, 0);
}

static void storm_beside(void)
{
	storm(&sides[1]);
}

static void setup(struct side *s, uint32_t other)
{
	if (!s->flush)
		s->flush = alloc_pages(1);
	s->other = other;
	s->random = 0x2545f491 + other;
	s->kicks = 0;
	s->timers = 0;
}

static void round(struct side *from, struct side *to)
{
	nmis = 0;
	flooder = from;
	storm_end = ref_time() + ROUND_MS * 10000ull;
	ap_call(storm_beside);
	storm(&sides[0]);
	ap_wait();
	note("VP %u was flooded, pushed out %u times, and had %u timers",
	     (unsigned int)(to - sides), from->kicks, to->timers);
	report(from->kicks && to->timers, "VP %u is flooded, with timers and kicks",
	       (unsigned int)(to - sides));
	report_eq(nmis, 0, "no NMI of the hypervisor's comes");
}

void test_nmi(void)
{
	uint32_t own = apic_read(APIC_ID) >> 24;

	if (!machine.smp)
		return;
	if (!report(ap_start(), "the second processor starts"))
		return;
	setup(&sides[0], own + 1);
	setup(&sides[1], own);
	nmi_count = &nmis;
	round(&sides[0], &sides[1]);
	round(&sides[1], &sides[0]);
	nmi_count = NULL;
}
