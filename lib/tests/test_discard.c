// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Writes that the hypervisor refuses, and writes that are given up.
 */
#include <errno.h>
#include <string.h>

#include "fakevp.h"
#include "test.h"

/* What a processor of another host had, in a snapshot. */
#define ABSENT HV_X64_REGISTER_BNDCFGS

static void start(enum hv_page_mode mode)
{
	fakevp_start(mode, 0);
	fake.model.idle = true;
	slotset_add(&fake.model.absent, reg_slot(ABSENT));
	fakevp_port(0x60, 1, false);
	fakevp_run();
}

/* A write that the VP shall have, so the model expects it. */
static void set(uint32_t name, uint64_t value)
{
	const union hv_register_value v = { .reg64 = value };

	hvmodel_file_write(&fake.model, reg_slot(name), &v);
	CHECK_EQ(mshv_vp_set_reg(fake.vp, name, value), 0);
}

static uint64_t get(uint32_t name)
{
	uint64_t value;

	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	return value;
}

TEST(discard_a_write_that_is_refused)
{
	const uint32_t absent = ABSENT;
	uint32_t name = 0;

	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++) {
		start((enum hv_page_mode)mode);
		CHECK_EQ(mshv_vp_refused_reg(fake.vp, &name), -ENOENT);
		set(HV_X64_REGISTER_CR3, 0x1000);
		set(HV_X64_REGISTER_RBX, 0x1234);
		CHECK_EQ(mshv_vp_set_reg(fake.vp, absent, 1), 0);
		set(HV_X64_REGISTER_STAR, 0x5678);

		/* Again and again, and each time it is said which. */
		for (int i = 0; i < 2; i++) {
			name = 0;
			CHECK(mshv_vp_run(fake.vp, NULL) != 0);
			CHECK_EQ(mshv_vp_refused_reg(fake.vp, &name), 0);
			CHECK_EQ(name, absent);
		}
		CHECK_EQ(mshv_vp_discard_regs(fake.vp, &name, 1), 0);
		CHECK_EQ(mshv_vp_refused_reg(fake.vp, &name), -ENOENT);
		/* All others arrive. */
		fakevp_run();
		fakevp_finish();
	}
}

/* Held or laid on the page: what is given up is what the VP has, by any way. */
TEST(discard_everything)
{
	static const uint32_t names[] = {
		HV_X64_REGISTER_RAX, HV_X64_REGISTER_RIP, HV_X64_REGISTER_RFLAGS,
		HV_X64_REGISTER_CR3, HV_X64_REGISTER_STAR,
	};

	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++) {
		start((enum hv_page_mode)mode);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			CHECK_EQ(mshv_vp_set_reg(fake.vp, names[i], 0x4711), 0);
		/* The page shows what was written: the model knows of no reason to ask. */
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			slotset_add(&fake.model.by_hypercall, reg_slot(names[i]));
		CHECK_EQ(mshv_vp_discard_regs(fake.vp, NULL, 0), 0);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			fakevp_check(names[i]);
			CHECK(get(names[i]) != 0x4711);
		}
		/* Nor does a neighbour on the page take it along. */
		set(HV_X64_REGISTER_RBX, 0x1234);
		fakevp_run();
		fakevp_finish();
	}
}

TEST(discard_only_what_is_named)
{
	static const uint32_t names[] = { HV_X64_REGISTER_RAX, HV_X64_REGISTER_RDX };
	struct mshv_vp_counters c = { .size = sizeof(c) };

	start(PAGE_VALID);
	set(HV_X64_REGISTER_RCX, 0x1234);
	set(HV_X64_REGISTER_CR3, 0x1000);
	CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RAX, 0x4711), 0);
	slotset_add(&fake.model.by_hypercall, reg_slot(HV_X64_REGISTER_RAX));
	/* RDX is not held: nothing happens to it. */
	CHECK_EQ(mshv_vp_discard_regs(fake.vp, names, 2), 0);
	CHECK_EQ(get(HV_X64_REGISTER_RCX), 0x1234);
	CHECK_EQ(get(HV_X64_REGISTER_CR3), 0x1000);
	fakevp_check(HV_X64_REGISTER_RDX);
	fakevp_check(HV_X64_REGISTER_RAX);
	CHECK_EQ(mshv_vp_counters(fake.vp, &c), 0);
	CHECK_EQ(c.regs.get_regs, 1);
	fakevp_run();
	fakevp_finish();
}

