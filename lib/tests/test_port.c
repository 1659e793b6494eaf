// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Port exits.
 */
#include <errno.h>
#include <string.h>

#include "fakevp.h"
#include "test.h"

static struct {
	uint16_t port;
	unsigned int size;
	uint32_t value;
	unsigned int calls;
	int ret;
} device;

static int device_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		     uint32_t *value)
{
	(void)vp;
	CHECK(opaque == &device);
	device.port = port;
	device.size = size;
	device.calls++;
	*value = device.value;
	return device.ret;
}

static int device_out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		      uint32_t value)
{
	(void)vp;
	CHECK(opaque == &device);
	device.port = port;
	device.size = size;
	device.value = value;
	device.calls++;
	return device.ret;
}

static const struct mshv_port_ops device_ops = {
	.size = sizeof(device_ops),
	.in = device_in,
	.out = device_out,
};

static uint64_t file(uint32_t name)
{
	return fake.model.file[reg_slot(name)].reg64;
}

/* What the plain register file holds after the instruction. */
static void file_write(uint32_t name, uint64_t value)
{
	union hv_register_value v = { .reg64 = value };

	hvmodel_file_write(&fake.model, reg_slot(name), &v);
}

static void check_in(enum hv_page_mode mode, unsigned int size)
{
	uint64_t mask = size == 4 ? UINT64_MAX : (1ull << 8 * size) - 1;

	fakevp_start(mode, 0);
	fakevp_port(0x60, size, false);
	fakevp_run();
	memset(&device, 0, sizeof(device));
	device.value = 0x89abcdef;
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &device_ops, &device), 0);
	CHECK_EQ(device.port, 0x60);
	CHECK_EQ(device.size, size);
	file_write(HV_X64_REGISTER_RAX, (file(HV_X64_REGISTER_RAX) & ~mask) |
					(0x89abcdef & mask));
	file_write(HV_X64_REGISTER_RIP, file(HV_X64_REGISTER_RIP) + 2);
	fakevp_run();
	fakevp_finish();
}

TEST(port_in_of_all_sizes)
{
	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++)
		for (unsigned int size = 1; size <= 4; size *= 2)
			check_in((enum hv_page_mode)mode, size);
}

static void check_out(enum hv_page_mode mode, unsigned int size)
{
	uint32_t mask = size == 4 ? UINT32_MAX : (1u << 8 * size) - 1;
	uint64_t rax;

	fakevp_start(mode, 0);
	fakevp_port(0x3f8, size, true);
	fakevp_run();
	rax = file(HV_X64_REGISTER_RAX);
	memset(&device, 0, sizeof(device));
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &device_ops, &device), 0);
	CHECK_EQ(device.value, (uint32_t)rax & mask);
	file_write(HV_X64_REGISTER_RIP, file(HV_X64_REGISTER_RIP) + 2);
	fakevp_run();
	fakevp_finish();
}

TEST(port_out_of_all_sizes)
{
	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++)
		for (unsigned int size = 1; size <= 4; size *= 2)
			check_out((enum hv_page_mode)mode, size);
}

TEST(port_exit_costs_one_system_call_with_page)
{
	fakevp_start(PAGE_VALID, 0);
	fakevp_port(0x3f8, 1, true);
	fakevp_run();
	fake.ioctls = 0;
	for (unsigned int i = 0; i < 50; i++) {
		CHECK_EQ(mshv_vp_handle_port(fake.vp, &device_ops, &device), 0);
		file_write(HV_X64_REGISTER_RIP, file(HV_X64_REGISTER_RIP) + 2);
		fakevp_run();
	}
	CHECK_EQ(fake.ioctls, 50);
	fakevp_finish();
}

TEST(port_exit_costs_two_system_calls_without_page)
{
	fakevp_start(PAGE_MISSING, 0);
	fakevp_port(0x60, 1, false);
	fakevp_run();
	fake.ioctls = 0;
	device.value = 0;
	for (unsigned int i = 0; i < 50; i++) {
		uint64_t rax = file(HV_X64_REGISTER_RAX);

		CHECK_EQ(mshv_vp_handle_port(fake.vp, &device_ops, &device), 0);
		file_write(HV_X64_REGISTER_RAX, rax & ~0xffull);
		file_write(HV_X64_REGISTER_RIP, file(HV_X64_REGISTER_RIP) + 2);
		fakevp_run();
	}
	CHECK_EQ(fake.ioctls, 100);
	fakevp_finish();
}

/*
 * The pattern of VMware's backdoor port: in the middle of an IN the device asks
 * for all registers, answers in several of them, and stores all of them again.
 */
