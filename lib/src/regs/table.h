/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The table of registers that the cache knows. A register's place in it is its
 * slot; slots ascend with the names. regs/order.c says in which order they are written.
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

/**
 * struct reg_info - what is special about a register
 * @name: HV_X64_REGISTER_* or HV_REGISTER_*
 * @page_offset: where the register page shows it, 0 if it does not
 * @size: bytes of its value that count, 8 or 16
 * @page_class: HV_X64_REGISTER_CLASS_* or REG_NO_CLASS
 * @tier: the first tier that has it
 * @flags: REG_*
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
