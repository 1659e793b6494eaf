// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What sysfs knows of a device.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sys.h"
#include "device/iommu.h"

#define DEVICES "/sys/bus/pci/devices/"

static bool is_hex(const char *text, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (!strchr("0123456789abcdef", text[i]) || !text[i])
			return false;
	return true;
}

/* A domain of 4 digits or more, a bus, a slot, a function; nothing that leads elsewhere. */
bool address_is_valid(const char *address)
{
	const char *colon = address ? strchr(address, ':') : NULL;
	size_t n = colon ? (size_t)(colon - address) : 0;

	return n >= 4 && n <= 8 && is_hex(address, (unsigned int)n) && is_hex(colon + 1, 2) &&
	       colon[3] == ':' && is_hex(colon + 4, 2) && colon[6] == '.' &&
	       colon[7] >= '0' && colon[7] <= '7' && !colon[8];
}

/* The last part of where a link below the device leads to. */
static int read_link(const char *address, const char *link, char *name, size_t size)
{
	char path[PATH_SIZE], target[256];
	const char *last;
	int ret;

	snprintf(path, sizeof(path), DEVICES "%s/%s", address, link);
	ret = mshv_sys_read_link(path, target, sizeof(target));
	if (ret < 0)
		return ret;
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (strlen(last) >= size)
		return -ENAMETOOLONG;
	memcpy(name, last, strlen(last) + 1);
	return 0;
}

/* VFIO does not have it: as the kernel says of a group's other devices. */
static int not_vfio(int err)
{
	return err == -ENOENT ? -ENODEV : err;
}

int sysfs_group(const char *address)
{
	char name[32];
	int err = read_link(address, "iommu_group", name, sizeof(name));

	return err ? not_vfio(err) : atoi(name);
}

int sysfs_cdev(const char *address, char *path, size_t size)
{
	char name[32];
	int err;

	snprintf(path, size, DEVICES "%s/vfio-dev", address);
	err = mshv_sys_find(path, "vfio", NULL, name, sizeof(name));
	if (err)
		return not_vfio(err);
	snprintf(path, size, "/dev/vfio/devices/%s", name);
	return 0;
}

static bool is_there(const char *address, const char *what)
{
	char path[PATH_SIZE], name[32];

	snprintf(path, sizeof(path), DEVICES "%s/%s", address, what);
	return !mshv_sys_find(path, "", NULL, name, sizeof(name));
}

/* What VFIO lets be in a group of its own: ports, and what does nothing. */
static bool is_harmless(const char *driver)
{
	return !strcmp(driver, "pcieport") || !strcmp(driver, "pci-stub");
}

/* Another function of the group, that a driver of the host has. */
static bool find_peer(const char *address, char *peer, size_t size)
{
	char path[PATH_SIZE], last[32] = "", driver[32];

	snprintf(path, sizeof(path), DEVICES "%s/iommu_group/devices", address);
	while (!mshv_sys_find(path, "", last, peer, size)) {
		if (strcmp(peer, address) && !is_there(peer, "vfio-dev") &&
		    !read_link(peer, "driver", driver, sizeof(driver)) && !is_harmless(driver))
			return true;
		snprintf(last, sizeof(last), "%s", peer);
	}
	return false;
}

static enum mshv_device_state look(const char *address, char *name, size_t size)
{
	char group[32], iommu[32];
	bool has_driver;

	if (!is_there(address, "."))
		return MSHV_DEVICE_ABSENT;
	has_driver = !read_link(address, "driver", name, size);
	if (has_driver && !is_there(address, "vfio-dev"))
		return MSHV_DEVICE_HAS_DRIVER;
	if (mshv_sys_find("/sys/class/iommu", "", NULL, iommu, sizeof(iommu)))
		return MSHV_DEVICE_NO_IOMMU;
	if (read_link(address, "iommu_group", group, sizeof(group)))
		return MSHV_DEVICE_NO_GROUP;
	if (!has_driver)
		return MSHV_DEVICE_NO_VFIO;
	return find_peer(address, name, size) ? MSHV_DEVICE_GROUP : MSHV_DEVICE_READY;
}

int mshv_device_check(const char *address, struct mshv_device_check *check)
{
	struct mshv_device_check new = { 0 };

	if (!check || !address_is_valid(address))
		return -EINVAL;
	new.state = look(address, new.name, sizeof(new.name));
	if (new.state != MSHV_DEVICE_HAS_DRIVER && new.state != MSHV_DEVICE_GROUP)
		new.name[0] = '\0';
	*check = new;
	return 0;
}
