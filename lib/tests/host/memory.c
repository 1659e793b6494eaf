// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Memory exits of a real /dev/mshv: run inside a root partition. The guests are a few
 * instructions in 16-bit mode.
 */
#include <errno.h>
#include <hvabi/intercept.h>
#include <mshvctl/mshvctl.h>
#include <string.h>

#include "../test.h"
#include "rig.h"

#define DEVICE 0x20000
#define HANDLER 0x2000
#define PROTECTION 13

#define LOAD(bytes) memcpy(rig.ram + RIG_CODE, bytes, sizeof(bytes) - 1)

/* Two pages of a device. */
static struct {
	uint8_t bytes[0x2000];
	unsigned int reads, writes;
} device;

static int read_device(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t *value)
{
	(void)vp;
	CHECK(opaque == &device && gpa - DEVICE <= sizeof(device.bytes) - size);
	device.reads++;
	memcpy(value, device.bytes + (gpa - DEVICE), size);
	return 0;
}

static int write_device(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t value)
{
	(void)vp;
	CHECK(opaque == &device && gpa - DEVICE <= sizeof(device.bytes) - size);
	device.writes++;
	memcpy(device.bytes + (gpa - DEVICE), &value, size);
	return 0;
}

static const struct mshv_mmio_ops ops = { sizeof(ops), read_device, write_device };

/* Run, and carry out memory exits, until the guest writes to @port. */
static void run_to_port(uint16_t port)
{
	const struct hv_message *msg;
	struct mshv_port_exit exit;

	for (;;) {
		CHECK_EQ(mshv_vp_run(rig.vp, &msg), 0);
		if (msg->header.message_type == HVMSG_X64_IO_PORT_INTERCEPT)
			break;
		CHECK_EQ(mshv_vp_handle_mmio(rig.vp, &ops, &device), 0);
	}
	CHECK_EQ(mshv_port_decode(msg, &exit), 0);
	CHECK_EQ(exit.port, port);
	CHECK_EQ(mshv_vp_port_complete(rig.vp, 0), 0);
}

static void set_segment(uint32_t name, uint64_t base, uint32_t limit)
{
	union hv_register_value v = { .segment = {
		.base = base, .limit = limit, .selector = (uint16_t)(base >> 4),
		.attributes = 0x93,
	} };

	CHECK_EQ(mshv_vp_set_regs(rig.vp, &name, &v, 1), 0);
}

static uint64_t reg(uint32_t name)
{
	uint64_t value;

	CHECK_EQ(mshv_vp_get_reg(rig.vp, name, &value), 0);
	return value;
}

/* DS is the device. The handler of #GP: out %al, $0x83 */
static void start(unsigned int flags)
{
	static const uint16_t entry[] = { HANDLER, 0 };

	memset(&device, 0, sizeof(device));
	rig_start(flags);
	memcpy(rig.ram + 4 * PROTECTION, entry, sizeof(entry));
	memcpy(rig.ram + HANDLER, "\xe6\x83", 2);
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RSP, 0x8000), 0);
	set_segment(HV_X64_REGISTER_DS, DEVICE, 0xffff);
}

/* lock xadd %eax, 0xffe; out %al, $0x80 */
static void check_xadd(unsigned int flags)
{
	start(flags);
	LOAD("\xf0\x66\x0f\xc1\x06\xfe\x0f\xe6\x80");
	memcpy(device.bytes + 0xffe, &(uint32_t){ 0x12345678 }, 4);
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RAX, 0x11111111), 0);
	run_to_port(0x80);
	CHECK_EQ(reg(HV_X64_REGISTER_RAX), 0x12345678);
	CHECK(!memcmp(device.bytes + 0xffe, &(uint32_t){ 0x23456789 }, 4));
	CHECK_EQ(device.reads, 2);
	CHECK_EQ(device.writes, 2);
	rig_finish();
}

TEST(host_locked_exchange_across_pages_of_a_device)
{
	check_xadd(0);
	check_xadd(MSHV_VP_NO_REGISTER_PAGE);
}

/* movups 0x10, %xmm0; movups %xmm0, 0x20, by way of the page or not; out %al, $0x80 */
TEST(host_vector_goes_through_a_device)
{
	for (unsigned int flags = 0; flags < 2; flags++) {
		start(flags ? MSHV_VP_NO_REGISTER_PAGE : 0);
		LOAD("\x0f\x10\x06\x10\x00\x0f\x11\x06\x20\x00\xe6\x80");
		/* CR4.OSFXSR */
		CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_CR4,
					 reg(HV_X64_REGISTER_CR4) | 0x200), 0);
		memcpy(device.bytes + 0x10, "0123456789abcdef", 16);
		run_to_port(0x80);
		CHECK(!memcmp(device.bytes + 0x20, "0123456789abcdef", 16));
		rig_finish();
	}
}

/* rep movsb from the device to a segment of two bytes: the guest gets its fault. */
TEST(host_string_that_leaves_its_segment_faults)
{
	start(0);
	LOAD("\xf3\xa4\xe6\x80");
	memcpy(device.bytes, "abcd", 4);
	set_segment(HV_X64_REGISTER_ES, 0, 0x3001);
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RSI, 0), 0);
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RDI, 0x3000), 0);
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RCX, 4), 0);
	run_to_port(0x83);
	CHECK(!memcmp(rig.ram + 0x3000, "ab\0\0", 4));
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), 2);
	CHECK_EQ(device.reads, 2);
	/* What it pushed is the instruction, and no error code. */
	CHECK_EQ(reg(HV_X64_REGISTER_RSP), 0x8000 - 6);
	CHECK(!memcmp(rig.ram + 0x8000 - 6, &(uint16_t){ RIG_CODE }, 2));
	rig_finish();
}

/* incb 0x10; nop; and the handler of a trap: out %al, $0x83 */
TEST(host_step_over_a_memory_exit_traps)
{
	static const uint16_t entry[] = { HANDLER, 0 };

	start(0);
	memcpy(rig.ram + 4, entry, sizeof(entry));
	LOAD("\xfe\x06\x10\x00\x90\xe6\x80");
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RFLAGS, 0x102), 0);
	run_to_port(0x83);
	CHECK_EQ(device.bytes[0x10], 1);
	CHECK_EQ(device.writes, 1);
	CHECK(!memcmp(rig.ram + 0x8000 - 6, &(uint16_t){ RIG_CODE + 4 }, 2));
	CHECK(reg(HV_X64_REGISTER_DR6) & 0x4000);
	rig_finish();
}
