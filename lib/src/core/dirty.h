/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The part of the dirty log that the hypervisor does not see: what this process writes.
 */
#ifndef MSHVCTL_SRC_CORE_DIRTY_H
#define MSHVCTL_SRC_CORE_DIRTY_H

#include <mshvctl/dirty.h>

#include "core/vm.h"

void dirty_note_pages(struct vm_piece *piece, uint64_t gpa, uint64_t size);

/*
 * A write that was made, of memory that all is in @piece: after it, as who has read the
 * log reads the memory next. With the lock of the VM held.
 */
static inline void dirty_note(struct vm_piece *piece, uint64_t gpa, uint64_t size)
{
	if (piece->written)
		dirty_note_pages(piece, gpa, size);
}

#endif /* MSHVCTL_SRC_CORE_DIRTY_H */
