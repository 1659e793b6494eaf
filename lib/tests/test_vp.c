// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * VPs: running, and what an exit costs.
 */
#include <errno.h>
#include <hvabi/hypercall.h>
#include <string.h>

#include "fakevp.h"
#include "mock.h"
#include "test.h"

static struct mshv_vp_counters counters(void)
{
	struct mshv_vp_counters c = { .size = sizeof(c) };

	CHECK_EQ(mshv_vp_counters(fake.vp, &c), 0);
	return c;
}

static void write_reg(uint32_t name, uint64_t value)
{
	union hv_register_value v = { .reg64 = value };

	CHECK_EQ(mshv_vp_set_reg(fake.vp, name, value), 0);
	hvmodel_file_write(&fake.model, reg_slot(name), &v);
}

TEST(vp_page_exit_needs_no_hypercall)
{
	struct mshv_vp_counters c = { .size = sizeof(c) };

	fakevp_start(PAGE_VALID, 0);
	fakevp_run();
	fake.ioctls = 0;
	for (unsigned int i = 0; i < 100; i++) {
		fakevp_check(HV_X64_REGISTER_RAX);
		fakevp_check(HV_X64_REGISTER_CR0);
		fakevp_check(HV_X64_REGISTER_XMM5);
		fakevp_check(HV_X64_REGISTER_GS);
		write_reg(HV_X64_REGISTER_RAX, i);
		write_reg(HV_X64_REGISTER_RIP, 0x1000 + i);
		fakevp_run();
	}
	CHECK_EQ(fake.ioctls, 100);
	c = counters();
	CHECK_EQ(c.runs, 101);
	CHECK_EQ(c.exits, 101);
	CHECK_EQ(c.regs.get_calls, 0);
	CHECK_EQ(c.regs.set_calls, 0);
	CHECK_EQ(c.regs.page_reads, 400);
	CHECK_EQ(c.regs.page_writes, 200);
	fakevp_finish();
}

TEST(vp_without_page_batches)
{
	static const uint32_t names[] = {
		HV_X64_REGISTER_RBX, HV_X64_REGISTER_CR0, HV_X64_REGISTER_TR,
		HV_X64_REGISTER_GDTR, HV_X64_REGISTER_RBX,
	};
	union hv_register_value values[5];
	struct mshv_vp_counters c = { .size = sizeof(c) };

	fakevp_start(PAGE_MISSING, 0);
	fakevp_run();
	CHECK_EQ(mshv_vp_get_regs(fake.vp, names, values, 5), 0);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, names, values, 5), 0);
	write_reg(HV_X64_REGISTER_RAX, 1);
	write_reg(HV_X64_REGISTER_RIP, 2);
	write_reg(HV_X64_REGISTER_CR3, 3);
	fakevp_run();
	c = counters();
	CHECK_EQ(c.regs.get_calls, 1);
	CHECK_EQ(c.regs.get_regs, 4);
	CHECK_EQ(c.regs.set_calls, 1);
	CHECK_EQ(c.regs.set_regs, 3);
	CHECK_EQ(c.regs.page_reads + c.regs.page_writes, 0);
	fakevp_finish();
}

TEST(vp_shows_its_descriptor)
{
	fakevp_start(PAGE_VALID, 0);
	CHECK_EQ(mshv_vp_fd(fake.vp), 12);
	fakevp_finish();
}

TEST(vp_page_can_be_refused)
{
	fakevp_start(PAGE_VALID, MSHV_VP_NO_REGISTER_PAGE);
	/* Nobody looks at the page, so the model must not expect it. */
	fake.mode = PAGE_INVALID;
	fakevp_run();
	fakevp_check(HV_X64_REGISTER_RAX);
	CHECK_EQ(counters().regs.get_calls, 1);
	fakevp_finish();
}

TEST(vp_map_failure_undoes_creation)
{
	struct mock_call calls[] = {
		{ .kind = MOCK_IOCTL, .fd = 11, .request = 0x4004b801ul,
		  .ret = 13 },
		{ .kind = MOCK_MAP, .fd = 13, .offset = 0x100000, .pages = 3, .ret = -ENOMEM },
		{ .kind = MOCK_CLOSE, .fd = 13 },
		{ .kind = MOCK_IOCTL, .fd = 11, .request = 0x4004b801ul,
		  .ret = 13 },
		{ .kind = MOCK_MAP, .fd = 13, .offset = 0x100000, .pages = 3, .ret = -EINVAL },
		{ .kind = MOCK_MAP, .fd = 13, .ret = -ENOMEM },
		{ .kind = MOCK_CLOSE, .fd = 13 },
	};
	struct mshv_vp *vp = NULL;

	fakevp_start(PAGE_VALID, 0);
	MOCK_EXPECT(calls);
	CHECK_EQ(mshv_vp_create(fake.vm, 1, 0, &vp), -ENOMEM);
	/* Pages may be missing, but not fail otherwise. */
	CHECK_EQ(mshv_vp_create(fake.vm, 1, 0, &vp), -ENOMEM);
	CHECK_EQ(mshv_vp_create(fake.vm, 1, 2, &vp), -EINVAL);
	CHECK(!vp);
	mock_done();
	fakevp_finish();
}

