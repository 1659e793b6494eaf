// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * CPU models of several hosts: JSON, comparison, and what they have in common.
 */
#include <errno.h>
#include <mshvctl/mshvctl.h>
#include <string.h>

#include "fakekvm.h"
#include "test.h"

#define ISAR0 "SYSREG_ID_AA64ISAR0_EL1_"
#define PFR0 "SYSREG_ID_AA64PFR0_EL1_"
#define PROP "{\"props\":{\"%s\":%u}}"

static struct mshv_cpu_error error;

static bool says(const char *text)
{
	if (strstr(error.text, text))
		return true;
	printf("# it says: %s\n", error.text);
	return false;
}

static struct mshv_cpu_model *host(void)
{
	struct mshv_cpu_model *model = NULL;

	fakekvm_start();
	CHECK_EQ(mshv_cpu_model_kvm(FAKEKVM_FD, &model, &error), 0);
	return model;
}

static struct mshv_cpu_model *parse(const char *json)
{
	struct mshv_cpu_model *model = NULL;
	int err = mshv_cpu_model_parse(json, strlen(json), &model, &error);

	if (err)
		printf("# it says: %s\n", error.text);
	CHECK_EQ(err, 0);
	return model;
}

static uint64_t value(const struct mshv_cpu_model *model, const char *name)
{
	struct mshv_cpu_prop prop;

	CHECK_EQ(mshv_cpu_model_find(model, name, &prop), 0);
	return prop.value;
}

TEST(cpu_json_survives_a_round_trip)
{
	struct mshv_cpu_model *model = host(), *copy;
	static char json[32768], again[32768];
	int length;

	CHECK_EQ(mshv_cpu_model_set(model, ISAR0 "DP=0", &error), 0);
	length = mshv_cpu_model_json(model, MSHV_CPU_JSON_FIXED, json, sizeof(json));
	CHECK(length > 0 && (size_t)length == strlen(json));
	copy = parse(json);
	CHECK_EQ(mshv_cpu_model_json(copy, MSHV_CPU_JSON_FIXED, again, sizeof(again)), length);
	CHECK(!strcmp(json, again));
	CHECK(strstr(json, "\"" ISAR0 "DP\":0,"));
	CHECK(!strncmp(json, "{\"name\":\"host\",\"props\":{", 24));
	mshv_cpu_model_free(copy);
	mshv_cpu_model_free(model);
}

TEST(cpu_json_leaves_out_what_the_host_cannot_change)
{
	struct mshv_cpu_model *model = host();
	static char json[32768];

	CHECK(mshv_cpu_model_json(model, 0, json, sizeof(json)) > 0);
	CHECK(strstr(json, ISAR0 "AES\":2"));
	CHECK(!strstr(json, PFR0 "FP\""));
	CHECK(!strstr(json, "fixed"));
	CHECK(mshv_cpu_model_json(model, MSHV_CPU_JSON_FIXED, json, sizeof(json)) > 0);
	CHECK(strstr(strstr(json, "\"fixed\":{"), PFR0 "FP\":1"));
	mshv_cpu_model_free(model);
}

TEST(cpu_json_is_cut_off_at_the_end_of_the_buffer)
{
	struct mshv_cpu_model *model = host();
	char json[8] = "xxxxxxx";
	int length = mshv_cpu_model_json(model, 0, NULL, 0);

	CHECK_EQ(mshv_cpu_model_json(model, 0, json, 5), length);
	CHECK(!memcmp(json, "{\"na\0xx", 8));
	mshv_cpu_model_free(model);
}

TEST(cpu_parse_finds_the_model_inside_a_qmp_answer)
{
	struct mshv_cpu_model *model =
		parse(" {\"return\": {\"model\": {\"name\": \"host\",\n"
		      "\"props\": {\"" ISAR0 "DP\": 1 } } }, \"id\": [1.5e3, null] }\n");

	CHECK_EQ(value(model, ISAR0 "dp"), 1);
	mshv_cpu_model_free(model);
}

