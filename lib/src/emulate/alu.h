/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Arithmetic as the processor does it, flags included.
 */
#ifndef MSHVCTL_SRC_EMULATE_ALU_H
#define MSHVCTL_SRC_EMULATE_ALU_H

#include "decode/insn.h"

/* CF, PF, AF, ZF, SF, OF */
#define ALU_FLAGS UINT64_C(0x8d5)
#define ALU_CARRY UINT64_C(0x001)
#define ALU_ZERO UINT64_C(0x040)

/*
 * @a op @b in @size bytes. Of *@rflags, carry is read and ALU_FLAGS are written.
 * AF, which the logical operations leave undefined, becomes 0 then.
 */
uint64_t alu_compute(enum insn_alu op, unsigned int size, uint64_t a,
		     uint64_t b, uint64_t *rflags);

/* Whether a condition holds: 0 to 15, as the opcodes number them. */
bool alu_condition(unsigned int condition, uint64_t rflags);

#endif /* MSHVCTL_SRC_EMULATE_ALU_H */
