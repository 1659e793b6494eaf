// SPDX-License-Identifier: GPL-2.0-only
/* Local APIC of a child VP: registers, priorities, end of interrupt. */
#include "lapic/lapic.h"

#define VERSION_VALUE	0x00050014	/* six LVT entries */
#define LVT_MODE(lvt)	((lvt) >> 8 & 7)
#define TPR_MASK	0xffu
#define V_TPR_MASK	0x0full


static int highest(const uint32_t set[8])
{
	int i;

	for (i = 7; i >= 0; i--) {
		uint32_t word = __atomic_load_n(&set[i], __ATOMIC_ACQUIRE);

		if (word)
			return i * 32 + 31 - __builtin_clz(word);
	}
	return -1;
}

static bool in_set(const uint32_t set[8], unsigned int vector)
{
	return __atomic_load_n(&set[vector / 32], __ATOMIC_RELAXED) & BIT(vector % 32);
}

static void set_add(uint32_t set[8], unsigned int vector)
{
	__atomic_fetch_or(&set[vector / 32], (uint32_t)BIT(vector % 32), __ATOMIC_ACQ_REL);
}

static void set_remove(uint32_t set[8], unsigned int vector)
{
	__atomic_fetch_and(&set[vector / 32], ~(uint32_t)BIT(vector % 32), __ATOMIC_ACQ_REL);
}

/*
 * The guest's CR8 lives in the VMCB (V_TPR), where the processor changes it; the
 * low half of the TPR is ours and counts as zero once CR8 was written.
 */
uint8_t lapic_get_cr8(struct vp *vp)
{
	return vp->vmcb->int_ctl & V_TPR_MASK;
}

static uint32_t get_tpr(struct vp *vp)
{
	uint32_t tpr = LAPIC_REG(&vp->lapic, LAPIC_TPR);
	uint8_t cr8 = lapic_get_cr8(vp);

	return tpr >> 4 == cr8 ? tpr : (uint32_t)cr8 << 4;
}

static void set_tpr(struct vp *vp, uint32_t tpr)
{
	LAPIC_REG(&vp->lapic, LAPIC_TPR) = tpr & TPR_MASK;
	vp->vmcb->int_ctl = (vp->vmcb->int_ctl & ~V_TPR_MASK) | (tpr >> 4 & V_TPR_MASK);
}

void lapic_set_cr8(struct vp *vp, uint8_t cr8)
{
	set_tpr(vp, (uint32_t)cr8 << 4);
}

static uint32_t get_ppr(struct vp *vp)
{
	uint32_t tpr = get_tpr(vp);
	int isr = highest(vp->lapic.isr);

	if (isr < 0 || tpr >> 4 >= (uint32_t)isr >> 4)
		return tpr;
	return isr & 0xf0;
}

uint32_t lapic_logical_id(struct vp *vp)
{
	if (lapic_is_x2apic(&vp->lapic))
		return (vp->apic_id >> 4) << 16 | 1u << (vp->apic_id & 15);
	return LAPIC_REG(&vp->lapic, LAPIC_LDR);
}

static bool software_enabled(const struct lapic *l)
{
	return (l->base & LAPIC_BASE_ENABLED) &&
	       (LAPIC_REG(l, LAPIC_SVR) & LAPIC_SVR_ENABLED);
}

void lapic_set_irr(struct vp *vp, uint8_t vector, bool level)
{
	struct lapic *l = &vp->lapic;

	if (!software_enabled(l))
		return;
	if (level)
		set_add(l->tmr, vector);
	else
		set_remove(l->tmr, vector);
	set_add(l->irr, vector);
	vp_wake(vp);
}

static bool extint_accepted(const struct lapic *l)
{
	uint32_t lint0 = LAPIC_REG(l, LAPIC_LVT_LINT0);

	/* With the APIC off, INTR of the 8259 goes straight to the processor. */
	if (!(l->base & LAPIC_BASE_ENABLED))
		return true;
	return !(lint0 & LAPIC_LVT_MASKED) && LVT_MODE(lint0) == LAPIC_DM_EXTINT;
}

int lapic_pending(struct vp *vp)
{
	struct lapic *l = &vp->lapic;
	int irr;

	if (l->extint && extint_accepted(l))
		return l->extint_vector;
	irr = software_enabled(l) ? highest(l->irr) : -1;
	return irr >= 0 && (uint32_t)irr >> 4 > get_ppr(vp) >> 4 ? irr : -1;
}

bool lapic_requested(const struct vp *vp)
{
	const struct lapic *l = &vp->lapic;

	return l->extint || (software_enabled(l) && highest(l->irr) >= 0);
}

int lapic_held_by_tpr(struct vp *vp)
{
	struct lapic *l = &vp->lapic;
	int irr = software_enabled(l) ? highest(l->irr) : -1;
	int isr = highest(l->isr);

	if (irr < 0 || (isr >= 0 && irr >> 4 <= isr >> 4))
		return -1;
	return (uint32_t)irr >> 4 > get_tpr(vp) >> 4 ? -1 : irr;
}

void lapic_accept(struct vp *vp, uint8_t vector)
{
	struct lapic *l = &vp->lapic;

	if (l->extint && extint_accepted(l)) {
		l->extint = false;
		return;
	}
	set_remove(l->irr, vector);
	if (!vp_auto_eoi(vp, vector))
		set_add(l->isr, vector);
}

