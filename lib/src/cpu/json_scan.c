// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Reads as much of JSON as a CPU model needs.
 */
#include <errno.h>
#include <string.h>

#include "cpu/json_scan.h"

#define MAX_DEPTH 8

struct scan {
	const char *p, *end;
	unsigned int depth;
	int (*take)(void *opaque, const struct cpu_member *member);
	void *opaque;
};

enum place { PLACE_OTHER, PLACE_PROPS, PLACE_FIXED };

static int scan_value(struct scan *s, enum place where);

/* The next character that is no blank, 0 at the end. */
static char peek(struct scan *s)
{
	while (s->p < s->end && memchr(" \t\r\n", *s->p, 4))
		s->p++;
	return s->p < s->end ? *s->p : '\0';
}

static bool skip(struct scan *s, char c)
{
	if (peek(s) != c)
		return false;
	s->p++;
	return true;
}

static bool skip_word(struct scan *s, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(s->end - s->p) < length || memcmp(s->p, word, length))
		return false;
	s->p += length;
	return true;
}

/* Escapes stay as they are: no name of ours has one. */
static int scan_string(struct scan *s, const char **text, size_t *length)
{
	if (!skip(s, '"'))
		return -EINVAL;
	*text = s->p;
	for (; s->p < s->end && *s->p != '"'; s->p++) {
		if ((unsigned char)*s->p < ' ')
			return -EINVAL;
		if (*s->p == '\\' && ++s->p == s->end)
			return -EINVAL;
	}
	if (s->p == s->end)
		return -EINVAL;
	*length = (size_t)(s->p++ - *text);
	return 0;
}

static int scan_number(struct scan *s, uint64_t *value)
{
	uint64_t number = 0;

	if (s->p == s->end || *s->p < '0' || *s->p > '9')
		return -EINVAL;
	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++) {
		unsigned int digit = (unsigned int)(*s->p - '0');

		if (number > (UINT64_MAX - digit) / 10)
			return -EINVAL;
		number = number * 10 + digit;
	}
	/* A fraction or an exponent. */
	if (s->p < s->end && memchr(".eE", *s->p, 3))
		return -EINVAL;
	*value = number;
	return 0;
}

static int take_member(struct scan *s, enum place where, const char *name,
		       size_t length)
{
	struct cpu_member member = { name, length, where == PLACE_FIXED, true, 0 };

	peek(s);
	if (skip_word(s, "true")) {
		member.value = 1;
	} else if (!skip_word(s, "false")) {
		int err = scan_number(s, &member.value);

		if (err)
			return err;
		member.is_bool = false;
	}
	return s->take(s->opaque, &member);
}

static enum place place_of(const char *name, size_t length)
{
	if (length != 5)
		return PLACE_OTHER;
	if (!memcmp(name, "props", 5))
		return PLACE_PROPS;
	return memcmp(name, "fixed", 5) ? PLACE_OTHER : PLACE_FIXED;
}

static int scan_object(struct scan *s, enum place where)
{
	if (skip(s, '}'))
		return 0;
	do {
		const char *name;
		size_t length;
		int err = scan_string(s, &name, &length);

		if (err || !skip(s, ':'))
			return -EINVAL;
		if (where != PLACE_OTHER)
			err = take_member(s, where, name, length);
		else
			err = scan_value(s, place_of(name, length));
		if (err)
			return err;
	} while (skip(s, ','));
	return skip(s, '}') ? 0 : -EINVAL;
}

static int scan_array(struct scan *s)
{
	if (skip(s, ']'))
		return 0;
	do {
		int err = scan_value(s, PLACE_OTHER);

		if (err)
			return err;
	} while (skip(s, ','));
	return skip(s, ']') ? 0 : -EINVAL;
}

/* A value that nobody wants: a word, or something that looks like a number. */
static int skip_scalar(struct scan *s)
{
	const char *start = s->p;

	if (skip_word(s, "true") || skip_word(s, "false") || skip_word(s, "null"))
		return 0;
	while (s->p < s->end && memchr("+-.0123456789eE", *s->p, 15))
		s->p++;
	return s->p > start ? 0 : -EINVAL;
}

static int scan_value(struct scan *s, enum place where)
{
	const char *text;
	size_t length;
	char c = peek(s);
	int err;

	if (c == '"')
		return where == PLACE_OTHER ? scan_string(s, &text, &length) : -EINVAL;
	if (c != '{' && c != '[')
		return where == PLACE_OTHER ? skip_scalar(s) : -EINVAL;
	if (s->depth == MAX_DEPTH)
		return -EINVAL;
	s->depth++;
	if (skip(s, '{'))
		err = scan_object(s, where);
	else if (where == PLACE_OTHER && skip(s, '['))
		err = scan_array(s);
	else
		err = -EINVAL;
	s->depth--;
	return err;
}

int cpu_scan(const char *json, size_t size,
	     int (*take)(void *opaque, const struct cpu_member *member),
	     void *opaque, size_t *at)
{
	struct scan s = { json, json + size, 0, take, opaque };
	int err = peek(&s) == '{' ? scan_value(&s, PLACE_OTHER) : -EINVAL;

	/* Nothing but blanks may follow. */
	if (!err && (peek(&s) || s.p < s.end))
		err = -EINVAL;
	*at = (size_t)(s.p - json);
	return err;
}
