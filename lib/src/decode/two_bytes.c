// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Decoding of x86 instructions that access memory: opcodes of two and three bytes.
 */
#include <errno.h>

#include "decode/cursor.h"

/* Prefixes that are part of the opcode of vector instructions. */
enum prefix {
	PREFIX_NONE = 1 << 0,
	PREFIX_66 = 1 << 1,
	PREFIX_F3 = 1 << 2,
	PREFIX_F2 = 1 << 3,
};

static enum prefix prefix(const struct insn_cursor *c, const struct insn *insn)
{
	if (insn->rep)
		return insn->rep == REP_EQUAL ? PREFIX_F3 : PREFIX_F2;
	return c->prefix66 ? PREFIX_66 : PREFIX_NONE;
}

static int operand(struct insn_cursor *c, struct insn *insn, enum insn_kind kind,
		   unsigned int size)
{
	insn->kind = kind;
	insn->size = (uint8_t)size;
	return insn_take_modrm(c, insn) < 0 ? -EOPNOTSUPP : 0;
}

/* The opcode's lowest bit chooses between a byte and the operand size. */
static int sized(struct insn_cursor *c, struct insn *insn, enum insn_kind kind,
		 uint8_t opcode)
{
	insn->reg_size = opcode & 1 ? c->operand_size : 1;
	return operand(c, insn, kind, insn->reg_size);
}

/* A vector instruction that is known with these prefixes. */
static int vector(struct insn_cursor *c, struct insn *insn, enum insn_kind kind,
		  unsigned int prefixes, unsigned int size)
{
	if (!(prefix(c, insn) & prefixes))
		return -EOPNOTSUPP;
	return operand(c, insn, kind, size);
}

/* MOVUPS, MOVUPD, MOVSS and MOVSD share an opcode. */
static unsigned int move_size(const struct insn_cursor *c, const struct insn *insn)
{
	switch (prefix(c, insn)) {
	case PREFIX_F3:
		return 4;
	case PREFIX_F2:
		return 8;
	default:
		return 16;
	}
}

/* MOVD and MOVQ between memory and a vector register. */
static int move_word(struct insn_cursor *c, struct insn *insn, enum insn_kind kind)
{
	return vector(c, insn, kind, PREFIX_66, c->operand_size == 8 ? 8 : 4);
}

static int movbe(struct insn_cursor *c, struct insn *insn, enum insn_kind kind)
{
	/* With that prefix it is CRC32. */
	if (insn->rep == REP_NOT_EQUAL)
		return -EOPNOTSUPP;
	insn->swap = true;
	return sized(c, insn, kind, 1);
}

static int three_bytes(struct insn_cursor *c, struct insn *insn)
{
	switch (insn_take_unsigned(c, 1)) {
	case 0x2a:
		return vector(c, insn, INSN_LOAD_XMM, PREFIX_66, 16);
	case 0xf0:
		return movbe(c, insn, INSN_LOAD);
	case 0xf1:
		return movbe(c, insn, INSN_STORE);
	default:
		return -EOPNOTSUPP;
	}
}

/* CLFLUSH, CLFLUSHOPT and CLWB. The fences have no operand in memory. */
static int flush(struct insn_cursor *c, struct insn *insn)
{
	int op = insn_take_modrm(c, insn);

	if (insn->rep || (op != 7 && !(op == 6 && c->prefix66)))
		return -EOPNOTSUPP;
	insn->kind = INSN_FLUSH;
	insn->size = 1;
	return 0;
}

static int bit_imm(struct insn_cursor *c, struct insn *insn)
{
	int op = insn_take_modrm(c, insn);

	if (op < 4)
		return -EOPNOTSUPP;
	insn->kind = INSN_BIT;
	insn->op = (uint8_t)op & 3;
	insn->size = c->operand_size;
	insn->has_imm = true;
	insn->imm = insn_take_unsigned(c, 1);
	return 0;
}

static int bit_reg(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	insn->op = opcode >> 3 & 3;
	return sized(c, insn, INSN_BIT, 1);
}

static int conditional(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	insn->op = opcode & 0xf;
	return opcode < 0x50 ? sized(c, insn, INSN_CMOVCC, 1) :
			       operand(c, insn, INSN_SETCC, 1);
}

static int extending(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	insn->reg_size = c->operand_size;
	insn->sign_extend = opcode & 8;
	return operand(c, insn, INSN_LOAD, opcode & 1 ? 2 : 1);
}

static int cmpxchg_pair(struct insn_cursor *c, struct insn *insn)
{
	insn->kind = INSN_CMPXCHG_PAIR;
	insn->size = c->operand_size == 8 ? 16 : 8;
	return insn_take_modrm(c, insn) == 1 ? 0 : -EOPNOTSUPP;
}

/* Those that move vector registers. Their halves, and MMX, are not here. */
static int two_bytes_vector(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	const unsigned int packed = PREFIX_NONE | PREFIX_66;

	switch (opcode) {
	case 0x10:
		return operand(c, insn, INSN_LOAD_XMM, move_size(c, insn));
	case 0x11:
		return operand(c, insn, INSN_STORE_XMM, move_size(c, insn));
	case 0x28:
		return vector(c, insn, INSN_LOAD_XMM, packed, 16);
	case 0x29:
	case 0x2b:
		return vector(c, insn, INSN_STORE_XMM, packed, 16);
	case 0x6e:
		return move_word(c, insn, INSN_LOAD_XMM);
	case 0x6f:
		return vector(c, insn, INSN_LOAD_XMM, PREFIX_66 | PREFIX_F3, 16);
	case 0x7e:
		if (prefix(c, insn) == PREFIX_F3)
			return operand(c, insn, INSN_LOAD_XMM, 8);
		return move_word(c, insn, INSN_STORE_XMM);
	case 0x7f:
		return vector(c, insn, INSN_STORE_XMM, PREFIX_66 | PREFIX_F3, 16);
	case 0xd6:
		return vector(c, insn, INSN_STORE_XMM, PREFIX_66, 8);
	case 0xe7:
		return vector(c, insn, INSN_STORE_XMM, PREFIX_66, 16);
	case 0xf0:
		return vector(c, insn, INSN_LOAD_XMM, PREFIX_F2, 16);
	default:
		return -EOPNOTSUPP;
	}
}

int insn_two_bytes(struct insn_cursor *c, struct insn *insn)
{
	uint8_t opcode = (uint8_t)insn_take_unsigned(c, 1);

	switch (opcode) {
	case 0x38:
		return three_bytes(c, insn);
	case 0x40 ... 0x4f:
	case 0x90 ... 0x9f:
		return conditional(c, insn, opcode);
	case 0xa3:
	case 0xab:
	case 0xb3:
	case 0xbb:
		return bit_reg(c, insn, opcode);
	case 0xae:
		return flush(c, insn);
	case 0xb0:
	case 0xb1:
		return sized(c, insn, INSN_CMPXCHG, opcode);
	case 0xb6:
	case 0xb7:
	case 0xbe:
	case 0xbf:
		return extending(c, insn, opcode);
	case 0xba:
		return bit_imm(c, insn);
	case 0xc0:
	case 0xc1:
		return sized(c, insn, INSN_XADD, opcode);
	case 0xc3:
		/* MOVNTI has no form of 16 bits. */
		if (prefix(c, insn) != PREFIX_NONE)
			return -EOPNOTSUPP;
		return operand(c, insn, INSN_STORE, c->operand_size == 8 ? 8 : 4);
	case 0xc7:
		return cmpxchg_pair(c, insn);
	default:
		return two_bytes_vector(c, insn, opcode);
	}
}
