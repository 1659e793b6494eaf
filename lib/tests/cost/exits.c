// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * How many instructions the library itself takes of an exit: it is executed step by step,
 * and those that are its own are counted. The kernel is one that answers RUN_VP at once,
 * with a register page, and leaves messages in their page; its instructions, and those of the
 * devices, are in a section of their own. No time is measured, so nothing can disturb it.
 *
 * usage: exits
 */
#define _GNU_SOURCE /* REG_RIP */
#include <errno.h>
#include <hvabi/intercept.h>
#include <hvabi/message.h>
#include <hvabi/vp.h>
#include <linux/mshv.h>
#include <mshvctl/mshvctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "core/sys.h"

/* Not counted. */
#define THEIRS __attribute__((noinline, section("theirs")))
extern const char __start_theirs[], __stop_theirs[];

#define TF (1L << 8)
#define RIP UINT64_C(0x1000)
#define DEVICE UINT64_C(0xd0000000)
#define ANSWER 0x5a

/*
 * What Debian 12's compiler made when this was written, and a few: whoever makes an exit
 * dearer shall know it, and change these.
 */
#define MAX_PORT 170
#define MAX_MMIO 218

/* A VP's pages, as they are mapped in one. */
#define AT(page) (MSHV_VP_MMAP_OFFSET_CONTROL_##page - MSHV_VP_MMAP_OFFSET_CONTROL)
static _Alignas(4096) union {
	uint8_t bytes[4096];
	struct hv_vp_register_page registers;
	struct hv_message message;
} pages[3];
static struct hv_vp_register_page *const registers = &pages[AT(REGISTERS)].registers;
static struct hv_message *const next = &pages[AT(MESSAGE)].message;

static struct mshv_vp *vp;
static volatile unsigned int counted, total;

static THEIRS void on_step(int number, siginfo_t *info, void *context)
{
	const ucontext_t *c = context;
	const uintptr_t rip = (uintptr_t)c->uc_mcontext.gregs[REG_RIP];

	(void)number;
	(void)info;
	total++;
	counted += rip < (uintptr_t)__start_theirs || rip >= (uintptr_t)__stop_theirs;
}

static inline __attribute__((always_inline)) void flip_tf(void)
{
	asm volatile("lea -128(%%rsp), %%rsp; pushf; xorq %0, (%%rsp); popf; lea 128(%%rsp), %%rsp"
		     : : "i"(TF) : "memory", "cc");
}

THEIRS int mshv_sys_open(const char *path, int flags)
{
	(void)path;
	(void)flags;
	return 10;
}

THEIRS void mshv_sys_close(int fd)
{
	(void)fd;
}

THEIRS int mshv_sys_map(int fd, size_t size, uint64_t offset, void **addr)
{
	(void)fd;
	if (size != sizeof(pages) || offset != MSHV_VP_MMAP_OFFSET_CONTROL * MSHV_HV_PAGE_SIZE)
		return -EINVAL;
	*addr = pages;
	return 0;
}

THEIRS void mshv_sys_unmap(void *addr, size_t size)
{
	(void)addr;
	(void)size;
}

THEIRS int mshv_sys_ioctl(int fd, unsigned long request, void *arg)
{
	(void)fd;
	(void)arg;
	if (request != MSHV_RUN_VP)
		return 11;
	registers->version = HV_VP_REGISTER_PAGE_VERSION_1;
	registers->isvalid = 1;
	registers->dirty = 0;
	registers->rip = RIP;
	return 0;
}

static THEIRS int in(struct mshv_vp *v, void *opaque, uint16_t port, unsigned int size,
		     uint32_t *value)
{
	(void)v;
	(void)opaque;
	(void)port;
	(void)size;
	*value = ANSWER;
	return 0;
}

static THEIRS int out(struct mshv_vp *v, void *opaque, uint16_t port, unsigned int size,
		      uint32_t value)
{
	(void)v;
	(void)opaque;
	(void)port;
	(void)size;
	(void)value;
	return 0;
}

static THEIRS int device_read(struct mshv_vp *v, void *opaque, uint64_t gpa, unsigned int size,
			      uint64_t *value)
{
	(void)v;
	(void)opaque;
	(void)gpa;
	(void)size;
	*value = ANSWER;
	return 0;
}

static THEIRS int device_write(struct mshv_vp *v, void *opaque, uint64_t gpa, unsigned int size,
			       uint64_t value)
{
	(void)v;
	(void)opaque;
	(void)gpa;
	(void)size;
	(void)value;
	return 0;
}

