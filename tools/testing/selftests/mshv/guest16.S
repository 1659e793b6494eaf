/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Guests in real mode. Each is copied to GUEST_CODE (guest.h) and runs with all
 * segments at base 0, except FS whose base a test puts where it needs it.
 * Registers on entry come from the test; addresses are those of guest.h.
 */
#include "guest.h"

	.macro GUEST name
	.section .rodata
	.balign	16
	.code16
	.globl	guest_\name
guest_\name:
	.endm

	.macro END name
	.globl	guest_\name\()_end
guest_\name\()_end:
	.endm

	.macro EOI_X2APIC
	movl	$GUEST_MSR_EOI, %ecx
	xorl	%eax, %eax
	xorl	%edx, %edx
	wrmsr
	.endm

/* Port instructions: DX, AL/AX/EAX, CX, SI, DI are the test's; HLT ends. */
GUEST out8
	outb	%al, %dx
	hlt
END out8

GUEST out16
	outw	%ax, %dx
	hlt
END out16

GUEST out32
	outl	%eax, %dx
	hlt
END out32

GUEST out_imm
	outb	%al, $0x42
	hlt
END out_imm

GUEST in8
	inb	%dx, %al
	movl	%eax, GUEST_DATA
	hlt
END in8

GUEST in16
	inw	%dx, %ax
	movl	%eax, GUEST_DATA
	hlt
END in16

GUEST in32
	inl	%dx, %eax
	movl	%eax, GUEST_DATA
	hlt
END in32

GUEST outsb
	outsb
	hlt
END outsb

GUEST rep_outsw
	rep outsw
	hlt
END rep_outsw

GUEST insb
	insb
	hlt
END insb

GUEST rep_insl
	rep insl
	hlt
END rep_insl

/* Memory through FS, so that any guest physical address is in reach. */
GUEST fs_read8
	movb	%fs:(%bx), %al
	movl	%eax, GUEST_DATA
	hlt
END fs_read8

GUEST fs_read32
	movl	%fs:(%bx), %eax
	movl	%eax, GUEST_DATA
	hlt
END fs_read32

GUEST fs_write8
	movb	%al, %fs:(%bx)
	hlt
END fs_write8

GUEST fs_write16
	movw	%ax, %fs:(%bx)
	hlt
END fs_write16

GUEST fs_write32
	movl	%eax, %fs:(%bx)
	hlt
END fs_write32

/* Writes EAX through FS and then says on a port that it went on. */
GUEST fs_write32_out
	movl	%eax, %fs:(%bx)
	outb	%al, $GUEST_PORT_DONE
	hlt
END fs_write32_out

GUEST fs_write16_out
	movw	%ax, %fs:(%bx)
	outb	%al, $GUEST_PORT_DONE
	hlt
END fs_write16_out

/* Reads and writes one word in one instruction. */
GUEST fs_rmw
	incl	%fs:(%bx)
	hlt
END fs_rmw

GUEST hlt
	hlt
	hlt
END hlt

GUEST cpuid
	cpuid
	movl	%eax, GUEST_DATA
	movl	%ebx, GUEST_DATA + 4
	movl	%ecx, GUEST_DATA + 8
	movl	%edx, GUEST_DATA + 12
	outb	%al, $GUEST_PORT_DONE
	hlt
END cpuid

GUEST rdmsr
	rdmsr
	movl	%eax, GUEST_DATA
	movl	%edx, GUEST_DATA + 4
	outb	%al, $GUEST_PORT_DONE
	hlt
END rdmsr

GUEST wrmsr
	wrmsr
	outb	%al, $GUEST_PORT_DONE
	hlt
END wrmsr

GUEST ud2
	ud2
	outb	%al, $GUEST_PORT_DONE
	hlt
END ud2

GUEST divide
	divb	%cl
	outb	%al, $GUEST_PORT_DONE
	hlt
END divide

/* One value after the other, for ever: nothing may be lost or come twice. */
GUEST count_out
	xorl	%eax, %eax
