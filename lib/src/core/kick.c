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
	__atomic_and_fetch(&kick->state, ~KICK_WANTED, __ATOMIC_SEQ_CST);
}

void kick_end_run(struct kick *kick)
{
	uint64_t now = __atomic_load_n(&kick->state, __ATOMIC_SEQ_CST);

	/* A kicker that holds us is about to send a signal, no more. */
	do {
		now &= ~KICK_HELD;
	} while (!__atomic_compare_exchange_n(&kick->state, &now, now + KICK_ACTIVE, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
}

/* Nobody to signal is no error, nor is one whom another kicker signals. */
static int signal_runner(struct kick *kick, int signal_number)
{
	uint64_t now = __atomic_load_n(&kick->state, __ATOMIC_SEQ_CST);
	int err;

	do {
		if (!(now & KICK_ACTIVE) || (now & KICK_HELD))
			return 0;
	} while (!__atomic_compare_exchange_n(&kick->state, &now, now | KICK_HELD, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	err = -pthread_kill(kick->runner, signal_number);
	__atomic_and_fetch(&kick->state, ~KICK_HELD, __ATOMIC_SEQ_CST);
	return err;
}

/* Whether a run that was under way when the kick was noted has ended, or one has shown it. */
static bool noticed(const struct kick *kick, uint64_t noted)
{
	const uint64_t now = __atomic_load_n(&kick->state, __ATOMIC_SEQ_CST);

	return !(now & KICK_WANTED) || !(now & KICK_ACTIVE) ||
	       now / KICK_ACTIVE != noted / KICK_ACTIVE;
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
	uint64_t noted;
	int err;

	if (!is_handled(signal_number))
		return -EINVAL;
	/* Each run that begins from here on sees it: only the one that is under way may not. */
	noted = __atomic_fetch_or(&kick->state, KICK_WANTED, __ATOMIC_SEQ_CST);
	set_immediate_exit(kick, 1);
	for (;;) {
		err = signal_runner(kick, signal_number);
		if (err || kick->control || noticed(kick, noted))
			return err;
		nanosleep(&pause, NULL);
	}
}
