// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * CPU models: life, properties and their values.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cpu/model.h"

/* All ID-register fields, and three banks of 64 bits. */
#define MAX_FIELDS 1024

int cpu_error(struct mshv_cpu_error *error, int err, const char *format, ...)
{
	va_list args;

	if (!error)
		return err;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return err;
}

int cpu_model_create(unsigned int names, struct mshv_cpu_model **model)
{
	struct mshv_cpu_model *m = calloc(1, sizeof(*m));
	size_t n = 0;

	if (!m)
		return -ENOMEM;
	m->fields = calloc(MAX_FIELDS, sizeof(*m->fields));
	if (!m->fields) {
		free(m);
		return -ENOMEM;
	}
	if (names & CPU_NAMES_ID_REGS)
		n = cpu_id_fields(m->fields, MAX_FIELDS);
	n += cpu_bank_fields(names, m->fields + n, MAX_FIELDS - n);
	m->n = n;
	m->names = names;
	m->fd = -1;
	m->vm_fd = -1;
	*model = m;
	return 0;
}

void cpu_model_prune(struct mshv_cpu_model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->n; i++)
		if (model->regs[model->fields[i].reg].there)
			model->fields[kept++] = model->fields[i];
	model->n = kept;
}

void mshv_cpu_model_free(struct mshv_cpu_model *model)
{
	if (!model)
		return;
	if (model->ops)
		model->ops->release(model);
	free(model->fields);
	free(model);
}

uint64_t cpu_field_mask(const struct cpu_field *field)
{
	uint64_t ones = field->width < 64 ? (1ull << field->width) - 1 : ~0ull;

	return ones << field->shift;
}

uint64_t cpu_field_get(const struct cpu_field *field, uint64_t reg)
{
	return (reg & cpu_field_mask(field)) >> field->shift;
}

uint64_t cpu_field_put(const struct cpu_field *field, uint64_t reg,
		       uint64_t value)
{
	return (reg & ~cpu_field_mask(field)) | value << field->shift;
}

bool cpu_field_is_flag(const struct cpu_field *field)
{
	return field->reg >= CPU_ID_REGS;
}

/* A field of which the host changes some bits only is no field it can change. */
bool cpu_field_is_writable(const struct mshv_cpu_model *model,
			   const struct cpu_field *field)
{
	uint64_t mask = cpu_field_mask(field);

	return (model->regs[field->reg].writable & mask) == mask;
}

long cpu_field_find(const struct mshv_cpu_model *model, const char *name,
		    size_t length)
{
	for (size_t i = 0; i < model->n; i++) {
		const char *own = model->fields[i].name;

		if (strlen(own) == length && !strncasecmp(own, name, length))
			return (long)i;
	}
	return -ENOENT;
}

void cpu_values_read(const struct mshv_cpu_model *model,
		     struct cpu_values *values)
{
	for (unsigned int reg = 0; reg < CPU_REGS; reg++)
		values->reg[reg] = model->regs[reg].value;
}

static void describe(const struct mshv_cpu_model *model,
		     const struct cpu_field *field, struct mshv_cpu_prop *prop)
{
	const struct cpu_reg *reg = &model->regs[field->reg];
	uint64_t mask = cpu_field_mask(field);

	memcpy(prop->name, field->name, sizeof(prop->name));
	snprintf(prop->reg, sizeof(prop->reg), "%s", cpu_reg_name(field->reg));
	prop->shift = field->shift;
	prop->width = field->width;
	if (cpu_field_is_writable(model, field))
		prop->flags |= MSHV_CPU_WRITABLE;
	if (cpu_field_is_flag(field))
		prop->flags |= MSHV_CPU_FLAG;
	if ((reg->set & mask) == mask)
		prop->flags |= MSHV_CPU_SET;
	prop->host = cpu_field_get(field, reg->host);
	prop->value = cpu_field_get(field, reg->value);
}

int mshv_cpu_model_prop(const struct mshv_cpu_model *model, size_t index,
			struct mshv_cpu_prop *prop)
{
	if (!model || !prop)
		return -EINVAL;
	if (index >= model->n)
		return -ENOENT;
	memset(prop, 0, sizeof(*prop));
	describe(model, &model->fields[index], prop);
	return 0;
}

int mshv_cpu_model_find(const struct mshv_cpu_model *model, const char *name,
			struct mshv_cpu_prop *prop)
{
	long index;

	if (!model || !name)
		return -EINVAL;
	index = cpu_field_find(model, name, strlen(name));
	return index < 0 ? (int)index :
			   mshv_cpu_model_prop(model, (size_t)index, prop);
}
