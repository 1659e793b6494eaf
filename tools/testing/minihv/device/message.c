// SPDX-License-Identifier: GPL-2.0-only
/* HVMSG_IOMMU_FAULT, to the first of root's VPs that wants it. */
#include "device/message.h"
#include "faults/faults.h"
#include "vp/vp.h"

static uint32_t type_of(enum device_count kind)
{
	switch (kind) {
	case COUNT_BLOCKED:
		return HV_IOMMU_FAULT_BLOCKED;
	case COUNT_INTERRUPT:
		return HV_IOMMU_FAULT_INTERRUPT_BLOCKED;
	default:
		return HV_IOMMU_FAULT_NO_TRANSLATION;
	}
}

/* By the number of the child that has it, else by that of root, or of L1VH. */
static uint64_t name_of(const struct device *d)
{
	union hv_device_id id = { .pci = { .rid = d->rid, .device_type = HV_DEVICE_TYPE_PCI } };

	if (d->place == DEVICE_ATTACHED)
		return d->logical_id;
	return options.l1vh ? d->rid : id.as_uint64;
}

static void fill(struct hv_message *m, const struct device *d, const struct refusal *r)
{
	struct hv_iommu_fault_message *fault = (void *)m->u.payload;

	memset(m, 0, sizeof(*m));
	m->header.message_type = HVMSG_IOMMU_FAULT;
	m->header.payload_size = sizeof(*fault);
	fault->type = type_of(r->kind);
	fault->access = r->write ? HV_IOMMU_FAULT_WRITE : HV_IOMMU_FAULT_READ;
	fault->flags = HV_IOMMU_FAULT_DEVICE_ID_VALID;
	fault->logical_device_id = name_of(d);
	if (r->kind != COUNT_INTERRUPT) {
		fault->flags |= HV_IOMMU_FAULT_ADDRESS_VALID;
		fault->address = r->address;
	}
}

void device_message(struct device *d, const struct refusal *r)
{
	uint32_t i;

	if (!fault_device(DEVICE_KNOB_MESSAGES))
		return;
	if (!d->message.node.next)
		list_init(&d->message.node);
	if (!list_empty(&d->message.node))
		return;
	fill(&d->message.message, d, r);
	for (i = 0; i < MAX_VPS; i++)
		if (root_partition->vps[i] &&
		    synic_post(root_partition->vps[i], HV_IOMMU_FAULT_SINT, &d->message))
			return;
}
