// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: PCI devices as sysfs shows them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mshvctl.h"
#include "pci.h"

char *path_of(char path[PATH_MAX], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(path, PATH_MAX, format, args);
	va_end(args);
	return path;
}

int walk(const char *path, walk_t each, void *opaque)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int ret = 0;

	while (dir && !ret && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			ret = each(opaque, entry->d_name);
	if (dir)
		closedir(dir);
	return ret;
}

bool real_path(const char *path, char real[PATH_MAX])
{
	return realpath(path, real);
}

bool is_below(const char *path, const char *below)
{
	size_t length = strlen(below);

	return !strncmp(path, below, length) && (path[length] == '/' || !path[length]);
}

bool read_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok;

	*line = 0;
	if (!f)
		return false;
	ok = fgets(line, (int)size, f);
	fclose(f);
	line[strcspn(line, "\n")] = 0;
	return ok;
}

int pci_find(const char *root, const char *name, struct pci *dev)
{
	unsigned int segment = 0, bus, slot, function;
	char path[PATH_MAX];
	int n = 0;

	if (sscanf(name, "%x:%x:%x.%x%n", &segment, &bus, &slot, &function, &n) != 4 ||
	    name[n]) {
		segment = 0;
		if (sscanf(name, "%x:%x.%x%n", &bus, &slot, &function, &n) != 3 || name[n])
			n = 0;
	}
	if (!n || segment > 0xffff || bus > 0xff || slot > 0x1f || function > 7) {
		complain("'%s' is no PCI device: want 0000:00:00.0", name);
		return EXIT_USAGE;
	}
	dev->root = root;
	snprintf(dev->name, sizeof(dev->name), "%04x:%02x:%02x.%x", segment & 0xffff,
		 bus & 0xff, slot & 0x1f, function & 7);
	if (real_path(path_of(path, "%s/sys/bus/pci/devices/%s", root, dev->name), dev->path))
		return EXIT_OK;
	complain("there is no PCI device %s", dev->name);
	return EXIT_NO;
}

const char *pci_read(const struct pci *dev, const char *attribute, char *value, size_t size)
{
	char path[PATH_MAX];

	read_line(path_of(path, "%.*s/%s", PATH_MAX - 64, dev->path, attribute), value, size);
	return value;
}

const char *pci_link(const struct pci *dev, const char *link, char *name, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t length = readlink(path_of(path, "%.*s/%s", PATH_MAX - 64, dev->path, link),
				  target, sizeof(target) - 1);
	const char *slash;

	target[length < 0 ? 0 : length] = 0;
	slash = strrchr(target, '/');
	snprintf(name, size, "%s", slash ? slash + 1 : target);
	return name;
}

const char *pci_class(const struct pci *dev)
{
	static const char *const names[] = {
		"other", "storage", "network", "display", "multimedia", "memory", "bridge",
		"communication", "system", "input", "docking", "processor", "serial",
		"wireless", "controller", "satellite", "encryption", "signal", "accelerator",
	};
	char text[32];
	unsigned long class;

	class = strtoul(pci_read(dev, "class", text, sizeof(text)), NULL, 16) >> 16;
	return class < sizeof(names) / sizeof(names[0]) ? names[class] : names[0];
}
