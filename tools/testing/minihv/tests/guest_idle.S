/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs for child VPs that wait without taking the interrupt that ends the wait. */
#include "guest.inc"

	.section .rodata
	.code32

/*
 * Goes idle with interrupts off, by HV_X64_MSR_GUEST_IDLE; then again, with what ended
 * the first time still pending. Leaves the requests for vectors 0x60 to 0x7f at 0x7000.
 */
GUEST idle
	mov $0xfee00000, %ebx
	movl $0x1ff, 0xf0(%ebx)
	mov $0x400000f0, %ecx
	cli
	rdmsr
	mov 0x230(%ebx), %eax
	mov %eax, 0x7000
	out %al, $0x80
	rdmsr
	out %al, $0x81
	hlt
GUEST_END idle

	.section .note.GNU-stack, "", @progbits
