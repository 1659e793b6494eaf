// SPDX-License-Identifier: GPL-2.0-only
/* Running VPs: dispatch and its answers, signals, time slices, suspension, several at once. */
#include "child.h"

#define COUNTER	0x7000
#define SLICE	20000			/* 2 ms */
#define LATE	100000000		/* 10 s: the processor may be busy elsewhere */

GUEST(count);
GUEST(io);

static uint32_t counter(struct child *c)
{
	return *(volatile uint32_t *)(c->memory + COUNTER);
}

/*
 * Run @vp until it has counted on from @seen. A busy machine below may let a short
 * turn pass without a single instruction.
 */
static bool counts_on(struct child *c, unsigned int vp, uint32_t seen)
{
	uint64_t end = ref_time() + 5000 * 10000ull;

	while (counter(c) == seen && ref_time() < end)
		child_run(c, vp, 20);
	return counter(c) != seen;
}

static struct hcall_result dispatch(struct child *c, uint32_t flags, uint64_t slice)
{
	struct hv_input_dispatch_vp *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->flags = flags;
	in->time_slice = slice;
	return hcall(HVCALL_DISPATCH_VP);
}

static void dispatching(void)
{
	const struct hv_output_dispatch_vp *out = hc_out;
	uint64_t start, spent;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	START_GUEST(&c, 0, count);
	report_eq(dispatch(&c, 0, 0).status, HV_STATUS_SUCCESS, "a new VP can be dispatched");
	report(out->dispatch_state == HV_VP_DISPATCH_STATE_BLOCKED &&
	       out->dispatch_event == HV_VP_DISPATCH_EVENT_SUSPEND,
	       "the answer is that it is suspended");
	synic_poll();
	report_eq(c.vp[0].kicks, 0, "no signal comes while it is suspended");
	child_set_reg64(&c, 0, HV_REGISTER_EXPLICIT_SUSPEND, 0);
	idle(2);
	synic_poll();
	report_eq(c.vp[0].kicks, 1, "one signal comes when the suspension is lifted");
	report_eq(child_reg64(&c, 0, HV_REGISTER_VP_ROOT_SIGNAL_COUNT), 1,
		  "the signal is counted");
	interrupts_on_for(1);
	start = ref_time();
	report_eq(dispatch(&c, 0, SLICE).status, HV_STATUS_SUCCESS, "it can be dispatched then");
	spent = ref_time() - start;
	report(out->dispatch_state == HV_VP_DISPATCH_STATE_READY && !out->dispatch_event,
	       "at the end of its time slice it is ready");
	report(spent >= SLICE && spent < SLICE + LATE, "the time slice was about as long");
	report(counts_on(&c, 0, 0), "it runs, if not in one time slice then in many");
	report_eq(dispatch(&c, 0x80000000, 0).status, HV_STATUS_INVALID_PARAMETER,
		  "unknown dispatch flags are refused");
	child_destroy(&c);
}

static void two_vps(void)
{
	uint32_t first;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 2);
	START_GUEST(&c, 0, count);
	START_GUEST(&c, 1, count);
	report(counts_on(&c, 0, 0), "VP 0 runs");
	first = counter(&c);
	report(counts_on(&c, 1, first), "VP 1 runs");
	idle(2);
	synic_poll();
	if (machine.core_scheduler) {
		first = counter(&c);
		idle(5);
		report_eq(counter(&c), first, "suspended, neither runs");
	}
	child_destroy(&c);
}

static void two_partitions(void)
{
	struct child a, b;
	unsigned int i;
	bool ok = true;

	child_make(&a, DEFAULT_FLAGS, 1);
	child_make(&b, DEFAULT_FLAGS, 1);
	START_GUEST(&a, 0, count);
	for (i = 0; i < 5; i++) {
		START_GUEST(&b, 0, io);
		child_run(&a, 0, 3);
		ok &= child_run_on(&b, 0, 10000) == RUN_INTERCEPT &&
		      b.vp[0].message->header.message_type == HVMSG_X64_IO_PORT_INTERCEPT;
	}
	report(ok, "intercepts of one partition come while another computes");
	report(counts_on(&a, 0, 0), "which does compute");
	report_eq(counter(&b), 0, "each in memory of its own");
	child_destroy(&b);
	child_destroy(&a);
}

/* What a VP did before it was suspended is there to be seen, and it goes on from there. */
static void suspended(void)
{
	uint32_t before;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 1);
	START_GUEST(&c, 0, count);
	child_run(&c, 0, 10);
	child_set_reg64(&c, 0, HV_REGISTER_EXPLICIT_SUSPEND, 1);
	before = counter(&c);
	report_eq(child_reg64(&c, 0, HV_REGISTER_EXPLICIT_SUSPEND) & 1, 1,
		  "a VP can be suspended");
	interrupts_on_for(5);
	report_eq(counter(&c), before, "it stands still");
	report(child_reg64(&c, 0, HV_X64_REGISTER_RIP) - GUEST_CODE < 16,
	       "its RIP is inside its loop");
	report(counts_on(&c, 0, before), "it goes on");
	child_destroy(&c);
}

static void running_when_deleted(void)
{
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 2);
	START_GUEST(&c, 0, count);
	START_GUEST(&c, 1, count);
	child_run(&c, 1, 5);
	if (machine.core_scheduler) {
		/* On its way, and never stopped. */
		child_set_reg64(&c, 0, HV_REGISTER_EXPLICIT_SUSPEND, 0);
		idle(1);
	}
	child_destroy(&c);
	report(true, "a partition can be deleted while its VP runs");
}

void test_schedule(void)
{
	synic_setup();
	if (!machine.core_scheduler)
		dispatching();
	two_vps();
	two_partitions();
	suspended();
	running_when_deleted();
	synic_teardown();
}
