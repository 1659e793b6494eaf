// SPDX-License-Identifier: GPL-2.0-only
/* Registers by name: the tables, and those that say whether a VP may run. */
#include "state/regs.h"
#include "state/cpuid.h"

#define CPUID_VERSION	0x40000002
#define CPUID_FEATURES	0x40000003

static uint16_t get_suspend(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	switch (name) {
	case HV_REGISTER_EXPLICIT_SUSPEND:
		v->explicit_suspend.suspended = vp->explicit_suspend;
		return HV_STATUS_SUCCESS;
	case HV_REGISTER_INTERCEPT_SUSPEND:
		v->intercept_suspend.suspended = vp->intercept_suspend;
		return HV_STATUS_SUCCESS;
	case HV_REGISTER_DISPATCH_SUSPEND:
		v->dispatch_suspend.suspended = vp->dispatch_suspend;
		return HV_STATUS_SUCCESS;
	case HV_REGISTER_INSTRUCTION_EMULATION_HINTS:
		v->reg64 = 0;
		return HV_STATUS_SUCCESS;
	default:
		v->internal_activity.startup_suspend = vp->wait_for_sipi;
		v->internal_activity.halt_suspend = vp->halted && !vp->idle;
		v->internal_activity.idle_suspend = vp->halted && vp->idle;
		return HV_STATUS_SUCCESS;
	}
}

/* Root's signal accounting is guarded by the VP's lock; see sched/root.c. */
static void suspend_dispatch(struct vp *vp, bool on)
{
	spin_lock(&vp->lock);
	vp->dispatch_suspend = on;
	spin_unlock(&vp->lock);
}

static uint16_t set_suspend(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	switch (name) {
	case HV_REGISTER_EXPLICIT_SUSPEND:
		vp->explicit_suspend = v->explicit_suspend.suspended;
		return HV_STATUS_SUCCESS;
	case HV_REGISTER_INTERCEPT_SUSPEND:
		vp->intercept_suspend = v->intercept_suspend.suspended;
		return HV_STATUS_SUCCESS;
	case HV_REGISTER_DISPATCH_SUSPEND:
		suspend_dispatch(vp, v->dispatch_suspend.suspended);
		return HV_STATUS_SUCCESS;
	case HV_REGISTER_INTERNAL_ACTIVITY_STATE:
		vp->wait_for_sipi = v->internal_activity.startup_suspend;
		vp->halted = v->internal_activity.halt_suspend || v->internal_activity.idle_suspend;
		vp->idle = v->internal_activity.idle_suspend;
		return HV_STATUS_SUCCESS;
	default:
		return HV_STATUS_ACCESS_DENIED;
	}
}

static uint16_t get_cpuid(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	uint32_t r[4], leaf = CPUID_VERSION;

	if (name != HV_REGISTER_HYPERVISOR_VERSION)
		leaf = CPUID_FEATURES + name - HV_REGISTER_PRIVILEGES_AND_FEATURES_INFO;
	cpuid_emulate(vp, leaf, 0, r);
	v->reg128.low_part = r[0] | (uint64_t)r[1] << 32;
	v->reg128.high_part = r[2] | (uint64_t)r[3] << 32;
	return HV_STATUS_SUCCESS;
}

static uint16_t get_signal_count(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	(void)name;
	spin_lock(&vp->lock);
	v->reg64 = vp->signal_count;
	spin_unlock(&vp->lock);
	return HV_STATUS_SUCCESS;
}

static const struct reg_range regs_run[] = {
	{ HV_REGISTER_EXPLICIT_SUSPEND, HV_REGISTER_INTERNAL_ACTIVITY_STATE, get_suspend,
	  set_suspend },
	{ HV_REGISTER_HYPERVISOR_VERSION, HV_REGISTER_HYPERVISOR_VERSION, get_cpuid, NULL },
	{ HV_REGISTER_PRIVILEGES_AND_FEATURES_INFO, HV_REGISTER_IPT_FEATURES_INFO, get_cpuid,
	  NULL },
	{ HV_REGISTER_VP_ROOT_SIGNAL_COUNT, HV_REGISTER_VP_ROOT_SIGNAL_COUNT, get_signal_count,
	  NULL },
	{ 0 },
};

static const struct reg_range *find(uint32_t name)
{
	static const struct reg_range *const tables[] = {
		regs_run, regs_cpu, regs_fpu, regs_msr, regs_event,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct reg_range *r;

		for (r = tables[i]; r->get; r++)
			if (name >= r->first && name <= r->last)
				return r;
	}
	return NULL;
}

uint16_t reg_get(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	const struct reg_range *r = find(name);

	memset(v, 0, sizeof(*v));
	return r ? r->get(vp, name, v) : HV_STATUS_INVALID_PARAMETER;
}

uint16_t reg_set(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	const struct reg_range *r = find(name);
	uint16_t status;

	if (!r)
		return HV_STATUS_INVALID_PARAMETER;
	if (!r->set)
		return HV_STATUS_ACCESS_DENIED;
	status = r->set(vp, name, v);
	if (status == HV_STATUS_SUCCESS)
		regs_settle(vp);
	return status;
}
