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
 * @size: sizeof(struct mshv_mmio_ops)
 * @read: read @size bytes, 1, 2, 4 or 8, at @gpa into @value
 * @write: write them
 *
 * An access lies within a page, but need not be aligned. One of another size, or across
 * pages, comes in parts, the lowest address first. An instruction that changes memory, with
 * LOCK or without, is a read and a write: where other VPs may do the same to a device at the
 * same time, the VMM holds a lock of its own around mshv_vp_handle_mmio().
 *
 * Both get the VP, and @opaque of mshv_vp_handle_mmio().
 * Both return 0 or an error, which mshv_vp_handle_mmio() passes on. Both may read
 * and write any registers of the VP, also all of them. If they write another value to RIP,
 * that is where the guest goes on: of a string nothing is carried out any more then, and
 * no register changed; any other instruction is carried out to its end. To write the value
 * that RIP has is to write nothing.
 */
struct mshv_mmio_ops {
	size_t size;
	int (*read)(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
		    uint64_t *value);
	int (*write)(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
		     uint64_t value);
};

/**
 * mshv_vp_handle_mmio() - carry out the instruction of a memory exit
 * @vp: the VP, stopped at an exit of type HVMSG_UNMAPPED_GPA or HVMSG_GPA_INTERCEPT
 * @ops: the devices; they also see writes to memory that the guest may only read
 * @opaque: passed to them
 *
 * Knows these instructions in 16, 32 and 64-bit code, with general registers, immediates,
 * and LOCK, REP, REPE and REPNE prefixes where the processor has them:
 *
 *	MOV, MOVZX, MOVSX, MOVSXD, MOVBE, MOVNTI, MOVDIRI, MOVDIR64B, CMOVcc, SETcc
 *	ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, INC, DEC, NEG, NOT, CRC32
 *	MUL, IMUL, DIV, IDIV, ROL, ROR, RCL, RCR, SHL, SHR, SAR, SHLD, SHRD
 *	BSF, BSR, TZCNT, LZCNT, POPCNT, BT, BTS, BTR, BTC
 *	XCHG, XADD, CMPXCHG, CMPXCHG8B, CMPXCHG16B
 *	PUSH, POP, and CALL and JMP to where memory says, in the same segment
 *	MOV of segment registers
 *	MOVS, STOS, LODS, SCAS, CMPS
 *	MOVUPS, MOVUPD, MOVAPS, MOVAPD, MOVDQU, MOVDQA, MOVSS, MOVSD (of vectors), MOVD,
 *	MOVQ, MOVLPS, MOVLPD, MOVHPS, MOVHPD, MOVNTPS, MOVNTPD, MOVNTDQ, MOVNTDQA, LDDQU with
 *	XMM registers, and with VEX prefixes and YMM registers; MOVD, MOVQ, MOVNTQ with MMX
 *	registers
 *	CLFLUSH, CLFLUSHOPT, CLWB, which devices do not see
 *
 * and refuses all others, among them x87, FXSAVE and XSAVE, whose many accesses no device is
 * made for, AVX-512, arithmetic of vectors, and, where the guest has control-flow enforcement
 * switched on, CALL and JMP. An instruction that has no operand in memory, for which there is
 * no such exit, gets a general protection fault, as from Hyper-V's own emulation.
 *
 * Strings can have their other end in memory; 1024 elements at most are done at a time: the
 * guest executes the rest again. With the register page it needs no hypercall, but for XMM6 to
 * XMM15, MMX and YMM registers, the upper halves of which are read and written with the whole
 * XSAVE area.
 *
 * Where the guest may not access an operand, be it for its segment or for its page, it gets
 * the fault that the processor would have raised, before anything is read or written; that
 * counts as a success. Alignment is not checked: the processor has done that.
 *
 * Memory that has been mapped since the exit is accessed as it is; if the instruction
 * changes it, atomically, but for CMPXCHG16B and operands that are not aligned. An interrupt
 * shadow ends with the instruction, and a guest that executes step by step gets its trap.
 *
 * If RIP was written in this exit already, all is done as usual, but for RIP.
 *
 * It refuses exits that are not about an instruction's operand: in the delivery of an
 * interrupt or exception (execution_state.interruption_pending in the message's header), whose
 * IDT, TSS or stack is not in memory; and in the fetch of an instruction from memory that may
 * not be executed. But if another thread has mapped the memory that it was about since, that
 * is a success: the guest tries again.
 *
 * Return: 0, -EINVAL where the VP is not at such an exit, -EOPNOTSUPP for another
 * instruction or an exit that is not about one, -EFAULT where instruction, memory or page
 * tables are not in memory that this process has, -EBUSY where a fault is due but another
 * event is pending, an error of the register cache, or what the device returned. After an error the guest would
 * execute the instruction again; of a string the registers show how far it came.
 */
MSHV_API int mshv_vp_handle_mmio(struct mshv_vp *vp,
				 const struct mshv_mmio_ops *ops, void *opaque);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_MMIO_H */
