// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: what lies on a device. A file system may be on a volume on a disk, an address on
 * a bridge over a card.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "needed.h"

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

bool lies_on(const struct pci *dev, const char *path)
{
	return is_on(dev, path, MAX_DEPTH);
}

bool one_lies_on(const struct pci *dev, const char *path)
{
	struct search s = { .dev = dev, .depth = MAX_DEPTH };

	path_of(s.path, "%s", path);
	return walk(path, look_below, &s);
}

/**
 * struct entry - the search for a name
 * @prefix: what it begins with
 * @name: where it goes
 * @size: how much room there is
 */
struct entry {
	const char *prefix;
	char *name;
	size_t size;
};

static int take_entry(void *opaque, const char *name)
{
	const struct entry *e = opaque;

	if (strncmp(name, e->prefix, strlen(e->prefix)))
		return 0;
	snprintf(e->name, e->size, "%s", name + strlen(e->prefix));
	return 1;
}

bool first_entry(const char *path, const char *prefix, char *name, size_t size)
{
	struct entry e = { .prefix = prefix, .name = name, .size = size };

	return walk(path, take_entry, &e);
}

bool any_line(const struct pci *dev, const char *file, line_t is, char *why, size_t size)
{
	char path[PATH_MAX], *line = NULL;
	bool found = false;
	size_t room = 0;
	FILE *f;

	f = fopen(path_of(path, "%s/%s", dev->root, file), "re");
	while (f && !found && getline(&line, &room, f) > 0)
		found = is(dev, line, why, size);
	free(line);
	if (f)
		fclose(f);
	return found;
}
