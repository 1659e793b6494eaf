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
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

#define GDT 0x500
#define PML4 0x1000
#define PDPT 0x2000
#define PAGE_DIRECTORY 0x3000
#define MAPPED_GIB 4

#define STACK_TOP 0x90000
#define STACK_SIZE 0x4000

#define PTE_TABLE 0x3 /* present, writable */
#define PTE_2M 0x83 /* and a large page */

#define CODE_SELECTOR 0x08
#define DATA_SELECTOR 0x10

/* Segment attributes: type, present, long, granularity ... */
#define CODE64 0xa09b
#define DATA32 0xc093
#define CODE16 0x9b
#define DATA16 0x93
#define BUSY_TSS 0x8b
#define LDT 0x82

#define CR0_REAL 0x10 /* ET */
#define CR0_LONG 0x80010033 /* PG, WP, NE, ET, MP, PE */
#define CR4_LONG 0x620 /* OSXMMEXCPT, OSFXSR, PAE */
#define EFER_LONG 0x500 /* LMA, LME */
#define RFLAGS_FIXED 0x2

static void put64(struct machine *m, uint64_t address, uint64_t value)
{
	memcpy(m->ram + address, &value, sizeof(value));
}

static void build_tables(struct machine *m)
{
	put64(m, GDT, 0);
	put64(m, GDT + CODE_SELECTOR, 0x00af9b000000ffff);
	put64(m, GDT + DATA_SELECTOR, 0x00cf93000000ffff);

	put64(m, PML4, PDPT | PTE_TABLE);
	for (uint64_t gib = 0; gib < MAPPED_GIB; gib++)
		put64(m, PDPT + 8 * gib,
		      (PAGE_DIRECTORY + 4096 * gib) | PTE_TABLE);
	for (uint64_t page = 0; page < 512 * MAPPED_GIB; page++)
		put64(m, PAGE_DIRECTORY + 8 * page, (page << 21) | PTE_2M);
}

static int read_all(int fd, uint8_t *to, uint64_t size)
{
	while (size) {
		ssize_t n = read(fd, to, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EIO;
		to += n;
		size -= (uint64_t)n;
	}
	return 0;
}

static int load(struct machine *m, int fd)
{
	bool real = m->options->mode == MODE_REAL;
	uint64_t at = real ? REAL_IMAGE : LONG_IMAGE;
	uint64_t end = real ? REAL_IMAGE_END : m->options->memory;
	struct stat st;
	int err;

	if (fstat(fd, &st)) {
		err = -errno;
		complain(err, "%s", m->options->image);
		return err;
	}
	if (!S_ISREG(st.st_mode) || st.st_size <= 0) {
		complain(0, "%s: not a file with an image in it",
			 m->options->image);
		return -EINVAL;
	}
	if ((uint64_t)st.st_size > end - at) {
		complain(0, "%s: %lld bytes, but there is room for %lld only",
			 m->options->image, (long long)st.st_size,
			 (long long)(end - at));
		return -EFBIG;
	}
	err = read_all(fd, m->ram + at, (uint64_t)st.st_size);
	if (err)
		complain(err, "%s", m->options->image);
	return err;
}

int image_load(struct machine *m)
{
	int fd, err;

	fd = open(m->options->image, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		complain(err, "%s", m->options->image);
		return err;
	}
	err = load(m, fd);
	close(fd);
	if (!err && m->options->mode == MODE_LONG)
		build_tables(m);
	return err;
}

/* Registers to be set by one call. */
struct reg_list {
	uint32_t names[32];
	union hv_register_value values[32];
	size_t n;
};

static union hv_register_value *add(struct reg_list *list, uint32_t name)
{
	list->names[list->n] = name;
	return &list->values[list->n++];
}

static void add64(struct reg_list *list, uint32_t name, uint64_t value)
{
	add(list, name)->reg64 = value;
}

static void add_segment(struct reg_list *list, uint32_t name,
			uint16_t selector, uint32_t limit, uint16_t attributes)
{
	union hv_register_value *value = add(list, name);

	value->segment.limit = limit;
	value->segment.selector = selector;
	value->segment.attributes = attributes;
}

static void add_table(struct reg_list *list, uint32_t name, uint64_t base,
		      uint16_t limit)
{
	union hv_register_value *value = add(list, name);

	value->table.base = base;
	value->table.limit = limit;
}

static void add_segments(struct reg_list *list, bool real)
{
	static const uint32_t data[] = {
		HV_X64_REGISTER_ES, HV_X64_REGISTER_SS, HV_X64_REGISTER_DS,
		HV_X64_REGISTER_FS, HV_X64_REGISTER_GS,
	};
	uint32_t limit = real ? 0xffff : 0xffffffff;

	add_segment(list, HV_X64_REGISTER_CS, real ? 0 : CODE_SELECTOR, limit,
		    real ? CODE16 : CODE64);
	for (size_t i = 0; i < ARRAY_SIZE(data); i++)
		add_segment(list, data[i], real ? 0 : DATA_SELECTOR, limit,
			    real ? DATA16 : DATA32);
	add_segment(list, HV_X64_REGISTER_TR, 0, 0xffff, BUSY_TSS);
	add_segment(list, HV_X64_REGISTER_LDTR, 0, 0xffff, LDT);
	add_table(list, HV_X64_REGISTER_GDTR, real ? 0 : GDT,
		  real ? 0xffff : 3 * 8 - 1);
	/* In long mode there is none: an exception ends the run. */
	add_table(list, HV_X64_REGISTER_IDTR, 0, real ? 0x3ff : 0);
}

int image_enter(struct machine *m, struct cpu *cpu)
{
	bool real = m->options->mode == MODE_REAL;
	struct reg_list list = { 0 };
	int err;

	add_segments(&list, real);
	add64(&list, HV_X64_REGISTER_CR0, real ? CR0_REAL : CR0_LONG);
	add64(&list, HV_X64_REGISTER_CR3, real ? 0 : PML4);
	add64(&list, HV_X64_REGISTER_CR4, real ? 0 : CR4_LONG);
	add64(&list, HV_X64_REGISTER_EFER, real ? 0 : EFER_LONG);
	add64(&list, HV_X64_REGISTER_RFLAGS, RFLAGS_FIXED);
	add64(&list, HV_X64_REGISTER_RIP, real ? REAL_IMAGE : LONG_IMAGE);
	add64(&list, HV_X64_REGISTER_RSP,
	      real ? REAL_IMAGE : STACK_TOP - cpu->index * STACK_SIZE);
	add64(&list, HV_X64_REGISTER_RDI, cpu->index);
	add64(&list, HV_X64_REGISTER_RSI, m->options->cpus);
	add64(&list, HV_X64_REGISTER_RDX, m->options->memory);
	/* All VPs start at once: none waits for another to wake it. */
	add64(&list, HV_REGISTER_INTERNAL_ACTIVITY_STATE, 0);

	err = mshv_vp_set_regs(cpu->vp, list.names, list.values, list.n);
	if (err)
		complain(err, "cannot set the registers of VP %u", cpu->index);
	return err;
}
