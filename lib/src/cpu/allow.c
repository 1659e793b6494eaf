// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Which values of a property a host would allow: found out by trying them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cpu/model.h"

/* Of a wider field, trying all values would take long. */
#define MAX_TRIED_WIDTH 8

struct list {
	char *text;
	size_t length;
};

static void list_add(struct list *list, uint64_t first, uint64_t last)
{
	size_t room = CPU_ALLOWED_SIZE - list->length;
	char text[48];
	int length;

	if (first == last)
		length = snprintf(text, sizeof(text), " %llu", (unsigned long long)first);
	else
		length = snprintf(text, sizeof(text), " %llu%c%llu",
				  (unsigned long long)first, last - first > 1 ? '-' : ' ',
				  (unsigned long long)last);
	/* Once it says "..." nothing more fits. */
	if ((size_t)length + sizeof(" ...") > room) {
		snprintf(list->text + list->length, room, " ...");
		list->length = CPU_ALLOWED_SIZE - 1;
		return;
	}
	memcpy(list->text + list->length, text, (size_t)length + 1);
	list->length += (size_t)length;
}

/* Find out which values from 0 to @last the host would accept. */
static int list_allowed(struct mshv_cpu_model *model, size_t index, uint64_t last,
			struct list *list)
{
	struct cpu_change change = { .field = index };
	uint64_t first = 0;

	for (uint64_t value = 0; value <= last; value++) {
		int err;

		change.value = value;
		err = cpu_changes_try(model, &change, 1);
		if (err && err != -EDOM)
			return err;
		if (err && first < value)
			list_add(list, first, value - 1);
		if (err)
			first = value + 1;
	}
	if (first <= last)
		list_add(list, first, last);
	return 0;
}

/* The same of a few values that are likely. */
static int list_some(struct mshv_cpu_model *model, size_t index, struct list *list)
{
	const struct cpu_field *field = &model->fields[index];
	uint64_t host = cpu_field_get(field, model->regs[field->reg].host);
	uint64_t max = cpu_field_mask(field) >> field->shift;
	uint64_t likely[] = { 0, host, max };

	for (unsigned int i = 0; i < sizeof(likely) / sizeof(likely[0]); i++) {
		struct cpu_change change = { .field = index, .value = likely[i] };
		int err;

		if (i && likely[i] == likely[i - 1])
			continue;
		err = cpu_changes_try(model, &change, 1);
		if (err && err != -EDOM)
			return err;
		if (!err)
			list_add(list, likely[i], likely[i]);
	}
	return 0;
}

int cpu_allowed(struct mshv_cpu_model *model, size_t index, char text[CPU_ALLOWED_SIZE])
{
	unsigned int width = model->fields[index].width;
	struct list list = { text, 0 };
	int err;

	if (width <= MAX_TRIED_WIDTH) {
		err = list_allowed(model, index, (1ull << width) - 1, &list);
	} else {
		list.length = (size_t)snprintf(text, CPU_ALLOWED_SIZE, " at least");
		err = list_some(model, index, &list);
	}
	if (!list.length || !strcmp(text, " at least"))
		snprintf(text, CPU_ALLOWED_SIZE, " no value");
	return err;
}
