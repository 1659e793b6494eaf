// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Shifts and rotations, with flags: AMD64 Architecture Programmer's Manual, volume 3.
 */
#include "emulate/alu.h"

static uint64_t mask_of(unsigned int size)
{
	return UINT64_MAX >> (64 - 8 * size);
}

static bool top(uint64_t value, unsigned int bits)
{
	return value >> (bits - 1) & 1;
}

/* Flags of a shift by more than 0. What is undefined is as after a shift by 1. */
static void set_flags(uint64_t *rflags, uint64_t result, unsigned int size, bool carry,
		      bool overflow, bool all)
{
	uint64_t flags = *rflags;

	if (all)
		alu_compute(ALU_OR, size, result, 0, &flags);
	flags &= ~(ALU_CARRY | ALU_OVERFLOW);
	flags |= carry ? ALU_CARRY : 0;
	flags |= overflow ? ALU_OVERFLOW : 0;
	*rflags = flags;
}

/* By 1 to 63 bits; what is shifted out last is the carry. */
static uint64_t shift_left(uint64_t value, unsigned int bits, unsigned int n, bool *carry)
{
	*carry = n <= bits && (value >> (bits - n) & 1);
	return value << n;
}

static uint64_t shift_right(uint64_t value, unsigned int bits, unsigned int n, bool sign,
			    bool *carry)
{
	int64_t wide = (int64_t)(value << (64 - bits));

	if (sign)
		wide >>= 64 - bits;
	else
		wide = (int64_t)value;
	*carry = wide >> (n - 1) & 1;
	return sign ? (uint64_t)(wide >> n) : (uint64_t)wide >> n;
}

static uint64_t rotate_left(uint64_t value, unsigned int bits, unsigned int n)
{
	n %= bits;
	return n ? value << n | value >> (bits - n) : value;
}

/* The carry is one bit more of what rotates. */
static uint64_t rotate_with_carry(uint64_t value, unsigned int bits, unsigned int n,
				  bool *carry)
{
	while (n--) {
		bool out = top(value, bits);

		value = value << 1 | *carry;
		*carry = out;
	}
	return value;
}

uint64_t alu_shift(enum insn_shift op, unsigned int size, uint64_t value,
		   unsigned int count, uint64_t *rflags)
{
	const unsigned int bits = 8 * size, n = count & (size == 8 ? 63 : 31);
	bool carry = *rflags & ALU_CARRY, overflow;
	uint64_t result;

	value &= mask_of(size);
	if (!n)
		return value;
	switch (op) {
	case SHIFT_ROL:
		result = rotate_left(value, bits, n) & mask_of(size);
		carry = result & 1;
		break;
	case SHIFT_ROR:
		result = rotate_left(value, bits, bits - n % bits) & mask_of(size);
		carry = top(result, bits);
		break;
	case SHIFT_RCL:
		result = rotate_with_carry(value, bits, n % (bits + 1), &carry) & mask_of(size);
		break;
	case SHIFT_RCR:
		result = rotate_with_carry(value, bits, bits + 1 - n % (bits + 1), &carry) &
			 mask_of(size);
		break;
	case SHIFT_SHR:
	case SHIFT_SAR:
		result = shift_right(value, bits, n, op == SHIFT_SAR, &carry) & mask_of(size);
		break;
	default:
		result = shift_left(value, bits, n, &carry) & mask_of(size);
	}
	/* Left: the sign has become another than what was shifted out. Right: than it was. */
	overflow = op == SHIFT_ROR || op == SHIFT_RCR || op == SHIFT_SHR || op == SHIFT_SAR ?
			   top(result ^ value, bits) : top(result, bits) != carry;
	if (op == SHIFT_ROR)
		overflow = top(result ^ result << 1, bits);
	set_flags(rflags, result, size, carry, overflow, op >= SHIFT_SHL);
	return result;
}

uint64_t alu_shift_pair(enum insn_shift op, unsigned int size, uint64_t value,
			uint64_t from, unsigned int count, uint64_t *rflags)
{
	const unsigned int bits = 8 * size, n = count & (size == 8 ? 63 : 31);
	uint64_t result;
	bool carry;

	value &= mask_of(size);
	from &= mask_of(size);
	/* More than the operand has is undefined: as if it came again. */
	if (!n)
		return value;
	if (n > bits)
		return alu_shift_pair(op, size, from, value, n - bits, rflags);
	if (op == SHIFT_SHL) {
		result = n == bits ? from : value << n | from >> (bits - n);
		carry = value >> (bits - n) & 1;
	} else {
		result = n == bits ? from : value >> n | from << (bits - n);
		carry = value >> (n - 1) & 1;
	}
	result &= mask_of(size);
	set_flags(rflags, result, size, carry, top(result ^ value, bits), true);
	return result;
}
