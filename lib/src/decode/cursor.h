/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Decoding of x86 instructions: the bytes before and after the opcode.
 */
#ifndef MSHVCTL_SRC_DECODE_CURSOR_H
#define MSHVCTL_SRC_DECODE_CURSOR_H

#include "decode/insn.h"

enum {
	SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, SEG_DEFAULT,
};

/**
 * struct insn_cursor - where decoding is
 * @bytes: the instruction
 * @n: how many there are
 * @at: how many have been used
 * @bits: of the code segment
 * @rex: the prefix's low bits
 * @operand_size: 2, 4 or 8
 * @prefix66: the prefix that changes it, which means something else to some opcodes
 * @lock: the prefix of that name
 * @vex: a VEX prefix, of which @rex, @operand_size, @prefix66 and the instruction's @rep
 *	have what the prefixes before it would say
 * @wide: of a VEX prefix: registers of 32 bytes
 * @other: of a VEX prefix: a register more; 0 if there is none
 * @no_memory: an operand was a register
 * @short_of: more bytes were wanted than there are
 */
struct insn_cursor {
	const uint8_t *bytes;
	size_t n;
	size_t at;
	unsigned int bits;
	uint8_t rex;
	uint8_t operand_size;
	bool prefix66;
	bool lock;
	bool vex;
	bool wide;
	uint8_t other;
	bool no_memory;
	bool short_of;
};

uint64_t insn_take_unsigned(struct insn_cursor *c, unsigned int size);
int64_t insn_take_signed(struct insn_cursor *c, unsigned int size);

/* Take all prefixes. Returns the first byte of the opcode. */
uint8_t insn_take_prefixes(struct insn_cursor *c, struct insn *insn);

/*
 * Take ModRM, SIB and displacement. Returns the register field, which some opcodes
 * use for more, or -1 if there is no operand in memory.
 */
int insn_take_modrm(struct insn_cursor *c, struct insn *insn);

/* Take an immediate operand, of 4 bytes at most: @size bytes of an operand. */
void insn_take_imm(struct insn_cursor *c, struct insn *insn, unsigned int size);

/* Take an operand in memory; -EOPNOTSUPP if it is none. */
int insn_operand(struct insn_cursor *c, struct insn *insn, enum insn_kind kind,
		 unsigned int size);

/* groups.c: opcodes of one byte that are rare. @insn has the sizes that most have. */
int insn_group(struct insn_cursor *c, struct insn *insn, uint8_t opcode);

/* two_bytes.c: the opcodes that begin with 0x0f. */
int insn_two_bytes(struct insn_cursor *c, struct insn *insn);

/*
 * vector.c: moves of vector registers, by the last byte of the opcode: those that begin
 * with 0x0f, or with 0x0f and 0x38; and all that begin with a VEX prefix, whose first byte
 * is taken.
 */
int insn_vector(struct insn_cursor *c, struct insn *insn, bool three, uint8_t opcode);
int insn_vex(struct insn_cursor *c, struct insn *insn, uint8_t first);

#endif /* MSHVCTL_SRC_DECODE_CURSOR_H */
