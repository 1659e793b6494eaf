// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Arithmetic and flags, against the processor that runs the test.
 */
#include "emulate/alu.h"
#include "hvmodel.h"
#include "test.h"

#define ROUNDS 3000
#define AF UINT64_C(0x10)

/* Set the carry, compute, and fetch the flags. */
#define NATIVE(text, type) \
	do { \
		type x = (type)a; \
		asm volatile("lea -128(%%rsp), %%rsp; push %[f]; popf; " text \
			     " %[b], %[x]; pushf; pop %[f]; " \
			     "lea 128(%%rsp), %%rsp" \
			     : [x] "+&r"(x), [f] "+&r"(flags) \
			     : [b] "r"((type)b) : "cc"); \
		result = x; \
	} while (0)

#define NATIVE_SIZES(text) \
	do { \
		switch (size) { \
		case 1: \
			NATIVE(text "b", uint8_t); \
			break; \
		case 2: \
			NATIVE(text "w", uint16_t); \
			break; \
		case 4: \
			NATIVE(text "l", uint32_t); \
			break; \
		default: \
			NATIVE(text "q", uint64_t); \
			break; \
		} \
	} while (0)

static uint64_t native(enum insn_alu op, unsigned int size, uint64_t a,
		       uint64_t b, uint64_t *rflags)
{
	uint64_t flags = *rflags, result = 0;

	switch (op) {
	case ALU_ADD:
		NATIVE_SIZES("add");
		break;
	case ALU_OR:
		NATIVE_SIZES("or");
		break;
	case ALU_ADC:
		NATIVE_SIZES("adc");
		break;
	case ALU_SBB:
		NATIVE_SIZES("sbb");
		break;
	case ALU_AND:
		NATIVE_SIZES("and");
		break;
	case ALU_SUB:
		NATIVE_SIZES("sub");
		break;
	case ALU_XOR:
		NATIVE_SIZES("xor");
		break;
	case ALU_CMP:
		NATIVE_SIZES("cmp");
		break;
	case ALU_TEST:
		NATIVE_SIZES("test");
		break;
	}
	*rflags = flags;
	return result;
}

/* Corners are where flags go wrong. */
static uint64_t operand(struct hvmodel *m, unsigned int size)
{
	static const uint64_t corners[] = { 0, 1, 0xf, 0x10, 0x7f, 0x80, 0xff };

	switch (hvmodel_below(m, 4)) {
	case 0:
		return corners[hvmodel_below(m, ARRAY_SIZE(corners))];
	case 1:
		return ~corners[hvmodel_below(m, ARRAY_SIZE(corners))];
	case 2:
		return (UINT64_C(1) << (8 * size - 1)) - hvmodel_below(m, 2);
	default:
		return hvmodel_random(m);
	}
}

static void check(struct hvmodel *m, enum insn_alu op, unsigned int size)
{
	bool logical = op == ALU_OR || op == ALU_AND || op == ALU_XOR ||
		       op == ALU_TEST;
	uint64_t compared = ALU_FLAGS & ~(logical ? AF : 0);
	uint64_t mask = UINT64_MAX >> (64 - 8 * size);
	uint64_t a = operand(m, size), b = operand(m, size);
	uint64_t flags = 2 | (hvmodel_random(m) & ALU_FLAGS), wanted_flags = flags;
	uint64_t wanted = native(op, size, a, b, &wanted_flags);
	uint64_t result = alu_compute(op, size, a, b, &flags);

	CHECK_EQ(flags & compared, wanted_flags & compared);
	if (op != ALU_CMP && op != ALU_TEST)
		CHECK_EQ(result, wanted & mask);
	CHECK(!(result & ~mask));
}

TEST(alu_agrees_with_the_processor)
{
	static struct hvmodel m;

	m.random = 12345;
	for (int op = ALU_ADD; op <= ALU_TEST; op++)
		for (unsigned int size = 1; size <= 8; size *= 2)
			for (unsigned int i = 0; i < ROUNDS; i++)
				check(&m, (enum insn_alu)op, size);
}
