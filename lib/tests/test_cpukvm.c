// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * CPU models of KVM: probing, settings, and what reaches a VCPU.
 */
#include <errno.h>
#include <mshvctl/mshvctl.h>
#include <string.h>
#include <strings.h>

#include "fakekvm.h"
#include "test.h"

#define ISAR0 "SYSREG_ID_AA64ISAR0_EL1_"
#define PFR0 "SYSREG_ID_AA64PFR0_EL1_"

static struct mshv_cpu_error error;

static struct mshv_cpu_model *probe(void)
{
	struct mshv_cpu_model *model = NULL;

	error.text[0] = '\0';
	CHECK_EQ(mshv_cpu_model_kvm(FAKEKVM_FD, &model, &error), 0);
	return model;
}

static struct mshv_cpu_model *start(void)
{
	fakekvm_start();
	return probe();
}

static uint64_t value(const struct mshv_cpu_model *model, const char *name)
{
	struct mshv_cpu_prop prop;

	CHECK_EQ(mshv_cpu_model_find(model, name, &prop), 0);
	return prop.value;
}

static bool says(const char *text)
{
	if (!strcmp(error.text, text))
		return true;
	printf("# it says: %s\n", error.text);
	return false;
}

TEST(cpu_kvm_tells_name_place_host_and_writable)
{
	struct mshv_cpu_model *model = start();
	struct mshv_cpu_prop prop;

	CHECK_EQ(mshv_cpu_model_find(model, ISAR0 "DP", &prop), 0);
	CHECK(!strcmp(prop.name, ISAR0 "DP"));
	CHECK(!strcmp(prop.reg, "ID_AA64ISAR0_EL1"));
	CHECK_EQ(prop.shift, 44);
	CHECK_EQ(prop.width, 4);
	CHECK_EQ(prop.flags, MSHV_CPU_WRITABLE);
	CHECK_EQ(prop.host, 1);
	CHECK_EQ(prop.value, 1);
	CHECK_EQ(mshv_cpu_model_find(model, PFR0 "FP", &prop), 0);
	CHECK_EQ(prop.flags, 0);
	CHECK_EQ(mshv_cpu_model_find(model, "nope", &prop), -ENOENT);
	mshv_cpu_model_free(model);
	CHECK_EQ(fakekvm.open, 0);
}

TEST(cpu_kvm_names_are_unique_and_fields_do_not_overlap)
{
	struct mshv_cpu_model *model = start();
	struct mshv_cpu_prop a, b;
	size_t i, j;

	for (i = 0; !mshv_cpu_model_prop(model, i, &a); i++) {
		CHECK(a.width && a.shift + a.width <= 64);
		for (j = 0; j < i; j++) {
			CHECK_EQ(mshv_cpu_model_prop(model, j, &b), 0);
			CHECK(strcasecmp(a.name, b.name));
			CHECK(strcmp(a.reg, b.reg) ||
			      a.shift >= b.shift + b.width ||
			      b.shift >= a.shift + a.width);
		}
	}
	CHECK(i > 300);
	mshv_cpu_model_free(model);
}

TEST(cpu_kvm_property_after_the_last)
{
	struct mshv_cpu_model *model = start();
	struct mshv_cpu_prop prop = { .value = 7 };

	CHECK_EQ(mshv_cpu_model_prop(model, 9999, &prop), -ENOENT);
	CHECK_EQ(prop.value, 7);
	CHECK_EQ(mshv_cpu_model_prop(model, 0, &prop), 0);
	CHECK_EQ(prop.reserved[0], 0);
	mshv_cpu_model_free(model);
}

TEST(cpu_kvm_set_reaches_a_vcpu)
{
	struct mshv_cpu_model *model = start();
	int vm = fakekvm_vm(), vcpu;

	CHECK_EQ(mshv_cpu_model_set(model, ISAR0 "DP=0," ISAR0 "RNDR=0x0", &error), 0);
	CHECK_EQ(value(model, ISAR0 "DP"), 0);
	CHECK_EQ(mshv_cpu_model_prepare_kvm(model, vm, &error), 0);
	CHECK(!fakekvm.imp_enabled);
	vcpu = fakekvm_vcpu(vm);
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, vcpu, &error), 0);
	CHECK_EQ(fakekvm_reg(vcpu, 48), 0x0221011110212120);
	CHECK_EQ(fakekvm_changed(vcpu), 1);
	mshv_cpu_model_free(model);
}

