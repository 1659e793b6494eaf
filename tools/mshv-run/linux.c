// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux: loading a bzImage and entering it in 64-bit mode (Linux
 * Documentation/arch/x86/boot.rst and zero-page.rst).
 *
 * Guest memory:
 *
 *   0x000500	descriptor table: 64-bit code at 0x10, data at 0x18
 *   0x001000	page tables, see paging.c
 *   0x010000	the zero page
 *   0x020000	the command line
 *   0x0e0000	ACPI tables
 *   preferred	the kernel, and from there on what it says that it needs
 *   high	the initramfs, at the end of the memory below 3 GiB
 */
#include <errno.h>
#include <string.h>

#include "entry.h"

#define GDT 0x500
#define ZERO_PAGE 0x10000

#define CODE_SELECTOR 0x10
#define DATA_SELECTOR 0x18

/* Offsets in the zero page. */
#define ZERO_RSDP 0x070
#define ZERO_E820_COUNT 0x1e8
#define ZERO_E820 0x2d0

/* Offsets of the header, the same in the file and in the zero page. */
#define HEADER 0x1f1
#define SETUP_SECTORS 0x1f1
#define HEADER_LENGTH 0x201 /* counted from 0x202 */
#define MAGIC 0x202
#define VERSION 0x206
#define LOADER 0x210
#define LOAD_FLAGS 0x211
#define RAMDISK 0x218
#define RAMDISK_SIZE 0x21c
#define COMMAND_LINE_POINTER 0x228
#define RAMDISK_MAX 0x22c
#define XLOAD_FLAGS 0x236
#define COMMAND_LINE_SIZE 0x238
#define PREFERRED 0x258
#define INIT_SIZE 0x260
#define HEADER_END 0x268

#define VERSION_64_BIT 0x20c
#define XLOAD_64_BIT 0x1
#define ENTRY_64_BIT 0x200
#define UNKNOWN_LOADER 0xff
#define SECTOR 512

#define E820_RAM 1
#define E820_RESERVED 2

static uint64_t get(const struct file *file, uint32_t offset, unsigned int size)
{
	uint64_t value = 0;

	memcpy(&value, file->bytes + offset, size);
	return value;
}

static void put(struct machine *m, uint32_t offset, uint64_t value,
		unsigned int size)
{
	memcpy(m->ram + ZERO_PAGE + offset, &value, size);
}

bool linux_is_kernel(const struct file *file)
{
	return file->size > HEADER_END && !memcmp(file->bytes + MAGIC, "HdrS", 4);
}

static int check_kernel(const struct file *file)
{
	if (!linux_is_kernel(file)) {
		complain(0, "%s: no bzImage", file->path);
		return -ENOEXEC;
	}
	if (get(file, VERSION, 2) < VERSION_64_BIT ||
	    !(get(file, XLOAD_FLAGS, 2) & XLOAD_64_BIT)) {
		complain(0, "%s: a kernel without a 64-bit entry point", file->path);
		return -ENOEXEC;
	}
	return 0;
}

static int load_kernel(struct machine *m, const struct file *file)
{
	uint64_t sectors = get(file, SETUP_SECTORS, 1);
	uint64_t skip = ((sectors ? sectors : 4) + 1) * SECTOR;
	uint64_t at = get(file, PREFERRED, 8), needs = get(file, INIT_SIZE, 4);

	if (skip >= file->size) {
		complain(0, "%s: a kernel that is cut off", file->path);
		return -ENOEXEC;
	}
	if (needs < file->size - skip)
		needs = file->size - skip;
	if (at < LONG_IMAGE || at > m->low || needs > m->low - at) {
		complain(0, "%s: needs at least %llu MiB of memory", file->path,
			 (unsigned long long)((at + needs) >> 20) + 1);
		return -ENOMEM;
	}
	memcpy(m->ram + at, file->bytes + skip, file->size - skip);
	m->kernel = at;
	m->kernel_end = at + needs;
	return 0;
}

