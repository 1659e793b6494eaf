/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Decoding of the x86 instructions with which drivers and firmware access devices
 * in memory: AMD64 Architecture Programmer's Manual, volume 3, chapter 1 and
 * appendix A.
 */
#ifndef MSHVCTL_SRC_DECODE_INSN_H
#define MSHVCTL_SRC_DECODE_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSN_MAX 15

enum insn_kind {
	INSN_LOAD,	/* register from memory, perhaps extended */
	INSN_STORE,	/* memory from register or immediate */
	INSN_ALU_STORE,	/* memory with register or immediate, to memory */
	INSN_ALU_LOAD,	/* register with memory, to register */
	INSN_UNARY,	/* memory, to memory */
	INSN_SHIFT,	/* memory by @imm, or by CL, to memory */
	INSN_SHIFT_PAIR, /* the same; the bits that move in are those of a register */
	INSN_MULTIPLY,	/* the accumulator with memory: MUL, IMUL, DIV, IDIV */
	INSN_IMUL,	/* memory with register or immediate, to register */
	INSN_COUNT,	/* bits of memory, to register */
	INSN_CRC32,	/* of memory, added to a register */
	INSN_XCHG,
	INSN_XADD,
	INSN_CMPXCHG,
	INSN_CMPXCHG_PAIR, /* RDX:RAX and RCX:RBX, of @size together */
	INSN_BIT,	/* BT, BTS, BTR, BTC */
	INSN_SETCC,
	INSN_CMOVCC,
	INSN_LOAD_VECTOR,
	INSN_STORE_VECTOR,
	INSN_COPY64,	/* MOVDIR64B: 64 bytes to where a register points in ES */
	INSN_PUSH,
	INSN_POP,
	INSN_CALL,	/* to where memory says, in the same segment */
	INSN_JUMP,
	INSN_LOAD_SEGMENT, /* segment register from memory */
	INSN_STORE_SEGMENT,
	INSN_FLUSH,	/* of cache lines: touches nothing */
	INSN_MOVS,
	INSN_STOS,
	INSN_LODS,
	INSN_SCAS,
	INSN_CMPS,
};

/* Operations of the ALU kinds, as the opcodes number them; TEST is ours. */
enum insn_alu {
	ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP,
	ALU_TEST,
};

enum insn_unary {
	UNARY_INC, UNARY_DEC, UNARY_NOT, UNARY_NEG,
};

/* As the opcodes number them; 6 is another 4. */
enum insn_shift {
	SHIFT_ROL, SHIFT_ROR, SHIFT_RCL, SHIFT_RCR, SHIFT_SHL, SHIFT_SHR, SHIFT_SAL,
	SHIFT_SAR,
};

enum insn_multiply {
	MULTIPLY_MUL, MULTIPLY_IMUL, MULTIPLY_DIV, MULTIPLY_IDIV,
};

enum insn_count {
	COUNT_BSF, COUNT_BSR, COUNT_TZCNT, COUNT_LZCNT, COUNT_POPCNT,
};

/* What vector registers a move is about, and how. */
enum insn_vector {
	VECTOR_MMX = 1 << 0,
	VECTOR_HALF = 1 << 1,	/* the other half of 128 bits comes from @other */
	VECTOR_HIGH = 1 << 2,	/* memory is the upper half, else the lower */
	VECTOR_VEX = 1 << 3,	/* a load clears all that is above */
};

enum insn_bit {
	BIT_TEST, BIT_SET, BIT_RESET, BIT_COMPLEMENT,
};

/* What string instructions repeat for. */
enum insn_rep {
	REP_NONE,
	REP_NOT_EQUAL,	/* 0xf2 */
	REP_EQUAL,	/* 0xf3, and those that compare nothing */
};

/**
 * struct insn - a decoded instruction with an operand in memory
 * @kind: what it does
 * @op: of the ALU kinds an enum insn_alu, INSN_UNARY an enum insn_unary, INSN_BIT an
 *	enum insn_bit, INSN_SHIFT and INSN_SHIFT_PAIR an enum insn_shift, INSN_MULTIPLY
 *	and INSN_COUNT the enum of that name, INSN_SETCC and INSN_CMOVCC a condition as
 *	opcodes number them, the vector kinds bits of an enum insn_vector
 * @size: bytes of the memory operand, 1 to 64; what INSN_CALL pushes has as many
 * @reg_size: bytes of the register operand of INSN_LOAD and INSN_CRC32
 * @swap: the bytes are in the other order in memory
 * @sign_extend: from @size to @reg_size, else zeros
 * @reg: register operand, in the processor's order
 * @other: the second register of VECTOR_HALF
 * @has_imm: @imm instead of @reg
 * @imm: extended to 64 bits
 * @rex: there is a REX prefix, which makes byte registers 4 to 7 others
 * @address_size: 2, 4 or 8
 * @base, @index: registers of the address or -1
 * @scale: shift of the index
 * @displacement: the rest of the address, extended
 * @rip_relative: to the next instruction
 * @segment: 0 to 5: ES, CS, SS, DS, FS, GS
 * @rep: the last prefix of that kind
 * @length: bytes
 */
struct insn {
	enum insn_kind kind;
	uint8_t op;
	uint8_t size;
	uint8_t reg_size;
	bool swap;
	bool sign_extend;
	uint8_t reg;
	uint8_t other;
	bool has_imm;
	uint64_t imm;
	bool rex;
	uint8_t address_size;
	int8_t base, index;
	uint8_t scale;
	int64_t displacement;
	bool rip_relative;
	uint8_t segment;
	enum insn_rep rep;
	uint8_t length;
};

/* Without REX, byte registers 4 to 7 are the second bytes of the first four. */
static inline bool insn_is_high_byte(const struct insn *insn, unsigned int size)
{
	return size == 1 && !insn->rex && insn->reg >= 4;
}

/*
 * Decode the instruction in @n bytes for a code segment of @bits: 16, 32 or 64.
 * Returns 0, -EOPNOTSUPP for one that is not known here, -EDOM for one whose operand is a
 * register, or -ENODATA where it needs more bytes than there are.
 */
int insn_decode(const uint8_t *bytes, size_t n, unsigned int bits,
		struct insn *insn);

#endif /* MSHVCTL_SRC_DECODE_INSN_H */
