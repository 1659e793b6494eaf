// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * vmm-skeleton BZIMAGE INITRAMFS: boots Linux on two virtual processors and shows its console.
 *
 * A whole virtual machine monitor on libmshvctl, to read from top to bottom and to begin from:
 * memory with a kernel in it, a serial port, an I/O APIC, and a thread for each processor. Local
 * APICs, timers and the start of the second processor are the hypervisor's. What it lacks to be
 * useful, such as input, disks, power-off and saving, is in tools/mshv-run.
 */
#include <errno.h>
#include <hvabi/hvabi.h>
#include <hvabi/partition.h>
#include <mshvctl/mshvctl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CPUS 2
#define MEMORY (128u << 20)
#define ROOM (32u << 20) /* for a file, more than it can have */

/* Where things are in the guest. */
#define LINUX 0x10000 /* what it is told: its "zero page" */
#define COMMAND_LINE 0x20000
#define ACPI 0xe0000 /* its root pointer, and tables */
#define RSDT (ACPI + 0x40)
#define MADT (ACPI + 0x80)
#define KERNEL 0x100000
#define INITRAMFS (MEMORY - ROOM)
#define IOAPIC 0xfec00000
#define LOCAL_APICS 0xfee00000
#define SERIAL_PORTS 0x3f8
#define SERIAL_INPUT 4 /* of the I/O APIC */

static struct mshv_vm *vm;
static uint8_t *ram;

/* Every call of the library returns 0 or a negative errno. */
static void check(int err, const char *what)
{
	if (err) {
		fprintf(stderr, "vmm-skeleton: %s: %s\n", what, strerror(-err));
		exit(1);
	}
}

/* ---- The guest's memory: a kernel as its 32-bit boot protocol wants it, and ACPI tables */

/* Returns how much a file has from a place on. */
static size_t load(const char *path, long from, uint32_t at, size_t room)
{
	FILE *file = fopen(path, "r");
	size_t size;

	check(!file || fseek(file, from, SEEK_SET) ? -errno : 0, path);
	size = fread(ram + at, 1, room, file);
	check(ferror(file) ? -EIO : size == ROOM ? -EFBIG : 0, path);
	fclose(file);
	return size;
}

#define TABLE(name, size) ((uint64_t)(size) << 32 | (name)[3] << 24 | (name)[2] << 16 | \
			   (name)[1] << 8 | (name)[0])
#define CPU(id) (UINT64_C(0x100000800) | (id) << 24 | (id) << 16)

/* Make the sum of a table's bytes 0. */
static void seal(uint32_t table, uint32_t size, uint32_t checksum)
{
	for (uint32_t i = 0; i < size; i++)
		ram[table + checksum] -= i == checksum ? 0 : ram[table + i];
}

static void describe_machine(size_t initramfs_size)
{
	static const char command_line[] = "console=ttyS0 panic=-1";
	const struct { uint32_t at, size; uint64_t value; } words[] = {
		{ LINUX + 0x070, 8, ACPI }, { LINUX + 0x210, 1, 0xff },
		{ LINUX + 0x218, 4, INITRAMFS }, { LINUX + 0x21c, 4, initramfs_size },
		{ LINUX + 0x228, 4, COMMAND_LINE },
		/* Ranges of memory: how many; from where, how much, and 1 for usable. */
		{ LINUX + 0x1e8, 1, 2 }, { LINUX + 0x2d8, 8, ACPI }, { LINUX + 0x2e0, 4, 1 },
		{ LINUX + 0x2e4, 8, KERNEL }, { LINUX + 0x2ec, 8, MEMORY - KERNEL },
		{ LINUX + 0x2f4, 4, 1 },
		/* Of ACPI only the way to what says which APICs there are. */
		{ ACPI, 8, TABLE("RSD ", 0) | TABLE("PTR ", 0) << 32 }, { ACPI + 16, 4, RSDT },
		{ RSDT, 8, TABLE("RSDT", 40) }, { RSDT + 36, 4, MADT },
		{ MADT, 8, TABLE("APIC", 72) }, { MADT + 36, 4, LOCAL_APICS },
		{ MADT + 44, 8, CPU(0) }, { MADT + 52, 8, CPU(1) },
		{ MADT + 60, 4, 0x0c01 }, { MADT + 64, 8, IOAPIC },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		memcpy(ram + words[i].at, &words[i].value, words[i].size);
	memcpy(ram + COMMAND_LINE, command_line, sizeof(command_line));
	seal(ACPI, 20, 8);
	seal(RSDT, 40, 9);
	seal(MADT, 72, 9);
}

/* A kernel begins with sectors of real-mode code, of which only the header matters. */
static void load_linux(const char *kernel, const char *initramfs)
{
	load(kernel, 0, LINUX, 0x268);
	check(memcmp(ram + LINUX + 0x202, "HdrS", 4) ? -ENOEXEC : 0, kernel);
	load(kernel, (ram[LINUX + 0x1f1] + 1) * 512, KERNEL, ROOM);
	memset(ram + LINUX, 0, 0x1f1);
	describe_machine(load(initramfs, 0, INITRAMFS, ROOM));
}

/* ---- Devices. Any processor may use them at any time: @lock guards them all */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	uint8_t serial[8]; /* a 16450, whose line takes all at once */
	bool sent; /* which is a reason for an interrupt */
	uint8_t old_mask; /* all that Linux looks for of the old interrupt controller */
	uint8_t select; /* the I/O APIC: which of its registers is at hand; */
	uint32_t ioapic[256]; /* 24 inputs, from number 0x10 on, two each, that are off */
} devices = { .ioapic = { [1] = 23 << 16 | 0x11, [0x10 ... 0x3f] = 1 << 16 } };

