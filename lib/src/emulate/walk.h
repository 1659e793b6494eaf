/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Translation of a guest's linear addresses, by its own page tables.
 */
#ifndef MSHVCTL_SRC_EMULATE_WALK_H
#define MSHVCTL_SRC_EMULATE_WALK_H

#include "core/vp.h"

enum {
	WALK_WRITE = 1 << 0,
	WALK_USER = 1 << 1,
	WALK_STACK = 1 << 2, /* a stack access has a fault of its own */
	WALK_FETCH = 1 << 3, /* of an instruction; that it may be executed is not checked */
};

/*
 * Find the guest-physical address of a linear one, as an access by the guest would:
 * permissions are checked, and accessed and dirty bits are set. Walking here works
 * on memory that the hypervisor has not mapped yet, and costs no hypercall where
 * the register page shows the control registers.
 *
 * Returns 0, -EFAULT where the guest would get a fault, which is in vp->fault then, or
 * its tables are not in memory, or an error of the register cache.
 */
int walk(struct mshv_vp *vp, uint64_t linear, unsigned int access,
	 uint64_t *gpa);

/*
 * The guest's access is outside of what its segment allows: leaves the fault in
 * vp->fault, and returns -EFAULT. In real mode it has no error code, else 0.
 */
int walk_segment_fault(struct mshv_vp *vp, bool stack, bool has_error_code);

#endif /* MSHVCTL_SRC_EMULATE_WALK_H */
