// SPDX-License-Identifier: GPL-2.0-only
/*
 * mshvctl cpu: CPU features and ID-register fields.
 */
#include <getopt.h>
#include <string.h>

#include "cpu.h"

static const char help[] =
	"usage: mshvctl cpu COMMAND [OPTION]... [FILE]...\n"
	"Which CPU features and ID-register fields guests of a host may see.\n"
	"\n"
	"  list        this host's properties: register, place, values\n"
	"  show        this host's model, to be kept in a file\n"
	"  check       does the model in a FILE, or --set, fit this host?\n"
	"  baseline    the largest model that those in the FILEs have in common\n"
	"\n"
	"  --host=mshv|kvm       ask /dev/mshv or /dev/kvm (default: the one that\n"
	"                        is there; /dev/mshv if both are)\n"
	"  --set=NAME=VALUE,...  change the host's model first\n"
	"  --fixed               also write what the host cannot change: comparisons\n"
	"                        and baselines are better with it\n"
	"  --json                write JSON\n"
	"  --help                show this\n"
	"\n"
	"A FILE is what show --json wrote; - is standard input.\n"
	"Exit statuses: 0; 1 if a model or a setting does not fit; 2 for bad usage;\n"
	"125 if the question could not be answered.\n";

static const struct command commands[] = {
	{ "list", cmd_cpu_list },
	{ "show", cmd_cpu_show },
	{ "check", cmd_cpu_check },
	{ "baseline", cmd_cpu_baseline },
	{ NULL, NULL },
};

int cmd_cpu(int argc, char **argv)
{
	for (int i = 2; i < argc; i++)
		if (!strcmp(argv[i], "--help"))
			return run_command(commands, "cpu: ", help, 2,
					   (char *[]){ argv[0], argv[i], NULL });
	return run_command(commands, "cpu: ", help, argc, argv);
}

static bool is_host(const char *name)
{
	if (!strcmp(name, "mshv") || !strcmp(name, "kvm"))
		return true;
	complain("--host=%s: want mshv or kvm", name);
	return false;
}

bool cpu_options_read(struct cpu_options *options, unsigned int takes, int argc,
		      char **argv)
{
	static const struct option names[] = {
		{ "host", required_argument, NULL, TAKES_HOST },
		{ "set", required_argument, NULL, TAKES_SET },
		{ "json", no_argument, NULL, TAKES_JSON },
		{ "fixed", no_argument, NULL, TAKES_FIXED },
		{ NULL, 0, NULL, 0 },
	};
	struct cpu_options o = { 0 };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == '?' || !(takes & (unsigned int)c)) {
			complain("cpu %s: bad option '%s' (see --help)", argv[0],
				 argv[optind - 1]);
			return false;
		}
		if (c == TAKES_HOST && !is_host(optarg))
			return false;
		if (c == TAKES_HOST)
			o.host = optarg;
		o.set = c == TAKES_SET ? optarg : o.set;
		o.json |= c == TAKES_JSON;
		o.fixed |= c == TAKES_FIXED;
	}
	o.files = argv + optind;
	o.n_files = argc - optind;
	if (o.n_files && !(takes & TAKES_FILES)) {
		complain("cpu %s: unexpected argument '%s'", argv[0], o.files[0]);
		return false;
	}
	*options = o;
	return true;
}
