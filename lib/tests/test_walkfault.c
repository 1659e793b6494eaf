// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Which fault it is where the guest's page tables do not allow an access.
 */
#include <errno.h>
#include <string.h>

#include "walkrig.h"

static void check_page_fault(uint64_t linear, unsigned int access, uint32_t error)
{
	walk_check_fault(linear, access);
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

	walk_start(CR0_PAGED | CR0_WP, CR4_PAE, EFER_LMA);
	walk_long_tables();
	check_page_fault(0x3000, 0, 0);
	check_page_fault(0x3008, WALK_WRITE, 2);
	check_page_fault(0x3010, WALK_WRITE | WALK_USER, 6);
	check_page_fault(0x8000000000, WALK_USER, 4);
	check_page_fault(0x1000, WALK_WRITE, 3);
	check_page_fault(0x1000, WALK_WRITE | WALK_USER, 7);
	check_page_fault(0x2000, WALK_USER, 5);
	walk_check_fault(0x800000000000, WALK_WRITE);
	CHECK(fake.vp->fault.valid);
	CHECK_EQ(fake.vp->fault.exception.vector, 13);
	CHECK(fake.vp->fault.exception.has_error_code);
	CHECK_EQ(fake.vp->fault.exception.error_code, 0);
	/* A walk that ends well leaves none, nor one that leaves the memory. */
	CHECK_EQ(walk(fake.vp, 0, 0, &gpa), 0);
	CHECK(!fake.vp->fault.valid);
	walk_put64(0x1000, 0x000ffffffffff000 | PRW);
	walk_check_fault(0, 0);
	CHECK(!fake.vp->fault.valid);
	fakevp_finish();
}

/* A bit that means nothing is a fault of its own: 8. */
TEST(walk_finds_reserved_bits)
{
	const uint64_t far = UINT64_C(1) << 45;

	walk_start(CR0_PAGED | CR0_WP, CR4_PAE, EFER_LMA);
	fake.address_bits = 45;
	walk_long_tables();
	walk_put64(0x4018, (far - 0x1000) | PRW);
	walk_check(0x3000, 0, far - 0x1000);
	walk_put64(0x4018, far | PRW);
	check_page_fault(0x3000, WALK_WRITE, 0xb);
	check_page_fault(0x3000, WALK_USER, 0xd);
	/* What is absent has no bits that mean anything. */
	walk_put64(0x4018, far);
	check_page_fault(0x3000, WALK_WRITE, 2);
	/* A table that is too far, the uppermost bit without EFER.NXE, odd large pages. */
	walk_put64(0x3010, far | PRW);
	check_page_fault(0x400000, 0, 9);
	walk_put64(0x3010, 0x4000 | PRW | UINT64_C(1) << 63);
	check_page_fault(0x400000, 0, 9);
	walk_put64(0x3010, 0x602000 | PRW | LARGE);
	check_page_fault(0x400000, 0, 9);
	walk_put64(0x3010, 0x601000 | PRW | LARGE);
	walk_check(0x400000, 0, 0x600000);
	walk_put64(0x1008, 0x2000 | PRW | LARGE);
	check_page_fault(0x8000000000, 0, 9);
	fakevp_finish();
}
