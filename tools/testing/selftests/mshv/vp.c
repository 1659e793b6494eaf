// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual processors: creation, registers, state before the first run.
 */
#include "mshv_test.h"

#define VP_LIMIT 256

FIXTURE(vp) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_SETUP(vp)
{
	test_ok(mshv_vm_open(&self->vm));
	test_ok(mshv_vm_add_vp(&self->vm, 0));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(vp)
{
	mshv_vm_close(&self->vm);
}

TEST_F(vp, descriptor_is_closed_on_exec)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->vp->fd, F_GETFD));
}

TEST_F(vp, index_is_taken_once)
{
	test_err_create_vp(EEXIST, self->vm.fd, 0);
}

/* The hypervisor's VP lives as long as the partition. */
TEST_F(vp, index_stays_taken_after_closing)
{
	EXPECT_EQ(0, close(self->vp->fd));
	self->vp->fd = -1;
	test_err_create_vp(EEXIST, self->vm.fd, 0);
}

TEST_F(vp, index_beyond_the_limit)
{
	test_err_create_vp(EINVAL, self->vm.fd, VP_LIMIT);
	test_err_create_vp(EINVAL, self->vm.fd, UINT32_MAX);
	test_err_create_vp(EINVAL, self->vm.fd, 0x80000000);
}

TEST_F(vp, several_with_gaps)
{
	test_create_vp(self->vm.fd, 3);
	test_create_vp(self->vm.fd, 1);
	test_create_vp(self->vm.fd, 7);
	test_err_create_vp(EEXIST, self->vm.fd, 3);
}

TEST_F(vp, needs_an_initialized_partition)
{
	int pt = test_create_partition(self->vm.dev, MSHV_TEST_PT_FLAGS);

	test_err_create_vp(EIO, pt, 0);
	test_initialize(pt);
	test_create_vp(pt, 0);
}

TEST_F(vp, starts_at_the_reset_vector)
{
	struct hv_register_assoc regs[] = {
		{ .name = HV_X64_REGISTER_RIP },
		{ .name = HV_X64_REGISTER_RFLAGS },
		{ .name = HV_X64_REGISTER_CS },
		{ .name = HV_X64_REGISTER_CR0 },
	};

	test_get_regs(self->vp, regs, ARRAY_SIZE(regs));
	EXPECT_EQ(0xfff0, regs[0].value.reg64);
	EXPECT_EQ(2, regs[1].value.reg64);
	EXPECT_EQ(0xf000, regs[2].value.segment.selector);
	EXPECT_EQ(0xffff0000, regs[2].value.segment.base);
	EXPECT_EQ(0, regs[3].value.reg64 & 1);
}

TEST_F(vp, starts_suspended)
{
	EXPECT_EQ(1, mshv_get_reg(self->vp, HV_REGISTER_EXPLICIT_SUSPEND));
	EXPECT_EQ(0, mshv_get_reg(self->vp, HV_REGISTER_INTERCEPT_SUSPEND));
}

TEST_F(vp, general_registers_keep_their_values)
{
	struct hv_register_assoc regs[18], back[18];
	unsigned int i;

	memset(regs, 0, sizeof(regs));
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		regs[i].name = HV_X64_REGISTER_RAX + i;
		regs[i].value.reg64 = 0x1122334455667700ULL + i;
	}
	regs[17].value.reg64 = 0x246;	/* RFLAGS */
	memcpy(back, regs, sizeof(back));
	test_set_regs(self->vp, regs, ARRAY_SIZE(regs));
	for (i = 0; i < ARRAY_SIZE(back); i++)
		back[i].value.reg64 = 0;
	test_get_regs(self->vp, back, ARRAY_SIZE(back));
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		EXPECT_EQ(regs[i].value.reg64, back[i].value.reg64)
			TH_LOG("register %#x", regs[i].name);
	}
}

TEST_F(vp, segments_keep_their_values)
{
	struct hv_register_assoc regs[8], back[8];
	unsigned int i;

	memset(regs, 0, sizeof(regs));
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		regs[i].name = HV_X64_REGISTER_ES + i;
		regs[i].value.segment.base = 0x10000 * i;
		regs[i].value.segment.limit = 0xffff;
		regs[i].value.segment.selector = 8 * (i + 1);
		regs[i].value.segment.attributes = 0x93;
	}
	regs[1].value.segment.attributes = 0x9b;
	regs[6].value.segment.attributes = 0x82;
	regs[7].value.segment.attributes = 0x8b;
	memcpy(back, regs, sizeof(back));
	test_set_regs(self->vp, regs, ARRAY_SIZE(regs));
	for (i = 0; i < ARRAY_SIZE(back); i++)
		memset(&back[i].value, 0xff, sizeof(back[i].value));
	test_get_regs(self->vp, back, ARRAY_SIZE(back));
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		EXPECT_EQ(0, memcmp(&regs[i].value, &back[i].value,
				    sizeof(regs[i].value)))
			TH_LOG("segment register %#x", regs[i].name);
	}
}

