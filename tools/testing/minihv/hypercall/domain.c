// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls on device domains and their devices, root's alone. */
#include "device/device.h"
#include "device/domain.h"
#include "device/translate.h"
#include "faults/faults.h"
#include "hypercall/domain.h"
#include "hypercall/hcall.h"

uint16_t hc_domain_header(const struct hcall *c, const struct hv_input_device_domain *in)
{
	unsigned int i;

	if (!translate_present())
		return HV_STATUS_FEATURE_UNAVAILABLE;
	if (in->partition_id != HV_PARTITION_ID_SELF && in->partition_id != c->caller->id)
		return HV_STATUS_INVALID_PARTITION_ID;
	for (i = 0; i < sizeof(in->padding); i++)
		if (in->padding[i])
			return HV_STATUS_INVALID_PARAMETER;
	if (in->owner_vtl.as_uint8 || in->domain_id.type != HV_DEVICE_DOMAIN_TYPE_S2 ||
	    in->domain_id.reserved)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

static bool is_builtin(uint32_t id)
{
	return id == HV_DEVICE_DOMAIN_ID_S2_DEFAULT || id == HV_DEVICE_DOMAIN_ID_S2_NULL;
}

static uint16_t create_device_domain(struct hcall *c)
{
	const struct hv_input_create_device_domain *in = c->in;
	uint32_t id = in->device_domain.domain_id.id;
	uint16_t status = hc_domain_header(c, &in->device_domain);

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (is_builtin(id) || in->create_device_domain_flags.reserved ||
	    in->create_device_domain_flags.inherit_owning_vtl)
		return HV_STATUS_INVALID_PARAMETER;
	spin_lock(&device_lock);
	if (domain_find(id))
		status = HV_STATUS_KEY_ALREADY_EXISTS;
	else
		status = domain_create(id, &c->caller->pool);
	spin_unlock(&device_lock);
	return status;
}

static uint16_t delete_device_domain(struct hcall *c)
{
	const struct hv_input_delete_device_domain *in = c->in;
	uint16_t status = hc_domain_header(c, &in->device_domain);
	struct domain *d;

	if (status != HV_STATUS_SUCCESS)
		return status;
	spin_lock(&device_lock);
	d = domain_find(in->device_domain.domain_id.id);
	if (!d)
		status = HV_STATUS_INVALID_PARAMETER;
	else if (d->devices)
		status = HV_STATUS_OBJECT_IN_USE;
	else
		domain_delete(d);
	spin_unlock(&device_lock);
	return status;
}

/* Where the domain of this number is; false: nowhere. */
static bool place_of(uint32_t id, enum device_place *place, struct domain **d)
{
	*d = NULL;
	if (id == HV_DEVICE_DOMAIN_ID_S2_DEFAULT) {
		*place = DEVICE_DEFAULT;
	} else if (id == HV_DEVICE_DOMAIN_ID_S2_NULL) {
		*place = DEVICE_NULL;
	} else {
		*place = DEVICE_IN_DOMAIN;
		*d = domain_find(id);
		return *d;
	}
	return true;
}

static uint16_t attach(uint16_t rid, uint32_t domain_id)
{
	struct device *device = device_of(rid);
	enum device_place place;
	struct domain *d;

	if (!place_of(domain_id, &place, &d))
		return HV_STATUS_INVALID_PARAMETER;
	if (device->place == DEVICE_ATTACHED)
		return HV_STATUS_INVALID_DEVICE_STATE;
	if (device->place == place && device->domain == d)
		return HV_STATUS_DEVICE_ALREADY_IN_DOMAIN;
	if (device->placed && fault_device(DEVICE_KNOB_DETACH_FIRST))
		return HV_STATUS_INVALID_DEVICE_STATE;
	device_move(device, place, d, NULL);
	return HV_STATUS_SUCCESS;
}

static uint16_t attach_device_domain(struct hcall *c)
{
	const struct hv_input_attach_device_domain *in = c->in;
	uint16_t status = hc_domain_header(c, &in->device_domain), rid;

	if (status != HV_STATUS_SUCCESS)
		return status;
	if (!device_id_rid(in->device_id.as_uint64, &rid))
		return HV_STATUS_INVALID_DEVICE_ID;
	device_faults_poll();
	spin_lock(&device_lock);
	status = attach(rid, in->device_domain.domain_id.id);
	spin_unlock(&device_lock);
	return status;
}

static uint16_t detach_device_domain(struct hcall *c)
{
	const struct hv_input_detach_device_domain *in = c->in;
	uint16_t status = HV_STATUS_SUCCESS, rid;
	struct device *device;

	if (!translate_present())
		return HV_STATUS_FEATURE_UNAVAILABLE;
	if (in->partition_id != HV_PARTITION_ID_SELF && in->partition_id != c->caller->id)
		return HV_STATUS_INVALID_PARTITION_ID;
	if (!device_id_rid(in->device_id.as_uint64, &rid))
		return HV_STATUS_INVALID_DEVICE_ID;
	device_faults_poll();
	spin_lock(&device_lock);
	device = device_of(rid);
	if (device->place == DEVICE_ATTACHED || device->place == DEVICE_NOWHERE)
		status = HV_STATUS_INVALID_DEVICE_STATE;
	else
		device_move(device, DEVICE_NOWHERE, NULL, NULL);
	spin_unlock(&device_lock);
	return status;
}

static uint16_t absent(struct hcall *c)
{
	(void)c;
	return HV_STATUS_INVALID_HYPERCALL_CODE;
}

#define CALL(_code, _in, _fn) \
	{ .code = _code, .flags = HC_ROOT | HC_HIDDEN, .in_size = sizeof(_in), .fn = _fn, \
	  .name = #_fn }

const struct hcall_entry hc_domain_table[] = {
	CALL(HVCALL_CREATE_DEVICE_DOMAIN, struct hv_input_create_device_domain,
	     create_device_domain),
	CALL(HVCALL_DELETE_DEVICE_DOMAIN, struct hv_input_delete_device_domain,
	     delete_device_domain),
	CALL(HVCALL_ATTACH_DEVICE_DOMAIN, struct hv_input_attach_device_domain,
	     attach_device_domain),
	CALL(HVCALL_DETACH_DEVICE_DOMAIN, struct hv_input_detach_device_domain,
	     detach_device_domain),
	/* Those of the first stage: there is none, and a caller asks by making one. */
	CALL(HVCALL_CONFIGURE_DEVICE_DOMAIN, struct hv_input_configure_device_domain, absent),
	CALL(HVCALL_FLUSH_DEVICE_DOMAIN, struct hv_input_flush_device_domain, absent),
	CALL(HVCALL_GET_IOMMU_CAPABILITIES, struct hv_input_get_iommu_capabilities, absent),
	CALL(HVCALL_GET_LOGICAL_DEVICE_PROPERTY, struct hv_input_get_logical_device_property,
	     absent),
	{ 0 },
};
