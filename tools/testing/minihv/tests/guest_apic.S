/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs for child VPs that take interrupts, mostly from a local APIC. */
#include "guest.inc"

	.section .rodata
	.code32

/*
 * The table of gates at 0x9000, descriptors at 0x9800, the APIC's page in EBX. Each
 * interrupt then appends the vector in service to the list at EDI and is ended.
 */
	.macro SETUP_INTERRUPTS handler
	mov $0xfee00000, %ebx
	call 1f
1:	pop %edx
	lea \handler - 1b(%edx), %eax
	mov $0x9000, %edi
	mov $256, %ecx
2:	mov %ax, (%edi)
	movw $8, 2(%edi)
	movw $0x8e00, 4(%edi)
	mov %eax, %esi
	shr $16, %esi
	mov %si, 6(%edi)
	add $8, %edi
	loop 2b
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
	mov $0x7020, %edi
	.endm

	.macro HANDLER name
\name:
	push %eax
	push %ecx
	mov $7, %ecx
3:	mov %ecx, %eax
	shl $4, %eax
	mov 0x100(%ebx, %eax), %eax
	test %eax, %eax
	jnz 4f
	dec %ecx
	jns 3b
	jmp 5f
4:	bsr %eax, %eax
	shl $5, %ecx
	add %ecx, %eax
	mov %eax, (%edi)
	add $4, %edi
5:	movl $0, 0xb0(%ebx)
	pop %ecx
	pop %eax
	iret
	.endm

/* Local APIC registers, in several forms of instructions. */
GUEST apic_registers
	mov $0xfee00000, %ebx
	mov 0x20(%ebx), %eax
	mov %eax, 0x7000
	mov 0x30(%ebx), %eax
	mov %eax, 0x7004
	movl $0xff, 0xf0(%ebx)
	mov %ebx, %ecx
	orl $0x100, 0xf0(%ecx)
	mov $0x40, %esi
	mov 0xb0(%ecx, %esi), %eax
	mov %eax, 0x7008
	movl $0x40, 0x80(%ebx)
	movzbl 0x80(%ebx), %eax
	mov %eax, 0x700c
	testl $0x40, 0x80(%ebx)
	setnz 0x7010
	hlt
GUEST_END apic_registers

/* IPIs to itself, one held back by the TPR; then the timer. */
GUEST apic
	SETUP_INTERRUPTS apic_handler
	movl $0x1ff, 0xf0(%ebx)
	movl $0x40, 0x80(%ebx)
	movl $0x44031, 0x300(%ebx)	/* fixed, to self, vector 0x31 */
	mov 0x210(%ebx), %eax
	mov %eax, 0x7014
	movl $0x44051, 0x300(%ebx)	/* vector 0x51, of a higher class */
	sti
	nop
	nop
	movl $0, 0x80(%ebx)		/* now 0x31 may come */
	nop
	cli
	/* One shot, 1 ms at 200 MHz. */
	movl $0xb, 0x3e0(%ebx)
	movl $0x61, 0x320(%ebx)
	movl $200000, 0x380(%ebx)
	sti
	hlt
	cli
	out %al, $0x80
	/* Periodic. */
	movl $0x20062, 0x320(%ebx)
	movl $200000, 0x380(%ebx)
	sti
	hlt
	hlt
	hlt
	cli
	movl $0, 0x380(%ebx)
	out %al, $0x81
	HANDLER apic_handler
GUEST_END apic

/* Says that it is ready, waits for an interrupt, says that it got one; again and again. */
GUEST apic_wait
	SETUP_INTERRUPTS apic_wait_handler
	movl $0x1ff, 0xf0(%ebx)
1:	out %al, $0x80
	sti
	hlt
	cli
	out %al, $0x81
	jmp 1b
	HANDLER apic_wait_handler
GUEST_END apic_wait

/* INIT and SIPI to APIC id 1, which starts at 0x5000. */
GUEST start_other
	mov $0xfee00000, %ebx
	movl $0x1ff, 0xf0(%ebx)
	movl $0x01000000, 0x310(%ebx)
	movl $0x4500, 0x300(%ebx)
	movl $0x4605, 0x300(%ebx)
	out %al, $0x80
	hlt
GUEST_END start_other

	.code16
/* Real mode code of the started VP. */
GUEST started
	mov $0x5aa5, %ax
	mov %ax, %cs:0x100
	out %al, $0x82
	hlt
GUEST_END started
	.code32

