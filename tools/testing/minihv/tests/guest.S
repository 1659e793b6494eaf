/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs for child VPs that need no interrupts. */
#include "guest.inc"

	.section .rodata
	.code32

/* Each kind of port access once. */
GUEST io
	mov $0x11223344, %eax
	out %al, $0x80
	mov $0x1234, %dx
	out %ax, %dx
	out %eax, %dx
	in $0x60, %al
	mov %eax, 0x7000
	mov $0x7010, %esi
	mov $3, %ecx
	cld
	rep outsb
	hlt
GUEST_END io

GUEST halt
	hlt
	jmp guest_halt
GUEST_END halt

/* A store to and a load from an address where nothing is mapped. */
GUEST mmio
	mov $0xcafef00d, %eax
	mov %eax, 0x1000010
	mov 0x1000020, %ebx
	hlt
GUEST_END mmio

/* Writes a word to GPA 0x20000, which the parent makes read-only or takes away. */
GUEST store
	movl $0x600df00d, 0x20000
	hlt
GUEST_END store

GUEST load
	mov 0x20000, %eax
	hlt
GUEST_END load

/* Jumps to a place that can't be executed. */
GUEST jump
	mov $0x20000, %eax
	jmp *%eax
GUEST_END jump

GUEST triple_fault
	push $0
	push $0
	lidt (%esp)
	ud2
GUEST_END triple_fault

GUEST cpuid
	mov $0x100, %eax
	mov $7, %ecx
	cpuid
	mov %eax, 0x7000
	mov %ebx, 0x7004
	mov %ecx, 0x7008
	mov %edx, 0x700c
	hlt
GUEST_END cpuid

/* An MSR that does not exist, read and written. */
GUEST msr
	mov $0x12340000, %ecx
	mov $0x55, %eax
	mov $0x66, %edx
	rdmsr
	mov %eax, 0x7000
	mov $0x77, %eax
	mov $0x88, %edx
	wrmsr
	hlt
GUEST_END msr

GUEST undefined
	ud2
	hlt
GUEST_END undefined

/* Counts at 0x7000 plus its VP's share until it is stopped. */
GUEST count
	incl 0x7000
	jmp guest_count
GUEST_END count

/* Stores other values to GPA 0x20000 all the time. */
GUEST store_loop
	inc %eax
	mov %eax, 0x20000
	jmp guest_store_loop
GUEST_END store_loop

/* What the guest sees of itself, into 0x7000. */
GUEST registers
	mov %eax, 0x7000
	mov %ebx, 0x7004
	mov %ecx, 0x7008
	mov %edx, 0x700c
	mov %esi, 0x7010
	mov %edi, 0x7014
	mov %ebp, 0x7018
	mov %cr2, %eax
	mov %eax, 0x701c
	mov %dr0, %eax
	mov %eax, 0x7020
	mov $0x87654321, %ebx
	mov $0x01020304, %esi
	hlt
GUEST_END registers

/* Rings the doorbell at 0x1000008 with 5, 7 (not the one), 5 as a byte (not its width). */
GUEST doorbell
	movl $5, 0x1000008
	mov $1, %ebx
	movl $7, 0x1000008
	mov $2, %ebx
	movb $5, 0x1000008
	hlt
GUEST_END doorbell

/* Touches a byte of each page from 0x10000 to 0x13fff but the third. */
GUEST touch
	movb $1, 0x10000
	mov 0x11000, %al
	movb $1, 0x13000
	hlt
GUEST_END touch

/* RETARGET_INTERRUPT for a device at 0x20000 that nobody has. */
GUEST retarget
	mov $0x40000000, %ecx		/* guest OS id */
	xor %eax, %eax
	mov $0x81000000, %edx
	wrmsr
	mov $0x40000001, %ecx		/* hypercall page */
	mov $0x30001, %eax
	xor %edx, %edx
	wrmsr
	mov $0x7e, %eax
	xor %edx, %edx
	xor %ebx, %ebx
	mov $0x20000, %ecx
	xor %edi, %edi
	mov $0x21000, %esi
	vmmcall
	mov %eax, 0x7000
	hlt
GUEST_END retarget

	.section .note.GNU-stack, "", @progbits
