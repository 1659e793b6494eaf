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

/* The opcode's lowest bit chooses between a byte and the operand size. */
static int sized(struct insn_cursor *c, struct insn *insn, enum insn_kind kind,
		 uint8_t opcode)
{
	insn->reg_size = opcode & 1 ? c->operand_size : 1;
	return insn_operand(c, insn, kind, insn->reg_size);
}

static int movbe(struct insn_cursor *c, struct insn *insn, enum insn_kind kind)
{
	insn->swap = true;
	return sized(c, insn, kind, 1);
}

static int crc32(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	int err = sized(c, insn, INSN_CRC32, opcode);

	insn->reg_size = c->operand_size == 8 ? 8 : 4;
	return err;
}

/* Stores that are not held back, for devices: of a register, and of 64 bytes. */
static int direct(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	if (opcode == 0xf8)
		return prefix(c, insn) == PREFIX_66 ? insn_operand(c, insn, INSN_COPY64, 64) :
						      -EOPNOTSUPP;
	if (prefix(c, insn) != PREFIX_NONE)
		return -EOPNOTSUPP;
	return insn_operand(c, insn, INSN_STORE, c->operand_size == 8 ? 8 : 4);
}

static int three_bytes(struct insn_cursor *c, struct insn *insn)
{
	uint8_t opcode = (uint8_t)insn_take_unsigned(c, 1);

	switch (opcode) {
	case 0xf0:
	case 0xf1:
		if (insn->rep == REP_NOT_EQUAL)
			return crc32(c, insn, opcode);
		if (insn->rep)
			return -EOPNOTSUPP;
		return movbe(c, insn, opcode & 1 ? INSN_STORE : INSN_LOAD);
	case 0xf8:
	case 0xf9:
		return direct(c, insn, opcode);
	default:
		return insn_vector(c, insn, true, opcode);
	}
}

/* SHLD and SHRD. */
static int shift_pair(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	int err = sized(c, insn, INSN_SHIFT_PAIR, 1);

	insn->op = opcode & 8 ? SHIFT_SHR : SHIFT_SHL;
	insn->has_imm = !(opcode & 1);
	if (insn->has_imm)
		insn->imm = insn_take_unsigned(c, 1);
	return err;
}

/* POPCNT, TZCNT and LZCNT are BSF and BSR, or nothing, with a prefix. */
static int count(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	const bool prefixed = insn->rep == REP_EQUAL;

	if (opcode == 0xb8 && !prefixed)
		return -EOPNOTSUPP;
	if (opcode == 0xb8)
		insn->op = COUNT_POPCNT;
	else if (opcode == 0xbc)
		insn->op = prefixed ? COUNT_TZCNT : COUNT_BSF;
	else
		insn->op = prefixed ? COUNT_LZCNT : COUNT_BSR;
	return sized(c, insn, INSN_COUNT, 1);
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
			       insn_operand(c, insn, INSN_SETCC, 1);
}

static int extending(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	insn->reg_size = c->operand_size;
	insn->sign_extend = opcode & 8;
	return insn_operand(c, insn, INSN_LOAD, opcode & 1 ? 2 : 1);
}

static int cmpxchg_pair(struct insn_cursor *c, struct insn *insn)
{
	insn->kind = INSN_CMPXCHG_PAIR;
	insn->size = c->operand_size == 8 ? 16 : 8;
	return insn_take_modrm(c, insn) == 1 ? 0 : -EOPNOTSUPP;
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
	case 0xa4:
	case 0xa5:
	case 0xac:
	case 0xad:
		return shift_pair(c, insn, opcode);
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
	case 0xaf:
		return sized(c, insn, INSN_IMUL, 1);
	case 0xb8:
	case 0xbc:
	case 0xbd:
		return count(c, insn, opcode);
	case 0xba:
		return bit_imm(c, insn);
	case 0xc0:
	case 0xc1:
		return sized(c, insn, INSN_XADD, opcode);
	case 0xc3:
		/* MOVNTI has no form of 16 bits. */
		if (prefix(c, insn) != PREFIX_NONE)
			return -EOPNOTSUPP;
		return insn_operand(c, insn, INSN_STORE, c->operand_size == 8 ? 8 : 4);
	case 0xc7:
		return cmpxchg_pair(c, insn);
	default:
		return insn_vector(c, insn, false, opcode);
	}
}
