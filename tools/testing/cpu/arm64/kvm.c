// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU properties on a real KVM for arm64: what a guest reads of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../../../lib/tests/test.h"
#include "idregs.h"

#define ISAR0 "SYSREG_ID_AA64ISAR0_EL1_"
#define MIDR "SYSREG_MIDR_EL1_"

static struct mshv_cpu_error error;

static struct mshv_cpu_model *probe(void)
{
	struct mshv_cpu_model *model = NULL;
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), err;

	CHECK(fd >= 0);
	error.text[0] = '\0';
	err = mshv_cpu_model_kvm(fd, &model, &error);
	/* It is needed while probing only. */
	close(fd);
	if (err)
		printf("# it says: %s\n", error.text);
	CHECK_EQ(err, 0);
	return model;
}

static void set(struct mshv_cpu_model *model, const char *settings)
{
	int err = mshv_cpu_model_set(model, settings, &error);

	if (err)
		printf("# it says: %s\n", error.text);
	CHECK_EQ(err, 0);
}

static void refused(struct mshv_cpu_model *model, const char *settings, int wanted,
		    const char *text)
{
	CHECK_EQ(mshv_cpu_model_set(model, settings, &error), wanted);
	printf("# it says: %s\n", error.text);
	CHECK(!strcmp(error.text, text));
}

static struct mshv_cpu_prop find(const struct mshv_cpu_model *model, const char *name)
{
	struct mshv_cpu_prop prop;

	CHECK_EQ(mshv_cpu_model_find(model, name, &prop), 0);
	return prop;
}

TEST(kvm_offers_hundreds_of_properties)
{
	struct mshv_cpu_model *model = probe();
	struct mshv_cpu_prop prop;
	unsigned int all = 0, writable = 0;

	for (; !mshv_cpu_model_prop(model, all, &prop); all++) {
		CHECK_EQ(prop.host, prop.value);
		CHECK_EQ(prop.flags & ~MSHV_CPU_WRITABLE, 0);
		writable += !!(prop.flags & MSHV_CPU_WRITABLE);
	}
	printf("# %u properties, %u writable\n", all, writable);
	CHECK(all > 300);
	CHECK(writable > 100 && writable < all);
	mshv_cpu_model_free(model);
}

TEST(kvm_accepts_its_own_values)
{
	struct mshv_cpu_model *model = probe(), *same = probe();

	CHECK_EQ(mshv_cpu_model_fits(model, same, NULL, NULL), 0);
	CHECK_EQ(mshv_cpu_model_adopt(model, same, &error), 0);
	mshv_cpu_model_free(same);
	mshv_cpu_model_free(model);
}

TEST(kvm_guest_reads_what_was_set)
{
	struct mshv_cpu_model *model = probe();
	struct mshv_cpu_prop aes = find(model, ISAR0 "AES");
	struct kvmguest guest;
	uint64_t host, less;

	CHECK(aes.host && aes.flags & MSHV_CPU_WRITABLE);
	kvmguest_start_with(&guest, model);
	host = kvmguest_read(&guest, KVMGUEST_ISAR0);
	kvmguest_stop(&guest);

	set(model, ISAR0 "aes=0," ISAR0 "CRC32=0x0");
	kvmguest_start_with(&guest, model);
	less = kvmguest_read(&guest, KVMGUEST_ISAR0);
	CHECK_EQ(host >> 4 & 0xf, aes.host);
	CHECK_EQ(less, host & ~0xf00f0ull);
	CHECK(less != host);
	/* All VCPUs have it. */
	CHECK_EQ(kvmguest_reg(guest.vcpu[1], KVMGUEST_ISAR0), less);
	kvmguest_stop(&guest);
	mshv_cpu_model_free(model);
}

TEST(kvm_guest_reads_every_property_as_the_host_has_it)
{
	struct mshv_cpu_model *model = probe();
	struct kvmguest guest;

	kvmguest_start_with(&guest, model);
	CHECK_EQ(idregs_differ(model, &guest), 0);
	kvmguest_stop(&guest);
	mshv_cpu_model_free(model);
}

/* KVM has the last word on these, by the interrupt controller that the VM has. */
static bool is_of_gic(const struct mshv_cpu_prop *prop)
{
	const char *field = strrchr(prop->name, '_');

	return !strcmp(field, "_GIC") || !strcmp(field, "_GCIE");
}

/* Lower some property of a register, whichever the host lets us. */
static void lower_one(struct mshv_cpu_model *model, const char *reg)
{
	struct mshv_cpu_prop prop;

	for (size_t i = 0; !mshv_cpu_model_prop(model, i, &prop); i++) {
		char setting[64];

		if (strcmp(prop.reg, reg) || !(prop.flags & MSHV_CPU_WRITABLE) ||
		    !prop.host || is_of_gic(&prop))
			continue;
		snprintf(setting, sizeof(setting), "%s=%u", prop.name,
			 (unsigned int)prop.host - 1);
		if (!mshv_cpu_model_set(model, setting, &error))
			return;
	}
	CHECK(!"a property that can be lowered");
}

