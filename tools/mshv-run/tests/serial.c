// SPDX-License-Identifier: GPL-2.0-only
/*
 * The serial port's line: a reader that is slow, of a pipe that does not wait, gets all that
 * the guest sends, and one that never reads does not keep a run from its end.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../run.h"

#define BYTES 200000
#define SLICE 8192

static struct machine machine;

void complain(int err, const char *format, ...)
{
	(void)err;
	(void)format;
}

void ioapic_raise(struct machine *m, unsigned int input)
{
	(void)m;
	(void)input;
}

void machine_stop(struct machine *m, int status)
{
	(void)m;
	(void)status;
}

/* Reads in slices, each only when the pipe has been full for a while. */
static void *read_slowly(void *argument)
{
	static char slice[SLICE];
	size_t *sum = argument;
	int fd = (int)sum[0];
	ssize_t n;

	sum[1] = 0;
	do {
		usleep(2000);
		n = read(fd, slice, sizeof(slice));
		for (ssize_t i = 0; i < n; i++)
			sum[1] += slice[i] == (char)('a' + (sum[2]++ + 1) % 26) ? 1 : 0;
	} while (n > 0);
	return NULL;
}

static int report(const char *name, bool passes)
{
	fprintf(stderr, "%s mshv-run.%s\n", passes ? "PASS" : "FAIL", name);
	return !passes;
}

static int start_pipe(int fds[2])
{
	if (pipe(fds) || fcntl(fds[1], F_SETFL, O_NONBLOCK) < 0 ||
	    dup2(fds[1], STDOUT_FILENO) < 0)
		return -1;
	return close(fds[1]);
}

static int test_slow(void)
{
	size_t sum[3] = { 0 };
	pthread_t thread;
	int fds[2];

	if (start_pipe(fds))
		return report("slow_terminal_loses_nothing", false);
	sum[0] = (size_t)fds[0];
	if (pthread_create(&thread, NULL, read_slowly, sum))
		return report("slow_terminal_loses_nothing", false);
	for (unsigned int i = 1; i <= BYTES; i++)
		serial_write(0, (uint8_t)('a' + i % 26));
	output_flush();
	/* The pipe's last writer is gone then. */
	dup2(STDERR_FILENO, STDOUT_FILENO);
	pthread_join(thread, NULL);
	close(fds[0]);
	return report("slow_terminal_loses_nothing", sum[1] == BYTES);
}

/* Each writer's line is whole, and what has not ended is shown when its writer is quiet. */
static int test_two_writers(void)
{
	static const char wanted[] = "abcd\n12\n$\n34";
	char seen[64] = "";
	int fds[2];
	ssize_t n;

	if (start_pipe(fds))
		return report("writers_keep_out_of_lines", false);
	serial_write(0, '1');
	output_put(OUTPUT_TERMINAL, (const uint8_t *)"ab", 2);
	output_show();
	serial_write(0, '2');
	output_put(OUTPUT_TERMINAL, (const uint8_t *)"cd\n$", 4);
	output_show();
	serial_write(0, '\n');
	output_put(OUTPUT_TERMINAL, (const uint8_t *)"\n3", 2);
	output_show();
	output_put(OUTPUT_TERMINAL, (const uint8_t *)"4", 1);
	output_show();
	output_show();
	n = read(fds[0], seen, sizeof(seen) - 1);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	close(fds[0]);
	if (n != (ssize_t)strlen(wanted) || memcmp(seen, wanted, (size_t)n))
		fprintf(stderr, "# saw \"%s\"\n", seen);
	return report("writers_keep_out_of_lines", !strcmp(seen, wanted));
}

/* The run was ended by a signal: what nobody reads is lost. */
static int test_never(void)
{
	int fds[2];

	if (start_pipe(fds))
		return report("terminal_that_is_stuck_ends", false);
	atomic_store(&machine.status, STATUS_SIGNAL + 15);
	for (unsigned int i = 1; i <= BYTES; i++)
		serial_write(0, 'x');
	output_flush();
	return report("terminal_that_is_stuck_ends", !output_is_broken());
}

int main(void)
{
	if (output_init() || serial_init())
		return 2;
	atomic_store(&machine.status, -1);
	output_connect(&machine);
	serial_connect(&machine);
	return test_slow() | test_two_writers() | test_never();
}
