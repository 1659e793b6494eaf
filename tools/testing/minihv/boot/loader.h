/* SPDX-License-Identifier: GPL-2.0-only */
/* Root's kernel: a bzImage, entered by the 64-bit boot protocol. */
#ifndef MINIHV_LOADER_H
#define MINIHV_LOADER_H

#include "base/minihv.h"

struct multiboot_info {
	uint32_t flags;
	uint32_t mem_lower, mem_upper;
	uint32_t boot_device;
	uint32_t cmdline;
	uint32_t mods_count, mods_addr;
	uint32_t syms[4];
	uint32_t mmap_length, mmap_addr;
};

struct multiboot_module {
	uint32_t start, end;
	uint32_t string, reserved;
};

struct vp;

/* End of the modules: memory behind it is free. */
uint64_t loader_modules_end(const struct multiboot_info *mbi);
/* Copy the kernel, make the boot parameters, set the registers of the boot VP. */
void loader_prepare(const struct multiboot_info *mbi, struct vp *vp);

#endif
