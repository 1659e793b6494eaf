// SPDX-License-Identifier: GPL-2.0-only
/*
 * Round trips: from one RUN_VP to the next, with a port or memory exit in between that is
 * answered in the register page by hand, by the library, and by the calls that QEMU makes.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <linux/mshv.h>

#include "bench.h"
#include "call.h"

#define WARM_UP		200
#define ANSWER		0x5a
#define GENERAL_AND_IP	(1 << HV_X64_REGISTER_CLASS_GENERAL | 1 << HV_X64_REGISTER_CLASS_IP)
#define FLAGS		(1 << HV_X64_REGISTER_CLASS_FLAGS)
#define MAX_REGS	17

/* 1: in $0x80, %al; jmp 1b */
static const char port_code[] = "\xe4\x80\xeb\xfc";
/* 1: mov (%rbx), %eax; jmp 1b */
static const char mmio_code[] = "\x8b\x03\xeb\xfc";

/* 1: mov (%rbx), %eax; mov %eax, 4(%rbx); jmp 1b */
static const char turns_code[] = "\x8b\x03\x89\x43\x04\xeb\xf9";

static _Alignas(PAGE) unsigned char ram[GUEST_RAM];

/* A hypercall on registers, ready to be made again and again. */
struct reg_call {
	struct mshv_root_hvcall args;
	union {
		struct hv_input_get_vp_registers get;
		struct hv_input_set_vp_registers set;
		uint8_t bytes[sizeof(struct hv_input_set_vp_registers) +
			      MAX_REGS * sizeof(struct hv_register_assoc)];
	} in;
	union hv_register_value out[MAX_REGS];
};

struct trip {
	struct guest g;
	int fd;
	struct mshv_run_vp run;
	const struct hv_message *message;
	struct hv_vp_register_page *page;
	struct reg_call get, set;
};

static inline const void *payload(const struct trip *t, uint32_t type)
{
	if (t->message->header.message_type != type)
		fail("the guest's exit", -EPROTO);
	return t->message->u.payload;
}

/* As short as it can be done rightly for IN of a byte. */
static inline void answer_port(struct trip *t)
{
	const struct hv_x64_io_port_intercept_message *m =
		payload(t, HVMSG_X64_IO_PORT_INTERCEPT);

	if (m->access_info.string_op || m->access_info.access_size != 1 ||
	    m->header.intercept_access_type)
		fail("the guest's port exit", -EPROTO);
	t->page->rax = (m->rax & ~0xffull) | ANSWER;
	t->page->rip = m->header.rip + m->header.instruction_length;
	t->page->dirty |= GENERAL_AND_IP;
}

static inline __attribute__((always_inline)) void
port_loop(struct trip *t, unsigned int rounds,
	  long (*call)(int fd, unsigned long request, void *argument))
{
	while (rounds--) {
		if (call(t->fd, MSHV_RUN_VP, &t->run))
			fail("RUN_VP", -EIO);
		answer_port(t);
	}
}

static void port_by_hand(void *arg, unsigned int rounds)
{
	port_loop(arg, rounds, call_libc);
}

static void port_by_syscall(void *arg, unsigned int rounds)
{
	port_loop(arg, rounds, call_kernel);
}

static void port_user_part(void *arg, unsigned int rounds)
{
	port_loop(arg, rounds, call_nobody);
}

/* A VMM that knows the one instruction that comes: what decoding costs is left out. */
static inline __attribute__((always_inline)) void
mmio_loop(struct trip *t, unsigned int rounds,
	  long (*call)(int fd, unsigned long request, void *argument))
{
	const struct hv_x64_memory_intercept_message *m;

	while (rounds--) {
		if (call(t->fd, MSHV_RUN_VP, &t->run))
			fail("RUN_VP", -EIO);
		m = payload(t, HVMSG_UNMAPPED_GPA);
		if (m->guest_physical_address != MMIO_GPA)
			fail("the guest's memory exit", -EPROTO);
		t->page->rax = ANSWER;
		t->page->rip = m->header.rip + 2;
		t->page->dirty |= GENERAL_AND_IP;
	}
}

static void mmio_by_hand(void *arg, unsigned int rounds)
{
	mmio_loop(arg, rounds, call_libc);
}

