// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Decoding of x86 instructions: prefixes and addresses.
 */
#include <errno.h>

#include "decode/cursor.h"

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

static uint8_t take(struct insn_cursor *c)
{
	if (c->at >= c->n || c->at >= INSN_MAX) {
		c->short_of = true;
		return 0;
	}
	return c->bytes[c->at++];
}

uint64_t insn_take_unsigned(struct insn_cursor *c, unsigned int size)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < size; i++)
		value |= (uint64_t)take(c) << 8 * i;
	return value;
}

int64_t insn_take_signed(struct insn_cursor *c, unsigned int size)
{
	unsigned int shift = 64 - 8 * size;

	return (int64_t)(insn_take_unsigned(c, size) << shift) >> shift;
}

void insn_take_imm(struct insn_cursor *c, struct insn *insn, unsigned int size)
{
	insn->has_imm = true;
	insn->imm = (uint64_t)insn_take_signed(c, size > 4 ? 4 : size);
}

/* In 64-bit mode only two segments are more than a name, and the others mean nothing. */
static void take_segment(struct insn_cursor *c, struct insn *insn, uint8_t segment)
{
	if (c->bits != 64 || segment >= SEG_FS)
		insn->segment = segment;
}

/* Whether the byte is a prefix, and if so what it does. */
static bool take_prefix(struct insn_cursor *c, struct insn *insn, uint8_t byte,
			bool *resize_address)
{
	switch (byte) {
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		take_segment(c, insn, byte >> 3 & 3);
		break;
	case 0x64:
	case 0x65:
		take_segment(c, insn, byte & 7);
		break;
	case 0x66:
		c->prefix66 = true;
		break;
	case 0x67:
		*resize_address = true;
		break;
	case 0xf0:
		/* Writing to memory takes care of other processors anyway. */
		c->lock = true;
		break;
	case 0xf2:
		insn->rep = REP_NOT_EQUAL;
		break;
	case 0xf3:
		insn->rep = REP_EQUAL;
		break;
	default:
		return false;
	}
	/* Only the last prefix can be REX. */
	c->rex = 0;
	insn->rex = false;
	return true;
}

uint8_t insn_take_prefixes(struct insn_cursor *c, struct insn *insn)
{
	bool resize_address = false;
	uint8_t byte;

	for (;;) {
		byte = take(c);
		if (take_prefix(c, insn, byte, &resize_address))
			continue;
		if (c->bits != 64 || (byte & 0xf0) != 0x40)
			break;
		c->rex = byte & 0xf;
		insn->rex = true;
	}
	if (c->bits == 16)
		c->operand_size = c->prefix66 ? 4 : 2;
	else
		c->operand_size = c->prefix66 ? 2 : 4;
	if (c->rex & REX_W)
		c->operand_size = 8;
	if (c->bits == 64)
		insn->address_size = resize_address ? 4 : 8;
	else
		insn->address_size = (c->bits == 16) != resize_address ? 2 : 4;
	return byte;
}

/* 16-bit addresses: pairs of registers. */
static void take_address16(struct insn_cursor *c, struct insn *insn, uint8_t mod,
			   uint8_t rm)
{
	static const int8_t base[8] = { 3, 3, 5, 5, 6, 7, 5, 3 };
	static const int8_t index[8] = { 6, 7, 6, 7, -1, -1, -1, -1 };

	insn->base = base[rm];
	insn->index = index[rm];
	if (mod == 0 && rm == 6) {
		insn->base = -1;
		insn->displacement = insn_take_signed(c, 2);
	} else if (mod) {
		insn->displacement = insn_take_signed(c, mod);
	}
}

static void take_sib(struct insn_cursor *c, struct insn *insn, uint8_t mod)
{
	uint8_t sib = take(c);
	uint8_t index = (sib >> 3 & 7) | (c->rex & REX_X ? 8 : 0);

	insn->scale = sib >> 6;
	insn->index = index == 4 ? -1 : (int8_t)index;
	insn->base = (int8_t)((sib & 7) | (c->rex & REX_B ? 8 : 0));
	if ((sib & 7) == 5 && mod == 0) {
		insn->base = -1;
		insn->displacement = insn_take_signed(c, 4);
	}
}

static void take_address32(struct insn_cursor *c, struct insn *insn, uint8_t mod,
			   uint8_t rm)
{
	if (rm == 4) {
		take_sib(c, insn, mod);
	} else if (rm == 5 && mod == 0) {
		insn->rip_relative = c->bits == 64;
		insn->displacement = insn_take_signed(c, 4);
	} else {
		insn->base = (int8_t)(rm | (c->rex & REX_B ? 8 : 0));
	}
	if (mod)
		insn->displacement = insn_take_signed(c, mod == 1 ? 1 : 4);
}

int insn_take_modrm(struct insn_cursor *c, struct insn *insn)
{
	uint8_t modrm = take(c), mod = modrm >> 6;

	c->no_memory = mod == 3;
	if (mod == 3)
		return -1;
	insn->reg = (modrm >> 3 & 7) | (c->rex & REX_R ? 8 : 0);
	if (insn->address_size == 2)
		take_address16(c, insn, mod, modrm & 7);
	else
		take_address32(c, insn, mod, modrm & 7);
	return modrm >> 3 & 7;
}

int insn_operand(struct insn_cursor *c, struct insn *insn, enum insn_kind kind,
		 unsigned int size)
{
	insn->kind = kind;
	insn->size = (uint8_t)size;
	return insn_take_modrm(c, insn) < 0 ? -EOPNOTSUPP : 0;
}
