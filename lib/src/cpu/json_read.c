// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * CPU models of other hosts: from JSON, and what several have in common.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/json_scan.h"
#include "cpu/model.h"

/* Of a name that is none of ours, messages show so much. */
#define SHOWN_MAX 80

struct parse {
	struct mshv_cpu_model *model;
	struct mshv_cpu_error *error;
	size_t unknown;
	bool told;
};

static int count_unknown(void *opaque, const struct cpu_member *member)
{
	struct parse *p = opaque;

	if (cpu_field_find(p->model, member->name, member->length) < 0)
		p->unknown++;
	return 0;
}

static int refuse(struct parse *p, int err, const struct cpu_member *member,
		  const char *why)
{
	int shown = member->length < SHOWN_MAX ? (int)member->length : SHOWN_MAX;

	p->told = true;
	return cpu_error(p->error, err, "%.*s: %s", shown, member->name, why);
}

static int too_wide(struct parse *p, const struct cpu_field *field, uint64_t value)
{
	p->told = true;
	return cpu_error(p->error, -ERANGE, "%s=%llu: the field has %u bit%s", field->name,
			 (unsigned long long)value, field->width, field->width == 1 ? "" : "s");
}

static int take(void *opaque, const struct cpu_member *member)
{
	struct parse *p = opaque;
	long index = cpu_field_find(p->model, member->name, member->length);
	const struct cpu_field *field;
	struct cpu_reg *reg;

	if (index < 0)
		return refuse(p, -ENOENT, member, "no such property");
	field = &p->model->fields[index];
	reg = &p->model->regs[field->reg];
	if (reg->set & cpu_field_mask(field))
		return refuse(p, -EINVAL, member, "given twice");
	if (member->is_bool != cpu_field_is_flag(field))
		return refuse(p, -EINVAL, member, member->is_bool ?
			      "must be a number" : "must be true or false");
	if (field->width < 64 && member->value >> field->width)
		return too_wide(p, field, member->value);
	reg->there = true;
	reg->set |= cpu_field_mask(field);
	reg->value = cpu_field_put(field, reg->value, member->value);
	reg->host = reg->value;
	if (!member->fixed)
		reg->writable |= cpu_field_mask(field);
	return 0;
}

/* Keep the properties that were given. */
static void keep_given(struct mshv_cpu_model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->n; i++) {
		const struct cpu_field *field = &model->fields[i];

		if (model->regs[field->reg].set & cpu_field_mask(field))
			model->fields[kept++] = *field;
	}
	model->n = kept;
}

/* Which tables know most of the names? */
static int choose_names(const char *json, size_t size, unsigned int *names)
{
	static const unsigned int choices[] = {
		CPU_NAMES_X86_BANKS,
		CPU_NAMES_ID_REGS | CPU_NAMES_ARM64_BANKS,
	};
	size_t fewest = SIZE_MAX, at;

	for (unsigned int i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct parse p = { 0 };
		int err = cpu_model_create(choices[i], &p.model);

		if (err)
			return err;
		/* What is wrong with the text is told when it is read again. */
		if (!cpu_scan(json, size, count_unknown, &p, &at) &&
		    p.unknown < fewest) {
			fewest = p.unknown;
			*names = choices[i];
		}
		mshv_cpu_model_free(p.model);
	}
	return 0;
}

int mshv_cpu_model_parse(const char *json, size_t size,
			 struct mshv_cpu_model **model,
			 struct mshv_cpu_error *error)
{
	unsigned int names = CPU_NAMES_X86_BANKS;
	struct parse p = { .error = error };
	size_t at;
	int err;

	if (!json || !model)
		return cpu_error(error, -EINVAL, "no text, or no place for the model");
	err = choose_names(json, size, &names);
	if (!err)
		err = cpu_model_create(names, &p.model);
	if (err)
		return cpu_error(error, err, "out of memory");

	err = cpu_scan(json, size, take, &p, &at);
	if (err && !p.told)
		cpu_error(error, err, "not the JSON of a CPU model: byte %zu", at);
	if (!err) {
		keep_given(p.model);
		if (!p.model->n)
			err = cpu_error(error, -EINVAL, "no property in it");
	}
	if (err) {
		mshv_cpu_model_free(p.model);
		return err;
	}
	*model = p.model;
	return 0;
}
