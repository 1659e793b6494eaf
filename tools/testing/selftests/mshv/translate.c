// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_VP_TRANSLATE_GVA: from a virtual to a physical address of the guest, with
 * memory brought in that the guest has not touched yet. Linux does not have it.
 */
#include "mshv_test.h"

#define ALIAS	0x40000000UL	/* shows the first GiB, see build_tables() */
#define READ	HV_TRANSLATE_GVA_VALIDATE_READ
#define WRITE	HV_TRANSLATE_GVA_VALIDATE_WRITE

FIXTURE(translate) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_SETUP(translate)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
}

FIXTURE_TEARDOWN(translate)
{
	mshv_vm_close(&self->vm);
}

static int _test_translate(struct mshv_vp *vp, uint64_t gva, uint64_t flags,
			   uint32_t *result, uint64_t *gpa)
{
	union hv_translate_gva_result out = { 0 };
	struct mshv_translate_gva args = {
		.gva = gva,
		.flags = flags,
		.result = (uintptr_t)&out,
		.gpa = (uintptr_t)gpa,
	};
	int ret = ioctl(vp->fd, MSHV_VP_TRANSLATE_GVA, &args) ? -errno : 0;

	*result = out.result_code;
	return ret;
}

#define test_translate(...)	test_ok(_test_translate(__VA_ARGS__))

TEST_F(translate, is_unknown_to_linux)
{
	uint32_t result;
	uint64_t gpa;

	if (!mshv_driver_is_in_tree())
		SKIP(return, "this driver has it");
	test_err(ENOTTY, _test_translate(self->vp, 0, READ, &result, &gpa));
}

/* The guest has not run, so that none of its tables is populated. */
TEST_F(translate, memory_is_brought_in)
{
	uint32_t result = ~0U;
	uint64_t gpa = 0;

	if (mshv_driver_is_in_tree())
		SKIP(return, "in-tree driver: no such ioctl");
	test_translate(self->vp, ALIAS + GUEST_FREE + 0x123, READ, &result, &gpa);
	EXPECT_EQ(HV_TRANSLATE_GVA_SUCCESS, result);
	EXPECT_EQ(GUEST_FREE + 0x123, gpa);
}

TEST_F(translate, offset_in_the_page_is_kept)
{
	static const uint64_t offsets[] = { 0, 1, 0x7ff, 0xfff };
	uint32_t result;
	uint64_t gpa;
	unsigned int i;

	if (mshv_driver_is_in_tree())
		SKIP(return, "in-tree driver: no such ioctl");
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		test_translate(self->vp, ALIAS + GUEST_DATA + offsets[i], WRITE,
			       &result, &gpa);
		EXPECT_EQ(HV_TRANSLATE_GVA_SUCCESS, result);
		EXPECT_EQ(GUEST_DATA + offsets[i], gpa);
	}
}

TEST_F(translate, address_that_is_not_mapped)
{
	uint32_t result = HV_TRANSLATE_GVA_SUCCESS;
	uint64_t gpa;

	if (mshv_driver_is_in_tree())
		SKIP(return, "in-tree driver: no such ioctl");
	test_translate(self->vp, 0x80000000, READ, &result, &gpa);
	EXPECT_EQ(HV_TRANSLATE_GVA_PAGE_NOT_PRESENT, result);
}

/* Tables where there is no memory: no loop, no error of the call. */
TEST_F(translate, tables_outside_of_memory)
{
	uint32_t result = HV_TRANSLATE_GVA_SUCCESS;
	uint64_t gpa;

	if (mshv_driver_is_in_tree())
		SKIP(return, "in-tree driver: no such ioctl");
	test_set_reg(self->vp, HV_X64_REGISTER_CR3, GUEST_MMIO);
	test_translate(self->vp, GUEST_DATA, READ, &result, &gpa);
	EXPECT_EQ(HV_TRANSLATE_GVA_GPA_UNMAPPED, result);
}

/* ---- tables, what they lead to, and the vectors, each where nothing else is populated */

