// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Making a VP come back from its run.
 *
 * A signal ends a run that is under way, but has no effect on one that is about to
 * begin. So a kick is noted before the signal is sent, and looked for after it was
 * announced that a run begins: in memory that the kernel looks at, too, if it has
 * that. Otherwise the few instructions between the look and the system call remain,
 * and the signal is repeated until the runner has shown that it noticed.
 */
#include <errno.h>
#include <linux/mshv.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "core/kick.h"

#define REPEAT_NS 50000

static void set_immediate_exit(struct kick *kick, uint8_t value)
{
	if (kick->control)
		__atomic_store_n(&kick->control->immediate_exit, value,
				 __ATOMIC_SEQ_CST);
}

void kick_take(struct kick *kick)
{
	/* The order matters: a kick in between is one of the next run. */
	set_immediate_exit(kick, 0);
	__atomic_store_n(&kick->wanted, false, __ATOMIC_SEQ_CST);
}

/* Returns false where there was nobody to signal. */
static int signal_runner(struct kick *kick, int signal_number)
{
	unsigned int active = RUN_ACTIVE;
	int err;

	if (!__atomic_compare_exchange_n(&kick->state, &active, RUN_HELD, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return 0;
	err = -pthread_kill(kick->runner, signal_number);
	__atomic_store_n(&kick->state, RUN_ACTIVE, __ATOMIC_SEQ_CST);
	return err;
}

static bool noticed(const struct kick *kick, uint64_t turn)
{
	return !__atomic_load_n(&kick->wanted, __ATOMIC_SEQ_CST) ||
	       __atomic_load_n(&kick->state, __ATOMIC_SEQ_CST) == RUN_IDLE ||
	       __atomic_load_n(&kick->turn, __ATOMIC_SEQ_CST) != turn;
}

/* One that no handler takes ends no system call, or ends the process. */
static bool is_handled(int signal_number)
{
	struct sigaction action;

	return !sigaction(signal_number, NULL, &action) &&
	       ((action.sa_flags & SA_SIGINFO) ||
		(action.sa_handler != SIG_IGN && action.sa_handler != SIG_DFL));
}

int kick_send(struct kick *kick, int signal_number)
{
	const struct timespec pause = { .tv_nsec = REPEAT_NS };
	uint64_t turn = __atomic_load_n(&kick->turn, __ATOMIC_SEQ_CST);
	int err;

	if (!is_handled(signal_number))
		return -EINVAL;
	__atomic_store_n(&kick->wanted, true, __ATOMIC_SEQ_CST);
	set_immediate_exit(kick, 1);
	for (;;) {
		err = signal_runner(kick, signal_number);
		if (err || kick->control || noticed(kick, turn))
			return err;
		nanosleep(&pause, NULL);
	}
}
