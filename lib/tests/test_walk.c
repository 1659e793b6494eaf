// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Translation by the guest's page tables.
 */
#include <errno.h>
#include <string.h>

#include "emulate/walk.h"
#include "fakevp.h"
#include "test.h"

#define CR0_PAGED 0x80000001
#define CR0_WP 0x10000
#define CR4_PSE 0x10
#define CR4_PAE 0x20
#define CR4_LA57 0x1000
#define CR4_SMAP 0x200000
#define EFER_LMA 0x400
#define RFLAGS_AC 0x40000

#define PRW 0x3
#define USER 0x4
#define LARGE 0x80
#define ACCESSED 0x20
#define DIRTY 0x40

static _Alignas(4096) uint8_t ram[0x10000];

static void start(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	memset(ram, 0, sizeof(ram));
	CHECK_EQ(mshv_vm_map(fake.vm, 0, ram, sizeof(ram), MSHV_MEM_WRITE), 0);
	fakevp_set64(HV_X64_REGISTER_CR0, cr0);
	fakevp_set64(HV_X64_REGISTER_CR3, 0x1000);
	fakevp_set64(HV_X64_REGISTER_CR4, cr4);
	fakevp_set64(HV_X64_REGISTER_EFER, efer);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, 2);
	fakevp_run();
	fake.ioctls = 0;
}

static void put64(uint64_t at, uint64_t value)
{
	memcpy(ram + at, &value, sizeof(value));
}

static void put32(uint64_t at, uint32_t value)
{
	memcpy(ram + at, &value, sizeof(value));
}

/* 4 levels: 0x0 to 0x5000 (4 KiB), 0x200000 (2 MiB), 0x40000000 (1 GiB). */
static void long_tables(void)
{
	put64(0x1000, 0x2000 | PRW | USER);
	put64(0x2000, 0x3000 | PRW | USER);
	put64(0x2008, 0x80000000 | PRW | USER | LARGE);
	put64(0x3000, 0x4000 | PRW | USER);
	put64(0x3008, 0x600000 | PRW | USER | LARGE);
	put64(0x4000, 0x5000 | PRW | USER);
	put64(0x4008, 0x6000 | USER | 1);
	put64(0x4010, 0x7000 | PRW);
}

static void check(uint64_t linear, unsigned int access, uint64_t wanted)
{
	uint64_t gpa = 0;

	CHECK_EQ(walk(fake.vp, linear, access, &gpa), 0);
	CHECK_EQ(gpa, wanted);
}

static void check_fault(uint64_t linear, unsigned int access)
{
	uint64_t gpa;

	CHECK_EQ(walk(fake.vp, linear, access, &gpa), -EFAULT);
}

static void check_page_fault(uint64_t linear, unsigned int access, uint32_t error)
{
	check_fault(linear, access);
	CHECK(fake.vp->fault.valid);
	CHECK_EQ(fake.vp->fault.exception.vector, 14);
	CHECK(fake.vp->fault.exception.has_error_code);
	CHECK_EQ(fake.vp->fault.exception.error_code, error);
	CHECK_EQ(fake.vp->fault.exception.parameter, linear);
}

/* Error codes as the AMD64 manual has them: 1 present, 2 write, 4 user. */
TEST(walk_says_which_fault_it_is)
{
	uint64_t gpa;

	start(CR0_PAGED | CR0_WP, CR4_PAE, EFER_LMA);
	long_tables();
	check_page_fault(0x3000, 0, 0);
	check_page_fault(0x3008, WALK_WRITE, 2);
	check_page_fault(0x3010, WALK_WRITE | WALK_USER, 6);
	check_page_fault(0x8000000000, WALK_USER, 4);
	check_page_fault(0x1000, WALK_WRITE, 3);
	check_page_fault(0x1000, WALK_WRITE | WALK_USER, 7);
	check_page_fault(0x2000, WALK_USER, 5);
	check_fault(0x800000000000, WALK_WRITE);
	CHECK(fake.vp->fault.valid);
	CHECK_EQ(fake.vp->fault.exception.vector, 13);
	CHECK(fake.vp->fault.exception.has_error_code);
	CHECK_EQ(fake.vp->fault.exception.error_code, 0);
	/* A walk that ends well leaves none, nor one that leaves the memory. */
	CHECK_EQ(walk(fake.vp, 0, 0, &gpa), 0);
	CHECK(!fake.vp->fault.valid);
	put64(0x1000, 0x000ffffffffff000 | PRW);
	check_fault(0, 0);
	CHECK(!fake.vp->fault.valid);
	fakevp_finish();
}

