// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the driver costs, in lines "NAME VALUE". Times are nanoseconds of the guest's
 * clock: with QEMU's -icount they stand for instructions, 8 ns each, and repeat.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <hvabi/register.h>
#include <mshvctl/mshvctl.h>

#define GIB		(UINT64_C(1) << 30)
#define PAGE		4096
#define WARM_UP		200
#define ROUNDS		2000
#define GUEST_START	0x1000
#define GUEST_RAM	0x10000
#define BELL_GPA	0x20000
#define BELLS		1000	/* of one round of the guest */
#define SETTLE_US	500000
#define MSI_ADDRESS	0xfee00000
#define MSI_VECTOR	0x40

/* 1: out %al, $0x80; jmp 1b */
static const char exits[] = "\xe6\x80\xeb\xfc";
/* 1: mov $BELLS, %cx; 2: mov %al, 0; loop 2b; out %al, $0x80; jmp 1b */
static const char bells[] = "\xb9\xe8\x03\xa2\0\0\xe2\xfb\xe6\x80\xeb\xf4";
static _Alignas(PAGE) unsigned char ram[GUEST_RAM];

static void fail(const char *what, int err)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(-err));
	exit(1);
}

static void must(const char *what, int err)
{
	if (err)
		fail(what, err);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void print(const char *name, uint64_t value)
{
	printf("%s %llu\n", name, (unsigned long long)value);
}

static struct mshv_vm *new_vm(struct mshv_host *host)
{
	/* As VMMs have it. */
	static const struct mshv_vm_config config = {
		.size = sizeof(config),
		.flags = MSHV_VM_LAPIC | MSHV_VM_X2APIC | MSHV_VM_SUPER_PAGES,
	};
	struct mshv_vm *vm;

	must("mshv_vm_create", mshv_vm_create(host, &config, &vm));
	must("mshv_vm_initialize", mshv_vm_initialize(vm));
	return vm;
}

static int port_in(void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)opaque;
	(void)port;
	(void)size;
	*value = 0;
	return 0;
}

static int port_out(void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)opaque;
	(void)port;
	(void)size;
	(void)value;
	return 0;
}

static void port_exits(struct mshv_vp *vp, unsigned int rounds)
{
	static const struct mshv_port_ops ops = { .in = port_in, .out = port_out };
	const struct hv_message *exit;

	while (rounds--) {
		must("mshv_vp_run", mshv_vp_run(vp, &exit));
		if (exit->header.message_type != HVMSG_X64_IO_PORT_INTERCEPT)
			fail("the guest's exit", -EPROTO);
		must("mshv_vp_handle_port", mshv_vp_handle_port(vp, &ops, NULL));
	}
}

static struct mshv_vp *start_guest(struct mshv_vm *vm, const char *code, size_t size)
{
	static const uint32_t names[] = { HV_X64_REGISTER_CS, HV_X64_REGISTER_DS };
	union hv_register_value segments[] = {
		{ .segment = { .limit = 0xffff, .attributes = 0x9b } },
		{ .segment = { .base = BELL_GPA, .limit = 0xffff, .attributes = 0x93 } },
	};
	struct mshv_vp *vp;

	memcpy(ram + GUEST_START, code, size);
	must("mshv_vm_map", mshv_vm_map(vm, 0, ram, sizeof(ram),
					MSHV_MEM_WRITE | MSHV_MEM_EXEC));
	must("mshv_vp_create", mshv_vp_create(vm, 0, 0, &vp));
	must("segments", mshv_vp_set_regs(vp, names, segments, 2));
	must("RIP", mshv_vp_set_reg(vp, HV_X64_REGISTER_RIP, GUEST_START));
	return vp;
}

static void bench_port(struct mshv_host *host)
{
	struct mshv_vm *vm = new_vm(host);
	struct mshv_vp *vp = start_guest(vm, exits, sizeof(exits));
	uint64_t start;

	port_exits(vp, WARM_UP);
	start = now();
	port_exits(vp, ROUNDS);
	print("port_exit_ns", (now() - start) / ROUNDS);
	mshv_vp_close(vp);
	mshv_vm_close(vm);
}

