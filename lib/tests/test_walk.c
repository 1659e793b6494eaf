// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Translation by the guest's page tables.
 */
#include <errno.h>
#include <string.h>

#include "walkrig.h"

TEST(walk_is_identity_without_paging)
{
	walk_start(1, 0, 0);
	walk_check(0x12345, 0, 0x12345);
	walk_check(0x100012345, WALK_WRITE, 0x12345);
	fakevp_finish();
}

TEST(walk_four_levels_and_page_sizes)
{
	walk_start(CR0_PAGED, CR4_PAE, EFER_LMA);
	walk_long_tables();
	walk_check(0x123, 0, 0x5123);
	walk_check(0x1fff, 0, 0x6fff);
	walk_check(0x234567, 0, 0x634567);
	walk_check(0x40123456, 0, 0x80123456);
	walk_check_fault(0x3000, 0);
	walk_check_fault(0x400000, 0);
	walk_check_fault(0x8000000000, 0);
	walk_check_fault(0x800000000000, 0);
	walk_check_fault(0xffff7fffffffffff, 0);
	CHECK_EQ(fake.ioctls, 0);
	fakevp_finish();
}

TEST(walk_five_levels)
{
	walk_start(CR0_PAGED, CR4_PAE | CR4_LA57, EFER_LMA);
	walk_long_tables();
	walk_put64(0x8000, 0x1000 | PRW | USER);
	fakevp_set64(HV_X64_REGISTER_CR3, 0x8000);
	fakevp_run();
	walk_check(0x123, 0, 0x5123);
	walk_check_fault(0x800000000000, 0);
	walk_check_fault(0x100000000000000, 0);
	fakevp_finish();
}

TEST(walk_three_levels)
{
	walk_start(CR0_PAGED, CR4_PAE, 0);
	walk_long_tables();
	/* The top table may begin at any multiple of 32, and grants all. */
	walk_put64(0x1020, 0x3000 | 1);
	walk_put64(0x1028, 0x3000 | LARGE | 1);
	fakevp_set64(HV_X64_REGISTER_CR3, 0x1020);
	fakevp_run();
	walk_check(0x123, WALK_WRITE | WALK_USER, 0x5123);
	CHECK_EQ(walk_ram[0x1020], 1);
	walk_check(0x234567, 0, 0x634567);
	walk_check(0x100000123, 0, 0x5123);
	walk_check(0x40000123, 0, 0x5123);
	walk_check_fault(0x80000000, 0);
	fakevp_finish();
}

TEST(walk_two_levels)
{
	walk_start(CR0_PAGED, CR4_PSE, 0);
	walk_put32(0x1000, 0x2000 | PRW);
	walk_put32(0x1004, 0x00c00000 | 0x5 << 13 | PRW | LARGE);
	walk_put32(0x2004, 0x9000 | PRW);
	walk_check(0x1abc, 0, 0x9abc);
	walk_check(0x412345, 0, 0x500c12345);
	walk_check_fault(0x0, 0);
	walk_check_fault(0x800000, 0);
	fakevp_finish();
}

TEST(walk_two_levels_without_large_pages)
{
	walk_start(CR0_PAGED, 0, 0);
	walk_put32(0x1000, 0x2000 | PRW | LARGE);
	walk_put32(0x2004, 0x9000 | PRW);
	walk_check(0x1abc, 0, 0x9abc);
	fakevp_finish();
}

TEST(walk_checks_rights)
{
	walk_start(CR0_PAGED | CR0_WP, CR4_PAE, EFER_LMA);
	walk_long_tables();
	walk_check(0x0, WALK_WRITE | WALK_USER, 0x5000);
	walk_check(0x1000, WALK_USER, 0x6000);
	walk_check_fault(0x1000, WALK_WRITE | WALK_USER);
	walk_check_fault(0x1000, WALK_WRITE);
	walk_check_fault(0x2000, WALK_USER);
	walk_check(0x2000, WALK_WRITE, 0x7000);
	/* An upper level can take rights away. */
	walk_put64(0x3000, 0x4000 | 1);
	walk_check_fault(0x0, WALK_USER);
	walk_check_fault(0x0, WALK_WRITE);
	fakevp_finish();
}

TEST(walk_supervisor_writes_read_only_without_wp)
{
	walk_start(CR0_PAGED, CR4_PAE, EFER_LMA);
	walk_long_tables();
	walk_check(0x1000, WALK_WRITE, 0x6000);
	walk_check_fault(0x1000, WALK_WRITE | WALK_USER);
	fakevp_finish();
}

TEST(walk_honours_smap)
{
	walk_start(CR0_PAGED, CR4_PAE | CR4_SMAP, EFER_LMA);
	walk_long_tables();
	walk_check_fault(0x0, 0);
	walk_check(0x0, WALK_USER, 0x5000);
	walk_check(0x2000, 0, 0x7000);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, RFLAGS_AC);
	fakevp_run();
	walk_check(0x0, 0, 0x5000);
	fakevp_finish();
}

TEST(walk_marks_accessed_and_dirty)
{
	walk_start(CR0_PAGED | CR0_WP, CR4_PAE, EFER_LMA);
	walk_long_tables();
	walk_check_fault(0x1000, WALK_WRITE);
	CHECK(!(walk_ram[0x1000] & ACCESSED));
	walk_check(0x0, 0, 0x5000);
	CHECK_EQ(walk_ram[0x1000] & (ACCESSED | DIRTY), ACCESSED);
	CHECK_EQ(walk_ram[0x2000] & (ACCESSED | DIRTY), ACCESSED);
	CHECK_EQ(walk_ram[0x3000] & (ACCESSED | DIRTY), ACCESSED);
	CHECK_EQ(walk_ram[0x4000] & (ACCESSED | DIRTY), ACCESSED);
	walk_check(0x0, WALK_WRITE, 0x5000);
	CHECK_EQ(walk_ram[0x3000] & (ACCESSED | DIRTY), ACCESSED);
	CHECK_EQ(walk_ram[0x4000] & (ACCESSED | DIRTY), ACCESSED | DIRTY);
	fakevp_finish();
}

/* Tables that the guest may only read will do if they are marked, as in a ROM. */
TEST(walk_writes_only_what_is_not_marked)
{
	uint64_t gpa;

	walk_start(CR0_PAGED, CR4_PAE, EFER_LMA);
	walk_long_tables();
	walk_check(0x0, 0, 0x5000);
	CHECK_EQ(mshv_vm_unmap(fake.vm, 0), 0);
	CHECK_EQ(mshv_vm_map(fake.vm, 0, walk_ram, sizeof(walk_ram), 0), 0);
	walk_check(0x123, 0, 0x5123);
	CHECK_EQ(walk(fake.vp, 0x0, WALK_WRITE, &gpa), -EFAULT);
	CHECK(!fake.vp->fault.valid);
	fakevp_finish();
}

TEST(walk_survives_tables_outside_memory)
{
	walk_start(CR0_PAGED, CR4_PAE, EFER_LMA);
	walk_put64(0x1000, 0x000ffffffffff000 | PRW);
	walk_check_fault(0x0, 0);
	fakevp_set64(HV_X64_REGISTER_CR3, 0x10000);
	fakevp_run();
	walk_check_fault(0x0, 0);
	fakevp_finish();
}
