/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest in 64-bit mode whose string instructions come from devices and go to memory
 * that is not there: it must get the page fault, and the device must not have been read.
 * Ends with status 42, or with the number of the check that failed.
 */
#define ABSENT		0x140000000
#define PORT		0xe0
#define REGISTER	0xd0000000
#define IDT		0x8000

	.globl	_start
_start:
	/* Gate 14: selector 8, a 64-bit interrupt gate. */
	lea	page_fault(%rip), %rax
	mov	$(IDT + 16 * 14), %edi
	mov	%ax, (%rdi)
	movw	$8, 2(%rdi)
	movw	$0x8e00, 4(%rdi)
	shr	$16, %rax
	mov	%ax, 6(%rdi)
	movq	$0, 8(%rdi)
	lidt	idtr(%rip)

	mov	$1, %r15d
	movabs	$(ABSENT + 0x10), %rdi
	mov	$REGISTER, %esi
	lea	1f(%rip), %rbx
	movsl
	jmp	fail
1:	inc	%r15d
	mov	(%rsi), %eax
	cmp	$1, %eax
	jne	fail

	inc	%r15d
	mov	$PORT, %edx
	mov	$3, %ecx
	lea	2f(%rip), %rbx
	rep insl
	jmp	fail
2:	inc	%r15d
	cmp	$3, %ecx
	jne	fail
	in	%dx, %eax
	cmp	$1, %eax
	jne	fail
	mov	$42, %r15d
fail:
	mov	%r15d, %eax
	out	%al, $0xf4
3:	hlt
	jmp	3b

/* A write to a page that is not there; goes on at RBX. */
page_fault:
	pop	%rax
	cmp	$2, %rax
	jne	fail
	mov	%cr2, %rax
	cmp	%rax, %rdi
	jne	fail
	mov	%rbx, (%rsp)
	iretq

idtr:	.word	16 * 15 - 1
	.quad	IDT
