// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Operands of memory exits: pages, parts, and memory that others use.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "memrig.h"
#include "test.h"

/* mov (%ebx), %eax, and in 64-bit mode mov (%rbx), %rax and mov %rax, (%rbx) */
TEST(operand_across_pages_of_a_device_is_split)
{
	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE + 0xffe);
	MEMRIG_EXIT(32, "\x8b\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig.n, 2);
	memrig_check_seen(0, MEMRIG_DEVICE + 0xffe, 2);
	memrig_check_seen(1, MEMRIG_DEVICE + 0x1000, 2);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RAX), 0x0100fffe);
	fakevp_finish();

	/* The parts have sizes that devices know. */
	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE + 0xffd);
	fakevp_set64(HV_X64_REGISTER_RAX, 0x8877665544332211);
	MEMRIG_EXIT(64, "\x48\x89\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig.n, 4);
	memrig_check_seen(0, MEMRIG_DEVICE + 0xffd, 2);
	memrig_check_seen(1, MEMRIG_DEVICE + 0xfff, 1);
	memrig_check_seen(2, MEMRIG_DEVICE + 0x1000, 4);
	memrig_check_seen(3, MEMRIG_DEVICE + 0x1004, 1);
	CHECK_EQ(memrig.seen[0].value, 0x2211);
	CHECK_EQ(memrig.seen[1].value, 0x33);
	CHECK_EQ(memrig.seen[2].value, 0x77665544);
	CHECK_EQ(memrig.seen[3].value, 0x88);
	fakevp_finish();
}

/* movups (%rbx), %xmm1, and across a page */
TEST(operand_of_a_vector_is_read_in_halves)
{
	const uint32_t name = HV_X64_REGISTER_XMM0 + 1;
	union hv_register_value v;

	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE + 0x10);
	MEMRIG_EXIT(64, "\x0f\x10\x0b");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig.n, 2);
	memrig_check_seen(0, MEMRIG_DEVICE + 0x10, 8);
	memrig_check_seen(1, MEMRIG_DEVICE + 0x18, 8);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
	CHECK_EQ(v.reg128.low_part, 0x1716151413121110);
	CHECK_EQ(v.reg128.high_part, 0x1f1e1d1c1b1a1918);
	fakevp_finish();
}

/* mov (%ebx), %eax; or %eax, (%ebx) */
TEST(operand_across_memory_and_device_has_both)
{
	memrig_start(1);
	memcpy(memrig.ram + MEMRIG_RAM - 2, "\x11\x22", 2);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_RAM - 2);
	MEMRIG_EXIT(32, "\x8b\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig.n, 1);
	memrig_check_seen(0, MEMRIG_RAM, 2);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RAX), 0x01002211);
	fakevp_finish();

	memrig_start_with_ram(1);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_RAM - 2);
	fakevp_set64(HV_X64_REGISTER_RAX, 0x40008008);
	MEMRIG_EXIT(32, "\x09\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig.n, 2);
	memrig_check_seen(0, MEMRIG_RAM, 2);
	memrig_check_seen(1, MEMRIG_RAM, 2);
	CHECK_EQ(memrig.seen[1].value, 0x4100);
	CHECK(!memcmp(memrig.ram + MEMRIG_RAM - 2, "\x19\xa2", 2));
	fakevp_finish();
}

/* mov %eax, (%rbx) to the device and a page that is not there */
TEST(operand_half_of_which_is_absent_is_not_touched)
{
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value v;

	memrig_start_long();
	fakevp_set64(HV_X64_REGISTER_RBX, 0x1ffe);
	MEMRIG_EXIT(64, "\x89\x03");
	memrig_handle(14);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
	CHECK_EQ(v.pending_exception_event.error_code, 2);
	CHECK_EQ(v.pending_exception_event.exception_parameter, 0x2000);
	fakevp_finish();
}

/* rep movsb from the device to itself; that it may be read is all that the exit knows */
TEST(operand_may_be_read_only)
{
	struct hv_x64_memory_intercept_message *m;

	for (int writable = 0; writable < 2; writable++) {
		memrig_start_long();
		memrig.ram[0x4008] = writable ? 3 : 1;
		fakevp_set64(HV_X64_REGISTER_RSI, 0x1000);
		fakevp_set64(HV_X64_REGISTER_RDI, 0x1001);
		m = MEMRIG_EXIT(64, "\xa4");
		m->memory_access_info.gva_valid = 1;
		m->memory_access_info.gva_gpa_valid = 1;
		m->guest_virtual_address = 0x1000;
		m->guest_physical_address = MEMRIG_DEVICE;
		memrig_handle(writable ? MEMRIG_NO_FAULT : 14);
		CHECK_EQ(memrig.n, writable ? 2 : 0);
		fakevp_finish();
	}
}

#define ROUNDS 3000

/* lock incl (%rbx) in memory that is there by now, and in use by another VP */
TEST(operand_in_memory_is_changed_atomically)
{
	uint32_t done = 0, added, *counter;

	memset(memrig.ram, 0, MEMRIG_RAM);
	counter = (void *)(memrig.ram + 0x100);
	memrig_start_adding(counter);
	while (done < ROUNDS) {
		memrig_start_with_ram(1);
		fakevp_set64(HV_X64_REGISTER_RBX, 0x100);
		MEMRIG_EXIT(64, "\xf0\xff\x03");
		memrig_handle(MEMRIG_NO_FAULT);
		/* Or else it is executed again. */
		done += memrig_reg(HV_X64_REGISTER_RIP) == 0x503;
		fakevp_finish();
	}
	added = memrig_stop_adding();
	CHECK_EQ(*counter, added + ROUNDS);
}

/* bts %eax, (%rbx) with numbers far away, and btc $35, (%rbx), which is bit 3 */
TEST(operand_of_a_bit_test_may_be_far_away)
{
	static const struct { int32_t bit; uint64_t gpa; uint64_t value; } bits[] = {
		{ 0, MEMRIG_DEVICE, 1 }, { 31, MEMRIG_DEVICE, 1u << 31 }, { 32, MEMRIG_DEVICE + 4, 1 },
		{ -1, MEMRIG_DEVICE - 4, 1u << 31 }, { -32, MEMRIG_DEVICE - 4, 1 },
		{ -33, MEMRIG_DEVICE - 8, 1u << 31 }, { 100000, MEMRIG_DEVICE + 12500, 1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++) {
		memrig_start(1);
		fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE);
		fakevp_set64(HV_X64_REGISTER_RAX, (uint32_t)bits[i].bit);
		MEMRIG_EXIT(64, "\x0f\xab\x03");
		memrig_handle(MEMRIG_NO_FAULT);
		CHECK_EQ(memrig.n, 2);
		memrig_check_seen(0, bits[i].gpa, 4);
		memrig_check_seen(1, bits[i].gpa, 4);
		CHECK_EQ(memrig.seen[1].value, memrig.seen[0].value | bits[i].value);
		fakevp_finish();
	}
}
