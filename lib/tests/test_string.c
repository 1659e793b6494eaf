// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * INS and OUTS.
 */
#include <errno.h>
#include <string.h>

#include "stringrig.h"

#define RFLAGS_DF 0x400

TEST(string_rep_ins_fills_memory)
{
	string_start(2, false, true, true);
	string_go(0x100, 5);
	CHECK_EQ(string_handle(), 0);
	for (unsigned int i = 0; i < 10; i++)
		CHECK_EQ(string_ram[0x100 + i], i);
	CHECK_EQ(string_ram[0x10a], 0xee);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RDI), 0x10a);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RSI), 0x100);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RCX), 0);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RIP), 0x502);
	CHECK_EQ(fake.ioctls, 0);
	fakevp_finish();
}

TEST(string_rep_outs_reads_memory)
{
	string_start(4, true, true, true);
	for (unsigned int i = 0; i < 12; i++)
		string_ram[0x200 + i] = (uint8_t)(i + 1);
	string_go(0x200, 3);
	CHECK_EQ(string_handle(), 0);
	CHECK_EQ(string_device.n, 12);
	for (unsigned int i = 0; i < 12; i++)
		CHECK_EQ(string_device.got[i], i + 1);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RSI), 0x20c);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RDI), 0x200);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RCX), 0);
	fakevp_finish();
}

TEST(string_without_rep_leaves_count)
{
	string_start(1, true, false, true);
	string_go(0x10, 77);
	CHECK_EQ(string_handle(), 0);
	CHECK_EQ(string_device.calls, 1);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RSI), 0x11);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RCX), 77);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();
}

TEST(string_rep_of_nothing_does_nothing)
{
	string_start(1, false, true, true);
	string_go(0x10, 0);
	CHECK_EQ(string_handle(), 0);
	CHECK_EQ(string_device.calls, 0);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RDI), 0x10);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();
}

TEST(string_goes_down_with_direction_flag)
{
	string_start(4, false, true, true);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, RFLAGS_DF | 2);
	string_go(0x108, 3);
	CHECK_EQ(string_handle(), 0);
	CHECK_EQ(string_ram[0x108], 0);
	CHECK_EQ(string_ram[0x104], 4);
	CHECK_EQ(string_ram[0x100], 8);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RDI), 0xfc);
	fakevp_finish();
}

TEST(string_16_bit_addresses_wrap_and_keep_the_rest)
{
	string_start(1, false, true, false);
	/* ES:0xffff is outside the memory; make it 0 by the base. */
	string_segment(HV_X64_REGISTER_ES, (uint64_t)-0xfffe & 0xffffffff);
	CHECK_EQ(mshv_vm_map(fake.vm, 0xffff0000, string_ram, 0x1000, MSHV_MEM_WRITE),
		 0);
	string_go(0xabcd1234fffe, 0x1111222200020002);
	CHECK_EQ(string_handle(), 0);
	CHECK_EQ(string_ram[0], 0);
	CHECK_EQ(string_ram[1], 1);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RDI), 0xabcd12340000);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RCX), 0x1111222200020000);
	fakevp_finish();
}

TEST(string_uses_segment_bases_outside_64_bit_mode)
{
	string_start(1, false, false, false);
	string_go(0x10, 0);
	CHECK_EQ(string_handle(), 0);
	CHECK_EQ(string_ram[0x1010], 0);
	fakevp_finish();

	string_start(1, true, false, false);
	string_ram[0x2010] = 0x42;
	string_go(0x10, 0);
	CHECK_EQ(string_handle(), 0);
	CHECK_EQ(string_device.got[0], 0x42);
	fakevp_finish();
}

TEST(string_obeys_prefixes)
{
	static const uint8_t bytes[] = { 0x65, 0x67, 0xf3, 0x6e };
	struct hv_x64_io_port_intercept_message *m = string_start(1, true, true, true);

	memcpy(m->instruction_bytes, bytes, sizeof(bytes));
	m->instruction_byte_count = sizeof(bytes);
	string_ram[0x3020] = 0x43;
	/* 32-bit addresses: the upper halves do not count, and are cleared. */
	string_go(0x500000020, 0x700000001);
	CHECK_EQ(string_handle(), 0);
	CHECK_EQ(string_device.n, 1);
	CHECK_EQ(string_device.got[0], 0x43);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RSI), 0x21);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RCX), 0);
	fakevp_finish();
}

/* The host shows no bytes: they are in the guest's memory. */
TEST(string_prefixes_are_fetched)
{
	struct hv_x64_io_port_intercept_message *m = string_start(1, true, false, true);

	m->header.instruction_length = 3;
	memcpy(string_ram + 0x500, "\x65\x67\x6e", 3);
	string_ram[0x3020] = 0x44;
	string_go(0x500000020, 1);
	CHECK_EQ(string_handle(), 0);
	CHECK_EQ(string_device.got[0], 0x44);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RSI), 0x21);
	fakevp_finish();

	/* Nor can they be read there. */
	m = string_start(1, true, false, true);
	m->header.instruction_length = 3;
	fakevp_set64(HV_X64_REGISTER_RIP, 0x9000);
	string_go(0x20, 1);
	CHECK_EQ(string_handle(), -EFAULT);
	CHECK_EQ(string_device.calls, 0);
	fakevp_finish();
}

TEST(string_element_across_pages)
{
	string_start(4, false, false, true);
	string_go(0xffe, 0);
	CHECK_EQ(string_handle(), 0);
	CHECK(!memcmp(string_ram + 0xffe, "\0\1\2\3", 4));
	fakevp_finish();
}

TEST(string_fault_stops_where_it_is)
{
	string_start(4, false, true, true);
	string_go(0x3ff8, 5);
	CHECK_EQ(string_handle(), -EFAULT);
	/* Two elements fit; the third was not even read from the string_device. */
	CHECK_EQ(string_device.calls, 2);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RDI), 0x4000);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RCX), 3);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RIP), 0x500);
	fakevp_finish();
}

TEST(string_device_error_stops_where_it_is)
{
	string_start(1, true, true, true);
	string_device.fail_at = 3;
	string_go(0x100, 5);
	CHECK_EQ(string_handle(), -EIO);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RSI), 0x102);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RCX), 3);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RIP), 0x500);
	fakevp_finish();
}

TEST(string_long_ones_come_in_parts)
{
	string_start(1, false, true, true);
	string_go(0, STRING_MAX + 10);
	CHECK_EQ(string_handle(), 0);
	CHECK_EQ(string_device.calls, STRING_MAX);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RCX), 10);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RIP), 0x500);
	CHECK_EQ(mshv_vp_port_complete(fake.vp, 0), -EOPNOTSUPP);
	fakevp_finish();
}
