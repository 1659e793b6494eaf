// SPDX-License-Identifier: GPL-2.0-only
/* Instruction decoder (APM vol. 3): what has a memory operand and is no string move. */
#include "cpu/decode.h"

#define REX_W	8
#define REX_R	4

struct reader {
	const uint8_t *at, *end;
	bool short_of;			/* read past the end */
};

struct prefixes {
	bool operand16, address;	/* 66, 67 */
	uint8_t rex;			/* 0: none */
};

static uint64_t take(struct reader *r, unsigned int bytes)
{
	uint64_t v = 0;
	unsigned int i;

	if (r->end - r->at < bytes) {
		r->short_of = true;
		return 0;
	}
	for (i = 0; i < bytes; i++)
		v |= (uint64_t)*r->at++ << (8 * i);
	return v;
}

static int64_t take_signed(struct reader *r, unsigned int bytes)
{
	unsigned int shift = 64 - 8 * bytes;

	return (int64_t)(take(r, bytes) << shift) >> shift;
}

static uint8_t take_prefixes(struct reader *r, enum decode_mode mode, struct prefixes *p)
{
	uint8_t b;

	for (;;) {
		b = take(r, 1);
		switch (b) {
		case 0x66:
			p->operand16 = true;
			break;
		case 0x67:
			p->address = true;
			break;
		case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65: case 0xf0:
			break;
		default:
			if (mode == MODE_64 && b >> 4 == 4) {
				p->rex = b;
				return take(r, 1);
			}
			return b;
		}
		if (r->short_of)
			return 0;
	}
}

/* Steps over what follows ModRM; false: a register operand, not memory. */
static bool skip_memory_operand(struct reader *r, uint8_t modrm, bool addr16)
{
	unsigned int mod = modrm >> 6, rm = modrm & 7;

	if (mod == 3)
		return false;
	if (addr16) {
		take(r, mod == 1 ? 1 : (mod == 2 || rm == 6) ? 2 : 0);
		return true;
	}
	if (rm == 4) {
		uint8_t sib = take(r, 1);

		if (mod == 0 && (sib & 7) == 5)
			take(r, 4);
	} else if (mod == 0 && rm == 5) {
		take(r, 4);
	}
	take(r, mod == 1 ? 1 : mod == 2 ? 4 : 0);
	return true;
}

static void set_register(struct decoded *d, const struct prefixes *p, uint8_t modrm)
{
	d->reg = (modrm >> 3 & 7) | (p->rex & REX_R ? 8 : 0);
	if (d->reg_size == 1 && !p->rex && d->reg >= 4 && d->reg < 8) {
		d->reg -= 4;
		d->high_byte = true;
	}
}

/* Immediate of the operand's size, but at most 4 bytes, sign-extended. */
static void take_imm(struct decoded *d, struct reader *r, unsigned int bytes)
{
	d->has_imm = true;
	d->to_memory = true;
	d->imm = take_signed(r, MIN(bytes, 4u));
}

/* 00-3f: arithmetic with ModRM; 80-83: with an immediate; 84-8b: test, xchg, mov. */
static bool one_byte(struct decoded *d, uint8_t op)
{
	if (op < 0x40 && (op & 7) < 4) {
		d->op = op >> 3;
		d->to_memory = !(op & 2);
		return true;
	}
	d->to_memory = true;
	switch (op & 0xfe) {
	case 0x84:
		d->op = OP_TEST;
		return true;
	case 0x86:
		d->op = OP_XCHG;
		return true;
	case 0x88:
		d->op = OP_MOV;
		return true;
	case 0x8a:
		d->op = OP_MOV;
		d->to_memory = false;
		return true;
	default:
		return false;
	}
}

/* Groups, where ModRM's register field belongs to the opcode. */
static bool group(struct decoded *d, struct reader *r, uint8_t op, uint8_t modrm)
{
	unsigned int nr = modrm >> 3 & 7;

	switch (op) {
	case 0x80: case 0x81: case 0x83:
		d->op = nr;
		take_imm(d, r, op == 0x81 ? d->size : 1);
		return true;
	case 0xc6: case 0xc7:
		d->op = OP_MOV;
		take_imm(d, r, d->size);
		return !nr;
	case 0xf6: case 0xf7:
		d->op = OP_TEST;
		take_imm(d, r, d->size);
		return nr < 2;
	default:
		return false;
	}
}

/* 0f xx: moves that extend, and the store without cache. */
static bool two_bytes(struct decoded *d, uint8_t op)
{
	d->op = OP_MOV;
	switch (op) {
	case 0xb6: case 0xb7: case 0xbe: case 0xbf:
		d->size = op & 1 ? 2 : 1;
		d->sign_extend = op & 8;
		return true;
	case 0xc3:
		d->to_memory = true;
		return true;
	default:
		return false;
	}
}

