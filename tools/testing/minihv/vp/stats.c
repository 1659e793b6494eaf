// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VP's time went to, and what made it exit. The VP that is loaded on a CPU pays
 * for all that the CPU does. Kept in ticks of the TSC, so that many short stays in the
 * guest add up to what they are; shown in units of 100 ns.
 */
#include "cpu/spare.h"
#include "vp/vp.h"

/* counters of the statistics page */
#define VP_TOTAL_RUN_TIME	1
#define VP_HYPERVISOR_RUN_TIME	2

static const uint16_t place[VP_EXIT_KINDS] = {
	[VP_EXIT_HYPERCALL] = 7,
	[VP_EXIT_IO] = 13,
	[VP_EXIT_HLT] = 15,
	[VP_EXIT_CPUID] = 19,
	[VP_EXIT_MSR] = 21,
	[VP_EXIT_INTERRUPT] = 25,
	[VP_EXIT_WINDOW] = 27,
	[VP_EXIT_OTHER] = 23,
};

void vp_stats_loaded(struct cpu *cpu)
{
	cpu->accounted = rdtsc();
}

void vp_stats_unload(struct cpu *cpu)
{
	uint64_t now = rdtsc();

	cpu->current->stats->hypervisor += now - cpu->accounted;
	cpu->accounted = now;
}

static enum vp_exit_kind kind_of(uint64_t exit_code)
{
	switch (exit_code) {
	case VMEXIT_VMMCALL:
		return VP_EXIT_HYPERCALL;
	case VMEXIT_IOIO:
		return VP_EXIT_IO;
	case VMEXIT_HLT:
		return VP_EXIT_HLT;
	case VMEXIT_CPUID:
		return VP_EXIT_CPUID;
	case VMEXIT_MSR:
		return VP_EXIT_MSR;
	case VMEXIT_INTR:
	case VMEXIT_NMI:
		return VP_EXIT_INTERRUPT;
	case VMEXIT_VINTR:
		return VP_EXIT_WINDOW;
	default:
		return VP_EXIT_OTHER;
	}
}

void vp_stats_enter(struct cpu *cpu)
{
	cpu->spare_time = spare_time();
}

void vp_stats_exit(struct cpu *cpu, struct vp *vp)
{
	uint64_t not_here = spare_time() - cpu->spare_time;

	vp->stats->hypervisor += cpu->vmrun.entry - cpu->accounted;
	vp->stats->guest += cpu->vmrun.exit - cpu->vmrun.entry - not_here;
	cpu->accounted = cpu->vmrun.exit;
	vp->stats->exits[kind_of(vp->vmcb->exit_code)]++;
}

uint64_t vp_run_time(const struct vp *vp)
{
	return time_from_tsc(vp->stats->guest) + time_from_tsc(vp->stats->hypervisor);
}

static void show(const struct vp_stats *stats, uint64_t *page)
{
	uint64_t hypervisor = time_from_tsc(stats->hypervisor);
	unsigned int kind;

	for (kind = 0; kind < VP_EXIT_KINDS; kind++)
		__atomic_store_n(&page[place[kind]], stats->exits[kind], __ATOMIC_RELAXED);
	__atomic_store_n(&page[VP_HYPERVISOR_RUN_TIME], hypervisor, __ATOMIC_RELAXED);
	__atomic_store_n(&page[VP_TOTAL_RUN_TIME], time_from_tsc(stats->guest) + hypervisor,
			 __ATOMIC_RELAXED);
}

/* With the lock, so that who takes a page away need not stop the VP for that. */
void vp_stats_update(struct vp *vp)
{
	unsigned int i;

	if (!vp->stats_page[0] && !vp->stats_page[1])
		return;
	spin_lock(&vp->lock);
	for (i = 0; i < ARRAY_SIZE(vp->stats_page); i++)
		if (vp->stats_page[i])
			show(vp->stats, vp->stats_page[i]);
	spin_unlock(&vp->lock);
}
