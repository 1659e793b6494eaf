// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: look at, and prepare, a host that runs virtual machines on /dev/mshv.
 */
#include <mshvctl/version.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mshvctl.h"

static const char help[] =
	"usage: mshvctl COMMAND [ARGUMENT]...\n"
	"\n"
	"  cpu      which CPU features and ID-register fields a guest may see\n"
	"  doctor   whether this host can run virtual machines, and what is missing\n"
#ifndef NO_HOST
	"  device   devices of this host, and which of them a guest may have\n"
	"  list     the partitions that run\n"
	"  monitor  what happens, as it happens\n"
	"  plot     a diagram of what top has recorded\n"
	"  show     the host, or a partition, in detail\n"
	"  top      what the guests do, live\n"
#endif
	"\n"
	"mshvctl COMMAND --help tells more; mshvctl --version, which one this is.\n";

static const struct command commands[] = {
	{ "cpu", cmd_cpu },
	{ "doctor", cmd_doctor },
#ifndef NO_HOST
	{ "device", cmd_device },
	{ "list", cmd_list },
	{ "monitor", cmd_monitor },
	{ "plot", cmd_plot },
	{ "show", cmd_show },
	{ "top", cmd_top },
#endif
	{ NULL, NULL },
};

void complain(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("mshvctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

/* Bytes that are no ASCII, from a command line, are shown by their number. */
void print_json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c > '~')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

int finish_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	complain("the output cannot be written");
	return EXIT_FAILED;
}

int run_command(const struct command *list, const char *what,
		const char *text, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (!name) {
		complain("%sno command given (see --help)", what);
		return EXIT_USAGE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		fputs(text, stdout);
		return finish_output(EXIT_OK);
	}
	for (; list->name; list++)
		if (!strcmp(list->name, name))
			return list->run(argc - 1, argv + 1);
	complain("%sthere is no command '%s' (see --help)", what, name);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		printf("mshvctl %u.%u.%u\n", MSHVCTL_VERSION_MAJOR, MSHVCTL_VERSION_MINOR,
		       MSHVCTL_VERSION_PATCH);
		return finish_output(EXIT_OK);
	}
	return run_command(commands, "", help, argc, argv);
}
