// SPDX-License-Identifier: GPL-2.0-only
/* Timers of a child that would leave the machine no time for anything else. */
#include "child.h"

#define APIC_FLAGS	(DEFAULT_FLAGS | HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED)
#define APIC_VECTOR	0x62
#define DEADLINE_VECTOR	0x63
#define STIMER_VECTOR	0x53
#define DIRECT_ONE_SHOT	0x1531
#define LVT_PERIODIC	0x20000
#define DIVIDE_BY_128	0xa
#define PATIENCE	600000000	/* a minute */

GUEST(storm);
GUEST(deadline);
GUEST(ready);

static struct hv_local_interrupt_controller_state *state;

static void lapic_state(struct child *c, uint64_t call)
{
	struct hv_input_get_vp_state *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->state_data.type = HV_GET_SET_VP_STATE_LAPIC_STATE;
	in->output_data_pfns[0] = (uint64_t)state / PAGE_SIZE;
	hcall(call | VAR_WORDS(1));
}

static bool requested(struct child *c, unsigned int vector)
{
	lapic_state(c, HVCALL_GET_VP_STATE);
	return state->apic_irr[vector / 32] & BIT(vector % 32);
}

static void make(struct child *c)
{
	child_create(c, APIC_FLAGS);
	child_set_property(c, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			   child_synthetic_features());
	child_complete(c, 1);
}

/* Root goes on, and so does the child, which takes no interrupt. Other programs may slow both. */
static void goes_on(struct child *c, const char *what)
{
	volatile uint32_t *counter = (uint32_t *)(c->memory + 0x7000);
	uint64_t end = ref_time() + PATIENCE;
	uint32_t before = *counter;
	enum run_result result;

	do {
		/* The last dispatch, which has no end of its own, ends then. */
		alarm_in(40);
		result = child_run(c, 0, 30);
		alarm_in(0);
	} while (result == RUN_TIMEOUT && *counter == before && ref_time() < end);
	report(result == RUN_TIMEOUT && ref_time() < end, "%s: root has its turn", what);
	report(*counter != before, "%s: the guest goes on", what);
}

static void shortest_periods(void)
{
	struct child c;

	make(&c);
	START_GUEST(&c, 0, storm);
	child_expect(&c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "a guest arms all periodic timers");
	child_skip(&c, 0);
	goes_on(&c, "shortest periods");
	report(requested(&c, APIC_VECTOR), "the timer of the APIC expires");
	report(requested(&c, STIMER_VECTOR), "so does a synthetic timer");
	child_destroy(&c);
}

/* A count register that says that the count began before the machine did. */
static void began_before(uint32_t lvt, const char *what)
{
	struct child c;

	make(&c);
	lapic_state(&c, HVCALL_GET_VP_STATE);
	state->apic_spurious = 0x1ff;
	state->apic_lvt_timer = APIC_VECTOR | lvt;
	state->apic_divide_configuration = DIVIDE_BY_128;
	state->apic_initial_count = 0xffffffff;
	state->apic_counter_value = 1000;
	lapic_state(&c, HVCALL_SET_VP_STATE);
	START_GUEST(&c, 0, ready);
	child_expect(&c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "a guest is ready");
	child_skip(&c, 0);
	goes_on(&c, what);
	report(requested(&c, APIC_VECTOR), "%s: expires when the count ends", what);
	report(lvt ? state->apic_counter_value > 0xff000000 : !state->apic_counter_value,
	       "%s: the count after that", what);
	child_destroy(&c);
}

/* A time of expiration that is beyond the end of time once the partition's offset is added. */
static void never(void)
{
	struct child c;

	make(&c);
	child_set_reg64(&c, 0, HV_REGISTER_STIMER0_COUNT, ~0ull - 1);
	child_set_reg64(&c, 0, HV_REGISTER_STIMER0_CONFIG, DIRECT_ONE_SHOT);
	child_set_reg64(&c, 0, HV_REGISTER_STIMER1_COUNT, ~0ull - 1);
	child_set_reg64(&c, 0, HV_REGISTER_STIMER1_CONFIG, DIRECT_ONE_SHOT | 2);
	START_GUEST(&c, 0, ready);
	child_expect(&c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "a guest is ready");
	child_skip(&c, 0);
	goes_on(&c, "no end");
	report(!requested(&c, STIMER_VECTOR), "what is due at the end of time does not expire");
	child_destroy(&c);
}

static void deadline(uint64_t tsc, uint64_t deadline, uint64_t moved, bool expires,
		     const char *what)
{
	struct child c;

	make(&c);
	child_set_reg64(&c, 0, HV_X64_REGISTER_TSC, tsc);
	*(uint64_t *)(c.memory + 0x7100) = deadline;
	START_GUEST(&c, 0, deadline);
	child_expect(&c, 0, HVMSG_X64_IO_PORT_INTERCEPT, "a guest sets a deadline");
	child_skip(&c, 0);
	if (moved) {
		child_set_reg64(&c, 0, HV_X64_REGISTER_TSC, moved);
		wait_ms(moved == deadline ? 0 : 1000);
	}
	goes_on(&c, what);
	report_eq(requested(&c, DEADLINE_VECTOR), expires, "%s: whether it expires", what);
	child_destroy(&c);
}

void test_storm(void)
{
	synic_setup();
	state = alloc_pages(1);
	shortest_periods();
	began_before(0, "one-shot");
	began_before(LVT_PERIODIC, "periodic");
	if (machine.syntimers)
		never();
	deadline(0, 1, 0, true, "deadline that has passed");
	deadline(0, ~0ull, 0, false, "deadline at the end of time");
	deadline(BIT(63), ~0ull - 1, ~0ull - BIT(29), true, "deadline near the end of time");
	deadline(0, BIT(62), BIT(62), true, "deadline reached by moving the time stamp");
	deadline(BIT(62), BIT(62) + BIT(31), 1, false, "deadline left by moving the time stamp");
	free_page((uint64_t)state);
	synic_teardown();
}
