// SPDX-License-Identifier: GPL-2.0-only
/*
 * Partitions: creation flags, life cycle, properties.
 */
#include "mshv_test.h"

FIXTURE(partition) {
	int dev;
};

FIXTURE_SETUP(partition)
{
	self->dev = test_open_dev();
}

FIXTURE_TEARDOWN(partition)
{
	EXPECT_EQ(0, close(self->dev));
}

static const struct mshv_create_partition_v2 v2 = {
	.pt_flags = MSHV_TEST_PT_FLAGS | BIT(MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES),
	.pt_num_cpu_fbanks = MSHV_NUM_CPU_FEATURES_BANKS,
};

TEST_F(partition, descriptor_is_closed_on_exec)
{
	int pt = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);

	EXPECT_EQ(FD_CLOEXEC, fcntl(pt, F_GETFD));
}

TEST_F(partition, each_flag_is_accepted)
{
	static const uint64_t flags[] = {
		0,
		BIT(MSHV_PT_BIT_LAPIC),
		BIT(MSHV_PT_BIT_LAPIC) | BIT(MSHV_PT_BIT_X2APIC),
		BIT(MSHV_PT_BIT_GPA_SUPER_PAGES),
		BIT(MSHV_PT_BIT_LAPIC) | BIT(MSHV_PT_BIT_SMT_ENABLED_GUEST),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		int pt = test_create_partition(self->dev, flags[i]);

		test_initialize(pt);
		EXPECT_EQ(0, close(pt));
	}
}

TEST_F(partition, unknown_flags_are_refused)
{
	int bit;

	for (bit = MSHV_PT_BIT_COUNT; bit < 64; bit++)
		test_err_create_partition(EINVAL, self->dev, BIT(bit));
}

TEST_F(partition, unknown_isolation_is_refused)
{
	struct mshv_create_partition args = {
		.pt_isolation = MSHV_PT_ISOLATION_COUNT,
	};

	EXPECT_EQ(-1, ioctl(self->dev, MSHV_CREATE_PARTITION, &args));
	EXPECT_EQ(EINVAL, errno);
	args.pt_isolation = UINT64_MAX;
	EXPECT_EQ(-1, ioctl(self->dev, MSHV_CREATE_PARTITION, &args));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(partition, v2_is_accepted)
{
	struct mshv_create_partition_v2 args = v2;
	int pt = test_create_partition_v2(self->dev, &args);

	test_initialize(pt);
}

/* Of a bank that is not given, the guest has nothing. */
TEST_F(partition, v2_takes_fewer_banks)
{
	struct mshv_create_partition_v2 args = v2;
	uint64_t features;
	int pt;

	args.pt_num_cpu_fbanks = MSHV_NUM_CPU_FEATURES_BANKS - 1;
	pt = _test_create_partition_v2(self->dev, &args);
	EXPECT_OR_KNOWN(pt >= 0, "wants all banks");
	if (pt < 0)
		return;
	test_initialize(pt);
	test_get_property(pt, HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0, &features);
	EXPECT_NE(0, features);
	test_get_property(pt, HV_PARTITION_PROPERTY_PROCESSOR_FEATURES1, &features);
	EXPECT_EQ(0, features);
}

TEST_F(partition, v2_refuses_more_banks)
{
	struct mshv_create_partition_v2 args = v2;

	args.pt_num_cpu_fbanks = MSHV_NUM_CPU_FEATURES_BANKS + 1;
	test_err_create_partition_v2(EINVAL, self->dev, &args);
}

TEST_F(partition, v2_reserved_fields_must_be_zero)
{
	struct mshv_create_partition_v2 args;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(args.pt_rsvd); i++) {
		args = v2;
		args.pt_rsvd[i] = 1;
		test_err_create_partition_v2(EINVAL, self->dev, &args);
	}
	for (i = 0; i < ARRAY_SIZE(args.pt_rsvd1); i++) {
		args = v2;
		args.pt_rsvd1[i] = BIT(63);
		test_err_create_partition_v2(EINVAL, self->dev, &args);
	}
}

