/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Synthetic interrupt controller (TLFS chapter 11), the same for root, L1VH and
 * children.
 */
#ifndef MINIHV_SYNIC_H
#define MINIHV_SYNIC_H

#include "sync.h"
#include <hvabi/hvabi.h>

struct vp;

#define SYNIC_SINTS	16

/*
 * A message and its place in a queue. Whoever sends owns the memory, so nothing
 * is allocated and nothing can be lost: a source that has not been delivered yet
 * is not queued twice.
 */
struct synic_message {
	struct list node;		/* on synic.queue[sint] while queued */
	struct hv_message message;
	/* Called with the SynIC lock held when the message was copied out; may be NULL. */
	void (*delivered)(struct synic_message *m);
};

struct synic {
	struct spinlock lock;
	uint64_t scontrol, siefp, simp, sirbp;	/* MSR values */
	uint64_t sint[SYNIC_SINTS];
	/* The pages, wherever they are; NULL while disabled or not mapped. */
	void *simp_page, *siefp_page, *sirbp_page;
	/* Pages that the hypervisor supplies (root; SIMP and SIEFP of L1VH). */
	void *own_simp, *own_siefp, *own_sirbp;
	struct list queue[SYNIC_SINTS];	/* messages waiting for their slot */
};

/* Pages from the pool of the VP's partition where needed; false: out of pages. */
bool synic_init(struct vp *vp);
void synic_destroy(struct vp *vp);

/* MSR numbers HV_X64_MSR_SCONTROL..SINT15. false: #GP. */
bool synic_rdmsr(struct vp *vp, uint32_t msr, uint64_t *value);
bool synic_wrmsr(struct vp *vp, uint32_t msr, uint64_t value);

/*
 * Queue @m for @sint of @vp, deliver it at once if the slot is free and assert
 * the SINT's interrupt. Any context without a SynIC lock held. false: the message
 * is queued already, or the SynIC or SINT is disabled or masked.
 */
bool synic_post(struct vp *vp, unsigned int sint, struct synic_message *m);
/* Take @m back if it has not been delivered. */
void synic_cancel(struct vp *vp, unsigned int sint, struct synic_message *m);
/* Signal event flag @flag of @sint. */
bool synic_signal_event(struct vp *vp, unsigned int sint, uint32_t flag);
/* Append a doorbell (port) id to the event ring of @sint and assert it. */
bool synic_ring_doorbell(struct vp *vp, unsigned int sint, uint32_t port_id);

#endif
