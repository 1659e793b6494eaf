/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's include/hyperv headers expect of the kernel around them, for a compiler
 * that is not building a kernel. They are read as the x86-64 kernel reads them.
 */
#ifndef ABI_SHIM_LINUX_TYPES_H
#define ABI_SHIM_LINUX_TYPES_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* CONFIG_ARM64 stays undefined, which the preprocessor takes for 0. */
#define CONFIG_X86 1
#define IS_ENABLED(CONFIG_option) (CONFIG_option)

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef unsigned long ulong;

#define __packed __attribute__((__packed__))
#define __aligned(bytes) __attribute__((__aligned__(bytes)))

#define BIT(nr) (1ul << (nr))
#define BIT_ULL(nr) (1ull << (nr))
#define GENMASK_ULL(high, low) ((~0ull >> (63 - (high))) & (~0ull << (low)))
#define GENMASK(high, low) ((unsigned long)GENMASK_ULL(high, low))

#define NSEC_PER_SEC 1000000000l

#define DECLARE_FLEX_ARRAY(type, name) \
	struct { \
		struct { } no_fixed_member; \
		type name[]; \
	}

/* Members that begin where the flexible array of another one does. */
#define __TRAILING_OVERLAP(type, name, array, attributes, members) \
	union { \
		type name; \
		struct { \
			unsigned char before_array[offsetof(type, array)]; \
			members \
		} attributes; \
	}

#endif
