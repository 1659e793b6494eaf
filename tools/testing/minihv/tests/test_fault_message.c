// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault knobs for messages, with the hypervisor's scheduler or that of root. Each needs
 * a run of its own; see faults.
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

/* Root's scheduler: the message by which a new VP gets going. */
static bool signal_of(struct child *c, unsigned int vp, struct hv_message *m)
{
	struct hv_input_dispatch_vp *in = hc_in;

	START_GUEST(c, vp, io);
	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->vp_index = vp;
	if (hcall(HVCALL_DISPATCH_VP).status != HV_STATUS_SUCCESS)
		return false;
	child_set_reg64(c, vp, HV_REGISTER_EXPLICIT_SUSPEND, 0);
	return synic_wait(HV_SYNIC_INTERCEPTION_SINT_INDEX, m, 2000);
}

/* msg=count:20 */
void test_fault_count(void)
{
	const struct hv_vp_signal_pair_scheduler_message *pairs;
	struct hv_message m;
	struct child c;
	unsigned int i;
	uint32_t index;
	bool all = true;

	synic_setup();
	child_make(&c, DEFAULT_FLAGS, 2);
	report(signal_of(&c, 1, &m) &&
	       m.header.message_type == HVMSG_SCHEDULER_VP_SIGNAL_PAIR,
	       "the message with a signal comes");
	pairs = (const void *)m.u.payload;
	report_eq(pairs->vp_count, 20, "it claims one pair more than there can be");
	for (i = 0; i < HV_MESSAGE_MAX_PARTITION_VP_PAIR_COUNT; i++)
		all &= pairs->partition_ids[i] == c.id &&
		       pairs->vp_indexes[i] == (i ? 0 : (uint32_t)c.id);
	report(all, "those that there can be name other VPs");
	memcpy(&index, pairs->reserved2, sizeof(index));
	report_eq(index, 1, "behind the last is the VP");
	stop(&c);
}

/* msg=banks:3 */
void test_fault_set(void)
{
	const struct hv_vp_signal_bitset_scheduler_message *set;
	struct hv_message m;
	struct child c;

	synic_setup();
	child_make(&c, DEFAULT_FLAGS, 2);
	report(signal_of(&c, 1, &m) &&
	       m.header.message_type == HVMSG_SCHEDULER_VP_SIGNAL_BITSET,
	       "a signal comes as a set");
	set = (const void *)m.u.payload;
	report_eq(set->partition_id, c.id, "of the partition");
	report(set->vp_bitset.bitset.format == HV_GENERIC_SET_SPARSE_4K && set->vp_count == 1,
	       "in the one format, of one VP");
	report_eq(set->vp_bitset.bitset.valid_bank_mask, 7, "it has the banks that were asked for");
	report(set->vp_bitset.bitset_buffer[2] == 2 && !set->vp_bitset.bitset_buffer[3] &&
	       !set->vp_bitset.bitset_buffer[4], "and the VP in the first");
	stop(&c);
}
