// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Arithmetic and flags: AMD64 Architecture Programmer's Manual, volume 3.
 */
#include "emulate/alu.h"

#define CF 0x001
#define PF 0x004
#define AF 0x010
#define ZF 0x040
#define SF 0x080
#define OF 0x800

static uint64_t result_flags(uint64_t result, uint64_t sign)
{
	uint64_t flags = 0;

	if (!(__builtin_popcountll(result & 0xff) & 1))
		flags |= PF;
	if (!result)
		flags |= ZF;
	if (result & sign)
		flags |= SF;
	return flags;
}

uint64_t alu_compute(enum insn_alu op, unsigned int size, uint64_t a,
		     uint64_t b, uint64_t *rflags)
{
	uint64_t sign = UINT64_C(1) << (8 * size - 1), mask = sign | (sign - 1);
	uint64_t carry = 0, flags = 0, result = 0;

	a &= mask;
	b &= mask;
	if ((op == ALU_ADC || op == ALU_SBB) && (*rflags & CF))
		carry = 1;

	switch (op) {
	case ALU_ADD:
	case ALU_ADC:
		result = (a + b + carry) & mask;
		/* Out of the top: smaller than what went in, or all ones added. */
		flags |= result < a || (carry && result == a) ? CF : 0;
		flags |= (a ^ result) & (b ^ result) & sign ? OF : 0;
		flags |= (a ^ b ^ result) & AF;
		break;
	case ALU_SUB:
	case ALU_SBB:
	case ALU_CMP:
		result = (a - b - carry) & mask;
		flags |= a < b || (carry && a == b) ? CF : 0;
		flags |= (a ^ b) & (a ^ result) & sign ? OF : 0;
		flags |= (a ^ b ^ result) & AF;
		break;
	case ALU_OR:
		result = a | b;
		break;
	case ALU_AND:
	case ALU_TEST:
		result = a & b;
		break;
	case ALU_XOR:
		result = a ^ b;
		break;
	}
	*rflags = (*rflags & ~ALU_FLAGS) | flags | result_flags(result, sign);
	return result;
}

bool alu_condition(unsigned int condition, uint64_t rflags)
{
	bool less = !(rflags & SF) != !(rflags & OF), holds;

	switch (condition / 2) {
	case 0:
		holds = rflags & OF;
		break;
	case 1:
		holds = rflags & CF;
		break;
	case 2:
		holds = rflags & ZF;
		break;
	case 3:
		holds = rflags & (CF | ZF);
		break;
	case 4:
		holds = rflags & SF;
		break;
	case 5:
		holds = rflags & PF;
		break;
	case 6:
		holds = less;
		break;
	default:
		holds = less || (rflags & ZF);
	}
	/* Odd ones are the contrary. */
	return holds != (condition & 1);
}
