/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls (TLFS chapter 3): one table entry per call says its sizes and who
 * may make it; the dispatcher checks them, fetches the input, applies the fault
 * knobs and stores the output, so that a handler sees plain memory.
 */
#ifndef MINIHV_HCALL_H
#define MINIHV_HCALL_H

#include "vp/vp.h"
#include <hvabi/hvabi.h>

struct hcall {
	struct vp *vp;			/* caller */
	struct partition *caller;
	uint16_t code;
	bool fast;
	uint16_t reps;			/* rep count, 0: not a rep call */
	uint16_t start;			/* first rep to do */
	uint16_t var_words;		/* variable header size in 8-byte units */
	const void *in;			/* copy of the input, fixed header first */
	void *out;			/* zeroed; stored if the call succeeds, or reps were done */
	uint16_t done;			/* reps completed so far (>= start), set by the handler */
	bool no_return;			/* the caller must not be resumed after the call as usual */
	bool parents;			/* of a child: its parent answers the call */
};

#define HC_REP		BIT(0)	/* rep call: sizes per rep below */
#define HC_FAST_OK	BIT(1)	/* may be made with register input */
#define HC_ROOT		BIT(2)	/* root (not L1VH) only */
#define HC_PARENT	BIT(3)	/* partitions that may create children: root and L1VH */
#define HC_ANY		BIT(4)	/* children too */
#define HC_VAR		BIT(5)	/* takes a variable header */
#define HC_HIDDEN	BIT(6)	/* who may not make it may not know it, by a knob */

struct hcall_entry {
	uint16_t code;
	uint16_t flags;
	uint16_t in_size, in_rep;	/* fixed input header, input per rep */
	uint16_t out_size, out_rep;
	uint16_t (*fn)(struct hcall *c);	/* returns HV_STATUS_* */
	const char *name;
};

/* Each file exports its table, ended by an entry without fn. */
extern const struct hcall_entry hc_partition_table[], hc_vp_table[], hc_memory_table[],
	hc_property_table[], hc_system_table[], hc_stats_table[], hc_port_table[],
	hc_irq_table[], hc_vpstate_table[], hc_ipi_table[], hc_domain_table[],
	hc_attach_table[], hc_target_table[], hc_domain_map_table[];

enum hcall_end {
	HCALL_DONE,
	HCALL_PARENTS,		/* nothing was done: the parent is to answer */
};

/*
 * Execute the hypercall @vp is making: sets its registers, steps over the instruction.
 * If its parameters are not in memory, the exit becomes a nested page fault instead.
 */
enum hcall_end hcall_execute(struct vp *vp);

/* At the end, stats.c: pages of children that are still mapped. */
unsigned int stats_report_leaks(void);

#endif
