/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Making a VP come back from its run.
 */
#ifndef MSHVCTL_SRC_CORE_KICK_H
#define MSHVCTL_SRC_CORE_KICK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct mshv_vp_control;

/**
 * struct kick
 * @control: page that the kernel looks at before it runs the VP, or NULL
 * @state: the bits below; accessed atomically
 * @runner: who runs the VP; written before @state says so
 */
struct kick {
	struct mshv_vp_control *control;
	uint64_t state;
	pthread_t runner;
};

#define KICK_HELD UINT64_C(1)	/* @runner may not leave while it is signalled */
#define KICK_WANTED UINT64_C(2) /* there was a kick that no run has shown yet */
/* From here on a count of the runs that have begun and of those that have ended: */
#define KICK_ACTIVE UINT64_C(4) /* @runner is running the VP */

/* The run has shown the kick, or is given up for it. */
void kick_take(struct kick *kick) __attribute__((cold));

/* The end of a run where somebody else has changed the state since it began. */
void kick_end_run(struct kick *kick) __attribute__((cold));

/*
 * Before a run. False: there was a kick, and the run must not take place. @before is for
 * kick_leave().
 */
static inline bool kick_enter(struct kick *kick, uint64_t *before)
{
	kick->runner = pthread_self();
	*before = __atomic_fetch_add(&kick->state, KICK_ACTIVE, __ATOMIC_SEQ_CST);
	if (!(*before & KICK_WANTED))
		return true;
	kick_end_run(kick);
	kick_take(kick);
	return false;
}

/*
 * After a run; not after a kick_enter() that was false. Who gets a message may not look for
 * a kick: that is for the next run, and only who does not takes it.
 */
static inline void kick_leave(struct kick *kick, uint64_t before)
{
	uint64_t now = before + KICK_ACTIVE;

	if (!__atomic_compare_exchange_n(&kick->state, &now, before + 2 * KICK_ACTIVE, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		kick_end_run(kick);
}

/* From any thread. Returns 0 or -errno of sending the signal. */
int kick_send(struct kick *kick, int signal_number);

#endif /* MSHVCTL_SRC_CORE_KICK_H */
