/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs for child VPs whose instructions a processor refuses: one for each slot. */
#include "guest.inc"

	.section .rodata

	.macro SLOT insn:vararg
	.balign 16
	\insn
	out %al, $0x80
	.endm

	.code32
GUEST refused
	SLOT mov %eax, %cr4
	SLOT wrmsr
GUEST_END refused

	.code64
GUEST refused64
	SLOT mov %rax, %cr4
	SLOT wrmsr
	SLOT mov %rax, %cr3
	SLOT mov %rax, %dr6
	SLOT mov %rax, %dr7
GUEST_END refused64

	.section .note.GNU-stack, "", @progbits
