// SPDX-License-Identifier: GPL-2.0-only
/*
 * Giving VPs a CPU, stopping them. Registers that VMRUN does not swap (FPU, debug
 * registers, TSC_AUX) move when a VP is loaded and unloaded.
 */
#include "faults/faults.h"
#include "vp/vp.h"

#define XSAVE_LEAF	0xd

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

void vp_take(struct vp *vp)
{
	struct cpu *cpu = this_cpu();

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
}

void vp_load(struct vp *vp)
{
	struct cpu *cpu = this_cpu();

	if (cpu->current == vp)
		return;
	if (vp->loaded != cpu)
		vp_take(vp);
	cpu->current = vp;
	vp_stats_loaded(cpu);
	fpu_load(vp);
	debug_load(vp);
	if (has_tsc_aux())
		wrmsr(MSR_TSC_AUX, vp->tsc_aux);
}

/*
 * Who waits for a VP lets others have that which is loaded here, for it may be just that they
 * wait for: a processor of root that wants to look at another one's VP, which wants to look at
 * this one's. What is loaded here is in the middle of a call, and goes on at vp_resume().
 */
static void step_aside(struct cpu *self)
{
	if (!self->current)
		return;
	self->aside = self->current;
	vp_unload(self->current);
}

static void step_back(struct cpu *self)
{
	struct vp *vp = self->aside;

	self->aside = NULL;
	if (vp)
		vp_load(vp);
}

/* Until it is nobody else's; then its CPU sees that somebody waits, and lets go of it. */
static void pause_alone(struct vp *vp, struct cpu *self)
{
	spin_lock(&vp->lock);
	while (vp->paused_by && vp->paused_by != self) {
		spin_unlock(&vp->lock);
		fault_meet_arrive(self->index);
		step_aside(self);
		cpu_relax();
		spin_lock(&vp->lock);
	}
	vp->paused_by = self;
	vp->pauses++;
	spin_unlock(&vp->lock);
	fault_meet_arrive(self->index);
}

void vp_pause(struct vp *vp)
{
	struct cpu *cpu, *self = this_cpu();
	unsigned int polls = 0;

	if (self->current == vp)
		return;
	pause_alone(vp, self);
	while ((cpu = __atomic_load_n(&vp->loaded, __ATOMIC_SEQ_CST))) {
		if (!polls)
			cpu_kick(cpu);
		step_aside(self);
		cpu_kick_again(cpu, &polls);
	}
	fault_meet_wait(self->index);
}

void vp_resume(struct vp *vp)
{
	struct cpu *self = this_cpu();
	bool last;

	if (self->current == vp)
		return;
	spin_lock(&vp->lock);
	hv_assert(vp->paused_by == self);
	last = !--vp->pauses;
	if (last)
		vp->paused_by = NULL;
	spin_unlock(&vp->lock);
	if (last)
		step_back(self);
}

void vp_push_out(struct vp *vp)
{
	vp_pause(vp);
	vp_resume(vp);
}
