// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls on a VP's registers and on the pages that show them. */
#include "hypercall/calls.h"
#include "state/page.h"
#include "state/regs.h"

uint16_t hc_get_registers(struct hcall *c)
{
	const struct hv_input_get_vp_registers *in = c->in;
	union hv_register_value *out = c->out;
	uint16_t status, i;
	struct vp *vp = hc_vp(c, in->partition_id, in->vp_index, &status);

	if (!vp)
		return status;
	vp_pause(vp);
	for (i = c->start; i < c->reps; i++) {
		status = reg_get(vp, in->names[i], &out[i]);
		if (status != HV_STATUS_SUCCESS)
			break;
	}
	vp_resume(vp);
	hc_vp_put(vp);
	c->done = i;
	return status;
}

/* What the parent sees on the register page keeps up with what it sets by hypercall. */
static void registers_changed(struct vp *vp)
{
	if (vp->register_page && (vp->explicit_suspend || vp->intercept_suspend))
		statepage_fill(vp);
}

uint16_t hc_set_registers(struct hcall *c)
{
	const struct hv_input_set_vp_registers *in = c->in;
	uint16_t status, i;
	struct vp *vp = hc_vp(c, in->partition_id, in->vp_index, &status);

	if (!vp)
		return status;
	vp_pause(vp);
	for (i = c->start; i < c->reps; i++) {
		const struct hv_register_assoc *e = &in->elements[i];
		union hv_register_value value = e->value;

		status = reg_set(vp, e->name, &value);
		if (status != HV_STATUS_SUCCESS)
			break;
	}
	if (partition_is_child(vp->partition))
		registers_changed(vp);
	vp_resume(vp);
	/* It may have been suspended until now, or halted before. */
	if (partition_is_child(vp->partition))
		vp_wake(vp);
	hc_vp_put(vp);
	c->done = i;
	return status;
}

uint16_t hc_map_state_page(struct hcall *c)
{
	const struct hv_input_map_vp_state_page *in = c->in;
	struct hv_output_map_vp_state_page *out = c->out;
	uint64_t location = 0;
	uint16_t status;
	struct vp *vp = hc_vp(c, in->partition_id, in->vp_index, &status);

	if (!vp)
		return status;
	if (!partition_is_child(vp->partition))
		status = HV_STATUS_ACCESS_DENIED;
	else
		status = statepage_map(c->caller, vp, in->type, in->flags.map_location_provided,
				       in->requested_map_location, &location);
	out->map_location = location;
	hc_vp_put(vp);
	return status;
}

uint16_t hc_unmap_state_page(struct hcall *c)
{
	const struct hv_input_unmap_vp_state_page *in = c->in;
	uint16_t status;
	struct vp *vp = hc_vp(c, in->partition_id, in->vp_index, &status);

	if (!vp)
		return status;
	status = statepage_unmap(c->caller, vp, in->type);
	hc_vp_put(vp);
	return status;
}
