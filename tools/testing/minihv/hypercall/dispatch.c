// SPDX-License-Identifier: GPL-2.0-only
/* DISPATCH_VP: root gives a child VP its own time. */
#include "hypercall/calls.h"
#include "sched/sched.h"

#define KNOWN_DISPATCH_FLAGS \
	(HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND | \
	 HV_DISPATCH_VP_FLAG_ENABLE_CALLER_INTERRUPTS | \
	 HV_DISPATCH_VP_FLAG_SET_CALLER_SPEC_CTRL | \
	 HV_DISPATCH_VP_FLAG_SKIP_VP_SPEC_FLUSH | \
	 HV_DISPATCH_VP_FLAG_SKIP_CALLER_SPEC_FLUSH | \
	 HV_DISPATCH_VP_FLAG_SKIP_CALLER_USER_SPEC_FLUSH | \
	 HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION)

uint16_t hc_dispatch_vp(struct hcall *c)
{
	const struct hv_input_dispatch_vp *in = c->in;
	uint16_t status = HV_STATUS_SUCCESS;
	struct partition *p;
	struct vp *vp;

	if (options.core_scheduler)
		return HV_STATUS_OPERATION_DENIED;
	if (in->flags & ~KNOWN_DISPATCH_FLAGS)
		return HV_STATUS_INVALID_PARAMETER;
	p = partition_get(c->caller, in->partition_id);
	if (!p || !partition_is_child(p)) {
		if (p)
			partition_put(p);
		return HV_STATUS_INVALID_PARTITION_ID;
	}
	vp = partition_vp(p, in->vp_index);
	if (!vp)
		status = HV_STATUS_INVALID_VP_INDEX;
	else if (!sched_root_dispatch(vp, in, c->out))
		status = HV_STATUS_INVALID_VP_STATE;
	partition_put(p);
	return status;
}
