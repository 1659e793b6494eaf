/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Structures that may grow begin with their size, as the program that uses the library was
 * built with; the conventions are in <mshvctl/api.h>.
 */
#ifndef MSHVCTL_SRC_REGS_SIZE_H
#define MSHVCTL_SRC_REGS_SIZE_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * A structure that the program gives, of which this library knows @known bytes, and that has
 * had @known of them from the beginning: -EINVAL for less, -E2BIG where it asks for what the
 * library does not know.
 */
static inline int size_check(const void *from, size_t size, size_t known)
{
	if (size < known)
		return -EINVAL;
	for (size_t i = known; i < size; i++)
		if (((const uint8_t *)from)[i])
			return -E2BIG;
	return 0;
}

/* A result: @size bytes of it, but for the member that says so; what is not known is 0. */
static inline void size_fill(void *to, size_t size, const void *from, size_t known)
{
	uint8_t *bytes = to;
	size_t n = size < known ? size : known;

	memcpy(bytes + sizeof(size_t), (const uint8_t *)from + sizeof(size_t), n - sizeof(size_t));
	memset(bytes + n, 0, size - n);
}

#endif /* MSHVCTL_SRC_REGS_SIZE_H */
