// SPDX-License-Identifier: GPL-2.0-only
/* Registers of a child by hypercall and by the register page. */
#include "child.h"

GUEST(registers);

struct known {
	uint32_t name;
	uint64_t value;
};

static const struct known plain[] = {
	{ HV_X64_REGISTER_RAX, 0x1010101010101010 }, { HV_X64_REGISTER_RCX, 0x2020202020202020 },
	{ HV_X64_REGISTER_RDX, 0x3030303030303030 }, { HV_X64_REGISTER_RBX, 0x4040404040404040 },
	{ HV_X64_REGISTER_RSP, 0x5050505050505050 }, { HV_X64_REGISTER_RBP, 0x6060606060606060 },
	{ HV_X64_REGISTER_RSI, 0x7070707070707070 }, { HV_X64_REGISTER_RDI, 0x8080808080808080 },
	{ HV_X64_REGISTER_R8, 0x0808080808080808 }, { HV_X64_REGISTER_R9, 0x0909090909090909 },
	{ HV_X64_REGISTER_R10, 0x0a0a0a0a0a0a0a0a }, { HV_X64_REGISTER_R11, 0x0b0b0b0b0b0b0b0b },
	{ HV_X64_REGISTER_R12, 0x0c0c0c0c0c0c0c0c }, { HV_X64_REGISTER_R13, 0x0d0d0d0d0d0d0d0d },
	{ HV_X64_REGISTER_R14, 0x0e0e0e0e0e0e0e0e }, { HV_X64_REGISTER_R15, 0x0f0f0f0f0f0f0f0f },
	{ HV_X64_REGISTER_RIP, 0x123456 }, { HV_X64_REGISTER_RFLAGS, 0x202 },
	{ HV_X64_REGISTER_CR2, 0xdeadbeefdeadbeef }, { HV_X64_REGISTER_CR3, 0x7654000 },
	{ HV_X64_REGISTER_CR8, 5 }, { HV_X64_REGISTER_XFEM, 3 },
	{ HV_X64_REGISTER_DR0, 0x1000 }, { HV_X64_REGISTER_DR3, 0x4000 },
	{ HV_X64_REGISTER_PAT, 0x0007040600070406 },
	{ HV_X64_REGISTER_KERNEL_GS_BASE, 0xffff888012345678 },
	{ HV_X64_REGISTER_SYSENTER_CS, 0x10 }, { HV_X64_REGISTER_SYSENTER_EIP, 0x11223344 },
	{ HV_X64_REGISTER_SYSENTER_ESP, 0x55667788 }, { HV_X64_REGISTER_STAR, 0x0023001000000000 },
	{ HV_X64_REGISTER_LSTAR, 0xffffffff81000000 }, { HV_X64_REGISTER_CSTAR, 0x1234 },
	{ HV_X64_REGISTER_SFMASK, 0x47700 }, { HV_X64_REGISTER_TSC_AUX, 7 },
	{ HV_X64_REGISTER_MSR_MTRR_DEF_TYPE, 0x806 },
	{ HV_X64_REGISTER_MSR_MTRR_PHYS_BASE0, 0x80000000 },
	{ HV_X64_REGISTER_MSR_MTRR_FIX4KF8000, 0x0606060606060606 },
};

static void round_trip(struct child *c)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(plain); i++)
		child_set_reg64(c, 0, plain[i].name, plain[i].value);
	for (i = 0; i < ARRAY_SIZE(plain); i++)
		report_eq(child_reg64(c, 0, plain[i].name), plain[i].value,
			  "register 0x%x reads back", plain[i].name);
}

static void wide(struct child *c)
{
	union hv_register_value v = { .reg128 = { 0x1122334455667788, 0x99aabbccddeeff00 } }, r;
	union hv_register_value idtr = { 0 };

	report_eq(child_set_reg(c, 0, HV_X64_REGISTER_XMM0 + 9, &v), HV_STATUS_SUCCESS,
		  "XMM9 can be written");
	child_get_reg(c, 0, HV_X64_REGISTER_XMM0 + 9, &r);
	report(!memcmp(&r, &v, sizeof(v)), "XMM9 reads back");
	v = (union hv_register_value){ 0 };
	v.segment.base = 0x12340;
	v.segment.limit = 0xffff;
	v.segment.selector = 0x1234;
	v.segment.attributes = 0x93;
	child_set_reg(c, 0, HV_X64_REGISTER_FS, &v);
	child_get_reg(c, 0, HV_X64_REGISTER_FS, &r);
	report(!memcmp(&r, &v, sizeof(v)), "FS reads back");
	idtr.table.base = 0x9000;
	idtr.table.limit = 0x7ff;
	child_set_reg(c, 0, HV_X64_REGISTER_IDTR, &idtr);
	child_get_reg(c, 0, HV_X64_REGISTER_IDTR, &r);
	report(r.table.base == 0x9000 && r.table.limit == 0x7ff, "IDTR reads back");
}

