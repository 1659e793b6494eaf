// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux as an ELF file, vmlinux: loading its segments, and entering it in 32-bit mode as Xen
 * and others do (xen/include/public/arch-x86/hvm/start_info.h says what it is told).
 *
 * Guest memory, beside the kernel and the initramfs:
 *
 *   0x010000	the start info, the list of modules, and the memory map
 *   0x020000	the command line
 *   0x0e0000	ACPI tables
 */
#include <elf.h>
#include <errno.h>
#include <string.h>

#include "entry.h"

#define START_INFO 0x10000
#define MODULES 0x10100
#define MEMORY_MAP 0x10200

#define START_MAGIC 0x336ec578
#define START_VERSION 1
#define NOTE_NAME "Xen"
#define NOTE_ENTRY 18 /* the physical address of a 32-bit entry point */

struct start_info {
	uint32_t magic, version, flags, modules_n;
	uint64_t modules, command_line, rsdp, memory_map;
	uint32_t memory_map_n, reserved;
};

struct module {
	uint64_t at, size, command_line, reserved;
};

struct range {
	uint64_t at, size;
	uint32_t type, reserved;
};

bool pvh_is_elf(const struct file *file)
{
	return file->size > sizeof(Elf64_Ehdr) && !memcmp(file->bytes, ELFMAG, SELFMAG);
}

/* Of the file. False: it is not all there. */
static bool get(const struct file *file, uint64_t at, void *bytes, uint64_t size)
{
	if (at > file->size || size > file->size - at)
		return false;
	memcpy(bytes, file->bytes + at, size);
	return true;
}

static int load_segment(struct machine *m, const struct file *file, const Elf64_Phdr *p)
{
	const uint64_t end = p->p_paddr + p->p_memsz;

	if (p->p_filesz > p->p_memsz || p->p_offset > file->size ||
	    p->p_filesz > file->size - p->p_offset) {
		complain(0, "%s: an ELF file that is cut off", file->path);
		return -ENOEXEC;
	}
	if (p->p_paddr < LONG_IMAGE || end < p->p_paddr || end > m->low) {
		complain(0, "%s: wants memory from 0x%llx to 0x%llx, which is not there",
			 file->path, (unsigned long long)p->p_paddr, (unsigned long long)end);
		return -ENOMEM;
	}
	memcpy(m->ram + p->p_paddr, file->bytes + p->p_offset, p->p_filesz);
	if (end > m->kernel_end)
		m->kernel_end = end;
	return 0;
}

/* Names and descriptions are padded to 4 bytes. */
static bool find_entry(struct machine *m, const struct file *file, const Elf64_Phdr *p)
{
	const uint64_t end = p->p_offset + p->p_filesz;
	uint64_t at = p->p_offset;
	Elf64_Nhdr note;

	while (at < end && get(file, at, &note, sizeof(note))) {
		const uint64_t name = at + sizeof(note);
		const uint64_t desc = name + ((note.n_namesz + UINT64_C(3)) & ~UINT64_C(3));
		char text[sizeof(NOTE_NAME)];
		uint32_t entry;

		if (note.n_type == NOTE_ENTRY && note.n_namesz == sizeof(text) &&
		    get(file, name, text, sizeof(text)) && !memcmp(text, NOTE_NAME, sizeof(text)) &&
		    get(file, desc, &entry, sizeof(entry))) {
			m->kernel = entry;
			return true;
		}
		at = desc + ((note.n_descsz + UINT64_C(3)) & ~UINT64_C(3));
	}
	return false;
}

static int load_elf(struct machine *m, const struct file *file)
{
	bool has_entry = false;
	Elf64_Ehdr e;
	Elf64_Phdr p;

	get(file, 0, &e, sizeof(e));
	if (e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_machine != EM_X86_64 ||
	    e.e_phentsize != sizeof(p)) {
		complain(0, "%s: no ELF file for x86-64", file->path);
		return -ENOEXEC;
	}
	for (unsigned int i = 0; i < e.e_phnum; i++) {
		int err = 0;

		if (!get(file, e.e_phoff + i * sizeof(p), &p, sizeof(p))) {
			complain(0, "%s: an ELF file that is cut off", file->path);
			return -ENOEXEC;
		}
		if (p.p_type == PT_LOAD)
			err = load_segment(m, file, &p);
		else if (p.p_type == PT_NOTE)
			has_entry = has_entry || find_entry(m, file, &p);
		if (err)
			return err;
	}
	if (has_entry)
		return 0;
	complain(0, "%s: an ELF file without the note that says where PVH enters it (Linux: CONFIG_PVH)",
		 file->path);
	return -ENOEXEC;
}

static void add_range(struct machine *m, uint32_t *n, uint64_t at, uint64_t size,
		      uint32_t type)
{
	const struct range range = { .at = at, .size = size, .type = type };

	if (!size)
		return;
	memcpy(m->ram + MEMORY_MAP + *n * sizeof(range), &range, sizeof(range));
	++*n;
}

int pvh_load(struct machine *m, const struct file *file)
{
	struct start_info info = {
		.magic = START_MAGIC,
		.version = START_VERSION,
		.modules = MODULES,
		.command_line = COMMAND_LINE,
		.rsdp = ACPI_TABLES,
		.memory_map = MEMORY_MAP,
	};
	struct module initrd = { 0 };
	int err;

	m->is_pvh = true;
	err = load_elf(m, file);
	if (err)
		return err;
	if (strlen(m->command_line) >= COMMAND_LINE_END - COMMAND_LINE) {
		complain(0, "--append: too long");
		return -E2BIG;
	}
	strcpy((char *)m->ram + COMMAND_LINE, m->command_line);
	err = linux_load_initrd(m, m->low, &initrd.at, &initrd.size);
	if (err)
		return err;
	info.modules_n = initrd.size != 0;
	memcpy(m->ram + MODULES, &initrd, sizeof(initrd));
	linux_memory_map(m, add_range, &info.memory_map_n);
	memcpy(m->ram + START_INFO, &info, sizeof(info));
	acpi_build(m);
	return 0;
}

int pvh_enter(struct machine *m, struct cpu *cpu)
{
	const struct entry e = {
		.bits = 32,
		.code = 0x08,
		.data = 0x10,
		.rip = m->kernel,
		.rbx = START_INFO,
	};

	return cpu->index ? entry_wait(cpu) : entry_set(cpu, &e);
}
