// SPDX-License-Identifier: GPL-2.0-only
/* Interrupt messages between local APICs: destinations and delivery modes. */
#include "lapic/lapic.h"

#define ICR_MODE(icr)		((icr) >> 8 & 7)
#define ICR_LOGICAL		BIT(11)
#define ICR_ASSERT		BIT(14)
#define ICR_LEVEL		BIT(15)
#define ICR_SHORTHAND(icr)	((icr) >> 18 & 3)
#define SHORTHAND_NONE		0
#define SHORTHAND_SELF		1
#define SHORTHAND_ALL		2

#define XAPIC_BROADCAST		0xffu
#define X2APIC_BROADCAST	0xffffffffu

static bool matches_logical(struct vp *vp, uint32_t dest)
{
	const struct lapic *l = &vp->lapic;
	uint32_t id = lapic_logical_id(vp);

	if (lapic_is_x2apic(l))
		return id >> 16 == dest >> 16 && (id & dest & 0xffff);
	id >>= 24;
	if (LAPIC_REG(l, LAPIC_DFR) >> 28 == 0xf)
		return id & dest & 0xff;
	/* Cluster model: cluster number above, members below. */
	return (id >> 4 == (dest >> 4 & 15) || (dest >> 4 & 15) == 15) && (id & dest & 15);
}

static bool matches(struct vp *vp, uint32_t dest, bool logical)
{
	if (dest == X2APIC_BROADCAST ||
	    (dest == XAPIC_BROADCAST && !lapic_is_x2apic(&vp->lapic)))
		return true;
	if (!logical)
		return vp->apic_id == dest;
	return matches_logical(vp, dest);
}

void lapic_local_pin(struct vp *vp, uint32_t lvt)
{
	uint32_t entry = LAPIC_REG(&vp->lapic, lvt);

	if (entry & LAPIC_LVT_MASKED)
		return;
	switch (ICR_MODE(entry)) {
	case LAPIC_DM_FIXED:
		lapic_set_irr(vp, entry, entry & ICR_LEVEL);
		break;
	case LAPIC_DM_NMI:
		__atomic_store_n(&vp->lapic.nmi, true, __ATOMIC_RELEASE);
		vp_wake(vp);
		break;
	}
}

static void deliver_one(struct vp *vp, uint32_t mode, uint8_t vector, bool level)
{
	struct lapic *l = &vp->lapic;

	switch (mode) {
	case LAPIC_DM_FIXED:
	case LAPIC_DM_LOWEST:
		lapic_set_irr(vp, vector, level);
		return;
	case LAPIC_DM_NMI:
		__atomic_store_n(&l->nmi, true, __ATOMIC_RELEASE);
		break;
	case LAPIC_DM_INIT:
		__atomic_store_n(&l->sipi, 0, __ATOMIC_RELEASE);
		__atomic_store_n(&l->init, true, __ATOMIC_RELEASE);
		break;
	case LAPIC_DM_SIPI:
		__atomic_store_n(&l->sipi, vector | LAPIC_SIPI_REQUESTED, __ATOMIC_RELEASE);
		break;
	case LAPIC_DM_EXTINT:
		l->extint_vector = vector;
		__atomic_store_n(&l->extint, true, __ATOMIC_RELEASE);
		break;
	case LAPIC_DM_LINT0:
		lapic_local_pin(vp, LAPIC_LVT_LINT0);
		return;
	case LAPIC_DM_LINT1:
		lapic_local_pin(vp, LAPIC_LVT_LINT1);
		return;
	default:
		return;
	}
	vp_wake(vp);
}

/* Lowest priority among the destinations: the VP with the lowest TPR, then index. */
static struct vp *arbitrate(struct partition *p, uint32_t dest, bool logical)
{
	struct vp *best = NULL, *vp;
	unsigned int i;

	for (i = 0; i < MAX_VPS; i++) {
		vp = __atomic_load_n(&p->vps[i], __ATOMIC_ACQUIRE);
		if (!vp || !matches(vp, dest, logical) ||
		    !(LAPIC_REG(&vp->lapic, LAPIC_SVR) & LAPIC_SVR_ENABLED))
			continue;
		if (!best || lapic_get_cr8(vp) < lapic_get_cr8(best))
			best = vp;
	}
	return best;
}

bool lapic_deliver(struct partition *p, uint32_t dest, bool logical, uint32_t mode,
		   uint8_t vector, bool level)
{
	bool any = false;
	struct vp *vp;
	unsigned int i;

	if (mode == LAPIC_DM_LOWEST) {
		vp = arbitrate(p, dest, logical);
		if (vp)
			deliver_one(vp, mode, vector, level);
		return vp;
	}
	for (i = 0; i < MAX_VPS; i++) {
		vp = __atomic_load_n(&p->vps[i], __ATOMIC_ACQUIRE);
		if (!vp || !matches(vp, dest, logical))
			continue;
		deliver_one(vp, mode, vector, level);
		any = true;
	}
	return any;
}

void lapic_destinations(struct partition *p, uint32_t dest, bool logical, uint64_t *set)
{
	struct vp *vp;
	unsigned int i;

	for (i = 0; i < MAX_VPS; i++) {
		vp = __atomic_load_n(&p->vps[i], __ATOMIC_ACQUIRE);
		if (vp && matches(vp, dest, logical))
			set[i / 64] |= BIT(i % 64);
	}
}

void lapic_send_ipi(struct vp *vp, uint32_t icr, uint32_t dest)
{
	struct partition *p = vp->partition;
	uint32_t mode = ICR_MODE(icr), shorthand = ICR_SHORTHAND(icr);
	unsigned int i;

	/* INIT level de-assert only ever synchronised arbitration ids. */
	if (mode == LAPIC_DM_INIT && (icr & ICR_LEVEL) && !(icr & ICR_ASSERT))
		return;
	if (shorthand == SHORTHAND_NONE) {
		lapic_deliver(p, dest, icr & ICR_LOGICAL, mode, icr, false);
		return;
	}
	for (i = 0; i < MAX_VPS; i++) {
		struct vp *target = __atomic_load_n(&p->vps[i], __ATOMIC_ACQUIRE);

		if (target && (target == vp ? shorthand <= SHORTHAND_ALL :
			       shorthand >= SHORTHAND_ALL))
			deliver_one(target, mode, icr, false);
	}
}
