// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * CPU models of Hyper-V, on a fake driver that knows banks, and ID registers
 * that the parent overrides.
 */
#include <errno.h>
#include <linux/mshv.h>
#include <mshvctl/mshvctl.h>
#include <string.h>

#include "cpu/model.h"
#include "cpu/mshv.h"
#include "fakebanks.h"
#include "test.h"

static struct mshv_cpu_error error;

static struct mshv_cpu_model *start(unsigned int names)
{
	struct mshv_cpu_model *model = NULL;

	fakebanks_start();
	CHECK_EQ(cpu_mshv_probe(DEV_FD, names, &model, &error), 0);
	CHECK_EQ(fakebanks.open, 0);
	return model;
}

static bool says(const char *text)
{
	if (strstr(error.text, text))
		return true;
	printf("# it says: %s\n", error.text);
	return false;
}

static uint64_t value(const struct mshv_cpu_model *model, const char *name)
{
	struct mshv_cpu_prop prop;

	CHECK_EQ(mshv_cpu_model_find(model, name, &prop), 0);
	CHECK(prop.flags & MSHV_CPU_FLAG);
	return prop.value;
}

TEST(cpu_mshv_disables_what_is_off_and_what_has_no_name)
{
	struct mshv_cpu_model *model = start(CPU_NAMES_X86_BANKS);
	struct mshv_create_partition_v2 args = { .pt_flags = 1 };
	struct mshv_vm_config config = { .flags = MSHV_VM_LAPIC };

	CHECK_EQ(mshv_cpu_model_set(model, "ssse3=off", &error), 0);
	CHECK_EQ(mshv_cpu_model_partition_args(model, &args), 0);
	CHECK_EQ(args.pt_flags, 1 | 1 << 3);
	CHECK_EQ(args.pt_num_cpu_fbanks, 2);
	CHECK_EQ(args.pt_cpu_fbanks[0], ~3ull);
	CHECK_EQ(args.pt_cpu_fbanks[1], ~0ull);
	CHECK_EQ(args.pt_disabled_xsave, ~0x1full);
	CHECK_EQ(mshv_cpu_model_vm_config(model, &config), 0);
	CHECK_EQ(config.flags, MSHV_VM_LAPIC | MSHV_VM_FEATURE_BANKS);
	CHECK_EQ(config.disabled_cpu_features[0], ~3ull);
	CHECK_EQ(config.disabled_xsave, ~0x1full);
	CHECK_EQ(fakebanks.open, 0);
	mshv_cpu_model_free(model);
}

TEST(cpu_mshv_what_the_host_lacks_cannot_be_had)
{
	struct mshv_cpu_model *model = start(CPU_NAMES_X86_BANKS);

	CHECK_EQ(mshv_cpu_model_set(model, "avx512=1", &error), -EPERM);
	CHECK(says("avx512=1: not writable on this host, where it is 0"));
	CHECK_EQ(mshv_cpu_model_set(model, "avx512=0,avx=true", &error), 0);
	CHECK_EQ(mshv_cpu_model_set(model, "avx=2", &error), -ERANGE);
	CHECK(says("avx=2: the field has 1 bit"));
	mshv_cpu_model_free(model);
}

TEST(cpu_mshv_dependants_go_with_the_feature)
{
	struct mshv_cpu_model *model = start(CPU_NAMES_X86_BANKS);

	CHECK_EQ(mshv_cpu_model_set(model, "avx=0,avx2=1", &error), -EDOM);
	CHECK(says("avx2=1: this host accepts it alone, but not together with the other values"));
	CHECK_EQ(value(model, "avx"), 1);
	CHECK_EQ(mshv_cpu_model_set(model, "avx=0", &error), 0);
	CHECK_EQ(value(model, "avx2"), 0);
	CHECK_EQ(value(model, "fma"), 1);
	mshv_cpu_model_free(model);
}

TEST(cpu_mshv_feature_that_cannot_be_disabled)
{
	struct mshv_cpu_model *model;

	fakebanks_start();
	fakebanks.always = 1;
	CHECK_EQ(cpu_mshv_probe(DEV_FD, CPU_NAMES_X86_BANKS, &model, &error), 0);
	CHECK_EQ(mshv_cpu_model_set(model, "ssse3=0,sse3=0", &error), -EDOM);
	CHECK(says("sse3=0: this host has 1 and allows 1"));
	CHECK_EQ(value(model, "ssse3"), 1);
	mshv_cpu_model_free(model);
}