#define CHUNK		0x200000UL
#define TABLES		6
#define PTE		0x3ULL		/* present, writable */
#define PTE_LARGE	0x83ULL

/* Every table in a chunk of its own, and the last chunk for data. */
FIXTURE(apart) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	uint8_t *room;
};

FIXTURE_SETUP(apart)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "in-tree driver: no such ioctl");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	self->room = mshv_alloc(TABLES * CHUNK);
	ASSERT_NE(NULL, self->room);
	ASSERT_EQ(0, madvise(self->room, TABLES * CHUNK, MADV_NOHUGEPAGE));
	test_map(self->vm.fd, self->room, TABLES * CHUNK, GUEST_ROOM / PAGE_SIZE, MEM_RW);
}

FIXTURE_TEARDOWN(apart)
{
	mshv_vm_close(&self->vm);
}

/* A page of the n-th chunk. */
#define GPA(n)		(GUEST_ROOM + (n) * CHUNK + 7 * PAGE_SIZE)
#define HOST(n)		((void *)(self->room + (n) * CHUNK + 7 * PAGE_SIZE))
#define ENTRY64(n, i)	(((uint64_t *)HOST(n))[i])
#define ENTRY32(n, i)	(((uint32_t *)HOST(n))[i])

#define CR0_PAGING	0x80000031ULL
#define CR4_PSE		0x10ULL
#define CR4_PAE		0x20ULL
#define EFER_LONG	0x500ULL

#define begin_mode(cr4, efer, cr3)						\
	do {									\
		const struct hv_register_assoc _regs[] = {			\
			{ .name = HV_X64_REGISTER_EFER, .value.reg64 = efer },	\
			{ .name = HV_X64_REGISTER_CR4, .value.reg64 = cr4 },	\
			{ .name = HV_X64_REGISTER_CR3, .value.reg64 = cr3 },	\
			{ .name = HV_X64_REGISTER_CR0, .value.reg64 = CR0_PAGING }, \
		};								\
		test_ok(_test_set_regs(self->vp, _regs, ARRAY_SIZE(_regs)));	\
	} while (0)

#define expect_leads(gva, flags, to)						\
	do {									\
		uint32_t _result = ~0U;						\
		uint64_t _gpa = 0;						\
		test_translate(self->vp, gva, flags, &_result, &_gpa);		\
		EXPECT_EQ(HV_TRANSLATE_GVA_SUCCESS, _result);			\
		EXPECT_EQ(to, _gpa);						\
	} while (0)

#define GVA		(3ULL << 39 | 5ULL << 30 | 7ULL << 21 | 9ULL << 12)

TEST_F(apart, four_levels)
{
	ENTRY64(0, 3) = GPA(1) | PTE;
	ENTRY64(1, 5) = GPA(2) | PTE;
	ENTRY64(2, 7) = GPA(3) | PTE;
	ENTRY64(3, 9) = GPA(5) | PTE;
	begin_mode(CR4_PAE, EFER_LONG, GPA(0));
	expect_leads(GVA + 0x123, READ, GPA(5) + 0x123);
}

/* The page that it leads to is not even there in the process. */
TEST_F(apart, for_writing)
{
	ENTRY64(0, 3) = GPA(1) | PTE;
	ENTRY64(1, 5) = GPA(2) | PTE;
	ENTRY64(2, 7) = GPA(3) | PTE;
	ENTRY64(3, 9) = GPA(5) | PTE;
	begin_mode(CR4_PAE, EFER_LONG, GPA(0));
	expect_leads(GVA + 0x123, WRITE, GPA(5) + 0x123);
	/* given up, and brought in again */
	ASSERT_EQ(0, madvise(HOST(5), PAGE_SIZE, MADV_DONTNEED));
	expect_leads(GVA, READ | WRITE, GPA(5));
}

