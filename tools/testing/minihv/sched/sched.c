// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a CPU does all day. Each CPU has its root VP; with the core scheduler it
 * has a queue of ready child VPs besides, which take turns with root.
 */
#include "sched/sched.h"
#include "exit/exit.h"
#include "vp/gva.h"

#define QUANTUM		50000	/* 5 ms */
#define HLT_OPCODE	0xf4

static void quantum_expired(struct timer *t)
{
	container_of(t, struct cpu, quantum)->quantum_over = true;
}

/* The exit that the timer makes is all that is wanted of it. */
static void iret_time(struct timer *t)
{
	(void)t;
}

static void intercept_halt(struct vp *vp, bool on)
{
	if (on)
		vp->vmcb->intercept_misc1 |= VMCB_INTERCEPT_HLT;
	else
		vp->vmcb->intercept_misc1 &= ~VMCB_INTERCEPT_HLT;
}

/*
 * An NMI came between root's STI and HLT. The processor does not bring the shadow
 * of STI back at the next entry, so an interrupt that is pending would be taken
 * before the HLT that it was to end. Done here, the HLT ends as it should.
 */
static bool halts_next(struct vp *vp)
{
	uint8_t opcode = 0;

	if (!vp_shadowed(vp))
		return false;
	return vp_fetch(vp, &opcode, 1) && opcode == HLT_OPCODE;
}

/*
 * Where instructions are counted, and devices work meanwhile, whose time is no instructions',
 * root's halts are exits, so that what is idle is not in its run time.
 */
static bool counts_devices(void)
{
	return options.icount && options.spare_cpu;
}

/* Root's turn: until it halts with children ready, or its quantum ends with such. */
static void run_root(struct cpu *cpu, struct vp *vp)
{
	cpu->quantum_over = false;
	do {
		bool children = sched_core_has_work(cpu);

		timer_poll(cpu);
		if (vp->pauses && cpu->current == vp)
			vp_unload(vp);
		vp_load(vp);
		/* It was stopped by INIT: there is nothing to enter before the SIPI. */
		if (vp->wait_for_sipi)
			break;
		intercept_halt(vp, children || counts_devices());
		if (children && !cpu->quantum.cpu)
			timer_arm(&cpu->quantum, time_ref() + QUANTUM);
		root_prepare(vp);
		vp_enter(vp);
		if (vp->vmcb->exit_code == VMEXIT_HLT ||
		    (vp->vmcb->exit_code == VMEXIT_NMI && halts_next(vp))) {
			vp_skip(vp, 1);
			vp->halted = true;
		} else if (vp->vmcb->exit_code != VMEXIT_NMI) {
			root_exit(vp);
		}
	} while (!vp->halted && !vp->wait_for_sipi && !cpu->quantum_over);
	timer_cancel(&cpu->quantum);
}

static bool root_can_run(struct vp *vp)
{
	return !vp->wait_for_sipi && (!vp->halted || root_has_event(vp));
}

void sched_init(void)
{
	vp_wake_child = options.core_scheduler ? sched_core_wake : sched_root_wake;
}

void sched_loop(struct cpu *cpu)
{
	struct vp *root = cpu->root_vp;

	timer_setup(&cpu->quantum, quantum_expired);
	timer_setup(&cpu->iret_timer, iret_time);
	root->home = cpu;
	for (;;) {
		struct vp *child;

		timer_poll(cpu);
		if (root_can_run(root)) {
			root->halted = false;
			run_root(cpu, root);
			/* The NMI at which halts_next() was asked may have been the timer's. */
			timer_poll(cpu);
		}
		child = options.core_scheduler ? sched_core_pick(cpu) : NULL;
		if (child) {
			/* An interrupt for root ends the child's turn and root's halt. */
			if (sched_core_run(child, QUANTUM) == VP_STOP_PREEMPTED)
				root->halted = false;
		} else if (!root_can_run(root)) {
			if (cpu->current)
				vp_unload(cpu->current);
			if (cpu_idle(cpu))
				root->halted = false;
		}
	}
}

void sched_wait(struct cpu *cpu)
{
	while (!__atomic_load_n(&cpu->root_vp, __ATOMIC_ACQUIRE))
		cpu_idle(cpu);
	sched_loop(cpu);
}