static void mmio_by_syscall(void *arg, unsigned int rounds)
{
	mmio_loop(arg, rounds, call_kernel);
}

static void mmio_user_part(void *arg, unsigned int rounds)
{
	mmio_loop(arg, rounds, call_nobody);
}

static void make_call(struct trip *t, struct reg_call *c)
{
	c->args.status = 0;
	if (call_libc(t->fd, MSHV_ROOT_HVCALL, &c->args))
		fail("hypercall on registers", -EIO);
}

/* QEMU 11.1 sets RIP and RAX by hypercall. */
static void port_as_qemu(void *arg, unsigned int rounds)
{
	const struct hv_x64_io_port_intercept_message *m;
	struct trip *t = arg;

	while (rounds--) {
		if (call_libc(t->fd, MSHV_RUN_VP, &t->run))
			fail("RUN_VP", -EIO);
		m = payload(t, HVMSG_X64_IO_PORT_INTERCEPT);
		t->set.in.set.elements[0].value.reg64 =
			m->header.rip + m->header.instruction_length;
		t->set.in.set.elements[1].value.reg64 = (m->rax & ~0xffull) | ANSWER;
		make_call(t, &t->set);
	}
}

/*
 * It takes what the page holds from there and gets 6 registers, emulates, and writes the
 * page and 17 registers. The emulation itself is left out.
 */
static void mmio_as_qemu(void *arg, unsigned int rounds)
{
	const struct hv_x64_memory_intercept_message *m;
	struct trip *t = arg;

	while (rounds--) {
		if (call_libc(t->fd, MSHV_RUN_VP, &t->run))
			fail("RUN_VP", -EIO);
		m = payload(t, HVMSG_UNMAPPED_GPA);
		make_call(t, &t->get);
		t->page->rax = ANSWER;
		t->page->rip = m->header.rip + 2;
		t->page->dirty |= GENERAL_AND_IP | FLAGS;
		make_call(t, &t->set);
	}
}

static void port_by_library(void *arg, unsigned int rounds)
{
	struct trip *t = arg;

	while (rounds--)
		guest_port_exit(&t->g);
}

static int mmio_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t *value)
{
	(void)vp;
	(void)opaque;
	(void)gpa;
	(void)size;
	*value = ANSWER;
	return 0;
}

static int mmio_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vp;
	(void)opaque;
	(void)gpa;
	(void)size;
	(void)value;
	return -EIO;
}

static int mmio_accept(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vp;
	(void)opaque;
	(void)gpa;
	(void)size;
	(void)value;
	return 0;
}

static inline __attribute__((always_inline)) void
library_loop(struct trip *t, unsigned int rounds, const struct mshv_mmio_ops *ops)
{
	const struct hv_message *exit;

	while (rounds--) {
		must("mshv_vp_run", mshv_vp_run(t->g.vp, &exit));
		if (exit->header.message_type != HVMSG_UNMAPPED_GPA)
			fail("the guest's exit", -EPROTO);
		must("mshv_vp_handle_mmio", mshv_vp_handle_mmio(t->g.vp, ops, NULL));
	}
}

static void mmio_by_library(void *arg, unsigned int rounds)
{
	static const struct mshv_mmio_ops ops = { .size = sizeof(ops), .read = mmio_read, .write = mmio_write };

	library_loop(arg, rounds, &ops);
}

static void turns_by_library(void *arg, unsigned int rounds)
{
	static const struct mshv_mmio_ops ops = { .size = sizeof(ops), .read = mmio_read, .write = mmio_accept };

	library_loop(arg, rounds, &ops);
}

static void *map(const struct trip *t, uint64_t number)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, number * PAGE);
}

static void open_trip(struct trip *t, const char *code, size_t size, unsigned int vp_flags)
{
	memset(t, 0, sizeof(*t));
	guest_start_long(&t->g, ram, sizeof(ram), code, size, MMIO_GPA, 0, vp_flags);
	t->fd = mshv_vp_fd(t->g.vp);
	t->message = (const void *)t->run.msg_buf;
	if (vp_flags & MSHV_VP_NO_REGISTER_PAGE)
		return;
	t->page = map(t, MSHV_VP_MMAP_OFFSET_REGISTERS);
	if (t->page == MAP_FAILED)
		fail("mmap of the register page", -errno);
}

