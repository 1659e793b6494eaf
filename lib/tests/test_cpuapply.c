// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * CPU models of KVM: what can go wrong on the way to a VCPU, and while probing.
 */
#include <errno.h>
#include <mshvctl/mshvctl.h>
#include <string.h>

#include "fakekvm.h"
#include "test.h"

#define ISAR0 "SYSREG_ID_AA64ISAR0_EL1_"
#define PFR0 "SYSREG_ID_AA64PFR0_EL1_"

#define CREATE_VM 0xae01ul
#define CREATE_VCPU 0xae41ul
#define ENABLE_CAP 0x4068aea3ul
#define GET_ONE_REG 0x4010aeabul
#define SET_ONE_REG 0x4010aeacul
#define VCPU_INIT 0x4020aeaeul
#define PREFERRED_TARGET 0x8020aeaful
#define GET_MASKS 0x8040aeb6ul

static struct mshv_cpu_error error;

static struct mshv_cpu_model *start(const char *settings)
{
	struct mshv_cpu_model *model = NULL;

	fakekvm_start();
	CHECK_EQ(mshv_cpu_model_kvm(FAKEKVM_FD, &model, &error), 0);
	CHECK_EQ(mshv_cpu_model_set(model, settings, &error), 0);
	return model;
}

static bool says(const char *text)
{
	if (strstr(error.text, text))
		return true;
	printf("# it says: %s\n", error.text);
	return false;
}

TEST(cpu_apply_to_a_vm_that_has_run)
{
	struct mshv_cpu_model *model = start(ISAR0 "DP=0");
	int vcpu = fakekvm_vcpu(fakekvm_vm());

	fakekvm.has_run = true;
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, vcpu, &error), -EBUSY);
	CHECK(says("ID_AA64ISAR0_EL1: the VM has run"));
	CHECK_EQ(fakekvm_changed(vcpu), 0);
	mshv_cpu_model_free(model);
}

TEST(cpu_apply_the_same_again_after_the_vm_has_run)
{
	struct mshv_cpu_model *model = start(ISAR0 "DP=0");
	int vcpu = fakekvm_vcpu(fakekvm_vm());

	CHECK_EQ(mshv_cpu_model_apply_kvm(model, vcpu, &error), 0);
	fakekvm.has_run = true;
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, vcpu, &error), 0);
	mshv_cpu_model_free(model);
}

TEST(cpu_apply_undoes_what_came_before_a_failure)
{
	struct mshv_cpu_model *model = start(PFR0 "RAS=0," ISAR0 "DP=0");
	int vcpu = fakekvm_vcpu(fakekvm_vm());

	/* PFR0 comes first and is accepted. */
	fakekvm.hidden = 48;
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, vcpu, &error), -ENOENT);
	CHECK(says("ID_AA64ISAR0_EL1: this VCPU does not have it"));
	CHECK_EQ(fakekvm_changed(vcpu), 0);
	mshv_cpu_model_free(model);
}

TEST(cpu_apply_says_when_the_vcpu_refuses)
{
	struct mshv_cpu_model *model = start(PFR0 "RAS=0," ISAR0 "DP=0");
	int vcpu = fakekvm_vcpu(fakekvm_vm());

	/* The first write goes well, the second does not, the undo does. */
	fakekvm.fail_request = SET_ONE_REG;
	fakekvm.fail_after = 1;
	fakekvm.fail_errno = -EINVAL;
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, vcpu, &error), -EDOM);
	CHECK(says("refuses a value that the host accepts"));
	CHECK_EQ(fakekvm_changed(vcpu), 0);
	mshv_cpu_model_free(model);
}

TEST(cpu_apply_says_when_it_cannot_undo)
{
	struct mshv_cpu_model *model = start(PFR0 "RAS=0," ISAR0 "DP=0");
	int vcpu = fakekvm_vcpu(fakekvm_vm());

	fakekvm.fail_request = SET_ONE_REG;
	fakekvm.fail_after = 1;
	fakekvm.fail_errno = -ENOMEM;
	fakekvm.fail_for_good = true;
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, vcpu, &error), -EIO);
	CHECK(says("ID_AA64ISAR0_EL1 was refused, and what was written before it could not be undone"));
	mshv_cpu_model_free(model);
}

