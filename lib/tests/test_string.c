// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * INS and OUTS.
 */
#include <errno.h>
#include <string.h>

#include "emulate/port_string.h"
#include "fakevp.h"
#include "test.h"

#define RFLAGS_DF 0x400

static _Alignas(4096) uint8_t ram[0x4000];

/* A device that gives 0, 1, 2 ... in each byte and keeps what it gets. */
static struct {
	uint8_t next;
	uint8_t got[64];
	size_t n;
	unsigned int calls;
	unsigned int fail_at;
} device;

static int device_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		     uint32_t *value)
{
	(void)vp;
	CHECK(opaque == &device && port == 0x1f0);
	if (++device.calls == device.fail_at)
		return -EIO;
	*value = 0;
	for (unsigned int i = 0; i < size; i++)
		*value |= (uint32_t)device.next++ << 8 * i;
	return 0;
}

static int device_out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		      uint32_t value)
{
	(void)vp;
	CHECK(opaque == &device && port == 0x1f0);
	CHECK(size == 4 || !(value >> 8 * size));
	if (++device.calls == device.fail_at)
		return -EIO;
	for (unsigned int i = 0; i < size && device.n < sizeof(device.got); i++)
		device.got[device.n++] = (uint8_t)(value >> 8 * i);
	return 0;
}

static const struct mshv_port_ops ops = { .size = sizeof(ops), .in = device_in, .out = device_out };

static void segment(uint32_t name, uint64_t base)
{
	union hv_register_value v = { .segment = { .base = base, .limit = UINT32_MAX } };

	fakevp_set(name, v);
}

/* 64-bit mode without paging is no mode, but the memory is where it seems. */
static struct hv_x64_io_port_intercept_message *
start(unsigned int size, bool write, bool rep, bool long_mode)
{
	struct hv_x64_io_port_intercept_message *m;

	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	memset(&device, 0, sizeof(device));
	memset(ram, 0xee, sizeof(ram));
	CHECK_EQ(mshv_vm_map(fake.vm, 0, ram, sizeof(ram), MSHV_MEM_WRITE), 0);
	m = fakevp_port(0x1f0, size, write);
	m->access_info.string_op = 1;
	m->access_info.rep_prefix = rep;
	m->header.cs_segment._long = long_mode;
	m->header.execution_state.efer_lma = long_mode;
	fakevp_set64(HV_X64_REGISTER_CR0, 1);
	fakevp_set64(HV_X64_REGISTER_CR4, 0);
	fakevp_set64(HV_X64_REGISTER_EFER, 0);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, 2);
	fakevp_set64(HV_X64_REGISTER_RIP, 0x500);
	segment(HV_X64_REGISTER_ES, long_mode ? 0x9999 : 0x1000);
	segment(HV_X64_REGISTER_DS, long_mode ? 0x9999 : 0x2000);
	segment(HV_X64_REGISTER_GS, 0x3000);
	return m;
}

static uint64_t reg(uint32_t name)
{
	uint64_t value;

	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	return value;
}

static void go(uint64_t index, uint64_t count)
{
	fakevp_set64(HV_X64_REGISTER_RSI, index);
	fakevp_set64(HV_X64_REGISTER_RDI, index);
	fakevp_set64(HV_X64_REGISTER_RCX, count);
	fakevp_run();
	fake.ioctls = 0;
}

static int handle(void)
{
	return mshv_vp_handle_port(fake.vp, &ops, &device);
}

TEST(string_rep_ins_fills_memory)
{
	start(2, false, true, true);
	go(0x100, 5);
	CHECK_EQ(handle(), 0);
	for (unsigned int i = 0; i < 10; i++)
		CHECK_EQ(ram[0x100 + i], i);
	CHECK_EQ(ram[0x10a], 0xee);
	CHECK_EQ(reg(HV_X64_REGISTER_RDI), 0x10a);
	CHECK_EQ(reg(HV_X64_REGISTER_RSI), 0x100);
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), 0);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x502);
	CHECK_EQ(fake.ioctls, 0);
	fakevp_finish();
}

