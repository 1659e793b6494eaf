// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The decoder beside Zydis, over instructions made at random: what it decodes, Zydis decodes
 * in the same way; and what Zydis finds to be an instruction that it should know, it knows.
 *
 * usage: zydis CASES [SEED]
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "theirs.h"

#define SHOWN 20 /* differences, at most */

static uint64_t seed;
static uint64_t cases, agreed, differences;

static uint32_t dice(uint32_t end)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)(seed * UINT64_C(0x2545f4914f6cdd1d) >> 32) % end;
}

/* ---- instructions: prefixes, an opcode, and what chance makes of the rest */

static size_t put_opcode(uint8_t *bytes)
{
	static const uint8_t third[] = { 0xf0, 0xf1, 0xf8, 0xf9, 0x2a };

	switch (dice(8)) {
	case 0 ... 2:
		bytes[0] = (uint8_t)dice(256);
		return 1;
	case 3 ... 4:
		bytes[0] = 0x0f;
		bytes[1] = (uint8_t)dice(256);
		return 2;
	case 5:
		memcpy(bytes, (uint8_t[]){ 0x0f, 0x38, (uint8_t)dice(256) }, 3);
		if (dice(2))
			bytes[2] = third[dice(5)];
		return 3;
	case 6:
		bytes[0] = 0xc5;
		bytes[1] = (uint8_t)(dice(256) | (dice(4) ? 0x78 : 0));
		bytes[2] = (uint8_t)dice(256);
		return 3;
	default:
		bytes[0] = 0xc4;
		bytes[1] = (uint8_t)((dice(256) & 0xe0) | (dice(8) ? 1 + dice(2) : dice(32)));
		bytes[2] = (uint8_t)(dice(256) | (dice(4) ? 0x78 : 0));
		bytes[3] = (uint8_t)dice(256);
		return 4;
	}
}

static void make(uint8_t *bytes, unsigned int bits)
{
	static const uint8_t prefixes[] = {
		0x66, 0x67, 0xf2, 0xf3, 0x66, 0xf2, 0xf3, 0xf0, 0x26, 0x2e, 0x36, 0x3e, 0x64,
		0x65,
	};
	size_t n = 0;

	for (size_t i = 0; i < INSN_MAX + 1; i++)
		bytes[i] = (uint8_t)dice(256);
	while (n < 4 && dice(3) == 0)
		bytes[n++] = prefixes[dice(ARRAY_SIZE(prefixes))];
	if (bits == 64 && dice(2))
		bytes[n++] = 0x40 | (uint8_t)dice(16);
	n += put_opcode(bytes + n);
	/* Most have an operand in memory. */
	if (bytes[n] >= 0xc0 && dice(8))
		bytes[n] &= 0x3f;
}

/* ---- the comparison */

static void complain(const uint8_t *bytes, unsigned int bits, const char *what)
{
	if (differences++ >= SHOWN)
		return;
	printf("# %u bits: %s:", bits, what);
	for (size_t i = 0; i < INSN_MAX; i++)
		printf(" %02x", bytes[i]);
	printf("\n");
}

static void compare(const ZydisDecoder *decoder, const uint8_t *bytes, unsigned int bits)
{
	static struct theirs result;
	struct insn ours;
	const char *what;
	bool valid;
	int err;

	valid = ZYAN_SUCCESS(ZydisDecoderDecodeFull(decoder, bytes, INSN_MAX, &result.insn,
						    result.operands));
	err = insn_decode(bytes, INSN_MAX, bits, &ours);
	cases++;
	if (!err && !valid) {
		complain(bytes, bits, "is no instruction");
	} else if (!err) {
		what = theirs_difference(&result, &ours);
		if (what)
			complain(bytes, bits, what);
		agreed += !what;
	} else if (valid && theirs_is_known(&result, bits)) {
		complain(bytes, bits, theirs_mnemonic(&result));
	}
}

int main(int argc, char **argv)
{
	static const struct { ZydisMachineMode mode; ZydisStackWidth width; unsigned int bits; }
	modes[] = {
		{ ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64, 64 },
		{ ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_STACK_WIDTH_32, 32 },
		{ ZYDIS_MACHINE_MODE_LONG_COMPAT_16, ZYDIS_STACK_WIDTH_16, 16 },
	};
	ZydisDecoder decoders[ARRAY_SIZE(modes)];
	uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
	uint8_t bytes[INSN_MAX + 1];

	seed = argc > 2 ? strtoull(argv[2], NULL, 0) * 2 + 1 : 4711;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (ZYAN_FAILED(ZydisDecoderInit(&decoders[i], modes[i].mode, modes[i].width)))
			return 2;
	while (cases < wanted) {
		size_t i = dice(4) ? 0 : 1 + dice(2);

		make(bytes, modes[i].bits);
		compare(&decoders[i], bytes, modes[i].bits);
	}
	printf("# %" PRIu64 " cases, %" PRIu64 " decoded alike, %" PRIu64 " differences\n", cases,
	       agreed, differences);
	/* A test that decodes nothing finds nothing. */
	return differences || agreed < wanted / 10;
}
