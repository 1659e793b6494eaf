/* SPDX-License-Identifier: GPL-2.0-only */
/* Decoder for the loads and stores that guests do on device registers. */
#ifndef MINIHV_DECODE_H
#define MINIHV_DECODE_H

#include "base/minihv.h"

#define MAX_INSTRUCTION	15

enum decode_op {
	OP_ADD, OP_OR, OP_ADC, OP_SBB, OP_AND, OP_SUB, OP_XOR, OP_CMP,	/* as encoded */
	OP_MOV, OP_TEST, OP_XCHG,
};

struct decoded {
	unsigned int length;
	enum decode_op op;
	unsigned int size;	/* bytes of the memory operand */
	bool to_memory;		/* memory is the destination (else the register) */
	bool has_imm;		/* the source is @imm */
	bool sign_extend;	/* a load extends its sign to reg_size */
	uint8_t reg;		/* register operand */
	bool high_byte;		/* AH, CH, DH, BH */
	unsigned int reg_size;	/* bytes of the register that a load changes */
	uint64_t imm;
};

enum decode_mode {
	MODE_16,
	MODE_32,
	MODE_64,
};

/* @count bytes at RIP; false: an instruction that is not supported, or too few bytes. */
bool decode(const uint8_t *bytes, unsigned int count, enum decode_mode mode, struct decoded *d);
/*
 * Result of @d->op on destination @a and source @b; changes the arithmetic flags in *rflags.
 */
uint64_t decode_compute(const struct decoded *d, uint64_t a, uint64_t b, uint64_t *rflags);

#endif
