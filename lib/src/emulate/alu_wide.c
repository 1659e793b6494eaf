// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Multiplication, division, counting of bits, and CRC32: AMD64 Architecture Programmer's
 * Manual, volume 3.
 */
#include "emulate/alu.h"

#define CRC32C 0x82f63b78u /* the polynomial, lowest bit first */

static __int128_t extended(__uint128_t value, unsigned int bits)
{
	return (__int128_t)(value << (128 - bits)) >> (128 - bits);
}

static void set_overflow(bool overflow, uint64_t *rflags)
{
	const uint64_t both = ALU_CARRY | ALU_OVERFLOW;

	*rflags = (*rflags & ~both) | (overflow ? both : 0);
}

void alu_multiply(bool is_signed, unsigned int size, uint64_t a, uint64_t b,
		  uint64_t product[2], uint64_t *rflags)
{
	const unsigned int bits = 8 * size;
	const uint64_t mask = UINT64_MAX >> (64 - bits);
	__uint128_t all = (__uint128_t)(a & mask) * (b & mask);

	if (is_signed)
		all = (__uint128_t)(extended(a, bits) * extended(b, bits));
	product[0] = (uint64_t)all & mask;
	product[1] = (uint64_t)(all >> bits) & mask;
	set_overflow(is_signed ? (__int128_t)all != extended(all, bits) :
				 product[1] != 0,
		     rflags);
}

bool alu_divide(bool is_signed, unsigned int size, const uint64_t dividend[2],
		uint64_t divisor, uint64_t result[2])
{
	const unsigned int bits = 8 * size;
	const uint64_t mask = UINT64_MAX >> (64 - bits);
	__uint128_t all = (__uint128_t)dividend[1] << bits | dividend[0];
	__int128_t by = extended(divisor, bits), quotient;

	divisor &= mask;
	if (!divisor)
		return false;
	if (!is_signed) {
		result[0] = (uint64_t)(all / divisor);
		result[1] = (uint64_t)(all % divisor);
		return !(all / divisor >> bits);
	}
	all = (__uint128_t)extended(all, 2 * bits);
	/* The one quotient that 128 bits do not hold. */
	if (by == -1 && all == (__uint128_t)1 << 127)
		return false;
	quotient = (__int128_t)all / by;
	result[0] = (uint64_t)quotient & mask;
	result[1] = (uint64_t)((__int128_t)all % by) & mask;
	return quotient == extended((__uint128_t)quotient, bits);
}

uint64_t alu_count(enum insn_count op, unsigned int size, uint64_t value, uint64_t *rflags)
{
	const unsigned int bits = 8 * size;
	unsigned int low, high, n;
	uint64_t flags = *rflags & ~ALU_FLAGS;

	value &= UINT64_MAX >> (64 - bits);
	low = value ? (unsigned int)__builtin_ctzll(value) : bits;
	high = value ? (unsigned int)__builtin_clzll(value) - (64 - bits) : bits;
	switch (op) {
	case COUNT_POPCNT:
		n = (unsigned int)__builtin_popcountll(value);
		flags |= value ? 0 : ALU_ZERO;
		break;
	case COUNT_BSF:
	case COUNT_BSR:
		n = op == COUNT_BSF ? low : bits - 1 - high;
		flags |= value ? 0 : ALU_ZERO;
		break;
	default:
		n = op == COUNT_TZCNT ? low : high;
		flags |= n ? 0 : ALU_ZERO;
		flags |= value ? 0 : ALU_CARRY;
	}
	*rflags = flags;
	return n;
}

uint32_t alu_crc32(unsigned int size, uint32_t crc, uint64_t value)
{
	for (unsigned int i = 0; i < 8 * size; i++) {
		bool low = (crc ^ value >> i) & 1;

		crc = crc >> 1 ^ (low ? CRC32C : 0);
	}
	return crc;
}