/* A run that was interrupted leaves writes on the page: those are not held. */
TEST(discard_leaves_what_is_in_place)
{
	start(PAGE_VALID);
	set(HV_X64_REGISTER_RBX, 0x1234);
	fake.run_error = -EINTR;
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), -EINTR);
	CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_RCX, 0x4711), 0);
	CHECK_EQ(mshv_vp_discard_regs(fake.vp, NULL, 0), 0);
	slotset_add(&fake.model.by_hypercall, reg_slot(HV_X64_REGISTER_RCX));
	CHECK_EQ(get(HV_X64_REGISTER_RBX), 0x1234);
	fakevp_check(HV_X64_REGISTER_RCX);
	/* The page must not put an older value over this one. */
	set(HV_X64_REGISTER_RDX, 0x5678);
	fakevp_run();
	fakevp_finish();
}

/* The newer of two writes is given up, and a flush has put the older in place. */
TEST(discard_brings_back_what_was_flushed)
{
	static const uint32_t names[] = {
		HV_X64_REGISTER_RBX, HV_X64_REGISTER_RIP, HV_X64_REGISTER_XMM3,
		HV_X64_REGISTER_RFLAGS, HV_X64_REGISTER_GS, HV_X64_REGISTER_CR3,
	};

	for (size_t i = 0; i < 2 * ARRAY_SIZE(names); i++) {
		const uint32_t *name = &names[i / 2];
		union hv_register_value v[2] = { { .reg64 = 0x1230 }, { .reg64 = 0x4710 } };

		start(PAGE_VALID);
		hvmodel_file_write(&fake.model, reg_slot(*name), &v[0]);
		CHECK_EQ(mshv_vp_set_regs(fake.vp, name, &v[0], 1), 0);
		fake.run_error = -EINTR;
		CHECK_EQ(mshv_vp_run(fake.vp, NULL), -EINTR);
		CHECK_EQ(mshv_vp_set_regs(fake.vp, name, &v[1], 1), 0);
		CHECK_EQ(mshv_vp_discard_regs(fake.vp, i % 2 ? name : NULL, i % 2), 0);
		fakevp_check(*name);
		fakevp_run();
		fakevp_finish();
	}
}

/* By itself: one that the page cannot carry would take it along to the VP. */
TEST(flush_puts_in_place_what_the_page_could_carry)
{
	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++) {
		start((enum hv_page_mode)mode);
		fake.model.settling = true;
		set(HV_X64_REGISTER_RBX, 1);
		CHECK_EQ(mshv_vp_flush_regs(fake.vp), 0);
		CHECK_EQ(fake.model.vp[reg_slot(HV_X64_REGISTER_RBX)].reg64, 1);
		fakevp_run();
		fakevp_finish();
	}
}

/* A flush by the VMM: it has gone to the VP, and the one that is given up has not. */
TEST(discard_after_a_flush_leaves_what_was_flushed)
{
	static const uint32_t names[] = { HV_X64_REGISTER_RBX, HV_X64_REGISTER_CR3 };

	for (int mode = PAGE_MISSING; mode <= PAGE_OTHER_VERSION; mode++) {
		start((enum hv_page_mode)mode);
		fake.model.settling = true;
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			set(names[i], 1);
		CHECK_EQ(mshv_vp_flush_regs(fake.vp), 0);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			CHECK_EQ(fake.model.vp[reg_slot(names[i])].reg64, 1);
			CHECK_EQ(mshv_vp_set_reg(fake.vp, names[i], 2), 0);
		}
		CHECK_EQ(mshv_vp_discard_regs(fake.vp, NULL, 0), 0);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			CHECK_EQ(get(names[i]), 1);
		fakevp_run();
		fakevp_finish();
	}
}

