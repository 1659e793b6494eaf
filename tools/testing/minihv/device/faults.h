/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What devices did that they may not do: each time is counted, by device and kind. Some
 * kinds fail the run.
 */
#ifndef MINIHV_DEVICE_FAULTS_H
#define MINIHV_DEVICE_FAULTS_H

#include "base/minihv.h"

/* What is counted; the numbers are those by which tests ask, see Documentation/testing.rst. */
enum device_count {
	COUNT_NO_MAPPING,	/* access to where its table has nothing */
	COUNT_NO_ACCESS,	/* write to what is read-only, or access to what is mapped without */
	COUNT_BLOCKED,		/* any access while nothing passes */
	COUNT_PAGE_ZERO,	/* write to page 0 of a guest: fails the run */
	COUNT_HYPERVISOR,	/* access to the hypervisor's memory: fails the run */
	COUNT_INTERRUPT,	/* interrupt through an entry that is free: fails the run */
	COUNT_DELIVERED,	/* interrupts that a child got */
	NR_DEVICE_COUNTS
};

/* After translate_init(). */
void device_faults_init(void);
/*
 * Counts what the unit has recorded, all of it when this returns. Any context, no lock is held.
 * Before a device is moved, so that what it was refused counts for the place where it was.
 */
void device_faults_poll(void);

/*
 * DEVICE_COUNT_PORT, through which tests ask: a number of enum device_count above the
 * requester id in the word written; then it reads as the count.
 */
#define ASK_PLACE		0x10	/* enum device_place */
#define ASK_LOST		0x11	/* times that faults came faster than they were counted */
#define ASK_REGISTERS		0x12	/* pages of registers that were mapped for children, in all, */
#define ASK_REGISTERS_CACHED	0x13	/* without NOT_CACHED, */
#define ASK_REGISTERS_CODE	0x14	/* and to be executed; of all devices, these three */
void device_count_select(uint32_t word);
uint32_t device_count_read(void);

/* So many pages of registers are mapped for a child, with HV_MAP_GPA_* @flags. Any context. */
void device_count_registers(uint32_t flags, uint64_t pages);

#endif
