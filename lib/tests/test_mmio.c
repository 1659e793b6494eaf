// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * MMIO: instructions carried out by the library and by the processor that runs the
 * test leave the same registers, flags and memory.
 */
#include <errno.h>
#include <string.h>

#include "emulate/alu.h"
#include "fakevp.h"
#include "test.h"

#define DEVICE_GPA 0xd0000000
#define ROUNDS 50

#define CR0_PE 1
#define CR4_OSFXSR 0x200

/* AF is undefined after logical operations; test_alu looks at it otherwise. */
#define FLAGS (ALU_FLAGS & ~UINT64_C(0x10))

struct state {
	uint64_t rax, rcx, rdx, rbx, rsi, rdi, r8, flags;
	/* 1 is on the register page, 9 is not. */
	struct { uint64_t half[2]; } xmm1, xmm9;
};

/*
 * An instruction as a function of the state, and its bytes. The red zone must not
 * be pushed over.
 */
#define INSN(id, text) \
	extern const uint8_t insn_##id[], insn_##id##_end[]; \
	__attribute__((noinline, noclone)) static void run_##id(struct state *s) \
	{ \
		register uint64_t r8 asm("r8") = s->r8; \
		register uint64_t flags asm("r9") = s->flags; \
		asm volatile("movups %[x1], %%xmm1; movups %[x9], %%xmm9\n" \
			     "lea -128(%%rsp), %%rsp; push %[f]; popf\n" \
			     "insn_" #id ": " text "\ninsn_" #id "_end:\n" \
			     "pushf; pop %[f]; cld; lea 128(%%rsp), %%rsp\n" \
			     "movups %%xmm1, %[x1]; movups %%xmm9, %[x9]" \
			     : "+a"(s->rax), "+c"(s->rcx), "+d"(s->rdx), \
			       "+b"(s->rbx), "+S"(s->rsi), "+D"(s->rdi), \
			       "+r"(r8), [f] "+r"(flags), [x1] "+m"(s->xmm1), \
			       [x9] "+m"(s->xmm9) \
			     : : "cc", "memory", "xmm1", "xmm9"); \
		s->r8 = r8; \
		s->flags = flags; \
	}

#include "mmio_insns.h"
#undef INSN

#define INSN(id, ...) { #id, run_##id, insn_##id, insn_##id##_end },
static const struct {
	const char *name;
	void (*run)(struct state *s);
	const uint8_t *bytes, *end;
} insns[] = {
#include "mmio_insns.h"
};

static _Alignas(4096) uint8_t native[4096];
static uint8_t device[4096];
static unsigned int reads, writes;
/* Only its generator is used. */
static struct hvmodel dice = { .random = 4711 };

static int device_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
		       uint64_t *value)
{
	(void)vp;
	CHECK(opaque == device && gpa - DEVICE_GPA <= sizeof(device) - size);
	reads++;
	memcpy(value, device + (gpa - DEVICE_GPA), size);
	return 0;
}

static int device_write(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size,
			uint64_t value)
{
	(void)vp;
	CHECK(opaque == device && gpa - DEVICE_GPA <= sizeof(device) - size);
	CHECK(size == 8 || !(value >> 8 * size));
	writes++;
	memcpy(device + (gpa - DEVICE_GPA), &value, size);
	return 0;
}

static const struct mshv_mmio_ops ops = {
	.size = sizeof(ops),
	.read = device_read,
	.write = device_write,
};

/* The device appears at the linear address at which the processor has memory. */
static void make_exit(const uint8_t *bytes, size_t n)
{
	struct hv_x64_memory_intercept_message *m =
		(void *)fake.message.u.payload;

	memset(&fake.message, 0, sizeof(fake.message));
	fake.message.header.message_type = HVMSG_UNMAPPED_GPA;
	fake.message.header.payload_size = sizeof(*m);
	m->header.cs_segment._long = 1;
	m->header.execution_state.efer_lma = 1;
	m->header.intercept_access_type = HV_INTERCEPT_ACCESS_WRITE;
	m->memory_access_info.gva_valid = 1;
	m->memory_access_info.gva_gpa_valid = 1;
	m->guest_virtual_address = (uintptr_t)native;
	m->guest_physical_address = DEVICE_GPA;
	m->instruction_byte_count = (uint8_t)n;
	memcpy(m->instruction_bytes, bytes, n);
}

