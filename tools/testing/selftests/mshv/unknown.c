// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hypervisor does not know. A host that takes such questions for a
 * mistake of the kernel's fails the run for them, so these are no part of a
 * plain run: boot with --no-strict and ask for "run unknown".
 */
#include "mshv_test.h"

#define NO_PROPERTY	0x000fffff

FIXTURE(unknown) {
	struct mshv_vm vm;
};

FIXTURE_SETUP(unknown)
{
	test_ok(mshv_vm_open(&self->vm));
}

FIXTURE_TEARDOWN(unknown)
{
	mshv_vm_close(&self->vm);
}

TEST_F(unknown, property_read)
{
	struct hv_input_get_partition_property in = {
		.property_code = NO_PROPERTY,
	};
	struct hv_output_get_partition_property out;
	int fds[] = { self->vm.dev, self->vm.fd };
	uint64_t value;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(HV_STATUS_UNKNOWN_PROPERTY,
			  mshv_hvcall_status(fds[i],
					     HVCALL_GET_PARTITION_PROPERTY,
					     &in, sizeof(in), &out,
					     sizeof(out)));
		test_err_get_property(EINVAL, fds[i], NO_PROPERTY, &value);
	}
}

TEST_F(unknown, property_written)
{
	struct hv_input_set_partition_property in = {
		.property_code = NO_PROPERTY,
	};

	EXPECT_EQ(HV_STATUS_UNKNOWN_PROPERTY,
		  mshv_hvcall_status(self->vm.fd, HVCALL_SET_PARTITION_PROPERTY,
				     &in, sizeof(in), NULL, 0));
	test_err_set_property(EINVAL, self->vm.fd, NO_PROPERTY, 0);
}

TEST_F(unknown, extended_property_read)
{
	struct hv_input_get_partition_property_ex in = {
		.property_code = NO_PROPERTY,
	};
	uint64_t out[4];

	EXPECT_EQ(HV_STATUS_UNKNOWN_PROPERTY,
		  mshv_hvcall_status(self->vm.fd,
				     HVCALL_GET_PARTITION_PROPERTY_EX,
				     &in, sizeof(in), out, sizeof(out)));
}

TEST_HARNESS_MAIN
