// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Decoding of x86 instructions that access memory: opcodes of one byte whose register
 * field is part of the opcode, and other rare ones.
 */
#include <errno.h>

#include "decode/cursor.h"

static int operation(struct insn *insn, enum insn_kind kind, int op)
{
	insn->kind = kind;
	insn->op = (uint8_t)op;
	return 0;
}

/* TEST, NOT, NEG, and multiplications. */
static int group3(struct insn_cursor *c, struct insn *insn)
{
	int op = insn_take_modrm(c, insn);

	switch (op) {
	case 0:
	case 1:
		insn->kind = INSN_ALU_STORE;
		insn->op = ALU_TEST;
		insn_take_imm(c, insn, insn->size);
		return 0;
	case 2:
		return operation(insn, INSN_UNARY, UNARY_NOT);
	case 3:
		return operation(insn, INSN_UNARY, UNARY_NEG);
	case 4 ... 7:
		return operation(insn, INSN_MULTIPLY, op - 4);
	default:
		return -EOPNOTSUPP;
	}
}

/* What is pushed and popped has 64 bits in 64-bit mode, or 16. */
static uint8_t stack_size(const struct insn_cursor *c)
{
	return c->bits == 64 && c->operand_size == 4 ? 8 : c->operand_size;
}

/* Of a branch in 64-bit mode, processors disagree about 16 bits. */
static int branch(const struct insn_cursor *c, struct insn *insn, enum insn_kind kind)
{
	if (c->bits == 64 && c->prefix66)
		return -EOPNOTSUPP;
	insn->size = stack_size(c);
	return operation(insn, kind, 0);
}

/* INC and DEC, and calls, jumps and PUSH, but not to other segments. */
static int group4(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	int op = insn_take_modrm(c, insn);

	if (op > 1 && opcode == 0xfe)
		return -EOPNOTSUPP;
	switch (op) {
	case 0:
		return operation(insn, INSN_UNARY, UNARY_INC);
	case 1:
		return operation(insn, INSN_UNARY, UNARY_DEC);
	case 2:
		return branch(c, insn, INSN_CALL);
	case 4:
		return branch(c, insn, INSN_JUMP);
	case 6:
		insn->size = stack_size(c);
		return operation(insn, INSN_PUSH, 0);
	default:
		return -EOPNOTSUPP;
	}
}

static int pop(struct insn_cursor *c, struct insn *insn)
{
	insn->size = stack_size(c);
	/* With other register fields it is the prefix of another processor. */
	return insn_take_modrm(c, insn) ? -EOPNOTSUPP : operation(insn, INSN_POP, 0);
}

/* By an immediate, by 1, or by CL. */
static int shift(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	int op = insn_take_modrm(c, insn);

	if (op < 0)
		return -EOPNOTSUPP;
	insn->has_imm = opcode < 0xd2;
	insn->imm = opcode < 0xd0 ? insn_take_unsigned(c, 1) : 1;
	return operation(insn, INSN_SHIFT, op);
}

static int imul_imm(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	int err = insn_operand(c, insn, INSN_IMUL, c->operand_size);

	insn_take_imm(c, insn, opcode == 0x6b ? 1 : insn->size);
	return err;
}

/* Of eight, two are no segment registers, and CS is not loaded so. */
static int segment(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	int err = insn_operand(c, insn, opcode & 2 ? INSN_LOAD_SEGMENT : INSN_STORE_SEGMENT,
			       2);

	/* There are not more of them with REX. */
	insn->reg &= 7;
	if (insn->reg > SEG_GS || (opcode & 2 && insn->reg == SEG_CS))
		return -EOPNOTSUPP;
	return err;
}

int insn_group(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	switch (opcode) {
	case 0x69:
	case 0x6b:
		return imul_imm(c, insn, opcode);
	case 0x8c:
	case 0x8e:
		return segment(c, insn, opcode);
	case 0x8f:
		return pop(c, insn);
	case 0xc0:
	case 0xc1:
	case 0xd0 ... 0xd3:
		return shift(c, insn, opcode);
	case 0xf6:
	case 0xf7:
		return group3(c, insn);
	case 0xfe:
	case 0xff:
		return group4(c, insn, opcode);
	default:
		return -EOPNOTSUPP;
	}
}