TEST(cpu_apply_to_a_vcpu_that_is_not_initialised)
{
	struct mshv_cpu_model *model = start(ISAR0 "DP=0");
	int vcpu = fakekvm_vcpu(fakekvm_vm());

	fakekvm.fail_request = GET_ONE_REG;
	fakekvm.fail_errno = -ENOEXEC;
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, vcpu, &error), -ENOEXEC);
	CHECK(says("the VCPU is not initialised"));
	mshv_cpu_model_free(model);
}

TEST(cpu_apply_leaves_bits_alone_that_were_not_set)
{
	struct mshv_cpu_model *model = start(ISAR0 "DP=0");
	int vcpu;

	/* The VM's VCPUs have less than the scratch one. */
	fakekvm.host[48] &= ~0xf0000000ull;
	vcpu = fakekvm_vcpu(fakekvm_vm());
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, vcpu, &error), 0);
	CHECK_EQ(fakekvm_reg(vcpu, 48), 0x1221011100212120);
	mshv_cpu_model_free(model);
}

TEST(cpu_midr_needs_preparation_before_the_first_vcpu)
{
	struct mshv_cpu_model *model = start("SYSREG_MIDR_EL1_PartNum=0xd08");
	int vm = fakekvm_vm(), vcpu;

	CHECK_EQ(mshv_cpu_model_prepare_kvm(model, vm, &error), 0);
	CHECK(fakekvm.imp_enabled);
	vcpu = fakekvm_vcpu(vm);
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, vcpu, &error), 0);
	CHECK_EQ(fakekvm_reg(vcpu, 0), 0x410fd081);
	CHECK_EQ(mshv_cpu_model_prepare_kvm(model, vm, &error), -EBUSY);
	CHECK(says("once the VM has a VCPU"));
	mshv_cpu_model_free(model);
}

TEST(cpu_midr_is_fixed_without_the_capability)
{
	struct mshv_cpu_model *model = NULL;
	struct mshv_cpu_prop prop;

	/* The kernel's mask says that it can be written. */
	fakekvm_start();
	fakekvm.no_imp = true;
	CHECK_EQ(mshv_cpu_model_kvm(FAKEKVM_FD, &model, &error), 0);
	CHECK_EQ(mshv_cpu_model_find(model, "SYSREG_MIDR_EL1_PartNum", &prop), 0);
	CHECK_EQ(prop.flags & MSHV_CPU_WRITABLE, 0);
	CHECK_EQ(mshv_cpu_model_set(model, "SYSREG_MIDR_EL1_PartNum=0xd08", &error), -EPERM);
	CHECK(says("SYSREG_MIDR_EL1_PartNum=3336: not writable on this host, where it is 3340"));
	mshv_cpu_model_free(model);
}

TEST(cpu_kvm_that_is_too_old)
{
	struct mshv_cpu_model *model = (void *)&error;

	fakekvm_start();
	fakekvm.old = true;
	CHECK_EQ(mshv_cpu_model_kvm(FAKEKVM_FD, &model, &error), -EOPNOTSUPP);
	CHECK(says("Linux 6.7 or later"));
	CHECK(model == (void *)&error);
	CHECK_EQ(fakekvm.open, 0);
}

