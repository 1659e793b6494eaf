/* SPDX-License-Identifier: GPL-2.0-only */
/* A program for child VPs that takes NMIs. */
#include "guest.inc"

	.section .rodata
	.code32

	.macro SETUP_NMI handler
	call 1f
1:	pop %edx
	lea \handler - 1b(%edx), %eax
	mov %ax, 0x9010			/* gate 2 */
	movw $8, 0x9012
	movw $0x8e00, 0x9014
	shr $16, %eax
	mov %ax, 0x9016
	push $0x9000
	pushw $0x7ff
	lidt (%esp)
	movl $0x0000ffff, 0x9808
	movl $0x00cf9b00, 0x980c
	movl $0x0000ffff, 0x9810
	movl $0x00cf9300, 0x9814
	push $0x9800
	pushw $0x17
	lgdt (%esp)
	add $12, %esp
	.endm

/*
 * Says that it is ready and waits. Each NMI is counted at 0x7000, the stack pointer in
 * its handler goes to a list at 0x7010, and the parent is told before the IRET.
 */
GUEST nmi
	SETUP_NMI nmi_handler
	out %al, $0x80
2:	jmp 2b
nmi_handler:
	mov 0x7000, %eax
	mov %esp, 0x7010(, %eax, 4)
	incl 0x7000
	out %al, $0x81
	iret
GUEST_END nmi

/* Halts with interrupts off, again and again; an NMI in between is told. */
GUEST nmi_halt
	SETUP_NMI nmi_halt_handler
1:	hlt
	jmp 1b
nmi_halt_handler:
	out %al, $0x81
	iret
GUEST_END nmi_halt

	.section .note.GNU-stack, "", @progbits
