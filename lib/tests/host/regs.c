// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The register cache on a real /dev/mshv: run inside a root partition.
 *
 * A guest does nothing but port writes, so that all its registers but RIP stay as
 * they are. Random registers are written and read through the cache, with exits in
 * between, and compared with a plain register file, and with what a hypercall
 * behind the library's back says.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/vp.h>
#include <mshvctl/ioctl.h>
#include <mshvctl/mshvctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../test.h"

#define CODE 0x1000
#define MEMORY 0x10000
#define EXITS 1500

enum kind {
	KIND_ANY,		/* all 64 bits can be written */
	KIND_ANY_128,
	KIND_ADDRESS,		/* a canonical address */
	KIND_SEGMENT,
};

/* Registers that can be written freely and that the guest does not depend on. */
static const struct {
	uint32_t name;
	enum kind kind;
} regs[] = {
	{ HV_X64_REGISTER_RAX, KIND_ANY }, { HV_X64_REGISTER_RCX, KIND_ANY },
	{ HV_X64_REGISTER_RDX, KIND_ANY }, { HV_X64_REGISTER_RBX, KIND_ANY },
	{ HV_X64_REGISTER_RSP, KIND_ANY }, { HV_X64_REGISTER_RBP, KIND_ANY },
	{ HV_X64_REGISTER_RSI, KIND_ANY }, { HV_X64_REGISTER_RDI, KIND_ANY },
	{ HV_X64_REGISTER_R8, KIND_ANY }, { HV_X64_REGISTER_R9, KIND_ANY },
	{ HV_X64_REGISTER_R10, KIND_ANY }, { HV_X64_REGISTER_R11, KIND_ANY },
	{ HV_X64_REGISTER_R12, KIND_ANY }, { HV_X64_REGISTER_R13, KIND_ANY },
	{ HV_X64_REGISTER_R14, KIND_ANY }, { HV_X64_REGISTER_R15, KIND_ANY },
	{ HV_X64_REGISTER_XMM0, KIND_ANY_128 },
	{ HV_X64_REGISTER_XMM1, KIND_ANY_128 },
	{ HV_X64_REGISTER_XMM5, KIND_ANY_128 },
	{ HV_X64_REGISTER_XMM6, KIND_ANY_128 },
	{ HV_X64_REGISTER_XMM15, KIND_ANY_128 },
	{ HV_X64_REGISTER_CR2, KIND_ADDRESS },
	{ HV_X64_REGISTER_ES, KIND_SEGMENT },
	{ HV_X64_REGISTER_DS, KIND_SEGMENT },
	{ HV_X64_REGISTER_FS, KIND_SEGMENT },
	{ HV_X64_REGISTER_GS, KIND_SEGMENT },
	{ HV_X64_REGISTER_KERNEL_GS_BASE, KIND_ADDRESS },
	{ HV_X64_REGISTER_SYSENTER_EIP, KIND_ADDRESS },
	{ HV_X64_REGISTER_SYSENTER_ESP, KIND_ADDRESS },
	{ HV_X64_REGISTER_LSTAR, KIND_ADDRESS },
	{ HV_X64_REGISTER_CSTAR, KIND_ADDRESS },
};

#define REGS ARRAY_SIZE(regs)

static struct {
	struct mshv_host *host;
	struct mshv_vm *vm;
	struct mshv_vp *vp;
	uint8_t *ram;
	uint64_t random;
	union hv_register_value file[REGS];
} rig;

