/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_EXITS_H
#define MSHV_ROOT_EXITS_H

#include <linux/types.h>

#include "../../include/uapi/linux/mshv_netlink.h"

/* A counter for each attribute. The first attribute is number 1. */
#define MSHV_EXITS		MSHV_A_EXITS_MAX
#define MSHV_EXIT(name)		(MSHV_A_EXITS_##name - 1)

/* With the kinds up to this one there is more to be done than to count. */
#define MSHV_EXIT_LAST_RARE	MSHV_EXIT(HALT)

extern const u8 mshv_exit_kinds[256];

/* Types of messages have 7 bits, and one more that tells the processor's own from others. */
#define MSHV_EXIT_PLACE(type)	(((type) & 0x7f) | ((type) >> 9 & 0x80))

#endif
