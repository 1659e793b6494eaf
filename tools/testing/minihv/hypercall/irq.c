// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of devices that root drives. The answer to a mapping is what the
 * device or the IO-APIC is to be programmed with: the number of a remapping entry,
 * which RETARGET changes. On a machine without interrupt remapping a message names
 * its processor and vector directly, so a mapping can't be moved afterwards: root
 * maps anew, and RETARGET is refused.
 */
#include "device/remap.h"
#include "hypercall/hcall.h"

#define MAX_MAPPED	REMAP_ENTRIES
#define MSI_ADDRESS	0xfee00000u
#define MSI_REMAPPED	BIT(4)		/* VT-d specification 5.1.5.2 */
#define MSI_HANDLE	5
#define RTE_LEVEL	BIT(15)
#define RTE_REMAPPED	BIT(48)		/* VT-d specification 5.1.5.1 */
#define RTE_HANDLE	49
#define RTE_DEST_SHIFT	56
#define LOWEST_VECTOR	0x10
#define SPARSE_4K	0

struct mapping {
	bool used;
	uint64_t partition_id, device_id;
	struct hv_interrupt_entry entry;
	struct remap_target target;
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

/* What to program: for remapping entry @index, or the target itself. */
static void fill_entry(struct mapping *m, uint32_t index)
{
	const struct remap_target *t = &m->target;
	struct hv_interrupt_entry *e = &m->entry;
	bool remapped = remap_present();

	memset(e, 0, sizeof(*e));
	if (!t->from_pci) {
		uint64_t rte = t->vector | (t->level ? RTE_LEVEL : 0);

		if (remapped)
			rte |= RTE_REMAPPED | (uint64_t)index << RTE_HANDLE;
		else
			rte |= (uint64_t)t->apic_id << RTE_DEST_SHIFT;
		e->source = HV_INTERRUPT_SOURCE_IOAPIC;
		e->ioapic_rte.as_uint64 = rte;
	} else {
		e->source = HV_INTERRUPT_SOURCE_MSI;
		e->msi_entry.address.as_uint32 = MSI_ADDRESS |
			(remapped ? MSI_REMAPPED | index << MSI_HANDLE : t->apic_id << 12);
		e->msi_entry.data.as_uint32 = t->vector;
	}
}

static uint16_t remember(struct mapping *m)
{
	uint16_t status = HV_STATUS_INSUFFICIENT_MEMORY;
	uint32_t i;

	spin_lock(&lock);
	for (i = 0; i < MAX_MAPPED; i++)
		if (!mappings[i].used) {
			fill_entry(m, i);
			mappings[i] = *m;
			if (remap_present())
				remap_set(i, &m->target);
			status = HV_STATUS_SUCCESS;
			break;
		}
	spin_unlock(&lock);
	return status;
}

/* The lock is held. */
static struct mapping *find(uint64_t partition_id, uint64_t device_id,
			    const struct hv_interrupt_entry *e)
{
	uint32_t i;

	for (i = 0; i < MAX_MAPPED; i++) {
		struct mapping *m = &mappings[i];

		if (m->used && m->partition_id == partition_id && m->device_id == device_id &&
		    !memcmp(&m->entry, e, sizeof(*e)))
			return m;
	}
	return NULL;
}

static bool target_valid(const struct vp *vp, const struct hv_device_interrupt_target *t)
{
	return vp && t->vector >= LOWEST_VECTOR && t->vector <= 0xff;
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
	else if (target_valid(vp, &d->target) &&
		 (id.device_type == HV_DEVICE_TYPE_PCI ||
		  id.device_type == HV_DEVICE_TYPE_IOAPIC)) {
		m.partition_id = p->id;
		m.device_id = in->device_id;
		m.target.apic_id = vp->apic_id;
		m.target.vector = d->target.vector;
		m.target.level = d->trigger_mode == HV_INTERRUPT_TRIGGER_MODE_LEVEL;
		m.target.from_pci = id.device_type == HV_DEVICE_TYPE_PCI;
		m.target.source = id.pci.rid;
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
	struct mapping *m;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	spin_lock(&lock);
	m = find(p->id, in->device_id, &in->interrupt_entry);
	if (m) {
		m->used = false;
		if (remap_present())
			remap_set(m - mappings, NULL);
		status = HV_STATUS_SUCCESS;
	}
	spin_unlock(&lock);
	partition_put(p);
	return status;
}

/*
 * A level-triggered interrupt keeps its vector: the IO-APIC knows the end of an
 * interrupt by the vector in its own entry (VT-d specification 5.1.5.1).
 */
static bool retarget(struct mapping *m, const struct hv_device_interrupt_target *t,
		     const struct vp *vp)
{
	if (m->target.level && m->target.vector != t->vector)
		return false;
	m->target.apic_id = vp->apic_id;
	m->target.vector = t->vector;
	remap_set(m - mappings, &m->target);
	return true;
}

static uint16_t retarget_device_interrupt(struct hcall *c)
{
	const struct hv_retarget_device_interrupt *in = c->in;
	struct partition *p = partition_get(c->caller, in->partition_id);
	uint16_t status = HV_STATUS_INVALID_PARAMETER;
	struct mapping *m;
	struct vp *vp;

	if (!p)
		return HV_STATUS_INVALID_PARTITION_ID;
	vp = target_vp(c, p, &in->int_target);
	spin_lock(&lock);
	m = find(p->id, in->device_id, &in->int_entry);
	if (!remap_present())
		status = HV_STATUS_OPERATION_DENIED;
	else if (m && target_valid(vp, &in->int_target) && retarget(m, &in->int_target, vp))
		status = HV_STATUS_SUCCESS;
	spin_unlock(&lock);
	partition_put(p);
	return status;
}

/* No leaks: Linux powers off with the interrupts of its devices mapped. */
void irq_report_mapped(void)
{
	uint32_t i;

	for (i = 0; i < MAX_MAPPED; i++)
		if (mappings[i].used)
			hv_log("still mapped: interrupt of device 0x%lx, vector 0x%x",
			       mappings[i].device_id, mappings[i].target.vector);
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
