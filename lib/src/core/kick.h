/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Making a VP come back from its run.
 */
#ifndef MSHVCTL_SRC_CORE_KICK_H
#define MSHVCTL_SRC_CORE_KICK_H

#include <errno.h>
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

enum {
	RUN_IDLE,	/* no thread is running the VP */
	RUN_ACTIVE,	/* @runner is */
	RUN_HELD,	/* it is or was, and may not leave while it is signalled */
};

/* The run has shown the kick, or is given up for it. */
void kick_take(struct kick *kick) __attribute__((cold));

static inline void kick_end_run(struct kick *kick)
{
	unsigned int active = RUN_ACTIVE;

	/* A kicker that holds us is about to send a signal, no more. */
	while (!__atomic_compare_exchange_n(&kick->state, &active, RUN_IDLE,
					    false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST))
		active = RUN_ACTIVE;
}

/* Before a run. False: there was a kick, and the run must not take place. */
static inline bool kick_enter(struct kick *kick)
{
	kick->runner = pthread_self();
	__atomic_add_fetch(&kick->turn, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&kick->state, RUN_ACTIVE, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&kick->wanted, __ATOMIC_SEQ_CST))
		return true;
	kick_end_run(kick);
	kick_take(kick);
	return false;
}

/* After a run, with what it returned; not after a kick_enter() that was false. */
static inline void kick_leave(struct kick *kick, int err)
{
	kick_end_run(kick);
	/* Who gets a message may not look for a kick: that is for the next run. */
	if (err == -EINTR)
		kick_take(kick);
}

/* From any thread. Returns 0 or -errno of sending the signal. */
int kick_send(struct kick *kick, int signal_number);

#endif /* MSHVCTL_SRC_CORE_KICK_H */
