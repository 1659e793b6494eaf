/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The netlink family: what its parts share, and what others tell it.
 */
#ifndef MSHV_ROOT_NETLINK_H
#define MSHV_ROOT_NETLINK_H

#include "netlink_gen.h"

struct mshv_partition;
struct mshv_vp;

/**
 * struct mshv_nl_cursor - how far a dump has come
 * @serial: of the partition that comes next
 * @inner: what comes next within it: index of a VP, or guest page
 * @found: the partition that was asked for has been seen
 *
 * Nothing in it refers to an object, so that it does not matter which of them go while
 * the reader takes its time. Those that come are behind it.
 */
struct mshv_nl_cursor {
	u64 serial;
	u64 inner;
	bool found;
};

/**
 * typedef mshv_nl_visit_t - writes what a dump tells about a partition
 * @skb: where it goes
 * @cb: the dump, whose @inner says where to go on
 * @pt: the partition
 *
 * Called under RCU. Returns 0, or -EMSGSIZE if @skb is full.
 */
typedef int (*mshv_nl_visit_t)(struct sk_buff *skb, struct netlink_callback *cb,
			       struct mshv_partition *pt);

int mshv_nl_visit(struct sk_buff *skb, struct netlink_callback *cb, int filter,
		  mshv_nl_visit_t visit);
void *mshv_nl_begin(struct sk_buff *skb, struct netlink_callback *cb);

static inline struct mshv_nl_cursor *mshv_nl_cursor(struct netlink_callback *cb)
{
	NL_ASSERT_CTX_FITS(struct mshv_nl_cursor);
	return (void *)cb->ctx;
}

bool mshv_nl_has_listeners(void);
int mshv_netlink_init(void);
void mshv_netlink_exit(void);

/* netlink_event.c */
struct sk_buff *mshv_nl_event(u8 cmd, size_t size, gfp_t gfp, void **message);
void mshv_nl_send(struct sk_buff *skb, void *message, gfp_t gfp, int err);
void mshv_event_partition(const struct mshv_partition *pt, u8 cmd);
void mshv_event_vp(struct mshv_vp *vp, u8 cmd);
void mshv_event_refused(u64 id, enum mshv_refusal reason, u64 size);

#endif
