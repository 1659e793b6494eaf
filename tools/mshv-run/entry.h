/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a VP enters its guest.
 */
#ifndef MSHV_RUN_ENTRY_H
#define MSHV_RUN_ENTRY_H

#include "run.h"

/**
 * struct entry - registers that differ between guests; interrupts are off
 * @bits: of the code: 16, in real mode; 32, without paging; or 64
 * @code: selector of the code segment
 * @data: selector of all others
 * @gdt: address of the descriptor table
 * @gdt_limit: its last byte
 * @page_table: in 64-bit mode
 */
struct entry {
	unsigned int bits;
	uint16_t code, data;
	uint64_t gdt;
	uint16_t gdt_limit;
	uint64_t page_table;
	uint64_t rip, rsp, rdi, rsi, rdx, rbx;
};

/* Where Linux's command line is. */
#define COMMAND_LINE 0x20000
#define COMMAND_LINE_END 0x30000

/* Give @cpu these registers. Returns 0, or -errno after having complained. */
int entry_set(struct cpu *cpu, const struct entry *e);

/* Let @cpu wait until another VP starts it. */
int entry_wait(struct cpu *cpu);

/* paging.c: map the first 4 GiB to themselves, by tables at this address. */
#define PAGE_TABLES 0x1000
void paging_build(struct machine *m);

#endif /* MSHV_RUN_ENTRY_H */
