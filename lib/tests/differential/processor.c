// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The library beside the processor that runs the test: instructions made at random leave the
 * same registers, flags and memory.
 *
 * usage: processor CASES [SEED]
 */
#include <cpuid.h>
#include <inttypes.h>
#include <mshvctl/mshvctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hvabi/intercept.h>

#include "kernel.h"
#include "make.h"

#define DEVICE_GPA UINT64_C(0xd0000000)
#define AROUND 512 /* bytes of the device that are new each time */
#define FP_TOP_SHIFT 27

static _Alignas(NATIVE_PAGE) uint8_t device[NATIVE_PAGE], stack[NATIVE_PAGE];
static struct mshv_vp *guest;
static struct native before;
static unsigned int top; /* of the x87 stack */
static const struct made *now;

static _Noreturn void fail(const char *what, uint64_t is, uint64_t wanted)
{
	printf("# %s: %s is %" PRIx64 ", wanted %" PRIx64 "; bytes:", now->row->name, what, is,
	       wanted);
	for (size_t i = 0; i < now->n; i++)
		printf(" %02x", now->bytes[i]);
	printf("\n# general registers before:");
	for (unsigned int i = 0; i < 16; i++)
		printf(" %" PRIx64, before.general[i]);
	printf(", flags %" PRIx64 "\n", before.rflags);
	exit(1);
}

static void same(const char *what, uint64_t is, uint64_t wanted)
{
	if (is != wanted)
		fail(what, is, wanted);
}

static int device_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
		       uint64_t *value)
{
	(void)vp;
	(void)opaque;
	if (gpa - DEVICE_GPA > NATIVE_PAGE - size)
		return -1;
	memcpy(value, device + (gpa - DEVICE_GPA), size);
	return 0;
}

static int device_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
			uint64_t value)
{
	(void)vp;
	(void)opaque;
	if (gpa - DEVICE_GPA > NATIVE_PAGE - size)
		return -1;
	memcpy(device + (gpa - DEVICE_GPA), &value, size);
	return 0;
}

static const struct mshv_mmio_ops ops = { sizeof(ops), device_read, device_write };

/* ---- the guest, as *NATIVE is */

static void set_selectors(void)
{
	uint16_t selector[6];

	asm("mov %%es, %0; mov %%cs, %1; mov %%ss, %2; mov %%ds, %3; mov %%fs, %4; mov %%gs, %5"
	    : "=r"(selector[0]), "=r"(selector[1]), "=r"(selector[2]), "=r"(selector[3]),
	      "=r"(selector[4]), "=r"(selector[5]));
	for (uint32_t i = 0; i < 6; i++)
		kernel_register(HV_X64_REGISTER_ES + i)->segment.selector = selector[i];
}

/* An area whose upper halves are all zero may say so by having none. */
static void set_xsave(void)
{
	const uint64_t present = UINT64_C(1) << 63 | 7;
	uint64_t used = 7;

	if (!native_has_avx() || make_below(4) == 0) {
		for (unsigned int i = 0; i < 16; i++)
			memset(NATIVE->vector[i] + 2, 0, 16);
		used = 3;
	}
	memcpy(kernel.xsave + KERNEL_XSAVE_HEADER, &used, sizeof(used));
	memcpy(kernel.xsave + KERNEL_XSAVE_HEADER + 8, &present, sizeof(present));
	for (size_t i = 0; i < 16; i++)
		memcpy(kernel.xsave + KERNEL_XSAVE_AVX + 16 * i,
		       used == 7 ? (void *)(NATIVE->vector[i] + 2) : (void *)device, 16);
}

