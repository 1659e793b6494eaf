// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * CPU models as JSON: writing.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "cpu/model.h"

struct writer {
	char *buf;
	size_t size;
	size_t length;
};

__attribute__((format(printf, 2, 3)))
static void put(struct writer *w, const char *format, ...)
{
	size_t room = w->length < w->size ? w->size - w->length : 0;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(room ? w->buf + w->length : NULL, room, format, args);
	va_end(args);
	if (n > 0)
		w->length += (size_t)n;
}

/* Flags are all in "props": one that is off need not be there to be known. */
static bool is_fixed(const struct mshv_cpu_model *model,
		     const struct cpu_field *field)
{
	return !cpu_field_is_flag(field) && !cpu_field_is_writable(model, field);
}

static void put_field(struct writer *w, const struct cpu_field *field,
		      uint64_t value, const char *separator)
{
	/* The names are ours: none has a character to escape. */
	put(w, "%s\"%s\":", separator, field->name);
	if (cpu_field_is_flag(field))
		put(w, "%s", value ? "true" : "false");
	else
		put(w, "%llu", (unsigned long long)value);
}

static void put_fields(struct writer *w, const struct mshv_cpu_model *model,
		       bool fixed)
{
	const char *separator = "";

	for (size_t i = 0; i < model->n; i++) {
		const struct cpu_field *field = &model->fields[i];
		uint64_t reg = model->regs[field->reg].value;

		if (is_fixed(model, field) != fixed)
			continue;
		put_field(w, field, cpu_field_get(field, reg), separator);
		separator = ",";
	}
}

int mshv_cpu_model_json(const struct mshv_cpu_model *model, unsigned int flags,
			char *buf, size_t size)
{
	struct writer w = { buf, size, 0 };

	if (!model || flags & ~(unsigned int)MSHV_CPU_JSON_FIXED || (!buf && size))
		return -EINVAL;
	put(&w, "{\"name\":\"host\",\"props\":{");
	put_fields(&w, model, false);
	put(&w, "}");
	if (flags & MSHV_CPU_JSON_FIXED) {
		put(&w, ",\"fixed\":{");
		put_fields(&w, model, true);
		put(&w, "}");
	}
	put(&w, "}");
	return (int)w.length;
}