/* An edge at an input is an interrupt for a local APIC, and those the hypervisor has. */
static void raise_input(unsigned int input)
{
	const uint32_t *entry = &devices.ioapic[0x10 + 2 * input];
	const struct mshv_interrupt irq = {
		.type = entry[0] >> 8 & 7, .vector = entry[0] & 0xff,
		.destination = entry[1] >> 24, .logical = entry[0] >> 11 & 1,
	};

	/* What the guest sends to nowhere is lost, and its own fault. */
	if (!(entry[0] >> 16 & 1))
		(void)mshv_vm_assert_interrupt(vm, &irq);
}

static uint8_t serial_read(unsigned int reg)
{
	const bool due = devices.sent && (devices.serial[1] & 2);

	if (reg == 5)
		return 0x60; /* nothing received, all sent */
	if (reg != 2)
		return devices.serial[reg];
	/* Why there was an interrupt; to read it is the answer. */
	devices.sent = devices.sent && !due;
	return due ? 2 : 1;
}

static void serial_write(unsigned int reg, uint8_t value)
{
	if (reg <= 1 && (devices.serial[3] & 0x80))
		return; /* the speed */
	devices.serial[reg] = value;
	if (reg == 0)
		putchar(value);
	devices.sent = devices.sent || reg <= 1;
	if (reg <= 1 && (devices.serial[1] & 2))
		raise_input(SERIAL_INPUT);
}

/* The library has decoded the instruction, and calls these for each access that it makes. */
static int port_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		   uint32_t *value)
{
	*value = port / 8 == SERIAL_PORTS / 8 ? serial_read(port % 8) :
		 port == 0x21 ? devices.old_mask : 0xffffffff;
	return 0;
}

static int port_out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		    uint32_t value)
{
	if (port / 8 == SERIAL_PORTS / 8)
		serial_write(port % 8, (uint8_t)value);
	else if (port == 0x21)
		devices.old_mask = (uint8_t)value;
	return 0;
}

static int memory_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
		       uint64_t *value)
{
	*value = gpa == IOAPIC + 0x10 ? devices.ioapic[devices.select] : UINT32_MAX;
	return 0;
}

static int memory_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
			uint64_t value)
{
	if (gpa == IOAPIC)
		devices.select = (uint8_t)value;
	else if (gpa == IOAPIC + 0x10 && devices.select >= 0x10)
		devices.ioapic[devices.select] = (uint32_t)value;
	return 0;
}

static const struct mshv_mmio_ops memory_ops = { sizeof(memory_ops), memory_read, memory_write };
static const struct mshv_port_ops port_ops = { sizeof(port_ops), port_in, port_out, &memory_ops };

/* ---- Processors */