TEST_F(apart, large_pages)
{
	ENTRY64(0, 3) = GPA(1) | PTE;
	ENTRY64(1, 5) = GPA(2) | PTE;
	ENTRY64(2, 7) = (GUEST_ROOM + 5 * CHUNK) | PTE_LARGE;
	begin_mode(CR4_PAE, EFER_LONG, GPA(0));
	expect_leads(GVA + 0x123, READ, GUEST_ROOM + 5 * CHUNK + 0x9123);
	ENTRY64(1, 5) = PTE_LARGE;
	expect_leads((GVA & ~0x3fffffffULL) + GPA(5) + 8, READ, GPA(5) + 8);
}

TEST_F(apart, pae)
{
	const uint32_t gva = 2U << 30 | 7 << 21 | 9 << 12;

	/* the directory pointers need not be the first of their page */
	ENTRY64(0, 4 + 2) = GPA(1) | 1;
	ENTRY64(1, 7) = GPA(2) | PTE;
	ENTRY64(2, 9) = GPA(5) | PTE;
	begin_mode(CR4_PAE, 0, GPA(0) + 32);
	expect_leads(gva + 0x123, READ, GPA(5) + 0x123);
	ENTRY64(1, 7) = (GUEST_ROOM + 4 * CHUNK) | PTE_LARGE;
	expect_leads(gva + 0x123, READ, GUEST_ROOM + 4 * CHUNK + 0x9123);
}

TEST_F(apart, of_32_bits)
{
	const uint32_t gva = 600U << 22 | 9 << 12;

	ENTRY32(0, 600) = GPA(1) | PTE;
	ENTRY32(1, 9) = GPA(5) | PTE;
	begin_mode(CR4_PSE, 0, GPA(0));
	expect_leads(gva + 0x123, READ, GPA(5) + 0x123);
	ENTRY32(0, 600) = (GUEST_ROOM + 4 * CHUNK) | PTE_LARGE;
	expect_leads(gva + CHUNK + 0x123, READ, GUEST_ROOM + 5 * CHUNK + 0x9123);
}

/* Memory that may only be read is no reason to go on for ever. */
TEST_F(apart, what_may_only_be_read)
{
	uint8_t *page = mshv_alloc(PAGE_SIZE);
	uint32_t result;
	uint64_t gpa;

	ASSERT_NE(NULL, page);
	page[0] = 1;
	test_map(self->vm.fd, page, PAGE_SIZE, 2 * GUEST_ROOM / PAGE_SIZE - 1, MEM_RO);
	ENTRY32(0, 600) = GPA(1) | PTE;
	ENTRY32(1, 9) = (2 * GUEST_ROOM - PAGE_SIZE) | PTE;
	begin_mode(CR4_PSE, 0, GPA(0));
	expect_leads(600U << 22 | 9 << 12, READ, 2 * GUEST_ROOM - PAGE_SIZE);
	test_translate(self->vp, 600U << 22 | 9 << 12, WRITE, &result, &gpa);
	EXPECT_EQ(HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS, result);
}

TEST_F(translate, arguments)
{
	union hv_translate_gva_result out;
	uint64_t gpa;
	struct mshv_translate_gva args = {
		.gva = GUEST_DATA,
		.flags = READ,
		.result = (uintptr_t)&out,
		.gpa = (uintptr_t)&gpa,
	};

	if (mshv_driver_is_in_tree())
		SKIP(return, "in-tree driver: no such ioctl");
	EXPECT_EQ(-1, ioctl(self->vp->fd, MSHV_VP_TRANSLATE_GVA, NULL));
	EXPECT_EQ(EFAULT, errno);
	args.result = 8;
	EXPECT_EQ(-1, ioctl(self->vp->fd, MSHV_VP_TRANSLATE_GVA, &args));
	EXPECT_EQ(EFAULT, errno);
	args.result = (uintptr_t)&out;
	args.gpa = 8;
	EXPECT_EQ(-1, ioctl(self->vp->fd, MSHV_VP_TRANSLATE_GVA, &args));
	EXPECT_EQ(EFAULT, errno);
}

TEST_HARNESS_MAIN
