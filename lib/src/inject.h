/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Exceptions for the guest.
 */
#ifndef MSHVCTL_SRC_INJECT_H
#define MSHVCTL_SRC_INJECT_H

#include "vp.h"

/*
 * What became of an instruction of the guest: if @err is the fault of a walk of its
 * page tables, it gets that fault, and the result is that of the injection; else @err.
 * @stack: the operand is in the stack segment.
 */
int inject_fault(struct mshv_vp *vp, int err, bool stack);

#endif /* MSHVCTL_SRC_INJECT_H */
