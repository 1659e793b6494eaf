// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * State of a VP that is no register, and translation: what reaches the kernel, and
 * that registers written before count, and registers changed thereby are read anew.
 */
#include <errno.h>
#include <mshvctl/mshvctl.h>
#include <string.h>

#include "fakevp.h"
#include "test.h"

#define GET_STATE 0xc010b801ul
#define SET_STATE 0xc010b802ul
#define TRANSLATE 0xc020b8f2ul
#define ROOT_HVCALL 0xc020b807ul

/* What the kernel has, and how long it says that is. */
static struct {
	uint8_t bytes[3 * 4096];
	uint32_t size;
	unsigned int calls;
	int type;
	int ret;
} state;

static int state_ioctl(unsigned long request, void *arg)
{
	struct mshv_get_set_vp_state *args = arg;
	void *buf = (void *)(uintptr_t)args->buf_ptr;
	uint32_t room = args->buf_sz;

	state.calls++;
	state.type = args->type;
	CHECK(request == GET_STATE || request == SET_STATE);
	CHECK_EQ(args->buf_ptr % 4096, 0);
	CHECK(room && !(room % 4096) && room <= sizeof(state.bytes));
	args->buf_sz = state.size;
	if (state.size > room)
		return -EINVAL;
	if (state.ret)
		return state.ret;
	if (request == SET_STATE)
		memcpy(state.bytes, buf, room);
	else
		memcpy(buf, state.bytes, room);
	return 0;
}

static void start(enum hv_page_mode mode)
{
	fakevp_start(mode, 0);
	fakevp_run();
	fake.model.settling = true;
	memset(&state, 0, sizeof(state));
	for (size_t i = 0; i < sizeof(state.bytes); i++)
		state.bytes[i] = (uint8_t)(i * 7);
	fake.vp_ioctl = state_ioctl;
}

TEST(vpstate_get_copies_the_state_and_no_more)
{
	static const struct { enum mshv_vp_state state; size_t size; } kinds[] = {
		{ MSHV_STATE_LAPIC, 176 }, { MSHV_STATE_SIMP, 4096 },
		{ MSHV_STATE_SIEFP, 4096 }, { MSHV_STATE_TIMERS, 200 },
	};
	uint8_t buf[4097];
	size_t needed;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		start(PAGE_VALID);
		state.size = 4096;
		memset(buf, 0xee, sizeof(buf));
		needed = 0;
		CHECK_EQ(mshv_vp_get_state(fake.vp, kinds[i].state, buf,
					   sizeof(buf), &needed), 0);
		CHECK_EQ(state.type, kinds[i].state);
		CHECK_EQ(needed, kinds[i].size);
		CHECK(!memcmp(buf, state.bytes, needed));
		CHECK_EQ(buf[needed], 0xee);
		CHECK_EQ(state.calls, 1);
		CHECK_EQ(mshv_vp_get_state(fake.vp, kinds[i].state, buf,
					   kinds[i].size - 1, &needed), -ENOSPC);
		CHECK_EQ(state.calls, 1);
		fakevp_finish();
	}
}

TEST(vpstate_xsave_has_the_size_that_the_kernel_says)
{
	uint8_t buf[2 * 4096];
	size_t needed = 0;

	start(PAGE_VALID);
	state.size = 4096 + 700;
	CHECK_EQ(mshv_vp_get_state(fake.vp, MSHV_STATE_XSAVE, NULL, 0, &needed),
		 -ENOSPC);
	CHECK_EQ(needed, 4796);
	/* It fits the pages, but not the buffer. */
	needed = 0;
	CHECK_EQ(mshv_vp_get_state(fake.vp, MSHV_STATE_XSAVE, buf, 4795, &needed),
		 -ENOSPC);
	CHECK_EQ(needed, 4796);
	memset(buf, 0xee, sizeof(buf));
	CHECK_EQ(mshv_vp_get_state(fake.vp, MSHV_STATE_XSAVE, buf, 4796, NULL), 0);
	CHECK(!memcmp(buf, state.bytes, 4796));
	CHECK_EQ(buf[4796], 0xee);
	memset(buf, 0x33, sizeof(buf));
	CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_XSAVE, buf, 4796), 0);
	CHECK(!memcmp(buf, state.bytes, 4796));
	CHECK_EQ(state.bytes[4796], 0);
	memset(buf, 0x44, sizeof(buf));
	CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_XSAVE, buf, 4096), -EINVAL);
	/* The kernel would take these: it counts pages. */
	CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_XSAVE, buf, 4795), -EINVAL);
	CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_XSAVE, buf, 4797), -EINVAL);
	CHECK(state.bytes[0] == 0x33);
	fakevp_finish();
}

