// SPDX-License-Identifier: GPL-2.0-only
/* SynIC and synthetic timers of root itself (TLFS chapters 11 and 12). */
#include "child.h"

#define SINT		3
#define VECTOR		0xa3
#define DIRECT_VECTOR	0xa4
#define AUTO_VECTOR	0xb5		/* a class above the others */
#define APIC_ISR	0x100
#define WAIT_MS		5000
#define MS		10000ull		/* in 100 ns */
#define HALTS		2000
#define LATE		(1000 * MS)		/* what a busy machine below may add */

static uint64_t config(unsigned int sint, bool periodic)
{
	union hv_stimer_config c = { .enable = 1, .periodic = periodic, .sintx = sint };

	return c.as_uint64;
}

static void start_timer(unsigned int nr, uint64_t cfg, uint64_t count)
{
	wrmsr(HV_X64_MSR_STIMER0_COUNT + 2 * nr, count);
	wrmsr(HV_X64_MSR_STIMER0_CONFIG + 2 * nr, cfg);
}

static const struct hv_timer_message_payload *payload(const struct hv_message *m)
{
	return (const void *)m->u.payload;
}

static void one_shot(void)
{
	uint64_t due = ref_time() + 5 * MS;
	uint32_t seen = interrupts[VECTOR];
	struct hv_message m;

	start_timer(0, config(SINT, false), due);
	if (!report(synic_wait(SINT, &m, WAIT_MS), "a timer's message comes"))
		return;
	report_eq(m.header.message_type, HVMSG_TIMER_EXPIRED, "its type");
	report_eq(payload(&m)->timer_index, 0, "the timer's number");
	report_eq(payload(&m)->expiration_time, due, "when it was due");
	report(payload(&m)->delivery_time >= due && payload(&m)->delivery_time < due + LATE,
	       "it was delivered then, not earlier");
	wait_interrupt(VECTOR, seen, WAIT_MS);
	report_eq(interrupts[VECTOR], seen + 1, "one interrupt came with it");
	report(!(rdmsr(HV_X64_MSR_STIMER0_CONFIG) & 1), "a one-shot timer is disabled by it");
	report(!synic_wait(SINT, &m, 20), "no second message comes");
}

static void periodic(void)
{
	uint64_t start = ref_time(), last = 0;
	bool ordered = true;
	struct hv_message m;
	unsigned int i;

	start_timer(1, config(SINT, true), 10 * MS);
	for (i = 0; i < 5; i++) {
		if (!synic_wait(SINT, &m, WAIT_MS))
			break;
		ordered &= payload(&m)->expiration_time > last && payload(&m)->timer_index == 1;
		last = payload(&m)->expiration_time;
	}
	wrmsr(HV_X64_MSR_STIMER1_CONFIG, 0);
	report_eq(i, 5, "a periodic timer's messages come");
	report(ordered, "in order");
	report(ref_time() - start >= 50 * MS && ref_time() - start < 50 * MS + 5 * LATE,
	       "five periods take five periods");
	while (synic_take(SINT, &m))
		;
	report(!synic_wait(SINT, &m, 40), "a disabled timer sends nothing");
}

/* A slot that is not empty delays the next message until EOM. */
static void busy_slot(void)
{
	struct hv_message *slot = &simp->sint_message[SINT];
	struct hv_message m;
	uint32_t seen;

	start_timer(0, config(SINT, false), ref_time());
	interrupts_on_for(10);
	report_eq(slot->header.message_type, HVMSG_TIMER_EXPIRED, "the slot is in use");
	start_timer(1, config(SINT, false), ref_time());
	interrupts_on_for(10);
	report_eq(payload(slot)->timer_index, 0, "a second message does not overwrite it");
	report(slot->header.message_flags.msg_pending, "the message says that another waits");
	seen = interrupts[VECTOR];
	slot->header.message_type = HVMSG_NONE;
	wrmsr(HV_X64_MSR_EOM, 0);
	interrupts_on_for(10);
	report_eq(slot->header.message_type, HVMSG_TIMER_EXPIRED, "EOM brings the second message");
	report_eq(payload(slot)->timer_index, 1, "of the other timer");
	report_eq(interrupts[VECTOR], seen + 1, "with an interrupt");
	report(!slot->header.message_flags.msg_pending, "nothing else waits");
	synic_take(SINT, &m);
}

