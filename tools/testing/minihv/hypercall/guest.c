// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls that look at a guest's memory as the guest does. */
#include "hypercall/calls.h"
#include "vp/gva.h"

#define KNOWN_TRANSLATE_FLAGS \
	(HV_TRANSLATE_GVA_VALIDATE_READ | HV_TRANSLATE_GVA_VALIDATE_WRITE | \
	 HV_TRANSLATE_GVA_VALIDATE_EXECUTE | HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT | \
	 HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS | HV_TRANSLATE_GVA_TLB_FLUSH_INHIBIT | \
	 HV_TRANSLATE_GVA_SUPERVISOR_ACCESS | HV_TRANSLATE_GVA_USER_ACCESS)

uint16_t hc_translate_address(struct hcall *c)
{
	const struct hv_input_translate_virtual_address *in = c->in;
	struct hv_output_translate_virtual_address *out = c->out;
	uint16_t status;
	struct vp *vp = hc_vp(c, in->partition_id, in->vp_index, &status);
	uint64_t gpa = 0;

	if (!vp)
		return status;
	if (in->control_flags & ~(uint64_t)KNOWN_TRANSLATE_FLAGS) {
		hc_vp_put(vp);
		return HV_STATUS_INVALID_PARAMETER;
	}
	vp_pause(vp);
	spin_lock(&vp->partition->lock);
	out->translation_result.result_code =
		gva_translate(vp, in->gva_page << PAGE_SHIFT, in->control_flags, &gpa);
	spin_unlock(&vp->partition->lock);
	vp_resume(vp);
	out->translation_result.cache_type = HV_CACHE_TYPE_WRITE_BACK;
	out->gpa_page = gpa >> PAGE_SHIFT;
	hc_vp_put(vp);
	return HV_STATUS_SUCCESS;
}

static bool bad_range(uint64_t gpa, uint32_t count)
{
	return !count || count > HV_READ_WRITE_GPA_MAX_SIZE ||
	       (gpa & (PAGE_SIZE - 1)) + count > PAGE_SIZE;
}

/* Copies between @data and the guest; returns HV_ACCESS_GPA_*. */
static uint32_t copy_gpa(struct vp *vp, uint64_t gpa, uint8_t *data, uint32_t count, bool write)
{
	uint32_t result = HV_ACCESS_GPA_SUCCESS;
	struct npt_entry e;
	void *at;

	spin_lock(&vp->partition->lock);
	at = vp_gpa(vp, gpa, write ? NPT_WRITE : NPT_READ);
	if (at && write)
		memcpy(at, data, count);
	else if (at)
		memcpy(data, at, count);
	else if (!npt_lookup(&vp->partition->npt, gpa, &e))
		result = HV_ACCESS_GPA_UNMAPPED;
	else
		result = write ? HV_ACCESS_GPA_WRITE_INTERCEPT : HV_ACCESS_GPA_READ_INTERCEPT;
	spin_unlock(&vp->partition->lock);
	return result;
}

uint16_t hc_read_gpa(struct hcall *c)
{
	const struct hv_input_read_gpa *in = c->in;
	struct hv_output_read_gpa *out = c->out;
	uint16_t status;
	struct vp *vp;

	if (bad_range(in->base_gpa, in->byte_count))
		return HV_STATUS_INVALID_PARAMETER;
	vp = hc_vp(c, in->partition_id, in->vp_index, &status);
	if (!vp)
		return status;
	out->access_result.result_code =
		copy_gpa(vp, in->base_gpa, out->data, in->byte_count, false);
	hc_vp_put(vp);
	return HV_STATUS_SUCCESS;
}

uint16_t hc_write_gpa(struct hcall *c)
{
	const struct hv_input_write_gpa *in = c->in;
	struct hv_output_write_gpa *out = c->out;
	uint8_t data[HV_READ_WRITE_GPA_MAX_SIZE];
	uint16_t status;
	struct vp *vp;

	if (bad_range(in->base_gpa, in->byte_count))
		return HV_STATUS_INVALID_PARAMETER;
	vp = hc_vp(c, in->partition_id, in->vp_index, &status);
	if (!vp)
		return status;
	memcpy(data, in->data, sizeof(data));
	out->access_result.result_code = copy_gpa(vp, in->base_gpa, data, in->byte_count, true);
	hc_vp_put(vp);
	return HV_STATUS_SUCCESS;
}