TEST(cpu_kvm_each_step_of_probing_may_fail)
{
	static const struct {
		unsigned long request;
		const char *text;
	} steps[] = {
		{ CREATE_VM, "make a scratch VM" },
		{ ENABLE_CAP, "switch on a feature of the scratch VM" },
		{ CREATE_VCPU, "make a scratch VCPU" },
		{ PREFERRED_TARGET, "set up the scratch VCPU" },
		{ VCPU_INIT, "set up the scratch VCPU" },
		{ GET_MASKS, "read which ID registers are writable" },
		{ GET_ONE_REG, "read the ID registers of the scratch VCPU" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct mshv_cpu_model *model = (void *)&error;

		fakekvm_start();
		fakekvm.fail_request = steps[i].request;
		fakekvm.fail_errno = -ENOSPC;
		CHECK_EQ(mshv_cpu_model_kvm(FAKEKVM_FD, &model, &error), -ENOSPC);
		CHECK(says(steps[i].text));
		CHECK(model == (void *)&error);
		CHECK_EQ(fakekvm.open, 0);
	}
}

TEST(cpu_null_arguments_are_einval)
{
	struct mshv_cpu_model *model = start("");
	struct mshv_cpu_prop prop;

	CHECK_EQ(mshv_cpu_model_kvm(FAKEKVM_FD, NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_mshv(1, NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_parse(NULL, 0, NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_prop(NULL, 0, &prop), -EINVAL);
	CHECK_EQ(mshv_cpu_model_prop(model, 0, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_find(model, NULL, &prop), -EINVAL);
	CHECK_EQ(mshv_cpu_model_set(NULL, "", NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_set(model, NULL, &error), -EINVAL);
	CHECK_EQ(mshv_cpu_model_adopt(model, NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_fits(NULL, model, NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_baseline(NULL, 1, NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_json(NULL, 0, NULL, 0), -EINVAL);
	CHECK_EQ(mshv_cpu_model_json(model, 0, NULL, 1), -EINVAL);
	CHECK_EQ(mshv_cpu_model_json(model, 2, NULL, 0), -EINVAL);
	CHECK_EQ(mshv_cpu_model_prepare_kvm(NULL, 1, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_apply_kvm(NULL, 1, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_vm_config(NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_partition_args(NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_cpu_model_apply_mshv(NULL, 1, NULL), -EINVAL);
	CHECK_EQ(mshv_cpuid_set(1, 0, NULL, 1, NULL), -EINVAL);
	CHECK_EQ(mshv_cpuid_get(1, 0, 0, 0, NULL), -EINVAL);
	mshv_cpu_model_free(NULL);
	mshv_cpu_model_free(model);
}

TEST(cpu_model_of_kvm_is_not_for_mshv)
{
	struct mshv_cpu_model *model = start("");
	struct mshv_vm_config config = { 0 };

	CHECK_EQ(mshv_cpu_model_vm_config(model, &config), -EOPNOTSUPP);
	CHECK_EQ(config.flags, 0);
	CHECK_EQ(mshv_cpu_model_apply_mshv(model, 1, &error), -EOPNOTSUPP);
	CHECK(says("not one of a host with /dev/mshv"));
	mshv_cpu_model_free(model);
}

TEST(cpu_kvm_trouble_while_trying_is_no_refusal)
{
	struct mshv_cpu_model *model = start("");

	fakekvm.fail_request = SET_ONE_REG;
	fakekvm.fail_errno = -ENOMEM;
	CHECK_EQ(mshv_cpu_model_set(model, ISAR0 "DP=0", &error), -ENOMEM);
	CHECK(says("this host cannot try the values: error 12"));
	CHECK_EQ(fakekvm_changed(300), 0);
	CHECK_EQ(mshv_cpu_model_set(model, ISAR0 "DP=0", &error), 0);
	mshv_cpu_model_free(model);
}

TEST(cpu_kvm_says_when_the_scratch_vcpu_cannot_be_restored)
{
	struct mshv_cpu_model *model = start("");

	/* RAS is written, then nothing can be written any more. */
	fakekvm.fail_request = SET_ONE_REG;
	fakekvm.fail_after = 1;
	fakekvm.fail_errno = -ENOMEM;
	fakekvm.fail_for_good = true;
	CHECK_EQ(mshv_cpu_model_set(model, PFR0 "RAS=0," ISAR0 "DP=0", &error), -EIO);
	CHECK(says("does not go back to values that it accepted before"));
	mshv_cpu_model_free(model);
}
