/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A VP whose page tables are walked.
 */
#ifndef MSHVCTL_TESTS_WALKRIG_H
#define MSHVCTL_TESTS_WALKRIG_H

#include "emulate/walk.h"
#include "fakevp.h"
#include "test.h"

#define CR0_PAGED 0x80000001
#define CR0_WP 0x10000
#define CR4_PSE 0x10
#define CR4_PAE 0x20
#define CR4_LA57 0x1000
#define CR4_SMAP 0x200000
#define EFER_LMA 0x400
#define RFLAGS_AC 0x40000

#define PRW 0x3
#define USER 0x4
#define LARGE 0x80
#define ACCESSED 0x20
#define DIRTY 0x40

/* The guest's memory; its first table is at 0x1000. */
#define WALK_RAM 0x10000
extern uint8_t walk_ram[WALK_RAM];

void walk_start(uint64_t cr0, uint64_t cr4, uint64_t efer);
void walk_put64(uint64_t at, uint64_t value);
void walk_put32(uint64_t at, uint32_t value);

/* 4 levels: 0x0 to 0x5000 (4 KiB), 0x200000 (2 MiB), 0x40000000 (1 GiB). */
void walk_long_tables(void);

void walk_check(uint64_t linear, unsigned int access, uint64_t wanted);
void walk_check_fault(uint64_t linear, unsigned int access);

#endif /* MSHVCTL_TESTS_WALKRIG_H */
