// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accessed and dirty bits of guest pages: MSHV_GET_GPAP_ACCESS_BITMAP.
 *
 * The guest runs in long mode for its loops; its page tables and code are in low
 * memory, outside the pages that are looked at.
 */
#include "mshv_test.h"

#define FIRST		(GUEST_ROOM / PAGE_SIZE)
#define PAGES		64
#define ACCESSED	MSHV_GPAP_ACCESS_TYPE_ACCESSED
#define DIRTY		MSHV_GPAP_ACCESS_TYPE_DIRTY
#define NOOP		MSHV_GPAP_ACCESS_OP_NOOP
#define CLEAR		MSHV_GPAP_ACCESS_OP_CLEAR
#define SET		MSHV_GPAP_ACCESS_OP_SET

FIXTURE(gpap) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	uint8_t *mem;
};

FIXTURE_SETUP(gpap)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	self->mem = mshv_alloc(PAGES * PAGE_SIZE);
	ASSERT_NE(NULL, self->mem);
	test_set_property(self->vm.fd,
			  HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, 1);
	test_map(self->vm.fd, self->mem, PAGES * PAGE_SIZE, FIRST, MEM_RWX);
}

FIXTURE_TEARDOWN(gpap)
{
	mshv_vm_close(&self->vm);
}

static int _test_bitmap(int pt, uint8_t type, uint8_t op, uint64_t base,
			uint64_t count, void *bitmap)
{
	struct mshv_gpap_access_bitmap args = {
		.access_type = type,
		.access_op = op,
		.page_count = count,
		.gpap_base = base,
		.bitmap_ptr = (uintptr_t)bitmap,
	};

	return ioctl(pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args) ? -errno : 0;
}

#define test_bitmap(...)	test_ok(_test_bitmap(__VA_ARGS__))
#define test_err_bitmap(err, ...) test_err(err, _test_bitmap(__VA_ARGS__))

/* Has the guest write to @count pages from the @first on, or read them. */
#define guest_touches(name, first, count)				\
	do {								\
		test_load(&self->vm, name);				\
		test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE)); \
		test_set_reg(self->vp, HV_X64_REGISTER_RBX,		\
			     GUEST_ROOM + (first) * PAGE_SIZE);		\
		test_set_reg(self->vp, HV_X64_REGISTER_RCX, count);	\
		test_run_to_port(self->vp, GUEST_PORT_DONE);		\
	} while (0)

#define expect_bits(type, op, bits)					\
	do {								\
		uint64_t _map = ~0ULL;					\
									\
		test_bitmap(self->vm.fd, type, op, FIRST, PAGES, &_map); \
		EXPECT_EQ(bits, _map);					\
	} while (0)

/* All pages populated, all bits clear. */
#define begin()								\
	do {								\
		guest_touches(lm_touch_pages, 0, PAGES);		\
		expect_bits(ACCESSED, CLEAR, ~0ULL);			\
		expect_bits(ACCESSED, CLEAR, 0);			\
		expect_bits(DIRTY, CLEAR, 0);				\
	} while (0)

TEST_F(gpap, written_pages_are_dirty_and_accessed)
{
	begin();
	guest_touches(lm_touch_pages, 3, 5);
	expect_bits(DIRTY, CLEAR, 0xf8);
	expect_bits(ACCESSED, CLEAR, 0xf8);
}

TEST_F(gpap, read_pages_are_accessed_only)
{
	begin();
	guest_touches(lm_read_pages, 8, 4);
	expect_bits(DIRTY, CLEAR, 0);
	expect_bits(ACCESSED, CLEAR, 0xf00);
}

/* Written again, dirty again: nothing is cached anywhere. */
TEST_F(gpap, clear_returns_and_clears)
{
	begin();
	guest_touches(lm_touch_pages, 0, 2);
	expect_bits(DIRTY, CLEAR, 0x3);
	expect_bits(DIRTY, CLEAR, 0);
	guest_touches(lm_touch_pages, 1, 1);
	expect_bits(DIRTY, CLEAR, 0x2);
}

TEST_F(gpap, clearing_accessed_clears_dirty)
{
	begin();
	guest_touches(lm_touch_pages, 4, 4);
	expect_bits(ACCESSED, CLEAR, 0xf0);
	expect_bits(DIRTY, CLEAR, 0);
}

TEST_F(gpap, setting_dirty_sets_accessed)
{
	begin();
	expect_bits(DIRTY, SET, 0);
	expect_bits(DIRTY, CLEAR, ~0ULL);
	expect_bits(ACCESSED, CLEAR, ~0ULL);
}

TEST_F(gpap, setting_accessed_leaves_dirty)
{
	begin();
	expect_bits(ACCESSED, SET, 0);
	expect_bits(DIRTY, CLEAR, 0);
	expect_bits(ACCESSED, CLEAR, ~0ULL);
}

