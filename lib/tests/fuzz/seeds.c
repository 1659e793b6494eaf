// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What the fuzzer starts from: exits as they happen, each with the register page and
 * without. Usage: seeds DIRECTORY
 */
#include <hvabi/intercept.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "input.h"

#define DEVICE 0xd0000000

static const char *directory;
static unsigned int written;

static int save(const struct fuzz_input *in)
{
	/* One page table: 0 to 0x7fff are memory, 0x8000 the device. */
	uint64_t tables[4 * 512] = { 0x2007, [512] = 0x3007, [1024] = 0x4007 };
	char path[4096];
	FILE *file;
	int err;

	for (uint64_t i = 0; i < 8; i++)
		tables[1536 + i] = i << 12 | 7;
	tables[1536 + 8] = DEVICE | 7;
	snprintf(path, sizeof(path), "%s/seed%03u", directory, written++);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		return 1;
	}
	fwrite(in, sizeof(*in), 1, file);
	fwrite(tables, sizeof(tables), 1, file);
	err = ferror(file);
	if (fclose(file) || err) {
		perror(path);
		return 1;
	}
	return 0;
}

static struct fuzz_input long_mode(uint8_t type, uint8_t page)
{
	return (struct fuzz_input){
		.page = page, .type = type, .access = 3, .ram_at = 0x1000,
		.payload_size = FUZZ_PAYLOAD, .rax = 0x1122334455667788,
		.rcx = 3, .rbx = 0x8000, .rsi = 0x8010, .rdi = 0x5000,
		.rip = 0x6000, .rflags = 2, .cr0 = 0x80010001, .cr3 = 0x1000,
		.cr4 = 0x40220, .efer = 0x500,
	};
}

static int port(uint8_t page, uint8_t size, bool write, bool string, bool rep,
		uint16_t meddles)
{
	struct fuzz_input in = long_mode(FUZZ_PORT, page);
	struct hv_x64_io_port_intercept_message m = {
		.header = {
			.instruction_length = 2,
			.intercept_access_type = write,
			.cs_segment._long = 1,
			.execution_state.efer_lma = 1,
			.rip = in.rip,
			.rflags = in.rflags,
		},
		.port_number = 0x3f8,
		.access_info = { .access_size = size, .string_op = string,
				 .rep_prefix = rep },
		.rax = in.rax, .rcx = in.rcx, .rsi = 0x5000, .rdi = in.rdi,
	};

	in.rsi = 0x5000;
	in.meddles = meddles;
	memcpy(in.payload, &m, sizeof(m));
	return save(&in);
}

static int instruction(uint8_t page, const char *bytes, size_t n, bool given,
		       uint16_t meddles)
{
	struct fuzz_input in = long_mode(FUZZ_UNMAPPED, page);
	struct hv_x64_memory_intercept_message m = {
		.header = {
			.cs_segment._long = 1,
			.execution_state.efer_lma = 1,
			.rip = in.rip,
			.rflags = in.rflags,
		},
		.memory_access_info = { .gva_valid = given, .gva_gpa_valid = given },
		.guest_virtual_address = 0x8000,
		.guest_physical_address = DEVICE,
		.instruction_byte_count = (uint8_t)n,
	};

	in.meddles = meddles;
	memcpy(m.instruction_bytes, bytes, n);
	memcpy(in.payload, &m, sizeof(m));
	return save(&in);
}

int main(int argc, char **argv)
{
	static const struct { const char *bytes; size_t n; } insns[] = {
		{ "\x8b\x03", 2 }, { "\x48\x89\x43\x08", 4 }, { "\x88\x63\x01", 3 },
		{ "\xc7\x03\x01\x02\x03\x04", 6 }, { "\x0f\xb7\x03", 3 },
		{ "\x48\x63\x04\x0b", 4 }, { "\x01\x03", 2 }, { "\x83\x2b\x01", 3 },
		{ "\xf6\x03\x80", 3 }, { "\x87\x03", 2 }, { "\xa5", 1 },
		{ "\xf3\xa4", 2 }, { "\xf3\x48\xab", 3 }, { "\x66\x64\x8b\x03", 4 },
		{ "\x8b\x05\xfa\x1f\x00\x00", 6 }, { "", 0 },
		/* shifts, multiplications, counts, the stack, branches, segments */
		{ "\xc1\x13\x05", 3 }, { "\xd3\x3b", 2 }, { "\x0f\xa5\x03", 3 },
		{ "\xf7\x2b", 2 }, { "\xf7\x33", 2 }, { "\xf6\x3b", 2 },
		{ "\x0f\xaf\x03", 3 }, { "\x69\x03\x01\x02\x03\x04", 6 },
		{ "\x0f\xbc\x03", 3 }, { "\xf3\x0f\xbd\x03", 4 },
		{ "\xf3\x48\x0f\xb8\x03", 5 }, { "\xf2\x0f\x38\xf1\x03", 5 },
		{ "\xff\x33", 2 }, { "\x8f\x03", 2 }, { "\xff\x13", 2 }, { "\xff\x23", 2 },
		{ "\x8e\x03", 2 }, { "\x8e\x13", 2 }, { "\x8c\x1b", 2 },
		/* vectors: halves, MMX, VEX of two and three bytes, 64 bytes */
		{ "\x0f\x12\x03", 3 }, { "\x66\x0f\x17\x03", 4 }, { "\x0f\x6f\x03", 3 },
		{ "\x0f\x7e\x03", 3 }, { "\xc5\xfe\x6f\x03", 4 }, { "\xc5\xfd\xe7\x03", 4 },
		{ "\xc4\xe1\xf9\x6e\x03", 5 }, { "\xc5\xf0\x16\x03", 4 },
		{ "\x66\x0f\x38\xf8\x03", 5 }, { "\x0f\x38\xf9\x03", 4 },
	};
	int err = 0;

	if (argc != 2)
		return 2;
	directory = argv[1];
	for (uint8_t page = FUZZ_NO_PAGE; page <= FUZZ_PAGE_VALID; page++) {
		for (uint8_t size = 1; size <= 4; size *= 2)
			for (int kind = 0; kind < 16; kind++)
				err |= port(page, size, kind & 1, kind & 2, kind & 4,
					    kind & 8 ? size : 0);
		for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
			err |= instruction(page, insns[i].bytes, insns[i].n, true, 0);
			err |= instruction(page, insns[i].bytes, insns[i].n, false, 0);
			err |= instruction(page, insns[i].bytes, insns[i].n, true, 1);
			err |= instruction(page, insns[i].bytes, insns[i].n, false, 17);
		}
	}
	return err;
}