static void bench_ioeventfd(struct mshv_host *host)
{
	struct mshv_vm *vm = new_vm(host);
	struct mshv_vp *vp = start_guest(vm, bells, sizeof(bells));
	struct mshv_ioeventfd bell = { .gpa = BELL_GPA, .fd = eventfd(0, EFD_NONBLOCK) };
	uint64_t start, count;

	if (bell.fd < 0)
		fail("eventfd", -errno);
	must("mshv_vm_add_ioeventfd", mshv_vm_add_ioeventfd(vm, &bell));
	port_exits(vp, 1);
	start = now();
	port_exits(vp, 1);
	print("ioeventfd_write_ns", (now() - start) / BELLS);
	if (read(bell.fd, &count, sizeof(count)) != sizeof(count))
		fail("no doorbell rang", -errno);
	must("mshv_vm_remove_ioeventfd", mshv_vm_remove_ioeventfd(vm, &bell));
	close(bell.fd);
	mshv_vp_close(vp);
	mshv_vm_close(vm);
}

static void bench_irqfd(struct mshv_host *host)
{
	const struct mshv_msi_route route = {
		.gsi = 5, .address = MSI_ADDRESS, .data = MSI_VECTOR,
	};
	struct mshv_vm *vm = new_vm(host);
	struct mshv_vp *vp = start_guest(vm, exits, sizeof(exits));
	uint64_t start = 0, one = 1;
	int fd = eventfd(0, EFD_NONBLOCK);

	if (fd < 0)
		fail("eventfd", -errno);
	port_exits(vp, WARM_UP);
	must("mshv_vm_set_msi_routes", mshv_vm_set_msi_routes(vm, &route, 1));
	must("mshv_vm_add_irqfd", mshv_vm_add_irqfd(vm, 5, fd, -1));
	for (int i = 0; i < WARM_UP + ROUNDS; i++) {
		if (i == WARM_UP)
			start = now();
		if (write(fd, &one, sizeof(one)) != sizeof(one))
			fail("write to the irqfd", -errno);
	}
	print("irqfd_signal_ns", (now() - start) / ROUNDS);
	must("mshv_vm_remove_irqfd", mshv_vm_remove_irqfd(vm, 5, fd));
	close(fd);
	mshv_vp_close(vp);
	mshv_vm_close(vm);
}

/*
 * Of the root partition, in KiB; what was deposited is gone from it. Pages that wait
 * on a processor's list for their next use are free too, and MemFree leaves them out.
 */
static uint64_t free_memory(void)
{
	char line[128];
	unsigned long long pages;
	uint64_t sum = 0;
	FILE *f = fopen("/proc/zoneinfo", "r");

	if (!f)
		fail("/proc/zoneinfo", -errno);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " pages free %llu", &pages) == 1 ||
		    sscanf(line, " count: %llu", &pages) == 1)
			sum += pages * (PAGE / 1024);
	fclose(f);
	return sum;
}

/* Nothing of the memory is ever touched: what it costs is the driver's. */
static void bench_memory(struct mshv_host *host)
{
	uint64_t size = 4 * GIB, start, before;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct mshv_vm *vm;

	if (memory == MAP_FAILED)
		fail("mmap", -errno);
	vm = new_vm(host);
	/* Until the VMs before it are gone altogether. */
	usleep(SETTLE_US);
	before = free_memory();
	start = now();
	must("mshv_vm_map", mshv_vm_map(vm, 0, memory, size, MSHV_MEM_WRITE | MSHV_MEM_EXEC));
	print("map_4gib_ns", now() - start);
	print("memory_4gib_kib", before - free_memory());
	start = now();
	mshv_vm_close(vm);
	print("destroy_4gib_ns", now() - start);
	munmap(memory, size);
}

int main(void)
{
	struct mshv_host *host;

	must("mshv_host_open", mshv_host_open(NULL, &host));
	bench_port(host);
	bench_irqfd(host);
	bench_ioeventfd(host);
	bench_memory(host);
	mshv_host_close(host);
	return 0;
}
