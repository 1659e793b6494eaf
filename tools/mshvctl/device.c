// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl device: devices of the host, and which of them a guest may have.
 */
#include <errno.h>
#include <linux/mshv_netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "netlink.h"
#include "table.h"

static const char help[] =
	"usage: mshvctl device COMMAND [OPTION]... [DEVICE]\n"
	"\n"
	"  list             all PCI devices\n"
	"  show DEVICE      one of them, and whether a guest may have it\n"
	"  claim DEVICE     take it from its driver, and keep it for guests (vfio-pci)\n"
	"  release DEVICE   give it back to the host's driver\n"
	"\n"
	"DEVICE is as in 0000:01:00.0; 0000: may be left out.\n"
	"\n"
	"  --json       write JSON (list, show)\n"
	"  --dry-run    say what would be done, and do nothing (claim, release)\n"
	"  --root=DIR   look at DIR/sys and DIR/proc\n"
	"  --help       show this\n"
	"\n"
	"claim refuses a device that the host needs: for a file system that is mounted, for\n"
	"swap, a volume, a route, a bridge, or its console. Exit statuses: 0; 1 if there is no\n"
	"such device, or it is refused; 2 for bad usage; 125 if it could not be done.\n";

static const struct column columns[] = {
	{ "DEVICE", "device", LOOK_PLAIN, false },
	{ "ID", "id", LOOK_PLAIN, true },
	{ "CLASS", "class", LOOK_PLAIN, false },
	{ "DRIVER", "driver", LOOK_PLAIN, false },
	{ "GROUP", "group", LOOK_PLAIN, true },
	{ "MODE", "mode", LOOK_PLAIN, true },
	{ "PARTITION", "partition-id", LOOK_PLAIN, true },
	{ NULL, NULL, LOOK_PLAIN, false }
};

static const struct column lines[] = {
	{ "device", "device", LOOK_PLAIN, false },
	{ "id", "id", LOOK_PLAIN, false },
	{ "class", "class", LOOK_PLAIN, false },
	{ "driver", "driver", LOOK_PLAIN, false },
	{ "group", "group", LOOK_PLAIN, false },
	{ "with", "with", LOOK_PLAIN, false },
	{ "mode", "mode", LOOK_PLAIN, false },
	{ "domain", "domain-id", LOOK_PLAIN, false },
	{ "mapped", "mapped", LOOK_SIZE, false },
	{ "partition", "partition-id", LOOK_PLAIN, false },
	{ "interrupts", "interrupts", LOOK_PLAIN, false },
	{ "faults", "faults", LOOK_PLAIN, false },
	{ "used by", "user-pid", LOOK_PLAIN, false },
	{ "needed", "needed", LOOK_PLAIN, false },
	{ NULL, NULL, LOOK_PLAIN, false }
};

/* What is not there is left out. */
static void add_string(struct json_object *object, const char *name, const char *value)
{
	if (*value)
		json_object_object_add(object, name, json_object_new_string(value));
}

static struct json_object *describe(const struct pci *dev)
{
	struct json_object *object = json_object_new_object();
	char vendor[16], device[16], text[64];

	add_string(object, "device", dev->name);
	pci_read(dev, "vendor", vendor, sizeof(vendor));
	pci_read(dev, "device", device, sizeof(device));
	snprintf(text, sizeof(text), "%s:%s", *vendor ? vendor + 2 : "", *device ? device + 2 : "");
	add_string(object, "id", text);
	add_string(object, "class", pci_class(dev));
	add_string(object, "driver", pci_link(dev, "driver", text, sizeof(text)));
	add_string(object, "group", pci_link(dev, "iommu_group", text, sizeof(text)));
	return object;
}

/* What the driver knows of it; nothing, if it is not there to ask, or does not know. */
static struct json_object *ask_driver(const char *root, unsigned int command)
{
	const struct question question = { .command = command };
	struct json_object *devices = NULL;
	struct netlink nl;

	/* Without privileges, or a driver, sysfs is what there is. */
	if (*root || access("/sys/module/hv_iommu", F_OK) || geteuid())
		return NULL;
	if (netlink_open(&nl))
		return NULL;
	netlink_list_if_any(&nl, &question, &devices);
	netlink_close(&nl);
	return devices;
}

