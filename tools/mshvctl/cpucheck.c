// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl cpu check and baseline: models of several hosts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu.h"

/* Where the reasons go, and how many there were. */
struct reasons {
	bool json;
	unsigned int n;
};

static void print_reason(void *opaque, const char *reason)
{
	struct reasons *reasons = opaque;

	if (reasons->json) {
		fputs(reasons->n ? "," : "", stdout);
		print_json_string(reason);
	} else {
		puts(reason);
	}
	reasons->n++;
}

int cpu_fit_status(int err)
{
	switch (err) {
	case 0:
		return EXIT_OK;
	case -EDOM:
	case -EINVAL:
	case -ENOENT:
	case -EPERM:
	case -ERANGE:
		return EXIT_NO;
	default:
		return EXIT_FAILED;
	}
}

/* Settings have one reason at most, and the model of another host all it has. */
static int find_reasons(struct mshv_cpu_model *model,
			const struct mshv_cpu_model *from, const char *settings,
			struct reasons *reasons)
{
	struct mshv_cpu_error error;
	int err;

	if (from)
		return mshv_cpu_model_fits(model, from, print_reason, reasons);
	err = mshv_cpu_model_set(model, settings, &error);
	if (err)
		print_reason(reasons, error.text);
	return err;
}

static int check(struct mshv_cpu_model *model, const struct mshv_cpu_model *from,
		 const struct cpu_options *options)
{
	struct reasons reasons = { .json = options->json };
	int status;

	if (options->json)
		fputs("{\"reasons\":[", stdout);
	status = cpu_fit_status(find_reasons(model, from, options->set, &reasons));
	if (options->json)
		printf("],\"fits\":%s}\n", status == EXIT_OK ? "true" :
		       status == EXIT_NO ? "false" : "null");
	return status;
}

int cmd_cpu_check(int argc, char **argv)
{
	struct cpu_options options, bare;
	struct mshv_cpu_model *model, *from = NULL;
	int status, fd;

	if (!cpu_options_read(&options, TAKES_HOST | TAKES_SET | TAKES_JSON |
			      TAKES_FILES, argc, argv))
		return EXIT_USAGE;
	if (options.n_files != !options.set) {
		complain("cpu check: want one FILE or --set (see --help)");
		return EXIT_USAGE;
	}
	if (!options.set) {
		from = cpu_file_read(options.files[0]);
		if (!from)
			return EXIT_FAILED;
	}
	/* The settings are what is in question here. */
	bare = options;
	bare.set = NULL;
	status = cpu_host_open(&bare, &model, &fd);
	if (status)
		goto free_from;
	status = check(model, from, &options);
	cpu_host_close(model, fd);
free_from:
	mshv_cpu_model_free(from);
	return finish_output(status);
}

static int write_baseline(const struct cpu_options *options,
			  const struct mshv_cpu_model *const *models, size_t n)
{
	struct mshv_cpu_model *base;
	struct mshv_cpu_error error;
	int status;

	if (mshv_cpu_model_baseline(models, n, &base, &error)) {
		complain("%s", error.text);
		return EXIT_NO;
	}
	status = cpu_model_write(base, options);
	mshv_cpu_model_free(base);
	return status;
}

int cmd_cpu_baseline(int argc, char **argv)
{
	struct cpu_options options;
	struct mshv_cpu_model **models;
	int status = EXIT_FAILED;
	size_t n;

	if (!cpu_options_read(&options, TAKES_JSON | TAKES_FIXED | TAKES_FILES,
			      argc, argv))
		return EXIT_USAGE;
	n = (size_t)options.n_files;
	if (!n) {
		complain("cpu baseline: no FILE given (see --help)");
		return EXIT_USAGE;
	}
	models = calloc(n, sizeof(*models));
	if (!models) {
		complain("out of memory");
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < n; i++) {
		models[i] = cpu_file_read(options.files[i]);
		if (!models[i])
			goto out;
	}
	status = write_baseline(&options,
				(const struct mshv_cpu_model *const *)models, n);
out:
	for (size_t i = 0; i < n; i++)
		mshv_cpu_model_free(models[i]);
	free(models);
	return status;
}
