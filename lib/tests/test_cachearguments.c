// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The same as test_arguments.c, of the register cache and of what has no handle.
 */
#include <errno.h>
#include <mshvctl/mshvctl.h>

#include "fakevp.h"
#include "test.h"

static int get(void *opaque, const uint32_t *names,
	       union hv_register_value *values, size_t n, size_t *done)
{
	(void)opaque;
	(void)names;
	(void)values;
	(void)n;
	(void)done;
	return 0;
}

static int set(void *opaque, const struct hv_register_assoc *regs, size_t n,
	       size_t *done)
{
	(void)opaque;
	(void)regs;
	(void)n;
	(void)done;
	return 0;
}

#define REFUSED(call) CHECK_EQ(call, -EINVAL)

TEST(arguments_of_register_caches)
{
	static const struct mshv_regcache_ops ops = { sizeof(ops), get, set };
	static const struct mshv_regcache_ops half = { sizeof(half), get, NULL };
	const uint32_t rax = HV_X64_REGISTER_RAX, unknown = 0x12345;
	uint32_t name;
	struct mshv_reg_counters counters;
	struct mshv_regcache *cache;
	union hv_register_value v;
	size_t count;

	REFUSED(mshv_regcache_create(NULL, NULL, NULL, &cache));
	REFUSED(mshv_regcache_create(&half, NULL, NULL, &cache));
	REFUSED(mshv_regcache_create(&ops, NULL, NULL, NULL));
	REFUSED(mshv_regcache_get(NULL, &rax, &v, 1));
	REFUSED(mshv_regcache_set(NULL, &rax, &v, 1));
	REFUSED(mshv_regcache_load(NULL, MSHV_TIER_FAST));
	REFUSED(mshv_regcache_seed(NULL, rax, &v));
	REFUSED(mshv_regcache_flush(NULL));
	REFUSED(mshv_regcache_refused(NULL, &name));
	REFUSED(mshv_regcache_discard(NULL, &rax, 1));
	REFUSED(mshv_regcache_counters(NULL, &counters));
	CHECK(!mshv_regcache_is_dirty(NULL, rax));
	mshv_regcache_exited(NULL, true);
	mshv_regcache_free(NULL);

	CHECK_EQ(mshv_regcache_create(&ops, NULL, NULL, &cache), 0);
	REFUSED(mshv_regcache_get(cache, NULL, &v, 1));
	REFUSED(mshv_regcache_get(cache, &rax, NULL, 1));
	REFUSED(mshv_regcache_seed(cache, unknown, &v));
	REFUSED(mshv_regcache_seed(cache, rax, NULL));
	REFUSED(mshv_regcache_load(cache, (enum mshv_reg_tier)-1));
	REFUSED(mshv_regcache_refused(cache, NULL));
	REFUSED(mshv_regcache_discard(cache, NULL, 1));
	REFUSED(mshv_regcache_counters(cache, NULL));
	CHECK(!mshv_regcache_is_dirty(cache, unknown));
	mshv_regcache_free(cache);

	CHECK_EQ(mshv_hv_status(), 0);
	REFUSED(mshv_vp_finish_insn(NULL, 0));
	REFUSED(mshv_vp_save(NULL, &count, sizeof(count), NULL));
	REFUSED(mshv_vp_restore(NULL, &count, sizeof(count)));
	REFUSED(mshv_vm_save(NULL, &count, sizeof(count), NULL));
	REFUSED(mshv_vm_restore(NULL, &count, sizeof(count)));
	REFUSED(mshv_vm_freeze_time(NULL));
	REFUSED(mshv_vm_thaw_time(NULL));
	REFUSED(mshv_reg_of_msr(0x10, NULL));
	CHECK_EQ(mshv_version(), MSHVCTL_VERSION);
	CHECK(!mshv_reg_is_known(unknown));
	REFUSED(mshv_reg_tier_names(MSHV_TIER_FAST, NULL, 0, NULL));
	REFUSED(mshv_reg_tier_names(MSHV_TIER_FAST, NULL, 1, &count));
	REFUSED(mshv_reg_tier_names((enum mshv_reg_tier)4, NULL, 0, &count));
}
