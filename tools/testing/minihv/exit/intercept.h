/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intercepts of children: what is installed, the messages to the parent, and
 * the pages through which the parent sees a VP.
 */
#ifndef MINIHV_INTERCEPT_H
#define MINIHV_INTERCEPT_H

#include "vp/vp.h"

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

uint16_t intercept_install(struct partition *p, const struct hv_input_install_intercept *in);
/* The controls of @vp that say which exceptions exit. */
void intercept_exceptions_apply(struct vp *vp);
/* Access mask that is installed for @index, 0: none. */
uint32_t intercept_cpuid(const struct partition *p, uint32_t leaf);
uint32_t intercept_msr_index(const struct partition *p, uint32_t msr);

/*
 * intercept.c: suspend @vp, loaded here, and tell its parent. Each fills the
 * intercept message; the caller returns VP_STOP_INTERCEPT.
 */
void intercept_io(struct vp *vp);
void intercept_memory(struct vp *vp, bool mapped);
void intercept_msr(struct vp *vp, uint32_t msr, bool write);
void intercept_cpuid_message(struct vp *vp, const uint32_t r[4]);
void intercept_exception(struct vp *vp, uint8_t vector, uint32_t error);
void intercept_hlt(struct vp *vp);
void intercept_unrecoverable(struct vp *vp);
void intercept_invalid_state(struct vp *vp);
void intercept_hypercall(struct vp *vp);
void intercept_deliverable(struct vp *vp, uint32_t type);
void intercept_sint_deliverable(struct vp *vp, uint16_t sints);
/*
 * Where @vp is loaded; it goes on running. Straight to the parent's SINT0; the
 * second sends what could not be sent yet.
 */
void intercept_eoi(struct vp *vp, uint8_t vector);
void intercept_eoi_flush(struct vp *vp);

/*
 * intercept_send.c. The message reaches the parent in two steps: the VP is
 * suspended where it runs, and when it has left its CPU the parent sees the
 * register page and is told.
 */
struct hv_message *intercept_begin(struct vp *vp, uint32_t type, uint32_t size);
void intercept_finish(struct vp *vp);
/*
 * Post @m to SINT0 of the parent, best of all on the CPU where @vp ran last.
 * *target remembers where it waits. false: nobody listens, or it waits already.
 */
bool parent_post(struct vp *vp, struct synic_message *m, struct vp **target);
/* @vp goes away: take back what has not arrived. */
void parent_cancel_all(struct vp *vp);

/* cpuid_result.c: CPUID results registered by the parent. */
uint16_t cpuid_result_register(struct partition *p,
			       const struct hv_input_register_intercept_result *in);
/* Replace the bits of @r that were registered for @vp. */
void cpuid_results_apply(struct vp *vp, uint32_t leaf, uint32_t subleaf, uint32_t r[4]);
struct cpuid_result *cpuid_results_next(struct cpuid_result *r);

/* statepage.c */
uint16_t statepage_map(struct partition *caller, struct vp *vp, uint32_t type, bool provided,
		       uint64_t gpfn, uint64_t *location);
uint16_t statepage_unmap(struct partition *caller, struct vp *vp, uint32_t type);
/* Before the parent looks at the page, and before the VP runs again. */
void statepage_fill(struct vp *vp);
void statepage_flush(struct vp *vp);
/* Make the vectors that the parent put on the register page pending. */
void statepage_scan_interrupts(struct vp *vp);

#endif