static void end_of_interrupt(struct vp *vp)
{
	struct lapic *l = &vp->lapic;
	int vector = highest(l->isr);

	if (vector < 0)
		return;
	set_remove(l->isr, vector);
	if (in_set(l->tmr, vector))
		vp->eoi_vectors[vector / 64] |= BIT(vector % 64);
}

uint32_t lapic_read(struct vp *vp, uint32_t offset)
{
	struct lapic *l = &vp->lapic;

	offset &= 0xff0;
	if (offset >= LAPIC_ISR && offset < LAPIC_TMR)
		return l->isr[(offset - LAPIC_ISR) >> 4];
	if (offset >= LAPIC_TMR && offset < LAPIC_IRR)
		return __atomic_load_n(&l->tmr[(offset - LAPIC_TMR) >> 4], __ATOMIC_RELAXED);
	if (offset >= LAPIC_IRR && offset < LAPIC_ESR)
		return __atomic_load_n(&l->irr[(offset - LAPIC_IRR) >> 4], __ATOMIC_RELAXED);
	switch (offset) {
	case LAPIC_ID:
		return lapic_is_x2apic(l) ? vp->apic_id : vp->apic_id << 24;
	case LAPIC_VERSION:
		return VERSION_VALUE;
	case LAPIC_TPR:
		return get_tpr(vp);
	case LAPIC_APR:
	case LAPIC_PPR:
		return get_ppr(vp);
	case LAPIC_EOI:
		return 0;
	case LAPIC_LDR:
		return lapic_logical_id(vp);
	case LAPIC_CURRENT_COUNT:
		return lapic_timer_count(vp);
	default:
		return LAPIC_REG(l, offset);
	}
}

static void write_svr(struct vp *vp, uint32_t value)
{
	struct lapic *l = &vp->lapic;
	uint32_t lvt;

	LAPIC_REG(l, LAPIC_SVR) = value & 0x1ff;
	/* Software-disabling masks all local interrupts for good. */
	if (!(value & LAPIC_SVR_ENABLED)) {
		for (lvt = LAPIC_LVT_TIMER; lvt <= LAPIC_LVT_ERROR; lvt += 0x10)
			LAPIC_REG(l, lvt) |= LAPIC_LVT_MASKED;
	}
}

static void write_lvt(struct vp *vp, uint32_t offset, uint32_t value)
{
	struct lapic *l = &vp->lapic;

	if (!(LAPIC_REG(l, LAPIC_SVR) & LAPIC_SVR_ENABLED))
		value |= LAPIC_LVT_MASKED;
	LAPIC_REG(l, offset) = value;
	if (offset == LAPIC_LVT_TIMER)
		lapic_timer_restart(vp);
}

void lapic_write(struct vp *vp, uint32_t offset, uint32_t value)
{
	struct lapic *l = &vp->lapic;

	offset &= 0xff0;
	switch (offset) {
	case LAPIC_TPR:
		set_tpr(vp, value);
		break;
	case LAPIC_EOI:
		end_of_interrupt(vp);
		break;
	case LAPIC_LDR:
		LAPIC_REG(l, offset) = value & 0xff000000;
		break;
	case LAPIC_DFR:
		LAPIC_REG(l, offset) = value | 0x0fffffff;
		break;
	case LAPIC_SVR:
		write_svr(vp, value);
		break;
	case LAPIC_ESR:
		LAPIC_REG(l, offset) = 0;
		break;
	case LAPIC_ICR_LOW:
		LAPIC_REG(l, offset) = value & ~0x1000u;	/* never busy */
		lapic_send_ipi(vp, value, lapic_is_x2apic(l) ? LAPIC_REG(l, LAPIC_ICR_HIGH) :
			       LAPIC_REG(l, LAPIC_ICR_HIGH) >> 24);
		break;
	case LAPIC_ICR_HIGH:
		LAPIC_REG(l, offset) = lapic_is_x2apic(l) ? value : value & 0xff000000;
		break;
	case LAPIC_LVT_TIMER:
	case LAPIC_LVT_THERMAL:
	case LAPIC_LVT_PERF:
	case LAPIC_LVT_LINT0:
	case LAPIC_LVT_LINT1:
	case LAPIC_LVT_ERROR:
		write_lvt(vp, offset, value);
		break;
	case LAPIC_INITIAL_COUNT:
	case LAPIC_DIVIDE:
		LAPIC_REG(l, offset) = value;
		lapic_timer_restart(vp);
		break;
	case LAPIC_SELF_IPI:
		if (lapic_is_x2apic(l))
			lapic_set_irr(vp, value, false);
		break;
	}
}

void lapic_take_requests(struct vp *vp)
{
	struct lapic *l = &vp->lapic;
	uint32_t sipi;

	if (__atomic_exchange_n(&l->nmi, false, __ATOMIC_ACQ_REL))
		vp->nmi_pending = true;
	if (__atomic_exchange_n(&l->init, false, __ATOMIC_ACQ_REL)) {
		vp_reset_registers(vp);
		lapic_reset(vp, true);
		vp->halted = false;
		vp->wait_for_sipi = true;
	}
	sipi = __atomic_exchange_n(&l->sipi, 0, __ATOMIC_ACQ_REL);
	if (sipi && vp->wait_for_sipi)
		vp_sipi(vp, sipi);
}
