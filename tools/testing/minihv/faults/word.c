// SPDX-License-Identifier: GPL-2.0-only
/* Reading fault=SPEC, word by word. */
#include "faults/word.h"

bool word_eat(const char **s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*s, word, n))
		return false;
	*s += n;
	return true;
}

void word_need(const char **s, const char *word, const char *spec)
{
	if (!word_eat(s, word))
		hv_fatal("fault=%s: \"%s\" expected at \"%s\"", spec, word, *s);
}

uint64_t word_number(const char **s, const char *spec, uint32_t min, uint32_t max)
{
	const char *end;
	uint64_t value = parse_number(*s, &end);

	if (end == *s)
		hv_fatal("fault=%s: digits expected at \"%s\"", spec, *s);
	if (value < min || value > max)
		hv_fatal("fault=%s: a number from %u to %u expected at \"%s\"", spec, min,
			 max, *s);
	*s = end;
	return value;
}
