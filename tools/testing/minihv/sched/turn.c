// SPDX-License-Identifier: GPL-2.0-only
/* One turn of a child VP on this CPU. */
#include "exit/exit.h"
#include "sched/sched.h"
#include "state/page.h"

/* What the parent wrote to the register page: no parent that pauses the VP sees half of it done. */
static void load(struct vp *vp)
{
	vp_take(vp);
	statepage_flush(vp);
	vp_load(vp);
}

/* Somebody wants to look at the VP loaded here: step aside until they are done. */
static void yield_to_pausers(struct vp *vp)
{
	if (!vp->pauses)
		return;
	vp_unload(vp);
	load(vp);
}

enum vp_stop vp_run(struct vp *vp, uint64_t time_slice)
{
	struct cpu *cpu = this_cpu();
	enum vp_stop stop;

	load(vp);
	timer_arm(&cpu->quantum, time_after(time_ref(), time_slice));
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
