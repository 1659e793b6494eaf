// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault knobs for messages, with the hypervisor's scheduler. Each needs a run of its
 * own; see faults.
 */
#include "child.h"

GUEST(io);

/* A VP on the way to its first intercept. */
static void start(struct child *c)
{
	synic_setup();
	child_make(c, DEFAULT_FLAGS, 1);
	START_GUEST(c, 0, io);
	child_set_reg64(c, 0, HV_REGISTER_INTERCEPT_SUSPEND, 0);
	child_set_reg64(c, 0, HV_REGISTER_EXPLICIT_SUSPEND, 0);
}

static void stop(struct child *c)
{
	child_destroy(c);
	synic_teardown();
}

/* The next message that tells of an intercept; true: it names VP @vp. */
static bool names(uint32_t vp)
{
	struct hv_message m;

	return synic_wait(HV_SYNIC_INTERCEPTION_SINT_INDEX, &m, 2000) &&
	       m.header.message_type == HVMSG_OPAQUE_INTERCEPT &&
	       *(uint32_t *)m.u.payload == vp;
}

static bool another(void)
{
	struct hv_message m;

	return synic_wait(HV_SYNIC_INTERCEPTION_SINT_INDEX, &m, 50);
}

/* msg=delay:300 */
void test_fault_delay(void)
{
	uint64_t begin = ref_time();
	struct child c;

	start(&c);
	report(names(0), "the message about an intercept comes");
	report(ref_time() - begin >= 300 * 10000, "not before its time");
	report(!another(), "once");
	stop(&c);
}

/* msg=dup */
void test_fault_dup(void)
{
	struct child c;

	start(&c);
	report(names(0), "the message about an intercept comes");
	report(names(0), "and comes again");
	report(!another(), "but not a third time");
	stop(&c);
}

/* msg=vp:4000 */
void test_fault_vp(void)
{
	struct child c;

	start(&c);
	report(names(4000), "a message about a VP that there is not comes first");
	report(names(0), "then the one about the VP");
	report(!another(), "and no other");
	stop(&c);
}
