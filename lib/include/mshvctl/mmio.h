/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * MMIO exits: carrying out instructions that access devices in memory.
 *
 * Thread safety: as the VP's.
 */
#ifndef MSHVCTL_MMIO_H
#define MSHVCTL_MMIO_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct mshv_mmio_ops - the VMM's devices in guest-physical memory
 * @read: read @size bytes, 1, 2, 4 or 8, at @gpa into @value
 * @write: write them
 *
 * Both return 0 or an error, which mshv_vp_handle_mmio() passes on. Both may read
 * and write any registers of the VP, also all of them.
 */
struct mshv_mmio_ops {
	int (*read)(void *opaque, uint64_t gpa, unsigned int size,
		    uint64_t *value);
	int (*write)(void *opaque, uint64_t gpa, unsigned int size,
		     uint64_t value);
};

/**
 * mshv_vp_handle_mmio() - carry out the instruction of a memory exit
 * @vp: the VP, stopped at an exit of type HVMSG_UNMAPPED_GPA or HVMSG_GPA_INTERCEPT
 * @ops: the devices; they also see writes to memory that the guest may only read
 * @opaque: passed to them
 *
 * Knows MOV in all its forms with general registers and immediates, MOVZX, MOVSX,
 * MOVSXD, ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, XCHG, MOVS and STOS, in 16,
 * 32 and 64-bit code. With the register page it needs no hypercall.
 *
 * Where the guest may not access the memory of an operand, it gets the fault that the
 * processor would have raised, which counts as a success. Segment limits are not
 * checked.
 *
 * Return: 0, -EINVAL where the VP is not at such an exit, -EOPNOTSUPP for another
 * instruction, -EFAULT where instruction, memory or page tables are not in memory that
 * this process has, -EBUSY where a fault is due but another event is pending, an error
 * of the register cache, or what the device returned. After an error the guest would
 * execute the instruction again; of a string the registers show how far it came.
 */
MSHV_API int mshv_vp_handle_mmio(struct mshv_vp *vp,
				 const struct mshv_mmio_ops *ops, void *opaque);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_MMIO_H */
