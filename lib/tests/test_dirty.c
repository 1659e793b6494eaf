// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The dirty log: what the kernel is asked for, and what a bitmap has.
 */
#include <errno.h>
#include <linux/mshv.h>
#include <string.h>

#include "vmrig.h"

static int fill_bitmap(unsigned long request, void *arg)
{
	const struct mshv_gpap_access_bitmap *args = arg;

	if (request == GET_BITMAP)
		memset((void *)(uintptr_t)args->bitmap_ptr, 0xff,
		       (args->page_count + 7) / 8);
	return vmrig_answer(request, arg);
}

TEST(dirty_bits_after_the_last_page_are_0)
{
	uint8_t bits[3] = { 0, 0, 0x5a };

	vmrig_start();
	fake.vm_ioctl = fill_bitmap;
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 0x3000, 11, MSHV_DIRTY,
					 MSHV_ACCESS_CLEAR, bits), 0);
	CHECK_CALL(GET_BITMAP, 0x0101, 0, 11, 0, 3, 0);
	CHECK_EQ(bits[0], 0xff);
	CHECK_EQ(bits[1], 0x07);
	CHECK_EQ(bits[2], 0x5a);
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 0, 16, MSHV_ACCESSED,
					 MSHV_ACCESS_KEEP, bits), 0);
	CHECK_CALL(GET_BITMAP, 0, 0, 16, 0, 0, 0);
	CHECK_EQ(bits[1], 0xff);
	CHECK_EQ(bits[2], 0x5a);
	fakevp_finish();
}

TEST(dirty_bits_refuse_bad_arguments)
{
	uint8_t bits[8];

	vmrig_start();
	CHECK_EQ(mshv_vm_get_access_bits(NULL, 0, 1, MSHV_DIRTY, MSHV_ACCESS_KEEP,
					 bits), -EINVAL);
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 1, 1, MSHV_DIRTY,
					 MSHV_ACCESS_KEEP, bits), -EINVAL);
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 0, 0, MSHV_DIRTY,
					 MSHV_ACCESS_KEEP, bits), -EINVAL);
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 0x1000, UINT64_MAX / 4096,
					 MSHV_DIRTY, MSHV_ACCESS_KEEP, bits),
		 -EINVAL);
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 0, 1, (enum mshv_access_kind)2,
					 MSHV_ACCESS_KEEP, bits), -EINVAL);
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 0, 1, MSHV_DIRTY,
					 (enum mshv_access_then)3, bits), -EINVAL);
	CHECK_EQ(mshv_vm_get_access_bits(fake.vm, 0, 1, MSHV_DIRTY,
					 MSHV_ACCESS_KEEP, NULL), -EINVAL);
	CHECK_EQ(mshv_vm_start_dirty_log(NULL), -EINVAL);
	CHECK_EQ(mshv_vm_stop_dirty_log(NULL), -EINVAL);
	CHECK_EQ(kernel.calls, 0);
	fakevp_finish();
}

/* Every page of memory is set before tracking ends, and a failure leaves it on. */
TEST(dirty_log_stops_with_all_bits_set)
{
	static uint8_t *const memory = (uint8_t *)0x100000000;
	const uint64_t size = 0x18000ull * 4096;

	vmrig_start();
	fake.vm_ioctl = fill_bitmap;
	CHECK_EQ(mshv_vm_start_dirty_log(fake.vm), 0);
	CHECK_CALL(0x45, 0, 0, 0x50005, 0, 1, 0);
	CHECK_EQ(mshv_vm_map(fake.vm, 0x200000000, memory, size, 0), 0);
	CHECK_EQ(mshv_vm_stop_dirty_log(fake.vm), 0);
	CHECK_EQ(kernel.calls, 3);
	kernel.calls = 1;
	CHECK_CALL(0x45, 0, 0, 0x50005, 0, 0, 0);
	kernel.ret = -EIO;
	CHECK_EQ(mshv_vm_stop_dirty_log(fake.vm), -EIO);
	CHECK_CALL(GET_BITMAP, 0x0201, 0, 0x10000, 0, 0x200000, 0);
	fakevp_finish();
}
