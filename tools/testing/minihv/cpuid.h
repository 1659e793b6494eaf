/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of cpuid_emulate(). */
#ifndef MINIHV_CPUID_H
#define MINIHV_CPUID_H

#include <stdint.h>

struct partition;

/* Clear what the partition was created without. */
void cpuid_withhold(const struct partition *p, uint32_t leaf, uint32_t subleaf, uint32_t r[4]);

#endif
