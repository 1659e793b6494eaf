/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a VP remembers of the instructions at which it exits: a driver does so by the
 * same few again and again. The emulation keeps it; here is what it consists of.
 */
#ifndef MSHVCTL_SRC_DECODE_MEMO_H
#define MSHVCTL_SRC_DECODE_MEMO_H

#include "decode/insn.h"

/**
 * struct insn_memo - an instruction that was decoded
 * @bytes: INSN_MAX of it and what follows it
 * @bits: of its code segment; 0 if there is none
 * @insn: what it is
 * @simple: it may go the short way, for which there is what follows
 * @access: what the guest's access is then, an enum hv_intercept_access_type
 * @base: register of the address, RIP included, or -1
 * @spare: bits of a 64-bit word that the memory operand leaves alone
 * @last: where on a page it can begin at most
 * @displacement: the rest of the address but for the index
 */
struct insn_memo {
	uint8_t bytes[INSN_MAX + 1];
	uint8_t bits;
	bool simple;
	uint8_t access;
	int8_t base;
	uint8_t spare;
	uint16_t last;
	uint64_t displacement;
	struct insn insn;
};

#define INSN_MEMOS 8

/**
 * struct insn_memos - the instructions that were decoded last
 * @memo: these, in no order
 * @last: where the last exit was, one of @memo
 * @next: whose place the next takes
 */
struct insn_memos {
	struct insn_memo memo[INSN_MEMOS];
	struct insn_memo *last;
	unsigned int next;
};

#endif /* MSHVCTL_SRC_DECODE_MEMO_H */
