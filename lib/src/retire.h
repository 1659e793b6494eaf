/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The end of an instruction that was carried out for the guest.
 */
#ifndef MSHVCTL_SRC_RETIRE_H
#define MSHVCTL_SRC_RETIRE_H

#include "vp.h"

/* Whether the guest wants a trap after each instruction, and each part of a string. */
bool retire_steps(const struct mshv_vp *vp);

/*
 * Do what the processor does at the end of an instruction: move RIP past @length bytes, 0
 * if part of a string instruction is left; let interrupts in again that the instruction
 * before held up; and trap if the guest executes step by step. Nothing of that if RIP
 * was written in this exit: a device that did so knows where the guest shall go on.
 */
int retire(struct mshv_vp *vp, unsigned int length);

#endif /* MSHVCTL_SRC_RETIRE_H */
