// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What a VM is asked for besides memory: interrupts, doorbells and intercepts. Which
 * arguments reach the kernel, and which never do.
 */
#include <errno.h>
#include <mshvctl/mshvctl.h>

#include "vmrig.h"

TEST(irqfd_says_what_is_meant)
{
	vmrig_start();
	CHECK_EQ(mshv_vm_add_irqfd(fake.vm, 24, 7, -1), 0);
	CHECK_CALL(IRQFD, 7, 0, 24, 0);
	CHECK_EQ(mshv_vm_add_irqfd(fake.vm, 4095, 7, 0), 0);
	CHECK_CALL(IRQFD, 7, 0, 4095, 2);
	CHECK_EQ(mshv_vm_add_irqfd(fake.vm, 0, 7, 9), 0);
	CHECK_CALL(IRQFD, 7, 9, 0, 2);
	CHECK_EQ(mshv_vm_remove_irqfd(fake.vm, 24, 7), 0);
	CHECK_CALL(IRQFD, 7, 0, 24, 1);
	kernel.ret = -EBUSY;
	CHECK_EQ(mshv_vm_add_irqfd(fake.vm, 24, 7, -1), -EBUSY);
	fakevp_finish();
}

TEST(irqfd_refuses_bad_arguments)
{
	vmrig_start();
	CHECK_EQ(mshv_vm_add_irqfd(NULL, 0, 7, -1), -EINVAL);
	CHECK_EQ(mshv_vm_add_irqfd(fake.vm, 4096, 7, -1), -EINVAL);
	CHECK_EQ(mshv_vm_add_irqfd(fake.vm, 0, -1, -1), -EINVAL);
	CHECK_EQ(mshv_vm_add_irqfd(fake.vm, 0, 7, -2), -EINVAL);
	CHECK_EQ(mshv_vm_remove_irqfd(NULL, 0, 7), -EINVAL);
	CHECK_EQ(mshv_vm_remove_irqfd(fake.vm, 4096, 7), -EINVAL);
	CHECK_EQ(mshv_vm_remove_irqfd(fake.vm, 0, -1), -EINVAL);
	CHECK_EQ(kernel.calls, 0);
	fakevp_finish();
}

TEST(msi_routes_are_passed_as_a_table)
{
	static const struct mshv_msi_route routes[] = {
		{ .gsi = 5, .data = 0x4031, .address = 0x01000000fee01000 },
		{ .gsi = 9, .data = 0x32, .address = 0xfee00000 },
	};

	vmrig_start();
	CHECK_EQ(mshv_vm_set_msi_routes(fake.vm, routes, 2), 0);
	CHECK_CALL(SET_MSI_ROUTING, 2, 0, 5, 0xfee01000, 0x01000000, 0x4031,
		   9, 0xfee00000, 0, 0x32);
	CHECK_EQ(mshv_vm_set_msi_routes(fake.vm, NULL, 0), 0);
	CHECK_CALL(SET_MSI_ROUTING, 0, 0);
	kernel.calls = 0;
	CHECK_EQ(mshv_vm_set_msi_routes(fake.vm, NULL, 1), -EINVAL);
	CHECK_EQ(mshv_vm_set_msi_routes(NULL, routes, 1), -EINVAL);
	CHECK_EQ(mshv_vm_set_msi_routes(fake.vm, routes, 4097), -EINVAL);
	CHECK_EQ(mshv_vm_set_msi_routes(fake.vm, routes, SIZE_MAX), -EINVAL);
	CHECK_EQ(kernel.calls, 0);
	fakevp_finish();
}

TEST(interrupt_is_asserted_by_one_hypercall)
{
	struct mshv_interrupt irq = {
		.type = 1, .vector = 0x31, .destination = 3, .logical = true,
	};

	vmrig_start();
	CHECK_EQ(mshv_vm_assert_interrupt(fake.vm, &irq), 0);
	CHECK_CALL(0x94, 0, 0, 1, 2, 3, 0, 0x31, 0);
	irq.logical = false;
	irq.level = true;
	CHECK_EQ(mshv_vm_assert_interrupt(fake.vm, &irq), 0);
	CHECK_CALL(0x94, 0, 0, 1, 1, 3, 0, 0x31, 0);
	irq.vector = 256;
	CHECK_EQ(mshv_vm_assert_interrupt(fake.vm, &irq), -EINVAL);
	irq.vector = 255;
	irq.type = 10;
	CHECK_EQ(mshv_vm_assert_interrupt(fake.vm, &irq), -EINVAL);
	CHECK_EQ(mshv_vm_assert_interrupt(fake.vm, NULL), -EINVAL);
	CHECK_EQ(mshv_vm_assert_interrupt(NULL, &irq), -EINVAL);
	CHECK_EQ(kernel.calls, 0);
	fakevp_finish();
}

