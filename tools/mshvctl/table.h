/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl: what is shown to people: tables, and lines with a name and a value.
 */
#ifndef MSHVCTL_TABLE_H
#define MSHVCTL_TABLE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a value looks. */
enum look {
	LOOK_PLAIN,
	LOOK_SIZE,	/* bytes: 1.5G */
	LOOK_TIME,	/* nanoseconds: 12.345 s */
	LOOK_HEX,
	LOOK_SUM,	/* the sum of all that is inside */
	LOOK_PCI,	/* 0000:01:00.0, of an object that is a device */
};

/**
 * struct column - of a table, or a line
 * @title: what it is called
 * @path: where the value is: "memory.pinned"
 * @look: how it looks
 * @optional: it goes first where the terminal is too narrow for all, the last one first
 */
struct column {
	const char *title;
	const char *path;
	enum look look;
	bool optional;
};

/* The member of an object, or of one inside; NULL if there is none. */
struct json_object *member(struct json_object *object, const char *path);
uint64_t member_number(struct json_object *object, const char *path);
const char *member_string(struct json_object *object, const char *path);

/* The text of a value in @buffer; "-" if there is none. */
const char *format_member(struct json_object *object, const char *path, enum look look,
			  char *buffer, size_t size);
const char *format_size(uint64_t bytes, char *buffer, size_t size);

/* May output have colours? Not in files and pipes, and not if NO_COLOR is set. */
bool has_colour(void);

/**
 * table_print() - print a table
 * @rows: an array of objects
 * @columns: the last one has no title
 *
 * Return: EXIT_OK, or EXIT_FAILED after a complaint.
 */
int table_print(struct json_object *rows, const struct column *columns);

/* A line for each column that the object has. */
void lines_print(struct json_object *object, const struct column *columns);

/* JSON for programs. Frees the object, and returns an exit status. */
int json_print(struct json_object *object);

#endif /* MSHVCTL_TABLE_H */
