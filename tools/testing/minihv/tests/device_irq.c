// SPDX-License-Identifier: GPL-2.0-only
/* The calls on interrupts of devices. */
#include "child.h"
#include "device_irq.h"

struct hv_input_map_device_interrupt *device_irq_map_input(const struct device_irq *i)
{
	struct hv_input_map_device_interrupt *in = hc_in;

	memset(in, 0, PAGE_SIZE);
	in->partition_id = i->partition;
	in->device_id = i->device;
	in->interrupt_descriptor.trigger_mode = i->level;
	in->interrupt_descriptor.vector_count = 1;
	in->interrupt_descriptor.target.vector = i->vector;
	in->interrupt_descriptor.target.vp_mask = i->vps;
	return in;
}

uint16_t device_irq_map(struct device_irq *i)
{
	const struct hv_output_map_device_interrupt *out = hc_out;
	uint16_t status;

	device_irq_map_input(i);
	status = i->deposited ?
		 call_with_deposit(HVCALL_MAP_DEVICE_INTERRUPT, i->partition, i->deposited) :
		 hcall(HVCALL_MAP_DEVICE_INTERRUPT).status;
	i->entry = out->interrupt_entry;
	return status;
}

uint16_t device_irq_unmap(const struct device_irq *i)
{
	struct hv_input_unmap_device_interrupt *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = i->partition;
	in->device_id = i->device;
	in->interrupt_entry = i->entry;
	return hcall(HVCALL_UNMAP_DEVICE_INTERRUPT).status;
}

struct hv_retarget_device_interrupt *device_irq_retarget_input(const struct device_irq *i,
							       uint32_t vector, uint64_t vps)
{
	struct hv_retarget_device_interrupt *in = hc_in;

	memset(in, 0, PAGE_SIZE);
	in->partition_id = i->partition;
	in->device_id = i->device;
	in->int_entry = i->entry;
	in->int_target.vector = vector;
	in->int_target.vp_mask = vps;
	return in;
}

uint16_t device_irq_retarget(const struct device_irq *i, uint32_t vector, uint64_t vps)
{
	device_irq_retarget_input(i, vector, vps);
	return hcall(HVCALL_RETARGET_INTERRUPT).status;
}
