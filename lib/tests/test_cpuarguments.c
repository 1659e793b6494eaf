// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Every public function of CPU properties with arguments that are missing: -EINVAL, a
 * sentence where there is room for one, and no system call. check-symbols looks that none
 * is missing here.
 */
#include <errno.h>
#include <mshvctl/cpu.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>
#include <string.h>

#include "mock.h"
#include "test.h"

#define REFUSED(call) CHECK_EQ(call, -EINVAL)

/* With a reason, and without a place for one. */
#define REFUSED_WITH_REASON(...) \
	do { \
		struct mshv_cpu_error reason = { 0 }, *error = &reason; \
		REFUSED(__VA_ARGS__); \
		CHECK(reason.text[0]); \
		error = NULL; \
		REFUSED(__VA_ARGS__); \
	} while (0)

TEST(arguments_of_cpu_models_made)
{
	static const struct mshv_cpu_model *const models[1];
	struct mshv_cpu_model *model;

	mock_expect(NULL, 0);
	REFUSED_WITH_REASON(mshv_cpu_model_kvm(3, NULL, error));
	REFUSED_WITH_REASON(mshv_cpu_model_mshv(3, NULL, error));
	REFUSED_WITH_REASON(mshv_cpu_model_parse(NULL, 5, &model, error));
	REFUSED_WITH_REASON(mshv_cpu_model_parse("{}", 2, NULL, error));
	REFUSED_WITH_REASON(mshv_cpu_model_parse("", 0, &model, error));
	REFUSED_WITH_REASON(mshv_cpu_model_baseline(NULL, 1, &model, error));
	REFUSED_WITH_REASON(mshv_cpu_model_baseline(models, 0, &model, error));
	REFUSED_WITH_REASON(mshv_cpu_model_baseline(models, 1, &model, error));
	REFUSED_WITH_REASON(mshv_cpu_model_baseline(models, 1, NULL, error));
	mshv_cpu_model_free(NULL);
	mock_done();
}

TEST(arguments_of_cpu_models_used)
{
	static const char json[] =
		"{\"name\":\"host\",\"props\":{\"SYSREG_ID_AA64ISAR0_EL1_AES\":1}}";
	struct mshv_create_partition_v2 args;
	struct mshv_cpu_model *model;
	struct mshv_vm_config config;
	struct mshv_cpu_prop prop;
	char text[4];

	mock_expect(NULL, 0);
	REFUSED(mshv_cpu_model_prop(NULL, 0, &prop));
	REFUSED(mshv_cpu_model_find(NULL, "AES", &prop));
	REFUSED_WITH_REASON(mshv_cpu_model_set(NULL, "AES=0", error));
	REFUSED_WITH_REASON(mshv_cpu_model_adopt(NULL, (void *)1, error));
	REFUSED_WITH_REASON(mshv_cpu_model_adopt((void *)1, NULL, error));
	REFUSED(mshv_cpu_model_fits(NULL, (void *)1, NULL, NULL));
	REFUSED(mshv_cpu_model_fits((void *)1, NULL, NULL, NULL));
	REFUSED(mshv_cpu_model_json(NULL, 0, text, sizeof(text)));
	REFUSED_WITH_REASON(mshv_cpu_model_prepare_kvm(NULL, 3, error));
	REFUSED_WITH_REASON(mshv_cpu_model_apply_kvm(NULL, 3, error));
	REFUSED(mshv_cpu_model_vm_config(NULL, &config));
	REFUSED(mshv_cpu_model_partition_args(NULL, &args));
	REFUSED_WITH_REASON(mshv_cpu_model_apply_mshv(NULL, 3, error));

	CHECK_EQ(mshv_cpu_model_parse(json, sizeof(json) - 1, &model, NULL), 0);
	REFUSED(mshv_cpu_model_prop(model, 0, NULL));
	REFUSED(mshv_cpu_model_find(model, NULL, &prop));
	REFUSED_WITH_REASON(mshv_cpu_model_set(model, NULL, error));
	REFUSED(mshv_cpu_model_json(model, 0, NULL, 1));
	REFUSED(mshv_cpu_model_json(model, 0x80, text, sizeof(text)));
	REFUSED(mshv_cpu_model_vm_config(model, NULL));
	REFUSED(mshv_cpu_model_partition_args(model, NULL));
	mshv_cpu_model_free(model);
	mock_done();
}

TEST(arguments_of_cpuid)
{
	struct mshv_cpuid_result result = { .flags = 0x80 };
	size_t done = 5;

	mock_expect(NULL, 0);
	REFUSED(mshv_cpuid_set(3, 0, NULL, 1, &done));
	CHECK_EQ(done, 0);
	REFUSED(mshv_cpuid_set(3, 0, &result, 1, NULL));
	result = (struct mshv_cpuid_result){ .reserved = 1 };
	REFUSED(mshv_cpuid_set(3, 0, &result, 1, NULL));
	CHECK_EQ(mshv_cpuid_set(3, 0, NULL, 0, NULL), 0);
	REFUSED(mshv_cpuid_get(3, 0, 1, 0, NULL));
	mock_done();
}
