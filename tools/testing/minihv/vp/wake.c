// SPDX-License-Identifier: GPL-2.0-only
/* Something that a VP has to look at. */
#include "vp/vp.h"

void (*vp_wake_child)(struct vp *vp);

void vp_wake(struct vp *vp)
{
	struct cpu *cpu;

	__atomic_store_n(&vp->wakeup, true, __ATOMIC_SEQ_CST);
	cpu = __atomic_load_n(&vp->loaded, __ATOMIC_SEQ_CST);
	if (cpu) {
		if (cpu != this_cpu())
			cpu_kick(cpu);
		return;
	}
	if (!partition_is_child(vp->partition)) {
		if (vp->home && vp->home != this_cpu())
			cpu_kick(vp->home);
	} else {
		vp_wake_child(vp);
	}
}