/* A caller of version 1 may end right before memory that it cannot read. */
TEST_F(partition, v1_reads_sixteen_bytes_only)
{
	struct mshv_create_partition *v1;
	uint8_t *two = mshv_alloc(2 * PAGE_SIZE);

	ASSERT_NE(NULL, two);
	ASSERT_EQ(0, mprotect(two + PAGE_SIZE, PAGE_SIZE, PROT_NONE));
	v1 = (void *)(two + PAGE_SIZE - sizeof(*v1));
	v1->pt_flags = MSHV_TEST_PT_FLAGS;
	test_fd(ioctl(self->dev, MSHV_CREATE_PARTITION, v1));

	v1->pt_flags |= BIT(MSHV_PT_BIT_CPU_AND_XSAVE_FEATURES);
	EXPECT_EQ(-1, ioctl(self->dev, MSHV_CREATE_PARTITION, v1));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(partition, disabled_processor_feature_is_absent)
{
	struct mshv_create_partition_v2 args = v2;
	uint64_t host, guest, bit;
	int pt;

	test_get_property(self->dev, HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0,
			  &host);
	ASSERT_NE(0, host);

	/* The lowest feature is SSE3: any machine has it. */
	bit = host & -host;
	args.pt_cpu_fbanks[0] = bit;
	pt = test_create_partition_v2(self->dev, &args);
	test_initialize(pt);
	test_get_property(pt, HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0, &guest);
	EXPECT_EQ(0, guest & bit);
	EXPECT_EQ(0, guest & ~host);

	close(pt);
	args.pt_cpu_fbanks[0] = 0;
	pt = test_create_partition_v2(self->dev, &args);
	test_initialize(pt);
	test_get_property(pt, HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0, &guest);
	EXPECT_EQ(bit, guest & bit);
}

TEST_F(partition, initializing_twice_is_harmless)
{
	int pt = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);

	test_initialize(pt);
	test_initialize(pt);
}

TEST_F(partition, closing_without_initializing)
{
	int i;

	for (i = 0; i < 10; i++) {
		int pt = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);

		EXPECT_EQ(0, close(pt));
	}
}

TEST_F(partition, created_and_destroyed_many_times)
{
	void *memory = mshv_alloc(16 * PAGE_SIZE);
	int i;

	ASSERT_NE(NULL, memory);
	for (i = 0; i < 20; i++) {
		int pt = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);
		int vp;

		test_initialize(pt);
		test_map(pt, memory, 16 * PAGE_SIZE, 0, MEM_RWX);
		vp = test_create_vp(pt, 0);
		EXPECT_EQ(0, close(pt));
		EXPECT_EQ(0, close(vp));
	}
}

TEST_F(partition, several_at_once)
{
	int pt[8];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pt); i++) {
		pt[i] = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);
		test_initialize(pt[i]);
		test_create_vp(pt[i], 0);
	}
	/* Neither first in, first out nor the reverse. */
	for (i = 0; i < ARRAY_SIZE(pt); i++)
		test_eq(0, close(pt[(i * 3) % ARRAY_SIZE(pt)]));
}

TEST_F(partition, device_may_be_closed_before)
{
	int dev = test_open_dev();
	int pt = test_create_partition(dev, MSHV_TEST_PT_FLAGS);

	EXPECT_EQ(0, close(dev));
	test_initialize(pt);
	test_create_vp(pt, 0);
}

TEST_F(partition, vp_keeps_it_alive)
{
	struct mshv_vm vm;

	test_ok(mshv_vm_setup(&vm));
	test_load(&vm, out_imm);
	EXPECT_EQ(0, close(vm.fd));
	vm.fd = -1;
	test_run(&vm.vp[0], HVMSG_X64_IO_PORT_INTERCEPT);
	mshv_vm_close(&vm);
}

TEST_F(partition, created_by_another_process)
{
	int status, pt = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);
	pid_t child = fork();

	ASSERT_LE(0, child);
	if (!child)
		_exit(_test_initialize(pt) ? 1 : 0);
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	test_create_vp(pt, 0);
}