TEST(vpstate_refuses_bad_arguments)
{
	static uint8_t buf[4096];

	start(PAGE_VALID);
	state.size = 4096;
	CHECK_EQ(mshv_vp_get_state(NULL, MSHV_STATE_SIMP, buf, 4096, NULL), -EINVAL);
	CHECK_EQ(mshv_vp_get_state(fake.vp, (enum mshv_vp_state)5, buf, 4096, NULL),
		 -EINVAL);
	CHECK_EQ(mshv_vp_get_state(fake.vp, MSHV_STATE_SIMP, NULL, 4096, NULL),
		 -EINVAL);
	CHECK_EQ(mshv_vp_get_state(fake.vp, MSHV_STATE_XSAVE, buf, SIZE_MAX, NULL),
		 -EINVAL);
	CHECK_EQ(mshv_vp_set_state(NULL, MSHV_STATE_SIMP, buf, 4096), -EINVAL);
	CHECK_EQ(mshv_vp_set_state(fake.vp, (enum mshv_vp_state)5, buf, 4096),
		 -EINVAL);
	CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_SIMP, NULL, 4096), -EINVAL);
	CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_SIMP, buf, 4095), -EINVAL);
	CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_LAPIC, buf, 4096), -EINVAL);
	CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_XSAVE, buf, 0), -EINVAL);
	CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_XSAVE, buf, SIZE_MAX),
		 -EINVAL);
	CHECK_EQ(state.calls, 0);
	state.ret = -EIO;
	CHECK_EQ(mshv_vp_get_state(fake.vp, MSHV_STATE_SIMP, buf, 4096, NULL), -EIO);
	CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_SIMP, buf, 4096), -EIO);
	fakevp_finish();
}

static void write_reg(uint32_t name, uint64_t value)
{
	union hv_register_value v = { .reg64 = value };

	CHECK_EQ(mshv_vp_set_regs(fake.vp, &name, &v, 1), 0);
	hvmodel_file_write(&fake.model, reg_slot(name), &v);
}

static uint64_t vp_reg(uint32_t name)
{
	return fake.model.vp[reg_slot(name)].reg64;
}

TEST(vpstate_get_sees_registers_that_were_written)
{
	uint8_t buf[4096];

	start(PAGE_VALID);
	state.size = 4096;
	/* One on the page for the next entry already, the other still held. */
	write_reg(HV_X64_REGISTER_XMM0, 1);
	fake.run_error = -EINTR;
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), -EINTR);
	CHECK(vp_reg(HV_X64_REGISTER_XMM0) != 1);
	write_reg(HV_X64_REGISTER_RBX, 2);
	CHECK_EQ(mshv_vp_get_state(fake.vp, MSHV_STATE_XSAVE, buf, 4096, NULL), 0);
	CHECK_EQ(vp_reg(HV_X64_REGISTER_XMM0), 1);
	CHECK_EQ(vp_reg(HV_X64_REGISTER_RBX), 2);
	fakevp_run();
	fakevp_finish();
}

static int set_xmm(unsigned long request, void *arg)
{
	union hv_register_value v = { .reg64 = 77 };
	int slot = reg_slot(HV_X64_REGISTER_XMM1);

	fake.model.vp[slot] = v;
	fake.model.file[slot] = v;
	slotset_clear(&fake.model.fetched);
	for (slot = 0; slot < REG_SLOTS; slot++)
		if (reg_table[slot].page_offset)
			slotset_add(&fake.model.by_hypercall, slot);
	return state_ioctl(request, arg);
}

