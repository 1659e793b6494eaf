/* SPDX-License-Identifier: GPL-2.0-only */
/* What a VP's time went to, and what made it exit. */
#ifndef MINIHV_VP_STATS_H
#define MINIHV_VP_STATS_H

#include "cpu/cpu.h"

/* Exits that are counted. */
enum vp_exit_kind {
	VP_EXIT_HYPERCALL,
	VP_EXIT_IO,
	VP_EXIT_HLT,
	VP_EXIT_CPUID,
	VP_EXIT_MSR,
	VP_EXIT_INTERRUPT,	/* for the hypervisor, or for root while a child runs */
	VP_EXIT_WINDOW,		/* an interrupt that is pending can be delivered now */
	VP_EXIT_OTHER,
	VP_EXIT_KINDS,
};

/* Times are ticks of the TSC. */
struct vp_stats {
	uint64_t guest, hypervisor;	/* in the guest, and in the hypervisor for its sake */
	uint64_t exits[VP_EXIT_KINDS];
};

/* @cpu->current has been loaded; it is about to be unloaded. */
void vp_stats_loaded(struct cpu *cpu);
void vp_stats_unload(struct cpu *cpu);
/* Before each entry, and after each exit. */
void vp_stats_enter(struct cpu *cpu);
void vp_stats_exit(struct cpu *cpu, struct vp *vp);
/* Guest and hypervisor, in units of 100 ns, until the last exit (TLFS on VP_RUNTIME). */
uint64_t vp_run_time(const struct vp *vp);
/* Write what is counted to the pages that are mapped. */
void vp_stats_update(struct vp *vp);

#endif
