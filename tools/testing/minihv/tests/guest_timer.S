/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs for child VPs that arm timers whose interrupts they never take. */
#include "guest.inc"

	.section .rodata
	.code32

	.macro SET_MSR msr, value
	mov $\msr, %ecx
	mov $\value, %eax
	xor %edx, %edx
	wrmsr
	.endm

/* Every periodic timer there is, with the shortest period. */
GUEST storm
	mov $0xfee00000, %ebx
	movl $0x1ff, 0xf0(%ebx)
	movl $0xb, 0x3e0(%ebx)
	movl $0x20062, 0x320(%ebx)
	movl $1, 0x380(%ebx)
	SET_MSR 0x400000b1, 1
	SET_MSR 0x400000b0, 0x1533	/* direct, vector 0x53, periodic */
	SET_MSR 0x400000b3, 1
	SET_MSR 0x400000b2, 0x1543
	SET_MSR 0x400000b5, 1
	SET_MSR 0x400000b4, 0x1553
	SET_MSR 0x400000b7, 1
	SET_MSR 0x400000b6, 0x1563
	out %al, $0x80
1:	incl 0x7000
	jmp 1b
GUEST_END storm

/* Arms none. */
GUEST ready
	out %al, $0x80
1:	incl 0x7000
	jmp 1b
GUEST_END ready

/* The deadline at 0x7100 for the local APIC's timer, vector 0x63. */
GUEST deadline
	mov $0xfee00000, %ebx
	movl $0x1ff, 0xf0(%ebx)
	movl $0x40063, 0x320(%ebx)
	mov $0x6e0, %ecx
	mov 0x7100, %eax
	mov 0x7104, %edx
	wrmsr
	out %al, $0x80
1:	incl 0x7000
	jmp 1b
GUEST_END deadline

	.section .note.GNU-stack, "", @progbits