TEST(vp_interrupted_run_keeps_writes)
{
	fakevp_start(PAGE_VALID, 0);
	fakevp_run();
	write_reg(HV_X64_REGISTER_RAX, 42);
	write_reg(HV_X64_REGISTER_CR3, 0x5000);
	fake.run_error = -EINTR;
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), -EINTR);
	fakevp_check(HV_X64_REGISTER_RAX);
	fakevp_check(HV_X64_REGISTER_CR3);
	CHECK_EQ(mshv_vp_port_complete(fake.vp, 0), -EINVAL);
	/* The model checks all registers when it enters the VP. */
	fakevp_run();
	CHECK_EQ(counters().runs, 3);
	CHECK_EQ(counters().exits, 2);
	fakevp_finish();
}

TEST(vp_failed_flush_does_not_run)
{
	fakevp_start(PAGE_MISSING, 0);
	fakevp_run();
	fake.model.fail_percent = 100;
	write_reg(HV_X64_REGISTER_RBX, 1);
	CHECK_EQ(mshv_vp_run(fake.vp, NULL), -ENOMEM);
	CHECK_EQ(counters().runs, 1);
	fake.model.fail_percent = 0;
	fakevp_run();
	fakevp_finish();
}

TEST(vp_register_access_refuses_bad_names)
{
	uint64_t value = 7;

	fakevp_start(PAGE_VALID, 0);
	fakevp_run();
	/* It is the hypervisor that does not know this one. */
	CHECK_EQ(mshv_vp_get_reg(fake.vp, 0x12345, &value), -EINVAL);
	CHECK_EQ(mshv_hv_status(), HV_STATUS_INVALID_PARAMETER);
	CHECK_EQ(mshv_vp_set_reg(fake.vp, 0x12345, 1), -EINVAL);
	CHECK_EQ(mshv_vp_get_reg(fake.vp, HV_X64_REGISTER_CS, &value), -EINVAL);
	CHECK_EQ(mshv_vp_get_reg(fake.vp, HV_X64_REGISTER_RAX, NULL), -EINVAL);
	CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_XMM0, 1), -EINVAL);
	CHECK_EQ(mshv_vp_set_reg(fake.vp, HV_X64_REGISTER_MSR_MTRR_CAP, 1),
		 -EPERM);
	CHECK_EQ(value, 7);
	fakevp_finish();
}

TEST(vp_counters_fill_other_sizes)
{
	struct {
		struct mshv_vp_counters c;
		uint64_t later;
	} big;

	fakevp_start(PAGE_VALID, 0);
	fakevp_run();
	memset(&big, 0xff, sizeof(big));
	big.c.size = sizeof(big);
	CHECK_EQ(mshv_vp_counters(fake.vp, &big.c), 0);
	CHECK_EQ(big.c.size, sizeof(big));
	CHECK_EQ(big.c.runs, 1);
	CHECK_EQ(big.later, 0);
	big.c.size = sizeof(big.c) - 1;
	CHECK_EQ(mshv_vp_counters(fake.vp, &big.c), -EINVAL);
	fakevp_finish();
}

/* Three exits, the last after a run that brought nothing. */
static void check_messages(bool copies)
{
	const int slot = reg_slot(HV_X64_REGISTER_RIP);
	const struct hv_message *msg;
	union hv_register_value rip;

	fakevp_start_with_control(PAGE_VALID);
	fake.copies = copies;
	fakevp_port(0x10, 1, false);
	CHECK_EQ(mshv_vp_run(fake.vp, &msg), 0);
	CHECK_EQ(msg->header.message_type, HVMSG_X64_IO_PORT_INTERCEPT);
	CHECK((msg == &fake.message_page) == !copies);
	/* Who runs the VP by its descriptor gets a copy. */
	CHECK_EQ(fake.control.message_stays, 0);
	fake.message.header.message_type = HVMSG_X64_HALT;
	CHECK_EQ(mshv_vp_run(fake.vp, &msg), 0);
	CHECK_EQ(msg->header.message_type, HVMSG_X64_HALT);

	fake.run_error = -EINTR;
	CHECK_EQ(mshv_vp_run(fake.vp, &msg), -EINTR);
	CHECK_EQ(mshv_vp_port_complete(fake.vp, 0), -EINVAL);
	fakevp_port(0x11, 1, true);
	CHECK_EQ(mshv_vp_run(fake.vp, &msg), 0);
	CHECK_EQ(mshv_vp_port_complete(fake.vp, 0), 0);
	rip = fake.model.file[slot];
	rip.reg64 += 2;
	hvmodel_file_write(&fake.model, slot, &rip);
	fakevp_run();
	fakevp_finish();
}

TEST(vp_messages_stay_where_the_driver_leaves_them)
{
	check_messages(false);
}

TEST(vp_messages_are_copied_by_a_driver_that_does_not)
{
	check_messages(true);
}
