// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: disks that the host needs: what is mounted or swapped to, what the host resumes
 * or dumps to, and what is a part of something else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "needed.h"

/* By its number. */
static bool number_is_on(const struct pci *dev, const char *number)
{
	char path[PATH_MAX];

	return lies_on(dev, path_of(path, "%s/sys/dev/block/%s", dev->root, number));
}

/* By its file. */
static bool file_is_on(const struct pci *dev, const char *file)
{
	char path[PATH_MAX], real[PATH_MAX];

	if (strncmp(file, "/dev/", 5) || !real_path(path_of(path, "%s%s", dev->root, file), real))
		return false;
	return lies_on(dev, path_of(path, "%s/sys/class/block/%s", dev->root,
				    strrchr(real, '/') + 1));
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
	/* Some file systems hide the number. */
	if (strncmp(number, "0:", 2) ? !number_is_on(dev, number) : !file_is_on(dev, source))
		return false;
	snprintf(why, size, "%.500s is mounted from it", where);
	return true;
}

static bool swap_is_on(const struct pci *dev, char *line, char *why, size_t size)
{
	char source[512];

	if (sscanf(line, "%511s", source) != 1 || !file_is_on(dev, source))
		return false;
	snprintf(why, size, "%.500s is swapped to", source);
	return true;
}

/* MAJOR:MINOR, or 0:0. */
static bool resume_is_on(const struct pci *dev, char *line, char *why, size_t size)
{
	line[strcspn(line, "\n")] = 0;
	if (!number_is_on(dev, line))
		return false;
	snprintf(why, size, "the host would resume from it");
	return true;
}

/* TYPE TARGET, which may be a file, or tell of a file system by a word of udev's. */
static bool dump_is_on(const struct pci *dev, char *line, char *why, size_t size)
{
	static const char *const words[][2] = {
		{ "UUID=", "/dev/disk/by-uuid/" }, { "LABEL=", "/dev/disk/by-label/" },
		{ "PARTUUID=", "/dev/disk/by-partuuid/" },
		{ "PARTLABEL=", "/dev/disk/by-partlabel/" },
	};
	char target[256], file[PATH_MAX];
	size_t length;

	if (*line == '#' || sscanf(line, "%*s %255s", target) != 1)
		return false;
	path_of(file, "%s", target);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		length = strlen(words[i][0]);
		if (!strncmp(target, words[i][0], length))
			path_of(file, "%s%s", words[i][1], target + length);
	}
	if (!file_is_on(dev, file))
		return false;
	snprintf(why, size, "kdump writes to %s", target);
	return true;
}

/**
 * struct part - the search for a block device that is in use
 * @dev: where
 * @why: how
 * @size: how much room there is
 */
struct part {
	const struct pci *dev;
	char *why;
	size_t size;
};

static int look_above(void *opaque, const char *name)
{
	struct part *p = opaque;
	char path[PATH_MAX], holder[64];

	path_of(path, "%s/sys/class/block/%s", p->dev->root, name);
	if (!lies_on(p->dev, path))
		return 0;
	path_of(path, "%s/sys/class/block/%s/holders", p->dev->root, name);
	if (!first_entry(path, "", holder, sizeof(holder)))
		return 0;
	snprintf(p->why, p->size, "%.60s is a part of %s", name, holder);
	return 1;
}

static int look_at_members(void *opaque, const char *name)
{
	const struct part *p = opaque;
	char path[PATH_MAX];

	path_of(path, "%s/sys/fs/btrfs/%s/devices", p->dev->root, name);
	return one_lies_on(p->dev, path);
}

/* A file system on several disks is mounted from one of them, and needs the others as well. */
static bool is_member(const struct pci *dev, char *why, size_t size)
{
	struct part p = { .dev = dev };
	char path[PATH_MAX];

	if (!walk(path_of(path, "%s/sys/fs/btrfs", dev->root), look_at_members, &p))
		return false;
	snprintf(why, size, "a part of a file system that is mounted is on it");
	return true;
}

/* A volume that is used by nobody now may be so in a moment. */
static bool is_below_another(const struct pci *dev, char *why, size_t size)
{
	struct part p = { .dev = dev, .why = why, .size = size };
	char path[PATH_MAX];

	return walk(path_of(path, "%s/sys/class/block", dev->root), look_above, &p);
}

bool disk_is_needed(const struct pci *dev, char *why, size_t size)
{
	return any_line(dev, "proc/self/mountinfo", mount_is_on, why, size) ||
	       any_line(dev, "proc/swaps", swap_is_on, why, size) ||
	       is_member(dev, why, size) || is_below_another(dev, why, size) ||
	       any_line(dev, "sys/power/resume", resume_is_on, why, size) ||
	       any_line(dev, "etc/kdump.conf", dump_is_on, why, size);
}

static int look_who_holds(void *opaque, const char *name)
{
	struct part *p = opaque;
	char path[PATH_MAX];
	int fd, err;

	path_of(path, "%s/sys/class/block/%s", p->dev->root, name);
	if (!lies_on(p->dev, path))
		return 0;
	/* A / in the name of a file is a ! in sysfs. */
	path_of(path, "%s/dev/%s", p->dev->root, name);
	for (char *c = path; *c; c++)
		if (*c == '!')
			*c = '/';
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	err = errno;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || err != EBUSY)
		return 0;
	snprintf(p->why, p->size, "%s is in use", path);
	return 1;
}

/*
 * Who mounts a block device, or makes it a part of something, has it for himself: also in
 * another mount namespace, and for a pool of ZFS, of which sysfs does not tell. Whoever wants
 * it in the moment in which it is looked at is refused: that is for those who will have it.
 */
bool disk_is_held(const struct pci *dev, char *why, size_t size)
{
	struct part p = { .dev = dev, .why = why, .size = size };
	char path[PATH_MAX];

	return walk(path_of(path, "%s/sys/class/block", dev->root), look_who_holds, &p);
}
