// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other end of the serial line: a thread that reads standard input, and shows
 * what the guest has sent and not ended with a newline.
 *
 * A terminal is put into raw mode, so that the guest sees every key; Ctrl-A x ends
 * the run, and Ctrl-A Ctrl-A sends one.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <termios.h>
#include <unistd.h>

#include "virtio.h"

#define ESCAPE 1 /* Ctrl-A */
#define SHOW_AFTER_MS 50

static struct {
	pthread_t thread;
	bool running;
	int stop;
	bool raw;
	struct termios saved;
} console = { .stop = -1 };

static void make_raw(void)
{
	struct termios t;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &console.saved))
		return;
	t = console.saved;
	cfmakeraw(&t);
	/* What is written keeps its line ends. */
	t.c_oflag |= OPOST;
	console.raw = !tcsetattr(STDIN_FILENO, TCSANOW, &t);
}

/* Take the escape sequences out. Returns what is left, or -1 to end the run. */
static ssize_t unescape(uint8_t *bytes, ssize_t n, bool *escaped)
{
	ssize_t left = 0;

	if (!console.raw)
		return n;
	for (ssize_t i = 0; i < n; i++) {
		if (*escaped && bytes[i] == 'x')
			return -1;
		if (bytes[i] == ESCAPE && !*escaped) {
			*escaped = true;
			continue;
		}
		*escaped = false;
		bytes[left++] = bytes[i];
	}
	return left;
}

/* To the console that Linux was given. */
static size_t room_for_input(const struct machine *m)
{
	return m->options->terminal ? terminal_room() : serial_room();
}

static void receive(const struct machine *m, const uint8_t *bytes, size_t n)
{
	if (m->options->terminal)
		terminal_receive(bytes, n);
	else
		serial_receive(bytes, n);
}

static void *run(void *argument)
{
	struct machine *m = argument;
	struct pollfd fds[2] = {
		{ .fd = console.stop, .events = POLLIN },
		{ .events = POLLIN },
	};
	bool escaped = false, ended = false;
	uint8_t bytes[256];

	while (!atomic_load(&m->stop)) {
		size_t room = room_for_input(m);
		ssize_t n;

		fds[1].fd = room && !ended ? STDIN_FILENO : -1;
		fds[1].revents = 0;
		if (poll(fds, 2, SHOW_AFTER_MS) == 0)
			output_show();
		/* At its end the line is quiet, no more. */
		if (!(fds[1].revents & (POLLIN | POLLHUP)))
			continue;
		n = read(STDIN_FILENO, bytes,
			 room < sizeof(bytes) ? room : sizeof(bytes));
		if (n <= 0) {
			ended = n == 0 || (errno != EINTR && errno != EAGAIN);
			continue;
		}
		n = unescape(bytes, n, &escaped);
		if (n < 0)
			machine_stop(m, 0);
		else
			receive(m, bytes, (size_t)n);
	}
	return NULL;
}

int console_start(struct machine *m)
{
	int err;

	console.stop = eventfd(0, EFD_CLOEXEC);
	if (console.stop < 0)
		return -errno;
	make_raw();
	err = -pthread_create(&console.thread, NULL, run, m);
	console.running = !err;
	if (err)
		console_stop();
	return err;
}

void console_stop(void)
{
	if (console.running) {
		/* Its counter cannot overflow, so this does not fail. */
		eventfd_write(console.stop, 1);
		pthread_join(console.thread, NULL);
		console.running = false;
	}
	if (console.raw)
		tcsetattr(STDIN_FILENO, TCSANOW, &console.saved);
	console.raw = false;
	if (console.stop >= 0)
		close(console.stop);
	console.stop = -1;
}