TEST(vpstate_set_is_what_later_reads_see)
{
	static const uint32_t name = HV_X64_REGISTER_XMM1;
	union hv_register_value v = { 0 };
	uint8_t buf[4096] = { 0 };

	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++) {
		start((enum hv_page_mode)mode);
		fake.mode = (enum hv_page_mode)mode;
		fakevp_run();
		state.size = 4096;
		fake.vp_ioctl = set_xmm;
		write_reg(HV_X64_REGISTER_XMM1, 5);
		CHECK_EQ(mshv_vp_flush_regs(fake.vp), 0);
		CHECK_EQ(mshv_vp_set_state(fake.vp, MSHV_STATE_XSAVE, buf, 4096), 0);
		CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
		CHECK_EQ(v.reg64, 77);
		/* The page does not bring the older write back. */
		fakevp_run();
		fakevp_finish();
	}
}

static struct {
	uint64_t result, gpa;
	bool has_ioctl;
	int ret;
	struct mshv_translate_gva args;
	uint8_t input[32];
} walker;

static int translate_ioctl(unsigned long request, void *arg)
{
	const struct mshv_root_hvcall *call = arg;
	uint64_t out[2] = { walker.result, walker.gpa / 4096 };

	if (request == TRANSLATE) {
		if (!walker.has_ioctl)
			return -ENOTTY;
		memcpy(&walker.args, arg, sizeof(walker.args));
		if (walker.ret)
			return walker.ret;
		*(uint64_t *)(uintptr_t)walker.args.result = walker.result;
		*(uint64_t *)(uintptr_t)walker.args.gpa = walker.gpa;
		return 0;
	}
	CHECK_EQ(request, ROOT_HVCALL);
	CHECK_EQ(call->code, 0x52);
	CHECK_EQ(call->in_sz, 32);
	CHECK_EQ(call->out_sz, 16);
	memcpy(walker.input, (void *)(uintptr_t)call->in_ptr, 32);
	memcpy((void *)(uintptr_t)call->out_ptr, out, 16);
	return walker.ret;
}

TEST(translate_by_ioctl_or_hypercall)
{
	for (int i = 0; i < 2; i++) {
		uint32_t result = 99;
		uint64_t gpa = 99;

		start(PAGE_VALID);
		memset(&walker, 0, sizeof(walker));
		walker.has_ioctl = i;
		walker.gpa = 0x12345678;
		fake.vp_ioctl = translate_ioctl;
		write_reg(HV_X64_REGISTER_CR3, 0x5000);
		CHECK_EQ(mshv_vp_translate(fake.vp, 0xffff800000001678, 0x81,
					   &result, &gpa), 0);
		CHECK_EQ(vp_reg(HV_X64_REGISTER_CR3), 0x5000);
		CHECK_EQ(result, 0);
		CHECK_EQ(gpa, 0x12345678);
		if (i) {
			CHECK_EQ(walker.args.gva, 0xffff800000001678);
			CHECK_EQ(walker.args.flags, 0x81);
		} else {
			CHECK_EQ(*(uint32_t *)&walker.input[8], 3);
			CHECK_EQ(*(uint64_t *)&walker.input[16], 0x81);
			CHECK_EQ(*(uint64_t *)&walker.input[24],
				 0xffff800000001);
		}
		/* A fault of the guest is an answer, without an address. */
		walker.result = 2 | UINT64_C(6) << 32;
		walker.gpa = 0x1000;
		CHECK_EQ(mshv_vp_translate(fake.vp, 0, 1, &result, &gpa), 0);
		CHECK_EQ(result, HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION);
		CHECK_EQ(gpa, 0x12345678);
		walker.ret = -EACCES;
		CHECK_EQ(mshv_vp_translate(fake.vp, 0, 1, &result, &gpa), -EACCES);
		CHECK_EQ(mshv_vp_translate(NULL, 0, 1, &result, &gpa), -EINVAL);
		CHECK_EQ(mshv_vp_translate(fake.vp, 0, 1, NULL, &gpa), -EINVAL);
		CHECK_EQ(mshv_vp_translate(fake.vp, 0, 1, &result, NULL), -EINVAL);
		fakevp_finish();
	}
}