/* Set all that can be 0 to 0, one after the other; count both outcomes. */
static void lower_all(struct mshv_cpu_model *model, unsigned int *lowered,
		      unsigned int *kept)
{
	struct mshv_cpu_prop prop;

	for (size_t i = 0; !mshv_cpu_model_prop(model, i, &prop); i++) {
		char setting[64];
		int err;

		if (!(prop.flags & MSHV_CPU_WRITABLE) || !prop.host || is_of_gic(&prop))
			continue;
		snprintf(setting, sizeof(setting), "%s=0", prop.name);
		err = mshv_cpu_model_set(model, setting, &error);
		test_note(setting);
		CHECK(!err || err == -EDOM);
		/* The sentence begins with what is to blame. */
		CHECK(!err || !strncmp(error.text, setting, strlen(setting)));
		test_note(NULL);
		CHECK_EQ(find(model, prop.name).value, err ? prop.host : 0);
		*(err ? kept : lowered) += 1;
	}
}

TEST(kvm_guest_reads_all_that_can_be_lowered)
{
	struct mshv_cpu_model *model = probe();
	unsigned int lowered = 0, kept = 0;
	struct kvmguest guest;

	lower_all(model, &lowered, &kept);
	printf("# %u properties lowered to 0, %u refused\n", lowered, kept);
	CHECK(lowered > 20);
	kvmguest_start_with(&guest, model);
	CHECK_EQ(idregs_differ(model, &guest), 0);
	kvmguest_stop(&guest);
	mshv_cpu_model_free(model);
}

TEST(kvm_guest_that_has_run_cannot_be_changed)
{
	struct mshv_cpu_model *model = probe();
	struct kvmguest guest;
	uint64_t isar0, pfr0;

	set(model, ISAR0 "AES=0");
	kvmguest_start_with(&guest, model);
	isar0 = kvmguest_read(&guest, KVMGUEST_ISAR0);
	pfr0 = kvmguest_reg(guest.vcpu[0], KVMGUEST_PFR0);
	/* What it has already is no change. */
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, guest.vcpu[0], &error), 0);
	lower_one(model, "ID_AA64PFR0_EL1");
	set(model, ISAR0 "AES=1");
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, guest.vcpu[0], &error), -EBUSY);
	printf("# it says: %s\n", error.text);
	CHECK(strstr(error.text, "the VM has run, so it cannot change any more"));
	CHECK_EQ(kvmguest_read(&guest, KVMGUEST_ISAR0), isar0);
	CHECK_EQ(kvmguest_read(&guest, KVMGUEST_PFR0), pfr0);
	kvmguest_stop(&guest);
	mshv_cpu_model_free(model);
}

TEST(kvm_vcpu_that_refuses_a_value_gets_back_what_came_before)
{
	struct mshv_cpu_model *model = probe();
	struct kvmguest guest;
	uint64_t pfr0, isar0;

	lower_one(model, "ID_AA64PFR0_EL1");
	set(model, "SYSREG_ID_AA64DFR0_EL1_PMUVer=1," ISAR0 "AES=0");
	kvmguest_start(&guest);
	/* The scratch VCPU has a PMU. */
	guest.has_pmu = false;
	kvmguest_add_vcpus(&guest);
	pfr0 = kvmguest_reg(guest.vcpu[0], KVMGUEST_PFR0);
	isar0 = kvmguest_reg(guest.vcpu[0], KVMGUEST_ISAR0);
	CHECK_EQ(mshv_cpu_model_apply_kvm(model, guest.vcpu[0], &error), -EDOM);
	printf("# it says: %s\n", error.text);
	CHECK(strstr(error.text, "ID_AA64DFR0_EL1: this VCPU refuses a value that the host accepts"));
	CHECK_EQ(kvmguest_read(&guest, KVMGUEST_PFR0), pfr0);
	CHECK_EQ(kvmguest_read(&guest, KVMGUEST_ISAR0), isar0);
	kvmguest_stop(&guest);
	mshv_cpu_model_free(model);
}

TEST(kvm_refuses_more_than_the_host_has)
{
	struct mshv_cpu_model *model = probe();
	struct mshv_cpu_prop dp = find(model, ISAR0 "DP");
	char setting[64], text[128];

	snprintf(setting, sizeof(setting), ISAR0 "DP=%u", (unsigned int)dp.host + 1);
	snprintf(text, sizeof(text), "%s: this host has %u and allows 0%s", setting,
		 (unsigned int)dp.host, dp.host ? " 1" : "");
	refused(model, setting, -EDOM, text);
	/* Nothing of it, not even the part that is acceptable. */
	snprintf(setting, sizeof(setting), ISAR0 "AES=0," ISAR0 "DP=%u",
		 (unsigned int)dp.host + 1);
	refused(model, setting, -EDOM, text);
	CHECK(find(model, ISAR0 "AES").value != 0);
	mshv_cpu_model_free(model);
}

