// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The dirty log has what the library writes for the guest, which no hypervisor sees.
 */
#include <errno.h>
#include <string.h>

#include "memrig.h"
#include "test.h"

#define HIGH 0x100000000 /* a second piece */
#define HIGH_PAGES 200

static _Alignas(4096) uint8_t high[HIGH_PAGES * 4096];
static int kernel_error;
static uint8_t kernel_bits;

/* The guest itself has written what kernel_bits says. */
static int answer(unsigned long request, void *arg)
{
	const struct mshv_gpap_access_bitmap *args = arg;

	if (kernel_error)
		return kernel_error;
	if (request == MSHV_GET_GPAP_ACCESS_BITMAP)
		memset((void *)(uintptr_t)args->bitmap_ptr, kernel_bits,
		       (args->page_count + 7) / 8);
	return 0;
}

static void start_log(void)
{
	kernel_error = 0;
	kernel_bits = 0;
	fake.vm_ioctl = answer;
	CHECK_EQ(mshv_vm_start_dirty_log(fake.vm), 0);
}

static uint8_t dirty(enum mshv_access_then then)
{
	uint8_t bits = 0x5a;

	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 0, 8, MSHV_DIRTY, then, &bits), 0);
	return bits;
}

/* The instruction writes these pages, of which there is a bit then, until it is cleared. */
static void check_exit(uint8_t pages)
{
	start_log();
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(dirty(MSHV_ACCESS_KEEP), pages);
	CHECK_EQ(dirty(MSHV_ACCESS_CLEAR), pages);
	CHECK_EQ(dirty(MSHV_ACCESS_KEEP), 0);
	CHECK_EQ(mshv_vm_stop_dirty_log(fake.vm), 0);
	fakevp_finish();
}

/* movsb and stosl across two pages, to memory */
TEST(written_by_strings_is_dirty)
{
	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RSI, MEMRIG_DEVICE);
	fakevp_set64(HV_X64_REGISTER_RDI, 0x3004);
	MEMRIG_EXIT(32, "\xa4");
	check_exit(1 << 3);

	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RDI, 0x4ffe);
	MEMRIG_EXIT(32, "\xab");
	check_exit(3 << 4);
}

/* lock incl (%ebx), and lodsb, which writes nothing */
TEST(written_by_changes_is_dirty)
{
	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RBX, 0x6000);
	MEMRIG_EXIT(32, "\xf0\xff\x03");
	check_exit(1 << 6);

	memrig_start(1);
	fakevp_set64(HV_X64_REGISTER_RSI, 0x6000);
	MEMRIG_EXIT(32, "\xac");
	check_exit(0);
}

/* mov (%rbx), %eax: all levels become accessed, once */
TEST(written_to_page_tables_is_dirty)
{
	for (int accessed = 0; accessed < 2; accessed++) {
		memrig_start_long();
		for (unsigned int level = 1; accessed && level < 4; level++)
			memrig.ram[0x1000 * level] |= 0x20;
		fakevp_set64(HV_X64_REGISTER_RBX, 0x1000);
		MEMRIG_EXIT(64, "\x8b\x03");
		check_exit(accessed ? 1 << 4 : 0x1e);
	}
}

/* rep insb across a page boundary, and rep outsb */
TEST(written_by_port_strings_is_dirty)
{
	for (int write = 0; write < 2; write++) {
		struct hv_x64_io_port_intercept_message *m;

		memrig_start(1);
		start_log();
		m = fakevp_port(0x60, 1, write);
		m->access_info.string_op = 1;
		m->access_info.rep_prefix = 1;
		m->header.cs_segment._long = 0;
		m->header.cs_segment._default = 1;
		m->header.execution_state.cr0_pe = 1;
		fakevp_set64(HV_X64_REGISTER_RDI, 0x1ff0);
		fakevp_set64(HV_X64_REGISTER_RSI, 0x1ff0);
		fakevp_set64(HV_X64_REGISTER_RCX, 0x20);
		fakevp_run();
		CHECK_EQ(mshv_vp_handle_port(fake.vp, &memrig_ports, &memrig), 0);
		CHECK_EQ(dirty(MSHV_ACCESS_KEEP), write ? 0 : 3 << 1);
		fakevp_finish();
	}
}

