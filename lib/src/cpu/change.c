// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Changes of a CPU model: the host judges all of them together, and where it
 * refuses, each alone, to find out which one is to blame.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "cpu/model.h"

void cpu_refuse(const struct cpu_say *say, const char *format, ...)
{
	char text[sizeof(((struct mshv_cpu_error *)NULL)->text)];
	va_list args;

	if (!say || !say->say)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say->say(say->opaque, text);
}

static void take_first(void *opaque, const char *text)
{
	struct mshv_cpu_error *error = opaque;

	if (!error->text[0])
		cpu_error(error, 0, "%s", text);
}

struct cpu_say cpu_say_first(struct mshv_cpu_error *error)
{
	struct cpu_say say = { error ? take_first : NULL, error };

	if (error)
		error->text[0] = '\0';
	return say;
}

static unsigned long long host_value(const struct mshv_cpu_model *model,
				     const struct cpu_field *field)
{
	return cpu_field_get(field, model->regs[field->reg].host);
}

/* What needs no host to be wrong. */
static int check_change(const struct mshv_cpu_model *model,
			const struct cpu_change *change,
			const struct cpu_say *say)
{
	const struct cpu_field *field = &model->fields[change->field];
	unsigned long long value = change->value;

	if (field->width < 64 && change->value >> field->width) {
		cpu_refuse(say, "%s=%llu: the field has %u bit%s", field->name,
			   value, field->width, field->width == 1 ? "" : "s");
		return -ERANGE;
	}
	if (cpu_field_is_writable(model, field) ||
	    value == cpu_field_get(field, model->regs[field->reg].value))
		return 0;
	cpu_refuse(say, "%s=%llu: not writable on this host, where it is %llu",
		   field->name, value, host_value(model, field));
	return -EPERM;
}

static void want(const struct mshv_cpu_model *model,
		 const struct cpu_change *change, struct cpu_values *values,
		 struct cpu_values *need)
{
	const struct cpu_field *field = &model->fields[change->field];
	uint64_t *reg = &values->reg[field->reg];

	*reg = cpu_field_put(field, *reg, change->value);
	need->reg[field->reg] |= cpu_field_mask(field);
}

int cpu_changes_try(struct mshv_cpu_model *model, const struct cpu_change *changes,
		    size_t n)
{
	struct cpu_values values, need = { 0 };

	cpu_values_read(model, &values);
	for (size_t i = 0; i < n; i++)
		want(model, &changes[i], &values, &need);
	return model->ops->accepts(model, &values, &need);
}

static int blame_one(struct mshv_cpu_model *model,
		     const struct cpu_change *change, const struct cpu_say *say)
{
	const struct cpu_field *field = &model->fields[change->field];
	char allowed[CPU_ALLOWED_SIZE];
	int err = cpu_allowed(model, change->field, allowed);

	if (err)
		return err;
	cpu_refuse(say, "%s=%llu: this host has %llu and allows%s", field->name,
		   (unsigned long long)change->value, host_value(model, field), allowed);
	return 0;
}

/*
 * The host accepts each change alone. Some first ones it accepts together, some
 * more it refuses: the last of those is to blame as much as any.
 */
static int blame_together(struct mshv_cpu_model *model,
			  const struct cpu_change *changes, size_t n,
			  const struct cpu_say *say)
{
	size_t accepted = 1, refused = n;

	if (!n) {
		cpu_refuse(say, "this host refuses what it accepted before");
		return -EDOM;
	}
	while (refused - accepted > 1) {
		size_t some = accepted + (refused - accepted) / 2;
		int err = cpu_changes_try(model, changes, some);

		if (err && err != -EDOM)
			return err;
		if (err)
			refused = some;
		else
			accepted = some;
	}
	cpu_refuse(say, "%s=%llu: this host accepts it alone, but not together with the other values",
		   model->fields[changes[refused - 1].field].name,
		   (unsigned long long)changes[refused - 1].value);
	return -EDOM;
}

/* The host refused the changes: say which. Returns -EDOM, or a worse error. */
static int blame(struct mshv_cpu_model *model, const struct cpu_change *changes,
		 size_t n, const struct cpu_say *say)
{
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		int err = cpu_changes_try(model, &changes[i], 1);

		if (err == -EDOM) {
			found = true;
			err = blame_one(model, &changes[i], say);
		}
		if (err)
			return err;
	}
	return found ? -EDOM : blame_together(model, changes, n, say);
}

static void commit_values(struct mshv_cpu_model *model,
			  const struct cpu_values *values,
			  const struct cpu_values *set)
{
	for (unsigned int reg = 0; reg < CPU_REGS; reg++) {
		model->regs[reg].value = values->reg[reg];
		model->regs[reg].set |= set->reg[reg];
	}
}

/* Whatever was tried, the host is to hold the model's values again. */
static int restore(struct mshv_cpu_model *model, const struct cpu_say *say,
		   int err)
{
	const struct cpu_values need = { 0 };
	struct cpu_values values;
	int undo;

	if (!model->ops->keeps)
		return err;
	cpu_values_read(model, &values);
	undo = model->ops->accepts(model, &values, &need);
	if (!undo)
		return err;
	cpu_refuse(say, "this host does not go back to values that it accepted before: error %d",
		   -undo);
	return -EIO;
}

static int judge(struct mshv_cpu_model *model, const struct cpu_change *changes,
		 size_t n, bool commit, const struct cpu_say *say)
{
	struct cpu_values values, need = { 0 };
	int err = 0;

	cpu_values_read(model, &values);
	for (size_t i = 0; i < n; i++)
		want(model, &changes[i], &values, &need);
	if (model->ops)
		err = model->ops->accepts(model, &values, &need);
	if (!err && commit) {
		commit_values(model, &values, &need);
		return 0;
	}
	if (!model->ops)
		return 0;
	if (err == -EDOM)
		err = blame(model, changes, n, say);
	else if (err)
		cpu_refuse(say, "this host cannot try the values: error %d", -err);
	return restore(model, say, err);
}

int cpu_changes_make(struct mshv_cpu_model *model, struct cpu_change *changes,
		     size_t n, bool commit, const struct cpu_say *say)
{
	size_t good = 0;
	int first = 0, err;

	for (size_t i = 0; i < n; i++) {
		err = check_change(model, &changes[i], say);
		if (!err)
			changes[good++] = changes[i];
		else if (!first)
			first = err;
	}
	/* Who wants all the reasons hears the host about the others too. */
	if (first && commit)
		return first;
	err = judge(model, changes, good, commit, say);
	return first ? first : err;
}
