// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Instructions on the processor that runs the test.
 */
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#include "native.h"

#define STATE_MMX (16 * 8 + 8)
#define STATE_VECTOR (STATE_MMX + 8 * 8)

_Static_assert(offsetof(struct native, mmx) == STATE_MMX, "known to the assembler");
_Static_assert(offsetof(struct native, vector) == STATE_VECTOR, "known to the assembler");
_Static_assert(sizeof(struct native) < 0x800, "what the assembler keeps is behind it");

/*
 * enter: save what a function must keep, take all registers but RSP from the state, and go
 * to the code, which comes back to leave. Addresses of the state need no register.
 */
asm(".set S, 0x10000000\n"
	".set HOST_RSP, S + 0x800\n"
	".set WITH_MMX, S + 0x808\n"
	".set WITH_AVX, S + 0x809\n"
	".set V, S + 16 * 8 + 8 + 8 * 8\n"
	".text\n"
	".type native_enter, @function\n"
	"native_enter:\n"
	"push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
	"movq %rsp, HOST_RSP\n"
	"cmpb $0, WITH_MMX; je 1f\n"
	".irp i, 0,1,2,3,4,5,6,7\n"
	"movq S + 16 * 8 + 8 + \\i * 8, %mm\\i\n"
	".endr\n"
	"1: cmpb $0, WITH_AVX; je 2f\n"
	".irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"vmovups V + \\i * 32, %ymm\\i\n"
	".endr\n"
	"jmp 3f\n"
	"2:\n"
	".irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"movups V + \\i * 32, %xmm\\i\n"
	".endr\n"
	"3: pushq S + 16 * 8; popf\n"
	"movq S + 0 * 8, %rax; movq S + 1 * 8, %rcx; movq S + 2 * 8, %rdx\n"
	"movq S + 3 * 8, %rbx; movq S + 4 * 8, %rsp; movq S + 5 * 8, %rbp\n"
	"movq S + 6 * 8, %rsi; movq S + 7 * 8, %rdi\n"
	".irp i, 8,9,10,11,12,13,14,15\n"
	"movq S + \\i * 8, %r\\i\n"
	".endr\n"
	"jmp *S + 0x810\n"
	".globl native_leave\n"
	"native_leave:\n"
	"movq %rax, S + 0 * 8; movq %rcx, S + 1 * 8; movq %rdx, S + 2 * 8\n"
	"movq %rbx, S + 3 * 8; movq %rsp, S + 4 * 8; movq %rbp, S + 5 * 8\n"
	"movq %rsi, S + 6 * 8; movq %rdi, S + 7 * 8\n"
	".irp i, 8,9,10,11,12,13,14,15\n"
	"movq %r\\i, S + \\i * 8\n"
	".endr\n"
	"movq HOST_RSP, %rsp\n"
	"pushf; popq S + 16 * 8; cld\n"
	"cmpb $0, WITH_AVX; je 1f\n"
	".irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"vmovups %ymm\\i, V + \\i * 32\n"
	".endr\n"
	"vzeroupper; jmp 2f\n"
	"1:\n"
	".irp i, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"
	"movups %xmm\\i, V + \\i * 32\n"
	".endr\n"
	"2: cmpb $0, WITH_MMX; je 3f\n"
	".irp i, 0,1,2,3,4,5,6,7\n"
	"movq %mm\\i, S + 16 * 8 + 8 + \\i * 8\n"
	".endr\n"
	"emms\n"
	"3: pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
	"ret\n");

void native_enter(void);
extern const char native_leave[];

static sigjmp_buf divided;

static void on_divide(int number)
{
	siglongjmp(divided, number);
}

static bool make_page(uintptr_t at, int protection)
{
	void *page = mmap((void *)at, NATIVE_PAGE, protection,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	return page == (void *)at;
}

bool native_has_avx(void)
{
	return __builtin_cpu_supports("avx");
}

bool native_start(void)
{
	/* The stack is the instruction's, so the handler has its own. */
	static uint8_t stack[65536];
	const stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
	const struct sigaction action = { .sa_handler = on_divide, .sa_flags = SA_ONSTACK };

	return make_page(NATIVE_STATE, PROT_READ | PROT_WRITE) &&
	       make_page(NATIVE_CODE, PROT_READ | PROT_WRITE | PROT_EXEC) &&
	       make_page(NATIVE_DEVICE, PROT_READ | PROT_WRITE) &&
	       make_page(NATIVE_STACK, PROT_READ | PROT_WRITE) &&
	       !sigaltstack(&alternative, NULL) && !sigaction(SIGFPE, &action, NULL);
}

static void put_jump(uint8_t *at, const void *target)
{
	const uintptr_t address = (uintptr_t)target;

	/* jmp *0(%rip), and the address */
	memcpy(at, "\xff\x25\0\0\0\0", 6);
	memcpy(at + 6, &address, sizeof(address));
}

bool native_run(const uint8_t *bytes, size_t n, bool mmx)
{
	uint8_t *state = (uint8_t *)NATIVE_STATE, *code = (uint8_t *)NATIVE_CODE;
	const uint64_t entry = NATIVE_CODE;
	struct native before = *NATIVE;

	memcpy(code, bytes, n);
	put_jump(code + n, native_leave);
	state[0x808] = mmx;
	state[0x809] = native_has_avx();
	memcpy(state + 0x810, &entry, sizeof(entry));
	if (sigsetjmp(divided, 1)) {
		asm volatile("cld");
		*NATIVE = before;
		return false;
	}
	native_enter();
	return true;
}
