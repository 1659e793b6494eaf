// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The register cache on a real /dev/mshv: run inside a root partition.
 *
 * Random registers are written and read through the cache, with exits in between,
 * and compared with a plain register file, and with what a hypercall behind the
 * library's back says.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/vp.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <mshvctl/mshvctl.h>
#include <stdlib.h>
#include <string.h>

#include "../test.h"
#include "rig.h"

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
	uint64_t random;
	unsigned int interrupted;
	union hv_register_value file[REGS];
} walk;

static void start(unsigned int flags)
{
	rig_start(flags);
	walk.random = 88172645463325252u;
	walk.interrupted = 0;
}

static uint64_t next_random(void)
{
	walk.random ^= walk.random >> 12;
	walk.random ^= walk.random << 25;
	walk.random ^= walk.random >> 27;
	return walk.random * UINT64_C(0x2545f4914f6cdd1d);
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

static void write_some(unsigned int first, unsigned int end)
{
	for (unsigned int n = below(8); n; n--) {
		unsigned int i = first + below(end - first);

		walk.file[i] = random_value(regs[i].kind);
		CHECK_EQ(mshv_vp_set_regs(rig.vp, &regs[i].name, &walk.file[i],
					  1), 0);
	}
}

static void write_all(void)
{
	for (unsigned int i = 0; i < REGS; i++) {
		walk.file[i] = random_value(regs[i].kind);
		CHECK_EQ(mshv_vp_set_regs(rig.vp, &regs[i].name, &walk.file[i],
					  1), 0);
	}
}

static void compare(unsigned int i, const union hv_register_value *value)
{
	bool wide = regs[i].kind == KIND_ANY_128 ||
		    regs[i].kind == KIND_SEGMENT;

	if (memcmp(value, &walk.file[i], wide ? 16 : 8)) {
		printf("# register 0x%x\n", regs[i].name);
		CHECK_EQ(value->reg64, walk.file[i].reg64);
		CHECK_EQ(value->reg128.high_part, walk.file[i].reg128.high_part);
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

/* Signals may come at any time; what was written before must survive them. */
static const struct hv_message *run_to_exit(void)
{
	const struct hv_message *msg;
	int err;

	while ((err = mshv_vp_run(rig.vp, &msg)) == -EINTR) {
		walk.interrupted++;
		read_some(0, REGS);
		write_some(0, REGS);
		read_some(0, REGS);
	}
	CHECK_EQ(err, 0);
	return msg;
}

static void run(void)
{
	const struct hv_message *msg = run_to_exit();
	struct mshv_port_exit exit;
	uint64_t rip;

	CHECK_EQ(mshv_port_decode(msg, &exit), 0);
	CHECK(exit.write && exit.port == 0x80 && exit.size == 1);
	CHECK_EQ(mshv_vp_port_complete(rig.vp, 0), 0);
	CHECK_EQ(mshv_vp_get_reg(rig.vp, HV_X64_REGISTER_RIP, &rip), 0);
	CHECK_EQ(rip, RIG_CODE + RIG_STEP);
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

	run_to_exit();
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

static void random_walk(void)
{
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
}

TEST(host_registers_agree_with_page)
{
	start(0);
	random_walk();
	rig_finish();
}

TEST(host_registers_agree_without_page)
{
	start(MSHV_VP_NO_REGISTER_PAGE);
	random_walk();
	rig_finish();
}

static void interrupted_walk(unsigned int flags)
{
	start(flags);
	rig_interrupt_every(500);
	random_walk();
	rig_interrupt_every(0);
	CHECK(walk.interrupted);
	rig_finish();
}

TEST(host_registers_survive_signals_with_page)
{
	interrupted_walk(0);
}

TEST(host_registers_survive_signals_without_page)
{
	interrupted_walk(MSHV_VP_NO_REGISTER_PAGE);
}

/* What the fast tier is for: registers that go by the page alone. */
TEST(host_page_registers_need_no_hypercall)
{
	struct mshv_vp_counters before, after;

	start(0);
	write_all();
	run();
	before = rig_counters();
	for (unsigned int i = 0; i < EXITS; i++) {
		read_some(0, 19);
		write_some(0, 19);
		run();
	}
	after = rig_counters();
	CHECK_EQ(after.exits - before.exits, EXITS);
	CHECK_EQ(after.regs.get_calls, before.regs.get_calls);
	CHECK_EQ(after.regs.set_calls, before.regs.set_calls);
	CHECK(after.regs.page_writes > before.regs.page_writes + EXITS);
	rig_finish();
}
