// SPDX-License-Identifier: GPL-2.0-only
/*
 * The devices of the machine, and who gets which access.
 *
 *   0x3f8-0x3ff  the serial port, see serial.c
 *   0xf4	  a byte written ends the run and is its exit status
 *   0xe0	  reads return how often this VP has read it, now included
 *   others	  see ports.c
 *
 * and in memory the I/O APIC, and at 0xd0000000 a register that counts as port 0xe0
 * does. The rest of its page reads as ones. PCI devices have what pci.c says.
 *
 * Ports that nobody has read as ones, and writes to them go nowhere. So it is in
 * memory from 0xfe000000 on, where chipsets have their registers; an access to
 * anything else that is not there ends the run.
 */
#include "pci.h"
#include "virtio.h"

#define SERIAL 0x3f8
#define SERIAL_PORTS 8
#define EXIT_PORT 0xf4
#define COUNTING_PORT 0xe0

static int port_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		   uint32_t *value)
{
	struct cpu *cpu = opaque;

	(void)vp;
	if (port == COUNTING_PORT)
		*value = ++cpu->reads;
	else if (port - SERIAL < SERIAL_PORTS && port >= SERIAL && size == 1)
		*value = serial_read((unsigned int)port - SERIAL);
	else if (!ports_read(cpu->machine, port, size, value))
		*value = 0xffffffff;
	return 0;
}

static int port_out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		    uint32_t value)
{
	struct cpu *cpu = opaque;

	(void)vp;
	if (port == EXIT_PORT)
		machine_stop(cpu->machine, (int)(value & 0xff));
	else if (port - SERIAL < SERIAL_PORTS && port >= SERIAL && size == 1)
		serial_write((unsigned int)port - SERIAL, (uint8_t)value);
	else
		ports_write(cpu->machine, port, size, value);
	return 0;
}

static bool is_ioapic(uint64_t gpa)
{
	return gpa / 4096 == IOAPIC / 4096;
}

bool device_is_at(const struct machine *m, uint64_t gpa)
{
	return gpa / 4096 == DEVICE_PAGE / 4096 || pci_is_at(m, gpa) || virtio_is_at(gpa) ||
	       (gpa >= CHIPSET && gpa < HIGH_MEMORY);
}

static int memory_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
		       uint64_t *value)
{
	struct cpu *cpu = opaque;

	(void)vp;
	if (is_ioapic(gpa))
		*value = ioapic_read(gpa - IOAPIC);
	else if (gpa == DEVICE_PAGE)
		*value = ++cpu->memory_reads;
	else if (pci_is_at(cpu->machine, gpa))
		*value = pci_read(gpa, size);
	else if (virtio_is_at(gpa))
		*value = virtio_read(gpa, size);
	else
		*value = UINT64_MAX;
	if (size < sizeof(*value))
		*value &= (UINT64_C(1) << 8 * size) - 1;
	return 0;
}

static int memory_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
			uint64_t value)
{
	struct cpu *cpu = opaque;

	(void)vp;
	if (is_ioapic(gpa))
		ioapic_write(cpu->machine, gpa - IOAPIC, value);
	else if (pci_is_at(cpu->machine, gpa))
		pci_write(gpa, size, value);
	else if (virtio_is_at(gpa))
		virtio_write(gpa, size, value);
	return 0;
}

const struct mshv_mmio_ops device_mmio_ops = {
	.size = sizeof(device_mmio_ops),
	.read = memory_read,
	.write = memory_write,
};

const struct mshv_port_ops device_ops = {
	.size = sizeof(device_ops),
	.in = port_in,
	.out = port_out,
	.memory = &device_mmio_ops,
};
