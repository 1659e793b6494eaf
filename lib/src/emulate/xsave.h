/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The upper parts of vector registers, which are no registers of the hypervisor's, but in
 * a VP's XSAVE area.
 */
#ifndef MSHVCTL_SRC_EMULATE_XSAVE_H
#define MSHVCTL_SRC_EMULATE_XSAVE_H

#include "core/vp.h"

/* Bytes 16 to 31 of a YMM register. */
#define XSAVE_HALF 16

int xsave_get_high(struct mshv_vp *vp, unsigned int reg, uint8_t high[XSAVE_HALF]);

/* Write them; what is above, in a ZMM register, is cleared. */
int xsave_set_high(struct mshv_vp *vp, unsigned int reg, const uint8_t high[XSAVE_HALF]);

#endif /* MSHVCTL_SRC_EMULATE_XSAVE_H */
