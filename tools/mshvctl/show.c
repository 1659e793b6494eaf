// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl list and show: what runs on this host.
 */
#include <errno.h>
#include <linux/mshv_netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mshvctl.h"
#include "netlink.h"
#include "options.h"
#include "table.h"

static const char list_help[] =
	"usage: mshvctl list [--json]\n"
	"\n"
	"The partitions that the driver made, one a line.\n"
	"\n"
	"  --json   write JSON: an array\n"
	"  --help   show this\n";

static const char show_help[] =
	"usage: mshvctl show [--json] [PARTITION]\n"
	"\n"
	"The host, or a partition with its virtual processors and its memory. PARTITION is\n"
	"a number that mshvctl list shows.\n"
	"\n"
	"  --json   write JSON: an object\n"
	"  --help   show this\n"
	"\n"
	"The exit status is 1 if there is no such partition.\n";

static const struct column list_columns[] = {
	{ "ID", "id", LOOK_PLAIN, false },
	{ "PID", "owner-pid", LOOK_PLAIN, true },
	{ "OWNER", "owner-name", LOOK_PLAIN, false },
	{ "STATE", "state", LOOK_PLAIN, false },
	{ "VPS", "vps", LOOK_PLAIN, false },
	{ "MOVABLE", "memory.movable", LOOK_SIZE, true },
	{ "PINNED", "memory.pinned", LOOK_SIZE, true },
	{ "DEVICE", "memory.device", LOOK_SIZE, true },
	{ "DEPOSITED", "memory.deposited", LOOK_SIZE, true },
	{ NULL, NULL, LOOK_PLAIN, false }
};

static const struct column host_lines[] = {
	{ "partition", "partition-type", LOOK_PLAIN, false },
	{ "scheduler", "scheduler", LOOK_PLAIN, false },
	{ "features", "features", LOOK_PLAIN, false },
	{ "hypervisor", "hypervisor-version", LOOK_PLAIN, false },
	{ "privileges", "privileges", LOOK_HEX, false },
	{ "partitions", "partitions", LOOK_PLAIN, false },
	{ "deposited", "deposited", LOOK_SIZE, false },
	{ NULL, NULL, LOOK_PLAIN, false }
};

static const struct column partition_lines[] = {
	{ "partition", "id", LOOK_PLAIN, false },
	{ "owner", "owner-name", LOOK_PLAIN, false },
	{ "pid", "owner-pid", LOOK_PLAIN, false },
	{ "state", "state", LOOK_PLAIN, false },
	{ "movable", "memory.movable", LOOK_SIZE, false },
	{ "pinned", "memory.pinned", LOOK_SIZE, false },
	{ "device", "memory.device", LOOK_SIZE, false },
	{ "large pages", "memory.large-pages", LOOK_SIZE, false },
	{ "small pages", "memory.small-pages", LOOK_SIZE, false },
	{ "deposited", "memory.deposited", LOOK_SIZE, false },
	{ NULL, NULL, LOOK_PLAIN, false }
};

static const struct column vp_columns[] = {
	{ "VP", "index", LOOK_PLAIN, false },
	{ "STATE", "state", LOOK_PLAIN, false },
	{ "RUN TIME", "run-time", LOOK_TIME, false },
	{ "HYPERVISOR", "hypervisor-time", LOOK_TIME, true },
	{ "EXITS", "exits", LOOK_SUM, false },
	{ "FAULTS", "faults", LOOK_PLAIN, true },
	{ "HYPERCALLS", "hypercalls", LOOK_PLAIN, true },
	{ NULL, NULL, LOOK_PLAIN, false }
};

static const struct column region_columns[] = {
	{ "ADDRESS", "guest-address", LOOK_HEX, false },
	{ "SIZE", "size", LOOK_SIZE, false },
	{ "KIND", "kind", LOOK_PLAIN, false },
	{ "ACCESS", "access", LOOK_PLAIN, true },
	{ "LARGE", "large-pages", LOOK_SIZE, true },
	{ "SMALL", "small-pages", LOOK_SIZE, true },
	{ NULL, NULL, LOOK_PLAIN, false }
};

static int list(struct netlink *nl, bool json)
{
	const struct question question = { .command = MSHV_CMD_PARTITION_GET };
	struct json_object *partitions;
	int status = netlink_list(nl, &question, &partitions);

	if (status)
		return status;
	if (json)
		return json_print(partitions);
	status = table_print(partitions, list_columns);
	json_object_put(partitions);
	return finish_output(status);
}

int cmd_list(int argc, char **argv)
{
	struct options options;
	struct netlink nl;
	int status;

	if (!options_read(&options, TAKES_JSON, list_help, argc, argv))
		return options.status;
	status = netlink_open(&nl);
	if (status)
		return status;
	status = list(&nl, options.json);
	netlink_close(&nl);
	return status;
}

static int show_host(struct netlink *nl, bool json)
{
	const struct question question = { .command = MSHV_CMD_HOST_GET };
	struct json_object *host;
	int status = netlink_ask(nl, &question, &host);

	if (status)
		return status;
	if (json)
		return json_print(host);
	lines_print(host, host_lines);
	json_object_put(host);
	return finish_output(EXIT_OK);
}

/* A part of a partition, of which there are several, into its object. */
static int add_list(struct netlink *nl, struct json_object *partition, const char *name,
		    uint8_t command, uint16_t attribute)
{
	const struct question question = {
		.command = command, .attribute = attribute,
		.value = member_number(partition, "id"),
	};
	struct json_object *array;
	int status = netlink_list(nl, &question, &array);

	if (!status)
		json_object_object_add(partition, name, array);
	return status;
}

static int print_partition(struct json_object *partition)
{
	int status;

	lines_print(partition, partition_lines);
	putchar('\n');
	status = table_print(member(partition, "vp"), vp_columns);
	putchar('\n');
	if (!status)
		status = table_print(member(partition, "region"), region_columns);
	return finish_output(status);
}

static int show_partition(struct netlink *nl, uint64_t id, bool json)
{
	const struct question question = {
		.command = MSHV_CMD_PARTITION_GET,
		.attribute = MSHV_A_PARTITION_ID,
		.value = id,
	};
	struct json_object *partition;
	int status = netlink_ask(nl, &question, &partition);

	if (status)
		return status;
	status = add_list(nl, partition, "vp", MSHV_CMD_VP_GET, MSHV_A_VP_PARTITION_ID);
	if (!status)
		status = add_list(nl, partition, "region", MSHV_CMD_REGION_GET,
				  MSHV_A_REGION_PARTITION_ID);
	if (!status && json)
		return json_print(partition);
	if (!status)
		status = print_partition(partition);
	json_object_put(partition);
	return status;
}

int cmd_show(int argc, char **argv)
{
	struct options options;
	struct netlink nl;
	uint64_t id = 0;
	int status;

	if (!options_read(&options, TAKES_JSON | TAKES_NAME, show_help, argc, argv))
		return options.status;
	if (options.name && !read_number(options.name, &id)) {
		complain("show: '%s' is no number of a partition", options.name);
		return EXIT_USAGE;
	}
	status = netlink_open(&nl);
	if (status)
		return status;
	if (options.name)
		status = show_partition(&nl, id, options.json);
	else
		status = show_host(&nl, options.json);
	netlink_close(&nl);
	return status;
}
