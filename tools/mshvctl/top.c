// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl top: what virtual processors do, live.
 */
#include <errno.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mshvctl.h"
#include "options.h"
#include "record.h"
#include "screen.h"

static const char help[] =
	"usage: mshvctl top [--interval=S] [--count=N] [--json] [--record=FILE]\n"
	"\n"
	"Exits of guests by kind, each second, and the CPU time that they take. In a terminal\n"
	"the screen is kept up to date; else a table is written each time.\n"
	"\n"
	"  --interval=S    seconds between two looks (default: 1)\n"
	"  --count=N       end after N looks\n"
	"  --json          a JSON object each time, in a line\n"
	"  --record=FILE   write what was seen to FILE as well, for mshvctl plot\n"
	"  --help          show this\n"
	"\n"
	"Keys: e, c, n sort by exits, CPU time, number; p shows partitions or virtual\n"
	"processors; q ends. Lines that begin with the partition's number: partition, VP, its\n"
	"state, percent of a CPU, exits a second, and those of the kinds named.\n";

/**
 * struct top - what is shown
 * @options: the command line
 * @sampler: where it comes from
 * @order: how it is sorted
 * @record: file that is written as well, or NULL
 * @looks: how many there were
 */
struct top {
	struct options options;
	struct sampler sampler;
	enum order order;
	FILE *record;
	uint64_t looks;
};

static bool is_over(const struct top *top)
{
	return top->options.count && top->looks >= top->options.count;
}

static int look(struct top *top)
{
	int status = sampler_look(&top->sampler);

	if (status)
		return status;
	top->looks++;
	if (top->record)
		status = record_write(top->record, &top->sampler);
	rates_sort(&top->sampler, top->order);
	return status;
}

/* False if that was enough. */
static bool obey(struct top *top, int key)
{
	switch (key) {
	case 'q':
		return false;
	case 'e':
		top->order = ORDER_EXITS;
		break;
	case 'c':
		top->order = ORDER_CPU;
		break;
	case 'n':
		top->order = ORDER_NUMBER;
		break;
	case 'p':
		top->sampler.whole = !top->sampler.whole;
		/* What there is are rates of the others. */
		top->sampler.n = 0;
		return true;
	}
	rates_sort(&top->sampler, top->order);
	return true;
}

static double monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Keys do not hasten the next look, whose rates would be of a moment only. */
static bool wait_and_obey(struct top *top)
{
	double end = top->sampler.time + top->options.interval;

	for (;;) {
		double left = end - monotonic();
		int key = left > 0 ? screen_key(left) : -1;

		if (key < 0)
			return true;
		if (!obey(top, key))
			return false;
		screen_draw(&top->sampler, top->order);
	}
}

static int on_screen(struct top *top)
{
	int status = EXIT_OK;

	while (!status && !is_over(top)) {
		screen_draw(&top->sampler, top->order);
		if (!wait_and_obey(top))
			break;
		status = look(top);
	}
	screen_close();
	return status;
}

static void sleep_for(double seconds)
{
	struct timespec ts = { .tv_sec = (time_t)seconds };

	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	nanosleep(&ts, NULL);
}

static int print_table(const struct sampler *sampler)
{
	char line[512];

	rate_format(NULL, sampler->whole, line, sizeof(line));
	puts(line);
	for (size_t i = 0; i < sampler->n; i++) {
		rate_format(&sampler->rates[i], sampler->whole, line, sizeof(line));
		puts(line);
	}
	return finish_output(EXIT_OK);
}

static int as_text(struct top *top)
{
	int status = EXIT_OK;

	while (!status && !is_over(top)) {
		sleep_for(top->options.interval);
		status = look(top);
		if (!status)
			status = top->options.json ? record_print(&top->sampler) :
						     print_table(&top->sampler);
	}
	return status;
}

static bool has_screen(const struct top *top)
{
	return !top->options.json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
	       screen_open();
}

static int open_record(struct top *top)
{
	if (!top->options.record)
		return EXIT_OK;
	top->record = fopen(top->options.record, "we");
	if (top->record)
		return EXIT_OK;
	complain("%s: %s", top->options.record, strerror(errno));
	return EXIT_FAILED;
}

static int close_record(struct top *top, int status)
{
	if (top->record && fclose(top->record)) {
		complain("%s: %s", top->options.record, strerror(errno));
		return EXIT_FAILED;
	}
	return status;
}

int cmd_top(int argc, char **argv)
{
	struct top top = { .order = ORDER_EXITS };
	int status;

	if (!options_read(&top.options, TAKES_INTERVAL | TAKES_COUNT | TAKES_RECORD | TAKES_JSON,
			  help, argc, argv))
		return top.options.status;
	status = sampler_open(&top.sampler);
	if (status)
		return status;
	status = open_record(&top);
	if (!status && has_screen(&top))
		status = on_screen(&top);
	else if (!status)
		status = as_text(&top);
	sampler_close(&top.sampler);
	return close_record(&top, status);
}
