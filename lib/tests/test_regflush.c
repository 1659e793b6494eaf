// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The register cache in chosen situations.
 */
#include <errno.h>
#include <hvabi/vp.h>
#include <mshvctl/regcache.h>
#include <string.h>

#include "test.h"

/* The last calls, and what they shall answer. */
static struct {
	struct hv_register_assoc regs[MSHV_REGCACHE_MAX_SET];
	size_t n, done;
	unsigned int gets, sets;
	int err, get_err;
	uint32_t absent;
} calls;

static int log_get(void *opaque, const uint32_t *names,
		   union hv_register_value *values, size_t n, size_t *done)
{
	CHECK(opaque == &calls);
	for (size_t i = 0; i < n; i++)
		values[i].reg64 = names[i];
	calls.gets++;
	*done = n;
	for (size_t i = 0; i < n && *done == n; i++)
		if (calls.absent && names[i] == calls.absent)
			*done = i;
	return *done == n ? 0 : calls.get_err ? calls.get_err : -EINVAL;
}

static int log_set(void *opaque, const struct hv_register_assoc *regs, size_t n,
		   size_t *done)
{
	CHECK(opaque == &calls);
	memcpy(calls.regs, regs, n * sizeof(*regs));
	calls.n = n;
	calls.sets++;
	*done = calls.err ? calls.done : n;
	return calls.err;
}

static const struct mshv_regcache_ops log_ops = {
	.size = sizeof(log_ops),
	.get = log_get,
	.set = log_set,
};

static union {
	struct hv_vp_register_page page;
	uint8_t bytes[4096];
} page;

static struct mshv_regcache *start(bool valid)
{
	struct mshv_regcache *cache;

	memset(&calls, 0, sizeof(calls));
	memset(&page, 0, sizeof(page));
	page.page.version = 1;
	page.page.isvalid = valid;
	CHECK_EQ(mshv_regcache_create(&log_ops, &calls, &page, &cache), 0);
	return cache;
}

static void set(struct mshv_regcache *cache, uint32_t name, uint64_t value)
{
	union hv_register_value v = { .reg64 = value };

	CHECK_EQ(mshv_regcache_set(cache, &name, &v, 1), 0);
}

static uint64_t get(struct mshv_regcache *cache, uint32_t name)
{
	union hv_register_value v;

	CHECK_EQ(mshv_regcache_get(cache, &name, &v, 1), 0);
	return v.reg64;
}

TEST(regflush_marks_exactly_the_dirty_classes)
{
	static const struct {
		uint32_t name;
		uint32_t dirty;
	} cases[] = {
		{ HV_X64_REGISTER_R15, 1 << 0 }, { HV_X64_REGISTER_RIP, 1 << 1 },
		{ HV_X64_REGISTER_XMM5, 1 << 2 }, { HV_X64_REGISTER_GS, 1 << 3 },
		{ HV_X64_REGISTER_RFLAGS, 1 << 4 },
	};
	struct mshv_regcache *cache = start(true);

	for (size_t i = 0; i < 5; i++) {
		page.page.dirty = 0;
		set(cache, cases[i].name, 5);
		CHECK_EQ(page.page.dirty, 0);
		CHECK(mshv_regcache_is_dirty(cache, cases[i].name));
		CHECK_EQ(mshv_regcache_flush(cache), 0);
		CHECK_EQ(page.page.dirty, cases[i].dirty);
		CHECK(!mshv_regcache_is_dirty(cache, cases[i].name));
	}
	CHECK_EQ(page.page.r15, 5);
	CHECK_EQ(page.page.rip, 5);
	CHECK_EQ(calls.gets + calls.sets, 0);
	mshv_regcache_free(cache);
}

TEST(regflush_writes_nothing_that_is_there_already)
{
	struct mshv_regcache *cache = start(true);

	page.page.rax = 7;
	page.page.cr0 = 0x11;
	set(cache, HV_X64_REGISTER_RAX, 7);
	set(cache, HV_X64_REGISTER_CR0, 0x11);
	CHECK_EQ(mshv_regcache_flush(cache), 0);
	CHECK_EQ(page.page.dirty, 0);
	CHECK_EQ(calls.sets, 0);
	/* The time stamp moves on its own: writing it back means something. */
	set(cache, HV_X64_REGISTER_TSC, get(cache, HV_X64_REGISTER_TSC));
	CHECK_EQ(mshv_regcache_flush(cache), 0);
	CHECK_EQ(calls.sets, 1);
	mshv_regcache_free(cache);
}

