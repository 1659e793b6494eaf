// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Settings of a CPU model, as text and as another model.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cpu/model.h"

/* A piece of the settings; in messages it is cut to a readable length. */
struct piece {
	const char *text;
	size_t length;
};

#define SHOWN_MAX 80

static int shown(const struct piece *piece)
{
	return piece->length < SHOWN_MAX ? (int)piece->length : SHOWN_MAX;
}

static bool is(const struct piece *piece, const char *word)
{
	return strlen(word) == piece->length &&
	       !strncasecmp(piece->text, word, piece->length);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

/* A number as it is: no sign, no blanks, no leading zero that means octal. */
static int parse_number(const struct piece *piece, uint64_t *value)
{
	bool hex = piece->length > 2 && !strncasecmp(piece->text, "0x", 2);
	uint64_t base = hex ? 16 : 10, number = 0;
	size_t i = hex ? 2 : 0;

	if (!piece->length)
		return -EINVAL;
	for (; i < piece->length; i++) {
		uint64_t d = (uint64_t)digit(piece->text[i]);

		if (d >= base)
			return -EINVAL;
		if (number > (UINT64_MAX - d) / base)
			return -ERANGE;
		number = number * base + d;
	}
	*value = number;
	return 0;
}

static int parse_value(const struct cpu_field *field, const struct piece *piece,
		       uint64_t *value)
{
	if (cpu_field_is_flag(field)) {
		if (is(piece, "true") || is(piece, "on")) {
			*value = 1;
			return 0;
		}
		if (is(piece, "false") || is(piece, "off")) {
			*value = 0;
			return 0;
		}
	}
	return parse_number(piece, value);
}

static int parse_setting(const struct mshv_cpu_model *model,
			 const struct piece *setting, struct cpu_change *change,
			 const struct cpu_say *say)
{
	const char *equals = memchr(setting->text, '=', setting->length);
	struct piece name, value;
	long index;
	int err;

	if (!equals || equals == setting->text) {
		cpu_refuse(say, "'%.*s': not name=value", shown(setting), setting->text);
		return -EINVAL;
	}
	name.text = setting->text;
	name.length = (size_t)(equals - setting->text);
	value.text = equals + 1;
	value.length = setting->length - name.length - 1;

	index = cpu_field_find(model, name.text, name.length);
	if (index < 0) {
		cpu_refuse(say, "%.*s: no such property on this host", shown(&name), name.text);
		return -ENOENT;
	}
	change->field = (size_t)index;
	err = parse_value(&model->fields[index], &value, &change->value);
	if (err == -ERANGE)
		cpu_refuse(say, "%.*s: more than 64 bits", shown(setting), setting->text);
	else if (err)
		cpu_refuse(say, "%.*s: the value is not a number", shown(setting), setting->text);
	return err;
}

static bool is_given(const struct cpu_change *changes, size_t n, size_t field)
{
	for (size_t i = 0; i < n; i++)
		if (changes[i].field == field)
			return true;
	return false;
}

/* Room for each property once is enough, as no name may come twice. */
static int parse_settings(const struct mshv_cpu_model *model,
			  const char *settings, struct cpu_change *changes,
			  size_t *count, const struct cpu_say *say)
{
	size_t n = 0;

	while (*settings) {
		struct piece piece = { settings, strcspn(settings, ",") };
		struct cpu_change change;
		int err = parse_setting(model, &piece, &change, say);

		if (err)
			return err;
		if (is_given(changes, n, change.field)) {
			cpu_refuse(say, "%s: given twice",
				   model->fields[change.field].name);
			return -EINVAL;
		}
		changes[n++] = change;
		settings += piece.length;
		if (!*settings)
			break;
		settings++;
		if (!*settings) {
			cpu_refuse(say, "'': not name=value");
			return -EINVAL;
		}
	}
	*count = n;
	return 0;
}

/* What has no sentence yet, or not the one that counts. */
static int explain(int err, struct mshv_cpu_error *error)
{
	if (err == -EIO)
		return cpu_error(error, err,
				 "this host does not go back to values that it accepted before");
	if (err && error && !error->text[0])
		return cpu_error(error, err, "out of memory");
	return err;
}

int mshv_cpu_model_set(struct mshv_cpu_model *model, const char *settings,
		       struct mshv_cpu_error *error)
{
	struct cpu_say say = cpu_say_first(error);
	struct cpu_change *changes;
	size_t n = 0;
	int err;

	if (!model || !settings)
		return cpu_error(error, -EINVAL, "no model or no settings");
	changes = calloc(model->n + 1, sizeof(*changes));
	if (!changes)
		return cpu_error(error, -ENOMEM, "out of memory");
	err = parse_settings(model, settings, changes, &n, &say);
	if (!err)
		err = cpu_changes_make(model, changes, n, true, &say);
	free(changes);
	return explain(err, error);
}

/* The values of @from as wishes for @model. */
static int changes_from(const struct mshv_cpu_model *model,
			const struct mshv_cpu_model *from,
			struct cpu_change *changes, size_t *count,
			const struct cpu_say *say)
{
	int first = 0;
	size_t n = 0;

	for (size_t i = 0; i < from->n; i++) {
		const struct cpu_field *field = &from->fields[i];
		uint64_t value = cpu_field_get(field, from->regs[field->reg].value);
		long index = cpu_field_find(model, field->name,
					    strlen(field->name));

		if (index >= 0) {
			changes[n].field = (size_t)index;
			changes[n++].value = value;
		} else if (value) {
			/* What a host does not know, its guests see as 0. */
			cpu_refuse(say, "%s=%llu: no such property on this host",
				   field->name, (unsigned long long)value);
			first = first ? first : -ENOENT;
		}
	}
	*count = n;
	return first;
}

static int take_model(struct mshv_cpu_model *model,
		      const struct mshv_cpu_model *from, bool commit,
		      const struct cpu_say *say)
{
	struct cpu_change *changes;
	int unknown, err;
	size_t n;

	changes = calloc(from->n + 1, sizeof(*changes));
	if (!changes)
		return -ENOMEM;
	unknown = changes_from(model, from, changes, &n, say);
	err = cpu_changes_make(model, changes, n, commit && !unknown, say);
	free(changes);
	return unknown ? unknown : err;
}

int mshv_cpu_model_adopt(struct mshv_cpu_model *model,
			 const struct mshv_cpu_model *from,
			 struct mshv_cpu_error *error)
{
	struct cpu_say say = cpu_say_first(error);
	int err;

	if (!model || !from)
		return cpu_error(error, -EINVAL, "no model given");
	err = take_model(model, from, true, &say);
	return explain(err, error);
}

int mshv_cpu_model_fits(struct mshv_cpu_model *model,
			const struct mshv_cpu_model *from,
			void (*say)(void *opaque, const char *reason),
			void *opaque)
{
	struct cpu_say reasons = { say, opaque };

	if (!model || !from)
		return -EINVAL;
	return take_model(model, from, false, &reasons);
}
