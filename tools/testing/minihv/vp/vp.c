// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making VPs, giving them a CPU, stopping them. Registers that VMRUN does not
 * swap (FPU, debug registers, TSC_AUX) move when a VP is loaded and unloaded.
 */
#include "vp/vp.h"
#include "exit/child.h"
#include "hypercall/hcall.h"
#include "exit/intercept.h"

#define XSAVE_LEAF	0xd
#define REP_ALL		(~0ull)

static uint64_t xcr0_supported(void)
{
	static uint64_t mask;
	uint32_t r[4];

	if (!mask) {
		cpuid(XSAVE_LEAF, 0, r);
		mask = (uint64_t)r[3] << 32 | r[0];
	}
	return mask;
}

static void fpu_save(struct vp *vp)
{
	vp->xcr0 = xgetbv();
	xsetbv(xcr0_supported());
	asm volatile("xsave64 (%0)" : : "r"(vp->xsave), "a"(~0), "d"(~0) : "memory");
}

static void fpu_load(struct vp *vp)
{
	xsetbv(xcr0_supported());
	asm volatile("xrstor64 (%0)" : : "r"(vp->xsave), "a"(~0), "d"(~0) : "memory");
	xsetbv(vp->xcr0);
}

static void debug_save(struct vp *vp)
{
	asm volatile("mov %%db0, %0" : "=r"(vp->dr[0]));
	asm volatile("mov %%db1, %0" : "=r"(vp->dr[1]));
	asm volatile("mov %%db2, %0" : "=r"(vp->dr[2]));
	asm volatile("mov %%db3, %0" : "=r"(vp->dr[3]));
}

static void debug_load(struct vp *vp)
{
	asm volatile("mov %0, %%db0" : : "r"(vp->dr[0]));
	asm volatile("mov %0, %%db1" : : "r"(vp->dr[1]));
	asm volatile("mov %0, %%db2" : : "r"(vp->dr[2]));
	asm volatile("mov %0, %%db3" : : "r"(vp->dr[3]));
}

static bool has_tsc_aux(void)
{
	static int known = -1;
	uint32_t r[4];

	if (known < 0) {
		cpuid(0x80000001, 0, r);
		known = r[3] >> 27 & 1;
	}
	return known;
}

void vp_unload(struct vp *vp)
{
	fpu_save(vp);
	debug_save(vp);
	if (has_tsc_aux())
		vp->tsc_aux = rdmsr(MSR_TSC_AUX);
	vp_stats_unload(this_cpu());
	this_cpu()->current = NULL;
	__atomic_store_n(&vp->loaded, NULL, __ATOMIC_SEQ_CST);
}

void vp_load(struct vp *vp)
{
	struct cpu *cpu = this_cpu();

	if (cpu->current == vp)
		return;
	if (cpu->current)
		vp_unload(cpu->current);
	spin_lock(&vp->lock);
	while (vp->pauses || vp->loaded) {
		spin_unlock(&vp->lock);
		cpu_relax();
		spin_lock(&vp->lock);
	}
	vp->loaded = cpu;
	spin_unlock(&vp->lock);
	/* Only now: a parent that pauses the VP must not see half of it done. */
	statepage_flush(vp);
	cpu->current = vp;
	vp_stats_loaded(cpu);
	fpu_load(vp);
	debug_load(vp);
	if (has_tsc_aux())
		wrmsr(MSR_TSC_AUX, vp->tsc_aux);
}

void vp_pause(struct vp *vp)
{
	struct cpu *cpu, *self = this_cpu();
	unsigned int polls = 0;

	if (self->current == vp)
		return;
	spin_lock(&vp->lock);
	vp->pauses++;
	spin_unlock(&vp->lock);
	while ((cpu = __atomic_load_n(&vp->loaded, __ATOMIC_SEQ_CST))) {
		if (!polls)
			cpu_kick(cpu);
		cpu_kick_again(cpu, &polls);
	}
}

void vp_resume(struct vp *vp)
{
	if (this_cpu()->current == vp)
		return;
	spin_lock(&vp->lock);
	vp->pauses--;
	spin_unlock(&vp->lock);
}

void vp_push_out(struct vp *vp)
{
	vp_pause(vp);
	vp_resume(vp);
}

/* Somebody wants to look at the VP loaded here: step aside until they are done. */
static void yield_to_pausers(struct vp *vp)
{
	if (!vp->pauses)
		return;
	vp_unload(vp);
	vp_load(vp);
}

