// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The register cache against a plain register file, in random sequences.
 */
#include <errno.h>
#include <mshvctl/regcache.h>
#include <string.h>

#include "regrig.h"
#include "regs/fast.h"
#include "test.h"

#define SEEDS 12
#define STEPS 40000
#define MAX_BATCH 24

static size_t random_names(uint32_t *names)
{
	size_t n = 1 + hvmodel_below(&rig.model, MAX_BATCH);

	for (size_t i = 0; i < n; i++)
		names[i] = reg_table[hvmodel_below(&rig.model, REG_SLOTS)].name;
	return n;
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
		CHECK(!regrig_has_absent(names, n));
		check_values(names, values, n);
		return;
	}
	CHECK(rig.model.failed == failed + 1 || regrig_has_absent(names, n));
	CHECK(!memcmp(values, before, sizeof(before)));
}

static void step_set(void)
{
	union hv_register_value values[MAX_BATCH];
	uint32_t names[MAX_BATCH];
	size_t n = random_names(names);

	for (size_t i = 0; i < n; i++) {
		const struct reg_info *info = &reg_table[reg_slot(names[i])];

		if ((info->flags & REG_READ_ONLY) || regrig_has_absent(&names[i], 1))
			names[i] = HV_X64_REGISTER_RBX;
		regrig_random_write(names[i], &values[i]);
	}
	CHECK_EQ(mshv_regcache_set(rig.cache, names, values, n), 0);
	for (size_t i = 0; i < n; i++)
		hvmodel_file_write(&rig.model, reg_slot(names[i]), &values[i]);
}

/* One register at a time, as exits are handled: the short ways, and where they end. */
static uint32_t random_name64(void)
{
	if (hvmodel_below(&rig.model, 8))
		return HV_X64_REGISTER_RAX + hvmodel_below(&rig.model, GENERAL_COUNT);
	for (;;) {
		const struct reg_info *info =
			&reg_table[hvmodel_below(&rig.model, REG_SLOTS)];

		if (info->size == sizeof(uint64_t) && !(info->flags & REG_READ_ONLY))
			return info->name;
	}
}

static void step_get64(void)
{
	unsigned int failed = rig.model.failed;
	uint32_t name = random_name64();
	uint64_t value;

	if (regcache_get64(rig.cache, name, &value)) {
		CHECK(rig.model.failed == failed + 1 || regrig_has_absent(&name, 1));
		return;
	}
	CHECK_EQ(value, rig.model.file[reg_slot(name)].reg64);
}

static void step_set64(void)
{
	uint32_t name = random_name64();
	int slot = reg_slot(name);
	union hv_register_value value = rig.model.file[slot];

	if (regrig_has_absent(&name, 1))
		return;
	if (hvmodel_below(&rig.model, 3))
		value.reg64 = hvmodel_random(&rig.model);
	CHECK_EQ(regcache_set64(rig.cache, name, value.reg64), 0);
	hvmodel_file_write(&rig.model, slot, &value);
	if (slotset_has(&rig.model.changed, slot) && name == HV_X64_REGISTER_RIP)
		CHECK_EQ(regcache_rip_is_dirty(rig.cache),
			 mshv_regcache_is_dirty(rig.cache, name));
}

/* The answer to a port read. */
static void step_answer(void)
{
	union hv_register_value rax = { .reg64 = hvmodel_random(&rig.model) };
	union hv_register_value rip = { .reg64 = hvmodel_random(&rig.model) };

	if (!regcache_is_fresh(rig.cache))
		return;
	regcache_lay(rig.cache, 0, rax.reg64);
	regcache_lay(rig.cache, RIP_BIT, rip.reg64);
	CHECK(mshv_regcache_is_dirty(rig.cache, HV_X64_REGISTER_RAX));
	CHECK(!mshv_regcache_is_dirty(rig.cache, HV_X64_REGISTER_RCX));
	hvmodel_file_write(&rig.model, reg_slot(HV_X64_REGISTER_RAX), &rax);
	hvmodel_file_write(&rig.model, reg_slot(HV_X64_REGISTER_RIP), &rip);
}

/* The registers of a tier that this host has. */
static size_t tier_names(enum mshv_reg_tier tier, uint32_t *names)
{
	uint32_t all[REG_SLOTS];
	size_t count, n = 0;

	CHECK_EQ(mshv_reg_tier_names(tier, all, REG_SLOTS, &count), 0);
	for (size_t i = 0; i < count; i++)
		if (!regrig_has_absent(&all[i], 1))
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

		regrig_random_write(names[at], &values[at]);
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

	if (regrig_has_absent(&name, 1))
		return;
	/* What an intercept message says is what the VP has. */
	CHECK_EQ(mshv_regcache_seed(rig.cache, name,
				    &rig.model.vp[reg_slot(name)]), 0);
}

static void flush_until_done(int (*flush)(struct mshv_regcache *cache))
{
	unsigned int failed = rig.model.failed;

	while (flush(rig.cache)) {
		CHECK_EQ(rig.model.failed, failed + 1);
		failed = rig.model.failed;
	}
	CHECK_EQ(rig.model.failed, failed);
}

static void step_flush(void)
{
	flush_until_done(mshv_regcache_flush);
}

static void step_run(void)
{
	flush_until_done(hvmodel_below(&rig.model, 2) ? regcache_flush_to_run :
							mshv_regcache_flush);
	switch (hvmodel_below(&rig.model, 6)) {
	case 0:
		/* A signal came before the VP was entered. */
		slotset_clear(&rig.model.fetched);
		mshv_regcache_exited(rig.cache, false);
		break;
	case 1:
		/* A signal came after it ran. */
		hvmodel_run(&rig.model, regrig_random_mode());
		mshv_regcache_exited(rig.cache, false);
		break;
	default:
		hvmodel_run(&rig.model, regrig_random_mode());
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
	step_get64, step_get64, step_set64, step_set64, step_set64, step_answer,
	step_full_sync, step_seed, step_flush, step_run, step_run,
	step_probe, step_change_outside,
};

static void random_walk(bool has_page, unsigned int fail_percent)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		regrig_start(seed, has_page);
		regrig_add_absent(5);
		rig.model.fail_percent = fail_percent;
		hvmodel_run(&rig.model, regrig_random_mode());
		for (unsigned int i = 0; i < STEPS; i++)
			steps[hvmodel_below(&rig.model, ARRAY_SIZE(steps))]();
		regrig_finish();
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
