// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Runs the tests that registered themselves, or those named as arguments.
 */
#include <string.h>

#include "test.h"

static struct test *first, **last = &first;
static jmp_buf failed;
static const char *at;

void test_note(const char *note)
{
	at = note;
}

void test_register(struct test *test)
{
	*last = test;
	last = &test->next;
}

void test_fail(const char *file, int line, const char *what, long long is,
	       long long wanted)
{
	printf("# %s:%d: %s: is %lld (0x%llx), wanted %lld (0x%llx)\n", file,
	       line, what, is, is, wanted, wanted);
	if (at)
		printf("# at %s\n", at);
	at = NULL;
	longjmp(failed, 1);
}

static bool is_wanted(const char *name, char **argv)
{
	if (!*argv)
		return true;
	for (; *argv; argv++)
		if (!strcmp(*argv, name))
			return true;
	return false;
}

static bool passes(const struct test *test)
{
	if (setjmp(failed))
		return false;
	test->run();
	return true;
}

int main(int argc, char **argv)
{
	unsigned int run = 0, bad = 0;

	if (argc < 1)
		return 2;
	for (struct test *test = first; test; test = test->next) {
		if (!is_wanted(test->name, argv + 1))
			continue;
		run++;
		if (passes(test)) {
			printf("PASS lib.%s\n", test->name);
		} else {
			printf("FAIL lib.%s\n", test->name);
			bad++;
		}
		fflush(stdout);
	}
	if (!run)
		fprintf(stderr, "%s: no such test\n", argv[0]);
	return bad || !run;
}
