// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The register cache against a plain register file, in random sequences.
 */
#include <errno.h>
#include <mshvctl/regcache.h>
#include <stdlib.h>
#include <string.h>

#include "hvmodel.h"
#include "test.h"

#define SEEDS 12
#define STEPS 40000
#define MAX_BATCH 24

struct rig {
	struct hvmodel model;
	struct mshv_regcache *cache;
	bool has_page;
	/* load() was done, so that the cache knows what the host lacks */
	bool probed;
};

static struct rig rig;

static void start(uint64_t seed, bool has_page)
{
	memset(&rig, 0, sizeof(rig));
	hvmodel_init(&rig.model, seed);
	rig.has_page = has_page;
	rig.model.has_page = has_page;
	CHECK_EQ(mshv_regcache_create(&hvmodel_ops, &rig.model,
				      has_page ? rig.model.bytes : NULL,
				      &rig.cache), 0);
}

static void finish(void)
{
	mshv_regcache_free(rig.cache);
	rig.cache = NULL;
}

static enum hv_page_mode random_mode(void)
{
	unsigned int dice = hvmodel_below(&rig.model, 10);

	if (!rig.has_page)
		return PAGE_MISSING;
	if (dice == 0)
		return PAGE_OTHER_VERSION;
	return dice < 4 ? PAGE_INVALID : PAGE_VALID;
}

static size_t random_names(uint32_t *names)
{
	size_t n = 1 + hvmodel_below(&rig.model, MAX_BATCH);

	for (size_t i = 0; i < n; i++)
		names[i] = reg_table[hvmodel_below(&rig.model, REG_SLOTS)].name;
	return n;
}

static bool has_absent(const uint32_t *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (slotset_has(&rig.model.absent, reg_slot(names[i])))
			return true;
	return false;
}

static void check_values(const uint32_t *names,
			 const union hv_register_value *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int slot = reg_slot(names[i]);

		CHECK(hvmodel_same(slot, &values[i], &rig.model.file[slot]));
		if (reg_table[slot].size == sizeof(uint64_t))
			CHECK_EQ(values[i].reg128.high_part, 0);
	}
}

static void step_get(void)
{
	union hv_register_value values[MAX_BATCH], before[MAX_BATCH];
	unsigned int failed = rig.model.failed;
	uint32_t names[MAX_BATCH];
	size_t n = random_names(names);
	int err;

	memset(values, 0x5a, sizeof(values));
	memcpy(before, values, sizeof(before));
	err = mshv_regcache_get(rig.cache, names, values, n);
	if (!err) {
		CHECK(!has_absent(names, n));
		check_values(names, values, n);
		return;
	}
	CHECK(rig.model.failed == failed + 1 || has_absent(names, n));
	CHECK(!memcmp(values, before, sizeof(before)));
}

static void random_write(uint32_t name, union hv_register_value *value)
{
	int slot = reg_slot(name);

	/* One in three writes says what is there already. */
	if (hvmodel_below(&rig.model, 3))
		hvmodel_random_value(&rig.model, slot, value);
	else
		*value = rig.model.file[slot];
}

static void step_set(void)
{
	union hv_register_value values[MAX_BATCH];
	uint32_t names[MAX_BATCH];
	size_t n = random_names(names);

	for (size_t i = 0; i < n; i++) {
		const struct reg_info *info = &reg_table[reg_slot(names[i])];

		if ((info->flags & REG_READ_ONLY) || has_absent(&names[i], 1))
			names[i] = HV_X64_REGISTER_RBX;
		random_write(names[i], &values[i]);
	}
	CHECK_EQ(mshv_regcache_set(rig.cache, names, values, n), 0);
	for (size_t i = 0; i < n; i++)
		hvmodel_file_write(&rig.model, reg_slot(names[i]), &values[i]);
}

/* The registers of a tier that this host has. */
static size_t tier_names(enum mshv_reg_tier tier, uint32_t *names)
{
	uint32_t all[REG_SLOTS];
	size_t count, n = 0;

	CHECK_EQ(mshv_reg_tier_names(tier, all, REG_SLOTS, &count), 0);
	for (size_t i = 0; i < count; i++)
		if (!has_absent(&all[i], 1))
			names[n++] = all[i];
	return n;
}

static enum mshv_reg_tier random_tier(void)
{
	return (enum mshv_reg_tier)hvmodel_below(&rig.model, 4);
}

