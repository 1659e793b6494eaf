/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Faults of the kernel's own making: the n-th allocation, access to user memory or
 * hypercall of a thread fails. Needs CONFIG_FAULT_INJECTION, as the debug kernel has it.
 */
#ifndef MSHV_SELFTEST_FAULT_H
#define MSHV_SELFTEST_FAULT_H

#include <limits.h>
#include <signal.h>

#include "mshv_test.h"

#define DEBUGFS		"/sys/kernel/debug/"
#define FAIL_HYPERCALL	DEBUGFS "mshv/fail_hypercall/"

/*
 * A life takes half a second, on a machine that has a hundred times as much to do a minute. What
 * is limited is one of them, not all: how many there are is for the driver to say.
 */
#define LIFE_MAX_S	600
#define NO_TIMEOUT	(-1)

static unsigned int fault_life;

/* Ends the test by its signal, and says which life it was: what fails there is what to look for. */
static inline void fault_out_of_time(int number)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "# life %u does not end\n", fault_life);

	if (write(STDERR_FILENO, text, n) != n)
		abort();
	/* it comes when this returns */
	signal(number, SIG_DFL);
	raise(number);
}

/* Who sleeps where no signal reaches it is between two that were told. */
static inline void fault_life_begins(unsigned int n)
{
	fault_life = n;
	if (!(n % 50))
		fprintf(stderr, "# life %u\n", n);
	signal(SIGALRM, fault_out_of_time);
	alarm(LIFE_MAX_S);
}

static inline void fault_life_ends(void)
{
	alarm(0);
}

/* All kinds of allocations may fail, and nothing is said about it. */
static inline int fault_prepare(void)
{
	static const struct {
		const char *path, *value;
	} settings[] = {
		{ DEBUGFS "failslab/verbose", "0" },
		{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
		{ DEBUGFS "fail_page_alloc/verbose", "0" },
		{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
		{ DEBUGFS "fail_page_alloc/min-order", "0" },
		{ DEBUGFS "fail_usercopy/verbose", "0" },
		{ FAIL_HYPERCALL "verbose", "0" },
		{ FAIL_HYPERCALL "times", "-1" },
		{ FAIL_HYPERCALL "task-filter", "Y" },
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]) && !ret; i++)
		ret = mshv_put(settings[i].path, settings[i].value);
	return ret;
}

/* The addresses of the modules that are tested, and of what lies between them. */
static inline int fault_find_modules(unsigned long *start, unsigned long *end)
{
	FILE *f = fopen("/proc/modules", "re");
	unsigned long size, base;
	char line[256], name[64];

	*start = ULONG_MAX;
	*end = 0;
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		const char *address = strstr(line, " 0x");

		if (!address || sscanf(line, "%63s %lu", name, &size) != 2 ||
		    (strcmp(name, "mshv_root") && strcmp(name, "hv_iommu")))
			continue;
		base = strtoul(address, NULL, 16);
		*start = base < *start ? base : *start;
		*end = base + size > *end ? base + size : *end;
	}
	fclose(f);
	return *end > *start && *start ? 0 : -ENOENT;
}

/*
 * Only what one of the modules asks for fails, itself or by what it calls; of the rest of the
 * kernel not all survives that.
 */
static inline int fault_only_ours(void)
{
	static const char * const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	unsigned long start, end;
	char path[64], text[32];
	unsigned int i;
	int ret = fault_find_modules(&start, &end);

	for (i = 0; i < 3 && !ret; i++) {
		snprintf(path, sizeof(path), DEBUGFS "%s/require-start", kinds[i]);
		snprintf(text, sizeof(text), "%#lx", start);
		ret = mshv_put(path, text);
		snprintf(path, sizeof(path), DEBUGFS "%s/require-end", kinds[i]);
		snprintf(text, sizeof(text), "%#lx", end);
		if (!ret)
			ret = mshv_put(path, text);
	}
	return ret;
}

/*
 * With one descriptor, for to open one would be among what fails. Reading and
 * writing it copies to and from user memory, and that may be the very thing.
 */
static inline void fault_arm(int fail_nth, unsigned int n)
{
	char text[16];
	ssize_t ret;

	snprintf(text, sizeof(text), "%u", n);
	do {
		ret = pwrite(fail_nth, text, strlen(text), 0);
	} while (ret < 0 && errno == EFAULT);
	if (ret < 0)
		abort();
}

/* What was left to count: 0 if something was made to fail. */
static inline unsigned int fault_disarm(int fail_nth)
{
	char text[16] = "";
	unsigned int left = 1;

	if (pread(fail_nth, text, sizeof(text) - 1, 0) >= 0)
		left = strtoul(text, NULL, 10);
	else if (errno != EFAULT)
		abort();
	fault_arm(fail_nth, 0);
	return left;
}

#endif