/*
 * An enlightened guest: hypervisor leaves, hypercall page at 0x30000, reference time,
 * a synthetic timer's message on its SynIC, and its interrupt ended by MSR.
 */
	.macro SET_MSR msr, value
	mov $\msr, %ecx
	mov $\value, %eax
	xor %edx, %edx
	wrmsr
	.endm

GUEST enlightened
	SETUP_INTERRUPTS enlightened_handler
	push %ebx
	mov $0x40000000, %eax
	cpuid
	mov %ebx, 0x7040
	mov $0x40000003, %eax
	cpuid
	mov %eax, 0x7044
	mov $0x40000000, %ecx		/* guest OS id */
	xor %eax, %eax
	mov $0x81000000, %edx
	wrmsr
	SET_MSR 0x40000001, 0x30001	/* hypercall page */
	/* GET_PARTITION_ID, for which a child has no privilege. */
	mov $0x46, %eax
	xor %edx, %edx
	xor %ebx, %ebx
	xor %ecx, %ecx
	xor %edi, %edi
	mov $0x38000, %esi
	mov $0x30000, %ebp
	call *%ebp
	mov %eax, 0x7048
	mov $0x40000002, %ecx		/* VP index */
	rdmsr
	mov %eax, 0x704c
	mov $0x40000020, %ecx		/* reference time, twice */
	rdmsr
	mov %eax, %esi
	rdmsr
	sub %esi, %eax
	mov %eax, 0x7050
	SET_MSR 0x40000021, 0x32001	/* TSC page */
	mov 0x32000, %eax
	mov %eax, 0x7054
	/* SynIC: message page, source 2 on vector 0x52. */
	pop %ebx
	movl $0x1ff, 0xf0(%ebx)
	mov $0x7020, %edi
	SET_MSR 0x40000083, 0x33001
	SET_MSR 0x40000092, 0x52
	SET_MSR 0x40000080, 1
	/* Timer 0 in 1 ms. */
	mov $0x40000020, %ecx
	rdmsr
	add $10000, %eax
	adc $0, %edx
	mov $0x400000b1, %ecx
	wrmsr
	SET_MSR 0x400000b0, 0x20001
	sti
	hlt
	cli
	mov 0x33200, %eax		/* the message's type */
	mov %eax, 0x7058
	movl $0, 0x33200
	SET_MSR 0x40000084, 0		/* EOM */
	/* Straight to a vector, without a message; ended by MSR. */
	mov $0x40000020, %ecx
	rdmsr
	add $10000, %eax
	adc $0, %edx
	mov $0x400000b3, %ecx
	wrmsr
	SET_MSR 0x400000b2, 0x1531	/* direct, vector 0x53, enabled */
	sti
	hlt
	cli
	mov 0x33200, %eax
	mov %eax, 0x705c
	out %al, $0x80
	hlt
	HANDLER enlightened_handler
GUEST_END enlightened

/* x2APIC: mode switch, id, IPI to itself, and what the mode forbids. */
GUEST x2apic
	mov $0x1b, %ecx
	rdmsr
	mov %eax, 0x7000
	or $0x400, %eax
	wrmsr
	rdmsr
	mov %eax, 0x7004
	mov $0x802, %ecx
	rdmsr
	mov %eax, 0x7008
	mov $0x80d, %ecx		/* logical id */
	rdmsr
	mov %eax, 0x700c
	SET_MSR 0x80f, 0x1ff
	SET_MSR 0x83f, 0x41		/* self IPI */
	mov $0x822, %ecx
	rdmsr
	mov %eax, 0x7010
	SET_MSR 0x808, 0x30
	mov $0x808, %ecx
	rdmsr
	mov %eax, 0x7014
	/* The page is ordinary memory then, and nothing is mapped there. */
	mov 0xfee00020, %eax
	hlt
GUEST_END x2apic

/* Sends what 0x7100 (ICR high) and 0x7104 (ICR low) say; again and again. */
GUEST send
	mov $0xfee00000, %ebx
	movl $0x1ff, 0xf0(%ebx)
	mov 0x7100, %eax
	mov %eax, 0x310(%ebx)
	mov 0x7104, %eax
	mov %eax, 0x300(%ebx)
	out %al, $0x80
	jmp guest_send
GUEST_END send

/* No APIC: says that interrupts are off, lets them in, waits for one, says so. */
GUEST window
	SETUP_INTERRUPTS window_handler
	out %al, $0x80
	sti
1:	cmpl $0, 0x7000
	je 1b
	cli
	out %al, $0x81
	hlt
window_handler:
	incl 0x7000
	mov $1000000, %ecx
2:	loop 2b
	iret
GUEST_END window

	.section .note.GNU-stack, "", @progbits