static uint64_t next_random(void)
{
	rig.random ^= rig.random >> 12;
	rig.random ^= rig.random << 25;
	rig.random ^= rig.random >> 27;
	return rig.random * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned int below(unsigned int end)
{
	return (unsigned int)((next_random() >> 32) % end);
}

static union hv_register_value random_value(enum kind kind)
{
	union hv_register_value v = { 0 };
	uint64_t low = next_random(), high = next_random();

	switch (kind) {
	case KIND_ANY:
		v.reg64 = low;
		break;
	case KIND_ANY_128:
		v.reg128.low_part = low;
		v.reg128.high_part = high;
		break;
	case KIND_ADDRESS:
		v.reg64 = (uint64_t)((int64_t)(low << 16) >> 16);
		break;
	case KIND_SEGMENT:
		v.segment.selector = (uint16_t)(low & 0xfff8);
		v.segment.base = (uint64_t)v.segment.selector << 4;
		v.segment.limit = 0xffff;
		v.segment.attributes = 0x93;
	}
	return v;
}

static void set_segment(uint32_t name, uint16_t attributes)
{
	union hv_register_value v = { .segment = {
		.limit = 0xffff, .attributes = attributes,
	} };

	CHECK_EQ(mshv_vp_set_regs(rig.vp, &name, &v, 1), 0);
}

static void set(uint32_t name, uint64_t value)
{
	CHECK_EQ(mshv_vp_set_reg(rig.vp, name, value), 0);
}

/* 16 bits: out %al, $0x80 and back. */
static void load_guest(void)
{
	static const uint8_t code[] = { 0xe6, 0x80, 0xeb, 0xfc };

	memcpy(rig.ram + CODE, code, sizeof(code));
	set_segment(HV_X64_REGISTER_CS, 0x9b);
	set_segment(HV_X64_REGISTER_SS, 0x93);
	set_segment(HV_X64_REGISTER_LDTR, 0x82);
	set_segment(HV_X64_REGISTER_TR, 0x8b);
	set(HV_X64_REGISTER_CR0, 0x10);
	set(HV_X64_REGISTER_CR3, 0);
	set(HV_X64_REGISTER_CR4, 0);
	set(HV_X64_REGISTER_EFER, 0);
	set(HV_X64_REGISTER_RFLAGS, 2);
	set(HV_X64_REGISTER_RIP, CODE);
}

static void start(unsigned int flags)
{
	struct mshv_vm_config config = {
		.size = sizeof(config),
		.flags = MSHV_VM_LAPIC,
	};

	rig.random = 88172645463325252u;
	rig.ram = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(rig.ram != MAP_FAILED);
	CHECK_EQ(mshv_host_open(NULL, &rig.host), 0);
	CHECK_EQ(mshv_vm_create(rig.host, &config, &rig.vm), 0);
	CHECK_EQ(mshv_vm_initialize(rig.vm), 0);
	CHECK_EQ(mshv_vm_map(rig.vm, 0, rig.ram, MEMORY,
			     MSHV_MEM_WRITE | MSHV_MEM_EXEC), 0);
	CHECK_EQ(mshv_vp_create(rig.vm, 0, flags, &rig.vp), 0);
	CHECK_EQ(mshv_vp_has_register_page(rig.vp), !flags);
	load_guest();
}

static void finish(void)
{
	mshv_vp_close(rig.vp);
	mshv_vm_close(rig.vm);
	mshv_host_close(rig.host);
	munmap(rig.ram, MEMORY);
}

static struct mshv_vp_counters counters(void)
{
	struct mshv_vp_counters c;

	CHECK_EQ(mshv_vp_counters(rig.vp, &c, sizeof(c)), 0);
	return c;
}

static void write_some(unsigned int first, unsigned int end)
{
	for (unsigned int n = below(8); n; n--) {
		unsigned int i = first + below(end - first);

		rig.file[i] = random_value(regs[i].kind);
		CHECK_EQ(mshv_vp_set_regs(rig.vp, &regs[i].name, &rig.file[i],
					  1), 0);
	}
}

static void write_all(void)
{
	for (unsigned int i = 0; i < REGS; i++) {
		rig.file[i] = random_value(regs[i].kind);
		CHECK_EQ(mshv_vp_set_regs(rig.vp, &regs[i].name, &rig.file[i],
					  1), 0);
	}
}

static void compare(unsigned int i, const union hv_register_value *value)
{
	bool wide = regs[i].kind == KIND_ANY_128 ||
		    regs[i].kind == KIND_SEGMENT;

	if (memcmp(value, &rig.file[i], wide ? 16 : 8)) {
		printf("# register 0x%x\n", regs[i].name);
		CHECK_EQ(value->reg64, rig.file[i].reg64);
		CHECK_EQ(value->reg128.high_part, rig.file[i].reg128.high_part);
	}
}

static void read_some(unsigned int first, unsigned int end)
{
	for (unsigned int n = below(8); n; n--) {
		unsigned int i = first + below(end - first);
		union hv_register_value value;

		CHECK_EQ(mshv_vp_get_regs(rig.vp, &regs[i].name, &value, 1), 0);
		compare(i, &value);
	}
}

static void run(void)
{
	const struct hv_message *msg;
	struct mshv_port_exit exit;
	uint64_t rip;

	CHECK_EQ(mshv_vp_run(rig.vp, &msg), 0);
	CHECK_EQ(mshv_port_decode(msg, &exit), 0);
	CHECK(exit.write && exit.port == 0x80 && exit.size == 1);
	CHECK_EQ(mshv_vp_port_complete(rig.vp, 0), 0);
	CHECK_EQ(mshv_vp_get_reg(rig.vp, HV_X64_REGISTER_RIP, &rip), 0);
	CHECK_EQ(rip, CODE + 2);
}

/* Ask the hypervisor itself. Nothing is held and nothing is on the page then. */
static void compare_by_hypercall(void)
{
	struct {
		struct hv_input_get_vp_registers head;
		uint32_t names[REGS];
	} in = { 0 };
	union hv_register_value values[REGS];
	struct mshv_root_hvcall call = {
		.code = HVCALL_GET_VP_REGISTERS,
		.reps = REGS,
		.in_sz = sizeof(in),
		.out_sz = sizeof(values),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)values,
	};
	const struct hv_message *msg;

	CHECK_EQ(mshv_vp_run(rig.vp, &msg), 0);
	for (unsigned int i = 0; i < REGS; i++)
		in.names[i] = regs[i].name;
	CHECK_EQ(mshv_ioctl_root_hvcall(mshv_vp_fd(rig.vp), &call), 0);
	CHECK_EQ(call.reps, REGS);
	for (unsigned int i = 0; i < REGS; i++)
		compare(i, &values[i]);
	CHECK_EQ(mshv_vp_port_complete(rig.vp, 0), 0);
}

