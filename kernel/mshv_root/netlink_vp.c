// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family: virtual processors.
 */
#include "exits.h"
#include "netlink.h"
#include "vp.h"

/* Counters of the hypervisor, which counts time in units of 100 ns. */
#define TOTAL_RUN_TIME		1
#define HYPERVISOR_RUN_TIME	2
#define HYPERCALLS		7

static u64 nl_nanoseconds(const struct mshv_vp *vp, unsigned int counter)
{
	return mshv_stats_get(&vp->stats, counter) * 100;
}

/*
 * Nothing is kept for it that a run would have to keep up to date. The message is the
 * VMM's to change, who is believed about its own guest.
 */
static u32 nl_vp_state(struct mshv_vp *vp)
{
	if (mutex_is_locked(&vp->lock))
		return READ_ONCE(vp->blocked) && !READ_ONCE(vp->dispatched) ?
		       MSHV_VP_ACTIVITY_WAITING : MSHV_VP_ACTIVITY_RUNNING;
	switch (READ_ONCE(vp->message->header.message_type)) {
	case HVMSG_X64_HALT:
		return MSHV_VP_ACTIVITY_HALTED;
	case HVMSG_UNRECOVERABLE_EXCEPTION:
		return MSHV_VP_ACTIVITY_CRASHED;
	default:
		return MSHV_VP_ACTIVITY_STOPPED;
	}
}

static int nl_put_exits(struct sk_buff *skb, const struct mshv_vp *vp)
{
	struct nlattr *nest = nla_nest_start(skb, MSHV_A_VP_EXITS);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < MSHV_EXITS; i++) {
		u64 count = READ_ONCE(vp->exits[i]);

		if (count && nla_put_uint(skb, i + 1, count))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int nl_put_vp(struct sk_buff *skb, struct mshv_vp *vp)
{
	if (nla_put_uint(skb, MSHV_A_VP_PARTITION_ID, vp->partition->id) ||
	    nla_put_u32(skb, MSHV_A_VP_INDEX, vp->index) ||
	    nla_put_u32(skb, MSHV_A_VP_STATE, nl_vp_state(vp)) ||
	    nla_put_uint(skb, MSHV_A_VP_RUN_TIME, nl_nanoseconds(vp, TOTAL_RUN_TIME)) ||
	    nla_put_uint(skb, MSHV_A_VP_HYPERVISOR_TIME,
			 nl_nanoseconds(vp, HYPERVISOR_RUN_TIME)) ||
	    nla_put_uint(skb, MSHV_A_VP_HYPERCALLS, mshv_stats_get(&vp->stats, HYPERCALLS)) ||
	    nla_put_uint(skb, MSHV_A_VP_SIGNALS, atomic64_read(&vp->signals)) ||
	    nla_put_uint(skb, MSHV_A_VP_FAULTS, READ_ONCE(vp->faults)))
		return -EMSGSIZE;
	return nl_put_exits(skb, vp);
}

static int nl_visit_vps(struct sk_buff *skb, struct netlink_callback *cb,
		     struct mshv_partition *pt)
{
	struct mshv_nl_cursor *cursor = mshv_nl_cursor(cb);

	for (; cursor->inner < MSHV_MAX_VPS; cursor->inner++) {
		struct mshv_vp *vp = rcu_dereference(pt->vps[cursor->inner]);
		void *message;

		if (!vp)
			continue;
		message = mshv_nl_begin(skb, cb);
		if (!message || nl_put_vp(skb, vp)) {
			genlmsg_cancel(skb, message);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, message);
	}
	return 0;
}

int mshv_nl_vp_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return mshv_nl_visit(skb, cb, MSHV_A_VP_PARTITION_ID, nl_visit_vps);
}