static void set_guest(void)
{
	for (uint32_t i = 0; i < 16; i++) {
		kernel_register(HV_X64_REGISTER_RAX + i)->reg64 = NATIVE->general[i];
		memcpy(kernel_register(HV_X64_REGISTER_XMM0 + i), NATIVE->vector[i], 16);
	}
	kernel_register(HV_X64_REGISTER_RIP)->reg64 = NATIVE_CODE;
	kernel_register(HV_X64_REGISTER_RFLAGS)->reg64 = NATIVE->rflags;
	kernel_register(HV_X64_REGISTER_CR0)->reg64 = 1;
	kernel_register(HV_X64_REGISTER_CR4)->reg64 = 0x40200; /* OSXSAVE, OSFXSR */
	kernel_register(HV_X64_REGISTER_XFEM)->reg64 = 7;
	memset(kernel_register(HV_REGISTER_PENDING_EVENT0), 0, 16);
	top = make_below(8);
	kernel_register(HV_X64_REGISTER_FP_CONTROL_STATUS)->reg128.low_part =
		(uint64_t)top << FP_TOP_SHIFT;
	for (uint32_t i = 0; i < 8; i++)
		kernel_register(HV_X64_REGISTER_FP_MMX0 + i)->reg128.low_part =
			NATIVE->mmx[(i + top) % 8];
}

static void set_exit(const struct made *made)
{
	struct hv_x64_memory_intercept_message *m = (void *)kernel.message.u.payload;

	kernel.message.header.message_type = HVMSG_UNMAPPED_GPA;
	kernel.message.header.payload_size = sizeof(*m);
	m->header.rip = NATIVE_CODE;
	m->header.rflags = NATIVE->rflags;
	m->header.cs_segment._long = 1;
	m->header.execution_state.efer_lma = 1;
	m->header.execution_state.cr0_pe = 1;
	m->header.intercept_access_type = HV_INTERCEPT_ACCESS_WRITE;
	m->memory_access_info.gva_valid = 1;
	m->memory_access_info.gva_gpa_valid = 1;
	m->guest_virtual_address = NATIVE_DEVICE;
	m->guest_physical_address = DEVICE_GPA;
	m->instruction_byte_count = sizeof(m->instruction_bytes);
	memcpy(m->instruction_bytes, made->bytes, sizeof(m->instruction_bytes));
}

static void set_memory(const struct made *made)
{
	uint8_t *memory = (uint8_t *)NATIVE_DEVICE, *sp = (uint8_t *)NATIVE->general[4];
	const uint64_t mask = make_below(3) ? UINT64_MAX : UINT64_C(0x0100000000000001);

	for (size_t i = 0; i < AROUND; i += 8) {
		uint64_t value = make_random() & mask;

		memcpy(memory + (made->at & ~7u) - AROUND / 2 + i, &value, 8);
	}
	if (made->row->special & NOT_ZERO)
		memory[made->at] |= 1;
	if (made->row->special & COMPARES && make_below(2) && made->base && made->index &&
	    made->base != 2 && made->index != 2) {
		memcpy(&NATIVE->general[0], memory + made->at, 8);
		memcpy(&NATIVE->general[2], memory + made->at + made->size / 2, 8);
	}
	memcpy(device, memory, sizeof(device));
	if (made->row->bytes != STACK)
		return;
	for (size_t i = 0; i < 32; i++)
		sp[i - 16] = (uint8_t)make_random();
	memcpy(stack, (void *)NATIVE_STACK, sizeof(stack));
}

/* ---- the comparison */

static void compare_vectors(bool avx_is_used)
{
	uint64_t used;

	memcpy(&used, kernel.xsave + KERNEL_XSAVE_HEADER, sizeof(used));
	for (unsigned int i = 0; i < 16; i++) {
		const uint64_t *low = (const void *)kernel_register(HV_X64_REGISTER_XMM0 + i);
		uint64_t high[2] = { 0 };

		same("XMM", low[0], NATIVE->vector[i][0]);
		same("XMM, upper half", low[1], NATIVE->vector[i][1]);
		if (used & 4)
			memcpy(high, kernel.xsave + KERNEL_XSAVE_AVX + 16 * i, sizeof(high));
		if (!avx_is_used)
			continue;
		same("YMM", high[0], NATIVE->vector[i][2]);
		same("YMM, upper half", high[1], NATIVE->vector[i][3]);
	}
}