TEST(cpu_mshv_feature_that_no_partition_gets_may_stay_on)
{
	struct mshv_cpu_model *model;

	fakebanks_start();
	fakebanks.never = 2;
	CHECK_EQ(cpu_mshv_probe(DEV_FD, CPU_NAMES_X86_BANKS, &model, &error), 0);
	CHECK_EQ(mshv_cpu_model_set(model, "lahf_sahf=1,ssse3=0", &error), 0);
	CHECK_EQ(value(model, "lahf_sahf"), 1);
	mshv_cpu_model_free(model);
}

TEST(cpu_mshv_errors_of_probing)
{
	struct mshv_cpu_model *model = (void *)&error;

	fakebanks_start();
	fakebanks.create_error = -EINVAL;
	CHECK_EQ(cpu_mshv_probe(DEV_FD, CPU_NAMES_X86_BANKS, &model, &error), -EOPNOTSUPP);
	CHECK(says("a newer kernel is needed"));
	fakebanks.create_error = -ENOMEM;
	CHECK_EQ(cpu_mshv_probe(DEV_FD, CPU_NAMES_X86_BANKS, &model, &error), -ENOMEM);
	CHECK(says("a scratch partition cannot be made"));
	CHECK(model == (void *)&error);
}

TEST(cpu_mshv_partition_that_is_not_made_is_a_refusal)
{
	struct mshv_cpu_model *model = start(CPU_NAMES_X86_BANKS);

	fakebanks.needed = 1;
	CHECK_EQ(mshv_cpu_model_set(model, "ssse3=0,sse3=0", &error), -EDOM);
	CHECK(says("sse3=0: this host has 1 and allows 1"));
	CHECK_EQ(value(model, "ssse3"), 1);
	CHECK_EQ(fakebanks.open, 0);
	mshv_cpu_model_free(model);
}

TEST(cpu_mshv_trouble_while_trying_is_no_refusal)
{
	struct mshv_cpu_model *model = start(CPU_NAMES_X86_BANKS);

	fakebanks.create_error = -ENOMEM;
	CHECK_EQ(mshv_cpu_model_set(model, "ssse3=0", &error), -ENOMEM);
	CHECK(says("this host cannot try the values: error 12"));
	CHECK_EQ(value(model, "ssse3"), 1);
	mshv_cpu_model_free(model);
}

TEST(cpu_mshv_arm64_overrides)
{
	struct mshv_cpu_model *model = start(CPU_NAMES_ID_REGS | CPU_NAMES_ARM64_BANKS);
	struct mshv_cpu_prop prop;

	CHECK_EQ(mshv_cpu_model_find(model, "SYSREG_ID_AA64PFR0_EL1_EL0", &prop), 0);
	CHECK_EQ(prop.flags, 0);
	CHECK_EQ(mshv_cpu_model_set(model, "SYSREG_ID_AA64ISAR0_EL1_AES=3", &error), -EDOM);
	CHECK_EQ(fakebanks.open, 0);
	fakebanks.id[48] = 0x2120;
	CHECK_EQ(mshv_cpu_model_set(model, "SYSREG_ID_AA64ISAR0_EL1_AES=1", &error), 0);
	fakebanks.id[48] = 0x2120;
	CHECK_EQ(mshv_cpu_model_apply_mshv(model, VM_FD, &error), 0);
	CHECK_EQ(fakebanks.id[48], 0x2110);
	/* Another partition has less: the override must not ask for more. */
	fakebanks.id[48] = 0x2100;
	fakebanks.most_aes = 0;
	CHECK_EQ(mshv_cpu_model_apply_mshv(model, VM_FD, &error), -EDOM);
	CHECK(says("ID_AA64ISAR0_EL1: the hypervisor refuses the value"));
	CHECK_EQ(fakebanks.id[48], 0x2100);
	mshv_cpu_model_free(model);
}

TEST(cpu_mshv_arm64_overrides_are_all_or_nothing)
{
	static const char settings[] =
		"SYSREG_ID_AA64ISAR0_EL1_AES=1,SYSREG_ID_AA64ISAR1_EL1_APA=1";
	struct mshv_cpu_model *model = start(CPU_NAMES_ID_REGS | CPU_NAMES_ARM64_BANKS);

	CHECK_EQ(mshv_cpu_model_set(model, settings, &error), 0);
	fakebanks.id[48] = 0x2120;
	fakebanks.id[49] = 0;
	fakebanks.stuck = 1;
	CHECK_EQ(mshv_cpu_model_apply_mshv(model, VM_FD, &error), -EDOM);
	CHECK(says("ID_AA64ISAR1_EL1: the hypervisor refuses the value"));
	CHECK_EQ(fakebanks.id[48], 0x2120);
	mshv_cpu_model_free(model);
}
