// SPDX-License-Identifier: GPL-2.0-only
/* VP state: the local APIC's registers. */
#include "lapic/lapic.h"
#include "state/vpstate.h"

#define LAPIC_LVT_CMCI	0x2f0

/* State members that are one register each, as many are. */
static const struct {
	uint16_t member, reg;
} plain[] = {
	{ offsetof(struct hv_local_interrupt_controller_state, apic_dfr), LAPIC_DFR },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_esr), LAPIC_ESR },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_icr_high), LAPIC_ICR_HIGH },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_icr_low), LAPIC_ICR_LOW },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_lvt_timer), LAPIC_LVT_TIMER },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_lvt_thermal),
	  LAPIC_LVT_THERMAL },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_lvt_perfmon), LAPIC_LVT_PERF },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_lvt_lint0), LAPIC_LVT_LINT0 },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_lvt_lint1), LAPIC_LVT_LINT1 },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_lvt_error), LAPIC_LVT_ERROR },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_lvt_cmci), LAPIC_LVT_CMCI },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_initial_count),
	  LAPIC_INITIAL_COUNT },
	{ offsetof(struct hv_local_interrupt_controller_state, apic_divide_configuration),
	  LAPIC_DIVIDE },
};

static bool has_lapic(struct vp *vp)
{
	return vp->partition->flags & HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED;
}

uint16_t lapic_get_state(struct vp *vp, struct hv_local_interrupt_controller_state *s)
{
	struct lapic *l = &vp->lapic;
	unsigned int i;

	if (!has_lapic(vp))
		return HV_STATUS_INVALID_VP_STATE;
	memset(s, 0, sizeof(*s));
	for (i = 0; i < ARRAY_SIZE(plain); i++)
		*(uint32_t *)((char *)s + plain[i].member) = LAPIC_REG(l, plain[i].reg);
	s->apic_id = lapic_read(vp, LAPIC_ID);
	s->apic_version = lapic_read(vp, LAPIC_VERSION);
	s->apic_ldr = lapic_read(vp, LAPIC_LDR);
	s->apic_spurious = LAPIC_REG(l, LAPIC_SVR);
	s->apic_error_status = LAPIC_REG(l, LAPIC_ESR);
	s->apic_counter_value = lapic_timer_count(vp);
	for (i = 0; i < 8; i++) {
		s->apic_isr[i] = lapic_read(vp, LAPIC_ISR + 16 * i);
		s->apic_tmr[i] = lapic_read(vp, LAPIC_TMR + 16 * i);
		s->apic_irr[i] = lapic_read(vp, LAPIC_IRR + 16 * i);
	}
	return HV_STATUS_SUCCESS;
}

uint16_t lapic_set_state(struct vp *vp, const struct hv_local_interrupt_controller_state *s)
{
	struct lapic *l = &vp->lapic;
	unsigned int i;

	if (!has_lapic(vp))
		return HV_STATUS_INVALID_VP_STATE;
	for (i = 0; i < ARRAY_SIZE(plain); i++)
		LAPIC_REG(l, plain[i].reg) =
			*(const uint32_t *)((const char *)s + plain[i].member);
	vp->apic_id = lapic_is_x2apic(l) ? s->apic_id : s->apic_id >> 24;
	LAPIC_REG(l, LAPIC_LDR) = s->apic_ldr;
	LAPIC_REG(l, LAPIC_SVR) = s->apic_spurious & 0x1ff;
	for (i = 0; i < 8; i++) {
		l->isr[i] = s->apic_isr[i];
		__atomic_store_n(&l->tmr[i], s->apic_tmr[i], __ATOMIC_RELEASE);
		__atomic_store_n(&l->irr[i], s->apic_irr[i], __ATOMIC_RELEASE);
	}
	lapic_timer_set_count(vp, s->apic_counter_value);
	vp_wake(vp);
	return HV_STATUS_SUCCESS;
}