/* A bit that means nothing is a fault of its own: 8. */
TEST(walk_finds_reserved_bits)
{
	const uint64_t far = UINT64_C(1) << 45;

	start(CR0_PAGED | CR0_WP, CR4_PAE, EFER_LMA);
	fake.address_bits = 45;
	long_tables();
	put64(0x4018, (far - 0x1000) | PRW);
	check(0x3000, 0, far - 0x1000);
	put64(0x4018, far | PRW);
	check_page_fault(0x3000, WALK_WRITE, 0xb);
	check_page_fault(0x3000, WALK_USER, 0xd);
	/* What is absent has no bits that mean anything. */
	put64(0x4018, far);
	check_page_fault(0x3000, WALK_WRITE, 2);
	/* A table that is too far, the uppermost bit without EFER.NXE, odd large pages. */
	put64(0x3010, far | PRW);
	check_page_fault(0x400000, 0, 9);
	put64(0x3010, 0x4000 | PRW | UINT64_C(1) << 63);
	check_page_fault(0x400000, 0, 9);
	put64(0x3010, 0x602000 | PRW | LARGE);
	check_page_fault(0x400000, 0, 9);
	put64(0x3010, 0x601000 | PRW | LARGE);
	check(0x400000, 0, 0x600000);
	put64(0x1008, 0x2000 | PRW | LARGE);
	check_page_fault(0x8000000000, 0, 9);
	fakevp_finish();
}

TEST(walk_is_identity_without_paging)
{
	start(1, 0, 0);
	check(0x12345, 0, 0x12345);
	check(0x100012345, WALK_WRITE, 0x12345);
	fakevp_finish();
}

TEST(walk_four_levels_and_page_sizes)
{
	start(CR0_PAGED, CR4_PAE, EFER_LMA);
	long_tables();
	check(0x123, 0, 0x5123);
	check(0x1fff, 0, 0x6fff);
	check(0x234567, 0, 0x634567);
	check(0x40123456, 0, 0x80123456);
	check_fault(0x3000, 0);
	check_fault(0x400000, 0);
	check_fault(0x8000000000, 0);
	check_fault(0x800000000000, 0);
	check_fault(0xffff7fffffffffff, 0);
	CHECK_EQ(fake.ioctls, 0);
	fakevp_finish();
}

TEST(walk_five_levels)
{
	start(CR0_PAGED, CR4_PAE | CR4_LA57, EFER_LMA);
	long_tables();
	put64(0x8000, 0x1000 | PRW | USER);
	fakevp_set64(HV_X64_REGISTER_CR3, 0x8000);
	fakevp_run();
	check(0x123, 0, 0x5123);
	check_fault(0x800000000000, 0);
	check_fault(0x100000000000000, 0);
	fakevp_finish();
}

TEST(walk_three_levels)
{
	start(CR0_PAGED, CR4_PAE, 0);
	long_tables();
	/* The top table may begin at any multiple of 32, and grants all. */
	put64(0x1020, 0x3000 | 1);
	put64(0x1028, 0x3000 | LARGE | 1);
	fakevp_set64(HV_X64_REGISTER_CR3, 0x1020);
	fakevp_run();
	check(0x123, WALK_WRITE | WALK_USER, 0x5123);
	CHECK_EQ(ram[0x1020], 1);
	check(0x234567, 0, 0x634567);
	check(0x100000123, 0, 0x5123);
	check(0x40000123, 0, 0x5123);
	check_fault(0x80000000, 0);
	fakevp_finish();
}

TEST(walk_two_levels)
{
	start(CR0_PAGED, CR4_PSE, 0);
	put32(0x1000, 0x2000 | PRW);
	put32(0x1004, 0x00c00000 | 0x5 << 13 | PRW | LARGE);
	put32(0x2004, 0x9000 | PRW);
	check(0x1abc, 0, 0x9abc);
	check(0x412345, 0, 0x500c12345);
	check_fault(0x0, 0);
	check_fault(0x800000, 0);
	fakevp_finish();
}

