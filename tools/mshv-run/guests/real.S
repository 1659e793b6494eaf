/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The smallest guest in real mode: says hello on the serial port and ends with
 * status 7.
 */
	.code16
	.globl _start
_start:
	cld
	movw	$text, %si
	movw	$0x3f8, %dx
1:	lodsb
	testb	%al, %al
	jz	2f
	outb	%al, %dx
	jmp	1b
2:	movb	$7, %al
	outb	%al, $0xf4
3:	hlt
	jmp	3b

text:	.asciz "Hello in 16 bits.\n"

	.section .note.GNU-stack, "", @progbits
