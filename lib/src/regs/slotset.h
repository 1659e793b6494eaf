/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Sets of register slots.
 */
#ifndef MSHVCTL_SRC_REGS_SLOTSET_H
#define MSHVCTL_SRC_REGS_SLOTSET_H

#include <stdbool.h>
#include <stdint.h>

#include "regs/table.h"

#define SLOTSET_WORDS ((REG_SLOTS + 63) / 64)

struct slotset {
	uint64_t word[SLOTSET_WORDS];
};

static inline bool slotset_has(const struct slotset *set, int slot)
{
	return set->word[slot / 64] >> (slot % 64) & 1;
}

static inline void slotset_add(struct slotset *set, int slot)
{
	set->word[slot / 64] |= UINT64_C(1) << (slot % 64);
}

static inline void slotset_remove(struct slotset *set, int slot)
{
	set->word[slot / 64] &= ~(UINT64_C(1) << (slot % 64));
}

static inline void slotset_clear(struct slotset *set)
{
	*set = (struct slotset){ 0 };
}

static inline bool slotset_empty(const struct slotset *set)
{
	uint64_t any = 0;

	for (int i = 0; i < SLOTSET_WORDS; i++)
		any |= set->word[i];
	return !any;
}

/* The first member that is not below @slot, or -1. */
static inline int slotset_next(const struct slotset *set, int slot)
{
	for (int i = slot / 64; i < SLOTSET_WORDS; i++) {
		uint64_t word = set->word[i];

		if (i == slot / 64)
			word &= ~UINT64_C(0) << (slot % 64);
		if (word)
			return i * 64 + __builtin_ctzll(word);
	}
	return -1;
}

#define slotset_for_each(slot, set) \
	for ((slot) = slotset_next(set, 0); (slot) >= 0; \
	     (slot) = slotset_next(set, (slot) + 1))

#endif /* MSHVCTL_SRC_REGS_SLOTSET_H */
