/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of devices: where each entry of the remapping table leads. A parent's own goes
 * to its processor as the hardware has it. A child's goes to the spare processor, by a
 * vector that tells which it is, and from there into the child's local APIC.
 */
#ifndef MINIHV_INTERRUPT_H
#define MINIHV_INTERRUPT_H

#include "device/device.h"
#include <hvabi/hvabi.h>

struct vp_set {
	uint64_t vps[MAX_VPS / 64];
};

struct interrupt {
	bool used;
	/* As it was mapped, by which it is known from then on. */
	uint64_t partition_id, device_id;
	struct hv_interrupt_entry entry;
	struct partition *child;	/* whose it is, NULL: its parent's own */
	bool pci, level;
	uint16_t rid;
	uint8_t carrier;		/* a child's: the vector on the spare processor */
	/* Where it goes. */
	uint32_t vector;
	struct vp_set set;
	bool multicast;			/* to all of them, else to the first */
	struct vp_set mapped_set;	/* as it was mapped */
};

/* After translate_init(). */
void interrupts_init(void);
/* Can children have any? Else the machine lacks a spare processor, or remapping. */
bool interrupts_for_children(void);

/* The lock of the devices is held for all of these; those with a status return HV_STATUS_*. */
/* @i has all but its entry, which it gets. */
uint16_t interrupt_map(struct interrupt *i);
/* NULL: none is mapped so. Partition id 0: any will do. */
struct interrupt *interrupt_find(uint64_t partition_id, uint64_t device_id,
				 const struct hv_interrupt_entry *entry);
/* Is any mapped for @child by this id? */
bool interrupts_known(const struct partition *child, uint64_t device_id);
void interrupt_unmap(struct interrupt *i);
/* Lead it elsewhere. */
void interrupt_retarget(struct interrupt *i, uint32_t vector, const struct vp_set *set,
			bool multicast);
/* Drop what is mapped for @child of this device; returns how many there were. */
unsigned int interrupts_drop(const struct partition *child, uint64_t device_id);

/* @p is going away: drop all that it still has. Takes the locks. */
void interrupts_partition_gone(struct partition *p);
/* VPs that were taken out of their partition before are not used any more. Takes the lock. */
void interrupts_settle(void);
/* At power-off: a line for each that is mapped; returns the number of children's. */
unsigned int interrupts_report(void);

#endif
