// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: values of JSON objects, as people like to see them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mshvctl.h"
#include "table.h"

bool has_colour(void)
{
	const char *no = getenv("NO_COLOR");

	return (!no || !*no) && isatty(STDOUT_FILENO);
}

struct json_object *member(struct json_object *object, const char *path)
{
	const char *dot = strchr(path, '.');
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)(dot ? dot - path : (int)strlen(path)), path);
	if (!json_object_object_get_ex(object, name, &object))
		return NULL;
	return dot ? member(object, dot + 1) : object;
}

uint64_t member_number(struct json_object *object, const char *path)
{
	return json_object_get_uint64(member(object, path));
}

const char *member_string(struct json_object *object, const char *path)
{
	const char *string = json_object_get_string(member(object, path));

	return string ? string : "";
}

const char *format_size(uint64_t bytes, char *buffer, size_t size)
{
	static const char units[] = "BKMGTPE";
	unsigned int unit = 0;
	double value = (double)bytes;

	while (value >= 1024 && unit < sizeof(units) - 2) {
		value /= 1024;
		unit++;
	}
	/* Whole numbers have no fraction: they are exact, and most sizes are. */
	snprintf(buffer, size, value == (uint64_t)value ? "%.0f%c" : "%.1f%c", value,
		 units[unit]);
	return buffer;
}

static uint64_t sum(struct json_object *object)
{
	uint64_t result = 0;

	json_object_object_foreach(object, name, value) {
		(void)name;
		result += json_object_get_uint64(value);
	}
	return result;
}

static void format_array(struct json_object *array, char *buffer, size_t size)
{
	size_t used = 0;

	snprintf(buffer, size, "%s", json_object_array_length(array) ? "" : "-");
	for (size_t i = 0; i < json_object_array_length(array) && used < size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%s%s", i ? "," : "",
				json_object_get_string(json_object_array_get_idx(array, i)));
}

static void format_pci(struct json_object *device, char *buffer, size_t size)
{
	snprintf(buffer, size, "%04" PRIx64 ":%02" PRIx64 ":%02" PRIx64 ".%" PRIx64,
		 member_number(device, "segment"), member_number(device, "bus"),
		 member_number(device, "slot"), member_number(device, "function"));
}

const char *format_member(struct json_object *object, const char *path, enum look look,
			  char *buffer, size_t size)
{
	struct json_object *value = member(object, path);
	uint64_t number = json_object_get_uint64(value);

	if (look == LOOK_PCI)
		format_pci(object, buffer, size);
	else if (!value)
		snprintf(buffer, size, "-");
	else if (look == LOOK_SIZE)
		format_size(number, buffer, size);
	else if (look == LOOK_TIME)
		snprintf(buffer, size, "%.3f s", (double)number / 1e9);
	else if (look == LOOK_HEX)
		snprintf(buffer, size, "%#" PRIx64, number);
	else if (look == LOOK_SUM)
		snprintf(buffer, size, "%" PRIu64, sum(value));
	else if (json_object_is_type(value, json_type_array))
		format_array(value, buffer, size);
	else
		snprintf(buffer, size, "%s", json_object_get_string(value));
	return buffer;
}

void lines_print(struct json_object *object, const struct column *columns)
{
	char text[256];

	for (; columns->title; columns++)
		if (columns->look == LOOK_PCI || member(object, columns->path))
			printf("%-12s %s\n", columns->title,
			       format_member(object, columns->path, columns->look, text,
					     sizeof(text)));
}

int json_print(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
	return finish_output(EXIT_OK);
}
