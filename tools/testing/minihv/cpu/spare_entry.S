/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts of the spare processor: one stub for each vector from 32 on. */
	.text
	.code64
	.balign 16
	.globl spare_entries
spare_entries:
	.set vector, 32
	.rept 224
	.balign 16
	push	$vector
	jmp	spare_common
	.set vector, vector + 1
	.endr

/* The time from when it is awake to when it is about to halt again: see spare.c. */
spare_common:
	push	%rax
	push	%rdx
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	mov	%rax, spare_began(%rip)
	push	%rcx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbp
	cld
	mov	80(%rsp), %rdi
	mov	%rsp, %rbp
	and	$~15, %rsp
	call	spare_vector
	mov	%rbp, %rsp
	pop	%rbp
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rcx
	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	sub	spare_began(%rip), %rax
	add	%rax, spare_busy(%rip)
	pop	%rdx
	pop	%rax
	add	$8, %rsp
	iretq

	.section .note.GNU-stack, "", @progbits
