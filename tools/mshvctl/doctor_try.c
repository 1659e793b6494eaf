// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl doctor --devices --try=DEVICE: the device goes to small virtual machines, in each way that
 * there is, and comes back. What the kernel says meanwhile is in the report.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <mshvctl/mshvctl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor.h"
#include "table.h"

#define LARGE_PAGE	(2ul << 20)
#define MEMORY		(2 * LARGE_PAGE)
#define PAGE		4096ul
#define REGISTERS	0xd0000000	/* where the guest sees the device */
#define ID		1
#define GSI		1
#define MSI_ADDRESS	0xfee00000
#define BARS		6
#define COMMAND		4		/* of configuration space */
#define DECODE_MEMORY	2

/* What is made for one look, and unmade after it. */
struct try {
	const char *address;
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp;		/* whom interrupts can be for */
	struct mshv_iommu *iommu;
	struct mshv_device *device;
	char *memory;			/* of the VM, in large pages if there are some */
	int event;
};

/* It has had its answer by now, or gets no better one. */
static void close_try(struct try *t)
{
	mshv_device_close(t->device);
	mshv_iommu_close(t->iommu);
	mshv_vp_close(t->vp);
	mshv_vm_close(t->vm);
	mshv_host_close(t->host);
	if (t->memory)
		munmap(t->memory, MEMORY);
	if (t->event >= 0)
		close(t->event);
}

static int make_memory(struct try *t)
{
	char *p = mmap(NULL, MEMORY + LARGE_PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *start;

	if (p == MAP_FAILED)
		return -errno;
	start = (char *)(((uintptr_t)p + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1));
	if (start > p)
		munmap(p, (size_t)(start - p));
	munmap(start + MEMORY, LARGE_PAGE - (size_t)(start - p));
	t->memory = start;
	madvise(start, MEMORY, MADV_HUGEPAGE);
	memset(start, 0, MEMORY);
	return mshv_vm_map(t->vm, 0, start, MEMORY, MSHV_MEM_WRITE | MSHV_MEM_EXEC);
}

static int open_vm(struct try *t)
{
	static const struct mshv_vm_config config = {
		.size = sizeof(config),
		.flags = MSHV_VM_LAPIC | MSHV_VM_X2APIC | MSHV_VM_SUPER_PAGES,
	};
	int err = mshv_host_open(NULL, &t->host);

	if (!err)
		err = mshv_vm_create(t->host, &config, &t->vm);
	if (!err)
		err = mshv_vm_initialize(t->vm);
	if (!err)
		err = make_memory(t);
	if (!err)
		err = mshv_vp_create(t->vm, 0, 0, &t->vp);
	return err;
}

static int open_try(struct try *t, const char *address, enum mshv_iommu_kind kind)
{
	const uint16_t command = DECODE_MEMORY;
	int err;

	*t = (struct try){ .address = address, .event = -1 };
	err = open_vm(t);
	if (!err)
		err = mshv_iommu_open(t->vm, kind, &t->iommu);
	if (!err)
		err = mshv_device_open(t->iommu, address, ID, &t->device);
	if (!err)
		err = mshv_device_write(t->device, MSHV_DEVICE_CONFIG, COMMAND, &command,
					sizeof(command));
	return err;
}

/* ---- what the kernel says of it */

static int open_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

static void add_log(struct json_object *report, int log)
{
	struct json_object *lines = json_object_new_array(), *last;
	char record[2048], *text, *end;
	ssize_t n;

	last = json_object_array_get_idx(report, json_object_array_length(report) - 1);
	/* EPIPE: some are lost, and the next are there. */
	while ((n = read(log, record, sizeof(record) - 1)) > 0 || (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = '\0';
		text = strchr(record, ';');
		if (!text)
			continue;
		end = strchr(text, '\n');
		if (end)
			*end = '\0';
		if (strstr(text, "hv_iommu") || strstr(text, "mshv") || strstr(text, "vfio"))
			json_object_array_add(lines, json_object_new_string(text + 1));
	}
	if (json_object_array_length(lines))
		json_object_object_add(last, "log", lines);
	else
		json_object_put(lines);
	if (log >= 0)
		close(log);
}

/* Where something cannot be done, that is an answer, too; else it should have worked. */
static void answer(struct json_object *report, const char *name, int err, const char *what)
{
	if (!err)
		doctor_found(report, name, FOUND_YES, "%s", what);
	else if (err == -EOPNOTSUPP || err == -ENOTTY || err == -ENOENT)
		doctor_found(report, name, FOUND_NO, "%s: %s", what, strerror(-err));
	else
		doctor_found(report, name, FOUND_FAILED, "%s: %s", what, strerror(-err));
}

/* ---- looks */

/* Whether its registers can be mapped, and which offset VFIO gives them. */
static bool look_at_bar(const struct try *t, unsigned int bar, off_t *offset)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = bar };

	if (ioctl(mshv_device_fd(t->device), VFIO_DEVICE_GET_REGION_INFO, &info) ||
	    !(info.flags & VFIO_REGION_INFO_FLAG_MMAP) || info.size < PAGE)
		return false;
	*offset = (off_t)info.offset;
	return true;
}

/* The first BAR that can be mapped, in the host. Returns NULL and why not. */
static void *map_bar(const struct try *t, size_t *size, int *err)
{
	off_t offset;
	void *p;

	*err = -ENOENT;
	for (unsigned int i = 0; i < BARS; i++) {
		if (!look_at_bar(t, i, &offset))
			continue;
		*size = PAGE;
		p = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED,
			 mshv_device_fd(t->device), offset);
		*err = p == MAP_FAILED ? -errno : 0;
		if (!*err)
			return p;
	}
	return NULL;
}