/* A device model that takes all state and stores it again, mid-exit. */
static void full_sync(void)
{
	union hv_register_value values[REGS];
	uint32_t names[REGS];

	CHECK_EQ(mshv_vp_load_regs(rig.vp, MSHV_TIER_FULL), 0);
	for (unsigned int i = 0; i < REGS; i++)
		names[i] = regs[i].name;
	CHECK_EQ(mshv_vp_get_regs(rig.vp, names, values, REGS), 0);
	for (unsigned int i = 0; i < REGS; i++)
		compare(i, &values[i]);
	CHECK_EQ(mshv_vp_set_regs(rig.vp, names, values, REGS), 0);
}

static void random_walk(unsigned int flags)
{
	start(flags);
	write_all();
	for (unsigned int i = 0; i < EXITS; i++) {
		run();
		read_some(0, REGS);
		write_some(0, REGS);
		if (!below(10))
			full_sync();
		read_some(0, REGS);
		if (!below(20))
			CHECK_EQ(mshv_vp_flush_regs(rig.vp), 0);
		if (!below(5))
			compare_by_hypercall();
	}
	finish();
}

TEST(host_registers_agree_with_page)
{
	random_walk(0);
}

TEST(host_registers_agree_without_page)
{
	random_walk(MSHV_VP_NO_REGISTER_PAGE);
}

/* What the fast tier is for: registers that go by the page alone. */
TEST(host_page_registers_need_no_hypercall)
{
	struct mshv_vp_counters before, after;

	start(0);
	write_all();
	run();
	before = counters();
	for (unsigned int i = 0; i < EXITS; i++) {
		read_some(0, 19);
		write_some(0, 19);
		run();
	}
	after = counters();
	CHECK_EQ(after.exits - before.exits, EXITS);
	CHECK_EQ(after.regs.get_calls, before.regs.get_calls);
	CHECK_EQ(after.regs.set_calls, before.regs.set_calls);
	CHECK(after.regs.page_writes > before.regs.page_writes + EXITS);
	finish();
}
