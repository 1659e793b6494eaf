/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What Zydis says of an instruction, beside what the decoder says.
 */
#ifndef MSHVCTL_TESTS_DIFFERENTIAL_THEIRS_H
#define MSHVCTL_TESTS_DIFFERENTIAL_THEIRS_H

#include <Zydis/Zydis.h>

#include "decode/insn.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct theirs {
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

const char *theirs_mnemonic(const struct theirs *theirs);

/* In what they differ, or NULL. */
const char *theirs_difference(const struct theirs *theirs, const struct insn *ours);

/* Whether the decoder should know it, in code of @bits. */
bool theirs_is_known(const struct theirs *theirs, unsigned int bits);

#endif /* MSHVCTL_TESTS_DIFFERENTIAL_THEIRS_H */
