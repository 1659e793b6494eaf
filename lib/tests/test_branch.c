// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * MMIO: what the comparison with the processor cannot have: calls and jumps, segment
 * registers, stacks of other sizes, and exceptions of instructions.
 */
#include <errno.h>
#include <string.h>

#include "memrig.h"
#include "test.h"

#define GDT 0x3000

/* What the device holds at 0xd0000010 is 0x13121110, and so on. */
#define HELD UINT64_C(0x1716151413121110)

static void start(uint64_t cr0)
{
	memrig_start(cr0);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE + 0x10);
	fakevp_set64(HV_X64_REGISTER_RSP, 0x1000);
	fakevp_set64(HV_X64_REGISTER_RAX, 0x1111111111111111);
	fakevp_set64(HV_REGISTER_INTERRUPT_STATE, 0);
}

static uint64_t ram64(uint64_t at)
{
	uint64_t value;

	memcpy(&value, memrig.ram + at, sizeof(value));
	return value;
}

/* call *(%ebx) and jmp *(%ebx), in code of 32 bits */
TEST(branch_goes_where_the_device_says)
{
	start(1);
	MEMRIG_EXIT(32, "\xff\x13")->header.cs_segment.limit = UINT32_MAX;
	memrig_handle(MEMRIG_NO_FAULT);
	memrig_check_seen(0, MEMRIG_DEVICE + 0x10, 4);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), (uint32_t)HELD);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RSP), 0xffc);
	CHECK_EQ((uint32_t)ram64(0xffc), 0x502);
	fakevp_finish();

	start(1);
	MEMRIG_EXIT(32, "\xff\x23")->header.cs_segment.limit = UINT32_MAX;
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), (uint32_t)HELD);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RSP), 0x1000);
	fakevp_finish();
}

/* The same to what is no address, or behind the end of the segment: nothing is pushed. */
TEST(branch_to_nowhere_is_a_fault)
{
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value v;

	for (unsigned int bits = 32; bits <= 64; bits += 32) {
		start(1);
		MEMRIG_EXIT(bits, "\xff\x13")->header.cs_segment.limit = 0xffff;
		fakevp_run();
		CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), 0);
		CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
		CHECK(v.pending_exception_event.event_pending);
		CHECK_EQ(v.pending_exception_event.vector, 13);
		CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x500);
		CHECK_EQ(memrig_reg(HV_X64_REGISTER_RSP), 0x1000);
		CHECK_EQ(ram64(0xff8), 0);
		fakevp_finish();
	}
}

/* With a shadow stack, a call is more than that. */
TEST(branch_with_a_shadow_stack_is_refused)
{
	start(1);
	fakevp_set64(HV_X64_REGISTER_CR4, 0x800220);
	MEMRIG_EXIT(32, "\xff\x13");
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), -EOPNOTSUPP);
	CHECK_EQ(memrig.n, 0);
	fakevp_finish();
}

/* pushl (%ebx) with a stack of 16 bits, at its lower end; popw (%ebx) */
TEST(stack_pointer_has_the_bits_of_its_segment)
{
	start(1);
	memrig_segment(HV_X64_REGISTER_SS, 0x2000, 0xffff, 0x93);
	fakevp_set64(HV_X64_REGISTER_RSP, 0x12340002);
	MEMRIG_EXIT(32, "\xff\x33");
	/* 0xfffe to 0x10001: not in the segment. */
	memrig_handle(12);
	fakevp_finish();

	start(1);
	memrig_segment(HV_X64_REGISTER_SS, 0x2000, 0xffff, 0x93);
	fakevp_set64(HV_X64_REGISTER_RSP, 0x12341004);
	MEMRIG_EXIT(32, "\xff\x33");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RSP), 0x12341000);
	CHECK_EQ((uint32_t)ram64(0x3000), (uint32_t)HELD);
	fakevp_finish();

	start(1);
	memcpy(memrig.ram + 0x1000, "\x42\x43", 2);
	MEMRIG_EXIT(32, "\x66\x8f\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RSP), 0x1002);
	memrig_check_seen(0, MEMRIG_DEVICE + 0x10, 2);
	CHECK_EQ(memrig.seen[0].value, 0x4342);
	fakevp_finish();
}

/* popq 0x18(%rsp): relative to what the stack pointer becomes. */
TEST(stack_pop_moves_its_own_address)
{
	start(1);
	fakevp_set64(HV_X64_REGISTER_RSP, 0x1000);
	memcpy(memrig.ram + 0x1000, "12345678", 8);
	MEMRIG_EXIT(64, "\x8f\x44\x24\x18");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK(!memcmp(memrig.ram + 0x1020, "12345678", 8));
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RSP), 0x1008);
	fakevp_finish();
}