static void errors(struct child *c)
{
	struct hv_input_get_vp_registers *in = hc_in;
	union hv_register_value v = { 0 };
	struct hcall_result r;

	report_eq(child_get_reg(c, 1, HV_X64_REGISTER_RAX, &v), HV_STATUS_INVALID_VP_INDEX,
		  "a VP that is not there has no registers");
	memset(in, 0, sizeof(*in));
	in->partition_id = c->id;
	in->names[0] = HV_X64_REGISTER_RAX;
	in->names[1] = HV_X64_REGISTER_RBX;
	in->names[2] = HV_X64_REGISTER_RCX;
	r = hcall(HVCALL_GET_VP_REGISTERS | REPS(3));
	report(r.status == HV_STATUS_SUCCESS && r.reps == 3, "several registers in one call");
	report_eq(((uint64_t *)hc_out)[2], plain[3].value, "the second of them");
	r = hcall(HVCALL_GET_VP_REGISTERS | REPS(3) | REP_START(2));
	report(r.status == HV_STATUS_SUCCESS && r.reps == 3, "a call can go on at its third");
	report_eq(((uint64_t *)hc_out)[4], plain[1].value, "and answers in the third place");
}

/* What the guest sees in its registers, and what the parent sees of its changes. */
static void in_guest(struct child *c)
{
	const uint32_t *seen = (const uint32_t *)(c->memory + 0x7000);
	struct hv_vp_register_page *page = c->vp[0].regs;

	child_set_reg64(c, 0, HV_X64_REGISTER_CR3, 0);
	child_set_reg64(c, 0, HV_X64_REGISTER_CR8, 0);
	START_GUEST(c, 0, registers);
	if (!child_expect(c, 0, HVMSG_X64_HALT, "the guest stores its registers"))
		return;
	report_eq(seen[0], 0x10101010, "it saw EAX");
	report_eq(seen[1], 0x40404040, "it saw EBX");
	report_eq(seen[4], 0x70707070, "it saw ESI");
	report_eq(seen[7], 0xdeadbeef, "it saw CR2");
	report_eq(seen[8], 0x1000, "it saw DR0");
	report_eq(child_reg64(c, 0, HV_X64_REGISTER_RBX), 0x87654321, "its change of EBX is seen");
	report_eq(page->rsi, 0x01020304, "its change of ESI is on the register page");
	report_eq(child_reg64(c, 0, HV_X64_REGISTER_R12), plain[12].value,
		  "what it left alone is as before");
}

static void suspend(struct child *c)
{
	union hv_register_value v;

	report_eq(child_get_reg(c, 0, HV_REGISTER_EXPLICIT_SUSPEND, &v), HV_STATUS_SUCCESS,
		  "the explicit suspend register can be read");
	report(v.explicit_suspend.suspended, "a new VP is suspended");
}

/* The VPs have one TSC page, so a VMM that sets their TSCs one by one must not part them. */
static void tscs_in_step(void)
{
	uint64_t first, second, third;
	struct child c;

	child_make(&c, DEFAULT_FLAGS, 2);
	child_set_reg64(&c, 0, HV_X64_REGISTER_TSC, 0);
	wait_ms(20);
	child_set_reg64(&c, 1, HV_X64_REGISTER_TSC, 0);
	first = child_reg64(&c, 0, HV_X64_REGISTER_TSC);
	second = child_reg64(&c, 1, HV_X64_REGISTER_TSC);
	third = child_reg64(&c, 0, HV_X64_REGISTER_TSC);
	report(first <= second && second <= third, "the TSCs of two VPs stay in step");
	child_set_reg64(&c, 0, HV_X64_REGISTER_TSC, BIT(60));
	report(child_reg64(&c, 1, HV_X64_REGISTER_TSC) >= BIT(60), "also when they are moved");
	child_destroy(&c);
}

void test_register(void)
{
	struct child c;

	synic_setup();
	tscs_in_step();
	child_make(&c, DEFAULT_FLAGS, 1);
	suspend(&c);
	round_trip(&c);
	wide(&c);
	errors(&c);
	in_guest(&c);
	child_destroy(&c);
	synic_teardown();
}
