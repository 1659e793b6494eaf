/* SPDX-License-Identifier: GPL-2.0-only */
/* Constants that assembly and C share. */
#ifndef MINIHV_ASM_H
#define MINIHV_ASM_H

#define MULTIBOOT_MAGIC		0x1badb002
#define MULTIBOOT_FLAGS		0x3	/* modules page-aligned, memory map wanted */

#define SEL_CODE32		0x08
#define SEL_DATA		0x10
#define SEL_CODE64		0x18

#define PTE_P_RW		0x3
#define PTE_P_RW_PS		0x83

#ifdef __ASSEMBLY__	/* C takes these from x86.h */
#define CR0_PE			0x00000001
#define MSR_EFER		0xc0000080
#define EFER_LME		0x00000100
#define EFER_NXE		0x00000800
#endif

#define CR0_INIT		0x80010033	/* PG WP NE ET MP PE */
#define CR4_INIT		0x00040620	/* OSXSAVE OSXMMEXCPT OSFXSR PAE */

#define CPU_NMIS		0x8	/* of struct cpu, which GS points at */

/* One page below 640 KiB; in use only until every processor is parked. */
#define TRAMPOLINE_PA		0x8000

#endif
