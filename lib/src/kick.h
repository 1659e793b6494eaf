/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Making a VP come back from its run.
 */
#ifndef MSHVCTL_SRC_KICK_H
#define MSHVCTL_SRC_KICK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct mshv_vp_control;

/**
 * struct kick - all but @control and @runner are accessed atomically
 * @control: page that the kernel looks at before it runs the VP, or NULL
 * @wanted: a kick that no run has shown yet
 * @state: whether a thread is running the VP
 * @runner: which; written before @state says so
 * @turn: counts runs
 */
struct kick {
	struct mshv_vp_control *control;
	bool wanted;
	unsigned int state;
	pthread_t runner;
	uint64_t turn;
};

/* Before a run. False: there was a kick, and the run must not take place. */
bool kick_enter(struct kick *kick);

/* After a run, with what it returned; not after a kick_enter() that was false. */
void kick_leave(struct kick *kick, int err);

/* From any thread. Returns 0 or -errno of sending the signal. */
int kick_send(struct kick *kick, int signal_number);

#endif /* MSHVCTL_SRC_KICK_H */
