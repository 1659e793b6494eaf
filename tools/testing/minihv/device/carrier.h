/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors of the spare processor. Each interrupt of a child has one, by which it is known
 * when it comes; each device has one more for what comes through entries that it had and
 * that are free; and the IOMMU has one for faults.
 */
#ifndef MINIHV_CARRIER_H
#define MINIHV_CARRIER_H

#include "device/remap.h"

struct interrupt;

uint32_t carrier_apic_id(void);
/* The lock of the devices is held for what follows. */
/* A vector for @i; false: all are taken. */
bool carrier_take(uint8_t *vector, const struct interrupt *i);
void carrier_give_back(uint8_t vector);
/* Where interrupts by the entry of @i, which is free now, go; false: nowhere. */
bool carrier_of_free(const struct interrupt *i, struct remap_target *t);

/* interrupt.c: into the child's local APICs. */
void interrupt_deliver(const struct interrupt *i);

#endif
