/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl: what virtual processors did between two looks.
 */
#ifndef MSHVCTL_SAMPLE_H
#define MSHVCTL_SAMPLE_H

#include <linux/mshv_netlink.h>
#include <stddef.h>

#include "netlink.h"

/**
 * struct rate - of a virtual processor, or of all of a partition; a second each
 * @partition: whose
 * @vp: its index
 * @state: what it does now
 * @cpu: seconds that it ran
 * @exits: all
 * @kinds: by MSHV_A_EXITS_*
 */
struct rate {
	uint64_t partition;
	uint64_t vp;
	char state[16];
	double cpu;
	double exits;
	double kinds[MSHV_A_EXITS_MAX + 1];
};

/**
 * struct sampler - looks at all virtual processors
 * @nl: the connection
 * @last: what the last look showed, by name "PARTITION.VP"
 * @time: when that was, in seconds
 * @rates: what came of the last two
 * @n: how many there are
 * @whole: one rate for a partition, not for a VP
 */
struct sampler {
	struct netlink nl;
	struct json_object *last;
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
