// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The order in which held writes arrive.
 */
#include <errno.h>
#include <hvabi/vp.h>
#include <mshvctl/regcache.h>
#include <string.h>

#include "test.h"

static uint32_t written[MSHV_REGCACHE_MAX_GET];
static size_t nr_written;

static int log_set(void *opaque, const struct hv_register_assoc *regs, size_t n,
		   size_t *done)
{
	(void)opaque;
	for (size_t i = 0; i < n; i++)
		written[nr_written++] = regs[i].name;
	*done = n;
	return 0;
}

static int no_get(void *opaque, const uint32_t *names, union hv_register_value *values,
		  size_t n, size_t *done)
{
	(void)opaque;
	(void)names;
	(void)values;
	(void)n;
	*done = 0;
	return -EIO;
}

static size_t place(uint32_t name)
{
	size_t i = 0;

	while (i < nr_written && written[i] != name)
		i++;
	CHECK(i < nr_written);
	return i;
}

/* Saved by tier_names(FULL) and set again: nothing is lost to the order. */
TEST(regorder_what_needs_another_register_comes_after_it)
{
	static const struct mshv_regcache_ops ops = { sizeof(ops), no_get, log_set };
	static const uint32_t pairs[][2] = {
		{ HV_REGISTER_GUEST_OS_ID, HV_X64_REGISTER_HYPERCALL },
		{ HV_X64_REGISTER_TSC_ADJUST, HV_X64_REGISTER_TSC },
		{ HV_X64_REGISTER_MSR_MTRR_FIX4KF8000, HV_X64_REGISTER_MSR_MTRR_DEF_TYPE },
		{ HV_X64_REGISTER_MSR_MTRR_PHYS_MASK7, HV_X64_REGISTER_MSR_MTRR_DEF_TYPE },
		{ HV_REGISTER_SINT15, HV_REGISTER_SCONTROL },
		{ HV_REGISTER_SIMP, HV_REGISTER_SCONTROL },
		{ HV_REGISTER_SIEFP, HV_REGISTER_SCONTROL },
		{ HV_X64_REGISTER_RAX, HV_X64_REGISTER_CR0 },
		{ HV_REGISTER_SIMP, HV_X64_REGISTER_TSC },
	};
	uint32_t names[MSHV_REGCACHE_MAX_GET];
	union hv_register_value value;
	struct mshv_regcache *cache;
	size_t n;

	nr_written = 0;
	memset(&value, 0, sizeof(value));
	value.reg64 = 1;
	CHECK_EQ(mshv_regcache_create(&ops, NULL, NULL, &cache), 0);
	CHECK_EQ(mshv_reg_tier_names(MSHV_TIER_FULL, names, MSHV_REGCACHE_MAX_GET, &n), 0);
	for (size_t i = 0; i < n; i++)
		if (names[i] != HV_X64_REGISTER_MSR_MTRR_CAP)
			CHECK_EQ(mshv_regcache_set(cache, &names[i], &value, 1), 0);
	CHECK_EQ(mshv_regcache_flush(cache), 0);
	CHECK_EQ(nr_written, n - 1);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		CHECK(place(pairs[i][0]) < place(pairs[i][1]));
	CHECK_EQ(place(HV_X64_REGISTER_TSC), nr_written - 1);
	mshv_regcache_free(cache);
}
