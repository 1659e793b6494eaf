/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first bytes of a long-mode image. All VPs begin here, each with a stack of
 * its own, and with number, count and size of memory in the registers in which C
 * takes its arguments.
 */
	.section .start, "ax"
	.globl start
start:
	cld
	xor	%ebp, %ebp
	call	guest_main
1:	hlt
	jmp	1b

	.section .note.GNU-stack, "", @progbits
