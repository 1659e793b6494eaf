// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The largest CPU model that several hosts have in common.
 */
#include <errno.h>
#include <string.h>

#include "cpu/model.h"

/* One host's field: NULL where that host has no such property. */
static const struct cpu_field *field_of(const struct mshv_cpu_model *model,
					const char *name)
{
	long index = cpu_field_find(model, name, strlen(name));

	return index < 0 ? NULL : &model->fields[index];
}

static uint64_t value_of(const struct mshv_cpu_model *model,
			 const struct cpu_field *field)
{
	return cpu_field_get(field, model->regs[field->reg].value);
}

static int64_t as_signed(const struct cpu_field *field, uint64_t value)
{
	uint64_t sign = 1ull << (field->width - 1);

	return (int64_t)((value ^ sign) - sign);
}

/* The value that suits two hosts. */
static uint64_t suit_both(const struct cpu_field *field, uint64_t a, uint64_t b)
{
	switch (field->order) {
	case CPU_LOWER_SIGNED:
		return as_signed(field, a) < as_signed(field, b) ? a : b;
	case CPU_HIGHER:
		return a > b ? a : b;
	case CPU_SAME_OR_1:
		return a == b ? a : 1;
	case CPU_IDENTITY:
		return a;
	default:
		return a < b ? a : b;
	}
}

/* The value that suits all; -ENOENT where a host has no such property. */
static int common_value(const struct mshv_cpu_model *const *models, size_t n,
			const struct cpu_field *field, uint64_t *value,
			bool *writable)
{
	*writable = true;
	for (size_t i = 0; i < n; i++) {
		const struct cpu_field *own = field_of(models[i], field->name);
		uint64_t has;

		if (!own)
			return -ENOENT;
		has = value_of(models[i], own);
		*value = i ? suit_both(field, *value, has) : has;
		*writable &= cpu_field_is_writable(models[i], own);
	}
	return 0;
}

/* Each host must have the value, or be able to take it. */
static int check_hosts(const struct mshv_cpu_model *const *models, size_t n,
		       const struct cpu_field *field, uint64_t value,
		       struct mshv_cpu_error *error)
{
	for (size_t i = 0; i < n; i++) {
		const struct cpu_field *own = field_of(models[i], field->name);
		uint64_t has = value_of(models[i], own);

		if (has == value || cpu_field_is_writable(models[i], own))
			continue;
		return cpu_error(error, -EDOM,
				 "%s: %llu would suit all, but model %zu has %llu and cannot change it",
				 field->name, (unsigned long long)value, i + 1,
				 (unsigned long long)has);
	}
	return 0;
}

static void add(struct mshv_cpu_model *model, const struct cpu_field *field,
		uint64_t value, bool writable)
{
	struct cpu_reg *reg = &model->regs[field->reg];

	reg->there = true;
	reg->set |= cpu_field_mask(field);
	reg->value = cpu_field_put(field, reg->value, value);
	reg->host = reg->value;
	if (writable)
		reg->writable |= cpu_field_mask(field);
	model->fields[model->n++] = *field;
}

static int fill(struct mshv_cpu_model *model,
		const struct mshv_cpu_model *const *models, size_t n,
		struct mshv_cpu_error *error)
{
	for (size_t i = 0; i < models[0]->n; i++) {
		const struct cpu_field *field = &models[0]->fields[i];
		uint64_t value = 0;
		bool writable;
		int err;

		if (common_value(models, n, field, &value, &writable))
			continue;
		/* A flag that is off suits every host. */
		if (cpu_field_is_flag(field) && !value) {
			add(model, field, 0, false);
			continue;
		}
		err = check_hosts(models, n, field, value, error);
		if (err)
			return err;
		add(model, field, value, writable);
	}
	if (!model->n)
		return cpu_error(error, -EDOM, "the models have no property in common");
	return 0;
}

static bool is_x86(const struct mshv_cpu_model *model)
{
	return model->names & CPU_NAMES_X86_BANKS;
}

int mshv_cpu_model_baseline(const struct mshv_cpu_model *const *models, size_t n,
			    struct mshv_cpu_model **model,
			    struct mshv_cpu_error *error)
{
	struct mshv_cpu_model *m;
	int err;

	if (!models || !n || !model)
		return cpu_error(error, -EINVAL, "no models");
	for (size_t i = 0; i < n; i++) {
		if (!models[i])
			return cpu_error(error, -EINVAL, "model %zu is missing",
					 i + 1);
		if (is_x86(models[i]) != is_x86(models[0]))
			return cpu_error(error, -EOPNOTSUPP,
					 "model %zu is of another architecture than the first",
					 i + 1);
	}
	err = cpu_model_create(models[0]->names, &m);
	if (err)
		return cpu_error(error, err, "out of memory");
	m->n = 0;
	err = fill(m, models, n, error);
	if (err) {
		mshv_cpu_model_free(m);
		return err;
	}
	*model = m;
	return 0;
}