static const struct bad {
	const char *json;
	int err;
	const char *text;
} bad[] = {
	{ "", -EINVAL, "not the JSON of a CPU model: byte 0" },
	{ "[]", -EINVAL, "not the JSON" },
	{ "{", -EINVAL, "not the JSON of a CPU model: byte 1" },
	{ "{\"a", -EINVAL, "not the JSON" },
	{ "{\"a\\", -EINVAL, "not the JSON" },
	{ "{\"a\":}", -EINVAL, "not the JSON" },
	{ "{\"props\":{\"avx\":", -EINVAL, "not the JSON" },
	{ "{\"props\":{\"avx\":true", -EINVAL, "not the JSON" },
	{ "{\"props\":{\"avx\":true}} x", -EINVAL, "not the JSON" },
	{ "{\"props\":{\"avx\":true,}}", -EINVAL, "not the JSON" },
	{ "{\"props\":[]}", -EINVAL, "not the JSON" },
	{ "{\"props\":\"avx\"}", -EINVAL, "not the JSON" },
	{ "{\"props\":{\"avx\":\"on\"}}", -EINVAL, "not the JSON" },
	{ "{\"props\":{\"" ISAR0 "DP\":1.5}}", -EINVAL, "not the JSON" },
	{ "{\"props\":{\"" ISAR0 "DP\":18446744073709551616}}", -EINVAL, "not the JSON" },
	{ "{\"a\":[[[[[[[[[]]]]]]]]]}", -EINVAL, "not the JSON" },
	{ "{}", -EINVAL, "no property in it" },
	{ "{\"props\":{}}", -EINVAL, "no property in it" },
	{ "{\"props\":{\"foo\":true}}", -ENOENT, "foo: no such property" },
	{ "{\"props\":{\"avx\":true,\"foo\":true}}", -ENOENT, "foo: no such property" },
	{ "{\"props\":{\"avx\":true,\"AVX\":true}}", -EINVAL, "AVX: given twice" },
	{ "{\"props\":{\"avx\":1}}", -EINVAL, "avx: must be true or false" },
	{ "{\"props\":{\"" ISAR0 "DP\":true}}", -EINVAL, "must be a number" },
	{ "{\"props\":{\"" ISAR0 "DP\":16}}", -ERANGE, ISAR0 "DP=16: the field has 4 bits" },
	{ "{\"props\":{\"" ISAR0 "DP\":1,\"pmu\":true}}", -ENOENT, "pmu: no such property" },
	/* Features of two architectures. */
	{ "{\"props\":{\"avx\":true,\"avx2\":true,\"sve\":true}}", -ENOENT,
	  "sve: no such property" },
};

TEST(cpu_parse_refuses_bad_input)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct mshv_cpu_model *model = (void *)&error;

		CHECK_EQ(mshv_cpu_model_parse(bad[i].json, strlen(bad[i].json),
					      &model, &error), bad[i].err);
		CHECK(says(bad[i].text));
		CHECK(model == (void *)&error);
	}
}

static char reasons[2048];

static void note(void *opaque, const char *reason)
{
	CHECK(opaque == reasons);
	strcat(reasons, reason);
	strcat(reasons, "\n");
}

TEST(cpu_fits_tells_every_reason_and_changes_nothing)
{
	struct mshv_cpu_model *model = host();
	struct mshv_cpu_model *from =
		parse("{\"props\":{\"" ISAR0 "DP\":2,\"" ISAR0 "TS\":1,\"" ISAR0
		      "SHA3\":3},\"fixed\":{\"" PFR0 "FP\":2}}");

	reasons[0] = '\0';
	CHECK_EQ(mshv_cpu_model_fits(model, from, note, reasons), -EPERM);
	CHECK(strstr(reasons, ISAR0 "DP=2: this host has 1 and allows 0 1\n"));
	CHECK(strstr(reasons, ISAR0 "SHA3=3: this host has 1 and allows 0 1\n"));
	CHECK(strstr(reasons, PFR0 "FP=2: not writable on this host, where it is 1\n"));
	CHECK(!strstr(reasons, "TS"));
	CHECK_EQ(value(model, ISAR0 "TS"), 2);
	CHECK_EQ(fakekvm_changed(300), 0);

	CHECK_EQ(mshv_cpu_model_adopt(model, from, &error), -EPERM);
	CHECK_EQ(value(model, ISAR0 "TS"), 2);
	mshv_cpu_model_free(from);
	mshv_cpu_model_free(model);
}

TEST(cpu_adopt_takes_over_what_fits)
{
	struct mshv_cpu_model *model = host();
	struct mshv_cpu_model *from =
		parse("{\"props\":{\"" ISAR0 "DP\":0},\"fixed\":{\"" PFR0 "FP\":1}}");

	CHECK_EQ(mshv_cpu_model_fits(model, from, NULL, NULL), 0);
	CHECK_EQ(value(model, ISAR0 "DP"), 1);
	CHECK_EQ(fakekvm_changed(300), 0);
	CHECK_EQ(mshv_cpu_model_adopt(model, from, &error), 0);
	CHECK_EQ(value(model, ISAR0 "DP"), 0);
	mshv_cpu_model_free(from);
	mshv_cpu_model_free(model);
}

TEST(cpu_model_of_another_host_may_lack_what_it_has_at_0)
{
	struct mshv_cpu_model *model = host();
	struct mshv_cpu_model *from = parse("{\"props\":{\"avx\":true},\"fixed\":{}}");

	CHECK_EQ(mshv_cpu_model_adopt(model, from, &error), -ENOENT);
	CHECK(says("avx=1: no such property on this host"));
	mshv_cpu_model_free(from);
	from = parse("{\"props\":{\"avx\":false}}");
	CHECK_EQ(mshv_cpu_model_adopt(model, from, &error), 0);
	mshv_cpu_model_free(from);
	mshv_cpu_model_free(model);
}

