// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family: the host and its partitions.
 *
 * A dump comes in as many parts as the reader's buffer makes of it. Each part is written
 * under RCU, and between two of them nothing is held: a reader that stops reading holds
 * up nobody. If the set of objects has changed between two parts, the next one says so by
 * NLM_F_DUMP_INTR.
 */
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <asm/mshyperv.h>

#include "account.h"
#include "netlink.h"
#include "partition.h"
#include "region.h"

/**
 * mshv_nl_begin - begin a part of a dump about one object
 * @skb: where it goes
 * @cb: the dump
 *
 * Return: for genlmsg_end(); NULL if @skb is full.
 */
void *mshv_nl_begin(struct sk_buff *skb, struct netlink_callback *cb)
{
	void *message = __genlmsg_iput(skb, genl_info_dump(cb), NLM_F_MULTI);

	if (message)
		genl_dump_check_consistent(cb, message);
	return message;
}

static bool nl_is_wanted(const struct netlink_callback *cb, int filter,
		      const struct mshv_partition *pt)
{
	const struct nlattr *id = filter ? genl_info_dump((void *)cb)->attrs[filter] : NULL;

	return !id || nla_get_uint(id) == pt->id;
}

/**
 * mshv_nl_visit - go on with a dump about partitions
 * @skb: where it goes
 * @cb: the dump
 * @filter: attribute of the request that names the only partition that is asked for,
 *	or 0 if none can
 * @visit: writes what there is to say about one
 *
 * Return: 0 at the end, or a negative errno.
 */
int mshv_nl_visit(struct sk_buff *skb, struct netlink_callback *cb, int filter,
		  mshv_nl_visit_t visit)
{
	struct mshv_nl_cursor *cursor = mshv_nl_cursor(cb);
	struct mshv_partition *pt;
	int ret = 0;

	cb->seq = mshv_changes();
	rcu_read_lock();
	for (pt = mshv_partition_next(NULL); pt; pt = mshv_partition_next(pt)) {
		if (pt->serial < cursor->serial)
			continue;
		/* That one may have gone, in the middle of its own dump. */
		if (pt->serial > cursor->serial) {
			cursor->serial = pt->serial;
			cursor->inner = 0;
		}
		if (!nl_is_wanted(cb, filter, pt))
			continue;
		cursor->found = true;
		ret = visit(skb, cb, pt);
		if (ret)
			break;
		cursor->serial++;
		cursor->inner = 0;
	}
	rcu_read_unlock();
	if (!ret && filter && genl_info_dump(cb)->attrs[filter] && !cursor->found) {
		NL_SET_ERR_MSG(cb->extack, "there is no such partition");
		return -ENOENT;
	}
	return ret;
}

static int nl_put_memory(struct sk_buff *skb, const struct mshv_partition *pt,
		      const struct mshv_memory_use *use)
{
	struct nlattr *nest = nla_nest_start(skb, MSHV_A_PARTITION_MEMORY);

	if (!nest ||
	    nla_put_uint(skb, MSHV_A_MEMORY_MOVABLE, use->movable) ||
	    nla_put_uint(skb, MSHV_A_MEMORY_PINNED, use->pinned) ||
	    nla_put_uint(skb, MSHV_A_MEMORY_DEVICE, use->device) ||
	    nla_put_uint(skb, MSHV_A_MEMORY_LARGE_PAGES, use->large) ||
	    nla_put_uint(skb, MSHV_A_MEMORY_SMALL_PAGES, use->small) ||
	    nla_put_uint(skb, MSHV_A_MEMORY_DEPOSITED, mshv_deposited(pt)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static u32 nl_partition_state(const struct mshv_partition *pt)
{
	if (READ_ONCE(pt->broken))
		return MSHV_PARTITION_STATE_BROKEN;
	return READ_ONCE(pt->initialized) ? MSHV_PARTITION_STATE_ACTIVE :
					    MSHV_PARTITION_STATE_CREATED;
}

static int nl_put_partition(struct sk_buff *skb, struct mshv_partition *pt)
{
	struct mshv_memory_use use = {};

	mshv_regions_account(pt, &use);
	if (nla_put_uint(skb, MSHV_A_PARTITION_ID, pt->id) ||
	    nla_put_u32(skb, MSHV_A_PARTITION_OWNER_PID, pid_nr(pt->owner)) ||
	    nla_put_string(skb, MSHV_A_PARTITION_OWNER_NAME, pt->owner_name) ||
	    nla_put_u32(skb, MSHV_A_PARTITION_STATE, nl_partition_state(pt)) ||
	    nla_put_u32(skb, MSHV_A_PARTITION_VPS, READ_ONCE(pt->nr_vps)))
		return -EMSGSIZE;
	return nl_put_memory(skb, pt, &use);
}

static int nl_visit_partition(struct sk_buff *skb, struct netlink_callback *cb,
			   struct mshv_partition *pt)
{
	void *message = mshv_nl_begin(skb, cb);

	if (!message || nl_put_partition(skb, pt)) {
		genlmsg_cancel(skb, message);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, message);
	return 0;
}

int mshv_nl_partition_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return mshv_nl_visit(skb, cb, 0, nl_visit_partition);
}

static int nl_reply(struct sk_buff *skb, void *message, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, message);
	return genlmsg_reply(skb, info);
}

int mshv_nl_partition_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct mshv_partition *pt;
	struct sk_buff *skb;
	void *message;
	int ret;

	if (GENL_REQ_ATTR_CHECK(info, MSHV_A_PARTITION_ID))
		return -EINVAL;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	message = genlmsg_iput(skb, info);

	rcu_read_lock();
	pt = mshv_partition_find(nla_get_uint(info->attrs[MSHV_A_PARTITION_ID]));
	if (pt && !mshv_partition_is_ending(pt)) {
		ret = message ? nl_put_partition(skb, pt) : -EMSGSIZE;
	} else {
		GENL_SET_ERR_MSG(info, "there is no such partition");
		ret = -ENOENT;
	}
	rcu_read_unlock();
	return nl_reply(skb, message, info, ret);
}

