/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_BYPASS_H
#define MSHV_ROOT_BYPASS_H

#include <linux/irqbypass.h>
#include <linux/list.h>

#include "../include/mshv_device.h"
#include "irq.h"

/**
 * struct mshv_bypass - an interrupt that may go from a device straight to the guest
 * @consumer: in the lists of irqbypass, by the eventfd
 * @unregister: takes it off, or NULL if it is in none
 * @partition: whose guest
 * @gsi: which interrupt of it; constant, as the two above
 * @node: in the partition's list while it has met a device's; this and all below are
 *	guarded by the partition's bypass_lock
 * @ops: how to move it, or NULL; while it is in the list
 * @irq: Linux's number of the device's interrupt, likewise
 * @asked: somebody was asked to let it reach the guest
 * @settled: the answer to that was no error
 * @target: where in the guest that was to be
 * @error: why it reaches nobody, or 0
 */
struct mshv_bypass {
	struct irq_bypass_consumer consumer;
	void (*unregister)(struct irq_bypass_consumer *consumer);
	struct mshv_partition *partition;
	u32 gsi;
	struct list_head node;
	const struct mshv_device_ops *ops;
	unsigned int irq;
	bool asked;
	bool settled;
	struct mshv_guest_irq target;
	int error;
};

int mshv_bypass_connect(struct mshv_bypass *bypass, struct mshv_partition *pt, u32 gsi,
			struct eventfd_ctx *eventfd);
void mshv_bypass_disconnect(struct mshv_bypass *bypass);
int mshv_bypasses_move(struct mshv_partition *pt, const struct mshv_routes *routes);

#endif