TEST_F(vp, tables_keep_their_values)
{
	struct hv_register_assoc regs[] = {
		{ .name = HV_X64_REGISTER_IDTR },
		{ .name = HV_X64_REGISTER_GDTR },
	};

	regs[0].value.table.base = 0x12345000;
	regs[0].value.table.limit = 0xfff;
	regs[1].value.table.base = 0x54321000;
	regs[1].value.table.limit = 0x7f;
	test_set_regs(self->vp, regs, 2);
	memset(&regs[0].value, 0, sizeof(regs[0].value));
	memset(&regs[1].value, 0, sizeof(regs[1].value));
	test_get_regs(self->vp, regs, 2);
	EXPECT_EQ(0x12345000, regs[0].value.table.base);
	EXPECT_EQ(0xfff, regs[0].value.table.limit);
	EXPECT_EQ(0x54321000, regs[1].value.table.base);
	EXPECT_EQ(0x7f, regs[1].value.table.limit);
}

TEST_F(vp, xmm_registers_keep_their_values)
{
	struct hv_register_assoc regs[16];
	unsigned int i;

	memset(regs, 0, sizeof(regs));
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		regs[i].name = HV_X64_REGISTER_XMM0 + i;
		regs[i].value.reg128.low_part = 0x1000 + i;
		regs[i].value.reg128.high_part = ~(uint64_t)i;
	}
	test_set_regs(self->vp, regs, ARRAY_SIZE(regs));
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		memset(&regs[i].value, 0, sizeof(regs[i].value));
	test_get_regs(self->vp, regs, ARRAY_SIZE(regs));
	for (i = 0; i < ARRAY_SIZE(regs); i++) {
		EXPECT_EQ(0x1000 + i, regs[i].value.reg128.low_part);
		EXPECT_EQ(~(uint64_t)i, regs[i].value.reg128.high_part);
	}
}

/* Those that VMMs save, restore and reset (value chosen to be legal in each). */
static const struct {
	uint32_t name;
	uint64_t value;
} scalars[] = {
	{ HV_X64_REGISTER_CR2, 0xdead0000 },
	{ HV_X64_REGISTER_CR3, 0x9000 },
	{ HV_X64_REGISTER_CR4, 0x620 },
	{ HV_X64_REGISTER_CR8, 3 },
	{ HV_X64_REGISTER_DR0, 0x1000 },
	{ HV_X64_REGISTER_DR1, 0x2000 },
	{ HV_X64_REGISTER_DR2, 0x3000 },
	{ HV_X64_REGISTER_DR3, 0x4000 },
	{ HV_X64_REGISTER_DR6, 0xffff0ff0 },
	{ HV_X64_REGISTER_DR7, 0x400 },
	{ HV_X64_REGISTER_EFER, 0x800 },
	{ HV_X64_REGISTER_KERNEL_GS_BASE, 0xffff800012345678 },
	{ HV_X64_REGISTER_PAT, 0x0007040600070406 },
	{ HV_X64_REGISTER_SYSENTER_CS, 0x10 },
	{ HV_X64_REGISTER_SYSENTER_EIP, 0xffffffff81000000 },
	{ HV_X64_REGISTER_SYSENTER_ESP, 0xffffffff82000000 },
	{ HV_X64_REGISTER_STAR, 0x0023001000000000 },
	{ HV_X64_REGISTER_LSTAR, 0xffffffff81800000 },
	{ HV_X64_REGISTER_CSTAR, 0xffffffff81900000 },
	{ HV_X64_REGISTER_SFMASK, 0x47700 },
	{ HV_X64_REGISTER_MSR_MTRR_DEF_TYPE, 0xc06 },
	{ HV_X64_REGISTER_MSR_MTRR_PHYS_BASE0, 0x80000000 },
	{ HV_X64_REGISTER_MSR_MTRR_PHYS_MASK0, 0xff80000800 },
	{ HV_X64_REGISTER_MSR_MTRR_FIX64K00000, 0x0606060606060606 },
	{ HV_X64_REGISTER_MSR_MTRR_FIX4KF8000, 0x0505050505050505 },
	{ HV_X64_REGISTER_TSC_AUX, 5 },
};

TEST_F(vp, single_registers_keep_their_values)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(scalars); i++) {
		EXPECT_EQ(0, _test_set_reg(self->vp, scalars[i].name,
					   scalars[i].value))
			TH_LOG("setting register %#x", scalars[i].name);
		EXPECT_EQ(scalars[i].value,
			  mshv_get_reg(self->vp, scalars[i].name))
			TH_LOG("register %#x", scalars[i].name);
	}
}

