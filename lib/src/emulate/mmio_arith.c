// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: shifts, multiplications, divisions, counts of bits, CRC32.
 */
#include "emulate/alu.h"
#include "emulate/mmio.h"

#define VECTOR_DIVIDE 0

static int shift_count(struct mmio *m, uint64_t *count)
{
	if (!m->insn->has_imm)
		return mmio_get_reg(m, HV_X64_REGISTER_RCX, 1, count);
	*count = m->insn->imm;
	return 0;
}

/* With one operand, or with a second whose bits move in. By 0, too, it is a write. */
int mmio_shift(struct mmio *m)
{
	const struct insn *insn = m->insn;
	uint64_t memory = 0, from = 0, count, flags, result;
	struct span span;
	int err;

	err = mmio_operand(m, 0, true, &span);
	if (!err && insn->kind == INSN_SHIFT_PAIR)
		err = mmio_get_operand_reg(m, insn->size, &from);
	if (!err)
		err = shift_count(m, &count);
	if (!err)
		err = mmio_read_with_flags(m, &span, &memory, &flags);
	if (err)
		return err;
	result = insn->kind == INSN_SHIFT_PAIR ?
			 alu_shift_pair(insn->op, insn->size, memory, from,
					(unsigned int)count, &flags) :
			 alu_shift(insn->op, insn->size, memory, (unsigned int)count, &flags);
	err = mmio_replace(m, &span, &memory, &result);
	return err ? err : mmio_set_flags(m, flags, ALU_FLAGS);
}

/* The accumulator and its upper part: AX has both for bytes. */
static int get_accumulator(struct mmio *m, uint64_t value[2])
{
	const unsigned int size = m->insn->size;
	int err = mmio_get_reg(m, HV_X64_REGISTER_RAX, size == 1 ? 2 : size, &value[0]);

	if (err || size > 1)
		return err ? err : mmio_get_reg(m, HV_X64_REGISTER_RDX, size, &value[1]);
	value[1] = value[0] >> 8;
	value[0] &= 0xff;
	return 0;
}

static int set_accumulator(struct mmio *m, const uint64_t value[2])
{
	const unsigned int size = m->insn->size;
	int err;

	if (size == 1)
		return mmio_set_reg(m, HV_X64_REGISTER_RAX, 2, value[0] | value[1] << 8);
	err = mmio_set_reg(m, HV_X64_REGISTER_RAX, size, value[0]);
	return err ? err : mmio_set_reg(m, HV_X64_REGISTER_RDX, size, value[1]);
}

/* A division leaves no flag defined. */
int mmio_multiply(struct mmio *m)
{
	const struct insn *insn = m->insn;
	const bool is_signed = insn->op & 1;
	uint64_t memory = 0, old[2], result[2], flags;
	struct span span;
	int err;

	err = mmio_operand(m, 0, false, &span);
	if (!err)
		err = get_accumulator(m, old);
	if (!err)
		err = mmio_read_with_flags(m, &span, &memory, &flags);
	if (err)
		return err;
	if (insn->op < MULTIPLY_DIV)
		alu_multiply(is_signed, insn->size, old[0], memory, result, &flags);
	else if (!alu_divide(is_signed, insn->size, old, memory, result))
		return mmio_fault(m, VECTOR_DIVIDE);
	err = set_accumulator(m, result);
	return err ? err : mmio_set_flags(m, flags, ALU_FLAGS);
}

int mmio_multiply_reg(struct mmio *m)
{
	const struct insn *insn = m->insn;
	uint64_t memory = 0, other = insn->imm, result[2], flags;
	struct span span;
	int err;

	err = mmio_operand(m, 0, false, &span);
	if (!err && !insn->has_imm)
		err = mmio_get_operand_reg(m, insn->size, &other);
	if (!err)
		err = mmio_read_with_flags(m, &span, &memory, &flags);
	if (err)
		return err;
	alu_multiply(true, insn->size, memory, other, result, &flags);
	err = mmio_set_operand_reg(m, insn->size, result[0]);
	return err ? err : mmio_set_flags(m, flags, ALU_FLAGS);
}

/* BSF and BSR find nothing in 0, and leave the register as it is. */
int mmio_count(struct mmio *m)
{
	const struct insn *insn = m->insn;
	uint64_t memory = 0, flags, result;
	struct span span;
	int err;

	err = mmio_operand(m, 0, false, &span);
	if (!err)
		err = mmio_read_with_flags(m, &span, &memory, &flags);
	if (err)
		return err;
	result = alu_count(insn->op, insn->size, memory, &flags);
	if (memory || insn->op >= COUNT_TZCNT)
		err = mmio_set_operand_reg(m, insn->size, result);
	return err ? err : mmio_set_flags(m, flags, ALU_FLAGS);
}

int mmio_crc32(struct mmio *m)
{
	const struct insn *insn = m->insn;
	uint64_t memory = 0, crc;
	struct span span;
	int err;

	err = mmio_operand(m, 0, false, &span);
	if (!err)
		err = mmio_get_reg(m, HV_X64_REGISTER_RAX + insn->reg, 4, &crc);
	if (!err)
		err = mmio_read(m, &span, &memory);
	if (err)
		return err;
	crc = alu_crc32(insn->size, (uint32_t)crc, memory);
	return mmio_set_reg(m, HV_X64_REGISTER_RAX + insn->reg, insn->reg_size, crc);
}
