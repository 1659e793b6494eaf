// SPDX-License-Identifier: GPL-2.0-only
/* What one CPU took away from a partition, the others must not use any longer. */
#include "cpu/cpu.h"
#include "partition/partition.h"

void cpu_flush_partition(struct partition *p)
{
	struct cpu *self = this_cpu();
	uint64_t seen[MAX_CPUS];
	uint32_t i, waiting = 0;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (i = 0; i < nr_cpus; i++) {
		seen[i] = cpus[i].exits;
		if (&cpus[i] != self && cpus[i].in_guest == p) {
			waiting |= BIT(i);
			cpu_kick(&cpus[i]);
		}
	}
	for (i = 0; i < nr_cpus; i++) {
		unsigned int polls = 0;

		while ((waiting & BIT(i)) && cpus[i].exits == seen[i] && cpus[i].in_guest == p)
			cpu_kick_again(&cpus[i], &polls);
	}
	npt_reclaim(&p->npt);
}