/* A device model asks for everything, changes a little, and stores everything. */
static void step_full_sync(void)
{
	union hv_register_value values[REG_SLOTS];
	enum mshv_reg_tier tier = random_tier();
	uint32_t names[REG_SLOTS];
	size_t n, writable = 0;
	unsigned int failed;

	if (!rig.probed)
		return;
	n = tier_names(tier, names);
	failed = rig.model.failed;
	if (mshv_regcache_load(rig.cache, tier)) {
		CHECK_EQ(rig.model.failed, failed + 1);
		return;
	}
	failed = rig.model.failed;
	CHECK_EQ(mshv_regcache_get(rig.cache, names, values, n), 0);
	CHECK_EQ(rig.model.failed, failed);
	check_values(names, values, n);

	for (unsigned int i = 0; i < 4; i++) {
		size_t at = hvmodel_below(&rig.model, (unsigned int)n);

		random_write(names[at], &values[at]);
	}
	for (size_t i = 0; i < n; i++) {
		if (reg_table[reg_slot(names[i])].flags & REG_READ_ONLY)
			continue;
		names[writable] = names[i];
		values[writable++] = values[i];
	}
	CHECK_EQ(mshv_regcache_set(rig.cache, names, values, writable), 0);
	for (size_t i = 0; i < writable; i++)
		hvmodel_file_write(&rig.model, reg_slot(names[i]), &values[i]);
}

static void step_seed(void)
{
	uint32_t name = reg_table[hvmodel_below(&rig.model, REG_SLOTS)].name;

	if (has_absent(&name, 1))
		return;
	/* What an intercept message says is what the VP has. */
	CHECK_EQ(mshv_regcache_seed(rig.cache, name,
				    &rig.model.vp[reg_slot(name)]), 0);
}

static void flush_until_done(void)
{
	unsigned int failed = rig.model.failed;

	while (mshv_regcache_flush(rig.cache)) {
		CHECK_EQ(rig.model.failed, failed + 1);
		failed = rig.model.failed;
	}
	CHECK_EQ(rig.model.failed, failed);
}

static void step_run(void)
{
	flush_until_done();
	switch (hvmodel_below(&rig.model, 6)) {
	case 0:
		/* A signal came before the VP was entered. */
		slotset_clear(&rig.model.fetched);
		mshv_regcache_exited(rig.cache, false);
		break;
	case 1:
		/* A signal came after it ran. */
		hvmodel_run(&rig.model, random_mode());
		mshv_regcache_exited(rig.cache, false);
		break;
	default:
		hvmodel_run(&rig.model, random_mode());
		slotset_clear(&rig.model.by_hypercall);
		mshv_regcache_exited(rig.cache, true);
	}
}

static void step_change_outside(void)
{
	rig.model.settling = true;
	while (regcache_settle(rig.cache))
		;
	rig.model.settling = false;
	hvmodel_check_settled(&rig.model);
	hvmodel_change_outside(&rig.model);
	regcache_forget(rig.cache);
}

static void step_probe(void)
{
	unsigned int percent = rig.model.fail_percent;

	if (rig.probed)
		return;
	rig.model.fail_percent = 0;
	CHECK_EQ(mshv_regcache_load(rig.cache, MSHV_TIER_FULL), 0);
	rig.model.fail_percent = percent;
	rig.probed = true;
}

static void (*const steps[])(void) = {
	step_get, step_get, step_get, step_set, step_set, step_set,
	step_full_sync, step_seed, flush_until_done, step_run, step_run,
	step_probe, step_change_outside,
};

static void add_absent(unsigned int count)
{
	while (count) {
		int slot = (int)hvmodel_below(&rig.model, REG_SLOTS);

		if (!(reg_table[slot].flags & REG_OPTIONAL))
			continue;
		slotset_add(&rig.model.absent, slot);
		count--;
	}
}

static void random_walk(bool has_page, unsigned int fail_percent)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		start(seed, has_page);
		add_absent(5);
		rig.model.fail_percent = fail_percent;
		hvmodel_run(&rig.model, random_mode());
		for (unsigned int i = 0; i < STEPS; i++)
			steps[hvmodel_below(&rig.model, ARRAY_SIZE(steps))]();
		finish();
	}
}

TEST(regcache_agrees_with_register_file_page_comes_and_goes)
{
	random_walk(true, 0);
}

TEST(regcache_agrees_with_register_file_without_page)
{
	random_walk(false, 0);
}

TEST(regcache_agrees_with_register_file_when_hypercalls_fail)
{
	random_walk(true, 15);
	random_walk(false, 15);
}
