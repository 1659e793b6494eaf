// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices of the host, for selftests that give them away.
 */
#include <dirent.h>
#include <limits.h>

#include "mshv_pci.h"
#include "mshv_vm.h"

#define PCI	"/sys/bus/pci/devices/"
#define DRIVER	"/sys/bus/pci/drivers/vfio-pci/"

static unsigned long read_number(const char *device, const char *file)
{
	char path[PATH_MAX], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), PCI "%s/%s", device, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoul(text, NULL, 0);
}

/* The last part of where a link leads to, in a buffer of PATH_MAX. */
static const char *read_link(const char *device, const char *link, char *target)
{
	char path[PATH_MAX], *slash;
	ssize_t length;

	snprintf(path, sizeof(path), PCI "%s/%s", device, link);
	length = readlink(path, target, PATH_MAX - 1);
	if (length < 0)
		return NULL;
	target[length] = '\0';
	slash = strrchr(target, '/');
	return slash ? slash + 1 : target;
}

static int bind_vfio(const char *device)
{
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), PCI "%s/driver_override", device);
	ret = mshv_put(path, "vfio-pci");
	return ret ? ret : mshv_put(DRIVER "bind", device);
}

int mshv_pci_take_edu(struct mshv_pci *pci)
{
	char target[PATH_MAX];
	struct dirent *entry;
	int ret = -ENODEV;
	DIR *dir;

	/* whichever of them the kernel lacks will be missed below */
	if (system("modprobe vfio-pci; modprobe vfio_iommu_type1; modprobe iommufd"))
		ret = -ENODEV;
	dir = opendir(PCI);
	while (dir && ret && (entry = readdir(dir))) {
		const char *group = read_link(entry->d_name, "iommu_group", target);

		if (!group || strlen(entry->d_name) >= sizeof(pci->name) ||
		    read_number(entry->d_name, "vendor") != 0x1234 ||
		    read_number(entry->d_name, "device") != 0x11e8)
			continue;
		pci->group = atoi(group);
		if (read_link(entry->d_name, "driver", target))
			continue;
		strcpy(pci->name, entry->d_name);
		ret = bind_vfio(pci->name);
	}
	if (dir)
		closedir(dir);
	if (ret)
		pci->name[0] = '\0';
	return ret;
}

void mshv_pci_give_back(struct mshv_pci *pci)
{
	char path[PATH_MAX];

	if (!pci->name[0])
		return;
	if (mshv_put(DRIVER "unbind", pci->name))
		perror("unbind");
	snprintf(path, sizeof(path), PCI "%s/driver_override", pci->name);
	mshv_put(path, "\n");
	pci->name[0] = '\0';
}

int mshv_pci_open_group(const struct mshv_pci *pci)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "/dev/vfio/%d", pci->group);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int mshv_pci_open_cdev(const struct mshv_pci *pci)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int fd = -1;
	DIR *dir;

	snprintf(path, sizeof(path), PCI "%s/vfio-dev", pci->name);
	dir = opendir(path);
	while (dir && fd < 0 && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vfio", 4))
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (dir)
		closedir(dir);
	return fd < 0 ? -errno : fd;
}

int _test_create_device(int pt, uint32_t type, uint32_t flags)
{
	struct mshv_create_device args = { .type = type, .fd = -1, .flags = flags };

	if (ioctl(pt, MSHV_CREATE_DEVICE, &args))
		return -errno;
	/* the test alone makes none, and leaves this alone */
	return flags & MSHV_CREATE_DEVICE_TEST ? 0 : (int)args.fd;
}

int _test_attr(int fd, unsigned long cmd, uint32_t group, uint64_t attr, const void *addr)
{
	struct mshv_device_attr args = {
		.group = group, .attr = attr, .addr = (uintptr_t)addr,
	};

	return ioctl(fd, cmd, &args) ? -errno : 0;
}

int _test_file(int bridge, uint64_t attr, int32_t file)
{
	return _test_attr(bridge, MSHV_SET_DEVICE_ATTR, MSHV_DEV_VFIO_FILE, attr, &file);
}