/* The synthetic interrupt controller as a VMM restores it. */
TEST_F(vp, synthetic_registers_keep_their_values)
{
	static const uint32_t names[] = {
		HV_REGISTER_SINT0 + 2, HV_REGISTER_SINT0 + 15,
		HV_REGISTER_SCONTROL, HV_REGISTER_SIEFP, HV_REGISTER_SIMP,
	};
	static const uint64_t values[] = { 0x10040, 0x10050, 1, 0x7001, 0x8001 };
	struct mshv_vm vm;
	unsigned int i;

	test_ok(mshv_vm_create(&vm, MSHV_TEST_PT_FLAGS));
	test_set_property(vm.fd, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			  BIT(0) | BIT(1) | BIT(4) | BIT(7) | BIT(8));
	test_initialize(vm.fd);
	test_ok(mshv_vm_ram(&vm, GUEST_RAM_SIZE));
	test_ok(mshv_vm_add_vp(&vm, 0));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		test_set_reg(&vm.vp[0], names[i], values[i]);
		EXPECT_EQ(values[i], mshv_get_reg(&vm.vp[0], names[i]))
			TH_LOG("register %#x", names[i]);
	}
	mshv_vm_close(&vm);
}

TEST_F(vp, events_keep_their_values)
{
	union hv_x64_interrupt_state_register state = { .nmi_masked = 1 };
	union hv_x64_pending_interruption_register event = {
		.interruption_pending = 1,
		.interruption_type = 3,
		.deliver_error_code = 1,
		.interruption_vector = 13,
		.error_code = 0x18,
	};

	test_set_reg(self->vp, HV_REGISTER_INTERRUPT_STATE, state.as_uint64);
	EXPECT_EQ(state.as_uint64,
		  mshv_get_reg(self->vp, HV_REGISTER_INTERRUPT_STATE));
	test_set_reg(self->vp, HV_REGISTER_PENDING_INTERRUPTION,
		     event.as_uint64);
	EXPECT_EQ(event.as_uint64,
		  mshv_get_reg(self->vp, HV_REGISTER_PENDING_INTERRUPTION));
}

/* One VP's registers are not another's. */
TEST_F(vp, registers_belong_to_their_vp)
{
	struct mshv_vp *other = &self->vm.vp[1];

	test_ok(mshv_vm_add_vp(&self->vm, 1));
	test_set_reg(self->vp, HV_X64_REGISTER_RAX, 0xaaaa);
	test_set_reg(other, HV_X64_REGISTER_RAX, 0xbbbb);
	EXPECT_EQ(0xaaaa, mshv_get_reg(self->vp, HV_X64_REGISTER_RAX));
	EXPECT_EQ(0xbbbb, mshv_get_reg(other, HV_X64_REGISTER_RAX));
	EXPECT_EQ(0, mshv_get_reg(self->vp, HV_REGISTER_VP_INDEX));
	EXPECT_EQ(1, mshv_get_reg(other, HV_REGISTER_VP_INDEX));
}

/* One unknown name fails the call, and the count says how far it came. */
TEST_F(vp, unknown_register_among_known_ones)
{
	struct {
		struct hv_input_get_vp_registers head;
		uint32_t names[3];
	} in = {
		.names = { HV_X64_REGISTER_RAX, 0x0fffffff, HV_X64_REGISTER_RBX },
	};
	union hv_register_value out[3];
	struct mshv_root_hvcall args = {
		.code = HVCALL_GET_VP_REGISTERS,
		.reps = 3,
		.in_sz = sizeof(in),
		.out_sz = sizeof(out),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)out,
	};

	test_err_hvcall(EINVAL, self->vp->fd, &args);
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, args.status);
	EXPECT_EQ(1, args.reps);
}

TEST_F(vp, registers_of_a_missing_vp)
{
	struct mshv_vp missing = { .fd = self->vp->fd, .index = 9 };
	struct hv_register_assoc reg = { .name = HV_X64_REGISTER_RAX };

	test_err_get_regs(EINVAL, &missing, &reg, 1);
	test_err_set_regs(EINVAL, &missing, &reg, 1);
}

/* More than a page of output is not asked for; the largest batch is. */
TEST_F(vp, sixty_four_registers_in_one_call)
{
	struct hv_register_assoc regs[64];
	unsigned int i;

	memset(regs, 0, sizeof(regs));
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, 77);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		regs[i].name = HV_X64_REGISTER_RBX;
	test_get_regs(self->vp, regs, ARRAY_SIZE(regs));
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		test_eq(77, regs[i].value.reg64);
}

TEST_HARNESS_MAIN
