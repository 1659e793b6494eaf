// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: moves and arithmetic.
 */
#include <errno.h>

#include "emulate/alu.h"
#include "emulate/mmio.h"

static uint64_t sign_extended(uint64_t value, unsigned int size)
{
	unsigned int shift = 64 - 8 * size;

	return (uint64_t)((int64_t)(value << shift) >> shift);
}

static uint64_t swapped(uint64_t value, unsigned int size)
{
	return __builtin_bswap64(value) >> (64 - 8 * size);
}

static int load(struct mmio *m)
{
	const struct insn *insn = m->insn;
	struct span span;
	uint64_t value = 0;
	int err;

	err = mmio_operand(m, 0, false, &span);
	if (!err)
		err = mmio_read(m, &span, &value);
	if (err)
		return err;
	if (insn->sign_extend)
		value = sign_extended(value, insn->size);
	if (insn->swap)
		value = swapped(value, insn->size);
	return mmio_set_operand_reg(m, insn->reg_size, value);
}

static int source(struct mmio *m, uint64_t *value)
{
	if (!m->insn->has_imm)
		return mmio_get_operand_reg(m, m->insn->size, value);
	*value = m->insn->imm;
	return 0;
}

static int store(struct mmio *m)
{
	struct span span;
	uint64_t value;
	int err;

	err = mmio_operand(m, 0, true, &span);
	if (!err)
		err = source(m, &value);
	if (err)
		return err;
	if (m->insn->swap)
		value = swapped(value, m->insn->size);
	return mmio_write(m, &span, &value);
}

static bool only_flags(const struct insn *insn)
{
	return insn->op == ALU_CMP || insn->op == ALU_TEST;
}

static int alu(struct mmio *m)
{
	const struct insn *insn = m->insn;
	bool to_memory = insn->kind == INSN_ALU_STORE;
	uint64_t memory = 0, other, flags, result;
	struct span span;
	int err;

	err = mmio_operand(m, 0, to_memory && !only_flags(insn), &span);
	if (!err)
		err = source(m, &other);
	if (!err)
		err = mmio_read_with_flags(m, &span, &memory, &flags);
	if (err)
		return err;

	result = alu_compute(insn->op, insn->size, to_memory ? memory : other,
			     to_memory ? other : memory, &flags);
	if (!only_flags(insn)) {
		err = to_memory ? mmio_replace(m, &span, &memory, &result) :
				  mmio_set_operand_reg(m, insn->size, result);
		if (err)
			return err;
	}
	return mmio_set_flags(m, flags, ALU_FLAGS);
}

static int unary(struct mmio *m)
{
	const struct insn *insn = m->insn;
	uint64_t memory = 0, flags, result, mask = ALU_FLAGS;
	struct span span;
	int err;

	err = mmio_operand(m, 0, true, &span);
	if (!err)
		err = mmio_read_with_flags(m, &span, &memory, &flags);
	if (err)
		return err;
	switch (insn->op) {
	case UNARY_NOT:
		result = ~memory;
		mask = 0;
		break;
	case UNARY_NEG:
		result = alu_compute(ALU_SUB, insn->size, 0, memory, &flags);
		break;
	default:
		result = alu_compute(insn->op == UNARY_INC ? ALU_ADD : ALU_SUB,
				     insn->size, memory, 1, &flags);
		mask &= ~ALU_CARRY;
	}
	err = mmio_replace(m, &span, &memory, &result);
	return err ? err : mmio_set_flags(m, flags, mask);
}

/* XCHG, and XADD, which adds what it exchanges. */
static int exchange(struct mmio *m)
{
	const unsigned int size = m->insn->size;
	uint64_t memory = 0, reg, flags;
	struct span span;
	int err;

	err = mmio_operand(m, 0, true, &span);
	if (!err)
		err = mmio_get_operand_reg(m, size, &reg);
	if (!err)
		err = mmio_read_with_flags(m, &span, &memory, &flags);
	if (err)
		return err;
	if (m->insn->kind == INSN_XADD)
		reg = alu_compute(ALU_ADD, size, memory, reg, &flags);
	err = mmio_replace(m, &span, &memory, &reg);
	if (!err)
		err = mmio_set_operand_reg(m, size, memory);
	if (!err && m->insn->kind == INSN_XADD)
		err = mmio_set_flags(m, flags, ALU_FLAGS);
	return err;
}

static int flush(struct mmio *m)
{
	(void)m;
	return 0;
}

int mmio_carry_out(struct mmio *m)
{
	static int (*const carry_out[INSN_MOVS])(struct mmio *m) = {
		[INSN_LOAD] = load,
		[INSN_STORE] = store,
		[INSN_ALU_STORE] = alu,
		[INSN_ALU_LOAD] = alu,
		[INSN_UNARY] = unary,
		[INSN_SHIFT] = mmio_shift,
		[INSN_SHIFT_PAIR] = mmio_shift,
		[INSN_MULTIPLY] = mmio_multiply,
		[INSN_IMUL] = mmio_multiply_reg,
		[INSN_COUNT] = mmio_count,
		[INSN_CRC32] = mmio_crc32,
		[INSN_XCHG] = exchange,
		[INSN_XADD] = exchange,
		[INSN_CMPXCHG] = mmio_compare_exchange,
		[INSN_CMPXCHG_PAIR] = mmio_compare_exchange_pair,
		[INSN_BIT] = mmio_test_bit,
		[INSN_SETCC] = mmio_set_condition,
		[INSN_CMOVCC] = mmio_move_condition,
		[INSN_LOAD_VECTOR] = mmio_load_vector,
		[INSN_STORE_VECTOR] = mmio_store_vector,
		[INSN_COPY64] = mmio_copy64,
		[INSN_PUSH] = mmio_push,
		[INSN_POP] = mmio_pop,
		[INSN_CALL] = mmio_branch,
		[INSN_JUMP] = mmio_branch,
		[INSN_LOAD_SEGMENT] = mmio_load_segment,
		[INSN_STORE_SEGMENT] = mmio_store_segment,
		[INSN_FLUSH] = flush,
	};

	return carry_out[m->insn->kind](m);
}
