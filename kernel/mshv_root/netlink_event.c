// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family: events, for whoever has joined the group.
 *
 * They are lost for a reader that is too slow, which is told by ENOBUFS. Nobody waits.
 */
#include <linux/jiffies.h>
#include <linux/pid.h>
#include <asm/mshyperv.h>

#include "netlink.h"
#include "partition.h"
#include "vp.h"

/**
 * mshv_nl_event - begin the message of an event
 * @cmd: which, MSHV_CMD_*
 * @size: bytes that its attributes take at most
 * @gfp: how memory may be had
 * @message: result, for mshv_nl_send()
 *
 * Return: where the attributes go, or NULL if there is nobody to tell.
 */
struct sk_buff *mshv_nl_event(u8 cmd, size_t size, gfp_t gfp, void **message)
{
	struct sk_buff *skb;

	if (!mshv_nl_has_listeners())
		return NULL;
	skb = genlmsg_new(size, gfp | __GFP_NOWARN);
	if (!skb)
		return NULL;
	*message = genlmsg_put(skb, 0, 0, &mshv_nl_family, 0, cmd);
	if (*message)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/**
 * mshv_nl_send - send an event
 * @skb: what mshv_nl_event() has returned
 * @message: what it has left
 * @gfp: how memory may be had
 * @err: not zero if the attributes did not fit
 */
void mshv_nl_send(struct sk_buff *skb, void *message, gfp_t gfp, int err)
{
	if (WARN_ON_ONCE(err)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, message);
	genlmsg_multicast(&mshv_nl_family, skb, 0, MSHV_NLGRP_EVENTS, gfp);
}

/**
 * mshv_event_partition - tell that a partition was made, or is gone
 * @pt: the partition
 * @cmd: which of the two
 */
void mshv_event_partition(const struct mshv_partition *pt, u8 cmd)
{
	size_t size = nla_total_size(sizeof(u64)) + nla_total_size(sizeof(u32)) +
		      nla_total_size(sizeof(pt->owner_name));
	void *message;
	struct sk_buff *skb = mshv_nl_event(cmd, size, GFP_KERNEL, &message);

	if (!skb)
		return;
	mshv_nl_send(skb, message, GFP_KERNEL,
		     nla_put_uint(skb, MSHV_A_PARTITION_ID, pt->id) ||
		     nla_put_u32(skb, MSHV_A_PARTITION_OWNER_PID, pid_nr(pt->owner)) ||
		     nla_put_string(skb, MSHV_A_PARTITION_OWNER_NAME, pt->owner_name));
}

static const u8 nl_general_registers[] = {
	MSHV_A_REGISTERS_RAX, MSHV_A_REGISTERS_RCX, MSHV_A_REGISTERS_RDX, MSHV_A_REGISTERS_RBX,
	MSHV_A_REGISTERS_RSP, MSHV_A_REGISTERS_RBP, MSHV_A_REGISTERS_RSI, MSHV_A_REGISTERS_RDI,
	MSHV_A_REGISTERS_R8, MSHV_A_REGISTERS_R9, MSHV_A_REGISTERS_R10, MSHV_A_REGISTERS_R11,
	MSHV_A_REGISTERS_R12, MSHV_A_REGISTERS_R13, MSHV_A_REGISTERS_R14, MSHV_A_REGISTERS_R15,
};

/* What the page says, which is the VMM's to change. It is not believed to be anything. */
static int nl_put_registers(struct sk_buff *skb, const struct mshv_vp *vp)
{
	const struct hv_vp_register_page *page = vp->registers;
	struct nlattr *nest;
	unsigned int i;

	static_assert(ARRAY_SIZE(nl_general_registers) == ARRAY_SIZE(page->gp_registers));
	if (!READ_ONCE(page->isvalid))
		return 0;
	nest = nla_nest_start(skb, MSHV_A_VP_REGISTERS);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(nl_general_registers); i++)
		if (nla_put_uint(skb, nl_general_registers[i], READ_ONCE(page->gp_registers[i])))
			return -EMSGSIZE;
	if (nla_put_uint(skb, MSHV_A_REGISTERS_RIP, READ_ONCE(page->rip)) ||
	    nla_put_uint(skb, MSHV_A_REGISTERS_RFLAGS, READ_ONCE(page->rflags)) ||
	    nla_put_uint(skb, MSHV_A_REGISTERS_CR0, READ_ONCE(page->cr0)) ||
	    nla_put_uint(skb, MSHV_A_REGISTERS_CR3, READ_ONCE(page->cr3)) ||
	    nla_put_uint(skb, MSHV_A_REGISTERS_CR4, READ_ONCE(page->cr4)) ||
	    nla_put_uint(skb, MSHV_A_REGISTERS_EFER, READ_ONCE(page->efer)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * mshv_event_vp - tell that a guest has stopped for good
 * @vp: the VP
 * @cmd: how
 *
 * A VMM that lets its guest go on all the same may do so as fast as it can: others are to
 * be heard as well, so that a VP has one such event a second at most.
 */
void mshv_event_vp(struct mshv_vp *vp, u8 cmd)
{
	size_t size = nla_total_size(sizeof(u64)) + nla_total_size(sizeof(u32)) +
		      nla_total_size(MSHV_A_REGISTERS_MAX * nla_total_size(sizeof(u64)));
	struct sk_buff *skb;
	void *message;

	lockdep_assert_held(&vp->lock);
	if (vp->event_time && time_before(jiffies, vp->event_time + HZ))
		return;
	skb = mshv_nl_event(cmd, size, GFP_KERNEL, &message);
	if (!skb)
		return;
	/* 0 is "never". */
	vp->event_time = jiffies ?: 1;
	mshv_nl_send(skb, message, GFP_KERNEL,
		     nla_put_uint(skb, MSHV_A_VP_PARTITION_ID, vp->partition->id) ||
		     nla_put_u32(skb, MSHV_A_VP_INDEX, vp->index) ||
		     nl_put_registers(skb, vp));
}

/**
 * mshv_event_refused - tell that memory was refused
 * @id: the partition that it is about; the host's own for the host
 * @reason: which memory
 * @size: bytes that were asked for; 0 if it is not known
 *
 * Context: any. There is no memory, after all: nothing waits for some.
 */
void mshv_event_refused(u64 id, enum mshv_refusal reason, u64 size)
{
	bool of_host = id == HV_PARTITION_ID_SELF || id == hv_current_partition_id;
	void *message;
	struct sk_buff *skb = mshv_nl_event(MSHV_CMD_MEMORY_REFUSED,
					    2 * nla_total_size(sizeof(u64)) +
					    nla_total_size(sizeof(u32)), GFP_ATOMIC, &message);

	if (!skb)
		return;
	mshv_nl_send(skb, message, GFP_ATOMIC,
		     (!of_host && nla_put_uint(skb, MSHV_A_REFUSED_PARTITION_ID, id)) ||
		     nla_put_u32(skb, MSHV_A_REFUSED_REASON, reason) ||
		     (size && nla_put_uint(skb, MSHV_A_REFUSED_SIZE, size)));
}
