/* SPDX-License-Identifier: GPL-2.0-only */
/* What a child's parent has installed: intercepts, and CPUID results of its own. */
#ifndef MINIHV_INTERCEPTS_H
#define MINIHV_INTERCEPTS_H

#include "partition/partition.h"
#include <hvabi/hvabi.h>

#define MAX_INTERCEPT_INDEXES	64

struct intercept_index {
	uint32_t index;
	uint32_t access;	/* HV_INTERCEPT_ACCESS_MASK_*, 0: entry is free */
};

/* One page of the partition's pool. Written under its lock, read by its VPs. */
struct intercepts {
	uint32_t exceptions;	/* a bit for each vector */
	uint32_t msr;		/* access mask of MSRs that the hypervisor does not know */
	uint32_t hypercall;	/* access mask: calls that the hypervisor does not know */
	uint32_t connection;	/* calls on unknown connections */
	uint32_t retarget;	/* retarget of interrupts of unknown devices */
	struct intercept_index cpuid[MAX_INTERCEPT_INDEXES];
	struct intercept_index msr_index[MAX_INTERCEPT_INDEXES];
};

/* The partition's lock is held. Exceptions have to be told to each VP's controls then. */
uint16_t intercept_install(struct partition *p, const struct hv_input_install_intercept *in);
/* Access mask that is installed for @index, 0: none. */
uint32_t intercept_cpuid(const struct partition *p, uint32_t leaf);
uint32_t intercept_msr_index(const struct partition *p, uint32_t msr);

/* CPUID results registered by the parent. The partition's lock is held to add one. */
uint16_t cpuid_result_register(struct partition *p,
			       const struct hv_input_register_intercept_result *in);
/* Replace the bits of @r that were registered for VP @index. */
void cpuid_results_apply(const struct partition *p, uint32_t index, uint32_t leaf,
			 uint32_t subleaf, uint32_t r[4]);
struct cpuid_result *cpuid_results_next(struct cpuid_result *r);

#endif