/* Early properties are open until the partition is initialized, then closed. */
TEST_F(partition, synthetic_features_are_an_early_property)
{
	const uint64_t features = BIT(0) | BIT(1) | BIT(3) | BIT(7) | BIT(8);
	int pt = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);
	uint64_t value;

	test_set_property(pt, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			  features);
	test_initialize(pt);
	test_get_property(pt, HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES,
			  &value);
	EXPECT_EQ(features, value);
}

TEST_F(partition, early_property_after_initializing)
{
	struct hv_input_set_partition_property in = {
		.property_code = HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS,
	};
	int pt = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);

	test_initialize(pt);
	EXPECT_EQ(HV_STATUS_INVALID_PARTITION_STATE,
		  mshv_hvcall_status(pt, HVCALL_SET_PARTITION_PROPERTY,
				     &in, sizeof(in), NULL, 0));
	test_err_set_property(EIO, pt, HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS, 0);
}

TEST_F(partition, run_time_properties_keep_their_value)
{
	static const uint32_t codes[] = {
		HV_PARTITION_PROPERTY_TIME_FREEZE,
		HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING,
		HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION,
	};
	int pt = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);
	unsigned int i;
	uint64_t value;

	test_initialize(pt);
	for (i = 0; i < ARRAY_SIZE(codes); i++) {
		test_set_property(pt, codes[i], 1);
		test_get_property(pt, codes[i], &value);
		EXPECT_EQ(1, value);
		test_set_property(pt, codes[i], 0);
		test_get_property(pt, codes[i], &value);
		EXPECT_EQ(0, value);
	}
}

/* What a VMM reads of the host before it creates anything. */
TEST_F(partition, host_properties_can_be_read)
{
	static const uint32_t codes[] = {
		HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0,
		HV_PARTITION_PROPERTY_PROCESSOR_FEATURES1,
		HV_PARTITION_PROPERTY_PROCESSOR_XSAVE_FEATURES,
		HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH,
	};
	unsigned int i;
	uint64_t value;

	for (i = 0; i < ARRAY_SIZE(codes); i++)
		test_get_property(self->dev, codes[i], &value);
	EXPECT_LE(32, value);
	EXPECT_GE(52, value);
}

TEST_F(partition, host_assignable_features_can_be_read)
{
	const struct hv_input_get_partition_property_ex in = {
		.property_code =
			HV_PARTITION_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES,
	};
	struct hv_partition_property_synthetic_processor_features out = { 0 };

	EXPECT_EQ(HV_STATUS_SUCCESS,
		  mshv_hvcall_status(self->dev, HVCALL_GET_PARTITION_PROPERTY_EX,
				     &in, sizeof(in), &out, sizeof(out)));
	EXPECT_EQ(1, out.bank_count);
	/* Nobody has a hypervisor without the HV#1 interface to offer. */
	EXPECT_EQ(BIT(0) | BIT(1), out.features.as_uint64[0] & (BIT(0) | BIT(1)));
}

TEST_F(partition, host_properties_cannot_be_set)
{
	test_err_set_property(EINVAL, self->dev,
			      HV_PARTITION_PROPERTY_TIME_FREEZE, 1);
}

/* The reference time of a partition can be moved, and runs on from there. */
TEST_F(partition, reference_time_runs_unless_frozen)
{
	const uint64_t hour = 36000000000ULL;
	int pt = test_create_partition(self->dev, MSHV_TEST_PT_FLAGS);
	uint64_t a, b;

	test_initialize(pt);
	test_set_property(pt, HV_PARTITION_PROPERTY_TIME_FREEZE, 1);
	test_set_property(pt, HV_PARTITION_PROPERTY_REFERENCE_TIME, hour);
	test_get_property(pt, HV_PARTITION_PROPERTY_REFERENCE_TIME, &a);
	usleep(20000);
	test_get_property(pt, HV_PARTITION_PROPERTY_REFERENCE_TIME, &b);
	EXPECT_EQ(hour, a);
	EXPECT_EQ(a, b);

	test_set_property(pt, HV_PARTITION_PROPERTY_TIME_FREEZE, 0);
	usleep(20000);
	test_get_property(pt, HV_PARTITION_PROPERTY_REFERENCE_TIME, &b);
	EXPECT_LE(a + 200000, b);
}

TEST_HARNESS_MAIN
