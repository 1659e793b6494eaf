// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor's own scheduler. Each child VP has a home CPU and waits on its
 * queue while it could run; the CPU takes it off the queue, runs it for a turn
 * and puts it back.
 */
#include "exit/intercept.h"
#include "sched/sched.h"

/* A VP that is to be queued: nothing holds it back. */
static bool runnable(const struct vp *vp)
{
	return !vp->explicit_suspend && !vp->intercept_suspend;
}

static void enqueue(struct cpu *cpu, struct vp *vp)
{
	if (!vp->on_cpu && list_empty(&vp->queue_node) && runnable(vp))
		list_add_tail(&vp->queue_node, &cpu->queue);
}

void sched_core_place(struct vp *vp)
{
	static uint32_t next;
	uint32_t i;

	do {
		i = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED) % nr_cpus;
	} while (!cpus[i].root_vp || cpus[i].root_vp->wait_for_sipi);
	vp->home = &cpus[i];
}

void sched_core_wake(struct vp *vp)
{
	struct cpu *cpu = vp->home;
	bool queued;

	spin_lock(&cpu->queue_lock);
	enqueue(cpu, vp);
	queued = !list_empty(&vp->queue_node);
	spin_unlock(&cpu->queue_lock);
	if (queued && cpu != this_cpu())
		cpu_kick(cpu);
}

void sched_core_remove(struct vp *vp)
{
	struct cpu *cpu = vp->home;

	spin_lock(&cpu->queue_lock);
	if (!list_empty(&vp->queue_node))
		list_del(&vp->queue_node);
	while (vp->on_cpu) {
		spin_unlock(&cpu->queue_lock);
		cpu_relax();
		spin_lock(&cpu->queue_lock);
	}
	spin_unlock(&cpu->queue_lock);
}

bool sched_core_has_work(struct cpu *cpu)
{
	return !list_empty(&cpu->queue);
}

struct vp *sched_core_pick(struct cpu *cpu)
{
	struct vp *vp = NULL;

	spin_lock(&cpu->queue_lock);
	while (!vp && !list_empty(&cpu->queue)) {
		struct vp *first = container_of(cpu->queue.next, struct vp, queue_node);

		list_del(&first->queue_node);
		if (runnable(first)) {
			first->on_cpu = true;
			vp = first;
		}
	}
	spin_unlock(&cpu->queue_lock);
	return vp;
}

/*
 * A wake-up that came while the VP was on the CPU did not queue it; so whoever
 * takes it off the CPU looks at vp->wakeup, which the wake-up set first.
 */
enum vp_stop sched_core_run(struct vp *vp, uint64_t time_slice)
{
	struct cpu *cpu = this_cpu();
	enum vp_stop stop;

	stop = vp_run(vp, time_slice);
	intercept_finish(vp);
	spin_lock(&cpu->queue_lock);
	vp->on_cpu = false;
	if (stop == VP_STOP_PREEMPTED || vp->wakeup)
		enqueue(cpu, vp);
	spin_unlock(&cpu->queue_lock);
	return stop;
}