TEST(cpu_kvm_case_of_names_does_not_matter)
{
	struct mshv_cpu_model *model = start();

	CHECK_EQ(mshv_cpu_model_set(model, "sysreg_id_aa64isar0_el1_ATOMIC=0", NULL), 0);
	CHECK_EQ(value(model, ISAR0 "Atomic"), 0);
	CHECK_EQ(mshv_cpu_model_set(model, "SYSREG_ID_AA64ISAR0_EL1_atomic=2", NULL), 0);
	CHECK_EQ(value(model, ISAR0 "ATOMIC"), 2);
	mshv_cpu_model_free(model);
}

static const struct refusal {
	const char *settings;
	int err;
	const char *text;
} refusals[] = {
	{ "foo", -EINVAL, "'foo': not name=value" },
	{ "=1", -EINVAL, "'=1': not name=value" },
	{ ",", -EINVAL, "'': not name=value" },
	{ ISAR0 "DP=0,", -EINVAL, "'': not name=value" },
	{ "foo=1", -ENOENT, "foo: no such property on this host" },
	{ ISAR0 "Nope=1", -ENOENT, ISAR0 "Nope: no such property on this host" },
	{ ISAR0 "DP=", -EINVAL, ISAR0 "DP=: the value is not a number" },
	{ ISAR0 "DP=x", -EINVAL, ISAR0 "DP=x: the value is not a number" },
	{ ISAR0 "DP=-1", -EINVAL, ISAR0 "DP=-1: the value is not a number" },
	{ ISAR0 "DP= 1", -EINVAL, ISAR0 "DP= 1: the value is not a number" },
	{ ISAR0 "DP=true", -EINVAL, ISAR0 "DP=true: the value is not a number" },
	{ ISAR0 "DP=0x10000000000000000", -ERANGE,
	  ISAR0 "DP=0x10000000000000000: more than 64 bits" },
	{ ISAR0 "DP=16", -ERANGE, ISAR0 "DP=16: the field has 4 bits" },
	{ ISAR0 "DP=0," ISAR0 "dp=1", -EINVAL, ISAR0 "DP: given twice" },
	{ PFR0 "FP=0", -EPERM,
	  PFR0 "FP=0: not writable on this host, where it is 1" },
	{ ISAR0 "DP=2", -EDOM, ISAR0 "DP=2: this host has 1 and allows 0 1" },
	{ ISAR0 "RNDR=0," ISAR0 "DP=2", -EDOM,
	  ISAR0 "DP=2: this host has 1 and allows 0 1" },
	/* Accepted by the kernel, which then stores something else. */
	{ "SYSREG_ID_AA64DFR0_EL1_PMUVer=15", -EDOM,
	  "SYSREG_ID_AA64DFR0_EL1_PMUVer=15: this host has 6 and allows 0-6" },
	/* Fields of 8 and of 14 bits. */
	{ "SYSREG_ID_AA64DFR1_EL1_BRPs=48", -EDOM,
	  "SYSREG_ID_AA64DFR1_EL1_BRPs=48: this host has 18 and allows 0-2 16-18" },
	{ "SYSREG_CLIDR_EL1_Ttypen=5", -EDOM,
	  "SYSREG_CLIDR_EL1_Ttypen=5: this host has 0 and allows at least 0" },
	/* A rule across fields. */
	{ ISAR0 "AES=0", -EDOM, ISAR0 "AES=0: this host has 2 and allows 1 2" },
};

TEST(cpu_kvm_refusals_name_the_property_and_change_nothing)
{
	struct mshv_cpu_model *model = start();
	struct mshv_cpu_prop before[512], after;
	size_t n;

	for (n = 0; !mshv_cpu_model_prop(model, n, &before[n]); n++)
		CHECK(n < ARRAY_SIZE(before) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *r = &refusals[i];

		CHECK_EQ(mshv_cpu_model_set(model, r->settings, &error), r->err);
		CHECK(says(r->text));
		CHECK_EQ(mshv_cpu_model_set(model, r->settings, NULL), r->err);
		for (size_t j = 0; j < n; j++) {
			CHECK_EQ(mshv_cpu_model_prop(model, j, &after), 0);
			CHECK(!memcmp(&after, &before[j], sizeof(after)));
		}
		/* The scratch VCPU is VCPU 300. */
		CHECK_EQ(fakekvm_changed(300), 0);
	}
	mshv_cpu_model_free(model);
}

TEST(cpu_kvm_fixed_property_takes_its_own_value_only)
{
	struct mshv_cpu_model *model = start();

	CHECK_EQ(mshv_cpu_model_set(model, PFR0 "FP=1", &error), 0);
	CHECK_EQ(mshv_cpu_model_set(model, PFR0 "FP=2", &error), -EPERM);
	CHECK(says(PFR0 "FP=2: not writable on this host, where it is 1"));
	mshv_cpu_model_free(model);
}
