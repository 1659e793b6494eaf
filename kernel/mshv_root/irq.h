/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_IRQ_H
#define MSHV_ROOT_IRQ_H

#include "partition.h"

#define MSHV_MAX_ROUTES	4096

/**
 * struct mshv_route - what an interrupt number means
 * @valid: it means something
 * @deliverable: a processor takes such an interrupt
 * @simple: it is one of those that the register page has a place for
 * @level: triggered by level
 * @logical: @apic_id is a logical destination
 * @type: enum hv_interrupt_type
 * @vector: interrupt vector
 * @apic_id: destination
 */
struct mshv_route {
	bool valid;
	bool deliverable;
	bool simple;
	bool level;
	bool logical;
	u8 type;
	u8 vector;
	u32 apic_id;
};

/* Immutable once it is published in a partition. */
struct mshv_routes {
	u32 nr;
	struct mshv_route entries[] __counted_by(nr);
};

long mshv_routes_set(void *pt, void __user *arg);
const struct mshv_route *mshv_route_in(const struct mshv_routes *routes, u32 gsi);
const struct mshv_route *mshv_route_find(struct mshv_partition *pt, u32 gsi);
void mshv_route_raise(struct mshv_partition *pt, const struct mshv_route *route);
void mshv_routes_destroy(struct mshv_partition *pt);

/* inject.c */
bool mshv_route_inject(struct mshv_partition *pt, const struct mshv_route *route);

/* irqfd.c */
long mshv_irqfd_set(void *pt, void __user *arg);
void mshv_irqfds_release(struct mshv_partition *pt);
bool mshv_irqfds_allow(struct mshv_partition *pt, const struct mshv_routes *routes);
void mshv_irqfds_acked(struct mshv_partition *pt, u32 vector);
int mshv_irqfd_init(void);
void mshv_irqfd_exit(void);

/* ioeventfd.c */
long mshv_ioeventfd_set(void *pt, void __user *arg);
void mshv_ioeventfds_release(struct mshv_partition *pt);
void mshv_ioeventfds_exit(void);
void mshv_doorbell_rang(u32 id);

/* synic.c */
int mshv_synic_init(void);
void mshv_synic_exit(void);
void mshv_synic_take_doorbells(void);

#define MSHV_DOORBELL_SINT	HV_SYNIC_DOORBELL_SINT_INDEX

#endif
