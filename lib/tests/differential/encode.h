/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * From the parts of an instruction to its bytes.
 */
#ifndef MSHVCTL_TESTS_DIFFERENTIAL_ENCODE_H
#define MSHVCTL_TESTS_DIFFERENTIAL_ENCODE_H

#include "make.h"

/* Registers by number. */
#define RCX 1
#define RSP 4
#define RBP 5
#define NOTHING (-1)

/**
 * struct parts - an instruction while it is made
 * @w: REX.W
 * @prefix66: the prefix, not as a part of the opcode
 * @address32: prefix 67
 * @vex, @wide: how vectors are encoded
 * @rip: the address is relative to RIP
 * @reg: the register field, with its bit in REX
 * @base, @index: registers or NOTHING
 * @scale: of @index
 * @displacement: bytes of it, 0, 1 or 4
 * @address: where the operand is
 */
struct parts {
	bool w, prefix66, address32, vex, wide, rip;
	unsigned int reg;
	int base, index;
	unsigned int scale, displacement;
	uint64_t address;
};

/* Put prefixes, opcode, ModRM and SIB. Returns where the displacement goes. */
uint8_t *encode(const struct row *row, const struct parts *p, uint8_t *at);

#endif /* MSHVCTL_TESTS_DIFFERENTIAL_ENCODE_H */
