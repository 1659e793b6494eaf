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
