// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Instructions made at random, with registers for which their operand is in the device.
 */
#include <string.h>

#include "encode.h"

#define ROW(name, opcode, n, prefix, digit, imm, bytes, flags, special) \
	{ #name, opcode, n, prefix, digit, imm, bytes, flags, special },
const struct row rows[] = {
#include "rows.inc"
};
const size_t rows_n = sizeof(rows) / sizeof(rows[0]);

static uint64_t state;

void make_seed(uint64_t seed)
{
	state = seed * 2 + 1;
}

uint64_t make_random(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * UINT64_C(0x2545f4914f6cdd1d);
}

unsigned int make_below(unsigned int end)
{
	return (unsigned int)((make_random() >> 32) % end);
}

static void choose_sizes(const struct row *row, struct parts *p, struct made *made)
{
	p->w = !(row->special & SCALAR) && make_below(3) == 0;
	p->w = p->w || (row->bytes == WORD64 && make_below(2));
	p->prefix66 = !row->prefix && make_below(3) == 0;
	p->vex = (row->special & VEX) && native_has_avx() && make_below(2);
	p->wide = p->vex && !(row->special & SCALAR) && make_below(2);
	switch (row->bytes) {
	case SIZED:
		made->size = p->w ? 8 : p->prefix66 ? 2 : 4;
		break;
	case WORD64:
		made->size = p->w ? 8 : 4;
		break;
	case PAIR:
		made->size = p->w ? 16 : 8;
		break;
	case STACK:
		made->size = p->prefix66 && !p->w ? 2 : 8;
		break;
	default:
		made->size = p->wide ? 32 : row->bytes;
	}
}

static void choose_reg(const struct row *row, struct parts *p)
{
	switch (row->digit) {
	case ANY:
	case CONDITION:
		p->reg = make_below(row->special & MMX ? 8 : 16);
		break;
	case ALU:
	case DIGIT:
		p->reg = make_below(8);
		break;
	case BIT_DIGIT:
		p->reg = 4 + make_below(4);
		break;
	case SEGMENT:
		p->reg = make_below(6);
		break;
	default:
		p->reg = row->digit;
	}
}

static void choose_address(struct parts *p)
{
	static const unsigned int sizes[] = { 0, 1, 4 };

	p->rip = make_below(12) == 0;
	p->base = p->rip || make_below(10) == 0 ? NOTHING : (int)make_below(16);
	p->index = p->rip || make_below(2) ? NOTHING : (int)make_below(16);
	if (p->index == RSP || p->index == p->base)
		p->index = NOTHING;
	p->scale = p->index == NOTHING ? 0 : make_below(4);
	p->displacement = p->base == NOTHING ? 4 : sizes[make_below(3)];
	/* These two have no form without. */
	if (p->base >= 0 && (p->base & 7) == RBP && !p->displacement)
		p->displacement = 1;
	p->address32 = make_below(6) == 0;
}

/* Registers for which the operand is at @p->address. Returns the displacement. */
static int32_t place(const struct parts *p, size_t length)
{
	int32_t displacement = p->displacement == 1 ? (int8_t)make_random() :
			       p->displacement ? (int32_t)make_random() >> 8 : 0;
	uint64_t *general = NATIVE->general;
	uint64_t rest = p->address;

	if (p->rip)
		return (int32_t)(p->address - NATIVE_CODE - length);
	if (p->index >= 0) {
		general[p->index] = make_below(256);
		rest -= general[p->index] << p->scale;
	}
	if (p->base < 0)
		return (int32_t)rest;
	rest -= (uint64_t)(int64_t)displacement;
	if (p->address32)
		rest = (uint32_t)rest | make_random() << 32;
	general[p->base] = rest;
	return displacement;
}

static unsigned int imm_size(const struct row *row, unsigned int size)
{
	return row->imm == NO_IMM ? 0 : row->imm == IMM8 ? 1 : size > 4 ? 4 : size;
}

static void random_registers(void)
{
	for (unsigned int i = 0; i < 16; i++)
		NATIVE->general[i] = make_random() >> (make_below(4) ? 0 : make_below(64));
	NATIVE->general[RSP] = NATIVE_STACK + 1024 + make_below(1024);
	for (unsigned int i = 0; i < 8; i++)
		NATIVE->mmx[i] = make_random();
	for (unsigned int i = 0; i < 64; i++)
		NATIVE->vector[i / 4][i % 4] = make_random();
	NATIVE->rflags = 2 | (make_random() & ALL);
}

static unsigned int shift_flags(const struct row *row, const struct parts *p, unsigned int size,
				unsigned int count)
{
	const unsigned int n = count & (size == 8 ? 63 : 31);
	unsigned int flags = ALL;

	if (!n)
		return flags;
	if (n > 1)
		flags &= ~OVERFLOW;
	if ((row->special & SHIFTS_PAIR) || (p->reg & 4))
		flags &= ~AUXILIARY;
	if ((row->special & SHIFTS) && (p->reg & 4) && n >= 8 * size)
		flags &= ~CARRY;
	return flags;
}

/* What depends on values; false: it is undefined. */
static bool define(const struct parts *p, struct made *made)
{
	const struct row *row = made->row;
	unsigned int count = (unsigned int)NATIVE->general[RCX];

	if (row->imm == IMM8)
		count = made->bytes[made->n - 1];
	else if (row->opcode[0] == '\xd0' || row->opcode[0] == '\xd1')
		count = 1;
	made->flags = row->flags;
	if (row->special & (SHIFTS | SHIFTS_PAIR))
		made->flags = shift_flags(row, p, made->size, count & 0xff);
	/* OR, AND and XOR; the opcode is the last byte before ModRM, with an immediate not. */
	if (row->digit == ALU || (row->digit == DIGIT && !(row->special & SHIFTS)))
		made->flags &= ~AUXILIARY;
	return !(row->special & SHIFTS_PAIR) ||
	       (count & (made->size == 8 ? 63 : 31)) <= 8 * made->size;
}

/* A bit's number in a register moves the operand. */
static bool limit_bit(const struct parts *p)
{
	if ((int)p->reg == p->base || (int)p->reg == p->index || p->reg == RSP)
		return false;
	NATIVE->general[p->reg] = (uint64_t)(int64_t)((int)make_below(400) - 200);
	return true;
}

bool make(const struct row *row, struct made *made)
{
	struct parts p = { 0 };
	uint8_t *at, *place_at;
	unsigned int imm;
	int32_t displacement;

	made->row = row;
	random_registers();
	choose_sizes(row, &p, made);
	choose_reg(row, &p);
	choose_address(&p);
	made->base = p.base;
	made->index = p.index;
	made->at = 1024 + make_below(1024);
	if (row->special & ALIGNED)
		made->at &= ~31u;
	p.address = NATIVE_DEVICE + made->at;
	/* The stack stays where it is. */
	if (row->bytes == STACK && p.base == RSP)
		return false;
	if (row->special & BIT_REG && !limit_bit(&p))
		return false;

	place_at = encode(row, &p, made->bytes);
	imm = imm_size(row, made->size);
	at = place_at + p.displacement;
	for (unsigned int i = 0; i < imm; i++)
		at[i] = (uint8_t)make_random();
	made->n = (size_t)(at + imm - made->bytes);
	displacement = place(&p, made->n);
	memcpy(place_at, &displacement, p.displacement);
	return made->n <= 15 && define(&p, made);
}
