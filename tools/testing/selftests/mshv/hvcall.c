// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSHV_ROOT_HVCALL: which hypercalls pass, on which descriptor, and what comes
 * back from the others.
 */
#include "mshv_test.h"

FIXTURE(hvcall) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_SETUP(hvcall)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(hvcall)
{
	mshv_vm_close(&self->vm);
}

static const uint16_t allowed[] = {
	HVCALL_GET_PARTITION_PROPERTY,
	HVCALL_SET_PARTITION_PROPERTY,
	HVCALL_INSTALL_INTERCEPT,
	HVCALL_GET_VP_REGISTERS,
	HVCALL_SET_VP_REGISTERS,
	HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
	HVCALL_CLEAR_VIRTUAL_INTERRUPT,
	HVCALL_REGISTER_INTERCEPT_RESULT,
	HVCALL_ASSERT_VIRTUAL_INTERRUPT,
	HVCALL_SIGNAL_EVENT_DIRECT,
	HVCALL_POST_MESSAGE_DIRECT,
	HVCALL_GET_GPA_PAGES_ACCESS_STATES,
	HVCALL_GET_VP_CPUID_VALUES,
	HVCALL_GET_PARTITION_PROPERTY_EX,
};

static bool is_allowed(uint16_t code)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(allowed); i++)
		if (allowed[i] == code)
			return true;
	return false;
}

/* Refused without asking the hypervisor, with the arguments left as they are. */
#define expect_refused(fd, code_)					\
	do {								\
		uint64_t _in[16] = { 0 };				\
		struct mshv_root_hvcall _args = {			\
			.code = code_,					\
			.in_sz = sizeof(_in),				\
			.in_ptr = (uintptr_t)_in,			\
		};							\
		struct mshv_root_hvcall _before = _args;		\
									\
		EXPECT_EQ(-EINVAL, _test_hvcall(fd, &_args))		\
			TH_LOG("hypercall %#x", code_);			\
		EXPECT_EQ(0, memcmp(&_args, &_before, sizeof(_args)));	\
	} while (0)

TEST_F(hvcall, others_are_refused)
{
	unsigned int code;

	for (code = 0; code < 0x200; code++) {
		if (is_allowed(code))
			continue;
		/* ours_extensions has what is special about that one */
		if (code != HVCALL_SCRUB_PARTITION || mshv_driver_is_in_tree())
			expect_refused(self->vm.fd, code);
		expect_refused(self->vp->fd, code);
	}
	expect_refused(self->vm.fd, 0x8001);
	expect_refused(self->vm.fd, 0xffff);
}

TEST_F(hvcall, device_allows_two)
{
	unsigned int code;

	for (code = 0; code < 0x200; code++) {
		if (code == HVCALL_GET_PARTITION_PROPERTY ||
		    code == HVCALL_GET_PARTITION_PROPERTY_EX)
			continue;
		expect_refused(self->vm.dev, code);
	}
}

TEST_F(hvcall, asynchronous_on_the_partition_only)
{
	expect_refused(self->vp->fd, HVCALL_SET_PARTITION_PROPERTY);
}

/* Each of the allowed is known to the hypervisor; for others see their tests. */
TEST_F(hvcall, allowed_reach_the_hypervisor)
{
	static const uint16_t harmless[] = {
		HVCALL_INSTALL_INTERCEPT,
		HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
		HVCALL_REGISTER_INTERCEPT_RESULT,
		HVCALL_ASSERT_VIRTUAL_INTERRUPT,
		HVCALL_SIGNAL_EVENT_DIRECT,
		HVCALL_POST_MESSAGE_DIRECT,
	};
	uint64_t in[64], out[512];
	unsigned int i;
	uint16_t status;

	for (i = 0; i < ARRAY_SIZE(harmless); i++) {
		/* nonsense, so that nothing is done */
		memset(in, 0xee, sizeof(in));
		status = mshv_hvcall_status(self->vm.fd, harmless[i], in,
					    sizeof(in), out, sizeof(out));
		EXPECT_NE(UINT16_MAX, status) TH_LOG("hypercall %#x", harmless[i]);
		EXPECT_NE(HV_STATUS_SUCCESS, status)
			TH_LOG("hypercall %#x", harmless[i]);
		EXPECT_NE(HV_STATUS_INVALID_HYPERCALL_CODE, status)
			TH_LOG("hypercall %#x", harmless[i]);
	}
}

