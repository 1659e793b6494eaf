// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of devices. The answer to a mapping is what the device or the IO-APIC is to be
 * programmed with: the number of a remapping entry. On a machine without interrupt
 * remapping a message names its processor and vector directly, so a mapping can't be moved
 * afterwards: root maps anew, and RETARGET is refused.
 *
 * Root maps those of its devices for itself. For a child it, or L1VH, maps those of devices
 * that are attached to it, by the child's number, and root those of devices in a domain, by
 * their own.
 */
#include "device/attach.h"
#include "device/interrupt.h"
#include "device/remap.h"
#include "faults/faults.h"
#include "hypercall/calls.h"
#include "hypercall/hcall.h"
#include "hypercall/target.h"
#include "partition/intercepts.h"

#define LOWEST_VECTOR	0x10

/* Vectors at which Hyper-V's root takes no device: it crashed at them. */
static bool reserved_for_root(uint32_t vector)
{
	return vector == 0x29 || vector == 0x2c || vector == 0x2d;
}

static bool vector_ok(uint32_t vector, bool child)
{
	return vector >= LOWEST_VECTOR && vector <= 0xff && (child || !reserved_for_root(vector));
}

static uint16_t check_descriptor(const struct hv_device_interrupt_descriptor *d, bool child)
{
	bool level = d->trigger_mode == HV_INTERRUPT_TRIGGER_MODE_LEVEL;

	if (d->interrupt_type != HV_X64_INTERRUPT_TYPE_FIXED || d->vector_count != 1 ||
	    d->reserved || !vector_ok(d->target.vector, child) || (level && child))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/* The device of an interrupt that root takes itself. The lock is held. */
static uint16_t own_device(struct hcall *c, struct interrupt *i)
{
	union hv_device_id id = { .as_uint64 = i->device_id };

	if (c->caller->type != PARTITION_ROOT)
		return HV_STATUS_ACCESS_DENIED;
	if (id.device_type == HV_DEVICE_TYPE_IOAPIC)
		return HV_STATUS_SUCCESS;
	if (!device_id_rid(i->device_id, &i->rid))
		return HV_STATUS_INVALID_DEVICE_ID;
	i->pci = true;
	if (device_of(i->rid)->place == DEVICE_ATTACHED)
		return HV_STATUS_ACCESS_DENIED;
	return HV_STATUS_SUCCESS;
}

/* The device of an interrupt for a child. The lock is held. */
static uint16_t childs_device(struct hcall *c, struct interrupt *i)
{
	const struct device *d = device_attached(i->child, i->device_id);

	i->pci = true;
	if (d) {
		i->rid = d->rid;
		return HV_STATUS_SUCCESS;
	}
	if (c->caller->type != PARTITION_ROOT || !device_id_rid(i->device_id, &i->rid))
		return HV_STATUS_INVALID_DEVICE_ID;
	d = device_of(i->rid);
	if (d->place == DEVICE_ATTACHED)
		return HV_STATUS_INVALID_DEVICE_ID;
	if (d->place != DEVICE_IN_DOMAIN || fault_device(DEVICE_KNOB_NO_MAPPED_INTERRUPTS))
		return HV_STATUS_ACCESS_DENIED;
	return HV_STATUS_SUCCESS;
}

/* @p is locked. */
static uint16_t map_for(struct hcall *c, struct partition *p, struct interrupt *i)
{
	const struct hv_input_map_device_interrupt *in = c->in;
	const struct hv_device_interrupt_descriptor *d = &in->interrupt_descriptor;
	uint16_t status = check_descriptor(d, i->child);

	if (i->child && (p->closing || !interrupts_for_children()))
		return p->closing ? HV_STATUS_INVALID_PARTITION_STATE :
				    HV_STATUS_FEATURE_UNAVAILABLE;
	if (status == HV_STATUS_SUCCESS)
		status = target_set(c, p, &d->target, &i->set);
	if (status != HV_STATUS_SUCCESS)
		return status;
	i->vector = d->target.vector;
	i->multicast = d->target.flags & HV_DEVICE_INTERRUPT_TARGET_MULTICAST;
	i->level = d->trigger_mode == HV_INTERRUPT_TRIGGER_MODE_LEVEL;
	spin_lock(&device_lock);
	status = i->child ? childs_device(c, i) : own_device(c, i);
	if (status == HV_STATUS_SUCCESS)
		status = interrupt_map(i);
	spin_unlock(&device_lock);
	return status;
}

static uint16_t map_device_interrupt(struct hcall *c)
{
	const struct hv_input_map_device_interrupt *in = c->in;
	struct hv_output_map_device_interrupt *out = c->out;
	uint16_t status;
	struct partition *p = hc_partition(c, in->partition_id, &status);
	struct interrupt i = { .device_id = in->device_id };

	if (!p)
		return status;
	i.partition_id = p->id;
	i.child = p == c->caller ? NULL : p;
	spin_lock(&p->lock);
	status = map_for(c, p, &i);
	spin_unlock(&p->lock);
	partition_put(p);
	out->interrupt_entry = i.entry;
	return status;
}

/* By a knob, root's own id will do for what it mapped for a child. */
static struct interrupt *find(const struct partition *p, uint64_t device_id,
			      const struct hv_interrupt_entry *e)
{
	struct interrupt *i = interrupt_find(p->id, device_id, e);

	if (!i && fault_device(DEVICE_KNOB_UNMAP_BY_ENTRY))
		i = interrupt_find(0, device_id, e);
	return i;
}

static uint16_t unmap_device_interrupt(struct hcall *c)
{
	const struct hv_input_unmap_device_interrupt *in = c->in;
	uint16_t status;
	struct partition *p = hc_partition(c, in->partition_id, &status);
	struct interrupt *i;

	if (!p)
		return status;
	if (in->flags) {
		partition_put(p);
		return HV_STATUS_INVALID_PARAMETER;
	}
	spin_lock(&device_lock);
	i = find(p, in->device_id, &in->interrupt_entry);
	if (i)
		interrupt_unmap(i);
	else
		status = HV_STATUS_INVALID_PARAMETER;
	spin_unlock(&device_lock);
	partition_put(p);
	return status;
}

static bool within(const struct vp_set *set, const struct vp_set *all)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(set->vps); i++)
		if (set->vps[i] & ~all->vps[i])
			return false;
	return true;
}

