// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * INS and OUTS whose other end is a device in memory, or memory that may only be read.
 */
#include <string.h>

#include "stringrig.h"

static struct {
	uint64_t gpa, value;
	unsigned int reads, writes;
} memory_seen;

static int memory_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t *value)
{
	(void)vp;
	CHECK(opaque == &string_device && size == 4);
	memory_seen.reads++;
	memory_seen.gpa = gpa;
	*value = 0x64636261;
	return 0;
}

static int memory_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vp;
	CHECK(opaque == &string_device && size == 4);
	memory_seen.writes++;
	memory_seen.gpa = gpa;
	memory_seen.value = value;
	return 0;
}

static const struct mshv_mmio_ops memory_ops = { sizeof(memory_ops), memory_read, memory_write };

static const struct mshv_port_ops with_memory = {
	.size = sizeof(with_memory),
	.in = string_device_in, .out = string_device_out, .memory = &memory_ops,
};

/* Behind the memory there is a device; the last element of the memory is memory. */
TEST(string_has_its_other_end_at_a_device)
{
	memset(&memory_seen, 0, sizeof(memory_seen));
	string_start(4, true, true, true);
	memcpy(string_ram + 0x3ffc, "1234", 4);
	string_go(0x3ffc, 2);
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &with_memory, &string_device), 0);
	CHECK_EQ(memory_seen.reads, 1);
	CHECK_EQ(memory_seen.gpa, 0x4000);
	CHECK(!memcmp(string_device.got, "1234abcd", 8));
	CHECK_EQ(string_reg(HV_X64_REGISTER_RSI), 0x4004);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();

	string_start(4, false, true, true);
	string_go(0x3ffc, 2);
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &with_memory, &string_device), 0);
	CHECK(!memcmp(string_ram + 0x3ffc, "\0\1\2\3", 4));
	CHECK_EQ(memory_seen.writes, 1);
	CHECK_EQ(memory_seen.gpa, 0x4000);
	CHECK_EQ(memory_seen.value, 0x07060504);
	CHECK_EQ(string_reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();
}

/* insl to memory that the guest may only read, as with MOV */
TEST(string_to_read_only_memory_is_for_the_device)
{
	static _Alignas(4096) uint8_t rom[4096];

	memset(&memory_seen, 0, sizeof(memory_seen));
	string_start(4, false, false, true);
	CHECK_EQ(mshv_vm_map(fake.vm, 0x10000, rom, sizeof(rom), 0), 0);
	string_go(0x10010, 0);
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &with_memory, &string_device), 0);
	CHECK_EQ(memory_seen.writes, 1);
	CHECK_EQ(memory_seen.gpa, 0x10010);
	CHECK_EQ(rom[0x10], 0);
	fakevp_finish();
}
