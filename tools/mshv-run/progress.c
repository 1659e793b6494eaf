// SPDX-License-Identifier: GPL-2.0-only
/*
 * What takes long says so: a step that has lasted for a second is shown.
 */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "run.h"

#define PATIENCE_S 1

static struct {
	pthread_mutex_t lock;
	pthread_cond_t over;
	pthread_t thread;
	bool running, done;
	char text[200];
} step = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *watch(void *deadline)
{
	int err = 0;

	pthread_mutex_lock(&step.lock);
	while (!step.done && !err)
		err = pthread_cond_timedwait(&step.over, &step.lock, deadline);
	if (!step.done)
		fprintf(stderr, "mshv-run: %s...\n", step.text);
	pthread_mutex_unlock(&step.lock);
	return NULL;
}

/* Without a thread for it the step is not shown, which is no reason not to take it. */
void progress_begin(const char *format, ...)
{
	static struct timespec deadline;
	pthread_condattr_t attributes;
	va_list args;

	va_start(args, format);
	vsnprintf(step.text, sizeof(step.text), format, args);
	va_end(args);
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += PATIENCE_S;
	step.done = false;
	if (pthread_condattr_init(&attributes))
		return;
	if (!pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) &&
	    !pthread_cond_init(&step.over, &attributes)) {
		step.running = !pthread_create(&step.thread, NULL, watch, &deadline);
		if (!step.running)
			pthread_cond_destroy(&step.over);
	}
	pthread_condattr_destroy(&attributes);
}

void progress_end(void)
{
	if (!step.running)
		return;
	pthread_mutex_lock(&step.lock);
	step.done = true;
	pthread_cond_signal(&step.over);
	pthread_mutex_unlock(&step.lock);
	pthread_join(step.thread, NULL);
	pthread_cond_destroy(&step.over);
	step.running = false;
}
