// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the machine's processors can do, in Hyper-V's feature banks (union
 * hv_partition_processor_features and hv_partition_processor_xsave_features). One
 * table for what a parent is told, what it withholds from a child, and so for what
 * the child sees.
 */
#include "cpu/host_features.h"
#include "base/x86.h"

#define LEAF_XSAVE	0xd
#define NO_SUBLEAF	0

enum { EAX, EBX, ECX, EDX };

struct feature {
	uint8_t bank, bit;	/* enum host_bank; bit of that */
	uint8_t reg, cpuid_bit;
	uint32_t leaf, subleaf;
};

#define EXT 0x80000000u

static const struct feature features[] = {
	{ HOST_BANK0, 0, ECX, 0, 1, 0 },		/* SSE3 */
	{ HOST_BANK0, 1, ECX, 0, EXT | 1, 0 },	/* LAHF and SAHF */
	{ HOST_BANK0, 2, ECX, 9, 1, 0 },		/* SSSE3 */
	{ HOST_BANK0, 3, ECX, 19, 1, 0 },		/* SSE4.1 */
	{ HOST_BANK0, 4, ECX, 20, 1, 0 },		/* SSE4.2 */
	{ HOST_BANK0, 5, ECX, 6, EXT | 1, 0 },	/* SSE4A */
	{ HOST_BANK0, 6, ECX, 11, EXT | 1, 0 },	/* XOP */
	{ HOST_BANK0, 7, ECX, 23, 1, 0 },		/* POPCNT */
	{ HOST_BANK0, 8, ECX, 13, 1, 0 },		/* CMPXCHG16B */
	{ HOST_BANK0, 9, ECX, 4, EXT | 1, 0 },	/* CR8 by LOCK MOV CR0 */
	{ HOST_BANK0, 10, ECX, 5, EXT | 1, 0 },	/* LZCNT */
	{ HOST_BANK0, 11, ECX, 7, EXT | 1, 0 },	/* misaligned SSE */
	{ HOST_BANK0, 12, EDX, 22, EXT | 1, 0 },	/* MMX extensions */
	{ HOST_BANK0, 13, EDX, 31, EXT | 1, 0 },	/* 3DNow! */
	{ HOST_BANK0, 14, EDX, 30, EXT | 1, 0 },	/* 3DNow! extensions */
	{ HOST_BANK0, 15, EDX, 26, EXT | 1, 0 },	/* 1 GiB pages */
	{ HOST_BANK0, 16, ECX, 25, 1, 0 },		/* AES */
	{ HOST_BANK0, 17, ECX, 1, 1, 0 },		/* PCLMULQDQ */
	{ HOST_BANK0, 18, ECX, 17, 1, 0 },		/* PCID */
	{ HOST_BANK0, 19, ECX, 16, EXT | 1, 0 },	/* FMA4 */
	{ HOST_BANK0, 20, ECX, 29, 1, 0 },		/* F16C */
	{ HOST_BANK0, 21, ECX, 30, 1, 0 },		/* RDRAND */
	{ HOST_BANK0, 22, EBX, 0, 7, 0 },		/* FSGSBASE */
	{ HOST_BANK0, 23, EBX, 7, 7, 0 },		/* SMEP */
	{ HOST_BANK0, 24, EBX, 9, 7, 0 },		/* fast string instructions */
	{ HOST_BANK0, 25, EBX, 3, 7, 0 },		/* BMI1 */
	{ HOST_BANK0, 26, EBX, 8, 7, 0 },		/* BMI2 */
	{ HOST_BANK0, 29, ECX, 22, 1, 0 },		/* MOVBE */
	{ HOST_BANK0, 32, EBX, 18, 7, 0 },		/* RDSEED */
	{ HOST_BANK0, 33, EBX, 19, 7, 0 },		/* ADX */
	{ HOST_BANK0, 34, ECX, 8, EXT | 1, 0 },	/* PREFETCHW */
	{ HOST_BANK0, 35, EBX, 20, 7, 0 },		/* SMAP */
	{ HOST_BANK0, 36, EBX, 4, 7, 0 },		/* HLE */
	{ HOST_BANK0, 37, EBX, 11, 7, 0 },		/* RTM */
	{ HOST_BANK0, 38, EDX, 27, EXT | 1, 0 },	/* RDTSCP */
	{ HOST_BANK0, 39, EBX, 23, 7, 0 },		/* CLFLUSHOPT */
	{ HOST_BANK0, 40, EBX, 24, 7, 0 },		/* CLWB */
	{ HOST_BANK0, 41, EBX, 29, 7, 0 },		/* SHA */
	{ HOST_BANK0, 43, EBX, 10, 7, 0 },		/* INVPCID */
	{ HOST_BANK0, 44, EBX, 14, EXT | 8, 0 },	/* IBRS */
	{ HOST_BANK0, 45, EBX, 15, EXT | 8, 0 },	/* STIBP */
	{ HOST_BANK0, 46, EBX, 12, EXT | 8, 0 },	/* IBPB */
	{ HOST_BANK0, 49, EDX, 4, 7, 0 },		/* fast short REP MOV */
	{ HOST_BANK0, 57, ECX, 22, 7, 0 },		/* RDPID */
	{ HOST_BANK0, 58, ECX, 2, 7, 0 },		/* UMIP */
	{ HOST_BANK1, 0, ECX, 0, 6, 0 },		/* ACNT and MCNT */
	{ HOST_BANK1, 1, EDX, 8, EXT | 7, 0 },	/* invariant TSC */
	{ HOST_BANK1, 2, EBX, 0, EXT | 8, 0 },	/* CLZERO */
	{ HOST_BANK1, 3, EBX, 4, EXT | 8, 0 },	/* RDPRU */
	{ HOST_BANK1, 17, ECX, 24, 1, 0 },		/* TSC deadline timer */
	{ HOST_BANK1, 18, EBX, 1, 7, 0 },		/* TSC_ADJUST */
	{ HOST_XSAVE, 0, ECX, 26, 1, 0 },		/* XSAVE */
	{ HOST_XSAVE, 1, EAX, 0, 0xd, 1 },		/* XSAVEOPT */
	{ HOST_XSAVE, 2, ECX, 28, 1, 0 },		/* AVX */
	{ HOST_XSAVE, 2, EAX, 2, 0xd, 0 },
	{ HOST_XSAVE, 3, EBX, 5, 7, 0 },		/* AVX2 */
	{ HOST_XSAVE, 4, ECX, 12, 1, 0 },		/* FMA */
	{ HOST_XSAVE, 11, EAX, 1, 0xd, 1 },		/* XSAVEC */
	{ HOST_XSAVE, 12, EAX, 3, 0xd, 1 },		/* XSAVES */
	{ HOST_XSAVE, 19, ECX, 8, 7, 0 },		/* GFNI */
	{ HOST_XSAVE, 20, ECX, 9, 7, 0 },		/* VAES */
	{ HOST_XSAVE, 22, ECX, 10, 7, 0 },		/* VPCLMULQDQ */
};

void host_features(uint64_t banks[HOST_BANKS])
{
	unsigned int i;

	memset(banks, 0, HOST_BANKS * sizeof(banks[0]));
	for (i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature *f = &features[i];
		uint32_t r[4];

		cpuid(f->leaf, f->subleaf, r);
		if (r[f->reg] >> f->cpuid_bit & 1)
			banks[f->bank] |= BIT(f->bit);
	}
}

void host_features_withhold(const uint64_t disabled[HOST_BANKS], uint32_t leaf,
			    uint32_t subleaf, uint32_t r[4])
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature *f = &features[i];
		/* Leaves 7 and 0xd have subleaves, the others ignore ECX. */
		bool subleaves = leaf == 7 || leaf == LEAF_XSAVE;
		bool same = f->leaf == leaf && (!subleaves || f->subleaf == subleaf);

		if (same && (disabled[f->bank] >> f->bit & 1))
			r[f->reg] &= ~(1u << f->cpuid_bit);
	}
	if (leaf == LEAF_XSAVE && (disabled[HOST_XSAVE] & 1))
		memset(r, 0, 4 * sizeof(r[0]));
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
