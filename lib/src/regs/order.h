/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The order in which registers are written.
 */
#ifndef MSHVCTL_SRC_REGS_ORDER_H
#define MSHVCTL_SRC_REGS_ORDER_H

#include <stddef.h>

#include "regs/slotset.h"

/* Put the members of @set into @slots, which has room for all, in the order of writing. */
size_t reg_order(const struct slotset *set, int *slots);

#endif /* MSHVCTL_SRC_REGS_ORDER_H */
