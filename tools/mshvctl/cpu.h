/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl cpu: what its sub-commands share.
 */
#ifndef MSHVCTL_CPU_COMMAND_H
#define MSHVCTL_CPU_COMMAND_H

#include <mshvctl/cpu.h>

#include "mshvctl.h"

/**
 * struct cpu_options - the command line
 * @host: "mshv", "kvm", or NULL for the one there is
 * @set: settings for the host's model, or NULL
 * @json: write JSON
 * @fixed: also what the host cannot change
 * @files: the other arguments, @n_files of them
 */
struct cpu_options {
	const char *host;
	const char *set;
	bool json;
	bool fixed;
	char **files;
	int n_files;
};

/* What a sub-command takes. */
enum {
	TAKES_HOST = 1 << 0,
	TAKES_SET = 1 << 1,
	TAKES_JSON = 1 << 2,
	TAKES_FIXED = 1 << 3,
	TAKES_FILES = 1 << 4,
};

/* Read the command line. False after a complaint. */
bool cpu_options_read(struct cpu_options *options, unsigned int takes, int argc,
		      char **argv);

/**
 * cpu_host_open() - the model of this host, with --set applied
 * @options: --host and --set
 * @model: result
 * @fd: result: to be closed after the model was freed
 *
 * Return: EXIT_OK, or another exit status after a complaint.
 */
int cpu_host_open(const struct cpu_options *options,
		  struct mshv_cpu_model **model, int *fd);

/* The exit status for what a model or settings came to: does it fit or not? */
int cpu_fit_status(int err);

void cpu_host_close(struct mshv_cpu_model *model, int fd);

/* The model in a file, "-" for standard input. NULL after a complaint. */
struct mshv_cpu_model *cpu_file_read(const char *path);

/* Write a model as JSON, or as lines name=value. Returns an exit status. */
int cpu_model_write(const struct mshv_cpu_model *model,
		    const struct cpu_options *options);

int cmd_cpu_list(int argc, char **argv);
int cmd_cpu_show(int argc, char **argv);
int cmd_cpu_check(int argc, char **argv);
int cmd_cpu_baseline(int argc, char **argv);

#endif /* MSHVCTL_CPU_COMMAND_H */
