/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the second processor starts after its SIPI: real mode, copied to
 * AP_TRAMPOLINE. Straight to 64-bit mode with the first processor's page tables.
 */
#include "ap.h"

	.section .rodata
	.code16
	.globl ap_trampoline
ap_trampoline:
	cli
	mov %cs, %ax
	mov %ax, %ds
	lgdtl ap_gdtr - ap_trampoline
	mov $CR4_PAE, %eax
	mov %eax, %cr4
	mov ap_cr3 - ap_trampoline, %eax
	mov %eax, %cr3
	mov $MSR_EFER, %ecx
	rdmsr
	or $EFER_LME, %eax
	wrmsr
	mov $CR0_PG_PE, %eax
	mov %eax, %cr0
	ljmpl $8, $(AP_TRAMPOLINE + ap_long - ap_trampoline)
	.code64
ap_long:
	mov $16, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	lea ap_stack_end, %rsp
	lea ap_main, %rax
	call *%rax
	.balign 8
ap_gdt:
	.quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff
ap_gdtr:
	.word ap_gdtr - ap_gdt - 1
	.long AP_TRAMPOLINE + ap_gdt - ap_trampoline
	.globl ap_cr3
ap_cr3:
	.long 0
	.globl ap_trampoline_end
ap_trampoline_end:

	.bss
	.balign 16
	.skip 16384
ap_stack_end:

	.section .note.GNU-stack, "", @progbits
