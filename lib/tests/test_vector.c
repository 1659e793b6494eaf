// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * MMIO: vector registers that the guest may not use now, and 64 bytes at once.
 */
#include <errno.h>
#include <string.h>

#include "memrig.h"
#include "test.h"

static void check_exception(uint8_t vector)
{
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value v;

	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), 0);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
	CHECK(v.pending_exception_event.event_pending);
	CHECK_EQ(v.pending_exception_event.vector, vector);
	CHECK_EQ(v.pending_exception_event.deliver_error_code, vector == 13);
	CHECK_EQ(v.pending_exception_event.error_code, 0);
	CHECK_EQ(memrig.n, 0);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x500);
	fakevp_finish();
}

static void start(uint64_t cr0, uint64_t cr4, uint64_t xfem)
{
	memrig_start(cr0);
	fakevp_set64(HV_X64_REGISTER_CR4, cr4);
	fakevp_set64(HV_X64_REGISTER_XFEM, xfem);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE);
}

/* movups, movq of MMX, and vmovups with %rbx: not with CR0.TS, which the host switches at */
TEST(vector_of_another_task_is_an_exception)
{
	start(9, 0x40200, 7);
	MEMRIG_EXIT(64, "\x0f\x10\x0b");
	check_exception(7);
	start(9, 0x40200, 7);
	MEMRIG_EXIT(64, "\x0f\x6f\x0b");
	check_exception(7);
	start(9, 0x40200, 7);
	MEMRIG_EXIT(64, "\xc5\xfc\x10\x0b");
	check_exception(7);
}

/* Without CR4.OSFXSR, with CR0.EM, without CR4.OSXSAVE, and without XCR0's bit. */
TEST(vector_that_is_not_enabled_is_undefined)
{
	start(1, 0, 7);
	MEMRIG_EXIT(64, "\x0f\x10\x0b");
	check_exception(6);
	start(5, 0x200, 7);
	MEMRIG_EXIT(64, "\x0f\x6f\x0b");
	check_exception(6);
	start(1, 0x200, 7);
	MEMRIG_EXIT(64, "\xc5\xfc\x10\x0b");
	check_exception(6);
	start(1, 0x40200, 3);
	MEMRIG_EXIT(64, "\xc5\xfc\x10\x0b");
	check_exception(6);
}

/* movdir64b (%rbx), %rax: from the device to memory, and to memory that is not aligned */
TEST(vector_of_64_bytes_is_copied)
{
	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE + 0x80);
	fakevp_set64(HV_X64_REGISTER_RAX, 0x2040);
	MEMRIG_EXIT(64, "\x66\x0f\x38\xf8\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig.n, 8);
	memrig_check_seen(0, MEMRIG_DEVICE + 0x80, 8);
	memrig_check_seen(7, MEMRIG_DEVICE + 0xb8, 8);
	for (unsigned int i = 0; i < 64; i++)
		CHECK_EQ(memrig.ram[0x2040 + i], 0x80 + i);
	CHECK_EQ(memrig.ram[0x203f] | memrig.ram[0x2080], 0);
	fakevp_finish();

	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE + 0x80);
	fakevp_set64(HV_X64_REGISTER_RAX, 0x2041);
	MEMRIG_EXIT(64, "\x66\x0f\x38\xf8\x03");
	check_exception(13);
}

/* movdiri %rax, (%rbx) */
TEST(vector_movdiri_is_a_store)
{
	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE);
	fakevp_set64(HV_X64_REGISTER_RAX, 0x8877665544332211);
	MEMRIG_EXIT(64, "\x48\x0f\x38\xf9\x03");
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig.n, 1);
	memrig_check_seen(0, MEMRIG_DEVICE, 8);
	CHECK_EQ(memrig.seen[0].value, 0x8877665544332211);
	fakevp_finish();
}
