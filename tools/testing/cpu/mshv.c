// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU properties on a Hyper-V host: what a guest sees of them, and what becomes of
 * the instructions.
 */
#include <errno.h>
#include <hvabi/partition.h>
#include <string.h>

#include "../../../lib/tests/test.h"
#include "guest.h"

enum { EAX, EBX, ECX, EDX };

static struct mshv_cpu_error error;

static struct mshv_host *host;

static struct mshv_cpu_model *start(const char *settings)
{
	struct mshv_cpu_model *model = NULL;
	int err;

	CHECK_EQ(mshv_host_open(NULL, &host), 0);
	error.text[0] = '\0';
	err = mshv_cpu_model_mshv(mshv_host_fd(host), &model, &error);
	if (!err)
		err = mshv_cpu_model_set(model, settings, &error);
	if (err)
		printf("# it says: %s\n", error.text);
	CHECK_EQ(err, 0);
	return model;
}

static void stop(struct mshv_cpu_model *model)
{
	mshv_cpu_model_free(model);
	mshv_host_close(host);
}

static bool host_has(const struct mshv_cpu_model *model, const char *name)
{
	struct mshv_cpu_prop prop;

	CHECK_EQ(mshv_cpu_model_find(model, name, &prop), 0);
	return prop.host;
}

/* The leaves that tell features, with and without one of them. */
static void check_cpuid(const char *name, const char *settings, uint32_t leaf,
			unsigned int reg, unsigned int bit)
{
	static const uint32_t leaves[] = { 1, 7, 0x80000001, 0x80000007, 0x80000008 };
	struct mshv_cpu_model *all = start(""), *less;
	struct guest with, without;

	CHECK(host_has(all, name));
	guest_start(&with, all);
	less = start(settings);
	guest_start(&without, less);
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		uint32_t a[4], b[4];

		guest_cpuid(&with, leaves[i], 0, a);
		guest_cpuid(&without, leaves[i], 0, b);
		if (leaves[i] == leaf) {
			CHECK(a[reg] & 1u << bit);
			a[reg] &= ~(1u << bit);
		}
		for (unsigned int r = 0; r < 4; r++)
			CHECK_EQ(a[r], b[r]);
	}
	guest_stop(&with);
	guest_stop(&without);
	mshv_cpu_model_free(all);
	stop(less);
}

TEST(cpu_disabled_feature_is_gone_from_cpuid)
{
	check_cpuid("rd_rand", "rd_rand=off", 1, ECX, 30);
	check_cpuid("smep", "smep=0", 7, EBX, 7);
	check_cpuid("rdtscp", "RDTSCP=false", 0x80000001, EDX, 27);
}

TEST(cpu_partition_tells_its_features)
{
	struct mshv_cpu_model *model = start("rd_rand=0,avx=0");
	struct guest guest;
	uint64_t bank, xsave;

	guest_start(&guest, model);
	CHECK_EQ(mshv_vm_get_property(guest.vm, 0x6000a, &bank), 0);
	CHECK_EQ(mshv_vm_get_property(guest.vm, 0x60002, &xsave), 0);
	CHECK_EQ(bank >> 21 & 1, 0);
	CHECK_EQ(bank & 1, 1);
	CHECK_EQ(xsave >> 2 & 1, 0);
	CHECK_EQ(xsave & 1, 1);
	guest_stop(&guest);
	stop(model);
}

TEST(cpu_disabled_instruction_is_undefined)
{
	struct mshv_cpu_model *model = start("");
	struct guest guest;

	guest_start(&guest, model);
	CHECK_EQ(guest_rdtscp(&guest), DID_WORK);
	guest_stop(&guest);
	stop(model);

	model = start("rdtscp=0");
	guest_start(&guest, model);
	CHECK_EQ(guest_rdtscp(&guest), DID_UD);
	CHECK_EQ(guest_rdtsc(&guest), DID_WORK);
	CHECK_EQ(guest_rdrand(&guest), DID_WORK);
	guest_stop(&guest);
	stop(model);
}

