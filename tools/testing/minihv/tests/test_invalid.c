// SPDX-License-Identifier: GPL-2.0-only
/* States that no processor can be in: by the child's instructions, and by its parent. */
#include "child.h"

#define EXC_GP			13
#define SLOT			16
#define TABLES			0x10000
#define CR0_LONG		0x80000031ull	/* PG, NE, ET, PE */
#define CR4_PAE			BIT(5)
#define EFER_LME		BIT(8)
#define MSR_EFER		0xc0000080
#define CODE64			0xa09b
#define ROUNDS			400

GUEST(refused);
GUEST(refused64);
GUEST(halt);

static uint64_t seed = 1;

static uint64_t random(void)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return seed >> 32 | seed << 32;
}

static void make(struct child *c)
{
	struct hv_input_install_intercept *in = hc_in;

	child_make(c, DEFAULT_FLAGS, 1);
	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->access_type = HV_INTERCEPT_ACCESS_MASK_EXECUTE;
	in->intercept_type = HV_INTERCEPT_TYPE_EXCEPTION;
	in->intercept_parameter.exception_vector = EXC_GP;
	call_with_deposit(HVCALL_INSTALL_INTERCEPT, c->id, &c->deposited);
}

static void set_code(struct child *c, uint16_t attributes)
{
	union hv_register_value cs = { 0 };

	cs.segment.limit = 0xffffffff;
	cs.segment.selector = 8;
	cs.segment.attributes = attributes;
	child_set_reg(c, 0, HV_X64_REGISTER_CS, &cs);
}

/* Into 64-bit mode, the first 2 MiB mapped at their own addresses. */
static void enter_long_mode(struct child *c)
{
	uint64_t *tables = (uint64_t *)(c->memory + TABLES);

	tables[0] = (TABLES + PAGE_SIZE) | 3;
	tables[512] = (TABLES + 2 * PAGE_SIZE) | 3;
	tables[1024] = 0x83;
	child_set_reg64(c, 0, HV_X64_REGISTER_CR3, TABLES);
	child_set_reg64(c, 0, HV_X64_REGISTER_CR4, CR4_PAE);
	child_set_reg64(c, 0, HV_X64_REGISTER_EFER, EFER_LME);
	child_set_reg64(c, 0, HV_X64_REGISTER_CR0, CR0_LONG);
	set_code(c, CODE64);
}

/* The instruction of @slot with @value: #GP, and nothing has changed. */
static void refused(struct child *c, unsigned int slot, uint64_t value, const char *what)
{
	const struct hv_x64_exception_intercept_message *m = child_payload(c, 0);
	uint64_t rip = GUEST_CODE + slot * SLOT, cr4 = child_reg64(c, 0, HV_X64_REGISTER_CR4);

	child_set_reg64(c, 0, HV_X64_REGISTER_RCX, MSR_EFER);
	child_set_reg64(c, 0, HV_X64_REGISTER_RAX, value);
	child_set_reg64(c, 0, HV_X64_REGISTER_RDX, value >> 32);
	child_set_reg64(c, 0, HV_X64_REGISTER_RIP, rip);
	if (!child_expect(c, 0, HVMSG_X64_EXCEPTION_INTERCEPT, what))
		return;
	report(m->exception_vector == EXC_GP && m->exception_info.error_code_valid &&
	       !m->error_code, "%s: #GP(0)", what);
	report_eq(m->header.rip, rip, "%s: at the instruction", what);
	report_eq(child_reg64(c, 0, HV_X64_REGISTER_CR4), cr4, "%s: CR4 is as it was", what);
}

static void by_instruction(void)
{
	struct child c;

	make(&c);
	START_GUEST(&c, 0, refused);
	refused(&c, 0, 0xffffffff, "all bits of CR4");
	refused(&c, 0, BIT(13), "CR4.VMXE");
	refused(&c, 1, BIT(13), "EFER.LMSLE");
	refused(&c, 1, BIT(1), "a reserved bit of EFER");
	START_GUEST(&c, 0, refused64);
	enter_long_mode(&c);
	refused(&c, 0, ~0ull, "all bits of CR4 in 64-bit mode");
	refused(&c, 0, BIT(32) | CR4_PAE, "bit 32 of CR4");
	refused(&c, 1, 0, "EFER.LME cleared while paging");
	refused(&c, 2, BIT(62) | TABLES, "bit 62 of CR3");
	refused(&c, 2, BIT(52) | TABLES, "bit 52 of CR3");
	refused(&c, 3, BIT(32), "bit 32 of DR6");
	refused(&c, 4, BIT(63), "bit 63 of DR7");
	child_destroy(&c);
}

