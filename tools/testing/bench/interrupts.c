// SPDX-License-Identifier: GPL-2.0-only
/*
 * An interrupt of a device, QEMU's "edu", on its way to a guest: what root does for it. Where the
 * hypervisor sends it straight to the guest that is nothing; else root has the interrupt, VFIO
 * signals an eventfd, and the irqfd raises it.
 */
#include <errno.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define ID		1
#define COMMAND		4	/* configuration space: */
#define MEMORY_MASTER	6
#define RAISE		0x60	/* register of edu: raises an interrupt */
#define MSI_ADDRESS	0xfee00000
#define MSI_VECTOR	0x40
#define COUNT_PORT	0xed0	/* minihv: what a device did */
#define TO_GUEST	(6u << 16)
#define LOOP		4	/* instructions of raise_some() */
#define SOME		5

/* 1: out %al, $0x80; jmp 1b */
static const char exits[] = "\xe6\x80\xeb\xfc";

static unsigned int requester(const char *address)
{
	unsigned int bus, slot, function;

	if (sscanf(address, "%*x:%x:%x.%x", &bus, &slot, &function) != 3)
		fail(address, -EINVAL);
	return bus << 8 | slot << 3 | function;
}

/* How many the hypervisor has sent straight to guests. */
static unsigned int sent_straight(const char *address)
{
	outl(TO_GUEST | requester(address), COUNT_PORT);
	return inl(COUNT_PORT);
}

static void *map_registers(struct mshv_device *device)
{
	struct vfio_region_info bar = { .argsz = sizeof(bar), .index = VFIO_PCI_BAR0_REGION_INDEX };
	const uint16_t command = MEMORY_MASTER;
	void *registers;

	must("the command register", mshv_device_write(device, MSHV_DEVICE_CONFIG, COMMAND,
						       &command, sizeof(command)));
	if (ioctl(mshv_device_fd(device), VFIO_DEVICE_GET_REGION_INFO, &bar))
		fail("a BAR", -errno);
	registers = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, mshv_device_fd(device),
			 (off_t)bar.offset);
	if (registers == MAP_FAILED)
		fail("a BAR", -errno);
	return registers;
}

/* PAUSE makes QEMU look at its other processors: the spare one of minihv takes it at once. */
static void raise_some(void *arg, unsigned int rounds)
{
	asm volatile("1: movl $1, (%1); pause; dec %0; jnz 1b"
		     : "+r"(rounds) : "r"((char *)arg + RAISE) : "memory");
}

static void measure(const char *name, const char *address, void *registers, bool straight)
{
	unsigned int before = sent_straight(address);

	raise_some(registers, SOME);
	if (sent_straight(address) - before != (straight ? SOME : 0))
		fail(straight ? "the interrupt goes to root" : "the interrupt goes to the guest",
		     -EPROTO);
	print(name, counters_cost(raise_some, registers).instructions - LOOP);
}

void bench_interrupt(const char *name, const char *address, bool straight)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	struct mshv_device *device;
	struct mshv_iommu *iommu;
	void *registers;
	struct guest g;

	if (fd < 0)
		fail("eventfd", -errno);
	if (iopl(3))
		fail("iopl", -errno);
	guest_start_real(&g, exits, sizeof(exits), 0);
	guest_port_exit(&g);
	must("mshv_iommu_open", mshv_iommu_open(g.vm, MSHV_IOMMU_IOAS, &iommu));
	must("mshv_device_open", mshv_device_open(iommu, address, ID, &device));
	registers = map_registers(device);
	must("mshv_device_set_irqs", mshv_device_set_irqs(device, MSHV_DEVICE_MSI, 0, &fd, 1));
	guest_ops->irqfd(&g, fd, MSI_ADDRESS, MSI_VECTOR);
	measure(name, address, registers, straight);
	munmap(registers, PAGE);
	mshv_device_close(device);
	mshv_iommu_close(iommu);
	guest_close(&g);
	close(fd);
}
