// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Instructions that the VMM carries out itself, what callbacks are given, structures of other
 * sizes, versions, and the names of MSRs.
 */
#include <errno.h>
#include <hvabi/msr.h>
#include <hvabi/register.h>
#include <string.h>

#include "fakevp.h"
#include "test.h"

#define RFLAGS_TF 0x100

static struct hv_x64_intercept_message_header *stop_at(uint32_t type, unsigned int length)
{
	struct hv_x64_intercept_message_header *head = (void *)fake.message.u.payload;

	fakevp_port(0, 1, true);
	fake.message.header.message_type = type;
	fake.message.header.payload_size = sizeof(*head);
	head->instruction_length = length & 15;
	return head;
}

static void start(uint64_t rflags)
{
	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	fakevp_set64(HV_X64_REGISTER_RIP, 0x500);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, 2 | rflags);
	fakevp_set64(HV_REGISTER_PENDING_EVENT0, 0);
	fakevp_set64(HV_REGISTER_INTERRUPT_STATE, 1);
}

static uint64_t reg(uint32_t name)
{
	uint64_t value;

	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	return value;
}

TEST(finish_ends_an_instruction_of_any_exit)
{
	static const uint32_t types[] = {
		HVMSG_X64_MSR_INTERCEPT, HVMSG_X64_CPUID_INTERCEPT,
		HVMSG_X64_EXCEPTION_INTERCEPT, HVMSG_X64_IO_PORT_INTERCEPT,
	};
	union hv_register_value event;
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		start(RFLAGS_TF);
		stop_at(types[i], 2)->execution_state.interrupt_shadow = 1;
		fakevp_run();
		CHECK_EQ(mshv_vp_finish_insn(fake.vp, 0), 0);
		CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x502);
		CHECK_EQ(reg(HV_REGISTER_INTERRUPT_STATE) & 1, 0);
		CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &event, 1), 0);
		CHECK(event.pending_exception_event.event_pending);
		CHECK_EQ(event.pending_exception_event.vector, 1);
		fakevp_finish();
	}
}

TEST(finish_takes_the_length_from_who_knows_it)
{
	start(0);
	stop_at(HVMSG_X64_MSR_INTERCEPT, 0);
	fakevp_run();
	CHECK_EQ(mshv_vp_finish_insn(fake.vp, 0), -EBADMSG);
	CHECK_EQ(mshv_vp_finish_insn(fake.vp, 16), -EINVAL);
	CHECK_EQ(mshv_vp_finish_insn(NULL, 2), -EINVAL);
	CHECK_EQ(mshv_vp_finish_insn(fake.vp, 3), 0);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x503);
	fakevp_finish();
}

TEST(finish_leaves_a_guest_that_goes_on_elsewhere)
{
	start(0);
	stop_at(HVMSG_X64_CPUID_INTERCEPT, 2);
	fakevp_run();
	CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RIP, 0x9000), 0);
	CHECK_EQ(mshv_vp_finish_insn(fake.vp, 0), 0);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x9000);
	fakevp_finish();
}

TEST(finish_refuses_what_is_no_instruction)
{
	start(0);
	stop_at(HVMSG_X64_HALT, 1);
	fakevp_run();
	CHECK_EQ(mshv_vp_finish_insn(fake.vp, 1), -EINVAL);
	stop_at(HVMSG_X64_MSR_INTERCEPT, 2);
	fake.message.header.payload_size--;
	fakevp_run();
	CHECK_EQ(mshv_vp_finish_insn(fake.vp, 2), -EINVAL);
	fakevp_finish();
}

static int wants_vp(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		    uint32_t *value)
{
	CHECK(vp == fake.vp && opaque == &fake && port == 0x60 && size == 1);
	*value = 0x77;
	return 0;
}

/* A program that was built with a later library, whose operations have a member more. */
TEST(ops_of_other_sizes)
{
	struct {
		struct mshv_port_ops ops;
		void *later;
	} newer = { .ops = { .size = sizeof(newer), .in = wants_vp } };
	struct mshv_mmio_ops older = { .size = sizeof(older) - 1 };

	fakevp_start(PAGE_VALID, 0);
	fakevp_port(0x60, 1, false);
	fakevp_run();
	newer.later = &newer;
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &newer.ops, &fake), -E2BIG);
	newer.later = NULL;
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &newer.ops, &fake), 0);
	CHECK_EQ(reg(HV_X64_REGISTER_RAX) & 0xff, 0x77);
	newer.ops.size = sizeof(newer.ops) - 1;
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &newer.ops, &fake), -EINVAL);
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &older, &fake), -EINVAL);
	fakevp_finish();

	/* It has no device that could be written to. */
	newer.ops.size = sizeof(newer.ops);
	fakevp_start(PAGE_VALID, 0);
	fakevp_port(0x60, 1, true);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &newer.ops, &fake), -EINVAL);
	fakevp_finish();
}

TEST(version_is_that_of_the_headers)
{
	CHECK_EQ(mshv_version(), MSHVCTL_VERSION);
	CHECK_EQ(MSHVCTL_VERSION, 0x10000);
}

TEST(msr_names)
{
	static const struct { uint32_t msr, name; } known[] = {
		{ 0x10, HV_X64_REGISTER_TSC },
		{ 0x175, HV_X64_REGISTER_SYSENTER_ESP },
		{ 0x176, HV_X64_REGISTER_SYSENTER_EIP },
		{ 0x20f, HV_X64_REGISTER_MSR_MTRR_PHYS_MASK7 },
		{ 0x20e, HV_X64_REGISTER_MSR_MTRR_PHYS_BASE7 },
		{ 0x26f, HV_X64_REGISTER_MSR_MTRR_FIX4KF8000 },
		{ 0xc0000080, HV_X64_REGISTER_EFER },
		{ 0xc0000082, HV_X64_REGISTER_LSTAR },
		{ 0xc0000084, HV_X64_REGISTER_SFMASK },
		{ HV_X64_MSR_SIMP, HV_REGISTER_SIMP },
		{ HV_X64_MSR_SINT15, HV_REGISTER_SINT15 },
	};
	static const uint32_t unknown[] = { 0, 0x200 + 32, 0x251, 0xc0000085, 0xc0000100, UINT32_MAX };
	uint32_t name = 7;

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		CHECK_EQ(mshv_reg_of_msr(known[i].msr, &name), 0);
		CHECK_EQ(name, known[i].name);
	}
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		CHECK_EQ(mshv_reg_of_msr(unknown[i], &name), -ENOENT);
	CHECK_EQ(name, known[ARRAY_SIZE(known) - 1].name);
	CHECK_EQ(mshv_reg_of_msr(0x10, NULL), -EINVAL);
}