static void set_fixed_controls(struct vp *vp)
{
	bool child = partition_is_child(vp->partition);
	struct vmcb *v = vp->vmcb;

	v->intercept_misc1 = VMCB_INTERCEPT_NMI | VMCB_INTERCEPT_CPUID | VMCB_INTERCEPT_MSR |
			     VMCB_INTERCEPT_IOIO | VMCB_INTERCEPT_INVLPGA |
			     VMCB_INTERCEPT_SHUTDOWN;
	v->intercept_misc2 = VMCB_INTERCEPT_VMRUN | VMCB_INTERCEPT_VMMCALL |
			     VMCB_INTERCEPT_VMLOAD | VMCB_INTERCEPT_VMSAVE |
			     VMCB_INTERCEPT_STGI | VMCB_INTERCEPT_CLGI | VMCB_INTERCEPT_SKINIT;
	if (child) {
		v->intercept_misc1 |= VMCB_INTERCEPT_INTR | VMCB_INTERCEPT_HLT;
		v->int_ctl = VMCB_INT_CTL_MASKING;
		withhold_instructions(vp);
	}
	v->iopm_pa = va_to_pa(io_permission_map(child));
	v->msrpm_pa = va_to_pa(msr_permission_map(child));
	v->asid = child ? 2 : 1;
	v->tlb_control = VMCB_TLB_FLUSH_ALL;
	v->nested_ctl = VMCB_NESTED_NPT;
	v->nested_cr3 = vp->partition->npt.root;
}

struct vp *vp_create(struct partition *p, uint32_t index)
{
	struct pool *pool = vp_pool(p);
	struct vp *vp = pool_alloc(pool);
	struct vmcb *vmcb = pool_alloc(pool);
	void *xsave = pool_alloc(pool);

	_Static_assert(sizeof(struct vp) <= PAGE_SIZE, "a VP fits in one page");
	if (!vp || !vmcb || !xsave)
		goto fail;
	vp->partition = p;
	vp->index = index;
	vp->apic_id = index;
	vp->vmcb = vmcb;
	vp->xsave = xsave;
	list_init(&vp->queue_node);
	list_init(&vp->intercept_message.node);
	list_init(&vp->signal_message.node);
	list_init(&vp->eoi_message.node);
	list_init(&vp->direct_message.node);
	if (!synic_init(vp))
		goto fail;
	stimers_init(vp);
	lapic_init(vp);
	set_fixed_controls(vp);
	vp_reset_registers(vp);
	vp_reset_fpu(vp);
	if (partition_is_child(p) && p->vps[0])
		vmcb->tsc_offset = p->vps[0]->vmcb->tsc_offset;
	return vp;
fail:
	pool_free(pool, vp);
	pool_free(pool, vmcb);
	pool_free(pool, xsave);
	return NULL;
}

void vp_destroy(struct vp *vp)
{
	struct pool *pool = vp_pool(vp->partition);

	hv_assert(!vp->loaded);
	lapic_destroy(vp);
	stimers_destroy(vp);
	synic_destroy(vp);
	pool_free(pool, vp->xsave);
	pool_free(pool, vp->vmcb);
	pool_free(pool, vp);
}

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

void vp_skip(struct vp *vp, unsigned int length)
{
	vp->vmcb->rip += length;
	vp->vmcb->int_state = 0;
}

enum vp_stop vp_run(struct vp *vp, uint64_t time_slice)
{
	struct cpu *cpu = this_cpu();
	enum vp_stop stop;

	vp_load(vp);
	timer_arm(&cpu->quantum, time_ref() + time_slice);
	cpu->quantum_over = false;
	do {
		timer_poll(cpu);
		yield_to_pausers(vp);
		if (cpu->quantum_over)
			stop = VP_STOP_PREEMPTED;
		else if (vp->explicit_suspend)
			stop = VP_STOP_SUSPENDED;
		else if (vp->intercept_suspend)
			stop = VP_STOP_INTERCEPT;
		else
			stop = child_prepare(vp);
		if (stop != VP_STOP_NONE)
			break;
		vp_enter(vp);
		if (vp->vmcb->exit_code == VMEXIT_INTR)
			stop = VP_STOP_PREEMPTED;
		else if (vp->vmcb->exit_code != VMEXIT_NMI)
			stop = child_exit(vp);
	} while (stop == VP_STOP_NONE);
	timer_cancel(&cpu->quantum);
	vp_stats_update(vp);
	vp_unload(vp);
	return stop;
}
