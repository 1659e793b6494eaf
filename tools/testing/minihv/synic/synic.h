/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Synthetic interrupt controller (TLFS chapter 11), the same for root, L1VH and
 * children.
 */
#ifndef MINIHV_SYNIC_H
#define MINIHV_SYNIC_H

#include "vp/vp.h"

/*
 * Deliver @vector to @vp: through the machine's local APIC for root and L1VH, through
 * the emulated one for children. Any context.
 */
void vp_assert_interrupt(struct vp *vp, uint8_t vector);

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
/* Is the message slot of @sint empty and nothing waiting for it? */
bool synic_slot_free(struct vp *vp, unsigned int sint);

#endif