/* Whatever partition a caller names, it reaches its own. */
TEST_F(hvcall, partition_id_is_not_the_callers)
{
	static const uint64_t ids[] = { 0, 1, 2, 12345, UINT64_MAX };
	struct hv_input_set_partition_property in = {
		.property_code = HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION,
		.property_value = 1,
	};
	struct mshv_vm other;
	uint64_t value;
	unsigned int i;

	test_ok(mshv_vm_open(&other));
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		in.partition_id = ids[i];
		in.property_value = i & 1;
		EXPECT_EQ(HV_STATUS_SUCCESS,
			  mshv_hvcall_status(self->vm.fd,
					     HVCALL_SET_PARTITION_PROPERTY,
					     &in, sizeof(in), NULL, 0));
		test_get_property(self->vm.fd, in.property_code, &value);
		EXPECT_EQ(in.property_value, value);
		test_get_property(other.fd, in.property_code, &value);
		EXPECT_EQ(0, value);
		/* the caller's own buffer is not written to */
		EXPECT_EQ(ids[i], in.partition_id);
	}
	mshv_vm_close(&other);
}

static const struct hv_input_get_partition_property good_in = {
	.property_code = HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0,
};

static struct mshv_root_hvcall good(uint64_t *out)
{
	struct mshv_root_hvcall args = {
		.code = HVCALL_GET_PARTITION_PROPERTY,
		.in_sz = sizeof(good_in),
		.out_sz = sizeof(*out),
		.in_ptr = (uintptr_t)&good_in,
		.out_ptr = (uintptr_t)out,
	};

	return args;
}

/* Tries one wrong argument on each kind of descriptor. */
#define expect_wrong(err, change)					\
	do {								\
		int _fds[] = { self->vm.dev, self->vm.fd, self->vp->fd }; \
		unsigned int _i;					\
									\
		for (_i = 0; _i < ARRAY_SIZE(_fds); _i++) {		\
			uint64_t out = 0;				\
			struct mshv_root_hvcall args = good(&out);	\
									\
			change;						\
			EXPECT_EQ(-(err), _test_hvcall(_fds[_i], &args)) \
				TH_LOG("%s", #change);			\
			EXPECT_EQ(0, out);				\
		}							\
	} while (0)

TEST_F(hvcall, arguments)
{
	unsigned int i;

	expect_wrong(EINVAL, args.status = 1);
	for (i = 0; i < sizeof(good(NULL).rsvd); i++)
		expect_wrong(EINVAL, args.rsvd[i] = 1);
	expect_wrong(EINVAL, args.in_ptr = 0);
	expect_wrong(EINVAL, args.in_sz = 0);
	expect_wrong(EINVAL, args.in_sz = 7);
	expect_wrong(EINVAL, args.in_sz = 4097);
	expect_wrong(EINVAL, args.out_sz = 0);
	expect_wrong(EINVAL, args.out_sz = 4097);
	expect_wrong(EFAULT, args.in_ptr = 8);
	expect_wrong(EFAULT, args.in_ptr = 0xffff888000000000);
	expect_wrong(EFAULT, args.out_ptr = 8);
}

TEST_F(hvcall, good_arguments_are_good)
{
	int fds[] = { self->vm.dev, self->vm.fd, self->vp->fd };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		uint64_t out = 0;
		struct mshv_root_hvcall args = good(&out);

		test_hvcall(fds[i], &args);
		EXPECT_EQ(0, args.status);
		EXPECT_NE(0, out);
	}
}

