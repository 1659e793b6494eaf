/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entry of the boot processor (multiboot 1, 32-bit protected mode) and of the
 * application processors (real mode, through a copy of the trampoline below
 * 1 MiB). Both switch to long mode on one identity map made of 1 GiB pages.
 */
#include "base/asm.h"

	.section .multiboot, "a"
	.balign 4
	.long MULTIBOOT_MAGIC
	.long MULTIBOOT_FLAGS
	.long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

	.text
	.code32
	.globl start32
start32:
	cli
	cld
	movl	%ebx, %edi			/* multiboot information */
	movl	$boot_stack_end, %esp

	movl	$boot_pdpt, %eax
	orl	$PTE_P_RW, %eax
	movl	%eax, boot_pml4

	/* 512 pages of 1 GiB: physical = virtual up to 512 GiB */
	movl	$boot_pdpt, %ecx
	movl	$PTE_P_RW_PS, %eax
	xorl	%edx, %edx
1:	movl	%eax, (%ecx)
	movl	%edx, 4(%ecx)
	addl	$8, %ecx
	addl	$0x40000000, %eax
	adcl	$0, %edx
	cmpl	$(boot_pdpt + 4096), %ecx
	jb	1b

	movl	$go_long, %ebp
	jmp	enable_long

/* Paging on, then to the 64-bit code at %ebp. */
enable_long:
	movl	$CR4_INIT, %eax
	movl	%eax, %cr4
	movl	$boot_pml4, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$(EFER_LME | EFER_NXE), %eax
	wrmsr
	movl	$CR0_INIT, %eax
	movl	%eax, %cr0
	lgdt	boot_gdtr
	pushl	$SEL_CODE64
	pushl	%ebp
	lret

	.code64
go_long:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$boot_stack_end, %esp
	movl	%edi, %edi
	call	start
1:	hlt
	jmp	1b

go_long_ap:
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	%eax, %fs
	movl	%eax, %gs
	movq	ap_stack, %rsp
	call	start_ap
1:	hlt
	jmp	1b

/*
 * The trampoline runs at TRAMPOLINE_PA; only that address may be used until
 * protected mode is on.
 */
	.code16
	.globl trampoline
trampoline:
	cli
	xorw	%ax, %ax
	movw	%ax, %ds
	lgdtl	TRAMPOLINE_PA + (tramp_gdtr - trampoline)
	movl	$CR0_PE, %eax
	movl	%eax, %cr0
	ljmpl	$SEL_CODE32, $tramp32
	.balign 4
tramp_gdtr:
	.word	boot_gdt_end - boot_gdt - 1
	.long	boot_gdt
	.globl trampoline_end
trampoline_end:

	.code32
tramp32:
	movl	$SEL_DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	ap_stack, %esp
	movl	$go_long_ap, %ebp
	jmp	enable_long

	.section .rodata
	.balign 8
boot_gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* SEL_CODE32 */
	.quad	0x00cf93000000ffff	/* SEL_DATA */
	.quad	0x00af9b000000ffff	/* SEL_CODE64 */
boot_gdt_end:
boot_gdtr:
	.word	boot_gdt_end - boot_gdt - 1
	.quad	boot_gdt

	.bss
	.balign 4096
	.globl boot_pml4
boot_pml4:
	.skip	4096
boot_pdpt:
	.skip	4096
	.skip	16384
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
