/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mshvctl: what its commands share.
 */
#ifndef MSHVCTL_H
#define MSHVCTL_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses. */
enum {
	EXIT_OK = 0,
	/* The answer is no. */
	EXIT_NO = 1,
	EXIT_USAGE = 2,
	/* There is no answer. */
	EXIT_FAILED = 125,
};

/* A command, or a sub-command of one. */
struct command {
	const char *name;
	int (*run)(int argc, char **argv);
};

/**
 * run_command() - run the command that argv[1] names
 * @commands: the last one has no name
 * @what: messages begin with it: "" or "cpu: "
 * @help: printed for --help
 *
 * The command sees itself as argv[0]. Returns its exit status.
 */
int run_command(const struct command *commands, const char *what,
		const char *help, int argc, char **argv);

/* One sentence on standard error, after the program's name. */
__attribute__((format(printf, 1, 2)))
void complain(const char *format, ...);

/* A JSON string on standard output. */
void print_json_string(const char *text);

/* Write out what is buffered: EXIT_FAILED if it cannot be, else @status. */
int finish_output(int status);

int cmd_cpu(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_device(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_plot(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_top(int argc, char **argv);

#endif /* MSHVCTL_H */
