// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Decoding of x86 instructions that access memory: the opcodes.
 */
#include <errno.h>
#include <string.h>

#include "decode/cursor.h"

/* ADD to CMP of a register and memory: 00 to 03, 08 to 0b ... 38 to 3b. */
static int alu(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	insn->kind = opcode & 2 ? INSN_ALU_LOAD : INSN_ALU_STORE;
	insn->op = opcode >> 3;
	return insn_take_modrm(c, insn) < 0 ? -EOPNOTSUPP : 0;
}

static int alu_imm(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	int reg = insn_take_modrm(c, insn);

	if (reg < 0)
		return -EOPNOTSUPP;
	insn->kind = INSN_ALU_STORE;
	insn->op = (uint8_t)reg;
	insn_take_imm(c, insn, opcode == 0x83 ? 1 : insn->size);
	return 0;
}

/* MOV with an immediate has one meaning of eight of its opcodes. */
static int store_imm(struct insn_cursor *c, struct insn *insn)
{
	if (insn_take_modrm(c, insn))
		return -EOPNOTSUPP;
	insn->kind = INSN_STORE;
	insn_take_imm(c, insn, insn->size);
	return 0;
}

static int with_reg(struct insn_cursor *c, struct insn *insn, enum insn_kind kind)
{
	insn->kind = kind;
	insn->op = ALU_TEST;
	return insn_take_modrm(c, insn) < 0 ? -EOPNOTSUPP : 0;
}

/* MOV between the accumulator and an absolute address. */
static int moffs(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	insn->kind = opcode & 2 ? INSN_STORE : INSN_LOAD;
	insn->displacement = (int64_t)insn_take_unsigned(c, insn->address_size);
	return 0;
}

static int string(struct insn *insn, enum insn_kind kind)
{
	insn->kind = kind;
	return 0;
}

static int one_byte(struct insn_cursor *c, struct insn *insn, uint8_t opcode)
{
	insn->size = opcode & 1 ? c->operand_size : 1;
	insn->reg_size = insn->size;
	if (opcode < 0x40 && (opcode & 7) < 4)
		return alu(c, insn, opcode);
	switch (opcode) {
	case 0x0f:
		return insn_two_bytes(c, insn);
	case 0x63:
		if (c->bits != 64)
			return -EOPNOTSUPP;
		insn->size = 4;
		insn->sign_extend = true;
		insn->reg_size = c->operand_size;
		return with_reg(c, insn, INSN_LOAD);
	case 0x82:
		if (c->bits == 64)
			return -EOPNOTSUPP;
		return alu_imm(c, insn, opcode);
	case 0x80:
	case 0x81:
	case 0x83:
		return alu_imm(c, insn, opcode);
	case 0x84:
	case 0x85:
		return with_reg(c, insn, INSN_ALU_STORE);
	case 0x86:
	case 0x87:
		return with_reg(c, insn, INSN_XCHG);
	case 0x88:
	case 0x89:
		return with_reg(c, insn, INSN_STORE);
	case 0x8a:
	case 0x8b:
		return with_reg(c, insn, INSN_LOAD);
	case 0xa0 ... 0xa3:
		return moffs(c, insn, opcode);
	case 0xa4:
	case 0xa5:
		return string(insn, INSN_MOVS);
	case 0xa6:
	case 0xa7:
		return string(insn, INSN_CMPS);
	case 0xaa:
	case 0xab:
		return string(insn, INSN_STOS);
	case 0xac:
	case 0xad:
		return string(insn, INSN_LODS);
	case 0xae:
	case 0xaf:
		return string(insn, INSN_SCAS);
	case 0xc4:
	case 0xc5:
		return insn_vex(c, insn, opcode);
	case 0xc6:
	case 0xc7:
		return store_imm(c, insn);
	default:
		return insn_group(c, insn, opcode);
	}
}

/* What may have a LOCK prefix: others are no instruction with it. */
static bool may_lock(const struct insn *insn)
{
	switch (insn->kind) {
	case INSN_ALU_STORE:
		return insn->op < ALU_CMP;
	case INSN_BIT:
		return insn->op != BIT_TEST;
	case INSN_UNARY:
	case INSN_XCHG:
	case INSN_XADD:
	case INSN_CMPXCHG:
	case INSN_CMPXCHG_PAIR:
		return true;
	default:
		return false;
	}
}

int insn_decode(const uint8_t *bytes, size_t n, unsigned int bits,
		struct insn *insn)
{
	struct insn_cursor c = { .bytes = bytes, .n = n, .bits = bits };
	uint8_t opcode;
	int err;

	memset(insn, 0, sizeof(*insn));
	insn->base = -1;
	insn->index = -1;
	insn->segment = SEG_DEFAULT;
	opcode = insn_take_prefixes(&c, insn);
	if (c.short_of)
		return -ENODATA;
	err = one_byte(&c, insn, opcode);
	if (c.short_of)
		return -ENODATA;
	if (err)
		return c.no_memory ? -EDOM : err;
	if (c.lock && !may_lock(insn))
		return -EOPNOTSUPP;
	if (insn->segment == SEG_DEFAULT) {
		/* What the stack pointers point to is in the stack segment. */
		bool stack = insn->base == 5 ||
			     (insn->base == 4 && insn->address_size != 2);

		insn->segment = stack ? SEG_SS : SEG_DS;
	}
	insn->length = (uint8_t)c.at;
	return 0;
}
