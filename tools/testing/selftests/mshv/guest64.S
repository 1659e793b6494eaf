/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests in long mode, identity mapped (see mshv_vp_long_mode()). They run at
 * GUEST_CODE; addresses are those of guest.h.
 */
#include "guest.h"

	.macro GUEST name
	.section .rodata
	.balign	16
	.code64
	.globl	guest_\name
guest_\name:
	.endm

	.macro END name
	.globl	guest_\name\()_end
guest_\name\()_end:
	.endm

GUEST lm_hlt
	hlt
	hlt
END lm_hlt

GUEST lm_ud2
	ud2
	hlt
END lm_ud2

/* Stores all general registers, then exits. R15 first: it holds no address. */
GUEST lm_store
	movq	%rax, GUEST_DATA
	movq	%rcx, GUEST_DATA + 8
	movq	%rdx, GUEST_DATA + 16
	movq	%rbx, GUEST_DATA + 24
	movq	%rsp, GUEST_DATA + 32
	movq	%rbp, GUEST_DATA + 40
	movq	%rsi, GUEST_DATA + 48
	movq	%rdi, GUEST_DATA + 56
	movq	%r8, GUEST_DATA + 64
	movq	%r9, GUEST_DATA + 72
	movq	%r10, GUEST_DATA + 80
	movq	%r11, GUEST_DATA + 88
	movq	%r12, GUEST_DATA + 96
	movq	%r13, GUEST_DATA + 104
	movq	%r14, GUEST_DATA + 112
	movq	%r15, GUEST_DATA + 120
	outb	%al, $GUEST_PORT_DONE
	hlt
END lm_store

/* Two port exits: registers may be looked at and changed between them. */
GUEST lm_two_outs
	outb	%al, $GUEST_PORT_READY
	outb	%al, $GUEST_PORT_DONE
	hlt
END lm_two_outs

GUEST lm_store_xmm
	movdqu	%xmm0, GUEST_DATA
	movdqu	%xmm1, GUEST_DATA + 16
	movdqu	%xmm2, GUEST_DATA + 32
	movdqu	%xmm3, GUEST_DATA + 48
	movdqu	%xmm4, GUEST_DATA + 64
	movdqu	%xmm5, GUEST_DATA + 80
	movdqu	%xmm8, GUEST_DATA + 96
	outb	%al, $GUEST_PORT_DONE
	hlt
END lm_store_xmm

/* Loads XMM registers from memory, exits, and stores another one afterwards. */
GUEST lm_load_xmm
	movdqu	GUEST_DATA, %xmm0
	movdqu	GUEST_DATA + 16, %xmm5
	movdqu	GUEST_DATA + 32, %xmm8
	outb	%al, $GUEST_PORT_READY
	movdqu	%xmm5, GUEST_DATA + 48
	outb	%al, $GUEST_PORT_DONE
	hlt
END lm_load_xmm

GUEST lm_read
	movl	(%rbx), %eax
	movl	%eax, GUEST_DATA
	outb	%al, $GUEST_PORT_DONE
	hlt
END lm_read

GUEST lm_write
	movl	%eax, (%rbx)
	outb	%al, $GUEST_PORT_DONE
	hlt
END lm_write

GUEST lm_write64
	movq	%rax, (%rbx)
	outb	%al, $GUEST_PORT_DONE
	hlt
END lm_write64

/* Adds one to a word in each of RCX pages from RBX on. */
GUEST lm_touch_pages
1:	incl	(%rbx)
	addq	$0x1000, %rbx
	decq	%rcx
	jnz	1b
	outb	%al, $GUEST_PORT_DONE
	hlt
END lm_touch_pages

GUEST lm_read_pages
	xorl	%eax, %eax
1:	addl	(%rbx), %eax
	addq	$0x1000, %rbx
	decq	%rcx
	jnz	1b
	outl	%eax, $GUEST_PORT_DONE
	hlt
END lm_read_pages

GUEST lm_jump
	jmp	*%rbx
END lm_jump

/* Calls the hypercall page that the test has placed; RCX, RDX, R8 are its. */
GUEST lm_hypercall
	call	*%rbx
	movq	%rax, GUEST_DATA
	outb	%al, $GUEST_PORT_DONE
	hlt
END lm_hypercall

	.section .note.GNU-stack, "", @progbits
