// SPDX-License-Identifier: GPL-2.0-only
/* Events on their way into a VP, and the window that one may have to wait for. */
#include "vp/vp.h"

void vp_inject_exception(struct vp *vp, uint8_t vector, uint32_t error)
{
	bool has_error = vector == EXC_DF || (vector >= 10 && vector <= EXC_PF) || vector == 17 ||
			 vector == 21;

	vp->pending_event = VMCB_EVENT_VALID | VMCB_EVENT_EXC | vector;
	vp->own_exception = true;
	if (has_error)
		vp->pending_event |= VMCB_EVENT_ERR_VALID;
	vp->pending_error = error;
}

void vp_inject_gp(struct vp *vp)
{
	vp_inject_exception(vp, EXC_GP, 0);
}

void vp_inject_ud(struct vp *vp)
{
	vp_inject_exception(vp, EXC_UD, 0);
}

void vp_block_nmis(struct vp *vp, bool on)
{
	vp->nmi_blocked = on;
	vp->iret_started = false;
	if (on)
		vp->vmcb->intercept_misc1 |= VMCB_INTERCEPT_IRET;
	else
		vp->vmcb->intercept_misc1 &= ~VMCB_INTERCEPT_IRET;
}

static uint64_t code_address(const struct vp *vp)
{
	return vp->vmcb->cs.base + vp->vmcb->rip;
}

void vp_begin_iret(struct vp *vp)
{
	vp->vmcb->intercept_misc1 &= ~VMCB_INTERCEPT_IRET;
	vp->iret_started = true;
	vp->iret_address = code_address(vp);
}

void vp_settle_iret(struct vp *vp)
{
	if (vp->iret_started && code_address(vp) != vp->iret_address)
		vp_block_nmis(vp, false);
}

void vp_skip(struct vp *vp, unsigned int length)
{
	vp->vmcb->rip += length;
	vp->vmcb->int_state = 0;
}

void vp_close_window(struct vp *vp)
{
	vp->vmcb->int_ctl &= ~(VMCB_INT_CTL_VIRQ | VMCB_INT_CTL_IGN_TPR | VMCB_INT_CTL_PRIO_MASK);
	vp->vmcb->intercept_misc1 &= ~VMCB_INTERCEPT_VINTR;
}

void vp_open_window(struct vp *vp)
{
	vp->vmcb->int_ctl |= VMCB_INT_CTL_VIRQ | VMCB_INT_CTL_IGN_TPR;
	vp->vmcb->intercept_misc1 |= VMCB_INTERCEPT_VINTR;
}

bool vp_auto_eoi(const struct vp *vp, uint8_t vector)
{
	unsigned int i;

	for (i = 0; i < SYNIC_SINTS; i++) {
		union hv_synic_sint v = { .as_uint64 = vp->synic.sint[i] };

		if (v.auto_eoi && !v.masked && v.vector == vector)
			return true;
	}
	return false;
}