static void close_trip(struct trip *t)
{
	if (t->page)
		munmap(t->page, PAGE);
	guest_close(&t->g);
}

static void prepare(struct reg_call *c, uint16_t code, size_t head, size_t element, uint16_t n)
{
	c->args = (struct mshv_root_hvcall){
		.code = code, .reps = n, .in_sz = head + n * element,
		.in_ptr = (uintptr_t)&c->in,
	};
}

static void prepare_get(struct reg_call *c, const uint32_t *names, uint16_t n)
{
	prepare(c, HVCALL_GET_VP_REGISTERS, sizeof(c->in.get), sizeof(names[0]), n);
	c->args.out_sz = n * sizeof(c->out[0]);
	c->args.out_ptr = (uintptr_t)c->out;
	memcpy(c->in.get.names, names, n * sizeof(names[0]));
}

/* With the values that the registers have now. */
static void prepare_set(struct trip *t, const uint32_t *names, uint16_t n)
{
	struct reg_call now = { 0 };

	prepare_get(&now, names, n);
	make_call(t, &now);
	prepare(&t->set, HVCALL_SET_VP_REGISTERS, sizeof(t->set.in.set),
		sizeof(struct hv_register_assoc), n);
	for (uint16_t i = 0; i < n; i++) {
		t->set.in.set.elements[i].name = names[i];
		t->set.in.set.elements[i].value = now.out[i];
	}
}

static void prepare_qemu_mmio(struct trip *t)
{
	static const uint32_t got[] = {
		HV_X64_REGISTER_TR, HV_X64_REGISTER_LDTR, HV_X64_REGISTER_GDTR,
		HV_X64_REGISTER_IDTR, HV_X64_REGISTER_CR2, HV_X64_REGISTER_APIC_BASE,
	};
	static const uint32_t set[MAX_REGS] = {
		HV_X64_REGISTER_CS, HV_X64_REGISTER_DS, HV_X64_REGISTER_ES, HV_X64_REGISTER_FS,
		HV_X64_REGISTER_GS, HV_X64_REGISTER_SS, HV_X64_REGISTER_TR, HV_X64_REGISTER_LDTR,
		HV_X64_REGISTER_GDTR, HV_X64_REGISTER_IDTR, HV_X64_REGISTER_CR0,
		HV_X64_REGISTER_CR2, HV_X64_REGISTER_CR3, HV_X64_REGISTER_CR4,
		HV_X64_REGISTER_CR8, HV_X64_REGISTER_EFER, HV_X64_REGISTER_APIC_BASE,
	};

	prepare_get(&t->get, got, sizeof(got) / sizeof(got[0]));
	prepare_set(t, set, MAX_REGS);
}

/* The whole, guest and hypervisor included, by the clock. */
static double time_of(void (*turn)(void *arg, unsigned int rounds), struct trip *t)
{
	uint64_t start;

	turn(t, WARM_UP);
	start = now_ns();
	turn(t, effort.rounds);
	return (double)(now_ns() - start) / effort.rounds;
}

static struct cost port_kernel(struct trip *t, const char *name)
{
	struct cost c;

	port_by_syscall(t, WARM_UP);
	c = counters_cost(port_by_syscall, t);
	print(name, c.instructions - counters_user(port_user_part, t));
	return c;
}

static struct cost port_raw(void)
{
	struct cost c;
	struct trip t;

	open_trip(&t, port_code, sizeof(port_code), 0);
	c = port_kernel(&t, "port_exit_kernel");
	print("port_exit_exits", c.exits);
	c = counters_cost(port_by_hand, &t);
	close_trip(&t);
	return c;
}

