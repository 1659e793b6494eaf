// SPDX-License-Identifier: GPL-2.0-only
/*
 * What processors the guest sees: those of the host, or as --cpu says, or as they were where
 * the machine was saved. One that is saved has the properties that have names, and no others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "saved.h"

static void say(void *path, const char *reason)
{
	complain(0, "%s: other processors: %s", (const char *)path, reason);
}

/* Whether all of @model, which --cpu has chosen, is as in the file; says what is not. */
static bool is_same(const struct mshv_cpu_model *model, const struct mshv_cpu_model *saved,
		    const char *path)
{
	struct mshv_cpu_prop was, is;
	bool same = true;

	for (size_t i = 0; !mshv_cpu_model_prop(saved, i, &was); i++) {
		if (mshv_cpu_model_find(model, was.name, &is))
			is.value = 0;
		if (is.value == was.value)
			continue;
		complain(0, "%s: other processors: %s was %llu, and --cpu makes it %llu", path,
			 was.name, (unsigned long long)was.value, (unsigned long long)is.value);
		same = false;
	}
	return same;
}

/* Of a property that the file does not know nothing is known: it was not there. */
static int match(struct machine *m, struct mshv_cpu_model *model,
		 struct mshv_cpu_error *error)
{
	const struct saved_part *part = saved_find(&m->image, SAVED_CPU_MODEL, 0);
	void *path = (void *)(uintptr_t)m->image.path;
	struct mshv_cpu_model *saved;
	int err;

	if (!part)
		return -EBADMSG;
	err = mshv_cpu_model_parse((const char *)(part + 1), part->size, &saved, error);
	if (err)
		return err;
	if (m->options->cpu)
		err = is_same(model, saved, path) ? 0 : -EDOM;
	else
		err = mshv_cpu_model_fits(model, saved, say, path);
	if (err)
		snprintf(error->text, sizeof(error->text),
			 "the machine cannot go on with these");
	else if (!m->options->cpu)
		err = mshv_cpu_model_adopt(model, saved, error);
	mshv_cpu_model_free(saved);
	return err;
}

/* As text, for the file. */
static int keep(struct machine *m, const struct mshv_cpu_model *model)
{
	int size = mshv_cpu_model_json(model, 0, NULL, 0);

	if (size < 0)
		return size;
	m->cpu_model = malloc((size_t)size + 1);
	if (!m->cpu_model)
		return -ENOMEM;
	size = mshv_cpu_model_json(model, 0, m->cpu_model, (size_t)size + 1);
	return size < 0 ? size : 0;
}

int cpu_choose(struct machine *m, struct mshv_vm_config *config)
{
	const struct options *o = m->options;
	struct mshv_cpu_error error = { "" };
	struct mshv_cpu_model *model;
	int err;

	if (!o->cpu && !o->save && !o->restore)
		return 0;
	err = mshv_cpu_model_mshv(mshv_host_fd(m->host), &model, &error);
	if (!err) {
		if (o->cpu)
			err = mshv_cpu_model_set(model, o->cpu, &error);
		if (!err && o->restore)
			err = match(m, model, &error);
		if (!err && o->save)
			err = keep(m, model);
		if (!err)
			err = mshv_cpu_model_vm_config(model, config);
		mshv_cpu_model_free(model);
	}
	if (err)
		complain(0, "%s: %s", o->cpu ? "--cpu" : "processors",
			 error.text[0] ? error.text : strerror(-err));
	return err;
}
