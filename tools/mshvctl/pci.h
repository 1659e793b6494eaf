/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl: PCI devices as sysfs shows them.
 */
#ifndef MSHVCTL_PCI_H
#define MSHVCTL_PCI_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct pci - a device
 * @root: where /sys and /proc are
 * @name: 0000:01:00.0
 * @path: its real directory in sysfs
 */
struct pci {
	const char *root;
	char name[16];
	char path[PATH_MAX];
};

/* Called for the name of an entry of a directory; not 0 ends the walk. */
typedef int (*walk_t)(void *opaque, const char *name);

/* Returns what the last call of @each has, or 0; also if there is no such directory. */
int walk(const char *path, walk_t each, void *opaque);

/* A path, as printf() makes it. */
__attribute__((format(printf, 2, 3)))
char *path_of(char path[PATH_MAX], const char *format, ...);

/* The real path of something, or false if there is no such thing. */
bool real_path(const char *path, char real[PATH_MAX]);

/* Is @path the directory @below, or in it? */
bool is_below(const char *path, const char *below);

/* The first line of a file, or false. */
bool read_line(const char *path, char *line, size_t size);

/**
 * pci_find() - look a device up
 * @root: where /sys and /proc are
 * @name: its name; the segment may be left out
 * @dev: result
 *
 * Return: EXIT_OK, or EXIT_NO or EXIT_USAGE after a complaint.
 */
int pci_find(const char *root, const char *name, struct pci *dev);

/* An attribute of the device; "" if there is none. */
const char *pci_read(const struct pci *dev, const char *attribute, char *value, size_t size);

/* The last part of where a link leads: the driver, the group; "" if there is none. */
const char *pci_link(const struct pci *dev, const char *link, char *name, size_t size);

/* "network", "storage", ... */
const char *pci_class(const struct pci *dev);

/* pciuse.c */

/* Why the host cannot do without the device, in @why; false if it can. */
bool pci_is_needed(const struct pci *dev, char *why, size_t size);

/* Who has it for himself, where nothing else tells; for whoever is about to take it away. */
bool pci_is_held(const struct pci *dev, char *why, size_t size);

/* A process that has the device open for a guest, or 0. */
int pci_user(const struct pci *dev);

#endif /* MSHVCTL_PCI_H */
