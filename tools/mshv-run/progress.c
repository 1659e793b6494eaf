// SPDX-License-Identifier: GPL-2.0-only
/*
 * What takes long says so: a step that has lasted for a second is shown.
 */
#include <errno.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "run.h"

#define PATIENCE_S 1

static struct {
	pthread_t thread;
	sem_t over;
	bool running;
	struct timespec deadline;
	char text[200];
} step;

static void *watch(void *unused)
{
	(void)unused;
	while (sem_timedwait(&step.over, &step.deadline)) {
		if (errno == EINTR)
			continue;
		fprintf(stderr, "mshv-run: %s...\n", step.text);
		break;
	}
	return NULL;
}

/* Without a thread for it the step is not shown, which is no reason not to take it. */
void progress_begin(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(step.text, sizeof(step.text), format, args);
	va_end(args);
	clock_gettime(CLOCK_REALTIME, &step.deadline);
	step.deadline.tv_sec += PATIENCE_S;
	if (sem_init(&step.over, 0, 0))
		return;
	step.running = !pthread_create(&step.thread, NULL, watch, NULL);
	if (!step.running)
		sem_destroy(&step.over);
}

void progress_end(void)
{
	if (!step.running)
		return;
	sem_post(&step.over);
	pthread_join(step.thread, NULL);
	sem_destroy(&step.over);
	step.running = false;
}