TEST(string_rep_outs_reads_memory)
{
	start(4, true, true, true);
	for (unsigned int i = 0; i < 12; i++)
		ram[0x200 + i] = (uint8_t)(i + 1);
	go(0x200, 3);
	CHECK_EQ(handle(), 0);
	CHECK_EQ(device.n, 12);
	for (unsigned int i = 0; i < 12; i++)
		CHECK_EQ(device.got[i], i + 1);
	CHECK_EQ(reg(HV_X64_REGISTER_RSI), 0x20c);
	CHECK_EQ(reg(HV_X64_REGISTER_RDI), 0x200);
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), 0);
	fakevp_finish();
}

TEST(string_without_rep_leaves_count)
{
	start(1, true, false, true);
	go(0x10, 77);
	CHECK_EQ(handle(), 0);
	CHECK_EQ(device.calls, 1);
	CHECK_EQ(reg(HV_X64_REGISTER_RSI), 0x11);
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), 77);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();
}

TEST(string_rep_of_nothing_does_nothing)
{
	start(1, false, true, true);
	go(0x10, 0);
	CHECK_EQ(handle(), 0);
	CHECK_EQ(device.calls, 0);
	CHECK_EQ(reg(HV_X64_REGISTER_RDI), 0x10);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();
}

TEST(string_goes_down_with_direction_flag)
{
	start(4, false, true, true);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, RFLAGS_DF | 2);
	go(0x108, 3);
	CHECK_EQ(handle(), 0);
	CHECK_EQ(ram[0x108], 0);
	CHECK_EQ(ram[0x104], 4);
	CHECK_EQ(ram[0x100], 8);
	CHECK_EQ(reg(HV_X64_REGISTER_RDI), 0xfc);
	fakevp_finish();
}

TEST(string_16_bit_addresses_wrap_and_keep_the_rest)
{
	start(1, false, true, false);
	/* ES:0xffff is outside the memory; make it 0 by the base. */
	segment(HV_X64_REGISTER_ES, (uint64_t)-0xfffe & 0xffffffff);
	CHECK_EQ(mshv_vm_map(fake.vm, 0xffff0000, ram, 0x1000, MSHV_MEM_WRITE),
		 0);
	go(0xabcd1234fffe, 0x1111222200020002);
	CHECK_EQ(handle(), 0);
	CHECK_EQ(ram[0], 0);
	CHECK_EQ(ram[1], 1);
	CHECK_EQ(reg(HV_X64_REGISTER_RDI), 0xabcd12340000);
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), 0x1111222200020000);
	fakevp_finish();
}

TEST(string_uses_segment_bases_outside_64_bit_mode)
{
	start(1, false, false, false);
	go(0x10, 0);
	CHECK_EQ(handle(), 0);
	CHECK_EQ(ram[0x1010], 0);
	fakevp_finish();

	start(1, true, false, false);
	ram[0x2010] = 0x42;
	go(0x10, 0);
	CHECK_EQ(handle(), 0);
	CHECK_EQ(device.got[0], 0x42);
	fakevp_finish();
}

TEST(string_obeys_prefixes)
{
	static const uint8_t bytes[] = { 0x65, 0x67, 0xf3, 0x6e };
	struct hv_x64_io_port_intercept_message *m = start(1, true, true, true);

	memcpy(m->instruction_bytes, bytes, sizeof(bytes));
	m->instruction_byte_count = sizeof(bytes);
	ram[0x3020] = 0x43;
	/* 32-bit addresses: the upper halves do not count, and are cleared. */
	go(0x500000020, 0x700000001);
	CHECK_EQ(handle(), 0);
	CHECK_EQ(device.n, 1);
	CHECK_EQ(device.got[0], 0x43);
	CHECK_EQ(reg(HV_X64_REGISTER_RSI), 0x21);
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), 0);
	fakevp_finish();
}

/* The host shows no bytes: they are in the guest's memory. */
TEST(string_prefixes_are_fetched)
{
	struct hv_x64_io_port_intercept_message *m = start(1, true, false, true);

	m->header.instruction_length = 3;
	memcpy(ram + 0x500, "\x65\x67\x6e", 3);
	ram[0x3020] = 0x44;
	go(0x500000020, 1);
	CHECK_EQ(handle(), 0);
	CHECK_EQ(device.got[0], 0x44);
	CHECK_EQ(reg(HV_X64_REGISTER_RSI), 0x21);
	fakevp_finish();

	/* Nor can they be read there. */
	m = start(1, true, false, true);
	m->header.instruction_length = 3;
	fakevp_set64(HV_X64_REGISTER_RIP, 0x9000);
	go(0x20, 1);
	CHECK_EQ(handle(), -EFAULT);
	CHECK_EQ(device.calls, 0);
	fakevp_finish();
}

