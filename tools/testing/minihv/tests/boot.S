/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bzImage by hand (boot protocol 2.15): the real-mode part is only the header,
 * the protected-mode part has its 64-bit entry at offset 0x200. minihv enters it
 * with paging on, memory below 512 GiB mapped at its own address, interrupts off.
 */
	.section .setup, "a"
setup:
	.org 0x1f1
	.byte 1				/* setup_sects */
	.word 0				/* root_flags */
	.long image_paragraphs		/* syssize */
	.word 0, 0, 0
	.word 0xaa55			/* boot_flag */
	.byte 0xeb, setup_end - header	/* jump: tells how long the header is */
header:
	.ascii "HdrS"
	.word 0x20f			/* version */
	.long 0				/* realmode_swtch */
	.word 0, 0			/* start_sys_seg, kernel_version */
	.byte 0, 1			/* type_of_loader, loadflags: loaded high */
	.word 0
	.long LOAD_ADDRESS		/* code32_start */
	.long 0, 0, 0			/* ramdisk, its size, bootsect_kludge */
	.word 0, 0
	.long 0				/* cmd_line_ptr */
	.long 0x7fffffff		/* initrd_addr_max */
	.long 0x200000			/* kernel_alignment */
	.byte 1, 21			/* relocatable_kernel, min_alignment */
	.word 1				/* xloadflags: has the 64-bit entry */
	.long 2047			/* cmdline_size */
	.long 0
	.quad 0
	.long 0, 0			/* payload */
	.quad 0				/* setup_data */
	.quad LOAD_ADDRESS		/* pref_address */
	.long image_memory		/* init_size */
	.long 0				/* handover_offset */
setup_end:
	.org 0x400

	.section .head, "ax"
	.code64
	.org 0x200
	.globl entry64
entry64:
	lea entry64(%rip), %rax
	cmp $entry64, %rax
	jne misplaced
	lea boot_stack_end, %rsp
	lea bss_start, %rdi
	lea bss_end, %rcx
	sub %rdi, %rcx
	xor %eax, %eax
	rep stosb
	mov %rsi, %rdi
	call test_main
	/* The image is linked for one address; running anywhere else is the loader's fault. */
misplaced:
	lea misplaced_text(%rip), %rsi
	mov $0x3f8, %dx
1:	lodsb
	test %al, %al
	jz 2f
	out %al, %dx
	jmp 1b
2:	cli
	hlt
	jmp 2b
misplaced_text:
	.asciz "Bail out! not loaded at its preferred address, or returned\r\n"

	.text
/* One stub per vector; all of them leave vector and error code for the C side. */
	.globl vector_stubs
	.balign 16
vector_stubs:
	.set i, 0
	.rept 256
	.balign 16
	.if i != 8 && (i < 10 || i > 14) && i != 17 && i != 21
	push $0
	.endif
	push $i
	jmp interrupt_common
	.set i, i + 1
	.endr

interrupt_common:
	push %rax
	push %rcx
	push %rdx
	push %rbx
	push %rbp
	push %rsi
	push %rdi
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	cld
	mov %rsp, %rdi
	call interrupt
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rdi
	pop %rsi
	pop %rbp
	pop %rbx
	pop %rdx
	pop %rcx
	pop %rax
	add $16, %rsp
	iretq

/* uint64_t call_page(control, in, out, page): one hypercall. */
	.globl call_page
call_page:
	mov %rdx, %r8
	mov %rsi, %rdx
	mov %rcx, %r9
	mov %rdi, %rcx
	push %rbx
	call *%r9
	pop %rbx
	ret

	.bss
	.balign 16
	.skip 32768
boot_stack_end:

	.section .note.GNU-stack, "", @progbits
