// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Decoding of x86 instructions that access memory: moves of vector registers, and the VEX
 * prefix: AMD64 Architecture Programmer's Manual, volume 4, and volume 3 section 1.2.7.
 */
#include <errno.h>

#include "decode/cursor.h"

/* Prefixes that are part of the opcode, as a VEX prefix numbers them. */
enum {
	NONE = 1 << 0,
	P66 = 1 << 1,
	F3 = 1 << 2,
	F2 = 1 << 3,
};

/* How much is moved. */
enum {
	FULL,	/* the register */
	FOUR,
	EIGHT,
	WORD,	/* 8 bytes with REX.W or VEX.W, else 4 */
};

/* Of a row; the rest is of an enum insn_vector. */
enum {
	NO_VEX = 1 << 6,
	ANY_WIDTH = 1 << 7, /* VEX.L means nothing */
	MASK = VECTOR_MMX | VECTOR_HALF | VECTOR_HIGH,
	MMX = VECTOR_MMX | NO_VEX,
};

static const struct move {
	uint8_t opcode;
	uint8_t prefixes;
	bool three, store;
	uint8_t size;
	uint8_t flags;
} moves[] = {
	{ 0x10, NONE | P66, false, false, FULL, 0 },
	{ 0x10, F3, false, false, FOUR, ANY_WIDTH },
	{ 0x10, F2, false, false, EIGHT, ANY_WIDTH },
	{ 0x11, NONE | P66, false, true, FULL, 0 },
	{ 0x11, F3, false, true, FOUR, ANY_WIDTH },
	{ 0x11, F2, false, true, EIGHT, ANY_WIDTH },
	{ 0x12, NONE | P66, false, false, EIGHT, VECTOR_HALF },
	{ 0x13, NONE | P66, false, true, EIGHT, 0 },
	{ 0x16, NONE | P66, false, false, EIGHT, VECTOR_HALF | VECTOR_HIGH },
	{ 0x17, NONE | P66, false, true, EIGHT, VECTOR_HIGH },
	{ 0x28, NONE | P66, false, false, FULL, 0 },
	{ 0x29, NONE | P66, false, true, FULL, 0 },
	{ 0x2b, NONE | P66, false, true, FULL, 0 },
	{ 0x6e, NONE, false, false, WORD, MMX },
	{ 0x6e, P66, false, false, WORD, 0 },
	{ 0x6f, NONE, false, false, EIGHT, MMX },
	{ 0x6f, P66 | F3, false, false, FULL, 0 },
	{ 0x7e, NONE, false, true, WORD, MMX },
	{ 0x7e, P66, false, true, WORD, 0 },
	{ 0x7e, F3, false, false, EIGHT, 0 },
	{ 0x7f, NONE, false, true, EIGHT, MMX },
	{ 0x7f, P66 | F3, false, true, FULL, 0 },
	{ 0xd6, P66, false, true, EIGHT, 0 },
	{ 0xe7, NONE, false, true, EIGHT, MMX },
	{ 0xe7, P66, false, true, FULL, 0 },
	{ 0xf0, F2, false, false, FULL, 0 },
	{ 0x2a, P66, true, false, FULL, 0 },
};

static unsigned int prefix(const struct insn_cursor *c, const struct insn *insn)
{
	if (insn->rep)
		return insn->rep == REP_EQUAL ? F3 : F2;
	return c->prefix66 ? P66 : NONE;
}

static const struct move *find(unsigned int prefix, bool three, uint8_t opcode)
{
	const size_t n = sizeof(moves) / sizeof(moves[0]);

	for (const struct move *move = moves; move < moves + n; move++)
		if (move->opcode == opcode && move->three == three &&
		    (move->prefixes & prefix))
			return move;
	return NULL;
}

static unsigned int size(const struct insn_cursor *c, const struct move *move)
{
	switch (move->size) {
	case FULL:
		return c->wide ? 32 : 16;
	case FOUR:
		return 4;
	case WORD:
		return c->operand_size == 8 ? 8 : 4;
	default:
		return 8;
	}
}

/* What VEX adds: the second register, and sizes that are no instruction. */
static bool is_vex_form(const struct insn_cursor *c, const struct move *move)
{
	bool two = move->flags & VECTOR_HALF;

	return !(move->flags & NO_VEX) && (two || !c->other) &&
	       (!c->wide || move->size == FULL || (move->flags & ANY_WIDTH));
}

int insn_vector(struct insn_cursor *c, struct insn *insn, bool three, uint8_t opcode)
{
	const struct move *move = find(prefix(c, insn), three, opcode);
	int err;

	if (!move || (c->vex && !is_vex_form(c, move)))
		return -EOPNOTSUPP;
	insn->op = move->flags & MASK;
	err = insn_operand(c, insn, move->store ? INSN_STORE_VECTOR : INSN_LOAD_VECTOR,
			   size(c, move));
	if (c->vex) {
		insn->op |= VECTOR_VEX;
		insn->other = c->bits == 64 ? c->other : c->other & 7;
	} else if (insn->op & VECTOR_MMX) {
		insn->reg &= 7;
	} else {
		insn->other = insn->reg;
	}
	return err;
}

/* VEX.W, R, X, B as in REX, of which two bytes have R alone. All but W are inverted. */
static bool take_vex(struct insn_cursor *c, struct insn *insn, uint8_t first)
{
	uint8_t byte = (uint8_t)insn_take_unsigned(c, 1), last = byte;

	c->rex = ~byte >> 5 & 4;
	insn->rex = false;
	if (first == 0xc4) {
		last = (uint8_t)insn_take_unsigned(c, 1);
		c->rex = (~byte >> 5 & 7) | (last >> 4 & 8);
	}
	c->other = ~last >> 3 & 0xf;
	if (c->bits != 64)
		c->rex = 0;
	c->operand_size = c->rex & 8 ? 8 : 4;
	c->wide = last & 4;
	c->vex = true;
	c->prefix66 = (last & 3) == 1;
	insn->rep = (last & 3) == 2 ? REP_EQUAL :
		    (last & 3) == 3 ? REP_NOT_EQUAL : REP_NONE;
	return first == 0xc4 && (byte & 0x1f) == 2;
}

int insn_vex(struct insn_cursor *c, struct insn *insn, uint8_t first)
{
	bool three;

	/* With these there is no instruction; and before 64 bits, LES and LDS were here. */
	if (c->prefix66 || c->lock || insn->rep || insn->rex)
		return -EOPNOTSUPP;
	if (c->bits != 64 && c->at < c->n && c->bytes[c->at] < 0xc0)
		return -EOPNOTSUPP;
	if (first == 0xc4 && c->at < c->n && (c->bytes[c->at] & 0x1f) != 1 &&
	    (c->bytes[c->at] & 0x1f) != 2)
		return -EOPNOTSUPP;
	three = take_vex(c, insn, first);
	return insn_vector(c, insn, three, (uint8_t)insn_take_unsigned(c, 1));
}
