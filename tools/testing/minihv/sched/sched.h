/* SPDX-License-Identifier: GPL-2.0-only */
/* The two schedulers. */
#ifndef MINIHV_SCHED_H
#define MINIHV_SCHED_H

#include "vp/vp.h"
#include <hvabi/hvabi.h>

/* A child VP became able to run (any context, no VP lock held). */
void sched_root_wake(struct vp *vp);
void sched_core_wake(struct vp *vp);
/* The suspended VP is going away: takes it off its queue, waits until no CPU holds it. */
void sched_core_remove(struct vp *vp);

/*
 * Run @vp for root until its time is over or it stops, and say which. false: another
 * dispatch is under way, or root has suspended dispatching.
 */
bool sched_root_dispatch(struct vp *vp, const struct hv_input_dispatch_vp *in,
			 struct hv_output_dispatch_vp *out);

/* Where a new child VP will run. */
void sched_core_place(struct vp *vp);
/* core.c: next child VP for this CPU, NULL: none. */
struct vp *sched_core_pick(struct cpu *cpu);
bool sched_core_has_work(struct cpu *cpu);
/* Run @vp, which pick() returned, for one turn and put it where it belongs then. */
enum vp_stop sched_core_run(struct vp *vp, uint64_t time_slice);

/* turn.c: load, enter and handle exits until there is a reason to stop; then unload. */
enum vp_stop vp_run(struct vp *vp, uint64_t time_slice);

/* Boot: which scheduler child VPs have. */
void sched_init(void);
/* Main loop of a CPU that runs guests. */
_Noreturn void sched_loop(struct cpu *cpu);
/* The same, once the CPU has a VP of root. */
_Noreturn void sched_wait(struct cpu *cpu);

#endif