TEST(regflush_control_registers_go_by_hypercall)
{
	struct mshv_regcache *cache = start(true);

	set(cache, HV_X64_REGISTER_CR3, 0x1000);
	set(cache, HV_X64_REGISTER_RBX, 2);
	CHECK_EQ(mshv_regcache_flush(cache), 0);
	CHECK_EQ(calls.sets, 1);
	CHECK_EQ(calls.n, 1);
	CHECK_EQ(calls.regs[0].name, HV_X64_REGISTER_CR3);
	CHECK_EQ(calls.regs[0].value.reg64, 0x1000);
	CHECK_EQ(page.page.dirty, 1);
	CHECK_EQ(page.page.cr3, 0);
	CHECK_EQ(get(cache, HV_X64_REGISTER_CR3), 0x1000);
	mshv_regcache_free(cache);
}

TEST(regflush_partial_write_is_not_repeated)
{
	struct mshv_regcache *cache = start(false);

	set(cache, HV_X64_REGISTER_RAX, 1);
	set(cache, HV_X64_REGISTER_RBX, 2);
	set(cache, HV_X64_REGISTER_CR3, 3);
	calls.err = -ENOMEM;
	calls.done = 2;
	CHECK_EQ(mshv_regcache_flush(cache), -ENOMEM);
	CHECK_EQ(calls.n, 3);
	calls.err = 0;
	CHECK_EQ(mshv_regcache_flush(cache), 0);
	CHECK_EQ(calls.n, 1);
	CHECK_EQ(calls.regs[0].name, HV_X64_REGISTER_CR3);
	CHECK_EQ(mshv_regcache_flush(cache), 0);
	CHECK_EQ(calls.sets, 2);
	mshv_regcache_free(cache);
}

TEST(regflush_full_state_takes_two_hypercalls)
{
	uint32_t names[MSHV_REGCACHE_MAX_GET];
	struct mshv_regcache *cache = start(false);
	size_t n;

	CHECK_EQ(mshv_reg_tier_names(MSHV_TIER_FULL, names,
				     MSHV_REGCACHE_MAX_GET, &n), 0);
	for (size_t i = 0; i < n; i++)
		if (names[i] != HV_X64_REGISTER_MSR_MTRR_CAP)
			set(cache, names[i], i + 1);
	CHECK_EQ(mshv_regcache_flush(cache), 0);
	CHECK_EQ(calls.sets, 2);
	CHECK_EQ(calls.n, n - 1 - MSHV_REGCACHE_MAX_SET);
	mshv_regcache_free(cache);
}

TEST(regcache_probes_once_what_the_host_lacks)
{
	struct mshv_regcache *cache = start(true);
	uint32_t name = HV_X64_REGISTER_SPEC_CTRL;
	union hv_register_value value = { .reg64 = 1 };

	calls.absent = name;
	CHECK_EQ(mshv_regcache_load(cache, MSHV_TIER_RUNTIME), 0);
	CHECK_EQ(calls.gets, 2);
	CHECK_EQ(mshv_regcache_get(cache, &name, &value, 1), -ENODEV);
	CHECK_EQ(mshv_regcache_set(cache, &name, &value, 1), -ENODEV);
	CHECK_EQ(get(cache, HV_X64_REGISTER_TR), HV_X64_REGISTER_TR);
	mshv_regcache_exited(cache, true);
	CHECK_EQ(mshv_regcache_load(cache, MSHV_TIER_RUNTIME), 0);
	CHECK_EQ(calls.gets, 3);
	mshv_regcache_free(cache);
}

