// SPDX-License-Identifier: GPL-2.0-only
/* The state that a VP begins with: after power-on, INIT and SIPI (APM vol. 2, 14.1). */
#include "vp/vp.h"

void vp_reset_registers(struct vp *vp)
{
	struct vmcb_seg data = { 0, 0x093, 0xffff, 0 };
	struct vmcb *v = vp->vmcb;

	v->es = v->ss = v->ds = v->fs = v->gs = data;
	v->cs = (struct vmcb_seg){ 0xf000, 0x09b, 0xffff, 0xffff0000 };
	v->gdtr = v->idtr = (struct vmcb_seg){ 0, 0, 0xffff, 0 };
	v->ldtr = (struct vmcb_seg){ 0, 0x082, 0xffff, 0 };
	v->tr = (struct vmcb_seg){ 0, 0x08b, 0xffff, 0 };
	v->efer = EFER_SVME;
	v->cr0 = CR0_ET | CR0_CD | CR0_NW;
	v->cr2 = v->cr3 = v->cr4 = 0;
	v->dr6 = 0xffff0ff0;
	v->dr7 = 0x400;
	v->rflags = RFLAGS_FIXED;
	v->rip = 0xfff0;
	v->rsp = v->rax = 0;
	v->int_state = 0;
	v->cpl = 0;
	memset(&vp->gprs, 0, sizeof(vp->gprs));
	memset(vp->dr, 0, sizeof(vp->dr));
	vp->pending_event = 0;
	vp->own_exception = false;
	vp->nmi_pending = false;
	vp_block_nmis(vp, false);
}

/* INIT keeps the FPU; power-on does not (x87 control word and MXCSR as after FNINIT). */
void vp_reset_fpu(struct vp *vp)
{
	memset(vp->xsave, 0, PAGE_SIZE);
	*(uint16_t *)vp->xsave = 0x37f;
	*(uint32_t *)((char *)vp->xsave + 24) = 0x1f80;
	*(uint64_t *)((char *)vp->xsave + 512) = 3;
	vp->xcr0 = 1;
}

void vp_sipi(struct vp *vp, uint8_t vector)
{
	struct vmcb *v = vp->vmcb;

	vp_reset_registers(vp);
	v->cs.selector = vector << 8;
	v->cs.base = (uint64_t)vector << 12;
	v->rip = 0;
	vp->halted = false;
	__atomic_store_n(&vp->wait_for_sipi, false, __ATOMIC_RELEASE);
}
