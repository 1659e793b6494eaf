// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: what the host needs a device for, and who has it open for a guest.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "needed.h"

/* They go with the driver of the physical one. */
static bool has_functions(const struct pci *dev, char *why, size_t size)
{
	char number[32];

	if (atoi(pci_read(dev, "sriov_numvfs", number, sizeof(number))) < 1)
		return false;
	snprintf(why, size, "it has %.20s virtual functions (sriov_numvfs)", number);
	return true;
}

/* The words of the first line: tty0 ttyS0. */
static bool console_is_on(const struct pci *dev, char *line, char *why, size_t size)
{
	char path[PATH_MAX], text[8], *rest, *word;
	bool is_screen = !strcmp(pci_class(dev), "display") &&
			 atoi(pci_read(dev, "boot_vga", text, sizeof(text)));

	for (word = strtok_r(line, "\n ", &rest); word; word = strtok_r(NULL, "\n ", &rest)) {
		/* A terminal on the screen has a number alone, and no device. */
		bool is_number = !strncmp(word, "tty", 3) && word[3] >= '0' && word[3] <= '9';

		if (!(is_number && is_screen) &&
		    !lies_on(dev, path_of(path, "%s/sys/class/tty/%s", dev->root, word)))
			continue;
		snprintf(why, size, "the console %.60s is on it", word);
		return true;
	}
	return false;
}

bool pci_is_needed(const struct pci *dev, char *why, size_t size)
{
	if (!strcmp(pci_class(dev), "bridge")) {
		snprintf(why, size, "it is a bridge");
		return true;
	}
	return disk_is_needed(dev, why, size) || card_is_needed(dev, why, size) ||
	       has_functions(dev, why, size) ||
	       any_line(dev, "sys/class/tty/console/active", console_is_on, why, size);
}

bool pci_is_held(const struct pci *dev, char *why, size_t size)
{
	return disk_is_held(dev, why, size);
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
