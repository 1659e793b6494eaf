// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl top: the screen.
 */
#include <inttypes.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "screen.h"
#include "table.h"

/* The kinds that have a column, in the order in which they go where it is narrow. */
static const struct {
	const char *title;
	unsigned int kind;
} kinds[] = {
	{ "IO", MSHV_A_EXITS_IO_PORT },
	{ "MEMORY", MSHV_A_EXITS_MEMORY },
	{ "MSR", MSHV_A_EXITS_MSR },
	{ "HALT", MSHV_A_EXITS_HALT },
	{ "CPUID", MSHV_A_EXITS_CPUID },
	{ "EOI", MSHV_A_EXITS_APIC_EOI },
	{ "WINDOW", MSHV_A_EXITS_INTERRUPT_WINDOW },
	{ "HYPERCALL", MSHV_A_EXITS_HYPERCALL },
	{ "SIGNAL", MSHV_A_EXITS_INTERRUPTED },
};

#define COLUMN 9

void rate_format(const struct rate *rate, bool whole, char *line, size_t width)
{
	const char *vp = whole ? "VPS" : "VP";
	size_t used;

	if (rate)
		used = (size_t)snprintf(line, width, "%9" PRIu64 " %3" PRIu64 " %-8s %5.1f %9.0f",
					rate->partition, rate->vp, whole ? "" : rate->state,
					rate->cpu * 100, rate->exits);
	else
		used = (size_t)snprintf(line, width, "%9s %3s %-8s %5s %9s", "PARTITION", vp,
					whole ? "" : "STATE", "%CPU", "EXITS/s");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (used + COLUMN + 1 >= width)
			break;
		if (rate)
			used += (size_t)snprintf(line + used, width - used, " %*.0f", COLUMN,
						 rate->kinds[kinds[i].kind]);
		else
			used += (size_t)snprintf(line + used, width - used, " %*s", COLUMN,
						 kinds[i].title);
	}
}

static int by_number(const void *a, const void *b)
{
	const struct rate *x = a, *y = b;

	if (x->partition != y->partition)
		return x->partition < y->partition ? -1 : 1;
	return x->vp < y->vp ? -1 : x->vp > y->vp;
}

static int by_exits(const void *a, const void *b)
{
	const struct rate *x = a, *y = b;

	return x->exits > y->exits ? -1 : x->exits < y->exits ? 1 : by_number(a, b);
}

static int by_cpu(const void *a, const void *b)
{
	const struct rate *x = a, *y = b;

	return x->cpu > y->cpu ? -1 : x->cpu < y->cpu ? 1 : by_number(a, b);
}

void rates_sort(struct sampler *sampler, enum order order)
{
	static int (*const compare[])(const void *, const void *) = {
		[ORDER_EXITS] = by_exits, [ORDER_CPU] = by_cpu, [ORDER_NUMBER] = by_number,
	};

	qsort(sampler->rates, sampler->n, sizeof(*sampler->rates), compare[order]);
}

bool screen_open(void)
{
	if (!newterm(NULL, stdout, stdin))
		return false;
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	if (has_colour() && has_colors()) {
		start_color();
		use_default_colors();
		init_pair(1, COLOR_RED, -1);
	}
	return true;
}

void screen_close(void)
{
	endwin();
}

int screen_key(double seconds)
{
	int key;

	timeout((int)(seconds * 1000));
	key = getch();
	return key == ERR ? -1 : key;
}

static void draw_head(const struct sampler *sampler, enum order order)
{
	static const char *const names[] = {
		[ORDER_EXITS] = "exits", [ORDER_CPU] = "cpu", [ORDER_NUMBER] = "number",
	};
	double cpu = 0, exits = 0;

	for (size_t i = 0; i < sampler->n; i++) {
		cpu += sampler->rates[i].cpu;
		exits += sampler->rates[i].exits;
	}
	mvprintw(0, 0, "%zu %s, %.1f%% CPU, %.0f exits/s, by %s", sampler->n,
		 sampler->whole ? "partitions" : "VPs", cpu * 100, exits, names[order]);
	mvprintw(LINES - 1, 0, "e c n: sort  p: partitions  q: quit");
}

void screen_draw(const struct sampler *sampler, enum order order)
{
	char line[512];
	size_t width = COLS > 0 && (size_t)COLS + 1 < sizeof(line) ? (size_t)COLS + 1 :
								     sizeof(line);
	int rows = LINES - 4;

	erase();
	draw_head(sampler, order);
	rate_format(NULL, sampler->whole, line, width);
	attron(A_REVERSE);
	mvprintw(2, 0, "%-*s", COLS, line);
	attroff(A_REVERSE);
	for (int i = 0; i < rows && (size_t)i < sampler->n; i++) {
		bool crashed = !strcmp(sampler->rates[i].state, "crashed");

		rate_format(&sampler->rates[i], sampler->whole, line, width);
		if (crashed && has_colour())
			attron(COLOR_PAIR(1));
		mvaddstr(3 + i, 0, line);
		if (crashed && has_colour())
			attroff(COLOR_PAIR(1));
	}
	refresh();
}
