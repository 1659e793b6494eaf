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
#define ALU_OVERFLOW UINT64_C(0x800)

/*
 * @a op @b in @size bytes. Of *@rflags, carry is read and ALU_FLAGS are written.
 * AF, which the logical operations leave undefined, becomes 0 then.
 */
uint64_t alu_compute(enum insn_alu op, unsigned int size, uint64_t a,
		     uint64_t b, uint64_t *rflags);

/* Whether a condition holds: 0 to 15, as the opcodes number them. */
bool alu_condition(unsigned int condition, uint64_t rflags);

/*
 * alu_shift.c: @value shifted or rotated by @count, of which the processor looks at the
 * lowest 5 bits, or 6; and with bits of @from moving in, for SHIFT_SHL and SHIFT_SHR.
 */
uint64_t alu_shift(enum insn_shift op, unsigned int size, uint64_t value,
		   unsigned int count, uint64_t *rflags);
uint64_t alu_shift_pair(enum insn_shift op, unsigned int size, uint64_t value,
			uint64_t from, unsigned int count, uint64_t *rflags);

/* alu_wide.c: the lower part of a product is the first. */
void alu_multiply(bool is_signed, unsigned int size, uint64_t a, uint64_t b,
		  uint64_t product[2], uint64_t *rflags);

/* Quotient and remainder; false where the processor has an exception instead. */
bool alu_divide(bool is_signed, unsigned int size, const uint64_t dividend[2],
		uint64_t divisor, uint64_t result[2]);

/* Where a bit is, or how many there are. COUNT_BSF and COUNT_BSR of 0 have no result. */
uint64_t alu_count(enum insn_count op, unsigned int size, uint64_t value, uint64_t *rflags);

/* CRC32 with the polynomial of iSCSI. */
uint32_t alu_crc32(unsigned int size, uint32_t crc, uint64_t value);

#endif /* MSHVCTL_SRC_EMULATE_ALU_H */