static void copy_header(struct machine *m, const struct file *file)
{
	uint64_t end = MAGIC + get(file, HEADER_LENGTH, 1);

	if (end > file->size)
		end = file->size;
	memset(m->ram + ZERO_PAGE, 0, 4096);
	memcpy(m->ram + ZERO_PAGE + HEADER, file->bytes + HEADER, end - HEADER);
	put(m, LOADER, UNKNOWN_LOADER, 1);
	put(m, LOAD_FLAGS, get(file, LOAD_FLAGS, 1) | 1, 1);
	put(m, ZERO_RSDP, ACPI_TABLES, 8);
}

static int put_command_line(struct machine *m, const struct file *file)
{
	uint64_t most = get(file, COMMAND_LINE_SIZE, 4);
	const char *line = m->command_line;
	size_t size = strlen(line);

	if (size > most || size >= COMMAND_LINE_END - COMMAND_LINE) {
		complain(0, "--append: this kernel takes %llu bytes only",
			 (unsigned long long)most);
		return -E2BIG;
	}
	memcpy(m->ram + COMMAND_LINE, line, size + 1);
	put(m, COMMAND_LINE_POINTER, COMMAND_LINE, 4);
	return 0;
}

static void put_e820(struct machine *m, uint32_t *n, uint64_t from, uint64_t size,
		     uint32_t type)
{
	uint32_t at = ZERO_E820 + 20 * *n;

	if (!size)
		return;
	put(m, at, from, 8);
	put(m, at + 8, size, 8);
	put(m, at + 16, type, 4);
	++*n;
}

void linux_memory_map(struct machine *m,
		      void (*add)(struct machine *m, uint32_t *n, uint64_t at, uint64_t size,
				  uint32_t type),
		      uint32_t *n)
{
	add(m, n, 0, 0x9fc00, E820_RAM);
	add(m, n, ACPI_TABLES, LONG_IMAGE - ACPI_TABLES, E820_RESERVED);
	add(m, n, LONG_IMAGE, m->low - LONG_IMAGE, E820_RAM);
	add(m, n, HIGH_MEMORY, m->options->memory - m->low, E820_RAM);
}

int linux_load_initrd(struct machine *m, uint64_t top, uint64_t *at, uint64_t *size)
{
	struct file file = { 0 };
	int err;

	if (!m->options->initrd)
		return 0;
	err = file_open(&file, m->options->initrd);
	if (err)
		return err;
	if (top > m->low)
		top = m->low;
	*size = file.size;
	*at = file.size < top ? (top - file.size) & ~UINT64_C(0xfff) : 0;
	if (*at < m->kernel_end) {
		complain(0, "%s: no room for it in memory", file.path);
		err = -ENOMEM;
	} else {
		memcpy(m->ram + *at, file.bytes, file.size);
	}
	file_close(&file);
	return err;
}

int linux_load(struct machine *m, const struct file *file)
{
	static const uint64_t gdt[] = {
		0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff,
	};
	uint64_t initrd = 0, size = 0;
	uint32_t ranges = 0;
	int err;

	if (pvh_is_elf(file))
		return pvh_load(m, file);
	err = check_kernel(file);
	if (!err)
		err = load_kernel(m, file);
	if (err)
		return err;
	copy_header(m, file);
	err = put_command_line(m, file);
	if (!err)
		err = linux_load_initrd(m, get(file, RAMDISK_MAX, 4) + 1, &initrd, &size);
	if (err)
		return err;
	put(m, RAMDISK, initrd, 4);
	put(m, RAMDISK_SIZE, size, 4);
	memcpy(m->ram + GDT, gdt, sizeof(gdt));
	linux_memory_map(m, put_e820, &ranges);
	put(m, ZERO_E820_COUNT, ranges, 1);
	paging_build(m);
	acpi_build(m);
	return 0;
}

int linux_enter(struct machine *m, struct cpu *cpu)
{
	const struct entry e = {
		.bits = 64,
		.code = CODE_SELECTOR,
		.data = DATA_SELECTOR,
		.gdt = GDT,
		.gdt_limit = 4 * 8 - 1,
		.page_table = PAGE_TABLES,
		.rip = m->kernel + ENTRY_64_BIT,
		.rsp = ZERO_PAGE,
		.rsi = ZERO_PAGE,
	};

	if (m->is_pvh)
		return pvh_enter(m, cpu);
	/* The others wait for the kernel to start them. */
	return cpu->index ? entry_wait(cpu) : entry_set(cpu, &e);
}