/* Linux's 32-bit entry: flat segments, no paging, and the zero page in RSI. */
static void enter_linux(struct mshv_vp *vp)
{
#define SEGMENT(last, sel, attr) \
	{ .segment = { .limit = (last), .selector = (sel), .attributes = (attr) } }
	const union hv_register_value data = SEGMENT(0xffffffff, 0x18, 0xc093), values[] = {
		data, SEGMENT(0xffffffff, 0x10, 0xc09b), data, data, data, data,
		SEGMENT(0xffff, 0, 0x82), SEGMENT(0xffff, 0, 0x8b),
		{ .reg64 = 0x11 }, { .reg64 = KERNEL }, { .reg64 = LINUX },
	};
	static const uint32_t names[] = {
		HV_X64_REGISTER_ES, HV_X64_REGISTER_CS, HV_X64_REGISTER_SS, HV_X64_REGISTER_DS,
		HV_X64_REGISTER_FS, HV_X64_REGISTER_GS, HV_X64_REGISTER_LDTR, HV_X64_REGISTER_TR,
		HV_X64_REGISTER_CR0, HV_X64_REGISTER_RIP, HV_X64_REGISTER_RSI,
	};

	check(mshv_vp_set_regs(vp, names, values, sizeof(names) / sizeof(names[0])), "registers");
}

/* Carry out what the guest wanted. */
static void handle(struct mshv_vp *vp, const struct hv_message *message)
{
	switch (message->header.message_type) {
	case HVMSG_X64_IO_PORT_INTERCEPT:
		return check(mshv_vp_handle_port(vp, &port_ops, NULL), "port");
	case HVMSG_UNMAPPED_GPA:
	case HVMSG_GPA_INTERCEPT:
		return check(mshv_vp_handle_mmio(vp, &memory_ops, NULL), "memory");
	case HVMSG_X64_HALT: /* with interrupts off: Linux, at its end, on its last processor */
		exit(0);
	default: /* a triple fault, or what nobody asked for */
		fprintf(stderr, "vmm-skeleton: exit 0x%x\n", message->header.message_type);
		exit(1);
	}
}

/* The thread of a processor. Another one gets it out of here by mshv_vp_kick(): -EINTR. */
static void *run(void *vp)
{
	const struct hv_message *message;
	int err;

	while (!(err = mshv_vp_run(vp, &message)) || err == -EINTR) {
		if (err)
			continue;
		pthread_mutex_lock(&lock);
		handle(vp, message);
		pthread_mutex_unlock(&lock);
	}
	return check(err, "run"), NULL;
}

/* A partition that shows Linux of Hyper-V what it tells the time and starts processors by. */
static void make_vm(void)
{
	static const union hv_partition_synthetic_processor_features synthetic = {
		.hypervisor_present = 1, .hv1 = 1, .access_partition_reference_counter = 1,
		.access_partition_reference_tsc = 1, .access_frequency_regs = 1,
		.access_synic_regs = 1, .access_synthetic_timer_regs = 1, .direct_synthetic_timers = 1,
		.access_intr_ctrl_regs = 1, .access_hypercall_regs = 1, .access_vp_index = 1,
	};
	const struct mshv_vm_config config = { sizeof(config), MSHV_VM_LAPIC | MSHV_VM_X2APIC };
	struct mshv_host *host;

	check(mshv_host_open(NULL, &host), "/dev/mshv");
	check(mshv_vm_create(host, &config, &vm), "create");
	check(mshv_vm_set_property(vm, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
				   synthetic.as_uint64[0]), "features");
	check(mshv_vm_initialize(vm), "initialize");
	/* Linux looks for MSRs that not every processor has. */
	check(mshv_vm_set_property(vm, HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION,
				   HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO), "MSRs");
	ram = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(ram == MAP_FAILED ? -errno : 0, "memory");
	check(mshv_vm_map(vm, 0, ram, MEMORY, MSHV_MEM_WRITE | MSHV_MEM_EXEC), "map");
}

int main(int argc, char **argv)
{
	pthread_t threads[CPUS];
	struct mshv_vp *vp;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3)
		return fputs("usage: vmm-skeleton BZIMAGE INITRAMFS\n", stderr), 2;
	make_vm();
	load_linux(argv[1], argv[2]);
	/* The first comes last: it starts the others, which wait for that. */
	for (unsigned int i = CPUS; i--;) {
		check(mshv_vp_create(vm, i, 0, &vp), "processor");
		if (i == 0)
			enter_linux(vp);
		check(-pthread_create(&threads[i], NULL, run, vp), "thread");
	}
	/* They never return: the process ends, and takes the VM with it. */
	return pthread_join(threads[0], NULL);
}
