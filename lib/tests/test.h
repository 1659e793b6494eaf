/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The smallest test harness that will do. A test is a function that registers
 * itself; the first CHECK that does not hold ends it.
 */
#ifndef MSHVCTL_TESTS_TEST_H
#define MSHVCTL_TESTS_TEST_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void test_register(struct test *test);
_Noreturn void test_fail(const char *file, int line, const char *what,
			 long long is, long long wanted);

/* What the test is at; shown where it fails. NULL for nothing. */
void test_note(const char *note);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define TEST(id) \
	static void test_##id(void); \
	__attribute__((constructor)) static void register_##id(void) \
	{ \
		static struct test t = { .name = #id, .run = test_##id }; \
		test_register(&t); \
	} \
	static void test_##id(void)

#define CHECK(condition) \
	do { \
		if (!(condition)) \
			test_fail(__FILE__, __LINE__, #condition, 0, 1); \
	} while (0)

#define CHECK_EQ(is, wanted) \
	do { \
		long long is_ = (long long)(is), wanted_ = (long long)(wanted); \
		if (is_ != wanted_) \
			test_fail(__FILE__, __LINE__, #is " == " #wanted, is_, \
				  wanted_); \
	} while (0)

#endif /* MSHVCTL_TESTS_TEST_H */