TEST_F(gpap, looking_changes_nothing)
{
	uint64_t map = 0;

	begin();
	guest_touches(lm_touch_pages, 3, 5);
	expect_bits(DIRTY, NOOP, 0xf8);
	test_bitmap(self->vm.fd, DIRTY, NOOP, FIRST, PAGES, &map);
	EXPECT_OR_KNOWN(map == 0xf8, "to look at the bits sets them");
}

TEST_F(gpap, part_of_a_region)
{
	uint64_t map = ~0ULL;

	begin();
	guest_touches(lm_touch_pages, 0, PAGES);
	test_bitmap(self->vm.fd, DIRTY, CLEAR, FIRST + 8, 8, &map);
	EXPECT_EQ(0xff, map & 0xff);
	expect_bits(DIRTY, CLEAR, ~0xff00ULL);
}

/* Whole bytes are written, the bits beyond the count are zero. */
TEST_F(gpap, length_of_the_bitmap)
{
	uint8_t map[8];

	begin();
	guest_touches(lm_touch_pages, 0, PAGES);
	memset(map, 0xa5, sizeof(map));
	test_bitmap(self->vm.fd, DIRTY, CLEAR, FIRST, 11, map);
	EXPECT_EQ(0xff, map[0]);
	EXPECT_EQ(0x07, map[1]);
	EXPECT_EQ(0xa5, map[2]);
}

/* More than one hypercall's worth, most of it never populated. */
TEST_F(gpap, large_region)
{
	const uint64_t pages = 3 * 4096 + 5, base = 2 * FIRST;
	uint8_t *mem = mmap(NULL, pages * PAGE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	uint8_t *map = mshv_alloc(PAGE_SIZE);
	unsigned int i, set = 0;

	ASSERT_NE(MAP_FAILED, mem);
	ASSERT_NE(NULL, map);
	test_map(self->vm.fd, mem, pages * PAGE_SIZE, base, MEM_RWX);
	test_bitmap(self->vm.fd, DIRTY, CLEAR, base, pages, map);
	guest_touches(lm_touch_pages, FIRST + 4096 + 77, 1);
	test_bitmap(self->vm.fd, DIRTY, CLEAR, base, pages, map);
	for (i = 0; i < pages; i++)
		set += !!(map[i / 8] & BIT(i % 8));
	EXPECT_EQ(1, set);
	EXPECT_EQ(BIT((4096 + 77) % 8), map[(4096 + 77) / 8]);
}

/* How a VMM ends tracking: everything dirty first, then off. */
TEST_F(gpap, tracking_is_ended)
{
	begin();
	expect_bits(DIRTY, SET, 0);
	test_set_property(self->vm.fd,
			  HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, 0);
	guest_touches(lm_touch_pages, 0, PAGES);
	EXPECT_EQ(2, self->mem[0]);
}

TEST_F(gpap, arguments)
{
	struct mshv_gpap_access_bitmap args = {
		.access_type = DIRTY,
		.page_count = PAGES,
		.gpap_base = FIRST,
	};
	uint64_t map = 0x1234;
	unsigned int i;

	test_err_bitmap(EINVAL, self->vm.fd, MSHV_GPAP_ACCESS_TYPE_COUNT, NOOP,
			FIRST, PAGES, &map);
	test_err_bitmap(EINVAL, self->vm.fd, 255, NOOP, FIRST, PAGES, &map);
	test_err_bitmap(EINVAL, self->vm.fd, DIRTY, MSHV_GPAP_ACCESS_OP_COUNT,
			FIRST, PAGES, &map);
	test_err_bitmap(EINVAL, self->vm.fd, DIRTY, NOOP, FIRST, 0, &map);
	test_err_bitmap(EINVAL, self->vm.fd, DIRTY, NOOP, FIRST, PAGES, NULL);
	test_err_bitmap(EFAULT, self->vm.fd, DIRTY, NOOP, FIRST, PAGES,
			(void *)8);
	args.bitmap_ptr = (uintptr_t)&map;
	for (i = 0; i < sizeof(args.rsvd); i++) {
		memset(args.rsvd, 0, sizeof(args.rsvd));
		args.rsvd[i] = 1;
		EXPECT_EQ(-1, ioctl(self->vm.fd, MSHV_GET_GPAP_ACCESS_BITMAP,
				    &args));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(0x1234, map);
}

TEST_F(gpap, absurd_page_count)
{
	uint64_t map;

	EXPECT_GT(0, _test_bitmap(self->vm.fd, DIRTY, NOOP, FIRST, UINT64_MAX,
				  &map));
	EXPECT_GT(0, _test_bitmap(self->vm.fd, DIRTY, NOOP, FIRST, BIT(40),
				  &map));
}

TEST_HARNESS_MAIN
