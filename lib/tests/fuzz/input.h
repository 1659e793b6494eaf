/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The fuzzer's input: how an exit is described in bytes.
 */
#ifndef MSHVCTL_TESTS_FUZZ_INPUT_H
#define MSHVCTL_TESTS_FUZZ_INPUT_H

#include <stdint.h>

#define FUZZ_PAYLOAD 128
#define FUZZ_RAM 0x8000

/* How the register page is. */
enum {
	FUZZ_NO_PAGE,
	FUZZ_PAGE_VALID,
	FUZZ_PAGE_INVALID,
	FUZZ_PAGE_OTHER,
};

/* What the message is. */
enum {
	FUZZ_PORT,
	FUZZ_UNMAPPED,
	FUZZ_GPA,
	FUZZ_OTHER,
};

/**
 * struct fuzz_input - an exit
 * @page: modulo 4
 * @type: modulo 4
 * @access: what the guest may do with its memory, MSHV_MEM_* modulo 4; bit 2: strings of
 *	ports reach devices in memory; and how many bits its addresses have
 * @payload_size: of the message
 * @payload: what it says
 * @rax ... @segment_base: registers; all others are 0
 * @ram_at: where @ram is
 * @meddles: at which access the device writes registers, modulo 16; 0 for none. Bit 4: it
 *	puts them into the VP at once
 *
 * What follows fills the guest's memory from @ram_at on.
 */
struct fuzz_input {
	uint8_t page;
	uint8_t type;
	uint8_t access;
	uint8_t payload_size;
	uint16_t ram_at;
	uint16_t meddles;
	uint8_t payload[FUZZ_PAYLOAD];
	uint64_t rax, rcx, rbx, rsi, rdi, rip, rflags;
	uint64_t cr0, cr3, cr4, efer, segment_base;
};

#endif /* MSHVCTL_TESTS_FUZZ_INPUT_H */
