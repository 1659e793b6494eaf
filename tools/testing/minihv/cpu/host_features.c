// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the machine's processors can do, in Hyper-V's feature banks (union
 * hv_partition_processor_features), from CPUID.
 */
#include "cpu/host_features.h"
#include "base/x86.h"

#define LEAF_XSAVE	0xd
#define NO_SUBLEAF	0

enum cpuid_register { EAX, EBX, ECX, EDX };

struct feature_bit {
	uint8_t feature;	/* bit in the two banks, 0-127 */
	uint8_t bit, reg;
	uint32_t leaf;
};

static const struct feature_bit feature_bits[] = {
	{ 0, 0, ECX, 1 },		/* SSE3 */
	{ 1, 0, ECX, 0x80000001 },	/* LAHF and SAHF in long mode */
	{ 2, 9, ECX, 1 },		/* SSSE3 */
	{ 3, 19, ECX, 1 },		/* SSE4.1 */
	{ 4, 20, ECX, 1 },		/* SSE4.2 */
	{ 5, 6, ECX, 0x80000001 },	/* SSE4A */
	{ 6, 11, ECX, 0x80000001 },	/* XOP */
	{ 7, 23, ECX, 1 },		/* POPCNT */
	{ 8, 13, ECX, 1 },		/* CMPXCHG16B */
	{ 9, 4, ECX, 0x80000001 },	/* CR8 by LOCK MOV CR0 */
	{ 10, 5, ECX, 0x80000001 },	/* LZCNT */
	{ 11, 7, ECX, 0x80000001 },	/* misaligned SSE */
	{ 12, 22, EDX, 0x80000001 },	/* MMX extensions */
	{ 13, 31, EDX, 0x80000001 },	/* 3DNow! */
	{ 14, 30, EDX, 0x80000001 },	/* 3DNow! extensions */
	{ 15, 26, EDX, 0x80000001 },	/* 1 GiB pages */
	{ 16, 25, ECX, 1 },		/* AES */
	{ 17, 1, ECX, 1 },		/* PCLMULQDQ */
	{ 18, 17, ECX, 1 },		/* PCID */
	{ 19, 16, ECX, 0x80000001 },	/* FMA4 */
	{ 20, 29, ECX, 1 },		/* F16C */
	{ 21, 30, ECX, 1 },		/* RDRAND */
	{ 22, 0, EBX, 7 },		/* FSGSBASE */
	{ 23, 7, EBX, 7 },		/* SMEP */
	{ 24, 9, EBX, 7 },		/* ERMS */
	{ 25, 3, EBX, 7 },		/* BMI1 */
	{ 26, 8, EBX, 7 },		/* BMI2 */
	{ 29, 22, ECX, 1 },		/* MOVBE */
	{ 32, 18, EBX, 7 },		/* RDSEED */
	{ 33, 19, EBX, 7 },		/* ADX */
	{ 34, 8, ECX, 0x80000001 },	/* PREFETCHW */
	{ 35, 20, EBX, 7 },		/* SMAP */
	{ 38, 27, EDX, 0x80000001 },	/* RDTSCP */
	{ 39, 23, EBX, 7 },		/* CLFLUSHOPT */
	{ 40, 24, EBX, 7 },		/* CLWB */
	{ 41, 29, EBX, 7 },		/* SHA */
	{ 43, 10, EBX, 7 },		/* INVPCID */
	{ 49, 4, EDX, 7 },		/* fast short REP MOV */
	{ 57, 22, ECX, 7 },		/* RDPID */
	{ 58, 2, ECX, 7 },		/* UMIP */
	{ 65, 8, EDX, 0x80000007 },	/* invariant TSC */
	{ 66, 0, EBX, 0x80000008 },	/* CLZERO */
	{ 81, 24, ECX, 1 },		/* TSC deadline timer */
};

void host_processor_features(uint64_t banks[2])
{
	unsigned int i;

	banks[0] = 0;
	banks[1] = 0;
	for (i = 0; i < ARRAY_SIZE(feature_bits); i++) {
		const struct feature_bit *f = &feature_bits[i];
		uint32_t r[4];

		cpuid(f->leaf, NO_SUBLEAF, r);
		if (r[f->reg] >> f->bit & 1)
			banks[f->feature / 64] |= BIT(f->feature % 64);
	}
}

uint64_t host_xsave_features(void)
{
	uint64_t features = 0;
	uint32_t r[4];

	cpuid(1, NO_SUBLEAF, r);
	features |= r[ECX] >> 26 & 1;			/* XSAVE */
	features |= (uint64_t)(r[ECX] >> 28 & 1) << 2;	/* AVX */
	cpuid(LEAF_XSAVE, 1, r);
	features |= (uint64_t)(r[EAX] & 1) << 1;	/* XSAVEOPT */
	return features;
}

uint64_t host_xsave_states(void)
{
	uint32_t r[4];

	cpuid(LEAF_XSAVE, 0, r);
	return r[EAX] | (uint64_t)r[EDX] << 32;
}

uint32_t host_xsave_size(void)
{
	uint32_t r[4];

	cpuid(LEAF_XSAVE, 0, r);
	return r[ECX];
}

uint32_t host_address_width(void)
{
	uint32_t r[4];

	cpuid(0x80000008, NO_SUBLEAF, r);
	return r[EAX] & 0xff;
}

bool host_is_amd(void)
{
	uint32_t r[4];

	cpuid(0, NO_SUBLEAF, r);
	return r[EBX] == 0x68747541;	/* "Auth" */
}