static void must(const char *what, int err)
{
	if (!err)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(-err));
	exit(1);
}

static THEIRS int port_exit(void)
{
	static const struct mshv_port_ops ops = { .size = sizeof(ops), .in = in, .out = out };
	int err = mshv_vp_run(vp, NULL);

	return err ? err : mshv_vp_handle_port(vp, &ops, NULL);
}

static THEIRS int mmio_exit(void)
{
	static const struct mshv_mmio_ops ops = {
		.size = sizeof(ops), .read = device_read, .write = device_write,
	};
	int err = mshv_vp_run(vp, NULL);

	return err ? err : mshv_vp_handle_mmio(vp, &ops, NULL);
}

static void set_header(struct hv_x64_intercept_message_header *header, unsigned int length)
{
	header->vp_index = 0;
	header->instruction_length = length & 0xf;
	header->execution_state.cr0_pe = 1;
	header->execution_state.efer_lma = 1;
	header->cs_segment.attributes = 0xa09b;
	header->rip = RIP;
	header->rflags = 2;
}

/* in %dx, %al or out %al, %dx */
static void prepare_port(bool write)
{
	struct hv_x64_io_port_intercept_message *m = (void *)next->u.payload;

	memset(next, 0, sizeof(*next));
	next->header.message_type = HVMSG_X64_IO_PORT_INTERCEPT;
	next->header.payload_size = sizeof(*m);
	set_header(&m->header, 1);
	m->header.intercept_access_type = write ? HV_INTERCEPT_ACCESS_WRITE :
						  HV_INTERCEPT_ACCESS_READ;
	m->port_number = 0x3f8;
	m->access_info.access_size = 1;
}

/* mov (%rbx), %eax or mov %eax, (%rbx) */
static void prepare_mmio(bool write)
{
	struct hv_x64_memory_intercept_message *m = (void *)next->u.payload;

	memset(next, 0, sizeof(*next));
	next->header.message_type = HVMSG_UNMAPPED_GPA;
	next->header.payload_size = sizeof(*m);
	set_header(&m->header, 0);
	m->header.intercept_access_type = write ? HV_INTERCEPT_ACCESS_WRITE :
						  HV_INTERCEPT_ACCESS_READ;
	/* NOPs follow. */
	memset(m->instruction_bytes, 0x90, sizeof(m->instruction_bytes));
	m->instruction_byte_count = sizeof(m->instruction_bytes);
	m->instruction_bytes[0] = write ? 0x89 : 0x8b;
	m->instruction_bytes[1] = 0x03;
	m->memory_access_info.gva_valid = 1;
	m->memory_access_info.gva_gpa_valid = 1;
	m->guest_virtual_address = DEVICE;
	m->guest_physical_address = DEVICE;
	registers->rbx = DEVICE;
}

static THEIRS int step(int (*handle)(void))
{
	int err;

	flip_tf();
	err = handle();
	flip_tf();
	return err;
}

/* The second one is as all that follow. */
static bool count(const char *name, int (*handle)(void), unsigned int max)
{
	unsigned int first;

	must(name, handle());
	registers->rax = 0;
	counted = 0;
	must(name, step(handle));
	first = counted;
	counted = 0;
	must(name, step(handle));
	if (registers->rip == RIP || !first || counted > first)
		abort();
	printf("# %s: %u instructions, and %u where a register changes\n", name, counted, first);
	printf("%s lib.cost_of_%s\n", counted <= max ? "PASS" : "FAIL", name);
	return counted <= max;
}

int main(void)
{
	const struct sigaction action = { .sa_sigaction = on_step, .sa_flags = SA_SIGINFO };
	struct mshv_host *host;
	struct mshv_vm *vm;
	bool good = true;

	if (sigaction(SIGTRAP, &action, NULL))
		must("sigaction", -errno);
	must("mshv_host_open", mshv_host_open(NULL, &host));
	must("mshv_vm_create", mshv_vm_create(host, NULL, &vm));
	must("mshv_vp_create", mshv_vp_create(vm, 0, 0, &vp));
	prepare_port(false);
	good &= count("port_in", port_exit, MAX_PORT);
	prepare_port(true);
	good &= count("port_out", port_exit, MAX_PORT);
	prepare_mmio(false);
	good &= count("mmio_read", mmio_exit, MAX_MMIO);
	prepare_mmio(true);
	good &= count("mmio_write", mmio_exit, MAX_MMIO);
	mshv_vp_close(vp);
	mshv_vm_close(vm);
	mshv_host_close(host);
	return !good;
}
