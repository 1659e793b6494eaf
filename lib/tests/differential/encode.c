// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * From the parts of an instruction to its bytes.
 */
#include <string.h>

#include "encode.h"

static uint8_t *put_prefixes(const struct row *row, const struct parts *p, uint8_t *at)
{
	const uint8_t rex = (uint8_t)(0x40 | p->w << 3 | (p->reg & 8 ? 4 : 0) |
				      (p->index >= 8 ? 2 : 0) | (p->base >= 8 ? 1 : 0));

	if (p->address32)
		*at++ = 0x67;
	if (p->prefix66)
		*at++ = 0x66;
	if (row->prefix > NO66)
		*at++ = row->prefix;
	if (rex != 0x40 || make_below(8) == 0)
		*at++ = rex;
	return at;
}

/* All of the opcodes begin with 0x0f; the short form has no X, B, W. */
static uint8_t *put_vex(const struct row *row, const struct parts *p, uint8_t *at)
{
	const unsigned int other = row->special & THREE ? make_below(16) : 0;
	const unsigned int pp = row->prefix == 0x66 ? 1 : row->prefix == 0xf3 ? 2 :
				row->prefix == 0xf2 ? 3 : 0;
	const uint8_t r = p->reg & 8 ? 0 : 0x80, x = p->index >= 8 ? 0 : 0x40;
	const uint8_t b = p->base >= 8 ? 0 : 0x20;
	const uint8_t last = (uint8_t)((~other & 15) << 3 | p->wide << 2 | pp);

	if (p->address32)
		*at++ = 0x67;
	if (x && b && !p->w && make_below(2)) {
		*at++ = 0xc5;
		*at++ = r | last;
	} else {
		*at++ = 0xc4;
		*at++ = r | x | b | 1;
		*at++ = (uint8_t)(p->w << 7) | last;
	}
	*at++ = (uint8_t)row->opcode[1];
	return at;
}

static uint8_t *put_opcode(const struct row *row, uint8_t *at)
{
	memcpy(at, row->opcode, row->n);
	if (row->digit == ALU)
		*at += (uint8_t)(8 * make_below(8));
	if (row->digit == CONDITION)
		at[1] += (uint8_t)make_below(16);
	return at + row->n;
}

static uint8_t *put_address(const struct parts *p, uint8_t *at)
{
	const uint8_t reg = (uint8_t)((p->reg & 7) << 3);
	uint8_t mod = p->displacement == 1 ? 0x40 : p->displacement ? 0x80 : 0;

	if (p->base == NOTHING)
		mod = 0;
	if (p->rip) {
		*at++ = reg | 5;
	} else if (p->base != NOTHING && p->index == NOTHING && (p->base & 7) != RSP) {
		*at++ = mod | reg | (uint8_t)(p->base & 7);
	} else {
		*at++ = mod | reg | 4;
		*at++ = (uint8_t)(p->scale << 6 | (p->index < 0 ? 4 : p->index & 7) << 3 |
				  (p->base < 0 ? 5 : p->base & 7));
	}
	return at;
}

uint8_t *encode(const struct row *row, const struct parts *p, uint8_t *at)
{
	if (p->vex)
		return put_address(p, put_vex(row, p, at));
	return put_address(p, put_opcode(row, put_prefixes(row, p, at)));
}
