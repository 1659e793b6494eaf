// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl: command lines.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "mshvctl.h"
#include "options.h"

#define HELP 'h'

bool read_number(const char *text, uint64_t *number)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*number = strtoull(text, &end, 0);
	return !errno && !*end;
}

static bool read_interval(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return end != text && !*end && *seconds >= 0.01 && *seconds <= 86400;
}

static bool take(struct options *o, int c, const char *command)
{
	switch (c) {
	case TAKES_JSON:
		o->json = true;
		return true;
	case TAKES_DEVICES:
		o->devices = true;
		return true;
	case TAKES_TRY:
		o->try = optarg;
		return true;
	case TAKES_DRY_RUN:
		o->dry_run = true;
		return true;
	case TAKES_RECORD:
		o->record = optarg;
		return true;
	case TAKES_OUTPUT:
		o->output = optarg;
		return true;
	case TAKES_ROOT:
		o->root = optarg;
		return true;
	case TAKES_COUNT:
		if (read_number(optarg, &o->count) && o->count)
			return true;
		complain("%s: --count=%s: want a number from 1 on", command, optarg);
		return false;
	default:
		if (read_interval(optarg, &o->interval))
			return true;
		complain("%s: --interval=%s: want seconds, from 0.01 to 86400", command, optarg);
		return false;
	}
}

static bool take_arguments(struct options *o, unsigned int takes, int argc, char **argv)
{
	int most = takes & (TAKES_NAME | NEEDS_NAME) ? 1 : 0;

	if (argc - optind > most) {
		complain("%s: unexpected argument '%s' (see --help)", argv[0],
			 argv[optind + most]);
		return false;
	}
	o->name = argv[optind];
	if (!o->name && takes & NEEDS_NAME) {
		complain("%s: an argument is missing (see --help)", argv[0]);
		return false;
	}
	return true;
}

bool options_read(struct options *options, unsigned int takes, const char *help, int argc,
		  char **argv)
{
	static const struct option names[] = {
		{ "json", no_argument, NULL, TAKES_JSON },
		{ "dry-run", no_argument, NULL, TAKES_DRY_RUN },
		{ "interval", required_argument, NULL, TAKES_INTERVAL },
		{ "count", required_argument, NULL, TAKES_COUNT },
		{ "record", required_argument, NULL, TAKES_RECORD },
		{ "output", required_argument, NULL, TAKES_OUTPUT },
		{ "root", required_argument, NULL, TAKES_ROOT },
		{ "devices", no_argument, NULL, TAKES_DEVICES },
		{ "try", required_argument, NULL, TAKES_TRY },
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .interval = 1, .root = "", .status = EXIT_USAGE };
	int c;

	*options = o;
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "h", names, NULL)) != -1) {
		if (c == HELP) {
			fputs(help, stdout);
			options->status = finish_output(EXIT_OK);
			return false;
		}
		if (c == '?' || !(takes & (unsigned int)c)) {
			complain("%s: bad option '%s' (see --help)", argv[0], argv[optind - 1]);
			return false;
		}
		if (!take(&o, c, argv[0]))
			return false;
	}
	if (!take_arguments(&o, takes, argc, argv))
		return false;
	*options = o;
	return true;
}