static void direct(void)
{
	union hv_stimer_config c = { .enable = 1, .direct_mode = 1, .apic_vector = DIRECT_VECTOR };
	uint32_t seen = interrupts[DIRECT_VECTOR];
	struct hv_message m;

	start_timer(2, c.as_uint64, ref_time() + 2 * MS);
	report(wait_interrupt(DIRECT_VECTOR, seen, WAIT_MS), "a timer in direct mode interrupts");
	report(!synic_take(SINT, &m), "and sends no message");
	wrmsr(HV_X64_MSR_STIMER2_CONFIG, 0);
}

/*
 * STI is the last byte of one page and HLT the first of the next, which is written to
 * each time: a machine that translates code has to do so anew then, and that makes the
 * moment between the two a long one.
 */
static void (*split_halt(uint8_t **hlt))(void)
{
	static const uint8_t rest[] = { 0xf4, 0xfa, 0xc3 };	/* hlt; cli; ret */
	uint8_t *pages = alloc_pages(2);

	pages[PAGE_SIZE - 1] = 0xfb;				/* sti */
	*hlt = pages + PAGE_SIZE;
	memcpy(*hlt, rest, sizeof(rest));
	return (void (*)(void))(uintptr_t)(pages + PAGE_SIZE - 1);
}

/* A timer that expires between STI and HLT ends that halt like any other. */
static void due_at_a_halt(void)
{
	union hv_stimer_config c = { .enable = 1, .direct_mode = 1, .apic_vector = DIRECT_VECTOR };
	uint64_t tsc_per_100ns = rdmsr(HV_X64_MSR_TSC_FREQUENCY) / 10000000, halt_at, took = 0;
	void (*halt)(void);
	unsigned int i;
	uint8_t *hlt;

	halt = split_halt(&hlt);
	for (i = 0; i < HALTS && took < 2 * LATE; i++) {
		uint32_t seen = interrupts[DIRECT_VECTOR];

		alarm_in(3000);
		halt_at = rdtsc() + (MS / 5 + i % 100 * 25) * tsc_per_100ns;
		start_timer(2, c.as_uint64, ref_time() + MS / 5);
		while (rdtsc() < halt_at)
			asm volatile("pause");
		*(volatile uint8_t *)hlt = 0xf4;
		do
			halt();
		while (interrupts[DIRECT_VECTOR] == seen);
		took = (rdtsc() - halt_at) / tsc_per_100ns;
	}
	alarm_in(0);
	wrmsr(HV_X64_MSR_STIMER2_CONFIG, 0);
	report(took < 2 * LATE, "a timer that is due as the processor halts ends the halt");
}

static void auto_enable(void)
{
	union hv_stimer_config c = { .auto_enable = 1, .sintx = SINT };
	struct hv_message m;

	wrmsr(HV_X64_MSR_STIMER0_CONFIG, c.as_uint64);
	report(!(rdmsr(HV_X64_MSR_STIMER0_CONFIG) & 1), "auto-enable does not enable by itself");
	wrmsr(HV_X64_MSR_STIMER0_COUNT, ref_time() + 10 * LATE);
	report(rdmsr(HV_X64_MSR_STIMER0_CONFIG) & 1, "writing the count does");
	wrmsr(HV_X64_MSR_STIMER0_COUNT, ref_time() + MS);
	report(synic_wait(SINT, &m, WAIT_MS), "and its message comes");
	wrmsr(HV_X64_MSR_STIMER0_COUNT, ref_time() + 10 * LATE);
	wrmsr(HV_X64_MSR_STIMER0_COUNT, 0);
	report(!(rdmsr(HV_X64_MSR_STIMER0_CONFIG) & 1), "writing zero stops the timer");
	report(!synic_wait(SINT, &m, 20), "and no message comes");
	wrmsr(HV_X64_MSR_STIMER0_CONFIG, 0);
}

