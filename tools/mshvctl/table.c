// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: tables. The library lays them out; what it is not asked to do is to leave out
 * columns, where a narrow terminal would break every line.
 */
#include <libsmartcols/libsmartcols.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "mshvctl.h"
#include "table.h"

#define MAX_COLUMNS 16

/* 0 where there is no limit: a program reads it. */
static size_t terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return 0;
	return size.ws_col;
}

static size_t column_width(struct json_object *rows, const struct column *column)
{
	size_t width = strlen(column->title);
	char text[256];

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		size_t length = strlen(format_member(json_object_array_get_idx(rows, i),
						     column->path, column->look, text,
						     sizeof(text)));

		width = length > width ? length : width;
	}
	return width + 1;
}

static void choose(struct json_object *rows, const struct column *columns, bool *shown)
{
	size_t widths[MAX_COLUMNS], total = 0, limit = terminal_width();
	int n;

	for (n = 0; columns[n].title; n++) {
		widths[n] = column_width(rows, &columns[n]);
		total += widths[n];
		shown[n] = true;
	}
	while (limit && total > limit + 1 && n--) {
		if (!columns[n].optional)
			continue;
		shown[n] = false;
		total -= widths[n];
	}
}

static bool is_alarming(const char *text)
{
	return !strcmp(text, "crashed") || !strcmp(text, "broken");
}

static int fill(struct libscols_line *line, struct json_object *row,
		const struct column *columns, const bool *shown)
{
	size_t n = 0;
	char text[256];

	for (int i = 0; columns[i].title; i++) {
		if (!shown[i])
			continue;
		format_member(row, columns[i].path, columns[i].look, text, sizeof(text));
		if (scols_line_set_data(line, n, text))
			return -1;
		if (is_alarming(text))
			scols_cell_set_color(scols_line_get_cell(line, n), "red");
		n++;
	}
	return 0;
}

static int fill_table(struct libscols_table *table, struct json_object *rows,
		      const struct column *columns)
{
	bool shown[MAX_COLUMNS];

	choose(rows, columns, shown);
	for (int i = 0; columns[i].title; i++) {
		bool left = columns[i].look == LOOK_PLAIN || columns[i].look == LOOK_PCI;

		if (shown[i] && !scols_table_new_column(table, columns[i].title, 0,
							left ? 0 : SCOLS_FL_RIGHT))
			return -1;
	}
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		if (!line || fill(line, json_object_array_get_idx(rows, i), columns, shown))
			return -1;
	}
	return 0;
}

int table_print(struct json_object *rows, const struct column *columns)
{
	struct libscols_table *table = scols_new_table();
	int err = table ? 0 : -1;

	if (!err) {
		scols_table_enable_colors(table, has_colour());
		err = fill_table(table, rows, columns);
	}
	if (!err)
		err = scols_print_table(table);
	if (err)
		complain("out of memory");
	scols_unref_table(table);
	return err ? EXIT_FAILED : EXIT_OK;
}
