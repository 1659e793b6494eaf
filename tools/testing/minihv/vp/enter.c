// SPDX-License-Identifier: GPL-2.0-only
/* One VM entry and exit, NMIs, and the CPU's idle state. */
#include "cpu/mmio.h"
#include "vp/vp.h"

void svm_vmrun(uint64_t vmcb_pa, struct gprs *gprs, uint64_t host_vmcb_pa,
	       struct vmrun_times *times);

extern const char idle_code[];

#define UNTOUCHED	(~0ull)

/*
 * An NMI is a kick, the timer's, or else root's own. Those that come together are one
 * NMI, and then root's is lost.
 */
static void handle_nmi(struct cpu *cpu)
{
	bool timer = timer_expired(cpu);
	bool kicked = cpu_take_nmi(cpu);

	if (!kicked && !timer && cpu->root_vp) {
		cpu->nmis_for_root++;
		cpu->root_vp->nmi_pending = true;
	}
}

/* An event whose delivery was cut short by the exit has to be delivered again. */
static void requeue_event(struct vp *vp)
{
	uint64_t info = vp->vmcb->exit_int_info;

	/* A software interrupt comes again by itself: RIP still points at it. */
	if (!(info & VMCB_EVENT_VALID) || (info & VMCB_EVENT_TYPE_MASK) == VMCB_EVENT_SOFT)
		return;
	vp->pending_event = (uint32_t)info;
	vp->pending_error = info >> 32;
}

/*
 * QEMU remembers the vector of an interrupt that VMRUN injected until the next exit
 * or exception, and delivers it once more, whatever the guest's interrupt flag says,
 * if it has to leave its loop before that, as -icount makes it do at each deadline of
 * a timer. So the exit comes at once: by an NMI, pending when the interrupt has been
 * delivered.
 */
static void end_injection(struct cpu *cpu, const struct vmcb *v)
{
	if (options.icount && (v->event_inj & VMCB_EVENT_VALID) &&
	    (v->event_inj & VMCB_EVENT_TYPE_MASK) == VMCB_EVENT_INTR)
		cpu_kick(cpu);
}

/*
 * QEMU reports what it refuses as -1 in 32 bits, whether VMRUN does, or MOV to a control
 * or debug register, in place of #GP. VMRUN did not get to the second exit information.
 */
static void settle_refusal(struct vp *vp)
{
	struct vmcb *v = vp->vmcb;

	if ((uint32_t)v->exit_code != (uint32_t)VMEXIT_INVALID)
		return;
	if (v->exit_info_2 == UNTOUCHED)
		hv_fatal("VMRUN refused the state of VP %u of partition %lu", vp->index,
			 vp->partition->id);
	v->exit_code = VMEXIT_INVALID;
}

void vp_enter(struct vp *vp)
{
	struct cpu *cpu = this_cpu();
	struct vmcb *v = vp->vmcb;

	v->event_inj = vp->pending_event | (uint64_t)vp->pending_error << 32;
	vp->pending_event = 0;
	vp->pending_error = 0;
	v->exit_info_2 = UNTOUCHED;
	end_injection(cpu, v);
	vp_stats_update(vp);
	vp_stats_enter(cpu);
	mmio_begin();
	__atomic_store_n(&cpu->in_guest, vp->partition, __ATOMIC_SEQ_CST);
	svm_vmrun(va_to_pa(v), &vp->gprs, cpu->host_vmcb_pa, &cpu->vmrun);
	__atomic_store_n(&cpu->in_guest, NULL, __ATOMIC_SEQ_CST);
	__atomic_store_n(&cpu->exits, cpu->exits + 1, __ATOMIC_SEQ_CST);
	mmio_end();
	vp_stats_exit(cpu, vp);
	requeue_event(vp);
	vp_settle_iret(vp);
	settle_refusal(vp);
	if (v->exit_code == VMEXIT_NMI)
		handle_nmi(cpu);
}

/*
 * Waiting for an interrupt of root's that must stay pending, or an NMI: halted in
 * a guest of its own, without nested paging, that intercepts both.
 */
static struct vmcb *idle_vmcb(struct cpu *cpu)
{
	struct vmcb *v;

	if (cpu->idle_vmcb)
		return cpu->idle_vmcb;
	v = hv_alloc_pages(1);
	memcpy(v, pa_to_va(cpu->host_vmcb_pa), sizeof(*v));
	v->intercept_misc1 = VMCB_INTERCEPT_INTR | VMCB_INTERCEPT_NMI | VMCB_INTERCEPT_SHUTDOWN;
	v->intercept_misc2 = VMCB_INTERCEPT_VMRUN;
	v->int_ctl = VMCB_INT_CTL_MASKING;
	v->asid = 3;
	v->tlb_control = VMCB_TLB_FLUSH_ALL;
	v->cs = (struct vmcb_seg){ 0x18, 0xa9b, 0xffffffff, 0 };
	v->ss = v->ds = v->es = (struct vmcb_seg){ 0x10, 0xc93, 0xffffffff, 0 };
	asm volatile("mov %%cr0, %0" : "=r"(v->cr0));
	asm volatile("mov %%cr3, %0" : "=r"(v->cr3));
	asm volatile("mov %%cr4, %0" : "=r"(v->cr4));
	v->efer = rdmsr(MSR_EFER);
	v->dr6 = 0xffff0ff0;
	v->dr7 = 0x400;
	cpu->idle_vmcb = v;
	return v;
}

bool cpu_idle(struct cpu *cpu)
{
	struct vmcb *v = idle_vmcb(cpu);
	struct gprs none = { 0 };

	v->rip = va_to_pa(idle_code);
	v->rflags = RFLAGS_FIXED;
	svm_vmrun(va_to_pa(v), &none, cpu->host_vmcb_pa, &cpu->vmrun);
	if (v->exit_code == VMEXIT_NMI)
		handle_nmi(cpu);
	else if (v->exit_code != VMEXIT_INTR)
		hv_fatal("idle loop of CPU %u exited with 0x%lx", cpu->index, v->exit_code);
	return v->exit_code == VMEXIT_INTR;
}
