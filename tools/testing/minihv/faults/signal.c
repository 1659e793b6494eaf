// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fault knobs for the messages by which the root scheduler tells of a VP: counts that
 * the message has no room for, in its two forms. Who believes them reads on in what
 * follows, which then looks as if it were meant.
 */
#include "faults/faults.h"

#define PLACES		HV_MESSAGE_MAX_PARTITION_VP_PAIR_COUNT

/*
 * Behind the last place for a partition are the indexes, and behind those what is
 * reserved. So the first two indexes together are the partition of the pair that there
 * is no room for. The other pairs can be followed, too: VPs that should exist.
 */
static void bend_pairs(struct hv_message *m, uint32_t count)
{
	struct hv_vp_signal_pair_scheduler_message *pair = (void *)m->u.payload;
	uint64_t id = pair->partition_ids[0];
	uint32_t index = pair->vp_indexes[0];
	unsigned int i;

	pair->vp_count = count;
	for (i = 0; i < PLACES; i++) {
		pair->partition_ids[i] = id;
		pair->vp_indexes[i] = 0;
	}
	pair->vp_indexes[0] = id;
	pair->vp_indexes[1] = id >> 32;
	memcpy(pair->reserved2, &index, sizeof(index));
}

/* The other form, where @banks are named and as many as fit are there. */
static void make_set(struct hv_message *m, uint32_t banks, uint32_t format)
{
	const struct hv_vp_signal_pair_scheduler_message *pair = (void *)m->u.payload;
	struct hv_vp_signal_bitset_scheduler_message *set = (void *)m->u.payload;
	uint64_t id = pair->partition_ids[0];
	uint32_t index = pair->vp_indexes[0], bank = index / HV_VCPUS_PER_SPARSE_BANK;

	/* What is no part of the set would name every VP. */
	memset(m->u.payload, 0xff, sizeof(m->u.payload));
	memset(set, 0, sizeof(*set));
	m->header.message_type = HVMSG_SCHEDULER_VP_SIGNAL_BITSET;
	m->header.payload_size = sizeof(*set);
	set->partition_id = id;
	set->vp_count = 1;
	set->vp_bitset.bitset.format = format;
	if (banks)
		set->vp_bitset.bitset.valid_bank_mask = ~0ull >> (64 - banks);
	if (bank < banks)
		set->vp_bitset.bitset.bank_contents[bank] =
			1ull << index % HV_VCPUS_PER_SPARSE_BANK;
}

void fault_bend_signal(struct hv_message *m, struct signal_fault *f)
{
	if ((!f->count && !f->set) ||
	    m->header.message_type != HVMSG_SCHEDULER_VP_SIGNAL_PAIR)
		return;
	__atomic_fetch_add(&f->fired, 1, __ATOMIC_RELAXED);
	if (f->set)
		make_set(m, f->banks, f->format);
	else
		bend_pairs(m, f->count);
}