/* A driver without a control page knows of no such thing. */
static void port_message_stays(void)
{
	struct mshv_vp_control *control;
	struct trip t;

	open_trip(&t, port_code, sizeof(port_code), 0);
	control = map(&t, MSHV_VP_MMAP_OFFSET_CONTROL);
	if (control == MAP_FAILED && errno != EINVAL)
		fail("mmap of the control page", -errno);
	if (control != MAP_FAILED) {
		control->message_stays = 1;
		t.message = map(&t, MSHV_VP_MMAP_OFFSET_INTERCEPT_MESSAGE);
		if (t.message == MAP_FAILED)
			fail("mmap of the message", -errno);
	}
	port_kernel(&t, "port_exit_kernel_stays");
	if (control != MAP_FAILED) {
		munmap((void *)t.message, PAGE);
		munmap(control, PAGE);
	}
	close_trip(&t);
}

static struct cost measure(const char *code, size_t size,
			   void (*turn)(void *arg, unsigned int rounds), unsigned int vp_flags)
{
	struct cost c;
	struct trip t;

	open_trip(&t, code, size, vp_flags);
	turn(&t, WARM_UP);
	c = counters_cost(turn, &t);
	close_trip(&t);
	return c;
}

static struct cost port_qemu(void)
{
	static const uint32_t names[] = { HV_X64_REGISTER_RIP, HV_X64_REGISTER_RAX };
	struct cost c;
	struct trip t;

	open_trip(&t, port_code, sizeof(port_code), 0);
	prepare_set(&t, names, 2);
	port_as_qemu(&t, WARM_UP);
	c = counters_cost(port_as_qemu, &t);
	close_trip(&t);
	return c;
}

static struct cost mmio_qemu(void)
{
	struct cost c;
	struct trip t;

	open_trip(&t, mmio_code, sizeof(mmio_code), 0);
	mmio_by_hand(&t, WARM_UP);
	prepare_qemu_mmio(&t);
	mmio_as_qemu(&t, WARM_UP);
	c = counters_cost(mmio_as_qemu, &t);
	close_trip(&t);
	return c;
}

static void bench_port(void)
{
	struct cost raw = port_raw(), qemu = port_qemu();
	struct cost on = measure(port_code, sizeof(port_code), port_by_library, 0);
	struct cost off = measure(port_code, sizeof(port_code), port_by_library,
				  MSHV_VP_NO_REGISTER_PAGE);
	struct trip t;

	port_message_stays();
	print("port_exit_page", on.instructions);
	print("port_exit_no_page", off.instructions);
	print("port_exit_qemu", qemu.instructions);
	print("port_exit_gain", qemu.instructions / on.instructions);
	print("port_register_calls", on.hypercalls - raw.hypercalls);
	print("port_register_calls_no_page", off.hypercalls - raw.hypercalls);
	print("port_library", on.instructions - raw.instructions);
	open_trip(&t, port_code, sizeof(port_code), 0);
	print("port_exit_ns", time_of(port_by_library, &t));
	close_trip(&t);
}

static void mmio_kernel(void)
{
	struct trip t;

	open_trip(&t, mmio_code, sizeof(mmio_code), 0);
	mmio_by_syscall(&t, WARM_UP);
	print("mmio_exit_kernel", counters_cost(mmio_by_syscall, &t).instructions -
				  counters_user(mmio_user_part, &t));
	close_trip(&t);
}

static void bench_mmio(void)
{
	struct cost raw = measure(mmio_code, sizeof(mmio_code), mmio_by_hand, 0), qemu = mmio_qemu();
	struct cost on = measure(mmio_code, sizeof(mmio_code), mmio_by_library, 0);
	struct cost turns = measure(turns_code, sizeof(turns_code), turns_by_library, 0);
	struct cost off = measure(mmio_code, sizeof(mmio_code), mmio_by_library,
				  MSHV_VP_NO_REGISTER_PAGE);

	mmio_kernel();
	print("mmio_exit_page", on.instructions);
	print("mmio_exit_turns", turns.instructions);
	print("mmio_exit_no_page", off.instructions);
	print("mmio_exit_qemu", qemu.instructions);
	print("mmio_exit_gain", qemu.instructions / on.instructions);
	print("mmio_register_calls", on.hypercalls - raw.hypercalls);
	print("mmio_register_calls_no_page", off.hypercalls - raw.hypercalls);
	print("mmio_library", on.instructions - raw.instructions);
}

void bench_exits(void)
{
	if (on_kvm) {
		bench_kvm_exits();
		return;
	}
	bench_port();
	bench_mmio();
}