static void add_known(struct json_object *object, struct json_object *known)
{
	static const char *const names[] = {
		"mode", "domain-id", "partition-id", "logical-id", "interrupts", "faults",
	};
	char name[32];

	for (size_t i = 0; known && i < json_object_array_length(known); i++) {
		struct json_object *device = json_object_array_get_idx(known, i), *value;

		format_member(device, "", LOOK_PCI, name, sizeof(name));
		if (strcmp(name, member_string(object, "device")))
			continue;
		for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
			if (json_object_object_get_ex(device, names[n], &value))
				json_object_object_add(object, names[n], json_object_get(value));
	}
}

/* What its domain has mapped. */
static void add_domain(struct json_object *object, struct json_object *domains)
{
	struct json_object *id, *value;

	if (!json_object_object_get_ex(object, "domain-id", &id))
		return;
	for (size_t i = 0; domains && i < json_object_array_length(domains); i++) {
		struct json_object *domain = json_object_array_get_idx(domains, i);

		if (json_object_object_get_ex(domain, "id", &value) &&
		    json_object_equal(value, id) &&
		    json_object_object_get_ex(domain, "mapped", &value))
			json_object_object_add(object, "mapped", json_object_get(value));
	}
}

/**
 * struct list - a list under way
 * @root: where /sys and /proc are
 * @devices: so far
 * @known: what the driver says
 */
struct list {
	const char *root;
	struct json_object *devices;
	struct json_object *known;
};

static int list_one(void *opaque, const char *name)
{
	struct list *list = opaque;
	struct json_object *object;
	struct pci dev;

	/* One that has just gone is not in the list. */
	if (pci_find(list->root, name, &dev))
		return 0;
	object = describe(&dev);
	add_known(object, list->known);
	json_object_array_add(list->devices, object);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(member_string(*(struct json_object *const *)a, "device"),
		      member_string(*(struct json_object *const *)b, "device"));
}

static int cmd_device_list(int argc, char **argv)
{
	struct options options;
	struct list list;
	char path[PATH_MAX];
	int status;

	if (!options_read(&options, TAKES_JSON | TAKES_ROOT, help, argc, argv))
		return options.status;
	list.root = options.root;
	list.devices = json_object_new_array();
	list.known = ask_driver(options.root, MSHV_CMD_DEVICE_GET);
	walk(path_of(path, "%s/sys/bus/pci/devices", options.root), list_one, &list);
	json_object_array_sort(list.devices, by_name);
	json_object_put(list.known);
	if (options.json)
		return json_print(list.devices);
	status = table_print(list.devices, columns);
	json_object_put(list.devices);
	return finish_output(status);
}

static int add_peer(void *opaque, const char *name)
{
	json_object_array_add(opaque, json_object_new_string(name));
	return 0;
}

/* All devices of a group are a guest's, or none is. */
static void add_peers(struct json_object *object, const struct pci *dev)
{
	struct json_object *peers = json_object_new_array();
	char path[PATH_MAX];

	walk(path_of(path, "%.*s/iommu_group/devices", PATH_MAX - 64, dev->path), add_peer, peers);
	if (json_object_array_length(peers) > 1)
		json_object_object_add(object, "with", peers);
	else
		json_object_put(peers);
}

static int cmd_device_show(int argc, char **argv)
{
	struct json_object *object, *known, *domains;
	struct options options;
	struct pci dev;
	char why[600];
	int status, pid;

	if (!options_read(&options, TAKES_JSON | TAKES_ROOT | NEEDS_NAME, help, argc, argv))
		return options.status;
	status = pci_find(options.root, options.name, &dev);
	if (status)
		return status;
	object = describe(&dev);
	known = ask_driver(options.root, MSHV_CMD_DEVICE_GET);
	domains = ask_driver(options.root, MSHV_CMD_DOMAIN_GET);
	add_known(object, known);
	add_domain(object, domains);
	json_object_put(domains);
	json_object_put(known);
	add_peers(object, &dev);
	pid = pci_user(&dev);
	if (pid)
		json_object_object_add(object, "user-pid", json_object_new_int(pid));
	if (pci_is_needed(&dev, why, sizeof(why)))
		add_string(object, "needed", why);
	if (options.json)
		return json_print(object);
	lines_print(object, lines);
	json_object_put(object);
	return finish_output(EXIT_OK);
}

static const struct command commands[] = {
	{ "list", cmd_device_list },
	{ "show", cmd_device_show },
	{ "claim", cmd_device_claim },
	{ "release", cmd_device_release },
	{ NULL, NULL },
};

int cmd_device(int argc, char **argv)
{
	return run_command(commands, "device: ", help, argc, argv);
}

const char *device_help(void)
{
	return help;
}
