/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Reads as much of JSON as a CPU model needs.
 */
#ifndef MSHVCTL_SRC_CPU_JSON_SCAN_H
#define MSHVCTL_SRC_CPU_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A member of "props" or "fixed". The name is not terminated. */
struct cpu_member {
	const char *name;
	size_t length;
	bool fixed;
	bool is_bool;
	uint64_t value;
};

/**
 * cpu_scan() - find the members of "props" and "fixed", however deep they are
 * @json: text
 * @size: its bytes
 * @take: called with each; what it returns, if not 0, ends the scan
 * @opaque: passed to @take
 * @at: where a scan that failed stopped
 *
 * Return: 0, -EINVAL where the text is not JSON or a member is neither a whole
 * number nor a bool, or what @take returned.
 */
int cpu_scan(const char *json, size_t size,
	     int (*take)(void *opaque, const struct cpu_member *member),
	     void *opaque, size_t *at);

#endif /* MSHVCTL_SRC_CPU_JSON_SCAN_H */
