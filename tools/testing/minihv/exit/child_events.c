// SPDX-License-Identifier: GPL-2.0-only
/* Before a child VP is entered: which event it gets, and whether it can run at all. */
#include "exit/child.h"
#include "cpu/timer.h"
#include "exit/exit.h"
#include "exit/intercept.h"
#include "lapic/lapic.h"
#include "partition/intercepts.h"

#define SINT_COUNT	HV_SYNIC_SINT_COUNT
/* An IRET that an NMI waits for is looked at again: 0.1 ms. */
#define IRET_TIME	1000

/*
 * An exit when CR8 falls below the class of @vector. QEMU reports a virtual
 * interrupt whose priority equals the TPR, a processor only one above it; asking
 * for one class less makes QEMU exact.
 */
static void open_tpr_window(struct vp *vp, uint8_t vector)
{
	vp->vmcb->int_ctl |= VMCB_INT_CTL_VIRQ | VMCB_INT_CTL_PRIO((vector >> 4) - 1);
	vp->vmcb->intercept_misc1 |= VMCB_INTERCEPT_VINTR;
}

static void inject(struct vp *vp, uint64_t type, uint8_t vector)
{
	vp->pending_event = VMCB_EVENT_VALID | type | vector;
	vp->halted = false;
}

static void inject_next(struct vp *vp)
{
	int vector, held;

	/* Its parent's. */
	if ((vp->pending_event & VMCB_EVENT_VALID) &&
	    (vp->pending_event & VMCB_EVENT_TYPE_MASK) == VMCB_EVENT_NMI)
		vp_block_nmis(vp, true);
	if (vp->nmi_pending && vp->iret_started)
		timer_arm(&this_cpu()->iret_timer, time_ref() + IRET_TIME);
	if (vp->nmi_pending && !vp->nmi_blocked) {
		if (vp->pending_event || vp_shadowed(vp)) {
			vp_open_window(vp);
		} else {
			vp->nmi_pending = false;
			vp_block_nmis(vp, true);
			inject(vp, VMCB_EVENT_NMI, EXC_NMI);
		}
	}
	vector = lapic_pending(vp);
	if (vector >= 0 && vp_interruptible(vp)) {
		inject(vp, VMCB_EVENT_INTR, vector);
		lapic_accept(vp, vector);
		vector = lapic_pending(vp);
	}
	held = lapic_held_by_tpr(vp);
	if (vector >= 0)
		vp_open_window(vp);
	else if (held >= 0)
		open_tpr_window(vp, held);
}

/* SINTs among @wanted whose message slot is free. A busy one is marked, so that EOM follows. */
static uint16_t free_sints(struct vp *vp, uint16_t wanted)
{
	struct hv_message *slot = vp->synic.simp_page;
	uint16_t ready = 0;
	unsigned int i;

	for (i = 0; slot && i < SINT_COUNT; i++) {
		if (!(wanted & BIT(i)))
			continue;
		__atomic_fetch_or(&slot[i].header.message_flags.asu8, 1, __ATOMIC_SEQ_CST);
		if (slot[i].header.message_type == HVMSG_NONE)
			ready |= BIT(i);
	}
	return ready;
}

/* Has something become deliverable that the parent asked to be told of? Once per request. */
static bool notify(struct vp *vp)
{
	union hv_deliverability_notifications_register n = { .as_uint64 = vp->deliverability };
	uint16_t sints;

	if (!n.as_uint64)
		return false;
	sints = free_sints(vp, n.sint);
	if (sints) {
		n.sint &= ~sints;
		vp->deliverability = n.as_uint64;
		intercept_sint_deliverable(vp, sints);
		return true;
	}
	if (n.nmi_notification && !vp->nmi_blocked && !vp_shadowed(vp) && !vp->pending_event) {
		n.nmi_notification = 0;
		vp->deliverability = n.as_uint64;
		intercept_deliverable(vp, HV_X64_PENDING_NMI);
		return true;
	}
	if (!n.interrupt_notification)
		return false;
	if (!vp_interruptible(vp) ||
	    (n.interrupt_priority && n.interrupt_priority <= lapic_get_cr8(vp))) {
		vp_open_window(vp);
		return false;
	}
	n.interrupt_notification = 0;
	vp->deliverability = n.as_uint64;
	intercept_deliverable(vp, HV_X64_PENDING_INTERRUPT);
	return true;
}

/* An exception that did not come through the guest's vectors yet: does the parent want it? */
static bool intercept_own_exception(struct vp *vp)
{
	uint8_t vector = vp->pending_event;
	uint32_t error = vp->pending_error;

	if (!vp->own_exception)
		return false;
	vp->own_exception = false;
	if (!(vp->partition->intercepts->exceptions >> vector & 1)) {
		if (vector == EXC_PF)
			vp->vmcb->cr2 = vp->exception_address;
		return false;
	}
	vp->pending_event = 0;
	intercept_exception(vp, vector, error);
	return true;
}

enum vp_stop child_prepare(struct vp *vp)
{
	__atomic_store_n(&vp->wakeup, false, __ATOMIC_SEQ_CST);
	if (vp->partition->closing)
		return VP_STOP_SUSPENDED;
	lapic_take_requests(vp);
	intercept_eoi_flush(vp);
	if (vp->wait_for_sipi)
		return VP_STOP_BLOCKED;
	vp_close_window(vp);
	if (!vp_state_valid(vp)) {
		intercept_invalid_state(vp);
		return VP_STOP_INTERCEPT;
	}
	if (intercept_own_exception(vp) || notify(vp))
		return VP_STOP_INTERCEPT;
	inject_next(vp);
	if (vp->idle && (vp->nmi_pending || lapic_requested(vp)))
		vp->halted = false;
	return vp->halted && !vp->pending_event ? VP_STOP_BLOCKED : VP_STOP_NONE;
}