/* div (%rbx) by 0, which memory has there by now */
TEST(division_that_fails_is_an_exception)
{
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value v;

	start(1);
	fakevp_set64(HV_X64_REGISTER_RBX, 0x2000);
	MEMRIG_EXIT(64, "\xf7\x33");
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), 0);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
	CHECK(v.pending_exception_event.event_pending);
	CHECK_EQ(v.pending_exception_event.vector, 0);
	CHECK(!v.pending_exception_event.deliver_error_code);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x500);
	fakevp_finish();
}

static struct hv_x64_segment_register segment(uint32_t name)
{
	union hv_register_value v;

	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
	return v.segment;
}

/* The selector lies in memory at 0x2000. */
static void start_segment(uint16_t selector, uint64_t descriptor)
{
	const union hv_register_value gdtr = { .table = { .base = GDT, .limit = 0x1f } };

	start(1);
	memcpy(memrig.ram + 0x2000, &selector, sizeof(selector));
	memcpy(memrig.ram + GDT + 0x10, &descriptor, sizeof(descriptor));
	fakevp_set(HV_X64_REGISTER_GDTR, gdtr);
	fakevp_set64(HV_X64_REGISTER_RBX, 0x2000);
}

/* mov (%ebx), %es */
TEST(segment_is_loaded_from_its_descriptor)
{
	struct hv_x64_segment_register s;

	start_segment(0x10, 0x12cf92345678ffff);
	MEMRIG_EXIT(32, "\x8e\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	s = segment(HV_X64_REGISTER_ES);
	CHECK_EQ(s.selector, 0x10);
	CHECK_EQ(s.base, 0x12345678);
	CHECK_EQ(s.limit, UINT32_MAX);
	CHECK_EQ(s.attributes, 0xc093);
	/* It has been accessed. */
	CHECK_EQ(ram64(GDT + 0x10), 0x12cf93345678ffff);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();

	/* A null selector, and real mode. */
	start_segment(2, 0);
	MEMRIG_EXIT(32, "\x8e\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	s = segment(HV_X64_REGISTER_ES);
	CHECK_EQ(s.selector, 2);
	CHECK(!s.present);
	fakevp_finish();

	start_segment(0x1234, 0);
	MEMRIG_EXIT(16, "\x67\x8e\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	s = segment(HV_X64_REGISTER_ES);
	CHECK_EQ(s.selector, 0x1234);
	CHECK_EQ(s.base, 0x12340);
	fakevp_finish();
}

TEST(segment_that_may_not_be_loaded_is_a_fault)
{
	/* Too far; a gate; code that cannot be read; absent; for a stack: read-only, absent. */
	static const struct {
		uint16_t selector;
		uint64_t descriptor;
		const char *code;
		uint8_t vector;
	} cases[] = {
		{ 0x20, 0x00cf93000000ffff, "\x8e\x03", 13 },
		{ 0x10, 0x00cf8e000000ffff, "\x8e\x03", 13 },
		{ 0x10, 0x00cf99000000ffff, "\x8e\x03", 13 },
		{ 0x10, 0x00cf13000000ffff, "\x8e\x03", 11 },
		{ 0x10, 0x00cf91000000ffff, "\x8e\x13", 13 },
		{ 0x13, 0x00cff3000000ffff, "\x8e\x13", 13 },
		{ 0x10, 0x00cf13000000ffff, "\x8e\x13", 12 },
		{ 0x00, 0, "\x8e\x13", 13 },
	};
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value v;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		start_segment(cases[i].selector, cases[i].descriptor);
		memrig_exit(32, cases[i].code, 2);
		fakevp_run();
		CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), 0);
		CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
		CHECK(v.pending_exception_event.event_pending);
		CHECK_EQ(v.pending_exception_event.vector, cases[i].vector);
		CHECK_EQ(v.pending_exception_event.error_code,
			 (uint32_t)cases[i].selector & ~3u);
		fakevp_finish();
	}
}

/* mov (%ebx), %ss: interrupts wait until the next instruction is over. */
TEST(segment_of_the_stack_holds_up_interrupts)
{
	start_segment(0x10, 0x00cf93000000ffff);
	MEMRIG_EXIT(32, "\x8e\x13");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(segment(HV_X64_REGISTER_SS).selector, 0x10);
	CHECK_EQ(memrig_reg(HV_REGISTER_INTERRUPT_STATE), 1);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();
}

/* addb $0x7f, (%ebx) by opcode 82, which is another 80, but not in 64-bit mode */
TEST(opcode_82_is_80)
{
	start(1);
	MEMRIG_EXIT(32, "\x82\x03\x7f");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig.n, 2);
	CHECK_EQ(memrig.seen[1].value, 0x8f);
	fakevp_finish();

	start(1);
	MEMRIG_EXIT(64, "\x82\x03\x7f");
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), -EOPNOTSUPP);
	fakevp_finish();
}
