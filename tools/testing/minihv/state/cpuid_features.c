// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processor features that a parent withholds from a child: bits of the two banks
 * and the XSAVE bank that it gives when it creates the partition.
 */
#include "state/cpuid.h"
#include "vp/vp.h"

enum { EAX, EBX, ECX, EDX };
enum { BANK0, BANK1, XSAVE };

struct feature {
	uint8_t bank, bit;	/* of union hv_partition_processor_(xsave_)features */
	uint8_t reg, cpuid_bit;
	uint32_t leaf, subleaf;
};

#define EXT 0x80000000u

static const struct feature features[] = {
	{ BANK0, 0, ECX, 0, 1, 0 },		/* SSE3 */
	{ BANK0, 1, ECX, 0, EXT | 1, 0 },	/* LAHF and SAHF */
	{ BANK0, 2, ECX, 9, 1, 0 },		/* SSSE3 */
	{ BANK0, 3, ECX, 19, 1, 0 },		/* SSE4.1 */
	{ BANK0, 4, ECX, 20, 1, 0 },		/* SSE4.2 */
	{ BANK0, 5, ECX, 6, EXT | 1, 0 },	/* SSE4A */
	{ BANK0, 6, ECX, 11, EXT | 1, 0 },	/* XOP */
	{ BANK0, 7, ECX, 23, 1, 0 },		/* POPCNT */
	{ BANK0, 8, ECX, 13, 1, 0 },		/* CMPXCHG16B */
	{ BANK0, 9, ECX, 4, EXT | 1, 0 },	/* CR8 by LOCK MOV CR0 */
	{ BANK0, 10, ECX, 5, EXT | 1, 0 },	/* LZCNT */
	{ BANK0, 11, ECX, 7, EXT | 1, 0 },	/* misaligned SSE */
	{ BANK0, 12, EDX, 22, EXT | 1, 0 },	/* MMX extensions */
	{ BANK0, 13, EDX, 31, EXT | 1, 0 },	/* 3DNow! */
	{ BANK0, 14, EDX, 30, EXT | 1, 0 },	/* 3DNow! extensions */
	{ BANK0, 15, EDX, 26, EXT | 1, 0 },	/* 1 GiB pages */
	{ BANK0, 16, ECX, 25, 1, 0 },		/* AES */
	{ BANK0, 17, ECX, 1, 1, 0 },		/* PCLMULQDQ */
	{ BANK0, 18, ECX, 17, 1, 0 },		/* PCID */
	{ BANK0, 19, ECX, 16, EXT | 1, 0 },	/* FMA4 */
	{ BANK0, 20, ECX, 29, 1, 0 },		/* F16C */
	{ BANK0, 21, ECX, 30, 1, 0 },		/* RDRAND */
	{ BANK0, 22, EBX, 0, 7, 0 },		/* FSGSBASE */
	{ BANK0, 23, EBX, 7, 7, 0 },		/* SMEP */
	{ BANK0, 24, EBX, 9, 7, 0 },		/* fast string instructions */
	{ BANK0, 25, EBX, 3, 7, 0 },		/* BMI1 */
	{ BANK0, 26, EBX, 8, 7, 0 },		/* BMI2 */
	{ BANK0, 29, ECX, 22, 1, 0 },		/* MOVBE */
	{ BANK0, 32, EBX, 18, 7, 0 },		/* RDSEED */
	{ BANK0, 33, EBX, 19, 7, 0 },		/* ADX */
	{ BANK0, 34, ECX, 8, EXT | 1, 0 },	/* PREFETCHW */
	{ BANK0, 35, EBX, 20, 7, 0 },		/* SMAP */
	{ BANK0, 36, EBX, 4, 7, 0 },		/* HLE */
	{ BANK0, 37, EBX, 11, 7, 0 },		/* RTM */
	{ BANK0, 38, EDX, 27, EXT | 1, 0 },	/* RDTSCP */
	{ BANK0, 39, EBX, 23, 7, 0 },		/* CLFLUSHOPT */
	{ BANK0, 40, EBX, 24, 7, 0 },		/* CLWB */
	{ BANK0, 41, EBX, 29, 7, 0 },		/* SHA */
	{ BANK0, 43, EBX, 10, 7, 0 },		/* INVPCID */
	{ BANK0, 44, EBX, 14, EXT | 8, 0 },	/* IBRS */
	{ BANK0, 45, EBX, 15, EXT | 8, 0 },	/* STIBP */
	{ BANK0, 46, EBX, 12, EXT | 8, 0 },	/* IBPB */
	{ BANK0, 49, EDX, 4, 7, 0 },		/* fast short REP MOV */
	{ BANK0, 57, ECX, 22, 7, 0 },		/* RDPID */
	{ BANK0, 58, ECX, 2, 7, 0 },		/* UMIP */
	{ BANK1, 0, ECX, 0, 6, 0 },		/* ACNT and MCNT */
	{ BANK1, 1, EDX, 8, EXT | 7, 0 },	/* invariant TSC */
	{ BANK1, 2, EBX, 0, EXT | 8, 0 },	/* CLZERO */
	{ BANK1, 3, EBX, 4, EXT | 8, 0 },	/* RDPRU */
	{ BANK1, 17, ECX, 24, 1, 0 },		/* TSC deadline timer */
	{ BANK1, 18, EBX, 1, 7, 0 },		/* TSC_ADJUST */
	{ XSAVE, 0, ECX, 26, 1, 0 },		/* XSAVE */
	{ XSAVE, 1, EAX, 0, 0xd, 1 },		/* XSAVEOPT */
	{ XSAVE, 2, ECX, 28, 1, 0 },		/* AVX */
	{ XSAVE, 2, EAX, 2, 0xd, 0 },
	{ XSAVE, 3, EBX, 5, 7, 0 },		/* AVX2 */
	{ XSAVE, 4, ECX, 12, 1, 0 },		/* FMA */
	{ XSAVE, 11, EAX, 1, 0xd, 1 },		/* XSAVEC */
	{ XSAVE, 12, EAX, 3, 0xd, 1 },		/* XSAVES */
	{ XSAVE, 19, ECX, 8, 7, 0 },		/* GFNI */
	{ XSAVE, 20, ECX, 9, 7, 0 },		/* VAES */
	{ XSAVE, 22, ECX, 10, 7, 0 },		/* VPCLMULQDQ */
};

static uint64_t disabled_in(const struct partition *p, unsigned int bank)
{
	return bank == XSAVE ? p->disabled_xsave : p->disabled_features[bank];
}

void cpuid_withhold(const struct partition *p, uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		const struct feature *f = &features[i];
		/* Leaves 7 and 0xd have subleaves, the others ignore ECX. */
		bool subleaves = leaf == 7 || leaf == 0xd;
		bool same = f->leaf == leaf && (!subleaves || f->subleaf == subleaf);

		if (same && (disabled_in(p, f->bank) >> f->bit & 1))
			r[f->reg] &= ~(1u << f->cpuid_bit);
	}
	if (leaf == 0xd && (p->disabled_xsave & 1))
		memset(r, 0, 4 * sizeof(r[0]));
}
