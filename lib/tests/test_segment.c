// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Operands of memory exits and of string port exits: limits and rights of segments.
 */
#include <errno.h>
#include <string.h>

#include "memrig.h"
#include "test.h"

static int in(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t *value)
{
	(void)vp;
	CHECK(opaque == &memrig);
	(void)port;
	*value = 0x5a;
	memrig_see(0, size, 0);
	return 0;
}

static int out(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size, uint32_t value)
{
	(void)vp;
	CHECK(opaque == &memrig);
	(void)port;
	memrig_see(0, size, value);
	return 0;
}

static const struct mshv_port_ops ports = { .size = sizeof(ports), .in = in, .out = out };

struct segment_case {
	uint8_t bits;
	uint16_t attributes;
	uint32_t limit;
	uint64_t offset;
	bool write;
	bool allowed;
};

/* Attributes: 0x93 data that may be written, 0x91 that may not, +4 expanding down; 0x9b
 * code that may be read, 0x99 that may not; 0x4000 of 32 bits. Accesses of 4 bytes.
 */
static const struct segment_case cases[] = {
	{ 32, 0x4093, 0xfff, 0xffc, false, true },
	{ 32, 0x4093, 0xfff, 0xffd, false, false },
	{ 32, 0x4093, 0xfff, 0xffd, true, false },
	{ 32, 0x4093, 0xfff, 0xffffffff, false, false },
	{ 32, 0x4091, 0xfff, 0x10, false, true },
	{ 32, 0x4091, 0xfff, 0x10, true, false },
	{ 32, 0x409b, 0xfff, 0x10, false, true },
	{ 32, 0x409b, 0xfff, 0x10, true, false },
	{ 32, 0x4099, 0xfff, 0x10, false, false },
	{ 32, 0x4013, 0xfff, 0x10, false, false },
	{ 32, 0x0000, 0xfff, 0x10, false, false },
	{ 32, 0x4097, 0xfff, 0x1000, true, true },
	{ 32, 0x4097, 0xfff, 0xfff, true, false },
	{ 32, 0x4097, 0xfff, 0xfffffffc, true, true },
	{ 32, 0x4097, 0xfff, 0xfffffffd, true, false },
	{ 32, 0x0097, 0xfff, 0xfffc, true, true },
	{ 32, 0x0097, 0xfff, 0xfffd, true, false },
	{ 32, 0x4095, 0xfff, 0x1000, true, false },
	/* Real mode: only the limit. */
	{ 16, 0x0093, 0xffff, 0xfffc, true, true },
	{ 16, 0x0093, 0xffff, 0xfffd, true, false },
	{ 16, 0x0093, 0xffff, 0xffff, false, false },
	{ 16, 0x0000, 0xffff, 0x10, true, true },
	/* 64-bit mode: nothing at all. */
	{ 64, 0x0000, 0, 0x12345678, true, true },
};

/* mov %eax, (%ebx) and mov (%ebx), %eax, in 16-bit code with both sizes changed; and the
 * same in the stack segment.
 */
static void check_case(const struct segment_case *c, bool stack)
{
	char bytes[4] = "\x67\x66\x8b\x03";
	bool small = c->bits == 16;

	memrig_start(small ? 0 : 1);
	memrig_segment(stack ? HV_X64_REGISTER_SS : HV_X64_REGISTER_DS, MEMRIG_DEVICE, c->limit,
		c->attributes);
	fakevp_set64(stack ? HV_X64_REGISTER_RSP : HV_X64_REGISTER_RBX,
		     c->bits == 64 ? MEMRIG_DEVICE + c->offset : c->offset);
	if (c->write)
		bytes[2] = '\x89';
	if (stack)
		memrig_exit(c->bits, small ? (char[]){ 0x67, 0x66, bytes[2], 0x04, 0x24 } :
					   (char[]){ bytes[2], 0x04, 0x24 }, small ? 5 : 3);
	else
		memrig_exit(c->bits, small ? bytes : bytes + 2, small ? 4 : 2);
	memrig_handle(c->allowed ? MEMRIG_NO_FAULT : stack ? 12 : 13);
	if (c->allowed)
		memrig_check_seen(0, (uint32_t)(MEMRIG_DEVICE + c->offset), 4);
	fakevp_finish();
}