static struct mshv_cpu_model *baseline(const char *a, const char *b, int err)
{
	struct mshv_cpu_model *models[] = { parse(a), parse(b) }, *base = NULL;

	CHECK_EQ(mshv_cpu_model_baseline((const struct mshv_cpu_model *const *)models, 2,
					 &base, &error), err);
	mshv_cpu_model_free(models[0]);
	mshv_cpu_model_free(models[1]);
	return base;
}

TEST(cpu_baseline_of_flags)
{
	struct mshv_cpu_model *base =
		baseline("{\"props\":{\"avx\":true,\"avx2\":true,\"xsave\":true,\"fma\":false}}",
			 "{\"props\":{\"avx\":true,\"avx2\":false,\"fma\":false}}", 0);
	struct mshv_cpu_prop prop;

	CHECK_EQ(value(base, "avx"), 1);
	CHECK_EQ(value(base, "avx2"), 0);
	CHECK_EQ(value(base, "fma"), 0);
	CHECK_EQ(mshv_cpu_model_find(base, "xsave", &prop), -ENOENT);
	mshv_cpu_model_free(base);
}

/* Of each two values of a field, the one that suits both. */
static const struct {
	const char *field;
	unsigned int a, b, both;
} suits[] = {
	{ ISAR0 "AES", 2, 1, 1 },
	/* 15 is -1: not there. */
	{ "SYSREG_ID_AA64MMFR0_EL1_TGRAN4", 0, 15, 15 },
	{ "SYSREG_ID_AA64PFR1_EL1_MTE_frac", 0, 15, 15 },
	{ "SYSREG_ID_MMFR3_EL1_Supersec", 15, 0, 15 },
	/* 1 is not there; 0 is what TGRAN4 says; 2 and 3 are there. */
	{ "SYSREG_ID_AA64MMFR0_EL1_TGRAN4_2", 3, 0, 1 },
	{ "SYSREG_ID_AA64MMFR0_EL1_TGRAN16_2", 0, 2, 1 },
	{ "SYSREG_ID_AA64MMFR0_EL1_TGRAN64_2", 1, 2, 1 },
	{ "SYSREG_ID_AA64MMFR0_EL1_TGRAN4_2", 3, 3, 3 },
	/* Errors that come without being asked for. */
	{ "SYSREG_ID_AA64MMFR1_EL1_SpecSEI", 0, 1, 1 },
	{ "SYSREG_ID_MMFR4_EL1_SpecSEI", 1, 0, 1 },
	/* How many levels of caches are to be flushed, and what these are. */
	{ "SYSREG_CLIDR_EL1_LoUU", 0, 1, 1 },
	{ "SYSREG_CLIDR_EL1_Ctype1", 3, 1, 3 },
};

TEST(cpu_baseline_takes_the_value_that_suits_both)
{
	for (size_t i = 0; i < ARRAY_SIZE(suits); i++) {
		char a[128], b[128];
		struct mshv_cpu_model *base;

		snprintf(a, sizeof(a), PROP, suits[i].field, suits[i].a);
		snprintf(b, sizeof(b), PROP, suits[i].field, suits[i].b);
		base = baseline(a, b, 0);
		test_note(suits[i].field);
		CHECK_EQ(value(base, suits[i].field), suits[i].both);
		test_note(NULL);
		mshv_cpu_model_free(base);
	}
}

TEST(cpu_baseline_takes_the_identity_of_the_first)
{
	struct mshv_cpu_model *base =
		baseline("{\"props\":{\"SYSREG_MIDR_EL1_PartNum\":9,\"SYSREG_MIDR_EL1_Variant\":1}}",
			 "{\"props\":{\"SYSREG_MIDR_EL1_PartNum\":4,\"SYSREG_MIDR_EL1_Variant\":2}}",
			 0);

	CHECK_EQ(value(base, "SYSREG_MIDR_EL1_PartNum"), 9);
	CHECK_EQ(value(base, "SYSREG_MIDR_EL1_Variant"), 1);
	mshv_cpu_model_free(base);
}

TEST(cpu_baseline_fails_where_a_host_cannot_follow)
{
	CHECK(!baseline("{\"props\":{\"" ISAR0 "AES\":1}}",
			"{\"props\":{},\"fixed\":{\"" ISAR0 "AES\":2}}", -EDOM));
	CHECK(says(ISAR0 "AES: 1 would suit all, but model 2 has 2 and cannot change it"));
	CHECK(!baseline("{\"props\":{\"" ISAR0 "AES\":1}}", "{\"props\":{\"avx\":true}}",
			-EOPNOTSUPP));
	CHECK(says("model 2 is of another architecture"));
	CHECK(!baseline("{\"props\":{\"avx\":true}}", "{\"props\":{\"avx2\":true}}", -EDOM));
	CHECK(says("no property in common"));
}
