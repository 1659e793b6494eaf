// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: what the host needs a device for.
 *
 * The host is cut off without the disks that something is mounted from, or swapped to,
 * and without the network card of a default route. Neither need be the device itself: a
 * file system may be on a volume on a disk, an address on a bridge over a card.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pci.h"

/* How many volumes may lie on each other; a circle ends here. */
#define MAX_DEPTH 8

/**
 * struct search - a search for what lies below
 * @dev: the device that it is about
 * @path: directory of what is looked at
 * @depth: how far it may still go
 */
struct search {
	const struct pci *dev;
	char path[PATH_MAX];
	int depth;
};

static bool is_on(const struct pci *dev, const char *path, int depth);

/* slaves/sda of a volume, lower_eth0 of a bridge. */
static int look_below(void *opaque, const char *name)
{
	struct search *s = opaque;
	char path[PATH_MAX];

	return is_on(s->dev, path_of(path, "%.*s/%s", PATH_MAX - 300, s->path, name), s->depth);
}

static int look_lower(void *opaque, const char *name)
{
	return strncmp(name, "lower_", 6) ? 0 : look_below(opaque, name);
}

/* A disk with several paths is a device of its own, beside the controllers that lead to it. */
static int look_controller(void *opaque, const char *name)
{
	return strncmp(name, "nvme", 4) || strspn(name + 4, "0123456789") != strlen(name + 4) ?
	       0 : look_below(opaque, name);
}

/* Is what has the directory @path in sysfs, or anything that it lies on, the device's? */
static bool is_on(const struct pci *dev, const char *path, int depth)
{
	struct search s = { .dev = dev, .depth = depth - 1 };
	char real[PATH_MAX], *slash;

	if (!depth || !real_path(path, real))
		return false;
	if (is_below(real, dev->path))
		return true;
	path_of(s.path, "%.*s/slaves", PATH_MAX - 64, real);
	if (walk(s.path, look_below, &s))
		return true;
	memcpy(s.path, real, sizeof(real));
	if (walk(s.path, look_lower, &s))
		return true;
	/* A partition's disk, a path's subsystem: the directory above. */
	slash = strrchr(real, '/');
	if (slash)
		*slash = 0;
	memcpy(s.path, real, sizeof(real));
	if (strstr(real, "/nvme-subsys") && walk(s.path, look_controller, &s))
		return true;
	path_of(s.path, "%.*s/slaves", PATH_MAX - 64, real);
	return strstr(real, "/block/") && walk(s.path, look_below, &s);
}

/* A block device by its number, or by its name where a file system hides the number. */
static bool block_is_on(const struct pci *dev, const char *number, const char *source)
{
	char path[PATH_MAX], real[PATH_MAX];
	const char *name;

	if (strncmp(number, "0:", 2))
		return is_on(dev, path_of(path, "%s/sys/dev/block/%s", dev->root, number),
			     MAX_DEPTH);
	if (strncmp(source, "/dev/", 5) ||
	    !real_path(path_of(path, "%s%s", dev->root, source), real))
		return false;
	name = strrchr(real, '/') + 1;
	return is_on(dev, path_of(path, "%s/sys/class/block/%s", dev->root, name), MAX_DEPTH);
}

/* ID parent MAJOR:MINOR root MOUNTPOINT options [tag]... - type SOURCE ... */
static bool mount_is_on(const struct pci *dev, char *line, char *why, size_t size)
{
	char number[32], where[512], source[512] = "";
	const char *rest = strstr(line, " - ");

	if (sscanf(line, "%*s %*s %31s %*s %511s", number, where) != 2)
		return false;
	if (rest && sscanf(rest, " - %*s %511s", source) != 1)
		*source = 0;
	if (!block_is_on(dev, number, source))
		return false;
	snprintf(why, size, "%.500s is mounted from it", where);
	return true;
}

static bool swap_is_on(const struct pci *dev, char *line, char *why, size_t size)
{
	char source[512];

	if (sscanf(line, "%511s", source) != 1 || !block_is_on(dev, "0:0", source))
		return false;
	snprintf(why, size, "%.500s is swapped to", source);
	return true;
}

static bool interface_is_on(const struct pci *dev, const char *name, char *why, size_t size)
{
	char path[PATH_MAX];

	if (!is_on(dev, path_of(path, "%s/sys/class/net/%s", dev->root, name), MAX_DEPTH))
		return false;
	snprintf(why, size, "the default route goes by %s", name);
	return true;
}

