// SPDX-License-Identifier: GPL-2.0-only
/* The table of interrupts that are mapped. */
#include "device/interrupt.h"
#include "device/carrier.h"
#include "device/remap.h"
#include "lapic/lapic.h"
#include "vp/vp.h"

#define MSI_ADDRESS	0xfee00000u
#define MSI_REMAPPED	BIT(4)		/* VT-d specification 5.1.5.2 */
#define MSI_HANDLE	5
#define RTE_LEVEL	BIT(15)
#define RTE_REMAPPED	BIT(48)		/* VT-d specification 5.1.5.1 */
#define RTE_HANDLE	49
#define RTE_DEST_SHIFT	56
#define PER_PAGE	64		/* mappings that a page of a child's pays for */

static struct interrupt interrupts[REMAP_ENTRIES];

/* The first VP of the set that exists; NULL: none. */
static struct vp *first_vp(struct partition *p, const struct vp_set *set)
{
	uint32_t i;

	for (i = 0; i < MAX_VPS; i++)
		if ((set->vps[i / 64] & BIT(i % 64)) && p->vps[i])
			return p->vps[i];
	return NULL;
}

/* What the hardware does with it. */
static struct remap_target target_of(const struct interrupt *i)
{
	struct remap_target t = {
		.source = i->rid, .level = i->level, .from_pci = i->pci,
	};

	if (i->child) {
		t.apic_id = carrier_apic_id();
		t.vector = i->carrier;
	} else {
		t.apic_id = first_vp(root_partition, &i->set)->apic_id;
		t.vector = i->vector;
	}
	return t;
}

/* What to program: the number of the remapping entry, or without remapping the target. */
static void fill_entry(struct interrupt *i, const struct remap_target *t)
{
	struct hv_interrupt_entry *e = &i->entry;
	uint32_t index = i - interrupts;
	bool remapped = remap_present();

	memset(e, 0, sizeof(*e));
	if (!i->pci) {
		uint64_t rte = i->vector | (i->level ? RTE_LEVEL : 0);

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
		e->msi_entry.data.as_uint32 = i->vector;
	}
}

static unsigned int count_of(const struct partition *child)
{
	const struct interrupt *i;
	unsigned int n = 0;

	for (i = interrupts; i < interrupts + REMAP_ENTRIES; i++)
		n += i->used && i->child == child;
	return n;
}

/* A child pays a page for the first of each PER_PAGE interrupts. */
static bool pay(struct partition *child)
{
	if (!child || count_of(child) % PER_PAGE)
		return true;
	return pool_set_aside(&child->pool, &child->interrupt_pages, 1);
}

static void pay_back(struct partition *child)
{
	if (child && !(count_of(child) % PER_PAGE))
		pool_give_back_one(&child->pool, &child->interrupt_pages);
}

static bool sets_meet(const struct vp_set *a, const struct vp_set *b)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(a->vps); i++)
		if (a->vps[i] & b->vps[i])
			return true;
	return false;
}

/* A child has each vector of a device once on a VP, as a mapping that leaked would show. */
static bool taken(const struct interrupt *new)
{
	const struct interrupt *i;

	for (i = interrupts; new->child && i < interrupts + REMAP_ENTRIES; i++)
		if (i->used && i->child == new->child && i->device_id == new->device_id &&
		    i->vector == new->vector && sets_meet(&i->set, &new->set))
			return true;
	return false;
}

uint16_t interrupt_map(struct interrupt *new)
{
	struct interrupt *i = interrupts;
	struct remap_target t;

	while (i < interrupts + REMAP_ENTRIES && i->used)
		i++;
	if (taken(new))
		return HV_STATUS_OBJECT_IN_USE;
	if (i == interrupts + REMAP_ENTRIES)
		return HV_STATUS_NO_RESOURCES;
	if (!pay(new->child))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	if (new->child && !carrier_take(&new->carrier, i)) {
		pay_back(new->child);
		return HV_STATUS_NO_RESOURCES;
	}
	*i = *new;
	i->used = true;
	i->mapped_set = i->set;
	t = target_of(i);
	fill_entry(i, &t);
	new->entry = i->entry;
	if (remap_present())
		remap_set(i - interrupts, &t);
	return HV_STATUS_SUCCESS;
}

struct interrupt *interrupt_find(uint64_t partition_id, uint64_t device_id,
				 const struct hv_interrupt_entry *e)
{
	struct interrupt *i;

	for (i = interrupts; i < interrupts + REMAP_ENTRIES; i++)
		if (i->used && (!partition_id || i->partition_id == partition_id) &&
		    i->device_id == device_id && !memcmp(&i->entry, e, sizeof(*e)))
			return i;
	return NULL;
}

bool interrupts_known(const struct partition *child, uint64_t device_id)
{
	const struct interrupt *i;

	for (i = interrupts; i < interrupts + REMAP_ENTRIES; i++)
		if (i->used && i->child == child && i->device_id == device_id)
			return true;
	return false;
}

/* What still comes through the entry is counted, and for a child's fails the run. */
void interrupt_unmap(struct interrupt *i)
{
	struct partition *child = i->child;
	struct remap_target t;

	i->used = false;
	if (remap_present())
		remap_set(i - interrupts, carrier_of_free(i, &t) ? &t : NULL);
	if (child)
		carrier_give_back(i->carrier);
	pay_back(child);
}

void interrupt_retarget(struct interrupt *i, uint32_t vector, const struct vp_set *set,
			bool multicast)
{
	struct remap_target t;

	i->vector = vector;
	i->set = *set;
	i->multicast = multicast;
	if (i->child)
		return;		/* still by the same carrier */
	t = target_of(i);
	remap_set(i - interrupts, &t);
}

void interrupt_deliver(const struct interrupt *i)
{
	uint32_t n;

	for (n = 0; n < MAX_VPS; n++) {
		struct vp *vp = i->child->vps[n];

		if (!vp || !(i->set.vps[n / 64] & BIT(n % 64)))
			continue;
		lapic_set_irr(vp, i->vector, false);
		if (!i->multicast)
			return;
	}
}

unsigned int interrupts_drop(const struct partition *child, uint64_t device_id)
{
	struct interrupt *i;
	unsigned int n = 0;

	for (i = interrupts; i < interrupts + REMAP_ENTRIES; i++)
		if (i->used && i->child == child && i->device_id == device_id) {
			interrupt_unmap(i);
			n++;
		}
	return n;
}

void interrupts_partition_gone(struct partition *p)
{
	struct interrupt *i;

	spin_lock(&device_lock);
	for (i = interrupts; i < interrupts + REMAP_ENTRIES; i++) {
		if (!i->used || i->child != p)
			continue;
		hv_strict("partition %lu is finalized with an interrupt of device 0x%lx mapped",
			  p->id, i->device_id);
		interrupt_unmap(i);
	}
	spin_unlock(&device_lock);
}

void interrupts_settle(void)
{
	spin_lock(&device_lock);
	spin_unlock(&device_lock);
}

/* No leaks are a parent's own: Linux powers off with the interrupts of its devices mapped. */
unsigned int interrupts_report(void)
{
	const struct interrupt *i;
	unsigned int n = 0;

	for (i = interrupts; i < interrupts + REMAP_ENTRIES; i++) {
		if (!i->used)
			continue;
		hv_log("%s: interrupt of device 0x%lx, vector 0x%x",
		       i->child ? "leak" : "still mapped", i->device_id, i->vector);
		n += !!i->child;
	}
	return n;
}
