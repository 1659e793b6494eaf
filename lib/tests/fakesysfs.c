// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What sysfs shows to the library, from the tables of struct fakevfio.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fakevfio.h"

int fakesysfs_read_link(const char *path, char *target, size_t size)
{
	for (size_t i = 0; fakevfio.links && fakevfio.links[i][0]; i++)
		if (!strcmp(fakevfio.links[i][0], path)) {
			snprintf(target, size, "%s", fakevfio.links[i][1]);
			return 0;
		}
	return -ENOENT;
}

int fakesysfs_find(const char *dir, const char *prefix, const char *last, char *name,
		   size_t size)
{
	for (size_t i = 0; fakevfio.names && fakevfio.names[i][0]; i++)
		if (!strcmp(fakevfio.names[i][0], dir) &&
		    !strncmp(fakevfio.names[i][1], prefix, strlen(prefix)) &&
		    (!last || strcmp(fakevfio.names[i][1], last) > 0)) {
			snprintf(name, size, "%s", fakevfio.names[i][1]);
			return 0;
		}
	return -ENOENT;
}

/* The device as it is when a guest may have it. */
const char *const fakesysfs_ready_links[][2] = {
	{ "/sys/bus/pci/devices/" FAKE_DEVICE "/driver", "../../../bus/pci/drivers/vfio-pci" },
	{ "/sys/bus/pci/devices/" FAKE_DEVICE "/iommu_group", "../../../kernel/iommu_groups/7" },
	{ NULL, NULL },
};

const char *const fakesysfs_ready_names[][2] = {
	{ "/sys/bus/pci/devices/" FAKE_DEVICE "/.", "vendor" },
	{ "/sys/bus/pci/devices/" FAKE_DEVICE "/vfio-dev", "vfio3" },
	{ "/sys/bus/pci/devices/" FAKE_DEVICE "/iommu_group/devices", FAKE_DEVICE },
	{ "/sys/class/iommu", "hv-iommu" },
	{ NULL, NULL },
};