/* The first page of each BAR. */
static void try_registers(struct json_object *report, struct try *t)
{
	char what[64] = "the VM reaches registers of BAR", *end = what + strlen(what);
	int err = -ENOENT;
	off_t offset;

	for (unsigned int i = 0; i < BARS && (!err || err == -ENOENT); i++) {
		if (!look_at_bar(t, i, &offset))
			continue;
		end += sprintf(end, " %u", i);
		err = mshv_device_map(t->device, i, 0, PAGE, REGISTERS + i * PAGE);
	}
	answer(report, "registers", err, what);
}

/* A domain takes pages that are no memory, or it does not. */
static void try_registers_in_domain(struct json_object *report, struct try *t)
{
	size_t size;
	int err;
	void *registers = map_bar(t, &size, &err);

	if (registers)
		err = mshv_vm_map(t->vm, REGISTERS, registers, size, MSHV_MEM_WRITE);
	if (registers && err)
		doctor_found(report, "registers-in-domain", FOUND_NO,
			     "other devices cannot reach its registers: %s", strerror(-err));
	else
		answer(report, "registers-in-domain", err, "other devices can reach its registers");
	if (registers && !err)
		mshv_vm_unmap(t->vm, REGISTERS);
	if (registers)
		munmap(registers, size);
}

static int set_route(struct try *t, uint32_t vector)
{
	const struct mshv_msi_route route = { .gsi = GSI, .address = MSI_ADDRESS, .data = vector };

	return mshv_vm_set_msi_routes(t->vm, &route, 1);
}

/* The first interrupt of the device, by MSI-X or MSI, for the VM. */
static int connect(struct try *t)
{
	int err;

	t->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->event < 0)
		return -errno;
	if (mshv_device_set_irqs(t->device, MSHV_DEVICE_MSIX, 0, &t->event, 1) &&
	    mshv_device_set_irqs(t->device, MSHV_DEVICE_MSI, 0, &t->event, 1))
		return -ENOENT;
	err = set_route(t, 0x40);
	return err ? err : mshv_vm_add_irqfd(t->vm, GSI, t->event, -1);
}

/* In a domain or, where there are none, attached to the VM. */
static void try_mapped(struct json_object *report, const char *address, const char *name,
		       enum mshv_iommu_kind kind, bool domains)
{
	struct try t;
	int err = open_try(&t, address, kind);

	answer(report, name, err, "the device with a VM's memory that the VMM maps for it");
	if (!err && domains && kind == MSHV_IOMMU_CONTAINER) {
		try_registers_in_domain(report, &t);
		answer(report, "mapped-interrupt", connect(&t),
		       "an interrupt of the device for the VM, by its name in the host");
	}
	close_try(&t);
}

static void try_interrupt(struct json_object *report, struct try *t)
{
	int err = connect(t);

	answer(report, "interrupt", err, "an interrupt of the device for the VM");
	if (!err)
		answer(report, "interrupt-moved", set_route(t, 0x41), "the VM gives it another vector");
}

static void try_reset(struct json_object *report, struct try *t)
{
	answer(report, "reset", mshv_device_reset(t->device), "reset while it is attached");
}

static void try_attached(struct json_object *report, const char *address)
{
	struct try t;
	int err = open_try(&t, address, MSHV_IOMMU_PARTITION);

	answer(report, "attached", err, "the device attached to a VM");
	if (!err) {
		try_registers(report, &t);
		try_interrupt(report, &t);
		try_reset(report, &t);
	}
	close_try(&t);
}

/* The process that has it ends, with everything open, and the device is free again. */
static void try_killed(struct json_object *report, const char *address)
{
	int ready[2], status, err = -EIO;
	pid_t child;
	struct try t;

	if (pipe(ready)) {
		answer(report, "killed", -errno, "a VMM that is killed");
		return;
	}
	child = fork();
	if (!child) {
		err = open_try(&t, address, MSHV_IOMMU_PARTITION);
		if (!err)
			err = connect(&t);
		err = err == -ENOENT ? 0 : err;
		if (write(ready[1], &err, sizeof(err)) == sizeof(err))
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (child < 0 || read(ready[0], &err, sizeof(err)) != sizeof(err))
		err = -EIO;
	close(ready[0]);
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	if (!err)
		err = open_try(&t, address, MSHV_IOMMU_PARTITION);
	else
		t = (struct try){ .event = -1 };
	answer(report, "killed", err, "a VMM that is killed lets the device go, and another one has it");
	close_try(&t);
}

static bool is_ready(struct json_object *report, const char *address, const char *name)
{
	struct mshv_device_check check;
	int err = mshv_device_check(address, &check);

	if (!err && check.state == MSHV_DEVICE_READY)
		doctor_found(report, name, FOUND_YES, "vfio-pci has %s", address);
	else
		doctor_found(report, name, FOUND_FAILED,
			     "vfio-pci does not have %s: mshvctl device claim %s", address, address);
	return !err && check.state == MSHV_DEVICE_READY;
}

void doctor_try(struct json_object *report, const char *address, bool domains)
{
	int log;

	if (!is_ready(report, address, "ready"))
		return;
	log = open_log();
	try_mapped(report, address, "mapped-container", MSHV_IOMMU_CONTAINER, domains);
	add_log(report, log);
	log = open_log();
	try_mapped(report, address, "mapped-iommufd", MSHV_IOMMU_IOAS, domains);
	add_log(report, log);
	log = open_log();
	try_attached(report, address);
	add_log(report, log);
	log = open_log();
	try_killed(report, address);
	add_log(report, log);
	is_ready(report, address, "given-back");
}
