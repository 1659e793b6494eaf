/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices attached to a child. */
#ifndef ATTACH_H
#define ATTACH_H

#include "child.h"
#include "domain.h"

#define LOGICAL_ID	0x4711

/* The input of ATTACH_DEVICE with all that belongs there, in hc_in. */
struct hv_input_attach_device *attach_input(const struct child *c, union hv_device_id id);
/* Statuses; the child is given what the call asks for. */
uint16_t attach_call(struct child *c);
uint16_t attach(struct child *c, const struct edu *e);
uint16_t detach(const struct child *c, uint64_t logical_id);
/*
 * The child's APICs are on, each has the logical id 0x10 << its VP, and nothing is
 * requested.
 */
void apic_prepare(struct child *c);
/* The same for one VP, which need not be one that the child has by child_add_vp(). */
void apic_prepare_vp(struct child *c, unsigned int vp, uint32_t logical);
bool apic_requested(struct child *c, unsigned int vp, uint32_t vector);
/* The device interrupts: it comes to this VP with this vector, within @ms. */
bool interrupt_comes(const struct edu *e, struct child *c, unsigned int vp, uint32_t vector,
		     unsigned int ms);
/* For root: back to its own memory, which L1VH's devices go to by themselves. */
void bring_back(const struct edu *e);

#endif
