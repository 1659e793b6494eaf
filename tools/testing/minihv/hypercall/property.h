/* SPDX-License-Identifier: GPL-2.0-only */
/* Partition properties whose setting does something. */
#ifndef MINIHV_PROPERTY_H
#define MINIHV_PROPERTY_H

#include "partition/partition.h"

/*
 * Synthetic features a child can have: bits 0-11 (CPUID leaves, counters, SynIC,
 * timers, APIC, hypercall and frequency MSRs, VP index), direct timers, TLB flush
 * and cluster IPI hypercalls, signalling of events.
 */
#define ASSIGNABLE_SYNTHETIC_FEATURES \
	(0xfffull | BIT(18) | BIT(22) | BIT(24) | BIT(25) | BIT(26) | BIT(29))

/* property_set.c. Without any lock held. */
uint16_t property_freeze(struct partition *p, uint64_t value);
uint16_t property_set_time(struct partition *p, uint64_t value);
uint16_t property_track(struct partition *p, uint64_t value);

#endif