TEST(walk_two_levels_without_large_pages)
{
	start(CR0_PAGED, 0, 0);
	put32(0x1000, 0x2000 | PRW | LARGE);
	put32(0x2004, 0x9000 | PRW);
	check(0x1abc, 0, 0x9abc);
	fakevp_finish();
}

TEST(walk_checks_rights)
{
	start(CR0_PAGED | CR0_WP, CR4_PAE, EFER_LMA);
	long_tables();
	check(0x0, WALK_WRITE | WALK_USER, 0x5000);
	check(0x1000, WALK_USER, 0x6000);
	check_fault(0x1000, WALK_WRITE | WALK_USER);
	check_fault(0x1000, WALK_WRITE);
	check_fault(0x2000, WALK_USER);
	check(0x2000, WALK_WRITE, 0x7000);
	/* An upper level can take rights away. */
	put64(0x3000, 0x4000 | 1);
	check_fault(0x0, WALK_USER);
	check_fault(0x0, WALK_WRITE);
	fakevp_finish();
}

TEST(walk_supervisor_writes_read_only_without_wp)
{
	start(CR0_PAGED, CR4_PAE, EFER_LMA);
	long_tables();
	check(0x1000, WALK_WRITE, 0x6000);
	check_fault(0x1000, WALK_WRITE | WALK_USER);
	fakevp_finish();
}

TEST(walk_honours_smap)
{
	start(CR0_PAGED, CR4_PAE | CR4_SMAP, EFER_LMA);
	long_tables();
	check_fault(0x0, 0);
	check(0x0, WALK_USER, 0x5000);
	check(0x2000, 0, 0x7000);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, RFLAGS_AC);
	fakevp_run();
	check(0x0, 0, 0x5000);
	fakevp_finish();
}

TEST(walk_marks_accessed_and_dirty)
{
	start(CR0_PAGED | CR0_WP, CR4_PAE, EFER_LMA);
	long_tables();
	check_fault(0x1000, WALK_WRITE);
	CHECK(!(ram[0x1000] & ACCESSED));
	check(0x0, 0, 0x5000);
	CHECK_EQ(ram[0x1000] & (ACCESSED | DIRTY), ACCESSED);
	CHECK_EQ(ram[0x2000] & (ACCESSED | DIRTY), ACCESSED);
	CHECK_EQ(ram[0x3000] & (ACCESSED | DIRTY), ACCESSED);
	CHECK_EQ(ram[0x4000] & (ACCESSED | DIRTY), ACCESSED);
	check(0x0, WALK_WRITE, 0x5000);
	CHECK_EQ(ram[0x3000] & (ACCESSED | DIRTY), ACCESSED);
	CHECK_EQ(ram[0x4000] & (ACCESSED | DIRTY), ACCESSED | DIRTY);
	fakevp_finish();
}

/* Tables that the guest may only read will do if they are marked, as in a ROM. */
TEST(walk_writes_only_what_is_not_marked)
{
	uint64_t gpa;

	start(CR0_PAGED, CR4_PAE, EFER_LMA);
	long_tables();
	check(0x0, 0, 0x5000);
	CHECK_EQ(mshv_vm_unmap(fake.vm, 0), 0);
	CHECK_EQ(mshv_vm_map(fake.vm, 0, ram, sizeof(ram), 0), 0);
	check(0x123, 0, 0x5123);
	CHECK_EQ(walk(fake.vp, 0x0, WALK_WRITE, &gpa), -EFAULT);
	CHECK(!fake.vp->fault.valid);
	fakevp_finish();
}

TEST(walk_survives_tables_outside_memory)
{
	start(CR0_PAGED, CR4_PAE, EFER_LMA);
	put64(0x1000, 0x000ffffffffff000 | PRW);
	check_fault(0x0, 0);
	fakevp_set64(HV_X64_REGISTER_CR3, 0x10000);
	fakevp_run();
	check_fault(0x0, 0);
	fakevp_finish();
}
