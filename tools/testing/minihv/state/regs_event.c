// SPDX-License-Identifier: GPL-2.0-only
/* Events on their way into the guest. */
#include "state/regs.h"

/* The types of the register are those of the VMCB, shifted. */
#define EVENT_TYPE_SHIFT	8

static uint16_t get_interruption(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	(void)name;
	if (!(vp->pending_event & VMCB_EVENT_VALID))
		return HV_STATUS_SUCCESS;
	v->pending_interruption.interruption_pending = 1;
	v->pending_interruption.interruption_type =
		(vp->pending_event & VMCB_EVENT_TYPE_MASK) >> EVENT_TYPE_SHIFT;
	v->pending_interruption.interruption_vector = vp->pending_event & 0xff;
	if (vp->pending_event & VMCB_EVENT_ERR_VALID) {
		v->pending_interruption.deliver_error_code = 1;
		v->pending_interruption.error_code = vp->pending_error;
	}
	return HV_STATUS_SUCCESS;
}

static uint64_t event_type(uint32_t type, bool *ok)
{
	*ok = true;
	switch (type) {
	case HV_X64_PENDING_INTERRUPT:
		return VMCB_EVENT_INTR;
	case HV_X64_PENDING_NMI:
		return VMCB_EVENT_NMI;
	case HV_X64_PENDING_EXCEPTION:
	case HV_X64_PENDING_PRIVILEGED_SOFTWARE_EXCEPTION:
	case HV_X64_PENDING_SOFTWARE_EXCEPTION:
		return VMCB_EVENT_EXC;
	case HV_X64_PENDING_SOFTWARE_INTERRUPT:
		return VMCB_EVENT_SOFT;
	default:
		*ok = false;
		return 0;
	}
}

static void set_event(struct vp *vp, uint64_t type, uint32_t vector, bool has_error,
		      uint32_t error)
{
	vp->pending_event = VMCB_EVENT_VALID | type | (vector & 0xff);
	if (has_error)
		vp->pending_event |= VMCB_EVENT_ERR_VALID;
	vp->pending_error = error;
	vp->own_exception = false;
	vp->halted = false;
}

static uint16_t set_interruption(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	union hv_x64_pending_interruption_register p = v->pending_interruption;
	uint64_t type;
	bool ok;

	(void)name;
	if (!p.interruption_pending) {
		vp->pending_event = 0;
		vp->own_exception = false;
		return HV_STATUS_SUCCESS;
	}
	type = event_type(p.interruption_type, &ok);
	if (!ok || p.interruption_vector > 0xff ||
	    (type == VMCB_EVENT_EXC && !vp_is_exception(p.interruption_vector)))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	set_event(vp, type, p.interruption_vector, p.deliver_error_code, p.error_code);
	return HV_STATUS_SUCCESS;
}

static uint16_t get_state(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	(void)name;
	v->interrupt_state.interrupt_shadow = vp->vmcb->int_state & 1;
	v->interrupt_state.nmi_masked = vp->nmi_blocked;
	return HV_STATUS_SUCCESS;
}

static uint16_t set_state(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	(void)name;
	vp->vmcb->int_state = v->interrupt_state.interrupt_shadow;
	vp_block_nmis(vp, v->interrupt_state.nmi_masked);
	return HV_STATUS_SUCCESS;
}

/* EVENT0 is an exception or an ExtINT that the guest is to see next, EVENT1 is never used. */
static uint16_t get_pending(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	if (name == HV_REGISTER_PENDING_EVENT0 && vp->lapic.extint) {
		v->pending_ext_int_event.event_pending = 1;
		v->pending_ext_int_event.event_type = HV_X64_PENDING_EVENT_EXT_INT;
		v->pending_ext_int_event.vector = vp->lapic.extint_vector;
	}
	return HV_STATUS_SUCCESS;
}

static uint16_t set_exception(struct vp *vp, const union hv_x64_pending_exception_event *e)
{
	if (!vp_is_exception(e->vector))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	set_event(vp, VMCB_EVENT_EXC, e->vector, e->deliver_error_code, e->error_code);
	if (e->vector == EXC_PF)
		vp->vmcb->cr2 = e->exception_parameter;
	return HV_STATUS_SUCCESS;
}

static uint16_t set_pending(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	const union hv_x64_pending_exception_event *e = &v->pending_exception_event;

	if (!e->event_pending) {
		if (name == HV_REGISTER_PENDING_EVENT0)
			vp->lapic.extint = false;
		return HV_STATUS_SUCCESS;
	}
	if (e->event_type == HV_X64_PENDING_EVENT_EXCEPTION)
		return set_exception(vp, e);
	if (e->event_type != HV_X64_PENDING_EVENT_EXT_INT || name != HV_REGISTER_PENDING_EVENT0)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	vp->lapic.extint_vector = v->pending_ext_int_event.vector;
	vp->lapic.extint = true;
	return HV_STATUS_SUCCESS;
}

static uint16_t get_notify(struct vp *vp, uint32_t name, union hv_register_value *v)
{
	(void)name;
	v->reg64 = vp->deliverability;
	return HV_STATUS_SUCCESS;
}

static uint16_t set_notify(struct vp *vp, uint32_t name, const union hv_register_value *v)
{
	bool lapic = vp->partition->flags & HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED;

	(void)name;
	if (v->deliverability_notifications.reserved)
		return HV_STATUS_INVALID_REGISTER_VALUE;
	/* Whoever has a local APIC sends NMIs through that, which waits by itself. */
	if (lapic && v->deliverability_notifications.nmi_notification)
		return HV_STATUS_INVALID_PARAMETER;
	vp->deliverability = v->reg64;
	return HV_STATUS_SUCCESS;
}

const struct reg_range regs_event[] = {
	{ HV_REGISTER_PENDING_INTERRUPTION, HV_REGISTER_PENDING_INTERRUPTION, get_interruption,
	  set_interruption },
	{ HV_REGISTER_INTERRUPT_STATE, HV_REGISTER_INTERRUPT_STATE, get_state, set_state },
	{ HV_REGISTER_PENDING_EVENT0, HV_REGISTER_PENDING_EVENT1, get_pending, set_pending },
	{ HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS,
	  HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS, get_notify, set_notify },
	{ 0 },
};
