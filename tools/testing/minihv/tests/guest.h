/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How guests are written: flat 32-bit code without paging, entered at its first
 * instruction with a stack, interrupts off, and position independent.
 */
#ifndef GUEST_H
#define GUEST_H

	.macro GUEST name
	.balign 16
	.globl guest_\name
guest_\name:
	.endm

	.macro GUEST_END name
	.globl guest_\name\()_end
guest_\name\()_end:
	.endm

#endif