static void polling(void)
{
	uint32_t seen;
	struct hv_message m;

	wrmsr(HV_X64_MSR_SINT0 + SINT, VECTOR | HV_SYNIC_SINT_POLLING);
	seen = interrupts[VECTOR];
	start_timer(0, config(SINT, false), ref_time());
	report(synic_wait(SINT, &m, WAIT_MS), "a message comes to a polled source");
	interrupts_on_for(5);
	report_eq(interrupts[VECTOR], seen, "without an interrupt");
	wrmsr(HV_X64_MSR_SINT0 + SINT, VECTOR);
}

/*
 * A source with auto-EOI needs none: two interrupts in a row come to a handler that
 * ends nothing, at once or when the processor lets them in, and none is in service.
 */
static void auto_eoi(void)
{
	struct hv_message m;
	uint32_t seen;
	uint64_t end;
	bool taken;

	no_eoi[AUTO_VECTOR] = true;
	wrmsr(HV_X64_MSR_SINT0 + SINT, AUTO_VECTOR | HV_SYNIC_SINT_AUTO_EOI);
	seen = interrupts[AUTO_VECTOR];
	start_timer(0, config(SINT, false), ref_time() + 5 * MS);
	asm volatile("sti; hlt; cli" : : : "memory");
	report_eq(interrupts[AUTO_VECTOR], seen + 1, "an auto-EOI source ends a halt");
	report(synic_take(SINT, &m), "its message is there");
	start_timer(0, config(SINT, false), ref_time() + MS);
	end = ref_time() + WAIT_MS * MS;
	while (!(taken = synic_take(SINT, &m)) && ref_time() < end)
		asm volatile("pause");
	report(taken, "a message comes while interrupts are off");
	report_eq(interrupts[AUTO_VECTOR], seen + 1, "and its interrupt waits");
	asm volatile("sti; nop; nop; cli" : : : "memory");
	report_eq(interrupts[AUTO_VECTOR], seen + 2, "until they are on, without an EOI before");
	report_eq(apic_read(APIC_ISR + AUTO_VECTOR / 32 * 16) >> AUTO_VECTOR % 32 & 1, 0,
		  "the local APIC has nothing in service");
	no_eoi[AUTO_VECTOR] = false;
	wrmsr(HV_X64_MSR_SINT0 + SINT, VECTOR);
}

static void registers(void)
{
	uint64_t value;

	report_eq(rdmsr(HV_X64_MSR_SVERSION), HV_SYNIC_VERSION_1, "SynIC version");
	report_eq(try_wrmsr(HV_X64_MSR_SVERSION, 1), 13, "the version can't be written");
	report_eq(try_wrmsr(HV_X64_MSR_SINT0 + SINT, 15), 13, "vectors below 16 are refused");
	report_eq(try_rdmsr(HV_X64_MSR_SINT0 + 7, &value), NO_FAULT, "an unused source can be read");
	report(value & HV_SYNIC_SINT_MASKED, "an unused source is masked");
}

void test_synic(void)
{
	synic_setup();
	registers();
	wrmsr(HV_X64_MSR_SINT0 + SINT, VECTOR);
	if (machine.syntimers) {
		one_shot();
		periodic();
		busy_slot();
		direct();
	due_at_a_halt();
		auto_enable();
		polling();
		auto_eoi();
	} else {
		skip("no synthetic timers are offered", "timers and messages");
	}
	wrmsr(HV_X64_MSR_SINT0 + SINT, HV_SYNIC_SINT_MASKED);
	synic_teardown();
}
