// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Registers that the cache has no slot for.
 */
#include <errno.h>
#include <hvabi/hypercall.h>

#include "core/vp.h"
#include "fakevp.h"
#include "test.h"

#define OTHER HV_REGISTER_EXPLICIT_SUSPEND
#define NOTHING 0x77777

static void start(enum hv_page_mode mode)
{
	fakevp_start(mode, 0);
	fake.model.idle = true;
	fakevp_run();
	fake.model.settling = true;
	fake.model.suspend.reg64 = 0x11;
}

TEST(uncached_is_read_anew_each_time_among_others)
{
	static const uint32_t names[] = {
		HV_X64_REGISTER_RBX, OTHER, HV_X64_REGISTER_STAR, OTHER,
	};
	union hv_register_value v[4];

	CHECK(!mshv_reg_is_known(OTHER));
	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++) {
		start((enum hv_page_mode)mode);
		for (uint64_t i = 1; i < 3; i++) {
			fake.model.suspend.reg64 = i;
			CHECK_EQ(mshv_vp_get_regs(fake.vp, names, v, 4), 0);
			CHECK(hvmodel_same(reg_slot(names[0]), &v[0],
					   &fake.model.file[reg_slot(names[0])]));
			CHECK_EQ(v[1].reg64, i);
			CHECK_EQ(v[3].reg64, i);
			CHECK(hvmodel_same(reg_slot(names[2]), &v[2],
					   &fake.model.file[reg_slot(names[2])]));
		}
		CHECK_EQ(mshv_hv_status(), HV_STATUS_SUCCESS);
		fakevp_finish();
	}
}

TEST(uncached_is_written_at_once_after_what_is_held)
{
	static const uint32_t names[] = { OTHER, HV_X64_REGISTER_RCX };
	const union hv_register_value v[2] = { { .reg64 = 1 }, { .reg64 = 3 } };
	const union hv_register_value two = { .reg64 = 2 };
	uint64_t value;

	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++) {
		start((enum hv_page_mode)mode);
		hvmodel_file_write(&fake.model, reg_slot(HV_X64_REGISTER_RBX), &two);
		CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RBX, 2), 0);
		CHECK_EQ(mshv_vp_set_regs(fake.vp, names, v, 2), 0);
		hvmodel_file_write(&fake.model, reg_slot(names[1]), &v[1]);
		CHECK_EQ(fake.model.suspend.reg64, 1);
		CHECK_EQ(fake.model.vp[reg_slot(HV_X64_REGISTER_RBX)].reg64, 2);
		for (int slot = 0; slot < REG_SLOTS; slot++)
			slotset_add(&fake.model.by_hypercall, slot);
		slotset_clear(&fake.model.fetched);
		CHECK_EQ(mshv_vp_get_reg(fake.vp, OTHER, &value), 0);
		CHECK_EQ(value, 1);
		fakevp_run();
		fakevp_check(HV_X64_REGISTER_RBX);
		fakevp_check(HV_X64_REGISTER_RCX);
		fakevp_finish();
	}
}

TEST(uncached_that_is_refused_leaves_nothing_held)
{
	static const uint32_t names[] = { HV_X64_REGISTER_RCX, NOTHING };
	union hv_register_value v[2] = { { .reg64 = 3 }, { .reg64 = 1 } };
	uint32_t name = 0;

	start(PAGE_VALID);
	CHECK_EQ(mshv_vp_set_regs(fake.vp, names, v, 2), -EINVAL);
	CHECK_EQ(mshv_hv_status(), HV_STATUS_INVALID_PARAMETER);
	CHECK_EQ(mshv_vp_refused_reg(fake.vp, &name), 0);
	CHECK_EQ(name, NOTHING);
	CHECK(!mshv_regcache_is_dirty(fake.vp->cache, names[0]));
	CHECK_EQ(mshv_vp_discard_regs(fake.vp, &name, 1), 0);
	CHECK_EQ(mshv_vp_refused_reg(fake.vp, &name), -ENOENT);
	for (int slot = 0; slot < REG_SLOTS; slot++)
		slotset_add(&fake.model.by_hypercall, slot);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, names, v, 2), -EINVAL);
	CHECK_EQ(v[0].reg64, 3);
	fakevp_run();
	fakevp_finish();
}

/* Each of them is a page of the hypercall, no more. */
TEST(uncached_too_many_for_a_hypercall)
{
	static union hv_register_value v[MSHV_REGCACHE_MAX_GET + 1];
	static uint32_t names[MSHV_REGCACHE_MAX_GET + 1];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		names[i] = OTHER;
	start(PAGE_VALID);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, names, v, ARRAY_SIZE(names)), -E2BIG);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, names, v, MSHV_REGCACHE_MAX_GET), 0);
	CHECK_EQ(v[MSHV_REGCACHE_MAX_GET - 1].reg64, 0x11);
	CHECK_EQ(mshv_vp_set_regs(fake.vp, names, v, MSHV_REGCACHE_MAX_SET + 1), -E2BIG);
	CHECK_EQ(mshv_vp_set_regs(fake.vp, names, v, MSHV_REGCACHE_MAX_SET), 0);
	fakevp_finish();
}

/* What the driver has not made has no status, whatever the one before had. */
TEST(status_is_of_the_last_hypercall)
{
	uint64_t value;

	start(PAGE_VALID);
	CHECK_EQ(mshv_vp_get_reg(fake.vp, NOTHING, &value), -EINVAL);
	CHECK_EQ(mshv_hv_status(), HV_STATUS_INVALID_PARAMETER);
	fake.hvcall_error = -ENOMEM;
	CHECK_EQ(mshv_vp_get_reg(fake.vp, NOTHING, &value), -ENOMEM);
	CHECK_EQ(mshv_hv_status(), HV_STATUS_SUCCESS);
	fakevp_finish();
}
