/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The table of registers that the cache knows. A register's place in it is its
 * slot; slots ascend with the names. They are written in this order, too, but for those
 * that have a rank.
 */
#ifndef MSHVCTL_SRC_REGS_TABLE_H
#define MSHVCTL_SRC_REGS_TABLE_H

#include <hvabi/register.h>
#include <mshvctl/regs.h>

#define REG_SLOTS 152

/*
 * The general registers, RIP and RFLAGS: one run of names and of slots, one row of
 * 64-bit words on the page, all of which it carries. Nearly every exit is about
 * these and no others.
 */
#define GENERAL_SLOT 6
#define GENERAL_COUNT 18
#define GENERAL_SLOTS (((UINT64_C(1) << GENERAL_COUNT) - 1) << GENERAL_SLOT)

/* reg_info.page_class of registers that the page cannot carry into the VP */
#define REG_NO_CLASS 0xff

enum {
	/* Only some processors have it: probe before relying on it. */
	REG_OPTIONAL = 1 << 0,
	/* Changes by itself: a write counts even if it seems to change nothing. */
	REG_VOLATILE = 1 << 1,
	REG_READ_ONLY = 1 << 2,
};

/*
 * Registers are written by rank: some the hypervisor takes otherwise, or not at all, before
 * another one has its value. Nearly all have rank 0.
 */
enum reg_rank {
	/* Turns on what the bases, masks and fixed ranges say. */
	REG_RANK_MTRR = 1,
	/* Its enable bit is dropped, without an error, while GUEST_OS_ID is 0. */
	REG_RANK_HYPERCALL,
	/* Turns on the SynIC, whose pages and sources have their places then. */
	REG_RANK_SYNIC,
	/* TSC_ADJUST moves it; and it runs on while others are written. */
	REG_RANK_TSC,
};
#define REG_RANK_SHIFT 4
#define REG_RANK(which) (REG_RANK_##which << REG_RANK_SHIFT)

/**
 * struct reg_info - what is special about a register
 * @name: HV_X64_REGISTER_* or HV_REGISTER_*
 * @page_offset: where the register page shows it, 0 if it does not
 * @size: bytes of its value that count, 8 or 16
 * @page_class: HV_X64_REGISTER_CLASS_* or REG_NO_CLASS
 * @tier: the first tier that has it
 * @flags: REG_*, and its rank from REG_RANK_SHIFT on
 */
struct reg_info {
	uint32_t name;
	uint16_t page_offset;
	uint8_t size;
	uint8_t page_class;
	uint8_t tier;
	uint8_t flags;
};

extern const struct reg_info reg_table[REG_SLOTS];

/* Slot of a register, or -1 if the table does not have it. */
int reg_slot(uint32_t name);

#endif /* MSHVCTL_SRC_REGS_TABLE_H */
