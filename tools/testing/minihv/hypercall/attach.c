// SPDX-License-Identifier: GPL-2.0-only
/* ATTACH_DEVICE and DETACH_DEVICE: a device for a child, by root or L1VH. */
#include "device/attach.h"
#include "device/interrupt.h"
#include "device/remap.h"
#include "device/translate.h"
#include "faults/faults.h"
#include "hypercall/calls.h"
#include "hypercall/hcall.h"

/* A child of the caller, initialised and locked together with the devices. */
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
	if (p->closing || p->state != PARTITION_ACTIVE) {
		spin_unlock(&p->lock);
		partition_put(p);
		*status = HV_STATUS_INVALID_PARTITION_STATE;
		return NULL;
	}
	spin_lock(&device_lock);
	return p;
}

static void unlock_child(struct partition *p)
{
	spin_unlock(&device_lock);
	spin_unlock(&p->lock);
	partition_put(p);
}

/*
 * Of L1VH all devices are logical ones. The emulated host calls a function by what it is
 * for L1VH itself: segment and requester id.
 */
static bool host_device(const struct hcall *c, uint64_t id, uint16_t *rid)
{
	union hv_device_id pci = { .pci = { .rid = (uint16_t)id,
					    .device_type = HV_DEVICE_TYPE_PCI } };

	if (c->caller->type == PARTITION_ROOT)
		return device_id_rid(id, rid);
	return !(id >> 16) && device_id_rid(pci.as_uint64, rid);
}

static uint16_t check_attach(const struct hv_input_attach_device *in)
{
	union hv_device_id logical = { .as_uint64 = in->logical_devid };

	if (!remap_present() || !translate_present())
		return HV_STATUS_FEATURE_UNAVAILABLE;
	if (!in->attdev_flags.logical_id || in->attdev_flags.resvd0 || in->attdev_flags.resvd ||
	    in->attdev_vtl || in->rsvd0 || in->rsvd1 || in->resvd2 || in->dev_pcicaps.resvd)
		return HV_STATUS_INVALID_PARAMETER;
	if (logical.device_type != HV_DEVICE_TYPE_LOGICAL)
		return HV_STATUS_INVALID_DEVICE_ID;
	return HV_STATUS_SUCCESS;
}

static uint16_t attach_device(struct hcall *c)
{
	const struct hv_input_attach_device *in = c->in;
	struct attach a = {
		.logical_id = in->logical_devid, .ats = in->attdev_flags.ats_supported,
	};
	uint16_t status = check_attach(in), rid;

	if (status != HV_STATUS_SUCCESS)
		return status;
	device_faults_poll();
	a.partition = lock_child(c, in->partition_id, &status);
	if (!a.partition)
		return status;
	if (host_device(c, in->device_id.as_uint64, &rid))
		status = device_attach(device_of(rid), &a);
	else
		status = HV_STATUS_INVALID_DEVICE_ID;
	unlock_child(a.partition);
	return status;
}

static uint16_t detach_device(struct hcall *c)
{
	const struct hv_input_detach_device *in = c->in;
	struct partition *p;
	struct device *d;
	uint16_t status;

	device_faults_poll();
	p = lock_child(c, in->partition_id, &status);
	if (!p)
		return status;
	d = device_attached(p, in->logical_devid);
	if (!d) {
		status = HV_STATUS_INVALID_DEVICE_ID;
	} else {
		if (!fault_device(DEVICE_KNOB_KEEP_INTERRUPTS))
			interrupts_drop(p, d->logical_id);
		device_detach(d);
		if (fault_device(DEVICE_KNOB_PAGE_REQUESTS))
			status = HV_STATUS_PENDING_PAGE_REQUESTS;
	}
	unlock_child(p);
	return status;
}

const struct hcall_entry hc_attach_table[] = {
	{
		.code = HVCALL_ATTACH_DEVICE, .flags = HC_PARENT,
		.in_size = sizeof(struct hv_input_attach_device),
		.fn = attach_device, .name = "attach_device",
	}, {
		.code = HVCALL_DETACH_DEVICE, .flags = HC_PARENT,
		.in_size = sizeof(struct hv_input_detach_device),
		.fn = detach_device, .name = "detach_device",
	},
	{ 0 },
};
