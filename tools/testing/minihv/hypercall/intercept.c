// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls on intercepts, on what replaces them, and on virtual interrupts. */
#include "hypercall/calls.h"
#include "lapic/lapic.h"
#include "partition/intercepts.h"
#include "state/controls.h"
#include "state/cpuid.h"

#define FIRST_VECTOR	16	/* below are no interrupts (TLFS 10) */

/* The child of that id, locked; NULL: *status says why not. */
static struct partition *lock_child(struct hcall *c, uint64_t id, uint16_t *status)
{
	struct partition *p = hc_partition(c, id, status);

	if (!p)
		return NULL;
	if (!partition_is_child(p)) {
		partition_put(p);
		*status = HV_STATUS_ACCESS_DENIED;
		return NULL;
	}
	spin_lock(&p->lock);
	return p;
}

static void unlock_child(struct partition *p)
{
	spin_unlock(&p->lock);
	partition_put(p);
}

/* The exception bitmap is part of each VP's controls. */
static uint16_t install(struct partition *p, const struct hv_input_install_intercept *in)
{
	uint16_t status;
	uint32_t i;

	if (!p->intercepts)
		return HV_STATUS_INVALID_PARTITION_STATE;
	status = intercept_install(p, in);
	for (i = 0; i < MAX_VPS && in->intercept_type == HV_INTERCEPT_TYPE_EXCEPTION; i++)
		if (p->vps[i])
			vp_control_exceptions(p->vps[i]);
	return status;
}

uint16_t hc_install_intercept(struct hcall *c)
{
	const struct hv_input_install_intercept *in = c->in;
	uint16_t status;
	struct partition *p = lock_child(c, in->partition_id, &status);

	if (!p)
		return status;
	status = install(p, in);
	unlock_child(p);
	return status;
}

uint16_t hc_register_result(struct hcall *c)
{
	const struct hv_input_register_intercept_result *in = c->in;
	uint16_t status;
	struct partition *p = lock_child(c, in->partition_id, &status);

	if (!p)
		return status;
	if (in->vp_index != HV_ANY_VP && !partition_vp(p, in->vp_index))
		status = HV_STATUS_INVALID_VP_INDEX;
	else if (in->intercept_type != HV_INTERCEPT_TYPE_X64_CPUID)
		status = HV_STATUS_INVALID_PARAMETER;
	else
		status = cpuid_result_register(p, in);
	unlock_child(p);
	return status;
}

uint16_t hc_cpuid_values(struct hcall *c)
{
	const struct hv_input_get_vp_cpuid_values *in = c->in;
	union hv_output_get_vp_cpuid_values *out = c->out;
	uint16_t status, i;
	struct vp *vp = hc_vp(c, in->partition_id, in->vp_index, &status);

	if (!vp)
		return status;
	vp_pause(vp);
	for (i = c->start; i < c->reps; i++) {
		const struct hv_cpuid_leaf_info *leaf = &in->cpuid_leaf_info[i];

		cpuid_values(vp, leaf->eax, leaf->ecx,
			     in->flags.use_vp_xfem_xss ? vp->xcr0 : leaf->xfem,
			     out[i].as_uint32);
		if (in->flags.apply_registered_values)
			cpuid_results_apply(vp->partition, vp->index, leaf->eax, leaf->ecx,
					    out[i].as_uint32);
	}
	vp_resume(vp);
	hc_vp_put(vp);
	c->done = i;
	return HV_STATUS_SUCCESS;
}

/* Vectors 0 to 15 cannot be asserted; kinds other than fixed have no vector to speak of. */
static uint16_t check_interrupt(const struct hv_input_assert_virtual_interrupt *in)
{
	if (in->control.interrupt_type >= HV_X64_INTERRUPT_TYPE_MAXIMUM || in->control.rsvd)
		return HV_STATUS_INVALID_PARAMETER;
	if (in->control.interrupt_type <= HV_X64_INTERRUPT_TYPE_LOWESTPRIORITY &&
	    (in->vector < FIRST_VECTOR || in->vector > 0xff))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

uint16_t hc_assert_interrupt(struct hcall *c)
{
	const struct hv_input_assert_virtual_interrupt *in = c->in;
	uint16_t status = check_interrupt(in);
	struct partition *p;

	if (status != HV_STATUS_SUCCESS)
		return status;
	p = hc_partition(c, in->partition_id, &status);
	if (!p)
		return status;
	if (!partition_is_child(p))
		status = HV_STATUS_ACCESS_DENIED;
	else if (!lapic_deliver(p, in->dest_addr, in->control.logical_dest_mode,
				in->control.interrupt_type, in->vector,
				in->control.level_triggered))
		status = HV_STATUS_INVALID_PARAMETER;
	partition_put(p);
	return status;
}

/* An asserted ExtINT that the guest has not taken yet is withdrawn. */
uint16_t hc_clear_interrupt(struct hcall *c)
{
	const uint64_t *id = c->in;
	uint16_t status;
	struct partition *p = hc_partition(c, *id, &status);
	uint32_t i;

	if (!p)
		return status;
	status = HV_STATUS_INVALID_PARAMETER;
	for (i = 0; i < MAX_VPS; i++) {
		struct vp *vp = partition_vp(p, i);

		if (vp && partition_is_child(p) && vp->lapic.extint) {
			vp->lapic.extint = false;
			status = HV_STATUS_SUCCESS;
		}
	}
	partition_put(p);
	return status;
}