/* Root's own keep their vector, and their VPs or some of them. A child's go anywhere. */
static uint16_t retarget(struct interrupt *i, const struct hv_device_interrupt_target *t,
			 const struct vp_set *set)
{
	if (!vector_ok(t->vector, i->child))
		return HV_STATUS_INVALID_PARAMETER;
	if (!i->child && (t->vector != i->vector || !within(set, &i->mapped_set)))
		return HV_STATUS_INVALID_PARAMETER;
	interrupt_retarget(i, t->vector, set, t->flags & HV_DEVICE_INTERRUPT_TARGET_MULTICAST);
	return HV_STATUS_SUCCESS;
}

/* A child moves what is mapped for it, of the devices that it has; of others its parent hears. */
static bool unknown_device(const struct hcall *c, uint64_t device_id)
{
	bool known;

	if (!partition_is_child(c->caller))
		return false;
	spin_lock(&device_lock);
	known = interrupts_known(c->caller, device_id) || device_attached(c->caller, device_id);
	spin_unlock(&device_lock);
	return !known;
}

static uint16_t retarget_device_interrupt(struct hcall *c)
{
	const struct hv_retarget_device_interrupt *in = c->in;
	uint16_t status;
	struct partition *p;
	struct interrupt *i;
	struct vp_set set;

	if (unknown_device(c, in->device_id)) {
		c->parents = c->caller->intercepts->retarget;
		return HV_STATUS_INVALID_DEVICE_ID;
	}
	if (in->reserved2)
		return HV_STATUS_INVALID_PARAMETER;
	if (!remap_present())
		return HV_STATUS_OPERATION_DENIED;
	p = hc_partition(c, in->partition_id, &status);
	if (!p)
		return status;
	spin_lock(&p->lock);
	status = target_set(c, p, &in->int_target, &set);
	if (status == HV_STATUS_SUCCESS) {
		spin_lock(&device_lock);
		i = interrupt_find(p->id, in->device_id, &in->int_entry);
		status = i ? retarget(i, &in->int_target, &set) : HV_STATUS_INVALID_PARAMETER;
		spin_unlock(&device_lock);
	}
	spin_unlock(&p->lock);
	partition_put(p);
	return status;
}

const struct hcall_entry hc_irq_table[] = {
	{ .code = HVCALL_MAP_DEVICE_INTERRUPT, .flags = HC_PARENT | HC_VAR,
	  .in_size = sizeof(struct hv_input_map_device_interrupt),
	  .out_size = sizeof(struct hv_output_map_device_interrupt),
	  .fn = map_device_interrupt, .name = "MAP_DEVICE_INTERRUPT" },
	{ .code = HVCALL_UNMAP_DEVICE_INTERRUPT, .flags = HC_PARENT,
	  .in_size = sizeof(struct hv_input_unmap_device_interrupt),
	  .fn = unmap_device_interrupt, .name = "UNMAP_DEVICE_INTERRUPT" },
	{ .code = HVCALL_RETARGET_INTERRUPT, .flags = HC_ANY | HC_VAR,
	  .in_size = sizeof(struct hv_retarget_device_interrupt),
	  .fn = retarget_device_interrupt, .name = "RETARGET_INTERRUPT" },
	{ 0 }
};
