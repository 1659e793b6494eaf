// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Decoding of instructions: what the comparison with the processor cannot reach,
 * above all the other code sizes.
 */
#include <errno.h>
#include <string.h>

#include "decode/insn.h"
#include "test.h"

struct expected {
	uint8_t bytes[12];
	uint8_t n;
	uint8_t bits;
	uint8_t kind, size, reg, address_size;
	int8_t base, index;
	uint8_t scale;
	int64_t displacement;
	uint8_t segment;
};

static const struct expected cases[] = {
	/* mov %al, (%bx,%si) */
	{ { 0x88, 0x00 }, 2, 16, INSN_STORE, 1, 0, 2, 3, 6, 0, 0, 3 },
	/* mov 0x10(%bp), %cx: in the stack segment */
	{ { 0x8b, 0x4e, 0x10 }, 3, 16, INSN_LOAD, 2, 1, 2, 5, -1, 0, 0x10, 2 },
	/* mov %dx, 0x1234 */
	{ { 0x89, 0x16, 0x34, 0x12 }, 4, 16, INSN_STORE, 2, 2, 2, -1, -1, 0,
	  0x1234, 3 },
	/* mov %es:-2(%bx,%di), %eax */
	{ { 0x26, 0x66, 0x8b, 0x81, 0xfe, 0xff }, 6, 16, INSN_LOAD, 4, 0, 2, 3,
	  7, 0, -2, 0 },
	/* mov (%eax,%ecx,4), %ax, with both sizes changed */
	{ { 0x67, 0x8b, 0x04, 0x88 }, 4, 16, INSN_LOAD, 2, 0, 4, 0, 1, 2, 0, 3 },
	/* mov 0xfee00020, %eax */
	{ { 0xa1, 0x20, 0x00, 0xe0, 0xfe }, 5, 32, INSN_LOAD, 4, 0, 4, -1, -1, 0,
	  0xfee00020, 3 },
	/* mov %ebx, (%esp) */
	{ { 0x89, 0x1c, 0x24 }, 3, 32, INSN_STORE, 4, 3, 4, 4, -1, 0, 0, 2 },
	/* mov %gs:0x8(,%edx,8), %esi */
	{ { 0x65, 0x8b, 0x34, 0xd5, 0x08, 0, 0, 0 }, 8, 32, INSN_LOAD, 4, 6, 4,
	  -1, 2, 3, 8, 5 },
	/* mov %r9d, 0x10(%r12,%r13,2) */
	{ { 0x47, 0x89, 0x4c, 0x6c, 0x10 }, 5, 64, INSN_STORE, 4, 9, 8, 12, 13, 1,
	  0x10, 3 },
	/* movabs 0x1122334455667788, %rax */
	{ { 0x48, 0xa1, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 }, 10, 64,
	  INSN_LOAD, 8, 0, 8, -1, -1, 0, 0x1122334455667788, 3 },
	/* mov (%edi), %eax, 32-bit address */
	{ { 0x67, 0x8b, 0x07 }, 3, 64, INSN_LOAD, 4, 0, 4, 7, -1, 0, 0, 3 },
	/* REX before another prefix does not count: mov (%rdi), %ax */
	{ { 0x48, 0x66, 0x8b, 0x07 }, 4, 64, INSN_LOAD, 2, 0, 8, 7, -1, 0, 0, 3 },
};

static void check(const struct expected *e)
{
	struct insn insn;

	CHECK_EQ(insn_decode(e->bytes, e->n, e->bits, &insn), 0);
	CHECK_EQ(insn.kind, e->kind);
	CHECK_EQ(insn.size, e->size);
	CHECK_EQ(insn.reg, e->reg);
	CHECK_EQ(insn.address_size, e->address_size);
	CHECK_EQ(insn.base, e->base);
	CHECK_EQ(insn.index, e->index);
	CHECK_EQ(insn.scale, e->scale);
	CHECK_EQ(insn.displacement, e->displacement);
	CHECK_EQ(insn.segment, e->segment);
	CHECK_EQ(insn.length, e->n);
	CHECK(!insn.rip_relative);
	/* Any fewer bytes are too few, and nothing is read behind them. */
	for (size_t n = 0; n < e->n; n++)
		CHECK_EQ(insn_decode(e->bytes, n, e->bits, &insn), -ENODATA);
}

TEST(insn_decodes_all_code_sizes)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check(&cases[i]);
}

TEST(insn_addresses_relative_to_rip)
{
	static const uint8_t bytes[] = { 0xc7, 0x05, 0xf0, 0xff, 0xff, 0xff,
					 1, 0, 0, 0 };
	struct insn insn;

	CHECK_EQ(insn_decode(bytes, sizeof(bytes), 64, &insn), 0);
	CHECK(insn.rip_relative && insn.has_imm);
	CHECK_EQ(insn.displacement, -16);
	CHECK_EQ(insn.imm, 1);
	CHECK_EQ(insn_decode(bytes, sizeof(bytes), 32, &insn), 0);
	CHECK(!insn.rip_relative);
	CHECK_EQ(insn.base, -1);
}

TEST(insn_refuses_prefixes_without_end)
{
	uint8_t bytes[32];
	struct insn insn;

	memset(bytes, 0x66, sizeof(bytes));
	CHECK_EQ(insn_decode(bytes, sizeof(bytes), 64, &insn), -ENODATA);
}

/* No input may do harm, and what is decoded makes sense. */
TEST(insn_survives_random_bytes)
{
	uint64_t random = 99;
	struct insn insn;

	for (unsigned int i = 0; i < 300000; i++) {
		static const unsigned int bits[] = { 16, 32, 64 };
		uint8_t bytes[16];
		int err;

		for (size_t j = 0; j < sizeof(bytes); j++) {
			random = random * UINT64_C(6364136223846793005) + 1;
			bytes[j] = (uint8_t)(random >> 56);
		}
		err = insn_decode(bytes, sizeof(bytes), bits[i % 3], &insn);
		if (err) {
			CHECK(err == -EOPNOTSUPP || err == -ENODATA || err == -EDOM);
			continue;
		}
		CHECK(insn.length && insn.length <= INSN_MAX);
		CHECK(insn.size && insn.size <= 64 && !(insn.size & (insn.size - 1)));
		CHECK(insn.base >= -1 && insn.base < 16 && insn.index >= -1 &&
		      insn.index < 16 && insn.reg < 16 && insn.segment < 6);
	}
}