static int vmport_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		     uint32_t *value)
{
	(void)vp;
	static const uint32_t changed[] = {
		HV_X64_REGISTER_RAX, HV_X64_REGISTER_RBX, HV_X64_REGISTER_RCX,
		HV_X64_REGISTER_RDX,
	};
	union hv_register_value values[REG_SLOTS];
	uint32_t names[REG_SLOTS];
	size_t n, stored = 0;

	CHECK(opaque == &device && port == 0x5658 && size == 4);
	CHECK_EQ(mshv_reg_tier_names(MSHV_TIER_FULL, names, REG_SLOTS, &n), 0);
	CHECK_EQ(mshv_vp_load_regs(fake.vp, MSHV_TIER_FULL), 0);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, names, values, n), 0);
	for (size_t i = 0; i < n; i++) {
		int slot = reg_slot(names[i]);

		CHECK(hvmodel_same(slot, &values[i], &fake.model.file[slot]));
		for (size_t j = 0; j < 4; j++)
			if (names[i] == changed[j])
				values[i].reg64 = 0x564d5868 + j;
		if (reg_table[slot].flags & REG_READ_ONLY)
			continue;
		hvmodel_file_write(&fake.model, slot, &values[i]);
		names[stored] = names[i];
		values[stored++] = values[i];
	}
	CHECK_EQ(mshv_vp_set_regs(fake.vp, names, values, stored), 0);
	*value = 0x12345678;
	return 0;
}

static void check_vmport(enum hv_page_mode mode)
{
	static const struct mshv_port_ops ops = {
		.size = sizeof(ops),
		.in = vmport_in,
		.out = device_out,
	};
	struct mshv_vp_counters c = { .size = sizeof(c) };

	fakevp_start(mode, 0);
	fakevp_port(0x5658, 4, false);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &ops, &device), 0);
	CHECK_EQ(file(HV_X64_REGISTER_RBX), 0x564d5869);
	file_write(HV_X64_REGISTER_RAX, 0x12345678);
	file_write(HV_X64_REGISTER_RIP, file(HV_X64_REGISTER_RIP) + 2);
	/* Entering, the model compares every register with the file. */
	fakevp_run();
	CHECK_EQ(mshv_vp_counters(fake.vp, &c), 0);
	CHECK_EQ(c.regs.get_calls, 1);
	CHECK_EQ(c.regs.set_calls, 1);
	if (mode == PAGE_VALID) {
		/* Only the volatile ones; what did not change is not written. */
		CHECK_EQ(c.regs.set_regs, 2);
		CHECK_EQ(c.regs.page_writes, 5);
	}
	fakevp_finish();
}

TEST(port_vmport_pattern_loses_nothing)
{
	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++)
		check_vmport((enum hv_page_mode)mode);
}

TEST(port_device_error_completes_nothing)
{
	fakevp_start(PAGE_VALID, 0);
	fakevp_port(0x60, 1, false);
	fakevp_run();
	memset(&device, 0, sizeof(device));
	device.ret = -ENXIO;
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &device_ops, &device), -ENXIO);
	fakevp_run();
	fakevp_finish();
}

static int jumping_in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		      uint32_t *value)
{
	(void)vp;
	CHECK(opaque && port && size);
	*value = 0;
	file_write(HV_X64_REGISTER_RIP, 0xfff0);
	return mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RIP, 0xfff0);
}

TEST(port_device_may_move_rip)
{
	static const struct mshv_port_ops ops = {
		.size = sizeof(ops),
		.in = jumping_in,
		.out = device_out,
	};

	fakevp_start(PAGE_VALID, 0);
	fakevp_port(0x92, 4, false);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_port(fake.vp, &ops, &device), 0);
	file_write(HV_X64_REGISTER_RAX, 0);
	fakevp_run();
	fakevp_finish();
}

TEST(port_rip_wraps_outside_64_bit_mode)
{
	static const uint64_t rip = 0xffffffff;

	fakevp_start(PAGE_VALID, 0);
	fakevp_port(0x80, 1, true)->header.cs_segment._long = 0;
	fake.model.rip = &rip;
	fakevp_run();
	CHECK_EQ(mshv_vp_port_complete(fake.vp, 0), 0);
	file_write(HV_X64_REGISTER_RIP, 1);
	fakevp_run();
	fakevp_finish();
}

TEST(port_decode_refuses_what_makes_no_sense)
{
	struct hv_x64_io_port_intercept_message *m;
	struct mshv_port_exit exit;

	m = fakevp_port(0x60, 2, true);
	CHECK_EQ(mshv_port_decode(&fake.message, &exit), 0);
	CHECK(exit.port == 0x60 && exit.size == 2 && exit.write &&
	      !exit.string && !exit.rep);
	CHECK_EQ(mshv_port_decode(NULL, &exit), -EINVAL);
	CHECK_EQ(mshv_port_decode(&fake.message, NULL), -EINVAL);
	m->access_info.access_size = 3;
	CHECK_EQ(mshv_port_decode(&fake.message, &exit), -EBADMSG);
	m->access_info.access_size = 0;
	CHECK_EQ(mshv_port_decode(&fake.message, &exit), -EBADMSG);
	m = fakevp_port(0x60, 1, true);
	m->header.instruction_length = 0;
	CHECK_EQ(mshv_port_decode(&fake.message, &exit), -EBADMSG);
	m = fakevp_port(0x60, 1, true);
	m->header.intercept_access_type = HV_INTERCEPT_ACCESS_EXECUTE;
	CHECK_EQ(mshv_port_decode(&fake.message, &exit), -EBADMSG);
	fakevp_port(0x60, 1, true);
	fake.message.header.payload_size--;
	CHECK_EQ(mshv_port_decode(&fake.message, &exit), -EINVAL);
	fakevp_port(0x60, 1, true);
	fake.message.header.message_type = HVMSG_X64_HALT;
	CHECK_EQ(mshv_port_decode(&fake.message, &exit), -EINVAL);
}