TEST(operand_obeys_segments)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		check_case(&cases[i], false);
		check_case(&cases[i], true);
	}
}

/* A segment with all rights but those that it should have: there are none in virtual
 * 8086 mode, and the processor is in protected mode.
 */
TEST(operand_in_virtual_8086_mode_has_limits_only)
{
	struct hv_x64_memory_intercept_message *m;

	memrig_start(1);
	memrig_segment(HV_X64_REGISTER_DS, MEMRIG_DEVICE, 0xffff, 0xf1);
	fakevp_set64(HV_X64_REGISTER_RBX, 0x20);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, 0x20002);
	m = MEMRIG_EXIT(16, "\x88\x07");
	m->header.execution_state.cr0_pe = 1;
	m->header.execution_state.cpl = 3;
	memrig_handle(MEMRIG_NO_FAULT);
	memrig_check_seen(0, MEMRIG_DEVICE + 0x20, 1);
	fakevp_finish();
}

/* mov (%ebx), %eax at the end of the address space */
TEST(operand_wraps_in_a_flat_segment)
{
	memrig_start(1);
	memcpy(memrig.ram, "\x33\x44", 2);
	fakevp_set64(HV_X64_REGISTER_RBX, 0xfffffffe);
	MEMRIG_EXIT(32, "\x8b\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig.n, 1);
	memrig_check_seen(0, 0xfffffffe, 2);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RAX), 0x4433fffe);
	fakevp_finish();
}

/* rep movsb out of %ss, which it leaves in the middle, and into %es, which is too small */
TEST(operand_of_a_string_ends_with_its_segment)
{
	memrig_start(1);
	memrig_segment(HV_X64_REGISTER_SS, 0, 0x101, MEMRIG_FLAT);
	fakevp_set64(HV_X64_REGISTER_RSI, 0x100);
	fakevp_set64(HV_X64_REGISTER_RDI, 0x200);
	fakevp_set64(HV_X64_REGISTER_RCX, 5);
	memcpy(memrig.ram + 0x100, "abcde", 5);
	MEMRIG_EXIT(32, "\x36\xf3\xa4");
	memrig_handle(12);
	CHECK(!memcmp(memrig.ram + 0x200, "ab\0\0\0", 5));
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RSI), 0x102);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RDI), 0x202);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RCX), 3);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x500);
	fakevp_finish();

	memrig_start(1);
	memrig_segment(HV_X64_REGISTER_ES, 0, 0x1ff, MEMRIG_FLAT);
	fakevp_set64(HV_X64_REGISTER_RSI, 0x100);
	fakevp_set64(HV_X64_REGISTER_RDI, 0x200);
	MEMRIG_EXIT(32, "\x36\xa4");
	memrig_handle(13);
	fakevp_finish();
}

/* rep insb to the end of %es, and outsw at the end of %ds */
TEST(operand_of_a_port_string_ends_with_its_segment)
{
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	struct hv_x64_io_port_intercept_message *m;
	union hv_register_value v;

	for (int write = 0; write < 2; write++) {
		memrig_start(1);
		memrig_segment(HV_X64_REGISTER_ES, 0x100, 0x21, MEMRIG_FLAT);
		memrig_segment(HV_X64_REGISTER_DS, 0x100, 0x20, MEMRIG_FLAT);
		fakevp_set64(HV_X64_REGISTER_RDI, 0x20);
		fakevp_set64(HV_X64_REGISTER_RSI, 0x20);
		fakevp_set64(HV_X64_REGISTER_RCX, 5);
		m = fakevp_port(0x60, write ? 2 : 1, write);
		m->header.cs_segment._long = 0;
		m->header.cs_segment._default = 1;
		m->header.execution_state.cr0_pe = 1;
		m->access_info.string_op = 1;
		m->access_info.rep_prefix = !write;
		fakevp_run();
		CHECK_EQ(mshv_vp_handle_port(fake.vp, &ports, &memrig), 0);
		CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
		CHECK_EQ(v.pending_exception_event.vector, 13);
		CHECK_EQ(memrig.n, write ? 0 : 2);
		CHECK_EQ(memrig_reg(HV_X64_REGISTER_RCX), write ? 5 : 3);
		CHECK(write || !memcmp(memrig.ram + 0x120, "\x5a\x5a\0", 3));
		fakevp_finish();
	}
}