/* Comparisons find something if there is little to choose from. */
static void random_memory(void)
{
	uint8_t mask = hvmodel_below(&dice, 2) ? 0xff : 1;

	for (size_t i = 0; i < sizeof(native); i++)
		native[i] = (uint8_t)(hvmodel_random(&dice) >> 32) & mask;
	memcpy(device, native, sizeof(device));
}

static void random_state(struct state *s, const char *name)
{
	struct hvmodel *m = &dice;
	unsigned int at;

	random_memory();
	s->rax = hvmodel_random(m);
	s->rdx = hvmodel_random(m);
	s->r8 = hvmodel_random(m);
	for (unsigned int i = 0; i < 2; i++) {
		s->xmm1.half[i] = hvmodel_random(m);
		s->xmm9.half[i] = hvmodel_random(m);
	}
	/* Base, index or count, and string pointers. */
	at = 1024 + (hvmodel_below(m, 64) & (strstr(name, "aligned") ? 0x30 : 0xff));
	s->rbx = (uintptr_t)native + at;
	s->rcx = hvmodel_below(m, 16);
	s->rsi = (uintptr_t)native + 2048 + hvmodel_below(m, 64);
	s->rdi = (uintptr_t)native + 3072 + hvmodel_below(m, 64);
	/* What is compared is equal often: CMPXCHG, with 8 bytes and 16. */
	if (hvmodel_below(m, 2)) {
		memcpy(&s->rax, native + at, 8);
		memcpy(&s->rdx, native + at + 4 + 4 * hvmodel_below(m, 2), 8);
	}
	s->flags = 2 | (hvmodel_random(m) & ALU_FLAGS) |
		   (hvmodel_below(m, 2) ? 0x400 : 0);
}

static void load_guest(const struct state *s)
{
	union hv_register_value v;

	memcpy(&v, &s->xmm1, sizeof(v));
	fakevp_set(HV_X64_REGISTER_XMM0 + 1, v);
	memcpy(&v, &s->xmm9, sizeof(v));
	fakevp_set(HV_X64_REGISTER_XMM0 + 9, v);
	fakevp_set64(HV_X64_REGISTER_CR0, CR0_PE);
	fakevp_set64(HV_X64_REGISTER_CR4, CR4_OSFXSR);
	fakevp_set64(HV_X64_REGISTER_RAX, s->rax);
	fakevp_set64(HV_X64_REGISTER_RCX, s->rcx);
	fakevp_set64(HV_X64_REGISTER_RDX, s->rdx);
	fakevp_set64(HV_X64_REGISTER_RBX, s->rbx);
	fakevp_set64(HV_X64_REGISTER_RSI, s->rsi);
	fakevp_set64(HV_X64_REGISTER_RDI, s->rdi);
	fakevp_set64(HV_X64_REGISTER_R8, s->r8);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, s->flags);
	fakevp_set64(HV_X64_REGISTER_RIP, 0x1000);
}

static uint64_t reg(uint32_t name)
{
	uint64_t value;

	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	return value;
}

static void compare_vector(uint32_t name, const void *wanted)
{
	union hv_register_value v;

	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
	CHECK(!memcmp(&v, wanted, sizeof(v)));
}

static void compare(const struct state *s, size_t length, uint64_t flags)
{
	compare_vector(HV_X64_REGISTER_XMM0 + 1, &s->xmm1);
	compare_vector(HV_X64_REGISTER_XMM0 + 9, &s->xmm9);
	CHECK_EQ(reg(HV_X64_REGISTER_RAX), s->rax);
	CHECK_EQ(reg(HV_X64_REGISTER_RCX), s->rcx);
	CHECK_EQ(reg(HV_X64_REGISTER_RDX), s->rdx);
	CHECK_EQ(reg(HV_X64_REGISTER_RBX), s->rbx);
	CHECK_EQ(reg(HV_X64_REGISTER_RSI), s->rsi);
	CHECK_EQ(reg(HV_X64_REGISTER_RDI), s->rdi);
	CHECK_EQ(reg(HV_X64_REGISTER_R8), s->r8);
	CHECK_EQ(reg(HV_X64_REGISTER_RFLAGS) & flags, s->flags & flags);
	CHECK_EQ(reg(HV_X64_REGISTER_RIP), 0x1000 + length);
	CHECK(!memcmp(device, native, sizeof(device)));
}

