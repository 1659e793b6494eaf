// SPDX-License-Identifier: GPL-2.0-only
/*
 * Linux/x86 boot protocol (Documentation/arch/x86/boot.rst of Linux): module 0
 * is the bzImage with its command line as string, module 1 the initramfs, which
 * stays where it is. Page tables, descriptors and parameters for the first steps
 * of the kernel lie in low memory that the kernel takes over later.
 */
#include "boot/loader.h"
#include "memory/mem.h"
#include "vp/vp.h"

#define LOW_PML4	0x10000
#define LOW_PDPT	0x11000
#define LOW_GDT		0x12000
#define LOW_PARAMS	0x13000
#define LOW_CMDLINE	0x14000
#define CMDLINE_MAX	2047

/* Offsets into the boot parameters page; the setup header lies at its file offset. */
#define BP_E820_COUNT	0x1e8
#define BP_HEADER	0x1f1
#define BP_SETUP_SECTS	0x1f1
#define BP_BOOT_FLAG	0x1fe
#define BP_HEADER_JUMP	0x201
#define BP_MAGIC	0x202
#define BP_VERSION	0x206
#define BP_LOADER	0x210
#define BP_LOADFLAGS	0x211
#define BP_RAMDISK	0x218
#define BP_RAMDISK_SIZE	0x21c
#define BP_CMDLINE	0x228
#define BP_ALIGNMENT	0x230
#define BP_RELOCATABLE	0x234
#define BP_XLOADFLAGS	0x236
#define BP_PREF_ADDRESS	0x258
#define BP_INIT_SIZE	0x260
#define BP_E820		0x2d0

#define HEADER_MAGIC	0x53726448	/* "HdrS" */
#define XLF_KERNEL_64	BIT(0)
#define ENTRY_64	0x200

#define BOOT_CS		0x10
#define BOOT_DS		0x18

#define FIELD(base, offset, type) (*(type *)((char *)(base) + (offset)))

static const struct multiboot_module *module(const struct multiboot_info *mbi, uint32_t i)
{
	return (const struct multiboot_module *)pa_to_va(mbi->mods_addr) + i;
}

uint64_t loader_modules_end(const struct multiboot_info *mbi)
{
	uint64_t end = 0;
	uint32_t i;

	for (i = 0; i < mbi->mods_count; i++)
		end = MAX(end, (uint64_t)module(mbi, i)->end);
	return ALIGN_UP(end, PAGE_SIZE);
}

static void check_header(const uint8_t *image, uint32_t size)
{
	if (size < 0x1000 || FIELD(image, BP_MAGIC, const uint32_t) != HEADER_MAGIC ||
	    FIELD(image, BP_VERSION, const uint16_t) < 0x20c)
		hv_fatal("module 0 is not a bzImage of boot protocol 2.12 or later");
	if (!(FIELD(image, BP_XLOADFLAGS, const uint16_t) & XLF_KERNEL_64) ||
	    !FIELD(image, BP_RELOCATABLE, const uint8_t))
		hv_fatal("the kernel has no 64-bit entry or is not relocatable");
}

/* Copies the protected-mode part behind the modules; returns where it starts. */
static uint64_t place_kernel(const uint8_t *image, uint32_t size, uint64_t free_from)
{
	uint32_t sects = FIELD(image, BP_SETUP_SECTS, const uint8_t);
	uint32_t setup = ((sects ? sects : 4) + 1) * 512;
	uint64_t align = MAX(FIELD(image, BP_ALIGNMENT, const uint32_t), SIZE_2M);
	uint64_t at = FIELD(image, BP_PREF_ADDRESS, const uint64_t);
	uint64_t room = MAX(FIELD(image, BP_INIT_SIZE, const uint32_t), size - setup);

	if (at < free_from)
		at = ALIGN_UP(free_from, align);
	if (!mem_is_root_ram(at, room))
		hv_fatal("no memory for the kernel: %lu MiB at 0x%lx", room >> 20, at);
	memmove(pa_to_va(at), image + setup, size - setup);
	return at;
}

