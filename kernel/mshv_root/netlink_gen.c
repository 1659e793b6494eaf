// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/mshv.yaml */
/* YNL-GEN kernel source */
/* To regenerate: tools/testing/netlink/generate */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/mshv_netlink.h>

/* MSHV_CMD_PARTITION_GET - do */
static const struct nla_policy mshv_partition_get_nl_policy[MSHV_A_PARTITION_ID + 1] = {
	[MSHV_A_PARTITION_ID] = { .type = NLA_UINT, },
};

/* MSHV_CMD_VP_GET - dump */
static const struct nla_policy mshv_vp_get_nl_policy[MSHV_A_VP_PARTITION_ID + 1] = {
	[MSHV_A_VP_PARTITION_ID] = { .type = NLA_UINT, },
};

/* MSHV_CMD_REGION_GET - dump */
static const struct nla_policy mshv_region_get_nl_policy[MSHV_A_REGION_PARTITION_ID + 1] = {
	[MSHV_A_REGION_PARTITION_ID] = { .type = NLA_UINT, },
};

/* Ops table for mshv */
static const struct genl_split_ops mshv_nl_ops[] = {
	{
		.cmd	= MSHV_CMD_HOST_GET,
		.doit	= mshv_nl_host_get_doit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= MSHV_CMD_PARTITION_GET,
		.doit		= mshv_nl_partition_get_doit,
		.policy		= mshv_partition_get_nl_policy,
		.maxattr	= MSHV_A_PARTITION_ID,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= MSHV_CMD_PARTITION_GET,
		.dumpit	= mshv_nl_partition_get_dumpit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= MSHV_CMD_VP_GET,
		.dumpit		= mshv_nl_vp_get_dumpit,
		.policy		= mshv_vp_get_nl_policy,
		.maxattr	= MSHV_A_VP_PARTITION_ID,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= MSHV_CMD_REGION_GET,
		.dumpit		= mshv_nl_region_get_dumpit,
		.policy		= mshv_region_get_nl_policy,
		.maxattr	= MSHV_A_REGION_PARTITION_ID,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= MSHV_CMD_DEVICE_GET,
		.dumpit	= mshv_nl_device_get_dumpit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= MSHV_CMD_DOMAIN_GET,
		.dumpit	= mshv_nl_domain_get_dumpit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
};

static const struct genl_multicast_group mshv_nl_mcgrps[] = {
	[MSHV_NLGRP_EVENTS] = { "events", },
};

struct genl_family mshv_nl_family __ro_after_init = {
	.name		= MSHV_FAMILY_NAME,
	.version	= MSHV_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= mshv_nl_ops,
	.n_split_ops	= ARRAY_SIZE(mshv_nl_ops),
	.mcgrps		= mshv_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(mshv_nl_mcgrps),
};
