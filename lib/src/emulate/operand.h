/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Operands in memory: from segment and offset to guest-physical memory.
 */
#ifndef MSHVCTL_SRC_EMULATE_OPERAND_H
#define MSHVCTL_SRC_EMULATE_OPERAND_H

#include <hvabi/intercept.h>

#include "core/vp.h"

/**
 * struct code_mode - what the processor was doing when it stopped
 * @bits: of the code segment: 16, 32 or 64
 * @protected_mode: segments have rights, not only limits
 * @real_mode: exceptions have no error code; virtual 8086 mode is neither
 * @user: at privilege level 3
 */
struct code_mode {
	uint8_t bits;
	bool protected_mode;
	bool real_mode;
	bool user;
};

struct code_mode code_mode(const struct hv_x64_intercept_message_header *head);

/*
 * fetch.c: read the code at RIP from memory, as far as it can be reached. Returns the bytes
 * read; fewer than @size if there are no more, and vp->fault has the fault, if it is one.
 */
size_t fetch_code(struct mshv_vp *vp, const struct code_mode *mode,
		  const struct hv_x64_intercept_message_header *head, uint8_t *bytes,
		  size_t size);

/**
 * struct operand - an access as the instruction describes it
 * @offset: in the segment
 * @segment: 0 to 5: ES, CS, SS, DS, FS, GS
 * @size: bytes, 1 to 64
 * @write: the instruction writes there, and may read before
 */
struct operand {
	uint64_t offset;
	uint8_t segment;
	uint8_t size;
	bool write;
};

/**
 * struct span - where an operand is: on one page, or on two that need not be neighbours
 * @gpa: where each part begins
 * @size: bytes of each part; the second has none on one page
 * @no_memory: the hypervisor has found no memory there, and no change since
 */
struct span {
	uint64_t gpa[2];
	uint8_t size[2];
	bool no_memory[2];
};

/*
 * Find an operand, as an access by the guest would: limits and rights of the segment,
 * then translation and rights of each page. All of it is found before anything is
 * read or written, so that a fault leaves nothing half done.
 *
 * @exit: the memory exit that the VP is at, or NULL: it knows the translation of one page
 *
 * Returns as walk().
 */
int operand_find(struct mshv_vp *vp, const struct code_mode *mode,
		 const struct operand *op,
		 const struct hv_x64_memory_intercept_message *exit,
		 struct span *span);

#endif /* MSHVCTL_SRC_EMULATE_OPERAND_H */
