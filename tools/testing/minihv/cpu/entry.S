/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * World switch (AMD APM vol. 2, 15.5) and the hypervisor's own exceptions.
 */
#include "base/asm.h"

	.text
	.code64
/*
 * void svm_vmrun(uint64_t vmcb_pa, struct gprs *gprs, uint64_t host_vmcb_pa,
 *		  struct vmrun_times *times)
 *
 * The TSC is read as near to the guest as its registers allow.
 *
 * Called and left with GIF clear. IF is set around VMRUN because, for a guest
 * with virtual interrupt masking, the host's IF decides whether a physical
 * interrupt ends the guest's turn.
 */
	.globl svm_vmrun
svm_vmrun:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rcx
	push	%rdi
	push	%rsi
	push	%rdx
	mov	%rdi, %rax
	vmload	%rax
	mov	%rsi, %rdi
	mov	0x10(%rdi), %rbx
	mov	0x18(%rdi), %rbp
	mov	0x20(%rdi), %rsi
	mov	0x30(%rdi), %r8
	mov	0x38(%rdi), %r9
	mov	0x40(%rdi), %r10
	mov	0x48(%rdi), %r11
	mov	0x50(%rdi), %r12
	mov	0x58(%rdi), %r13
	mov	0x60(%rdi), %r14
	mov	0x68(%rdi), %r15
	rdtsc
	mov	%eax, 0x00(%rcx)
	mov	%edx, 0x04(%rcx)
	mov	0x00(%rdi), %rcx
	mov	0x08(%rdi), %rdx
	mov	0x28(%rdi), %rdi
	mov	0x10(%rsp), %rax
	sti
	nop
	vmrun	%rax
	cli
	vmsave	%rax
	mov	0x08(%rsp), %rax
	mov	%rcx, 0x00(%rax)
	mov	%rdx, 0x08(%rax)
	mov	0x18(%rsp), %rcx
	rdtsc
	mov	%eax, 0x08(%rcx)
	mov	%edx, 0x0c(%rcx)
	mov	0x08(%rsp), %rax
	mov	%rbx, 0x10(%rax)
	mov	%rbp, 0x18(%rax)
	mov	%rsi, 0x20(%rax)
	mov	%rdi, 0x28(%rax)
	mov	%r8, 0x30(%rax)
	mov	%r9, 0x38(%rax)
	mov	%r10, 0x40(%rax)
	mov	%r11, 0x48(%rax)
	mov	%r12, 0x50(%rax)
	mov	%r13, 0x58(%rax)
	mov	%r14, 0x60(%rax)
	mov	%r15, 0x68(%rax)
	pop	%rax
	vmload	%rax
	add	$0x18, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret

/*
 * NMIs are the only interrupts the hypervisor takes: kicks and its timer. All the
 * handler has to do is count and end the NMI; whoever lets it in looks at the reasons.
 */
	.globl nmi_entry
nmi_entry:
	incq	%gs:CPU_NMIS
	iretq

	.macro exception vector, has_error
	.balign 16
	.if \has_error == 0
	push	$0
	.endif
	push	$\vector
	jmp	exception_common
	.endm

	.balign 16
	.globl exception_entries
exception_entries:
	.irp v, 0, 1, 2, 3, 4, 5, 6, 7
	exception \v, 0
	.endr
	exception 8, 1
	exception 9, 0
	.irp v, 10, 11, 12, 13, 14
	exception \v, 1
	.endr
	.irp v, 15, 16
	exception \v, 0
	.endr
	exception 17, 1
	.irp v, 18, 19, 20
	exception \v, 0
	.endr
	exception 21, 1
	.irp v, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	exception \v, 0
	.endr

exception_common:
	mov	%rsp, %rdi
	and	$~15, %rsp
	call	cpu_exception

/* Code of the idle guest, see vp/enter.c. */
	.globl idle_code
idle_code:
	hlt
	jmp	idle_code

	.section .note.GNU-stack, "", @progbits
