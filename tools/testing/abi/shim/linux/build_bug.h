/* SPDX-License-Identifier: GPL-2.0-only */
/* All of it is in the other shim. */
#include <linux/types.h>
