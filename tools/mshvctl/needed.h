/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl: what the host needs a device for.
 *
 * Functions that answer whether it does write the reason to @why.
 */
#ifndef MSHVCTL_NEEDED_H
#define MSHVCTL_NEEDED_H

#include "pci.h"

/* below.c */

/* Is what has the directory @path in sysfs, or anything that it lies on, the device's? */
bool lies_on(const struct pci *dev, const char *path);

/* Is one of the links in the directory @path to such a thing? */
bool one_lies_on(const struct pci *dev, const char *path);

/*
 * The name of an entry of the directory @path that begins with @prefix, without that; false if none
 * does.
 */
bool first_entry(const char *path, const char *prefix, char *name, size_t size);

typedef bool (*line_t)(const struct pci *dev, char *line, char *why, size_t size);

/* Is the answer yes for any line of the file, from the root? No, if there is no such file. */
bool any_line(const struct pci *dev, const char *file, line_t is, char *why, size_t size);

/* needdisk.c */
bool disk_is_needed(const struct pci *dev, char *why, size_t size);
bool disk_is_held(const struct pci *dev, char *why, size_t size);

/* neednet.c */
bool card_is_needed(const struct pci *dev, char *why, size_t size);

#endif /* MSHVCTL_NEEDED_H */
