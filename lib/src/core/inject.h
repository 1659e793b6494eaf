/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Exceptions for the guest.
 */
#ifndef MSHVCTL_SRC_CORE_INJECT_H
#define MSHVCTL_SRC_CORE_INJECT_H

#include "core/vp.h"

/*
 * What became of an instruction of the guest: if @err is the fault of an operand, it
 * gets that fault, and the result is that of the injection; else @err.
 */
int inject_fault(struct mshv_vp *vp, int err);

#endif /* MSHVCTL_SRC_CORE_INJECT_H */
