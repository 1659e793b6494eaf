// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flat images: loading them, and the state in which a VP enters them.
 *
 * Guest memory in long mode:
 *
 *   0x000500	descriptor table: null, 64-bit code (0x08), data (0x10)
 *   0x001000	page tables: 4 GiB mapped to itself by 2 MiB pages, to 0x7000
 *   0x010000	stacks of 16 KiB, from the highest VP's to VP 0's at 0x90000
 *   0x100000	the image, entered at its first byte
 *
 * In real mode only the image is there, at 0x7c00, with the stack below it.
 */
#include <errno.h>
#include <string.h>

#include "entry.h"

#define GDT 0x500
#define STACK_TOP 0x90000
#define STACK_SIZE 0x4000

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10

static void build_tables(struct machine *m)
{
	static const uint64_t gdt[] = {
		0, 0x00af9b000000ffff, 0x00cf93000000ffff,
	};

	memcpy(m->ram + GDT, gdt, sizeof(gdt));
	paging_build(m);
}

int image_load(struct machine *m, const struct file *file)
{
	bool real = m->options->mode == MODE_REAL;
	uint64_t at = real ? REAL_IMAGE : LONG_IMAGE;
	uint64_t end = real ? REAL_IMAGE_END : m->low;

	if (file->size > end - at) {
		complain(0, "%s: %llu bytes, but there is room for %llu only",
			 file->path, (unsigned long long)file->size,
			 (unsigned long long)(end - at));
		return -EFBIG;
	}
	memcpy(m->ram + at, file->bytes, file->size);
	if (!real)
		build_tables(m);
	return 0;
}

int image_enter(struct machine *m, struct cpu *cpu)
{
	bool real = m->options->mode == MODE_REAL;
	struct entry e = {
		.bits = real ? 16 : 64,
		.rdi = cpu->index,
		.rsi = m->options->cpus,
		.rdx = m->options->memory,
		.rip = REAL_IMAGE,
		.rsp = REAL_IMAGE,
		.gdt_limit = 0xffff,
	};

	if (!real) {
		e.code = CODE_SELECTOR;
		e.data = DATA_SELECTOR;
		e.gdt = GDT;
		e.gdt_limit = 3 * 8 - 1;
		e.page_table = PAGE_TABLES;
		e.rip = LONG_IMAGE;
		e.rsp = STACK_TOP - cpu->index * STACK_SIZE;
	}
	return entry_set(cpu, &e);
}
