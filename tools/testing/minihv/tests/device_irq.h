/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls on interrupts of devices. */
#ifndef DEVICE_IRQ_H
#define DEVICE_IRQ_H

#include "test.h"

/* Whose interrupt, and where it goes: VPs by a plain mask. */
struct device_irq {
	uint64_t partition;
	uint64_t device;
	uint32_t vector;
	uint64_t vps;
	bool level;
	struct hv_interrupt_entry entry;	/* the answer */
	uint64_t *deposited;			/* pages given to @partition, NULL: it needs none */
};

/* Each returns the call's status. */
uint16_t device_irq_map(struct device_irq *i);
uint16_t device_irq_unmap(const struct device_irq *i);
uint16_t device_irq_retarget(const struct device_irq *i, uint32_t vector, uint64_t vps);
/* The inputs of the first and the last, in hc_in. */
struct hv_input_map_device_interrupt *device_irq_map_input(const struct device_irq *i);
struct hv_retarget_device_interrupt *device_irq_retarget_input(const struct device_irq *i,
							       uint32_t vector, uint64_t vps);

#endif
