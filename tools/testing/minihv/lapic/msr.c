// SPDX-License-Identifier: GPL-2.0-only
/* The local APIC's MSRs: base address, x2APIC registers, TSC deadline; its life. */
#include "lapic/lapic.h"
#include <hvabi/hvabi.h>

#define MSR_TSC_DEADLINE	0x6e0
#define MSR_X2APIC		0x800
#define MSR_X2APIC_ICR		0x830
#define MSR_X2APIC_LAST		0x83f
#define BASE_RESERVED		(~(LAPIC_BASE | LAPIC_BASE_BSP | LAPIC_BASE_X2APIC | \
				   LAPIC_BASE_ENABLED))
#define SVR_RESET		0xff
#define DFR_FLAT		0xffffffffu

static bool has_lapic(struct vp *vp)
{
	return vp->partition->flags & HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED;
}

void lapic_init(struct vp *vp)
{
	if (!partition_is_child(vp->partition))
		return;
	lapic_timer_init(vp);
	lapic_reset(vp, false);
}

void lapic_reset(struct vp *vp, bool init)
{
	struct lapic *l = &vp->lapic;
	uint32_t lvt;

	lapic_timer_stop(vp);
	memset(l->irr, 0, sizeof(l->irr));
	memset(l->isr, 0, sizeof(l->isr));
	memset(l->tmr, 0, sizeof(l->tmr));
	memset(l->regs, 0, sizeof(l->regs));
	for (lvt = LAPIC_LVT_TIMER; lvt <= LAPIC_LVT_ERROR; lvt += 0x10)
		LAPIC_REG(l, lvt) = LAPIC_LVT_MASKED;
	LAPIC_REG(l, LAPIC_SVR) = SVR_RESET;
	LAPIC_REG(l, LAPIC_DFR) = DFR_FLAT;
	l->extint = false;
	l->nmi = false;
	lapic_set_cr8(vp, 0);
	if (init)
		return;
	l->base = LAPIC_BASE | (vp->index ? 0 : LAPIC_BASE_BSP);
	if (has_lapic(vp))
		l->base |= LAPIC_BASE_ENABLED;
}

void lapic_destroy(struct vp *vp)
{
	if (!partition_is_child(vp->partition))
		return;
	lapic_timer_stop(vp);
	timer_wait(&vp->lapic.timer);
}

bool lapic_owns(struct vp *vp, uint64_t gpa)
{
	const struct lapic *l = &vp->lapic;

	return (gpa & PAGE_MASK) == LAPIC_BASE && (l->base & LAPIC_BASE_ENABLED) &&
	       !lapic_is_x2apic(l);
}

/* The base address can't be moved; that is documented as a limit of minihv. */
static bool write_base(struct vp *vp, uint64_t value)
{
	struct lapic *l = &vp->lapic;
	uint64_t mode = value & (LAPIC_BASE_ENABLED | LAPIC_BASE_X2APIC);

	if ((value & BASE_RESERVED) || (value & PAGE_MASK) != LAPIC_BASE)
		return false;
	if (mode && !has_lapic(vp))
		return false;
	if (mode == LAPIC_BASE_X2APIC)
		return false;
	if (mode & LAPIC_BASE_X2APIC) {
		if (!(vp->partition->flags & HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE) ||
		    !(l->base & LAPIC_BASE_ENABLED))
			return false;
	} else if (mode && lapic_is_x2apic(l)) {
		return false;
	}
	l->base = LAPIC_BASE | mode | (l->base & LAPIC_BASE_BSP);
	if (!mode)
		lapic_reset(vp, true);
	return true;
}

static bool readable(uint32_t offset)
{
	switch (offset) {
	case LAPIC_ID:
	case LAPIC_VERSION:
	case LAPIC_TPR:
	case LAPIC_PPR:
	case LAPIC_LDR:
	case LAPIC_SVR:
	case LAPIC_ISR ... LAPIC_ESR:
	case LAPIC_ICR_LOW:
	case LAPIC_LVT_TIMER ... LAPIC_CURRENT_COUNT:
	case LAPIC_DIVIDE:
		return true;
	default:
		return false;
	}
}

static bool writable(uint32_t offset, uint64_t value)
{
	switch (offset) {
	case LAPIC_EOI:
	case LAPIC_ESR:
		return !value;
	case LAPIC_ICR_LOW:
		return true;
	case LAPIC_TPR:
	case LAPIC_SELF_IPI:
		return value <= 0xff;
	case LAPIC_SVR:
	case LAPIC_LVT_TIMER ... LAPIC_INITIAL_COUNT:
	case LAPIC_DIVIDE:
		return !(value >> 32);
	default:
		return false;
	}
}

bool lapic_rdmsr(struct vp *vp, uint32_t msr, uint64_t *value)
{
	struct lapic *l = &vp->lapic;
	uint32_t offset = (msr - MSR_X2APIC) << 4;

	if (msr == MSR_APIC_BASE) {
		*value = l->base;
		return true;
	}
	if (msr == MSR_TSC_DEADLINE) {
		*value = lapic_timer_deadline(vp);
		return has_lapic(vp);
	}
	if (msr < MSR_X2APIC || msr > MSR_X2APIC_LAST || !lapic_is_x2apic(l) ||
	    !readable(offset))
		return false;
	*value = lapic_read(vp, offset);
	if (msr == MSR_X2APIC_ICR)
		*value |= (uint64_t)LAPIC_REG(l, LAPIC_ICR_HIGH) << 32;
	return true;
}

bool lapic_wrmsr(struct vp *vp, uint32_t msr, uint64_t value)
{
	struct lapic *l = &vp->lapic;
	uint32_t offset = (msr - MSR_X2APIC) << 4;

	if (msr == MSR_APIC_BASE)
		return write_base(vp, value);
	if (msr == MSR_TSC_DEADLINE) {
		lapic_timer_set_deadline(vp, value);
		return has_lapic(vp);
	}
	if (msr < MSR_X2APIC || msr > MSR_X2APIC_LAST || !lapic_is_x2apic(l) ||
	    !writable(offset, value))
		return false;
	if (msr == MSR_X2APIC_ICR)
		LAPIC_REG(l, LAPIC_ICR_HIGH) = value >> 32;
	lapic_write(vp, offset, value);
	return true;
}