/* RIP too: the instruction ends as if nobody had written it. */
TEST(discard_a_rip)
{
	const uint32_t rip = HV_X64_REGISTER_RIP;
	const union hv_register_value next = { .reg64 = 0x502 };

	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	fakevp_set64(rip, 0x500);
	fakevp_port(0x60, 1, true);
	fakevp_run();
	fake.hvcall_error = -ENOMEM;
	CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_CR3, 0x1000), 0);
	CHECK_EQ(mshv_vp_set_reg(fake.vp, rip, 0x4711), 0);
	CHECK_EQ(mshv_vp_flush_regs(fake.vp), -ENOMEM);
	fake.hvcall_error = 0;
	CHECK_EQ(mshv_vp_discard_regs(fake.vp, NULL, 0), 0);
	slotset_add(&fake.model.by_hypercall, reg_slot(rip));
	CHECK_EQ(mshv_vp_port_complete(fake.vp, 0), 0);
	hvmodel_file_write(&fake.model, reg_slot(rip), &next);
	CHECK_EQ(get(rip), next.reg64);
	fakevp_run();
	fakevp_finish();
}

/* A driver that has not come as far as the hypercall does not mean a register. */
TEST(discard_blames_no_register_for_what_the_driver_lacks)
{
	uint32_t name = 0x4711;

	start(PAGE_VALID);
	fake.hvcall_error = -ENOMEM;
	set(HV_X64_REGISTER_CR3, 0x1000);
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), -ENOMEM);
	CHECK_EQ(mshv_vp_refused_reg(fake.vp, &name), -ENOENT);
	CHECK_EQ(name, 0x4711);
	fake.hvcall_error = 0;
	fakevp_run();
	fakevp_finish();
}

/* Takes no more than the first of what it gets. */
static int take_one(void *opaque, const struct hv_register_assoc *regs, size_t n,
		    size_t *done)
{
	*(uint32_t *)opaque = regs[0].name;
	*done = 1;
	return n > 1 ? -EACCES : 0;
}

static int give(void *opaque, const uint32_t *names, union hv_register_value *values,
		size_t n, size_t *done)
{
	(void)opaque;
	for (size_t i = 0; i < n; i++)
		values[i].reg64 = names[i];
	*done = n;
	return 0;
}

TEST(discard_from_a_cache_without_a_vp)
{
	static const struct mshv_regcache_ops ops = { sizeof(ops), give, take_one };
	static const uint32_t names[] = {
		HV_X64_REGISTER_RAX, HV_X64_REGISTER_RBX, HV_X64_REGISTER_CR3,
	};
	const union hv_register_value values[3] = { 0 };
	struct mshv_regcache *cache;
	union hv_register_value v;
	uint32_t name, taken = 0;

	CHECK_EQ(mshv_regcache_create(&ops, &taken, NULL, &cache), 0);
	CHECK_EQ(mshv_regcache_set(cache, names, values, 3), 0);
	CHECK_EQ(mshv_regcache_flush(cache), -EACCES);
	CHECK_EQ(taken, names[0]);
	CHECK_EQ(mshv_regcache_refused(cache, &name), 0);
	CHECK_EQ(name, names[1]);
	/* Another than the one that was refused: that is still said. */
	CHECK_EQ(mshv_regcache_discard(cache, &names[2], 1), 0);
	CHECK_EQ(mshv_regcache_refused(cache, &name), 0);
	CHECK(!mshv_regcache_is_dirty(cache, names[2]));
	CHECK(mshv_regcache_is_dirty(cache, names[1]));
	CHECK_EQ(mshv_regcache_get(cache, &names[2], &v, 1), 0);
	CHECK_EQ(v.reg64, names[2]);
	CHECK_EQ(mshv_regcache_flush(cache), 0);
	CHECK_EQ(taken, names[1]);
	CHECK_EQ(mshv_regcache_refused(cache, &name), -ENOENT);
	mshv_regcache_free(cache);
}