/* The register is there the next time, and a migration must have it. */
TEST(regcache_trouble_is_not_absence)
{
	static const int errors[] = { -EIO, -ENOMEM, -EINTR, -ENXIO, -EAGAIN };

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		struct mshv_regcache *cache = start(true);

		calls.absent = HV_X64_REGISTER_SPEC_CTRL;
		calls.get_err = errors[i];
		CHECK_EQ(mshv_regcache_load(cache, MSHV_TIER_RUNTIME), errors[i]);
		calls.absent = 0;
		CHECK_EQ(get(cache, HV_X64_REGISTER_SPEC_CTRL), HV_X64_REGISTER_SPEC_CTRL);
		mshv_regcache_free(cache);
	}
}

TEST(regcache_lack_of_a_common_register_is_an_error)
{
	struct mshv_regcache *cache = start(true);

	calls.absent = HV_X64_REGISTER_TR;
	CHECK_EQ(mshv_regcache_load(cache, MSHV_TIER_RUNTIME), -EINVAL);
	CHECK_EQ(calls.gets, 1);
	mshv_regcache_free(cache);
}

TEST(regcache_seed_yields_to_what_is_known)
{
	struct mshv_regcache *cache = start(false);
	union hv_register_value value = { .reg64 = 5 };

	set(cache, HV_X64_REGISTER_RCX, 9);
	CHECK_EQ(mshv_regcache_seed(cache, HV_X64_REGISTER_RAX, &value), 0);
	CHECK_EQ(mshv_regcache_seed(cache, HV_X64_REGISTER_RCX, &value), 0);
	CHECK_EQ(get(cache, HV_X64_REGISTER_RAX), 5);
	CHECK_EQ(get(cache, HV_X64_REGISTER_RCX), 9);
	CHECK_EQ(calls.gets, 0);
	CHECK_EQ(mshv_regcache_flush(cache), 0);
	CHECK_EQ(calls.n, 1);
	mshv_regcache_exited(cache, true);
	CHECK_EQ(get(cache, HV_X64_REGISTER_RAX), HV_X64_REGISTER_RAX);
	CHECK_EQ(calls.gets, 1);
	mshv_regcache_free(cache);
}

TEST(regcache_refuses_bad_arguments)
{
	struct mshv_regcache *cache = start(true);
	static const struct mshv_regcache_ops no_ops;
	uint32_t names[1] = { HV_X64_REGISTER_RAX };
	union hv_register_value values[1] = { { .reg64 = 1 } };
	struct mshv_regcache *other;

	CHECK_EQ(mshv_regcache_create(NULL, NULL, NULL, &other), -EINVAL);
	CHECK_EQ(mshv_regcache_create(&no_ops, NULL, NULL, &other), -EINVAL);
	CHECK_EQ(mshv_regcache_create(&log_ops, NULL, NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_regcache_get(cache, NULL, values, 1), -EINVAL);
	CHECK_EQ(mshv_regcache_get(cache, names, NULL, 1), -EINVAL);
	CHECK_EQ(mshv_regcache_get(cache, NULL, NULL, 0), 0);
	CHECK_EQ(mshv_regcache_get(NULL, names, values, 1), -EINVAL);
	CHECK(!mshv_regcache_is_dirty(cache, HV_X64_REGISTER_RAX));
	CHECK(!mshv_regcache_is_dirty(cache, 0x77777));
	CHECK(!mshv_regcache_is_dirty(NULL, HV_X64_REGISTER_RAX));
	CHECK_EQ(mshv_regcache_seed(cache, 0x77777, values), -EINVAL);
	CHECK_EQ(mshv_regcache_seed(cache, HV_X64_REGISTER_RAX, NULL), -EINVAL);
	CHECK_EQ(mshv_regcache_load(cache, (enum mshv_reg_tier)9), -EINVAL);
	CHECK_EQ(mshv_regcache_load(NULL, MSHV_TIER_FAST), -EINVAL);
	CHECK_EQ(mshv_regcache_flush(NULL), -EINVAL);
	CHECK_EQ(mshv_regcache_counters(cache, NULL), -EINVAL);
	mshv_regcache_exited(NULL, true);
	CHECK_EQ(calls.gets + calls.sets, 0);
	mshv_regcache_free(cache);
}