/* NAME DESTINATION GATEWAY flags refcnt use metric MASK ... */
static bool route_is_on(const struct pci *dev, char *line, char *why, size_t size)
{
	char name[64], to[16], mask[16];

	return sscanf(line, "%63s %15s %*s %*s %*s %*s %*s %15s", name, to, mask) == 3 &&
	       !strcmp(to, "00000000") && !strcmp(mask, "00000000") &&
	       interface_is_on(dev, name, why, size);
}

/* DESTINATION LENGTH source length gateway metric refcnt use flags NAME */
static bool route6_is_on(const struct pci *dev, char *line, char *why, size_t size)
{
	char name[64], to[40], length[8];

	return sscanf(line, "%39s %7s %*s %*s %*s %*s %*s %*s %*s %63s", to, length, name) == 3 &&
	       strspn(to, "0") == strlen(to) && !strcmp(length, "00") &&
	       interface_is_on(dev, name, why, size);
}

typedef bool (*line_t)(const struct pci *dev, char *line, char *why, size_t size);

static bool any_line(const struct pci *dev, const char *file, line_t is, char *why, size_t size)
{
	char path[PATH_MAX], *line = NULL;
	bool found = false;
	size_t room = 0;
	FILE *f;

	f = fopen(path_of(path, "%s/proc/%s", dev->root, file), "re");
	while (f && !found && getline(&line, &room, f) > 0)
		found = is(dev, line, why, size);
	free(line);
	if (f)
		fclose(f);
	return found;
}

static int look_at_members(void *opaque, const char *name)
{
	struct search s = *(struct search *)opaque;

	path_of(s.path, "%s/sys/fs/btrfs/%s/devices", s.dev->root, name);
	return walk(s.path, look_below, &s);
}

/* A file system on several disks is mounted from one of them, and needs the others as well. */
static bool is_member(const struct pci *dev, char *why, size_t size)
{
	struct search s = { .dev = dev, .depth = MAX_DEPTH };
	char path[PATH_MAX];

	if (!walk(path_of(path, "%s/sys/fs/btrfs", dev->root), look_at_members, &s))
		return false;
	snprintf(why, size, "a part of a file system that is mounted is on it");
	return true;
}

bool pci_is_needed(const struct pci *dev, char *why, size_t size)
{
	if (!strcmp(pci_class(dev), "bridge")) {
		snprintf(why, size, "it is a bridge");
		return true;
	}
	return any_line(dev, "self/mountinfo", mount_is_on, why, size) ||
	       is_member(dev, why, size) ||
	       any_line(dev, "swaps", swap_is_on, why, size) ||
	       any_line(dev, "net/route", route_is_on, why, size) ||
	       any_line(dev, "net/ipv6_route", route6_is_on, why, size);
}

/**
 * struct user - the search for a process
 * @dev: the device
 * @wanted: files that stand for it
 * @fds: directory with the descriptors of the process that is looked at
 * @pid: which one has it
 */
struct user {
	const struct pci *dev;
	char wanted[2][64];
	char fds[PATH_MAX];
	int pid;
};

static int look_at_fd(void *opaque, const char *name)
{
	char path[PATH_MAX], target[PATH_MAX];
	struct user *u = opaque;
	ssize_t length;

	length = readlink(path_of(path, "%.*s/%s", PATH_MAX - 64, u->fds, name), target,
			  sizeof(target) - 1);
	target[length < 0 ? 0 : length] = 0;
	return (*u->wanted[0] && !strcmp(target, u->wanted[0])) ||
	       (*u->wanted[1] && !strcmp(target, u->wanted[1]));
}

static int look_at_process(void *opaque, const char *name)
{
	struct user *u = opaque;

	if (strspn(name, "0123456789") != strlen(name))
		return 0;
	path_of(u->fds, "%s/proc/%s/fd", u->dev->root, name);
	if (!walk(u->fds, look_at_fd, u))
		return 0;
	u->pid = atoi(name);
	return 1;
}

static int take_name(void *opaque, const char *name)
{
	snprintf(opaque, 64, "/dev/vfio/devices/%.40s", name);
	return 1;
}

int pci_user(const struct pci *dev)
{
	struct user u = { .dev = dev };
	char path[PATH_MAX], group[32];

	if (*pci_link(dev, "iommu_group", group, sizeof(group)))
		snprintf(u.wanted[0], sizeof(u.wanted[0]), "/dev/vfio/%s", group);
	walk(path_of(path, "%.*s/vfio-dev", PATH_MAX - 64, dev->path), take_name, u.wanted[1]);
	walk(path_of(path, "%s/proc", dev->root), look_at_process, &u);
	return u.pid;
}
