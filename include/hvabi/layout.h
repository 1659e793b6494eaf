/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * How the headers of this directory state a layout, and prove it.
 *
 * Hyper-V's structures are little endian and have no implicit padding, so each one is packed
 * and its size and offsets are pinned against literal numbers where it is defined.
 */
#ifndef HVABI_LAYOUT_H
#define HVABI_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#define HV_PACKED __attribute__((__packed__))

#ifdef __cplusplus
#define HV_ASSERT(condition) static_assert(condition, #condition)
#else
#define HV_ASSERT(condition) _Static_assert(condition, #condition)
#endif

#define HV_ASSERT_SIZE(type, bytes)	     HV_ASSERT(sizeof(type) == (bytes))
#define HV_ASSERT_OFFSET(type, field, bytes) HV_ASSERT(offsetof(type, field) == (bytes))

/* Single bits as macros, so that the preprocessor and assembler sources can use them too. */
#define HV_BIT32(n) (1u << (n))
#define HV_BIT64(n) (1ull << (n))

#endif