/* A failure tells the status, and leaves the output alone. */
TEST_F(hvcall, failure)
{
	struct hv_input_translate_virtual_address in = { .vp_index = 99 };
	struct hv_output_translate_virtual_address out, before;
	struct mshv_root_hvcall args = {
		.code = HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
		.in_sz = sizeof(in),
		.out_sz = sizeof(out),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)&out,
	};

	memset(&out, 0x42, sizeof(out));
	before = out;
	test_err_hvcall(EINVAL, self->vm.fd, &args);
	EXPECT_EQ(HV_STATUS_INVALID_VP_INDEX, args.status);
	EXPECT_EQ(0, memcmp(&before, &out, sizeof(out)));
	EXPECT_EQ(HVCALL_TRANSLATE_VIRTUAL_ADDRESS, args.code);
	EXPECT_EQ(sizeof(out), args.out_sz);
}

/* The caller gets what the hypervisor wrote, and no memory of the kernel's. */
TEST_F(hvcall, output_beyond_the_result_is_zero)
{
	struct hv_register_assoc regs[64] = { 0 };
	struct mshv_root_hvcall args;
	uint64_t *out = mshv_alloc(PAGE_SIZE);
	unsigned int i, round, dirty = 0;

	ASSERT_NE(NULL, out);
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0x5ec2e7);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		regs[i].name = HV_X64_REGISTER_RBX;
	for (round = 0; round < 8; round++) {
		/* a call with much output, whose pages are then free again */
		test_get_regs(self->vp, regs, ARRAY_SIZE(regs));
		memset(out, 0xff, PAGE_SIZE);
		args = good(out);
		args.out_sz = PAGE_SIZE;
		test_hvcall(self->vm.fd, &args);
		for (i = 1; i < PAGE_SIZE / sizeof(*out); i++)
			dirty += !!out[i];
	}
	EXPECT_OR_KNOWN(dirty == 0, "memory of the kernel is copied to the caller");
}

/* Input at the very end of readable memory, no byte more is read. */
TEST_F(hvcall, input_at_the_end_of_memory)
{
	uint8_t *two = mshv_alloc(2 * PAGE_SIZE);
	uint64_t out = 0;
	struct mshv_root_hvcall args = good(&out);

	ASSERT_NE(NULL, two);
	ASSERT_EQ(0, mprotect(two + PAGE_SIZE, PAGE_SIZE, PROT_NONE));
	args.in_ptr = (uintptr_t)two + PAGE_SIZE - sizeof(good_in);
	memcpy((void *)(uintptr_t)args.in_ptr, &good_in, sizeof(good_in));
	test_hvcall(self->vm.fd, &args);
	EXPECT_NE(0, out);
	args = good(&out);
	args.in_ptr = (uintptr_t)two + PAGE_SIZE - 8;
	test_err_hvcall(EFAULT, self->vm.fd, &args);
}

static int _test_translate(struct mshv_vp *vp, uint64_t gva, uint64_t flags,
			   struct hv_output_translate_virtual_address *out)
{
	struct hv_input_translate_virtual_address in = {
		.vp_index = vp->index,
		.control_flags = flags,
		.gva_page = gva / PAGE_SIZE,
	};
	struct mshv_root_hvcall args = {
		.code = HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
		.in_sz = sizeof(in),
		.out_sz = sizeof(*out),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)out,
	};

	return _test_hvcall(vp->fd, &args);
}

#define test_translate(...)	test_ok(_test_translate(__VA_ARGS__))