TEST(kvm_bad_settings)
{
	struct mshv_cpu_model *model = probe();

	refused(model, ISAR0 "Nope=1", -ENOENT,
		ISAR0 "Nope: no such property on this host");
	refused(model, ISAR0 "AES=0," ISAR0 "aes=0", -EINVAL, ISAR0 "AES: given twice");
	refused(model, ISAR0 "AES=16", -ERANGE, ISAR0 "AES=16: the field has 4 bits");
	refused(model, "foo", -EINVAL, "'foo': not name=value");
	refused(model, ISAR0 "AES=on", -EINVAL,
		ISAR0 "AES=on: the value is not a number");
	mshv_cpu_model_free(model);
}

TEST(kvm_takes_no_pmu_of_the_implementation)
{
	struct mshv_cpu_model *model = probe();
	const char *allowed;

	/* The kernel accepts 15 and stores 0. */
	CHECK_EQ(mshv_cpu_model_set(model, "SYSREG_ID_AA64DFR0_EL1_PMUVer=15", &error),
		 -EDOM);
	printf("# it says: %s\n", error.text);
	CHECK(strstr(error.text, "PMUVer=15: this host has "));
	allowed = strstr(error.text, " and allows 0");
	CHECK(allowed);
	CHECK(!strstr(allowed, "15"));
	mshv_cpu_model_free(model);
}

TEST(kvm_fixed_field_is_named_with_its_value)
{
	struct mshv_cpu_model *model = probe();
	struct mshv_cpu_prop cmps = find(model, "SYSREG_ID_AA64DFR0_EL1_CTX_CMPs");
	char text[128];

	CHECK(!(cmps.flags & MSHV_CPU_WRITABLE));
	snprintf(text, sizeof(text),
		 "SYSREG_ID_AA64DFR0_EL1_CTX_CMPs=15: not writable on this host, where it is %u",
		 (unsigned int)cmps.host);
	refused(model, "SYSREG_ID_AA64DFR0_EL1_CTX_CMPs=15", -EPERM, text);
	mshv_cpu_model_free(model);
}

static bool covers(const struct mshv_cpu_prop *prop, const char *reg, unsigned int bit)
{
	return !strcmp(prop->reg, reg) && prop->shift <= bit &&
	       bit < prop->shift + prop->width;
}

TEST(kvm_bits_without_a_name_are_no_properties)
{
	struct mshv_cpu_model *model = probe();
	struct mshv_cpu_prop prop;

	for (size_t i = 0; !mshv_cpu_model_prop(model, i, &prop); i++) {
		/* Writable where KVM is of Linux 6.12, and reserved. */
		CHECK(!covers(&prop, "ID_AA64ISAR0_EL1", 24));
		/* Writable where KVM is newer, without architected fields. */
		CHECK(strcmp(prop.reg, "REVIDR_EL1"));
		CHECK(strcmp(prop.reg, "AIDR_EL1"));
	}
	mshv_cpu_model_free(model);
}

TEST(kvm_midr_where_the_kernel_can)
{
	struct mshv_cpu_model *model = probe();
	struct mshv_cpu_prop part = find(model, MIDR "PartNum");
	struct kvmguest guest;
	char text[128];
	uint64_t midr;

	if (!(part.flags & MSHV_CPU_WRITABLE)) {
		snprintf(text, sizeof(text),
			 MIDR "PartNum=2748: not writable on this host, where it is %u",
			 (unsigned int)part.host);
		refused(model, MIDR "PartNum=0xabc," MIDR "Variant=3", -EPERM, text);
		mshv_cpu_model_free(model);
		return;
	}
	printf("# MIDR_EL1 can be written\n");
	set(model, MIDR "PartNum=0xabc," MIDR "Variant=3");
	kvmguest_start_with(&guest, model);
	midr = kvmguest_read(&guest, KVMGUEST_MIDR);
	CHECK_EQ(midr >> 4 & 0xfff, 0xabc);
	CHECK_EQ(midr >> 20 & 0xf, 3);
	CHECK_EQ(mshv_cpu_model_prepare_kvm(model, guest.vm, &error), -EBUSY);
	printf("# it says: %s\n", error.text);
	CHECK(strstr(error.text, "MIDR_EL1: cannot be made writable once the VM has a VCPU"));
	kvmguest_stop(&guest);
	mshv_cpu_model_free(model);
}
