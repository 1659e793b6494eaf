// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device of the host for a guest, QEMU's "edu": what it costs that the guest's memory is there
 * for it. Each topic is for a host of its own kind, which "run" boots.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define SYSFS		"/sys/bus/pci/"
#define EDU		"0x123411e8"
#define ID		1

static char address[16];

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(path, -errno);
	close(fd);
}

static bool is_edu(const char *name)
{
	char path[300], vendor[16] = "", device[16] = "";
	FILE *f;

	snprintf(path, sizeof(path), SYSFS "devices/%s/vendor", name);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%15s", vendor) != 1)
		fail(path, -EIO);
	fclose(f);
	snprintf(path, sizeof(path), SYSFS "devices/%s/device", name);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%15s", device) != 1)
		fail(path, -EIO);
	fclose(f);
	return !strncmp(vendor, EDU, 6) && !strcmp(device + 2, EDU + 6);
}

/* It has no driver of the host's. */
static void give_to_vfio(void)
{
	DIR *dir = opendir(SYSFS "devices");
	struct dirent *entry;
	char path[128];

	if (system("modprobe -a vfio-pci iommufd"))
		fail("VFIO", -ENOENT);
	while (dir && !address[0] && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && is_edu(entry->d_name))
			snprintf(address, sizeof(address), "%.15s", entry->d_name);
	if (!dir || !address[0])
		fail("the device edu", -ENODEV);
	closedir(dir);
	snprintf(path, sizeof(path), SYSFS "devices/%s/driver_override", address);
	put(path, "vfio-pci");
	put(SYSFS "drivers_probe", address);
}

static void take_from_vfio(void)
{
	char path[128];

	put(SYSFS "drivers/vfio-pci/unbind", address);
	snprintf(path, sizeof(path), SYSFS "devices/%s/driver_override", address);
	put(path, "\n");
	address[0] = 0;
}

/* ---- memory */

struct way {
	enum mshv_iommu_kind kind;
	bool device_first;	/* the guest's memory comes when the device is there */
	uint64_t size;
};

struct life {
	struct cost up, down;
};

/* From a VM without memory to one whose device reaches all of it, and back. */
static struct life live(const struct way *way, void *memory)
{
	struct mshv_device *device;
	struct mshv_iommu *iommu;
	struct sample start, end;
	struct life life;
	struct guest g;

	guest_new_vm(&g);
	must("mshv_iommu_open", mshv_iommu_open(g.vm, way->kind, &iommu));
	counters_take(&start);
	if (!way->device_first)
		guest_map(&g, 0, memory, way->size);
	must("mshv_device_open", mshv_device_open(iommu, address, ID, &device));
	if (way->device_first)
		guest_map(&g, 0, memory, way->size);
	counters_take(&end);
	life.up = counters_between(&start, &end);
	counters_take(&start);
	mshv_device_close(device);
	mshv_iommu_close(iommu);
	counters_take(&end);
	life.down = counters_between(&start, &end);
	guest_close_vm(&g);
	return life;
}

static void print_life(const char *name, const struct life *life, uint64_t size)
{
	char line[64];

	snprintf(line, sizeof(line), "%s_up_calls", name);
	print(line, life->up.hypercalls);
	snprintf(line, sizeof(line), "%s_down_calls", name);
	print(line, life->down.hypercalls);
	snprintf(line, sizeof(line), "%s_up_page", name);
	print(line, life->up.instructions / (size / PAGE));
}

static void mapped(const char *before, const char *after)
{
	void *memory = mmap(NULL, effort.memory, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct way way = { .kind = MSHV_IOMMU_IOAS, .size = effort.memory };
	struct life life;

	if (memory == MAP_FAILED)
		fail("mmap", -errno);
	/* The first one asks whether large pages are taken, and finds lists empty. */
	live(&way, memory);
	life = live(&way, memory);
	print_life(before, &life, way.size);
	way.device_first = true;
	life = live(&way, memory);
	print_life(after, &life, way.size);
	munmap(memory, effort.memory);
}

/* The hypervisor has the guest's memory before: what is counted is what the device costs. */
static double attach_calls(uint64_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct mshv_device *device;
	struct sample start, end;
	struct mshv_iommu *iommu;
	struct guest g;
	double calls;

	if (memory == MAP_FAILED)
		fail("mmap", -errno);
	guest_new_vm(&g);
	put("/sys/module/mshv_root/parameters/pin_memory", "1");
	guest_map(&g, 0, memory, size);
	put("/sys/module/mshv_root/parameters/pin_memory", "0");
	must("mshv_iommu_open", mshv_iommu_open(g.vm, MSHV_IOMMU_PARTITION, &iommu));
	counters_take(&start);
	must("mshv_device_open", mshv_device_open(iommu, address, ID, &device));
	mshv_device_close(device);
	counters_take(&end);
	calls = counters_between(&start, &end).hypercalls;
	mshv_iommu_close(iommu);
	guest_close_vm(&g);
	munmap(memory, size);
	return calls;
}

/* Large pages are refused, unless the host is told otherwise. */
void bench_devices(void)
{
	give_to_vfio();
	mapped("dma_small_before", "dma_small_after");
	print("attach_quarter_calls", attach_calls(effort.memory / 4));
	print("attach_calls", attach_calls(effort.memory));
	bench_interrupt("device_irq_straight", address, true);
	take_from_vfio();
}

/* They are taken; but interrupts of devices in domains go to root alone. */
void bench_devices_large(void)
{
	give_to_vfio();
	mapped("dma_large_before", "dma_large_after");
	bench_interrupt("device_irq_eventfd", address, false);
	take_from_vfio();
}
