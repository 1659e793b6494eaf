/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Inside the emulation of instructions that access memory.
 */
#ifndef MSHVCTL_SRC_EMULATE_MMIO_H
#define MSHVCTL_SRC_EMULATE_MMIO_H

#include <hvabi/intercept.h>
#include <mshvctl/mmio.h>
#include <string.h>

#include "decode/memo.h"
#include "emulate/operand.h"
#include "emulate/retire.h"

/**
 * struct mmio - an instruction being carried out
 * @vp: whose
 * @ops: the devices; NULL in a string port exit if the VMM has none for those
 * @opaque: passed to them
 * @msg: the exit
 * @insn: the instruction
 * @mode: what the processor was doing
 * @watch: of a string: RIP before the device was called
 * @stack_mask: what counts of the stack pointer
 * @jumps: the instruction ends at @target
 * @target: and not at the next one
 * @shadow: it holds up interrupts until the next one has ended
 * @again: memory changed under the instruction: the guest shall execute it again; or
 *	the device has sent it elsewhere
 */
struct mmio {
	struct mshv_vp *vp;
	const struct mshv_mmio_ops *ops;
	void *opaque;
	const struct hv_x64_memory_intercept_message *msg;
	const struct insn *insn;
	struct code_mode mode;
	struct rip_watch watch;
	uint64_t stack_mask;
	bool jumps;
	uint64_t target;
	bool shadow;
	bool again;
};

/* Whether an exit is at bytes that were decoded, perhaps in another mode. */
static inline bool mmio_remembers(const struct insn_memo *memo,
				  const struct hv_x64_memory_intercept_message *msg)
{
	_Static_assert(sizeof(memo->bytes) == sizeof(msg->instruction_bytes),
		       "as many bytes as an exit tells");
	return msg->instruction_byte_count >= sizeof(memo->bytes) &&
	       !memcmp(memo->bytes, msg->instruction_bytes, sizeof(memo->bytes));
}

/* Find the instruction of an exit among those that were, for it to be the last. */
bool mmio_recall(struct insn_memos *memos, const struct hv_x64_memory_intercept_message *msg,
		 unsigned int bits);

/* Find out whether an instruction may go the short way. */
void mmio_simplify(struct insn_memo *memo);

/* fetch.c: find and decode the instruction. */
int mmio_fetch(struct mmio *m);

/*
 * mmio_memory.c: find the memory operand, moved by @displacement, of the instruction's size, or what an
 * index register points to. @write: it is written, perhaps after it was read.
 */
int mmio_operand(struct mmio *m, int64_t displacement, bool write, struct span *span);
int mmio_indexed(struct mmio *m, unsigned int segment, uint32_t name, bool write,
		 struct span *span);

/*
 * Where @sp points to on the stack.
 */
int mmio_stack(struct mmio *m, uint64_t sp, bool write, struct span *span);

/*
 * Read and write what was found, be it RAM or a device. There must be room for 8 bytes in
 * any case.
 */
int mmio_read(struct mmio *m, const struct span *span, void *bytes);
/* The last of what an instruction needs is what a device has: reading that may change it. */
int mmio_read_with_flags(struct mmio *m, const struct span *span, uint64_t *value,
			 uint64_t *flags);
int mmio_write(struct mmio *m, const struct span *span, const void *bytes);

/*
 * The write of an instruction that has read @old there. In RAM it is atomic; where
 * something else is there by now, -EAGAIN, and @m->again is set.
 */
int mmio_replace(struct mmio *m, const struct span *span, const void *old,
		 const void *bytes);

/* mmio_regs.c: the register operand, or another general register. */
int mmio_get_operand_reg(struct mmio *m, unsigned int size, uint64_t *value);
int mmio_set_operand_reg(struct mmio *m, unsigned int size, uint64_t value);
int mmio_get_reg(struct mmio *m, uint32_t name, unsigned int size, uint64_t *value);
int mmio_set_reg(struct mmio *m, uint32_t name, unsigned int size, uint64_t value);

/* Those of ALU_FLAGS that are in @mask. The device may have changed others meanwhile. */
int mmio_get_flags(struct mmio *m, uint64_t *flags);
int mmio_set_flags(struct mmio *m, uint64_t flags, uint64_t mask);

/*
 * The instruction ends in an exception, which is left in vp->fault: returns -EFAULT. In
 * real mode none has an error code.
 */
int mmio_fault(struct mmio *m, uint8_t vector);
int mmio_fault_code(struct mmio *m, uint8_t vector, uint32_t error_code);

/* mmio_common.c: an instruction with one operand in memory; below, by what it is about. */
int mmio_carry_out(struct mmio *m);

/* mmio_rare.c */
int mmio_compare_exchange(struct mmio *m);
int mmio_compare_exchange_pair(struct mmio *m);
int mmio_test_bit(struct mmio *m);
int mmio_set_condition(struct mmio *m);
int mmio_move_condition(struct mmio *m);

/* mmio_arith.c */
int mmio_shift(struct mmio *m);
int mmio_multiply(struct mmio *m);
int mmio_multiply_reg(struct mmio *m);
int mmio_count(struct mmio *m);
int mmio_crc32(struct mmio *m);

/* mmio_stack.c */
int mmio_push(struct mmio *m);
int mmio_pop(struct mmio *m);
int mmio_branch(struct mmio *m);

/* mmio_segment.c */
int mmio_load_segment(struct mmio *m);
int mmio_store_segment(struct mmio *m);

/* mmio_vector.c */
int mmio_load_vector(struct mmio *m);
int mmio_store_vector(struct mmio *m);
int mmio_copy64(struct mmio *m);

/*
 * mmio_string.c: string instructions. *@finished says whether it is at its end, of
 * which @single elements at a time are carried out if the guest wants to see each.
 */
int mmio_string(struct mmio *m, bool single, bool *finished);

#endif /* MSHVCTL_SRC_EMULATE_MMIO_H */