static void compare_mmx(void)
{
	const uint64_t control =
		kernel_register(HV_X64_REGISTER_FP_CONTROL_STATUS)->reg128.low_part;

	same("top of stack", control >> FP_TOP_SHIFT & 7, 0);
	same("tags", control >> 32 & 0xff, 0xff);
	for (uint32_t i = 0; i < 8; i++)
		same("MMX", kernel_register(HV_X64_REGISTER_FP_MMX0 + i)->reg128.low_part,
		     NATIVE->mmx[i]);
}

static void compare(const struct made *made, bool completed)
{
	const union hv_register_value *event = kernel_register(HV_REGISTER_PENDING_EVENT0);

	same("exception", event->pending_exception_event.event_pending, !completed);
	if (!completed)
		same("vector", event->pending_exception_event.vector, 0);
	for (uint32_t i = 0; i < 16; i++)
		same("a general register", kernel_register(HV_X64_REGISTER_RAX + i)->reg64,
		     NATIVE->general[i]);
	same("flags", kernel_register(HV_X64_REGISTER_RFLAGS)->reg64 & made->flags,
	     NATIVE->rflags & made->flags);
	same("RIP", kernel_register(HV_X64_REGISTER_RIP)->reg64,
	     NATIVE_CODE + (completed ? made->n : 0));
	compare_vectors(native_has_avx());
	if (made->row->special & MMX)
		compare_mmx();
	if (memcmp(device, (void *)NATIVE_DEVICE, sizeof(device)))
		fail("memory", 0, 0);
	if (made->row->bytes == STACK && memcmp(stack, (void *)NATIVE_STACK, sizeof(stack)))
		fail("stack", 0, 0);
}

static void one(const struct made *made)
{
	const struct hv_message *message;
	bool completed;

	now = made;
	set_memory(made);
	set_xsave();
	before = *NATIVE;
	set_guest();
	set_exit(made);
	same("run", (uint64_t)mshv_vp_run(guest, &message), 0);
	same("handle", (uint64_t)mshv_vp_handle_mmio(guest, &ops, NULL), 0);
	same("flush", (uint64_t)mshv_vp_flush_regs(guest), 0);
	completed = native_run(made->bytes, made->n, made->row->special & MMX);
	compare(made, completed);
}

static bool is_here(const struct row *row)
{
	unsigned int a, b, c = 0, d;

	__cpuid_count(7, 0, a, b, c, d);
	return !((row->special & HAS_SSE42 && !__builtin_cpu_supports("sse4.2")) ||
		 (row->special & HAS_POPCNT && !__builtin_cpu_supports("popcnt")) ||
		 (row->special & HAS_BMI && !__builtin_cpu_supports("bmi")) ||
		 (row->special & HAS_LZCNT && !__builtin_cpu_supports("lzcnt")) ||
		 (row->special & HAS_MOVBE && !__builtin_cpu_supports("movbe")) ||
		 (row->special & HAS_MOVDIRI && !(c >> 27 & 1)));
}

static int start(void)
{
	struct mshv_host *host;
	struct mshv_vm *vm;

	if (!native_start() || mshv_host_open(NULL, &host) || mshv_vm_create(host, NULL, &vm) ||
	    mshv_vm_map(vm, NATIVE_STACK, stack, sizeof(stack), MSHV_MEM_WRITE) ||
	    mshv_vp_create(vm, 0, 0, &guest))
		return -1;
	set_selectors();
	return 0;
}

int main(int argc, char **argv)
{
	const uint64_t wanted = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
	uint64_t *done = calloc(rows_n, sizeof(*done)), cases = 0;
	struct made made;

	make_seed(argc > 2 ? strtoull(argv[2], NULL, 0) : 4711);
	if (!done || start()) {
		printf("# cannot start\n");
		return 2;
	}
	while (cases < wanted) {
		size_t i = make_below((unsigned int)rows_n);

		if (!is_here(&rows[i]) || !make(&rows[i], &made))
			continue;
		one(&made);
		done[i]++;
		cases++;
	}
	for (size_t i = 0; i < rows_n; i++)
		if (!done[i])
			printf("# %s is not compared: the processor has it not\n",
			       rows[i].name);
	printf("# %" PRIu64 " cases of %zu instructions\n", cases, rows_n);
	return 0;
}
