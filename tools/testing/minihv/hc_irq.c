// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of devices that root drives. The answer to a mapping is what the
 * device or the IO-APIC is to be programmed with. Without interrupt remapping a
 * message names its processor and vector directly, so a mapping can't be moved
 * afterwards: root maps anew, and RETARGET is refused.
 */
#include "hcall.h"

#define MAX_MAPPED	1024
#define MSI_ADDRESS	0xfee00000u
#define RTE_LEVEL	BIT(15)
#define RTE_DEST_SHIFT	56
#define LOWEST_VECTOR	0x10
#define SPARSE_4K	0

struct mapping {
	bool used;
	uint64_t partition_id, device_id;
	struct hv_interrupt_entry entry;
};

static struct mapping mappings[MAX_MAPPED];
static struct spinlock lock;

static uint32_t count_bits(uint64_t v)
{
	uint32_t n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}

/* The first VP of a target; its place in the set tells its index. NULL: none there. */
static struct vp *target_vp(const struct hcall *c, const struct partition *p,
			    const struct hv_device_interrupt_target *t)
{
	const uint64_t *banks;
	uint64_t valid;
	uint32_t bank;

	if (!(t->flags & HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET)) {
		if (!t->vp_mask)
			return NULL;
		return p->vps[__builtin_ctzll(t->vp_mask)];
	}
	if (t->vp_set.format != SPARSE_4K)
		return NULL;
	banks = (const uint64_t *)(t + 1);
	valid = t->vp_set.valid_bank_mask;
	/* The variable part begins at the bank mask itself. */
	if (count_bits(valid) + 1 != c->var_words)
		return NULL;
	for (; valid; valid &= valid - 1, banks++) {
		bank = __builtin_ctzll(valid);
		if (*banks && bank * 64 < MAX_VPS)
			return p->vps[bank * 64 + __builtin_ctzll(*banks)];
	}
	return NULL;
}

static void fill_entry(struct hv_interrupt_entry *e, enum hv_device_type type,
		       const struct hv_device_interrupt_descriptor *d, const struct vp *vp)
{
	memset(e, 0, sizeof(*e));
	if (type == HV_DEVICE_TYPE_IOAPIC) {
		uint64_t rte = d->target.vector | (uint64_t)vp->apic_id << RTE_DEST_SHIFT;

		if (d->trigger_mode == HV_INTERRUPT_TRIGGER_MODE_LEVEL)
			rte |= RTE_LEVEL;
		e->source = HV_INTERRUPT_SOURCE_IOAPIC;
		e->ioapic_rte.as_uint64 = rte;
	} else {
		e->source = HV_INTERRUPT_SOURCE_MSI;
		e->msi_entry.address.as_uint32 = MSI_ADDRESS | vp->apic_id << 12;
		e->msi_entry.data.as_uint32 = d->target.vector;
	}
}

static uint16_t remember(const struct mapping *m)
{
	uint16_t status = HV_STATUS_INSUFFICIENT_MEMORY;
	uint32_t i;

	spin_lock(&lock);
	for (i = 0; i < MAX_MAPPED; i++)
		if (!mappings[i].used) {
			mappings[i] = *m;
			status = HV_STATUS_SUCCESS;
			break;
		}
	spin_unlock(&lock);
	return status;
}

static uint16_t map_device_interrupt(struct hcall *c)
{
	const struct hv_input_map_device_interrupt *in = c->in;
	const struct hv_device_interrupt_descriptor *d = &in->interrupt_descriptor;
	struct hv_output_map_device_interrupt *out = c->out;
	union hv_device_id id = { .as_uint64 = in->device_id };
	struct partition *p = partition_get(c->caller, in->partition_id);
	struct mapping m = { .used = true };
	uint16_t status = HV_STATUS_INVALID_PARAMETER;
	struct vp *vp;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	vp = target_vp(c, p, &d->target);
	if (p != c->caller)
		status = HV_STATUS_ACCESS_DENIED;	/* only of a device attached to it */
	else if (vp && d->target.vector >= LOWEST_VECTOR && d->target.vector <= 0xff &&
		 (id.device_type == HV_DEVICE_TYPE_PCI ||
		  id.device_type == HV_DEVICE_TYPE_IOAPIC)) {
		m.partition_id = p->id;
		m.device_id = in->device_id;
		fill_entry(&m.entry, id.device_type, d, vp);
		status = remember(&m);
		out->interrupt_entry = m.entry;
	}
	partition_put(p);
	return status;
}

static uint16_t unmap_device_interrupt(struct hcall *c)
{
	const struct hv_input_unmap_device_interrupt *in = c->in;
	struct partition *p = partition_get(c->caller, in->partition_id);
	uint16_t status = HV_STATUS_INVALID_PARAMETER;
	uint32_t i;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	spin_lock(&lock);
	for (i = 0; i < MAX_MAPPED; i++) {
		struct mapping *m = &mappings[i];

		if (m->used && m->partition_id == p->id && m->device_id == in->device_id &&
		    !memcmp(&m->entry, &in->interrupt_entry, sizeof(m->entry))) {
			m->used = false;
			status = HV_STATUS_SUCCESS;
			break;
		}
	}
	spin_unlock(&lock);
	partition_put(p);
	return status;
}

static uint16_t retarget_device_interrupt(struct hcall *c)
{
	const struct hv_retarget_device_interrupt *in = c->in;
	struct partition *p = partition_get(c->caller, in->partition_id);

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	partition_put(p);
	return HV_STATUS_OPERATION_DENIED;
}

const struct hcall_entry hc_irq_table[] = {
	{ .code = HVCALL_MAP_DEVICE_INTERRUPT, .flags = HC_ROOT | HC_VAR,
	  .in_size = sizeof(struct hv_input_map_device_interrupt),
	  .out_size = sizeof(struct hv_output_map_device_interrupt),
	  .fn = map_device_interrupt, .name = "MAP_DEVICE_INTERRUPT" },
	{ .code = HVCALL_UNMAP_DEVICE_INTERRUPT, .flags = HC_ROOT,
	  .in_size = sizeof(struct hv_input_unmap_device_interrupt),
	  .fn = unmap_device_interrupt, .name = "UNMAP_DEVICE_INTERRUPT" },
	{ .code = HVCALL_RETARGET_INTERRUPT, .flags = HC_ROOT | HC_VAR,
	  .in_size = sizeof(struct hv_retarget_device_interrupt),
	  .fn = retarget_device_interrupt, .name = "RETARGET_INTERRUPT" },
	{ 0 }
};