1:	incl	%eax
	outl	%eax, $GUEST_PORT_DONE
	jmp	1b
END count_out

/* Counts in memory and in EAX without an exit. */
GUEST spin
	xorl	%eax, %eax
1:	incl	%eax
	movl	%eax, GUEST_DATA
	jmp	1b
END spin

/* Waits until the host writes to GUEST_DATA + 4. */
GUEST wait_flag
1:	incl	GUEST_DATA
	cmpl	$0, GUEST_DATA + 4
	je	1b
	outb	%al, $GUEST_PORT_DONE
	hlt
END wait_flag

/*
 * Interrupts. The APIC is in x2APIC mode already (APIC_BASE is set by the test).
 * The handlers lie at fixed offsets so that a test can fill in the vectors.
 */
	.macro APIC_ON
	movl	$GUEST_MSR_SVR, %ecx
	movl	$0x1ff, %eax
	xorl	%edx, %edx
	wrmsr
	.endm

	.macro HANDLER vector
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	incl	GUEST_DATA + 4 * (\vector - GUEST_VECTOR_A)
	movb	$\vector, %al
	outb	%al, $GUEST_PORT_IRQ
	EOI_X2APIC
	popl	%edx
	popl	%ecx
	popl	%eax
	iretw
	.endm

/* Idle: halts with interrupts on. */
GUEST irq_idle
	APIC_ON
	outb	%al, $GUEST_PORT_READY
1:	sti
	hlt
	jmp	1b
	.org	guest_irq_idle + GUEST_HANDLER_A
	HANDLER	GUEST_VECTOR_A
	.org	guest_irq_idle + GUEST_HANDLER_B
	HANDLER	GUEST_VECTOR_B
END irq_idle

/* The same, but looks at a register of its device after each interrupt. */
GUEST irq_read32
	APIC_ON
1:	movl	%fs:(%bx), %eax
	movl	%eax, GUEST_DATA + 0x10
	outb	%al, $GUEST_PORT_READY
	sti
	hlt
	cli
	jmp	1b
	.org	guest_irq_read32 + GUEST_HANDLER_A
	HANDLER	GUEST_VECTOR_A
END irq_read32

/* Busy: never halts, interrupts on. */
GUEST irq_busy
	APIC_ON
	outb	%al, $GUEST_PORT_READY
	sti
1:	incl	GUEST_DATA + 0x100
	jmp	1b
	.org	guest_irq_busy + GUEST_HANDLER_A
	HANDLER	GUEST_VECTOR_A
	.org	guest_irq_busy + GUEST_HANDLER_B
	HANDLER	GUEST_VECTOR_B
END irq_busy

/* Closed: interrupts stay off until the second port exit was completed. */
GUEST irq_closed
	APIC_ON
	outb	%al, $GUEST_PORT_READY
	movl	$GUEST_CLOSED_LOOPS, %ecx
1:	decl	%ecx
	jnz	1b
	outb	%al, $GUEST_PORT_DONE
	sti
2:	hlt
	jmp	2b
	.org	guest_irq_closed + GUEST_HANDLER_A
	HANDLER	GUEST_VECTOR_A
	.org	guest_irq_closed + GUEST_HANDLER_B
	HANDLER	GUEST_VECTOR_B
END irq_closed

/* Starts the next VP: INIT, then SIPI with the place. */
GUEST start_next_vp
	APIC_ON
	movl	$GUEST_MSR_ICR, %ecx
	movl	$1, %edx
	movl	$0x4500, %eax
	wrmsr
	movl	$(0x4600 | GUEST_SIPI_VECTOR), %eax
	wrmsr
	outb	%al, $GUEST_PORT_DONE
	hlt
END start_next_vp

/* Interrupts the next VP. */
GUEST send_ipi
	APIC_ON
	movl	$GUEST_MSR_ICR, %ecx
	movl	$1, %edx
	movl	$(0x4000 | GUEST_VECTOR_A), %eax
	wrmsr
	outb	%al, $GUEST_PORT_DONE
	hlt
END send_ipi

	.section .note.GNU-stack, "", @progbits
