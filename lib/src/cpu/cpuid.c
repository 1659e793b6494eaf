// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What CPUID answers in a partition.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <hvabi/intercept.h>
#include <hvabi/types.h>
#include <hvabi/vpstate.h>
#include <mshvctl/cpu.h>

#include "core/hvcall.h"

_Static_assert(MSHV_CPUID_ALL_VPS == HV_ANY_VP, "the hypervisor's number");

static int set_one(int fd, uint32_t vp_index,
		   const struct mshv_cpuid_result *result)
{
	struct hv_input_register_intercept_result in = {
		.vp_index = vp_index,
		.intercept_type = HV_INTERCEPT_TYPE_X64_CPUID,
		.parameters.cpuid = {
			.input = {
				.eax = result->eax,
				.ecx = result->ecx,
				.subleaf_specific =
					!!(result->flags & MSHV_CPUID_SUBLEAF),
				/* Also for what depends on the VP's state. */
				.always_override = 1,
			},
			.result = {
				.eax = result->value[0],
				.eax_mask = result->mask[0],
				.ebx = result->value[1],
				.ebx_mask = result->mask[1],
				.ecx = result->value[2],
				.ecx_mask = result->mask[2],
				.edx = result->value[3],
				.edx_mask = result->mask[3],
			},
		},
	};
	struct hvcall call = {
		.code = HVCALL_REGISTER_INTERCEPT_RESULT,
		.in = &in,
		.in_size = sizeof(in),
	};

	return hvcall(fd, &call);
}

static bool is_valid(const struct mshv_cpuid_result *result)
{
	if (result->flags & ~(uint32_t)MSHV_CPUID_SUBLEAF || result->reserved)
		return false;
	if (!(result->flags & MSHV_CPUID_SUBLEAF) && result->ecx)
		return false;
	for (unsigned int i = 0; i < 4; i++)
		if (result->value[i] & ~result->mask[i])
			return false;
	return true;
}

int mshv_cpuid_set(int fd, uint32_t vp_index,
		   const struct mshv_cpuid_result *results, size_t n,
		   size_t *done)
{
	size_t i;
	int err = 0;

	if (done)
		*done = 0;
	if (!results && n)
		return -EINVAL;
	for (i = 0; i < n; i++)
		if (!is_valid(&results[i]))
			return -EINVAL;
	for (i = 0; i < n; i++) {
		err = set_one(fd, vp_index, &results[i]);
		if (err)
			break;
	}
	if (done)
		*done = i;
	return err;
}

int mshv_cpuid_get(int fd, uint32_t vp_index, uint32_t eax, uint32_t ecx,
		   uint32_t value[4])
{
	struct {
		struct hv_input_get_vp_cpuid_values head;
		struct hv_cpuid_leaf_info leaf;
	} HV_PACKED in = {
		.head = {
			.vp_index = vp_index,
			.flags = {
				.use_vp_xfem_xss = 1,
				.apply_registered_values = 1,
			},
		},
		.leaf = { .eax = eax, .ecx = ecx },
	};
	union hv_output_get_vp_cpuid_values out = { 0 };
	struct hvcall call = {
		.code = HVCALL_GET_VP_CPUID_VALUES,
		.reps = 1,
		.in = &in,
		.in_size = sizeof(in),
		.out = &out,
		.out_size = sizeof(out),
	};
	int err;

	if (!value)
		return -EINVAL;
	err = hvcall(fd, &call);
	for (unsigned int i = 0; !err && i < 4; i++)
		value[i] = out.as_uint32[i];
	return err;
}
