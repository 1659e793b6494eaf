/* SPDX-License-Identifier: GPL-2.0-only */
/* Fault knobs: what the option fault=SPEC makes go wrong, see faults.c for the words. */
#ifndef MINIHV_FAULT_H
#define MINIHV_FAULT_H

#include "base/minihv.h"
#include <hvabi/hvabi.h>

/* Read the knobs of fault=SPEC; at power-off, tell which fired how often. */
void fault_init(const char *spec);
void fault_report(void);

/* hypercall/hcall.c */
/* Status to answer instead of executing call @code, HV_STATUS_SUCCESS: go on. */
uint16_t fault_hcall(uint16_t code);
/* How many of @reps repetitions of this call may be done now; at least one. */
uint16_t fault_reps(uint16_t code, uint16_t reps);
/* Root gave @pages more pages to some partition. */
void fault_deposited(uint32_t pages);

/* synic/synic.c, for messages to root */
/* Reference time to hold each message back, 0: none. */
uint64_t fault_message_delay(void);
/* Is a message of this type to be delivered twice? */
bool fault_message_dup(uint32_t type);
/* Is a copy that names the wrong VP to go before this message? Then changes it. */
bool fault_message_vp(struct hv_message *copy);

/* device.c: what is not known of how Hyper-V treats devices, as dev=WORD says */
enum device_knob {
	DEVICE_KNOB_LARGE,		/* MAP_DEVICE_GPA_PAGES takes large pages */
	DEVICE_KNOB_NO_MMIO,		/* it refuses what is no RAM */
	DEVICE_KNOB_DETACH_FIRST,	/* a device that was placed can't be moved before */
	DEVICE_KNOB_IN_USE,		/* what is attached or known already: OBJECT_IN_USE */
	DEVICE_KNOB_ANY_ATS,		/* it does not matter what ATTACH was told of ATS */
	DEVICE_KNOB_BAR_AFTER_ATTACH,	/* root maps what is no RAM only for attached devices */
	DEVICE_KNOB_PAGE_REQUESTS,	/* DETACH_DEVICE answers PENDING_PAGE_REQUESTS */
	DEVICE_KNOB_NO_CODE,		/* L1VH: the calls on domains do not exist */
	DEVICE_KNOB_KEEP_INTERRUPTS,	/* DETACH_DEVICE leaves its interrupts mapped */
	DEVICE_KNOB_UNMAP_BY_ENTRY,	/* to unmap one, another partition's id will do */
	DEVICE_KNOB_NO_MAPPED_INTERRUPTS, /* children: none of devices in domains */
	DEVICE_KNOB_MESSAGES,		/* root is told of faults, on SINT 1 */
	DEVICE_KNOB_MEMORY,		/* calls that need no deposit do need one */
	NR_DEVICE_KNOBS
};

/* Is this so? To be asked only where it makes a difference: each yes counts. */
bool fault_device(enum device_knob knob);
/* How many tables devices can use at once, 0: as many as there are. */
uint32_t fault_device_numbers(void);
/* By "memory": does this call ask for some? Some was deposited. */
bool fault_device_asks(uint16_t code);
void fault_device_given(void);

/* signal.c: scheduler messages whose counts are wrong */
struct signal_fault {
	uint32_t count;			/* pairs, 0: the message is as it is */
	bool set;			/* a set in place of the pair */
	uint32_t banks, format;		/* of that */
	uint32_t fired;
};

/* Changes @m if it is a signal of the root scheduler and that is asked for. */
void fault_bend_signal(struct hv_message *m, struct signal_fault *f);
/* synic/synic.c */
void fault_message_signal(struct hv_message *m);

/* remap.c: accessed and dirty bits of a page that is mapped again */
enum fault_remap {
	FAULT_REMAP_UNSAID,
	FAULT_REMAP_CLEAR,
	FAULT_REMAP_KEEP,
};

void fault_remap_set(enum fault_remap how);
/* A page that has such bits is mapped again: do they stay? */
bool fault_remap_keeps(void);
void fault_remap_report(void);

/* ring.c: does the doorbell that has just rung do so once more? */
bool fault_ring_again(void);
void fault_parse_ring(const char **s, const char *spec);
void fault_report_ring(void);
/* nmi.c: is the pending NMI to stay so in this window, counted from 1? For cpu/nmi.c. */
bool fault_nmi_late(uint32_t window);
void fault_parse_nmi(const char **s, const char *spec);
void fault_report_nmi(void);

/*
 * meet.c, for vp/vp.c: @cpu waits for a VP, or has it; it has the VP, and is to wait until the
 * other one has come to that point, too.
 */
void fault_meet_arrive(uint32_t cpu);
void fault_meet_wait(uint32_t cpu);
/* @cpu begins the call @code. */
void fault_meet_call(uint32_t cpu, uint16_t code);
void fault_parse_meet(const char **s, const char *spec);
void fault_report_meet(void);

#endif