/* Stop at an instruction with random registers. */
static void start(enum hv_page_mode mode, struct state *s, const char *name,
		  const uint8_t *bytes, size_t n)
{
	fakevp_start(mode, 0);
	fake.model.idle = true;
	random_state(s, name);
	load_guest(s);
	make_exit(bytes, n);
	fakevp_run();
	fake.ioctls = 0;
}

/* Bit tests define no flag but the carry. */
static uint64_t defined_flags(const char *name)
{
	return strncmp(name, "bt", 2) ? FLAGS : ALU_CARRY;
}

static void check_insn(size_t i, enum hv_page_mode mode)
{
	size_t length = (size_t)(insns[i].end - insns[i].bytes);
	const char *name = insns[i].name;
	bool off_page = strstr(name, "xmm9");
	struct state s;

	start(mode, &s, name, insns[i].bytes, length);
	/* Shown by the harness if the test ends here. */
	test_note(name);
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &ops, device), 0);
	CHECK(fake.ioctls <= (mode == PAGE_VALID ? 0u : 1u) + off_page);
	insns[i].run(&s);
	compare(&s, length, defined_flags(name));
	test_note(NULL);
	fakevp_finish();
}

static void check_all(enum hv_page_mode mode)
{
	reads = 0;
	writes = 0;
	for (size_t i = 0; i < ARRAY_SIZE(insns); i++)
		for (unsigned int round = 0; round < ROUNDS; round++)
			check_insn(i, mode);
	CHECK(reads > ROUNDS && writes > ROUNDS);
}

TEST(mmio_agrees_with_the_processor_with_page)
{
	check_all(PAGE_VALID);
}

TEST(mmio_agrees_with_the_processor_without_page)
{
	check_all(PAGE_MISSING);
}

static int no_read(struct mshv_vp *vp, void *opaque, uint64_t gpa, unsigned int size, uint64_t *value)
{
	(void)vp;
	CHECK(opaque && gpa && size && value);
	return -EIO;
}

TEST(mmio_device_error_completes_nothing)
{
	static const struct mshv_mmio_ops bad = {
		.size = sizeof(bad),
		.read = no_read,
		.write = device_write,
	};
	static const uint8_t bytes[] = { 0x8b, 0x03 };
	struct state s;

	start(PAGE_VALID, &s, "", bytes, sizeof(bytes));
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &bad, device), -EIO);
	compare(&s, 0, FLAGS);
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, NULL, device), -EINVAL);
	CHECK_EQ(mshv_vp_handle_mmio(NULL, &bad, device), -EINVAL);
	fakevp_finish();
}

TEST(mmio_refuses_what_it_does_not_know)
{
	/* fild (%rbx); fxsave (%rbx); vaddps (%rbx), %ymm0, %ymm0; and a port exit */
	static const uint8_t fpu[] = { 0xdb, 0x03 }, fxsave[] = { 0x0f, 0xae, 0x03 };
	static const uint8_t avx[] = { 0xc5, 0xfc, 0x58, 0x03 };
	struct state s;

	start(PAGE_VALID, &s, "", fpu, sizeof(fpu));
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &ops, device), -EOPNOTSUPP);
	make_exit(fxsave, sizeof(fxsave));
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &ops, device), -EOPNOTSUPP);
	make_exit(avx, sizeof(avx));
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &ops, device), -EOPNOTSUPP);
	compare(&s, 0, FLAGS);
	fakevp_port(0x80, 1, true);
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &ops, device), -EINVAL);
	fakevp_finish();
}
