/* SPDX-License-Identifier: GPL-2.0-only */
/* Physical processors: what is theirs, and kicks. */
#ifndef MINIHV_CPU_H
#define MINIHV_CPU_H

#include "base/sync.h"

struct vp;
struct partition;

struct timer {
	struct list node;
	struct cpu *cpu;	/* where it is queued, NULL: not queued */
	uint64_t deadline;	/* reference time */
	/* Runs on timer->cpu with no lock held, GIF clear; may arm the timer again. */
	void (*fn)(struct timer *t);
};

/* TSC around a VMRUN, written by svm_vmrun(). */
struct vmrun_times {
	uint64_t entry, exit;
};

struct cpu {
	struct cpu *self;	/* first: read through %gs:0 */
	volatile uint64_t nmis;	/* taken by the hypervisor, at CPU_NMIS; entry.S counts */
	uint32_t index;
	uint32_t apic_id;
	bool online;		/* parked or running guests */
	bool started;		/* root has added it as a logical processor */

	struct vp *root_vp;	/* the root VP that runs here, NULL until created */
	struct vp *current;	/* the VP loaded here */
	struct vp *aside;	/* the VP that was, while vp_pause() waits and until vp_resume() */
	/* Partition whose VP is inside the guest right now, NULL outside. */
	struct partition *volatile in_guest;
	/* Bumped after every exit; cpu_flush_partition() waits for it to move. */
	volatile uint64_t exits;
	struct vmrun_times vmrun;
	uint64_t accounted;		/* vp/stats.c: TSC that cpu->current was billed to */
	uint64_t spare_time;		/* vp/stats.c: of the spare processor, at the entry */
	volatile uint32_t kicked;	/* nmi.c */
	uint64_t nmis_for_root;		/* NMIs that were nobody's kick and no timer */

	/* timer.c */
	struct spinlock timer_lock;
	struct list timers;		/* ordered by deadline */
	struct timer *timer_running;	/* whose function runs now */
	uint64_t armed;			/* reference time to look again, TIMER_NEVER: none */
	uint64_t poll_pause;		/* not before this, 0: any time */
	uint64_t comparator;		/* HPET count that was armed */
	bool comparator_on;

	/* sched/core.c */
	struct spinlock queue_lock;
	struct list queue;		/* ready child VPs */

	/* sched: end of the turn of the VP that runs */
	struct timer quantum;
	bool quantum_over;
	struct timer iret_timer;	/* its interrupt is an exit: has the IRET been done? */

	struct vmcb *idle_vmcb;	/* vp/enter.c */
	uint64_t hsave_pa;	/* VM_HSAVE_PA page */
	uint64_t host_vmcb_pa;	/* VMSAVE area of the hypervisor itself */
	void *stack_end;
};

extern struct cpu cpus[MAX_CPUS];
extern uint32_t nr_cpus;

static inline struct cpu *this_cpu(void)
{
	struct cpu *c;

	asm volatile("mov %%gs:0, %0" : "=r"(c));
	return c;
}

/*
 * On the CPU itself: exceptions end the run; @interrupts are stubs of 16 bytes for the
 * vectors from 32 on, NULL: there are no interrupts.
 */
void cpu_load_idt(const char *interrupts);
void cpu_claim(struct cpu *cpu);	/* on the CPU itself: from now on it is this_cpu() */
void cpu_init(struct cpu *cpu);		/* on the CPU itself: that, IDT, SVM on */
void cpu_exception(const uint64_t *frame) __attribute__((noreturn));

/* nmi.c: make @cpu leave its guest, or its halt, soon. From any CPU. */
void cpu_kick(struct cpu *cpu);
/* One turn of a loop that waits for @cpu to react; now and then kicks it again. */
void cpu_kick_again(struct cpu *cpu, unsigned int *polls);
/*
 * The guest was left for an NMI, so one is pending here: takes it. true: there was a kick.
 * On return no NMI is on its way of a kick that anybody has sent, or of a comparator
 * that was off before the call.
 */
bool cpu_take_nmi(struct cpu *cpu);
/* An NMI may be pending that is the hypervisor's own: takes it; kicks are not lost. */
void cpu_drain_nmis(struct cpu *cpu);
/* Halt all other CPUs for good. */
void cpus_stop(void);

#endif