TEST(ioeventfd_says_what_is_meant)
{
	struct mshv_ioeventfd bell = {
		.gpa = 0x1234500000, .size = 4, .match = true,
		.value = 0x1122334455, .fd = 8,
	};

	vmrig_start();
	CHECK_EQ(mshv_vm_add_ioeventfd(fake.vm, &bell), 0);
	CHECK_CALL(IOEVENTFD, 0x22334455, 0x11, 0x34500000, 0x12, 4, 8, 1, 0);
	CHECK_EQ(mshv_vm_remove_ioeventfd(fake.vm, &bell), 0);
	CHECK_CALL(IOEVENTFD, 0x22334455, 0x11, 0x34500000, 0x12, 4, 8, 5, 0);
	bell.match = false;
	bell.size = 0;
	CHECK_EQ(mshv_vm_add_ioeventfd(fake.vm, &bell), 0);
	CHECK_CALL(IOEVENTFD, 0, 0, 0x34500000, 0x12, 0, 8, 0, 0);
	for (bell.size = 3; bell.size < 17; bell.size++)
		if (bell.size != 4 && bell.size != 8)
			CHECK_EQ(mshv_vm_add_ioeventfd(fake.vm, &bell), -EINVAL);
	bell.size = 8;
	CHECK_EQ(mshv_vm_add_ioeventfd(NULL, &bell), -EINVAL);
	CHECK_EQ(mshv_vm_add_ioeventfd(fake.vm, NULL), -EINVAL);
	CHECK_EQ(mshv_vm_remove_ioeventfd(NULL, &bell), -EINVAL);
	CHECK_EQ(mshv_vm_remove_ioeventfd(fake.vm, NULL), -EINVAL);
	bell.fd = -1;
	CHECK_EQ(mshv_vm_add_ioeventfd(fake.vm, &bell), -EINVAL);
	CHECK_EQ(kernel.calls, 0);
	fakevp_finish();
}

/* Who writes memory does not stop, so a doorbell there would never be heard. */
TEST(ioeventfd_and_memory_exclude_each_other)
{
	static _Alignas(4096) uint8_t ram[2 * 4096];
	const struct { uint64_t gpa; uint32_t size; int err; } bells[] = {
		{ 0x10000, 4, -EEXIST }, { 0x11ffe, 2, -EEXIST }, { 0xfffe, 4, -EEXIST },
		{ 0x10000, 0, -EEXIST }, { 0xfffe, 2, 0 },	  { 0x12000, 1, 0 },
	};
	struct mshv_ioeventfd bell = { .fd = 8 };

	vmrig_start();
	CHECK_EQ(mshv_vm_map(fake.vm, 0x10000, ram, sizeof(ram), 0), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bells); i++) {
		bell.gpa = bells[i].gpa;
		bell.size = bells[i].size;
		CHECK_EQ(mshv_vm_add_ioeventfd(fake.vm, &bell), bells[i].err);
		if (!bells[i].err)
			CHECK_EQ(mshv_vm_map(fake.vm, bell.gpa & ~0xfffull, ram, 4096, 0),
				 -EEXIST);
	}
	/* The last is at 0x12000: taken away, and one that the kernel did not take. */
	kernel.ret = -EEXIST;
	bell.value = 5;
	bell.match = true;
	CHECK_EQ(mshv_vm_add_ioeventfd(fake.vm, &bell), -EEXIST);
	kernel.ret = 0;
	bell.match = false;
	CHECK_EQ(mshv_vm_remove_ioeventfd(fake.vm, &bell), 0);
	CHECK_EQ(mshv_vm_map(fake.vm, 0x12000, ram, 4096, 0), 0);
	CHECK_EQ(mshv_vm_unmap(fake.vm, 0x10000), 0);
	bell.gpa = 0x10000;
	CHECK_EQ(mshv_vm_add_ioeventfd(fake.vm, &bell), 0);
	fakevp_finish();
}

TEST(intercept_is_installed_by_one_hypercall)
{
	vmrig_start();
	CHECK_EQ(mshv_vm_install_intercept(fake.vm, 3, 4, 14), 0);
	CHECK_CALL(0x4d, 0, 0, 4, 3, 14, 0);
	CHECK_EQ(mshv_vm_install_intercept(fake.vm, 3, 0, 14), 0);
	CHECK_CALL(0x4d, 0, 0, 0, 3, 14, 0);
	CHECK_EQ(mshv_vm_install_intercept(fake.vm, 3, 8, 14), -EINVAL);
	CHECK_EQ(mshv_vm_install_intercept(NULL, 3, 4, 14), -EINVAL);
	CHECK_EQ(kernel.calls, 0);
	kernel.ret = -EIO;
	CHECK_EQ(mshv_vm_install_intercept(fake.vm, 99, 4, 0), -EIO);
	fakevp_finish();
}
