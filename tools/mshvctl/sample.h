/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl: what virtual processors did between two looks.
 */
#ifndef MSHVCTL_SAMPLE_H
#define MSHVCTL_SAMPLE_H

#include <linux/mshv_netlink.h>
#include <stdbool.h>
#include <stddef.h>

#include "netlink.h"

/**
 * struct rate - of a virtual processor, or of all of a partition; a second each
 * @partition: whose
 * @vp: its index
 * @state: what it does now; not of a partition
 * @cpu: seconds that it ran
 * @exits: all
 * @kinds: by MSHV_A_EXITS_*
 */
struct rate {
	uint64_t partition;
	uint64_t vp;
	const char *state;
	double cpu;
	double exits;
	double kinds[MSHV_A_EXITS_MAX + 1];
};

/**
 * struct vp_sample - what a virtual processor has done so far
 * @partition: whose
 * @index: which
 * @state: MSHV_VP_ACTIVITY_*
 * @run_time: nanoseconds
 * @exits: by MSHV_A_EXITS_*
 */
struct vp_sample {
	uint64_t partition;
	uint64_t index;
	uint64_t state;
	uint64_t run_time;
	uint64_t exits[MSHV_A_EXITS_MAX + 1];
};

/**
 * struct samples - all virtual processors, in the driver's order, in which those that are
 *	in two looks are in both
 * @vps: them
 * @n: how many
 * @room: for how many there is room
 * @full: there was no memory for more
 */
struct samples {
	struct vp_sample *vps;
	size_t n;
	size_t room;
	bool full;
};

/**
 * struct sampler - looks at all virtual processors
 * @nl: the connection
 * @samples: what the last look showed, and the one before
 * @time: when the last one was, in seconds
 * @rates: what came of the two
 * @n: how many there are
 * @whole: one rate for a partition, not for a VP
 */
struct sampler {
	struct netlink nl;
	struct samples samples[2];
	double time;
	struct rate *rates;
	size_t n;
	bool whole;
};

/* All return an exit status, after a complaint if it is not EXIT_OK. */
int sampler_open(struct sampler *sampler);
int sampler_look(struct sampler *sampler);
void sampler_close(struct sampler *sampler);

#endif /* MSHVCTL_SAMPLE_H */
