// SPDX-License-Identifier: GPL-2.0-only
/* Which intercepts are installed. */
#include "partition/intercepts.h"
#include "base/x86.h"

#define MAX_EXCEPTION			31

static uint16_t set_index(struct intercept_index *list, uint32_t index, uint32_t access)
{
	struct intercept_index *unused = NULL;
	unsigned int i;

	for (i = 0; i < MAX_INTERCEPT_INDEXES; i++) {
		if (list[i].access && list[i].index == index) {
			list[i].access = access;
			return HV_STATUS_SUCCESS;
		}
		if (!list[i].access && !unused)
			unused = &list[i];
	}
	if (!unused)
		return HV_STATUS_NO_RESOURCES;
	unused->index = index;
	unused->access = access;
	return HV_STATUS_SUCCESS;
}

static uint32_t get_index(const struct intercept_index *list, uint32_t index)
{
	unsigned int i;

	for (i = 0; i < MAX_INTERCEPT_INDEXES; i++)
		if (list[i].access && list[i].index == index)
			return list[i].access;
	return 0;
}

uint32_t intercept_cpuid(const struct partition *p, uint32_t leaf)
{
	return get_index(p->intercepts->cpuid, leaf);
}

uint32_t intercept_msr_index(const struct partition *p, uint32_t msr)
{
	return get_index(p->intercepts->msr_index, msr);
}

static uint16_t set_exception(struct partition *p, uint16_t vector, bool on)
{
	if (vector > MAX_EXCEPTION || vector == EXC_NMI)
		return HV_STATUS_INVALID_PARAMETER;
	if (on)
		p->intercepts->exceptions |= BIT(vector);
	else
		p->intercepts->exceptions &= ~BIT(vector);
	return HV_STATUS_SUCCESS;
}

static bool access_allowed(uint32_t type, uint32_t access)
{
	switch (type) {
	case HV_INTERCEPT_TYPE_X64_IO_PORT:
	case HV_INTERCEPT_TYPE_X64_MSR:
	case HV_INTERCEPT_TYPE_X64_MSR_INDEX:
		access &= ~(HV_INTERCEPT_ACCESS_MASK_READ | HV_INTERCEPT_ACCESS_MASK_WRITE);
		return !access;
	default:
		return !(access & ~HV_INTERCEPT_ACCESS_MASK_EXECUTE);
	}
}

uint16_t intercept_install(struct partition *p, const struct hv_input_install_intercept *in)
{
	struct intercepts *all = p->intercepts;

	if (!access_allowed(in->intercept_type, in->access_type))
		return HV_STATUS_INVALID_PARAMETER;
	switch (in->intercept_type) {
	case HV_INTERCEPT_TYPE_X64_IO_PORT:
		return HV_STATUS_SUCCESS;	/* no port is anybody's but the parent's */
	case HV_INTERCEPT_TYPE_X64_MSR:
		all->msr = in->access_type;
		return HV_STATUS_SUCCESS;
	case HV_INTERCEPT_TYPE_X64_CPUID:
		return set_index(all->cpuid, in->intercept_parameter.cpuid_index, in->access_type);
	case HV_INTERCEPT_TYPE_X64_MSR_INDEX:
		return set_index(all->msr_index, in->intercept_parameter.msr_index,
				 in->access_type);
	case HV_INTERCEPT_TYPE_EXCEPTION:
		return set_exception(p, in->intercept_parameter.exception_vector, in->access_type);
	case HV_INTERCEPT_TYPE_HYPERCALL:
		all->hypercall = in->access_type;
		return HV_STATUS_SUCCESS;
	case HV_INTERCEPT_TYPE_UNKNOWN_SYNIC_CONNECTION:
		all->connection = in->access_type;
		return HV_STATUS_SUCCESS;
	case HV_INTERCEPT_TYPE_RETARGET_INTERRUPT_WITH_UNKNOWN_DEVICE_ID:
		all->retarget = in->access_type;
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}
