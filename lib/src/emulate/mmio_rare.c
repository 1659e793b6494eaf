// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: comparing exchanges, bits and conditions.
 */
#include <errno.h>
#include <string.h>

#include "emulate/alu.h"
#include "emulate/mmio.h"

int mmio_compare_exchange(struct mmio *m)
{
	const unsigned int size = m->insn->size;
	uint64_t memory = 0, reg, accumulator, flags;
	struct span span;
	bool equal;
	int err;

	err = mmio_operand(m, 0, true, &span);
	if (!err)
		err = mmio_get_operand_reg(m, size, &reg);
	if (!err)
		err = mmio_get_reg(m, HV_X64_REGISTER_RAX, size, &accumulator);
	if (!err)
		err = mmio_read_with_flags(m, &span, &memory, &flags);
	if (err)
		return err;
	alu_compute(ALU_CMP, size, accumulator, memory, &flags);
	equal = accumulator == memory;
	/* The processor writes in any case. */
	err = mmio_replace(m, &span, &memory, equal ? &reg : &memory);
	if (!err && !equal)
		err = mmio_set_reg(m, HV_X64_REGISTER_RAX, size, memory);
	return err ? err : mmio_set_flags(m, flags, ALU_FLAGS);
}

static int get_pair(struct mmio *m, uint32_t low, uint32_t high, void *value)
{
	unsigned int half = m->insn->size / 2;
	uint64_t v[2];
	int err;

	err = mmio_get_reg(m, low, half, &v[0]);
	if (!err)
		err = mmio_get_reg(m, high, half, &v[1]);
	if (err)
		return err;
	memcpy(value, &v[0], half);
	memcpy((uint8_t *)value + half, &v[1], half);
	return 0;
}

static int set_pair(struct mmio *m, uint32_t low, uint32_t high, const void *value)
{
	unsigned int half = m->insn->size / 2;
	uint64_t v[2] = { 0 };
	int err;

	memcpy(&v[0], value, half);
	memcpy(&v[1], (const uint8_t *)value + half, half);
	err = mmio_set_reg(m, low, half, v[0]);
	return err ? err : mmio_set_reg(m, high, half, v[1]);
}

/* CMPXCHG8B and CMPXCHG16B. */
int mmio_compare_exchange_pair(struct mmio *m)
{
	uint8_t memory[16] = { 0 }, wanted[16] = { 0 }, value[16] = { 0 };
	struct span span;
	bool equal;
	int err;

	err = mmio_operand(m, 0, true, &span);
	if (!err)
		err = get_pair(m, HV_X64_REGISTER_RAX, HV_X64_REGISTER_RDX, wanted);
	if (!err)
		err = get_pair(m, HV_X64_REGISTER_RBX, HV_X64_REGISTER_RCX, value);
	if (!err)
		err = mmio_read(m, &span, memory);
	if (err)
		return err;
	equal = !memcmp(memory, wanted, m->insn->size);
	err = mmio_replace(m, &span, memory, equal ? value : memory);
	if (!err && !equal)
		err = set_pair(m, HV_X64_REGISTER_RAX, HV_X64_REGISTER_RDX, memory);
	return err ? err : mmio_set_flags(m, equal ? ALU_ZERO : 0, ALU_ZERO);
}

/*
 * Which bit, and in which operand, counted from the one that the instruction names: a
 * number in a register is signed and reaches far.
 */
static int bit_number(struct mmio *m, unsigned int *bit, int64_t *displacement)
{
	const int64_t size = m->insn->size, shift = 64 - 8 * size;
	uint64_t value = m->insn->imm;
	int err;

	*displacement = 0;
	if (!m->insn->has_imm) {
		err = mmio_get_operand_reg(m, m->insn->size, &value);
		if (err)
			return err;
		/* Bytes, down to a whole operand. */
		*displacement = ((int64_t)(value << shift) >> shift >> 3) & -size;
	}
	*bit = (unsigned int)value & (8 * m->insn->size - 1);
	return 0;
}

static uint64_t change_bit(enum insn_bit op, uint64_t value, uint64_t bit)
{
	switch (op) {
	case BIT_SET:
		return value | bit;
	case BIT_RESET:
		return value & ~bit;
	case BIT_COMPLEMENT:
		return value ^ bit;
	default:
		return value;
	}
}

int mmio_test_bit(struct mmio *m)
{
	const bool write = m->insn->op != BIT_TEST;
	uint64_t memory = 0, result;
	int64_t displacement;
	unsigned int bit;
	struct span span;
	int err;

	err = bit_number(m, &bit, &displacement);
	if (!err)
		err = mmio_operand(m, displacement, write, &span);
	if (!err)
		err = mmio_read(m, &span, &memory);
	if (err)
		return err;
	if (write) {
		result = change_bit(m->insn->op, memory, UINT64_C(1) << bit);
		err = mmio_replace(m, &span, &memory, &result);
		if (err)
			return err;
	}
	return mmio_set_flags(m, memory >> bit & 1 ? ALU_CARRY : 0, ALU_CARRY);
}

int mmio_set_condition(struct mmio *m)
{
	struct span span;
	uint64_t flags;
	uint8_t value;
	int err;

	err = mmio_operand(m, 0, true, &span);
	if (!err)
		err = mmio_get_flags(m, &flags);
	if (err)
		return err;
	value = alu_condition(m->insn->op, flags);
	return mmio_write(m, &span, &value);
}

/* The memory is read in any case, and the upper half of the register cleared. */
int mmio_move_condition(struct mmio *m)
{
	uint64_t memory = 0, reg, flags;
	struct span span;
	int err;

	err = mmio_operand(m, 0, false, &span);
	if (!err)
		err = mmio_read(m, &span, &memory);
	if (!err)
		err = mmio_get_operand_reg(m, m->insn->size, &reg);
	if (!err)
		err = mmio_get_flags(m, &flags);
	if (err)
		return err;
	return mmio_set_operand_reg(m, m->insn->size,
				    alu_condition(m->insn->op, flags) ? memory : reg);
}