/* Any part of a log of any part of memory, in any piece, with the hypervisor's own bits. */
TEST(written_bits_are_where_they_belong)
{
	uint8_t bits[(HIGH_PAGES + 16) / 8];

	memrig_start(1);
	start_log();
	CHECK_EQ(mshv_vm_map(fake.vm, HIGH, high, sizeof(high), MSHV_MEM_WRITE), 0);
	CHECK_EQ(mshv_vm_note_write(fake.vm, HIGH + 0x1fff, 2), 0);
	CHECK_EQ(mshv_vm_note_write(fake.vm, HIGH + 63 * 4096, 2 * 4096), 0);
	CHECK_EQ(mshv_vm_note_write(fake.vm, HIGH + 199 * 4096, 4096), 0);
	CHECK_EQ(mshv_vm_note_write(fake.vm, 0x7000, 1), 0);
	CHECK_EQ(mshv_vm_note_write(fake.vm, HIGH + 199 * 4096, 4097), -EFAULT);
	CHECK_EQ(mshv_vm_note_write(fake.vm, MEMRIG_RAM, 1), -EFAULT);

	memset(bits, 0, sizeof(bits));
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, HIGH - 5 * 4096, 64, MSHV_DIRTY,
					 MSHV_ACCESS_CLEAR, bits), 0);
	CHECK_EQ(bits[0], 1 << 6 | 1 << 7);
	CHECK_EQ(bits[8], 0);
	/* What was not asked for is not cleared. */
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, HIGH, 200, MSHV_DIRTY,
					 MSHV_ACCESS_CLEAR, bits), 0);
	for (size_t i = 0; i < 25; i++)
		CHECK_EQ(bits[i], i == 7 || i == 24 ? 0x80 : i == 8 ? 1 : 0);
	CHECK_EQ(dirty(MSHV_ACCESS_KEEP), 0x80);
	kernel_bits = 0x11;
	CHECK_EQ(dirty(MSHV_ACCESS_CLEAR), 0x91);
	CHECK_EQ(dirty(MSHV_ACCESS_CLEAR), 0x11);
	fakevp_finish();
}

/* A call that fails has cleared nothing of it, and accessed bits are another matter. */
TEST(written_bits_are_not_lost)
{
	uint8_t bits;

	memrig_start(1);
	start_log();
	CHECK_EQ(mshv_vm_note_write(fake.vm, 0x1000, 1), 0);
	kernel_error = -EIO;
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 0, 8, MSHV_DIRTY, MSHV_ACCESS_CLEAR,
					 &bits), -EIO);
	CHECK_EQ(mshv_vm_start_dirty_log(fake.vm), -EIO);
	CHECK_EQ(mshv_vm_stop_dirty_log(fake.vm), -EIO);
	kernel_error = 0;
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 0, 8, MSHV_ACCESSED, MSHV_ACCESS_CLEAR,
					 &bits), 0);
	CHECK_EQ(bits, 0);
	CHECK_EQ(mshv_vm_start_dirty_log(fake.vm), 0);
	CHECK_EQ(dirty(MSHV_ACCESS_KEEP), 1 << 1);
	fakevp_finish();
}

/* Neither before the log runs, nor when it failed to, nor after it. */
TEST(written_bits_are_of_a_log)
{
	memrig_start(1);
	fake.vm_ioctl = answer;
	kernel_error = -EIO;
	CHECK_EQ(mshv_vm_start_dirty_log(fake.vm), -EIO);
	kernel_error = 0;
	kernel_bits = 0;
	CHECK_EQ(mshv_vm_note_write(fake.vm, 0x1000, 1), 0);
	CHECK_EQ(dirty(MSHV_ACCESS_KEEP), 0);
	start_log();
	CHECK_EQ(dirty(MSHV_ACCESS_KEEP), 0);
	CHECK_EQ(mshv_vm_note_write(fake.vm, 0x1000, 1), 0);
	CHECK_EQ(mshv_vm_stop_dirty_log(fake.vm), 0);
	start_log();
	CHECK_EQ(dirty(MSHV_ACCESS_KEEP), 0);
	fakevp_finish();
}