static struct {
	uint64_t gpa, value;
	unsigned int reads, writes;
} memory_seen;

static int memory_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t *value)
{
	(void)vp;
	CHECK(opaque == &device && size == 4);
	memory_seen.reads++;
	memory_seen.gpa = gpa;
	*value = 0x64636261;
	return 0;
}

static int memory_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vp;
	CHECK(opaque == &device && size == 4);
	memory_seen.writes++;
	memory_seen.gpa = gpa;
	memory_seen.value = value;
	return 0;
}

static const struct mshv_mmio_ops memory_ops = { sizeof(memory_ops), memory_read, memory_write };

static const struct mshv_port_ops with_memory = {
	.size = sizeof(with_memory),
	.in = device_in, .out = device_out, .memory = &memory_ops,
};

/* Behind the memory there is a device; the last element of the memory is memory. */
TEST(string_has_its_other_end_at_a_device)
{
	memset(&memory_seen, 0, sizeof(memory_seen));
	start(4, true, true, true);
	memcpy(ram + 0x3ffc, "1234", 4);
	go(0x3ffc, 2);
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &with_memory, &device), 0);
	CHECK_EQ(memory_seen.reads, 1);
	CHECK_EQ(memory_seen.gpa, 0x4000);
	CHECK(!memcmp(device.got, "1234abcd", 8));
	CHECK_EQ(reg(HV_X64_REGISTER_RSI), 0x4004);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();

	start(4, false, true, true);
	go(0x3ffc, 2);
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &with_memory, &device), 0);
	CHECK(!memcmp(ram + 0x3ffc, "\0\1\2\3", 4));
	CHECK_EQ(memory_seen.writes, 1);
	CHECK_EQ(memory_seen.gpa, 0x4000);
	CHECK_EQ(memory_seen.value, 0x07060504);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();
}

/* insl to memory that the guest may only read, as with MOV */
TEST(string_to_read_only_memory_is_for_the_device)
{
	static _Alignas(4096) uint8_t rom[4096];

	memset(&memory_seen, 0, sizeof(memory_seen));
	start(4, false, false, true);
	CHECK_EQ(mshv_vm_map(fake.vm, 0x10000, rom, sizeof(rom), 0), 0);
	go(0x10010, 0);
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &with_memory, &device), 0);
	CHECK_EQ(memory_seen.writes, 1);
	CHECK_EQ(memory_seen.gpa, 0x10010);
	CHECK_EQ(rom[0x10], 0);
	fakevp_finish();
}

TEST(string_element_across_pages)
{
	start(4, false, false, true);
	go(0xffe, 0);
	CHECK_EQ(handle(), 0);
	CHECK(!memcmp(ram + 0xffe, "\0\1\2\3", 4));
	fakevp_finish();
}

TEST(string_fault_stops_where_it_is)
{
	start(4, false, true, true);
	go(0x3ff8, 5);
	CHECK_EQ(handle(), -EFAULT);
	/* Two elements fit; the third was not even read from the device. */
	CHECK_EQ(device.calls, 2);
	CHECK_EQ(reg(HV_X64_REGISTER_RDI), 0x4000);
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), 3);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x500);
	fakevp_finish();
}

TEST(string_device_error_stops_where_it_is)
{
	start(1, true, true, true);
	device.fail_at = 3;
	go(0x100, 5);
	CHECK_EQ(handle(), -EIO);
	CHECK_EQ(reg(HV_X64_REGISTER_RSI), 0x102);
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), 3);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x500);
	fakevp_finish();
}

TEST(string_long_ones_come_in_parts)
{
	start(1, false, true, true);
	go(0, STRING_MAX + 10);
	CHECK_EQ(handle(), 0);
	CHECK_EQ(device.calls, STRING_MAX);
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), 10);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x500);
	CHECK_EQ(mshv_vp_port_complete(fake.vp, 0), -EOPNOTSUPP);
	fakevp_finish();
}
