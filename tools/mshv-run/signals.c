// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signals that end a process: they stop the machine instead, so that everything is put
 * back in its place, the terminal above all. One more has it saved.
 */
#include <errno.h>
#include <signal.h>

#include "run.h"

#define SAVE_SIGNAL SIGUSR2

static struct {
	sigset_t set;
	pthread_t thread;
	bool running;
} signals;

static void *run(void *machine)
{
	int number;

	if (!sigwait(&signals.set, &number))
		machine_stop(machine, number == SAVE_SIGNAL ? STATUS_SAVE :
							      STATUS_SIGNAL + number);
	return NULL;
}

/* Who starts a process may have seen to it that a signal does it no harm. */
static void add(int number)
{
	struct sigaction action;

	if (!sigaction(number, NULL, &action) && action.sa_handler != SIG_IGN)
		sigaddset(&signals.set, number);
}

void signals_hold(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SAVE_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

int signals_start(struct machine *m)
{
	int err;

	sigemptyset(&signals.set);
	add(SIGHUP);
	add(SIGINT);
	add(SIGTERM);
	if (m->options->save)
		sigaddset(&signals.set, SAVE_SIGNAL);
	/* Output that cannot be written is an error, and ends the run as such. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	err = -pthread_sigmask(SIG_BLOCK, &signals.set, NULL);
	if (!err)
		err = -pthread_create(&signals.thread, NULL, run, m);
	signals.running = !err;
	return err;
}

void signals_stop(void)
{
	if (!signals.running)
		return;
	/* Only a thread that has ended cannot be cancelled. */
	pthread_cancel(signals.thread);
	pthread_join(signals.thread, NULL);
	signals.running = false;
}