/* mov between the accumulator and an absolute address. */
static void absolute(struct decoded *d, struct reader *r, uint8_t op, unsigned int address)
{
	d->op = OP_MOV;
	d->to_memory = op & 2;
	d->reg = 0;
	take(r, address);
}

bool decode(const uint8_t *bytes, unsigned int count, enum decode_mode mode, struct decoded *d)
{
	struct reader r = { bytes, bytes + MIN(count, MAX_INSTRUCTION), false };
	struct prefixes p = { 0 };
	uint8_t op = take_prefixes(&r, mode, &p), modrm;
	bool escape = op == 0x0f, is_group, addr16, ok;
	unsigned int full;

	*d = (struct decoded){ 0 };
	if (escape)
		op = take(&r, 1);
	full = p.rex & REX_W ? 8 : (mode == MODE_16) != p.operand16 ? 2 : 4;
	addr16 = mode != MODE_64 && (mode == MODE_16) != p.address;
	d->size = escape || op & 1 ? full : 1;
	d->reg_size = escape ? full : d->size;
	if (!escape && op >= 0xa0 && op <= 0xa3) {
		absolute(d, &r, op, mode == MODE_64 ? (p.address ? 4 : 8) : addr16 ? 2 : 4);
		goto out;
	}
	if (!escape && op == 0x63 && mode == MODE_64) {
		d->op = OP_MOV;
		d->size = 4;
		d->sign_extend = true;
		ok = true;
		is_group = false;
	} else {
		is_group = !escape && ((op >= 0x80 && op <= 0x83) || op >= 0xc6);
		ok = escape ? two_bytes(d, op) : is_group || one_byte(d, op);
	}
	if (!ok)
		return false;
	modrm = take(&r, 1);
	if (!skip_memory_operand(&r, modrm, addr16))
		return false;
	if (is_group) {
		if (!group(d, &r, op, modrm))
			return false;
	} else {
		set_register(d, &p, modrm);
	}
out:
	d->length = r.at - bytes;
	return !r.short_of;
}

#define FLAG_CF		BIT(0)
#define FLAG_PF		BIT(2)
#define FLAG_AF		BIT(4)
#define FLAG_ZF		BIT(6)
#define FLAG_SF		BIT(7)
#define FLAG_OF		BIT(11)
#define FLAGS_ALL	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

static uint64_t truncate(uint64_t v, unsigned int bytes)
{
	return bytes == 8 ? v : v & (BIT(8 * bytes) - 1);
}

/* Carry and overflow of the sum or difference @r, from the carries into and out of each bit. */
static uint64_t carry_flags(uint64_t a, uint64_t b, uint64_t r, unsigned int bits, bool minus)
{
	uint64_t out = minus ? (~a & b) | (~(a ^ b) & r) : (a & b) | ((a | b) & ~r);
	uint64_t overflow = minus ? (a ^ b) & (a ^ r) : ~(a ^ b) & (a ^ r);

	return (out >> (bits - 1) & 1 ? FLAG_CF : 0) | (out >> 3 & 1 ? FLAG_AF : 0) |
	       (overflow >> (bits - 1) & 1 ? FLAG_OF : 0);
}

uint64_t decode_compute(const struct decoded *d, uint64_t a, uint64_t b, uint64_t *rflags)
{
	unsigned int bits = 8 * d->size;
	bool minus = d->op == OP_SUB || d->op == OP_SBB || d->op == OP_CMP;
	uint64_t carry = *rflags & FLAG_CF, r, flags = 0;

	switch (d->op) {
	case OP_ADD: case OP_ADC:
		r = a + b + (d->op == OP_ADC ? carry : 0);
		break;
	case OP_SUB: case OP_SBB: case OP_CMP:
		r = a - b - (d->op == OP_SBB ? carry : 0);
		break;
	case OP_OR:
		r = a | b;
		break;
	case OP_AND: case OP_TEST:
		r = a & b;
		break;
	case OP_XOR:
		r = a ^ b;
		break;
	default:
		return truncate(b, d->size);
	}
	r = truncate(r, d->size);
	if (minus || d->op == OP_ADD || d->op == OP_ADC)
		flags = carry_flags(a, b, r, bits, minus);
	flags |= !r ? FLAG_ZF : 0;
	flags |= r >> (bits - 1) & 1 ? FLAG_SF : 0;
	flags |= __builtin_parity(r & 0xff) ? 0 : FLAG_PF;
	*rflags = (*rflags & ~FLAGS_ALL) | flags;
	return r;
}