TEST(cpu_disabled_xsave_feature_is_gone_from_cpuid)
{
	struct mshv_cpu_model *model = start("avx=0");
	struct guest guest;
	uint32_t r[4];

	guest_start(&guest, model);
	guest_cpuid(&guest, 1, 0, r);
	CHECK_EQ(r[ECX] >> 28 & 1, 0);
	CHECK_EQ(r[ECX] >> 26 & 1, 1);
	/* The state that XSAVE would save. */
	guest_cpuid(&guest, 0xd, 0, r);
	CHECK_EQ(r[EAX], 3);
	guest_stop(&guest);
	stop(model);
}

TEST(cpu_refusals)
{
	struct mshv_cpu_model *model = start("");

	CHECK(!host_has(model, "amx_tile"));
	CHECK_EQ(mshv_cpu_model_set(model, "amx_tile=1", &error), -EPERM);
	CHECK(strstr(error.text, "amx_tile=1: not writable on this host, where it is 0"));
	CHECK_EQ(mshv_cpu_model_set(model, "avx=2", &error), -ERANGE);
	CHECK_EQ(mshv_cpu_model_set(model, "avx=0,vax=1", &error), -ENOENT);
	CHECK_EQ(mshv_cpu_model_set(model, "avx=0,AVX=0", &error), -EINVAL);
	CHECK_EQ(mshv_cpu_model_set(model, "avx=1", &error), 0);
	stop(model);
}

TEST(cpu_model_fits_the_host_it_came_from)
{
	struct mshv_cpu_model *model = start("avx=0,rd_rand=0"), *same = start(""), *copy;
	char json[8192];
	int length = mshv_cpu_model_json(model, 0, json, sizeof(json));

	CHECK(length > 0 && (size_t)length < sizeof(json));
	CHECK_EQ(mshv_cpu_model_parse(json, (size_t)length, &copy, &error), 0);
	CHECK_EQ(mshv_cpu_model_fits(same, copy, NULL, NULL), 0);
	CHECK_EQ(mshv_cpu_model_adopt(same, copy, &error), 0);
	CHECK_EQ(mshv_cpu_model_set(same, "avx512=1", &error), -EPERM);
	mshv_cpu_model_free(copy);
	mshv_cpu_model_free(model);
	stop(same);
}

TEST(cpu_cpuid_results_replace_the_masked_bits_only)
{
	/* Hide RDRAND, and call the CPU family 6. */
	struct mshv_cpuid_result result = {
		.eax = 1,
		.value = { 0x600, 0, 0, 0 },
		.mask = { 0x0ff00f00, 0, 1u << 30, 0 },
	};
	uint32_t before[4], after[4], told[4];
	struct guest guest;
	size_t done;

	guest_start(&guest, NULL);
	guest_cpuid(&guest, 1, 0, before);
	CHECK(before[ECX] & 1u << 30);
	CHECK_EQ(mshv_cpuid_set(mshv_vm_fd(guest.vm), MSHV_CPUID_ALL_VPS, &result,
				1, &done), 0);
	CHECK_EQ(done, 1);
	guest_cpuid(&guest, 1, 0, after);
	CHECK_EQ(after[EAX], (before[EAX] & ~0x0ff00f00u) | 0x600);
	CHECK_EQ(after[EBX], before[EBX]);
	CHECK_EQ(after[ECX], before[ECX] & ~(1u << 30));
	CHECK_EQ(after[EDX], before[EDX]);
	CHECK_EQ(mshv_cpuid_get(mshv_vp_fd(guest.vp), 0, 1, 0, told), 0);
	CHECK(!memcmp(told, after, sizeof(told)));
	/* The instruction is still there. */
	CHECK_EQ(guest_rdrand(&guest), DID_WORK);
	guest_stop(&guest);
}
