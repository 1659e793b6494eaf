// SPDX-License-Identifier: GPL-2.0-only
/* Command line: blank-separated NAME=VALUE words. */
#include "base/minihv.h"

struct options options;

static const char *value_of(const char *word, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(word, name, n) && word[n] == '=' ? word + n + 1 : NULL;
}

static bool value_is(const char *value, const char *text)
{
	size_t n = strlen(text);

	return !strncmp(value, text, n) && (!value[n] || value[n] == ' ');
}

static void parse_word(const char *word)
{
	const char *v;

	v = value_of(word, "scheduler");
	if (v && (value_is(v, "root") || value_is(v, "core"))) {
		options.core_scheduler = value_is(v, "core");
		return;
	}
	v = value_of(word, "partition");
	if (v && (value_is(v, "root") || value_is(v, "l1vh"))) {
		options.l1vh = value_is(v, "l1vh");
		return;
	}
	v = value_of(word, "strict");
	if (v && (value_is(v, "0") || value_is(v, "1"))) {
		options.strict = value_is(v, "1");
		return;
	}
	v = value_of(word, "spare");
	if (v && (value_is(v, "0") || value_is(v, "1"))) {
		options.spare_cpu = value_is(v, "1");
		return;
	}
	v = value_of(word, "icount");
	if (v && (value_is(v, "0") || value_is(v, "1"))) {
		options.icount = value_is(v, "1");
		return;
	}
	v = value_of(word, "fault");
	if (v) {
		options.fault = v;
		return;
	}
	/* The loader puts the file's name first; it has a slash or no equals sign. */
	for (v = word; *v && *v != ' '; v++)
		if (*v == '/')
			return;
		else if (*v == '=')
			hv_fatal("unknown option: %s", word);
}

void options_parse(const char *cmdline)
{
	options.strict = true;
	while (*cmdline) {
		while (*cmdline == ' ')
			cmdline++;
		if (!*cmdline)
			break;
		parse_word(cmdline);
		while (*cmdline && *cmdline != ' ')
			cmdline++;
	}
}