static void make_params(const uint8_t *image, const struct multiboot_info *mbi)
{
	uint8_t *params = pa_to_va(LOW_PARAMS);
	char *cmdline = pa_to_va(LOW_CMDLINE);
	const char *words = pa_to_va(module(mbi, 0)->string);
	size_t length;

	memset(params, 0, PAGE_SIZE);
	memcpy(params + BP_HEADER, image + BP_HEADER, 0x202 + image[BP_HEADER_JUMP] - BP_HEADER);

	/* QEMU puts the file name before the words that were given. */
	while (*words && *words != ' ')
		words++;
	length = MIN(strlen(words), (size_t)CMDLINE_MAX);
	memcpy(cmdline, words, length);
	cmdline[length] = 0;

	params[BP_LOADER] = 0xff;
	FIELD(params, BP_CMDLINE, uint32_t) = LOW_CMDLINE;
	if (mbi->mods_count > 1) {
		FIELD(params, BP_RAMDISK, uint32_t) = module(mbi, 1)->start;
		FIELD(params, BP_RAMDISK_SIZE, uint32_t) =
			module(mbi, 1)->end - module(mbi, 1)->start;
	}
	params[BP_E820_COUNT] = e820_count;
	memcpy(params + BP_E820, e820_map, e820_count * sizeof(e820_map[0]));
}

/* Identity map of 512 GiB in 1 GiB pages, and the two descriptors of the protocol. */
static void make_tables(void)
{
	uint64_t *pml4 = pa_to_va(LOW_PML4), *pdpt = pa_to_va(LOW_PDPT), *gdt = pa_to_va(LOW_GDT);
	unsigned int i;

	memset(pml4, 0, PAGE_SIZE);
	pml4[0] = LOW_PDPT | 3;
	for (i = 0; i < 512; i++)
		pdpt[i] = i * SIZE_1G | 0x83;
	gdt[0] = 0;
	gdt[1] = 0;
	gdt[BOOT_CS / 8] = 0x00af9b000000ffff;
	gdt[BOOT_DS / 8] = 0x00cf93000000ffff;
}

static void set_registers(struct vp *vp, uint64_t entry)
{
	struct vmcb *v = vp->vmcb;
	struct vmcb_seg data = { BOOT_DS, 0xc93, 0xffffffff, 0 };

	v->cs = (struct vmcb_seg){ BOOT_CS, 0xa9b, 0xffffffff, 0 };
	v->ds = data;
	v->es = data;
	v->ss = data;
	v->gdtr = (struct vmcb_seg){ 0, 0, 4 * 8 - 1, LOW_GDT };
	v->idtr = (struct vmcb_seg){ 0, 0, 0, 0 };
	v->cr3 = LOW_PML4;
	v->cr4 = CR4_PAE;
	v->efer = EFER_SVME | EFER_LME | EFER_LMA;
	v->cr0 = CR0_PG | CR0_PE | CR0_ET | CR0_NE;
	v->rflags = RFLAGS_FIXED;
	v->rip = entry;
	v->rsp = 0;
	vp->gprs.rsi = LOW_PARAMS;
	vp->wait_for_sipi = false;
}

void loader_prepare(const struct multiboot_info *mbi, struct vp *vp)
{
	const struct multiboot_module *kernel;
	const uint8_t *image;
	uint32_t size;

	if (!mbi->mods_count)
		hv_fatal("no kernel: give QEMU -initrd \"bzImage COMMAND-LINE,initramfs\"");
	kernel = module(mbi, 0);
	image = pa_to_va(kernel->start);
	size = kernel->end - kernel->start;
	check_header(image, size);
	make_params(image, mbi);
	make_tables();
	set_registers(vp, place_kernel(image, size, loader_modules_end(mbi)) + ENTRY_64);
}
