// SPDX-License-Identifier: GPL-2.0-only
/*
 * Standard output, on which the serial port and the virtio console both write. Each has a line
 * of its own that is sent when it ends, so that neither gets into the middle of the other's.
 * What has not ended is shown when its writer has been quiet for a while: a prompt, say.
 *
 * A reader that is slow holds the writer up, be it by a write that waits or by one that says
 * it would have to. When nobody will ever read there is no point in going on.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "run.h"

#define LINE 4096
#define LOOK_UP_MS 100 /* while it takes nothing */

/* @lock guards all of it; it is taken within the serial port's. */
static struct {
	pthread_mutex_t lock;
	struct machine *machine;
	struct line {
		char bytes[LINE];
		size_t used;
		bool quiet; /* nothing has come since the last look */
	} lines[OUTPUT_WRITERS];
	uint64_t writes;
} out;

/* Whether nobody reads what is sent. The machine is stopped without a lock, and once. */
enum { WHOLE, BREAKING, BROKEN };
static atomic_int state = WHOLE;

int output_init(void)
{
	return -pthread_mutex_init(&out.lock, NULL);
}

void output_connect(struct machine *m)
{
	/* Before any other thread exists. */
	out.machine = m;
}

/* Does not wait for what never takes anything again when a signal ends the run. */
static bool wait_for_room(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };

	while (!out.machine || atomic_load(&out.machine->status) < STATUS_SIGNAL)
		if (poll(&fd, 1, LOOK_UP_MS) > 0)
			return true;
	return false;
}

/* With the lock held. What cannot be written is lost, as on a real line. */
static void send(struct line *line)
{
	size_t done = 0;

	while (done < line->used) {
		ssize_t n = write(STDOUT_FILENO, line->bytes + done, line->used - done);

		out.writes++;
		if (n < 0 && errno == EPIPE)
			atomic_compare_exchange_strong(&state, &(int){ WHOLE }, BREAKING);
		if (n < 0 && errno != EINTR && !(errno == EAGAIN && wait_for_room()))
			break;
		if (n > 0)
			done += (size_t)n;
	}
	line->used = 0;
}

void output_put(enum output_writer writer, const uint8_t *bytes, size_t n)
{
	struct line *line = &out.lines[writer];

	pthread_mutex_lock(&out.lock);
	for (size_t i = 0; i < n; i++) {
		line->bytes[line->used++] = (char)bytes[i];
		if (bytes[i] == '\n' || line->used == LINE)
			send(line);
	}
	line->quiet = false;
	pthread_mutex_unlock(&out.lock);
}

void output_settle(void)
{
	if (atomic_compare_exchange_strong(&state, &(int){ BREAKING }, BROKEN))
		machine_stop(out.machine, STATUS_FAILED);
}

void output_show(void)
{
	pthread_mutex_lock(&out.lock);
	for (unsigned int i = 0; i < OUTPUT_WRITERS; i++) {
		if (out.lines[i].quiet)
			send(&out.lines[i]);
		out.lines[i].quiet = true;
	}
	pthread_mutex_unlock(&out.lock);
	output_settle();
}

void output_flush(void)
{
	pthread_mutex_lock(&out.lock);
	for (unsigned int i = 0; i < OUTPUT_WRITERS; i++)
		send(&out.lines[i]);
	pthread_mutex_unlock(&out.lock);
	output_settle();
}

bool output_is_broken(void)
{
	return atomic_load(&state) != WHOLE;
}

uint64_t output_writes(void)
{
	uint64_t writes;

	pthread_mutex_lock(&out.lock);
	writes = out.writes;
	pthread_mutex_unlock(&out.lock);
	return writes;
}
