/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/mshv.yaml */
/* YNL-GEN kernel header */
/* To regenerate: tools/testing/netlink/generate */

#ifndef _LINUX_MSHV_GEN_H
#define _LINUX_MSHV_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/mshv_netlink.h>

int mshv_nl_host_get_doit(struct sk_buff *skb, struct genl_info *info);
int mshv_nl_partition_get_doit(struct sk_buff *skb, struct genl_info *info);
int mshv_nl_partition_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int mshv_nl_vp_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int mshv_nl_region_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int mshv_nl_device_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int mshv_nl_domain_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

enum {
	MSHV_NLGRP_EVENTS,
};

extern struct genl_family mshv_nl_family;

#endif /* _LINUX_MSHV_GEN_H */