static const uint32_t names[] = {
	HV_X64_REGISTER_CR0, HV_X64_REGISTER_CR3, HV_X64_REGISTER_CR4, HV_X64_REGISTER_EFER,
	HV_X64_REGISTER_DR6, HV_X64_REGISTER_DR7,
};

/* Sane ones with some bits turned over; what the parent may not even set stays. */
static void set_some(struct child *c)
{
	static const uint64_t sane[ARRAY_SIZE(names)] = {
		CR0_LONG, TABLES, CR4_PAE, EFER_LME, 0xffff0ff0, 0x400,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		union hv_register_value v = { .reg64 = sane[i] };

		child_set_reg(c, 0, names[i], &v);
		if (random() % 4 == 0) {
			v.reg64 ^= BIT(random() % 64) | BIT(random() % 32);
			child_set_reg(c, 0, names[i], &v);
		}
	}
	set_code(c, random() % 8 ? CODE64 : CODE64 | 0x4000);
}

static void read_all(struct child *c, uint64_t values[ARRAY_SIZE(names) + 1])
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		values[i] = child_reg64(c, 0, names[i]);
	values[i] = child_reg64(c, 0, HV_X64_REGISTER_RIP);
}

static void by_parent(void)
{
	uint64_t before[ARRAY_SIZE(names) + 1], after[ARRAY_SIZE(names) + 1];
	unsigned int i, invalid = 0, ended = 0, changed = 0;
	struct child c;

	make(&c);
	for (i = 0; i < ROUNDS; i++) {
		START_GUEST(&c, 0, halt);
		enter_long_mode(&c);
		set_some(&c);
		read_all(&c, before);
		if (child_run_on(&c, 0, 10000) != RUN_INTERCEPT)
			break;
		ended++;
		if (c.vp[0].message->header.message_type != HVMSG_INVALID_VP_REGISTER_VALUE)
			continue;
		invalid++;
		read_all(&c, after);
		changed += !!memcmp(before, after, sizeof(before));
	}
	report_eq(ended, ROUNDS, "a VP in any state stops at an intercept");
	report(invalid > ROUNDS / 8, "many are invalid");
	report_eq(changed, 0, "and stay what the parent set");
	child_set_reg64(&c, 0, HV_X64_REGISTER_DR6, 0xffff0ff0);
	child_set_reg64(&c, 0, HV_X64_REGISTER_DR7, 0x400);
	START_GUEST(&c, 0, halt);
	enter_long_mode(&c);
	child_expect(&c, 0, HVMSG_X64_HALT, "set right, the VP runs");
	child_destroy(&c);
}

static uint16_t pend(struct child *c, uint32_t vector)
{
	union hv_x64_pending_interruption_register p = {
		.interruption_pending = 1, .interruption_type = HV_X64_PENDING_EXCEPTION,
		.interruption_vector = vector,
	};
	union hv_register_value v = { .reg64 = p.as_uint64 };

	return child_set_reg(c, 0, HV_REGISTER_PENDING_INTERRUPTION, &v);
}

static void values(void)
{
	static const struct {
		uint32_t name;
		uint64_t value;
		const char *what;
	} bad[] = {
		{ HV_X64_REGISTER_XFEM, 9, "one of two components for bounds" },
		{ HV_X64_REGISTER_XFEM, 5, "AVX without SSE" },
		{ HV_X64_REGISTER_PAT, 2, "no memory type" },
		{ HV_X64_REGISTER_TSC_AUX, BIT(32), "TSC_AUX of 33 bits" },
		{ HV_X64_REGISTER_EFER, BIT(13), "EFER.LMSLE" },
		{ HV_X64_REGISTER_DR7, BIT(32), "DR7 of 33 bits" },
	};
	static const uint32_t none[] = { 2, 31, 32, 255 };
	union hv_register_value v;
	struct child c;
	unsigned int i;

	make(&c);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		v = (union hv_register_value){ .reg64 = bad[i].value };
		report_eq(child_set_reg(&c, 0, bad[i].name, &v),
			  HV_STATUS_INVALID_REGISTER_VALUE, "refused: %s", bad[i].what);
	}
	for (i = 0; i < ARRAY_SIZE(none); i++)
		report_eq(pend(&c, none[i]), HV_STATUS_INVALID_REGISTER_VALUE,
			  "%u is no exception", none[i]);
	report_eq(pend(&c, 30), HV_STATUS_SUCCESS, "30 is one");
	child_destroy(&c);
}

void test_invalid(void)
{
	synic_setup();
	by_instruction();
	by_parent();
	values();
	synic_teardown();
}
