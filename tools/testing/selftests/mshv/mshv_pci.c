// SPDX-License-Identifier: GPL-2.0-only
/* PCI functions of the host, as sysfs has them. */
#include <dirent.h>

#include "mshv_pci.h"
#include "mshv_vm.h"

#define PCI		"/sys/bus/pci/devices/"
#define PATH_SIZE	400

static int open_file(const char *bdf, const char *file, int flags)
{
	char path[PATH_SIZE];
	int fd;

	snprintf(path, sizeof(path), PCI "%s/%s", bdf, file);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

unsigned long mshv_pci_number(const char *bdf, const char *file)
{
	int fd = open_file(bdf, file, O_RDONLY);
	char text[32] = "";

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoul(text, NULL, 0);
}

static int is_name(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strlen(entry->d_name) < MSHV_BDF_SIZE;
}

int mshv_pci_find(unsigned int vendor, unsigned int device, unsigned int number, char *bdf)
{
	struct dirent **entries;
	int n = scandir(PCI, &entries, is_name, alphasort), ret = -ENODEV, i;

	for (i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (ret && mshv_pci_number(name, "vendor") == vendor &&
		    mshv_pci_number(name, "device") == device && !number--) {
			snprintf(bdf, MSHV_BDF_SIZE, "%.15s", name);
			ret = 0;
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return ret;
}

uint16_t mshv_pci_rid(const char *bdf)
{
	unsigned int bus, slot, function;

	if (sscanf(bdf, "%*x:%x:%x.%x", &bus, &slot, &function) != 3)
		return 0;
	return bus << 8 | slot << 3 | function;
}

bool mshv_pci_has(const char *bdf, const char *file)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), PCI "%s/%s", bdf, file);
	return !access(path, F_OK);
}

int mshv_pci_put(const char *bdf, const char *file, const char *text)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), PCI "%s/%s", bdf, file);
	return mshv_put(path, text);
}

int mshv_pci_link(const char *bdf, const char *file, char *name, size_t size)
{
	char path[PATH_SIZE], link[PATH_SIZE];
	ssize_t n;

	snprintf(path, sizeof(path), PCI "%s/%s", bdf, file);
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	snprintf(name, size, "%s", strrchr(link, '/') ? strrchr(link, '/') + 1 : link);
	return 0;
}

#define PCI_CAPABILITIES	0x34
#define PCI_CAPABILITY_MSI	5

uint64_t mshv_pci_msi_address(const char *bdf)
{
	uint8_t config[256] = "";
	uint64_t address = 0;
	unsigned int at, n;
	int fd = open_file(bdf, "config", O_RDONLY);

	if (fd < 0)
		return 0;
	if (read(fd, config, sizeof(config)) == sizeof(config)) {
		at = config[PCI_CAPABILITIES];
		for (n = 0; n < 48 && at && config[at] != PCI_CAPABILITY_MSI; n++)
			at = config[at + 1];
		if (at && config[at] == PCI_CAPABILITY_MSI)
			memcpy(&address, config + at + 4, config[at + 2] & 0x80 ? 8 : 4);
	}
	close(fd);
	return address;
}

int mshv_pci_unbind(const char *bdf)
{
	if (!mshv_pci_has(bdf, "driver"))
		return 0;
	mshv_pci_put(bdf, "driver_override", "\n");
	return mshv_pci_put(bdf, "driver/unbind", bdf);
}

int mshv_pci_bind(const char *bdf, const char *driver)
{
	int ret = mshv_pci_unbind(bdf);

	if (ret)
		return ret;
	ret = mshv_pci_put(bdf, "driver_override", driver);
	if (!ret)
		ret = mshv_put("/sys/bus/pci/drivers_probe", bdf);
	return ret ?: mshv_pci_has(bdf, "driver") ? 0 : -ENODEV;
}

int mshv_pci_group(const char *bdf)
{
	char name[32];
	int ret = mshv_pci_link(bdf, "iommu_group", name, sizeof(name));

	return ret ?: atoi(name);
}

int mshv_pci_open_group(const char *bdf)
{
	int group = mshv_pci_group(bdf), fd;
	char path[PATH_SIZE];

	if (group < 0)
		return group;
	snprintf(path, sizeof(path), "/dev/vfio/%d", group);
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int mshv_pci_open_cdev(const char *bdf)
{
	char path[PATH_SIZE];
	struct dirent *entry;
	int fd = -ENOENT;
	DIR *dir;

	snprintf(path, sizeof(path), PCI "%s/vfio-dev", bdf);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "vfio", 4))
			continue;
		snprintf(path, sizeof(path), "/dev/vfio/devices/%.20s", entry->d_name);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	if (dir)
		closedir(dir);
	return fd;
}

/* The entry "nvmeN" of one directory, "nvmeNn1" of another. */
static int find_entry(const char *dir_path, const char *last, char *name, size_t size)
{
	struct dirent *entry;
	int ret = -ENOENT;
	DIR *dir = opendir(dir_path);

	while (dir && (entry = readdir(dir))) {
		size_t n = strlen(entry->d_name);

		if (strncmp(entry->d_name, "nvme", 4) || n < strlen(last) ||
		    strcmp(entry->d_name + n - strlen(last), last))
			continue;
		snprintf(name, size, "%.31s", entry->d_name);
		ret = 0;
	}
	if (dir)
		closedir(dir);
	return ret;
}

int mshv_pci_block_device(const char *bdf, char *path, size_t size)
{
	char dir[PATH_SIZE], controller[32], disk[32];
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		snprintf(dir, sizeof(dir), PCI "%s/nvme", bdf);
		if (!find_entry(dir, "", controller, sizeof(controller))) {
			snprintf(dir, sizeof(dir), PCI "%s/nvme/%s", bdf, controller);
			if (!find_entry(dir, "n1", disk, sizeof(disk))) {
				snprintf(path, size, "/dev/%s", disk);
				if (!access(path, F_OK))
					return 0;
			}
		}
		usleep(100000);
	}
	return -ENOENT;
}
