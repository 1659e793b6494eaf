/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Instructions made at random, with registers for which their operand is in the device.
 */
#ifndef MSHVCTL_TESTS_DIFFERENTIAL_MAKE_H
#define MSHVCTL_TESTS_DIFFERENTIAL_MAKE_H

#include "native.h"

/* Flags: all that arithmetic has, and some of them. */
#define CARRY 0x001u
#define AUXILIARY 0x010u
#define ZERO 0x040u
#define OVERFLOW 0x800u
#define PRODUCT (CARRY | OVERFLOW)
#define ALL 0x8d5u
#define LOGICAL (ALL & ~AUXILIARY)
#define NONE 0u

/* What a row says beside numbers. */
enum {
	NO66 = 1,				  /* prefix */
	ANY = 16, ALU, DIGIT, BIT_DIGIT, SEGMENT, CONDITION, /* digit */
	NO_IMM = 0, IMM8, IMM_SIZED,		  /* immediate */
	SIZED = 64, WORD64, PAIR, STACK,	  /* bytes */
};

/* Special. */
enum {
	MMX = 1 << 0,
	VEX = 1 << 1,	  /* there is such a form, too */
	SCALAR = 1 << 2,  /* of which there is none of 32 bytes */
	THREE = 1 << 3,	  /* and it has a register more */
	ALIGNED = 1 << 4,
	SHIFTS = 1 << 5,
	SHIFTS_PAIR = 1 << 6,
	DIVIDES = 1 << 7,
	COMPARES = 1 << 8,
	BIT_REG = 1 << 9,
	NOT_ZERO = 1 << 10,
	HAS_MOVBE = 1 << 11,
	HAS_BMI = 1 << 12,
	HAS_LZCNT = 1 << 13,
	HAS_POPCNT = 1 << 14,
	HAS_SSE42 = 1 << 15,
	HAS_MOVDIRI = 1 << 16,
	HAS_ANY = ~0u << 11,
};

struct row {
	const char *name;
	const char *opcode;
	uint8_t n;
	uint8_t prefix;
	uint8_t digit;
	uint8_t imm;
	uint8_t bytes;
	unsigned int flags;
	unsigned int special;
};

extern const struct row rows[];
extern const size_t rows_n;

/**
 * struct made - an instruction
 * @row: of which it is
 * @bytes: of it
 * @n: how many
 * @size: of its operand
 * @at: where that is, in the page of the device
 * @flags: those that are defined
 * @base, @index: registers of the address, or -1
 */
struct made {
	const struct row *row;
	uint8_t bytes[16];
	size_t n;
	unsigned int size;
	unsigned int at;
	unsigned int flags;
	int base, index;
};

uint64_t make_random(void);
unsigned int make_below(unsigned int end);
void make_seed(uint64_t seed);

/* Make one, and *NATIVE for it. False: chance has made one that cannot be compared. */
bool make(const struct row *row, struct made *made);

#endif /* MSHVCTL_TESTS_DIFFERENTIAL_MAKE_H */
