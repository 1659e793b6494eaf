/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Synthetic interrupt controller (TLFS chapter 11), the same for root, L1VH and
 * children.
 */
#ifndef MINIHV_SYNIC_H
#define MINIHV_SYNIC_H

#include "cpu/cpu.h"
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
	uint8_t faults;			/* fault knobs that were applied to it already */
	/* Called with the SynIC lock held when the message was copied out; may be NULL. */
	void (*delivered)(struct synic_message *m);
	/* A fault knob is going to deliver it once more; may be NULL. */
	void (*repeating)(struct synic_message *m);
};

struct synic {
	struct spinlock lock;
	uint64_t scontrol, siefp, simp, sirbp;	/* MSR values */
	uint64_t sint[SYNIC_SINTS];
	/* The pages, wherever they are; NULL while disabled or not mapped. */
	void *simp_page, *siefp_page, *sirbp_page;
	/*
	 * Pages of the hypervisor's: at addresses of its own in root (L1VH: SIMP and
	 * SIEFP), as overlays in children. No SIRBP of its own but in root.
	 */
	void *own_simp, *own_siefp, *own_sirbp;
	struct list queue[SYNIC_SINTS];	/* messages waiting for their slot */
	/* SINTs with as_intercept whose signal still has to become a message to SINT 0. */
	uint16_t intercepted;
	uint8_t ring_head[SYNIC_SINTS];	/* next entry of the event ring to write */
	bool held;			/* fault knob: nothing is delivered before @hold fires */
	struct timer hold;
};

/* Pages from the pool of the VP's partition, whose lock is held; false: out of pages. */
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
/* Can @sint be signalled: SynIC and SINT enabled, the page for it there? */
bool synic_ready(struct vp *vp, unsigned int sint);
/* Set event flag @flag of @sint; false: it was set already, or @sint is not ready. */
bool synic_signal_event(struct vp *vp, unsigned int sint, uint32_t flag);
/*
 * Append a doorbell (port) id to the event ring of @sint and assert it. Sets *@missed if
 * the ring is full (which its reader can see, and will ask), or there is none.
 */
void synic_ring_doorbell(struct vp *vp, unsigned int sint, uint32_t port_id, uint32_t *missed);
/* Look again whether anything that waits can be delivered. */
void synic_deliver(struct vp *vp);
void synic_hold_over(struct timer *t);	/* the function of synic.hold */
/* Was @vector asserted by a SINT that ends its interrupts by itself? */
bool synic_auto_eoi(struct vp *vp, uint8_t vector);
/* Is the message slot of @sint empty and nothing waiting for it? */
bool synic_slot_free(struct vp *vp, unsigned int sint);

#endif