static int nl_put_version(struct sk_buff *skb)
{
	union hv_hypervisor_version_info v;
	char text[64];

	if (hv_get_hypervisor_version(&v))
		return 0;
	snprintf(text, sizeof(text), "%u.%u.%u.%u", v.major_version, v.minor_version,
		 v.build_number, v.service_number);
	return nla_put_string(skb, MSHV_A_HOST_HYPERVISOR_VERSION, text);
}

static u32 nl_features(void)
{
	return (mshv_host.vector_injection ? MSHV_HOST_FEATURE_VECTOR_INJECTION : 0) |
	       (mshv_host.own_pages ? MSHV_HOST_FEATURE_OWN_PAGES : 0);
}

static unsigned int nl_nr_partitions(void)
{
	struct mshv_partition *pt;
	unsigned int nr = 0;

	rcu_read_lock();
	for (pt = mshv_partition_next(NULL); pt; pt = mshv_partition_next(pt))
		nr++;
	rcu_read_unlock();
	return nr;
}

static int nl_put_host(struct sk_buff *skb)
{
	u64 privileges = (u64)ms_hyperv.priv_high << 32 | ms_hyperv.features;
	u32 type = hv_l1vh_partition() ? MSHV_PARTITION_TYPE_L1VH : MSHV_PARTITION_TYPE_ROOT;

	/* Those of the hypervisor have the same numbers. */
	static_assert(MSHV_SCHEDULER_CLASSIC == (int)HV_SCHEDULER_TYPE_LP);
	static_assert(MSHV_SCHEDULER_CLASSIC_SMT == (int)HV_SCHEDULER_TYPE_LP_SMT);
	static_assert(MSHV_SCHEDULER_CORE == (int)HV_SCHEDULER_TYPE_CORE_SMT);
	static_assert(MSHV_SCHEDULER_ROOT == (int)HV_SCHEDULER_TYPE_ROOT);
	if (nla_put_u32(skb, MSHV_A_HOST_PARTITION_TYPE, type) ||
	    nla_put_u32(skb, MSHV_A_HOST_SCHEDULER, mshv_host.scheduler) ||
	    nla_put_u32(skb, MSHV_A_HOST_FEATURES, nl_features()) ||
	    nl_put_version(skb) ||
	    nla_put_uint(skb, MSHV_A_HOST_PRIVILEGES, privileges) ||
	    nla_put_uint(skb, MSHV_A_HOST_PARTITIONS, nl_nr_partitions()) ||
	    nla_put_uint(skb, MSHV_A_HOST_DEPOSITED, mshv_deposited(NULL)))
		return -EMSGSIZE;
	return 0;
}

int mshv_nl_host_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *message;

	if (!skb)
		return -ENOMEM;
	message = genlmsg_iput(skb, info);
	return nl_reply(skb, message, info, message ? nl_put_host(skb) : -EMSGSIZE);
}

/* Crashes tell registers of guests: who hears of them could as well read their memory. */
static const struct genl_multicast_group nl_groups[] = {
	[MSHV_NLGRP_EVENTS] = {
		.name = MSHV_MCGRP_EVENTS,
		.flags = GENL_MCAST_CAP_NET_ADMIN | GENL_MCAST_CAP_SYS_ADMIN,
	},
};

/* A family that is not registered has no groups, but numbers that look like some. */
static bool nl_registered;

bool mshv_nl_has_listeners(void)
{
	return READ_ONCE(nl_registered) &&
	       genl_has_listeners(&mshv_nl_family, &init_net, MSHV_NLGRP_EVENTS);
}

int __init mshv_netlink_init(void)
{
	int ret;

	/* What the generator has no words for. The host is one, whatever its networks. */
	mshv_nl_family.netnsok = false;
	mshv_nl_family.mcgrps = nl_groups;
	ret = genl_register_family(&mshv_nl_family);
	WRITE_ONCE(nl_registered, !ret);
	return ret;
}

void mshv_netlink_exit(void)
{
	WRITE_ONCE(nl_registered, false);
	genl_unregister_family(&mshv_nl_family);
}