TEST_F(hvcall, translate_virtual_address)
{
	struct hv_output_translate_virtual_address out;

	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	test_load(&self->vm, lm_two_outs);
	/* the guest has run, so that its page tables are populated */
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);

	test_translate(self->vp, 0x40000000 + GUEST_FREE,
		       HV_TRANSLATE_GVA_VALIDATE_READ, &out);
	EXPECT_EQ(HV_TRANSLATE_GVA_SUCCESS,
		  out.translation_result.result_code);
	EXPECT_EQ(GUEST_FREE / PAGE_SIZE, out.gpa_page);

	/* 2 GiB is not in the tables */
	test_translate(self->vp, 0x80000000, HV_TRANSLATE_GVA_VALIDATE_READ,
		       &out);
	EXPECT_EQ(HV_TRANSLATE_GVA_PAGE_NOT_PRESENT,
		  out.translation_result.result_code);
}

TEST_F(hvcall, translate_without_paging)
{
	struct hv_output_translate_virtual_address out;

	test_load(&self->vm, out_imm);
	test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);
	test_translate(self->vp, GUEST_DATA, HV_TRANSLATE_GVA_VALIDATE_READ,
		       &out);
	EXPECT_EQ(HV_TRANSLATE_GVA_SUCCESS, out.translation_result.result_code);
	EXPECT_EQ(GUEST_DATA / PAGE_SIZE, out.gpa_page);
}

#define guest_cpuid(leaf, result)					\
	do {								\
		int _i;							\
									\
		test_load(&self->vm, cpuid);				\
		test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));	\
		test_set_reg(self->vp, HV_X64_REGISTER_RAX, leaf);	\
		test_set_reg(self->vp, HV_X64_REGISTER_RCX, 0);		\
		test_run_to_port(self->vp, GUEST_PORT_DONE);		\
		for (_i = 0; _i < 4; _i++)				\
			(result)[_i] = mshv_data32(&self->vm, _i);	\
	} while (0)

/* CPUID results that a VMM registers are what the guest sees, bit by bit. */
TEST_F(hvcall, registered_cpuid_result)
{
	struct hv_input_register_intercept_result in = {
		.vp_index = 0,
		.intercept_type = HV_INTERCEPT_TYPE_X64_CPUID,
	};
	struct hv_register_x64_cpuid_result_parameters *p = &in.parameters.cpuid;
	uint32_t before[4], after[4];

	guest_cpuid(1, before);
	p->input.eax = 1;
	p->input.ecx = 0;
	p->input.always_override = 1;
	p->result.ebx = 0x07000000;
	p->result.ebx_mask = 0xff000000;
	p->result.ecx = 0;
	p->result.ecx_mask = 1;
	EXPECT_EQ(HV_STATUS_SUCCESS,
		  mshv_hvcall_status(self->vp->fd,
				     HVCALL_REGISTER_INTERCEPT_RESULT, &in,
				     sizeof(in), NULL, 0));
	guest_cpuid(1, after);
	EXPECT_EQ(before[0], after[0]);
	EXPECT_EQ((before[1] & 0x00ffffff) | 0x07000000, after[1]);
	EXPECT_EQ(before[2] & ~1U, after[2]);
	EXPECT_EQ(before[3], after[3]);
}

TEST_F(hvcall, cpuid_values_of_a_vp)
{
	struct {
		struct hv_input_get_vp_cpuid_values head;
		struct hv_cpuid_leaf_info leaf;
	} in = { .leaf = { .eax = 0 } };
	union hv_output_get_vp_cpuid_values out = { 0 };
	struct mshv_root_hvcall args = {
		.code = HVCALL_GET_VP_CPUID_VALUES,
		.reps = 1,
		.in_sz = sizeof(in),
		.out_sz = sizeof(out),
		.in_ptr = (uintptr_t)&in,
		.out_ptr = (uintptr_t)&out,
	};
	uint32_t guest[4];

	guest_cpuid(0, guest);
	test_hvcall(self->vp->fd, &args);
	EXPECT_EQ(1, args.reps);
	EXPECT_EQ(guest[0], out.eax);
	EXPECT_EQ(guest[1], out.ebx);
	EXPECT_EQ(guest[2], out.ecx);
	EXPECT_EQ(guest[3], out.edx);
}

TEST_HARNESS_MAIN
