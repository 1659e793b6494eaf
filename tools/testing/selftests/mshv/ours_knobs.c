// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes of faults that minihv plays on request. Each test wants one of its own, as
 * boot's --fault, and is skipped without it: host/fault-tests and check-cpus run them.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "mshv_test.h"

#define CPU1	"/sys/devices/system/cpu/cpu1/online"

/* The number after @word in what minihv was told, or -1. */
static long knob(const char *word)
{
	const char *fault = getenv("MSHV_FAULT");
	const char *at = fault ? strstr(fault, word) : NULL;

	return at ? strtol(at + strlen(word), NULL, 0) : -1;
}

FIXTURE(knobs) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_SETUP(knobs)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "these are about our driver");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(knobs)
{
	mshv_vm_close(&self->vm);
}

struct runner {
	pthread_t thread;
	struct mshv_vp *vp;
	int ret;
};

static void *run_once(void *arg)
{
	struct runner *r = arg;

	r->ret = _test_run(r->vp);
	return NULL;
}

#define start_running(r)							\
	do {									\
		(r)->vp = self->vp;						\
		ASSERT_EQ(0, pthread_create(&(r)->thread, NULL, run_once, r));	\
	} while (0)

/*
 * Guests ring faster than their doorbells are taken. With one processor, a count that is part
 * of the way was read while others were still to be taken.
 */
TEST_F(knobs, doorbells_leave_the_processor_to_others)
{
	const long rings = 1 + knob("ring=again:");
	struct pollfd p = { .events = POLLIN };
	struct mshv_user_ioeventfd bell = { .addr = GUEST_MMIO, .len = 4 };
	unsigned int reads = 0;
	eventfd_t count;
	struct runner r;
	long sum = 0;

	if (!rings)
		SKIP(return, "needs --fault=ring=again:N");
	p.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT_LE(0, p.fd);
	bell.fd = p.fd;
	ASSERT_EQ(0, ioctl(self->vm.fd, MSHV_IOEVENTFD, &bell));
	test_start_write(GUEST_MMIO, 1);
	start_running(&r);
	while (sum < rings && poll(&p, 1, PATIENCE_S * 1000) == 1 &&
	       !eventfd_read(p.fd, &count)) {
		sum += count;
		reads++;
	}
	pthread_join(r.thread, NULL);
	EXPECT_EQ(0, r.ret);
	EXPECT_EQ(rings, sum);
	EXPECT_LT(1, reads);
	TH_LOG("%ld rings were read in %u parts", sum, reads);
	close(p.fd);
}

/*
 * A message is under way to the processor that goes, and does not arrive: with the core
 * scheduler that of an intercept, with the root scheduler a VP's wake-up.
 */
TEST_F(knobs, message_to_a_processor_that_goes)
{
	unsigned int i;
	struct runner r;

	if (knob("msg=delay:") < 0 || !getenv("MSHV_TEST_ALL"))
		SKIP(return, "needs --fault=msg=delay:MS, and Linux may crash: see check-cpus");
	if (access(CPU1, W_OK))
		SKIP(return, "there is no second processor: boot with --cpus=2 or more");
	test_load(&self->vm, count_out);
	start_running(&r);
	/* when it is under way is not known; if it is not yet, it is the next time */
	for (i = 0; i < 20; i++) {
		usleep(100000);
		if (!pthread_tryjoin_np(r.thread, NULL))
			break;
		ASSERT_EQ(0, mshv_put(CPU1, "0"));
		ASSERT_EQ(0, mshv_put(CPU1, "1"));
	}
	ASSERT_GT(20, i);
	EXPECT_LT(0, i);
	EXPECT_EQ(0, r.ret);
	EXPECT_EQ(HVMSG_X64_IO_PORT_INTERCEPT, self->vp->msg.header.message_type);
	EXPECT_EQ(1, mshv_get_reg(self->vp, HV_X64_REGISTER_RAX));
}

/* The table of Documentation/uapi/mshv.rst, where no other test sees the status. */
TEST_F(knobs, statuses_have_their_errno)
{
	static const struct {
		uint16_t status;
		int ret;
	} table[] = {
		{ 0x19, -EBUSY }, { 0x1e, -EOPNOTSUPP }, { 0x38, -ENOSPC }, { 0x57, -ENODEV },
		{ 0x58, -EBUSY }, { 0x65, -EEXIST }, { 0x66, 0 }, { 0x59, 0 },
	};
	unsigned int i;

	if (knob("call=0x45:nth=1:status=") != table[0].status)
		SKIP(return, "needs --fault=call=0x45:nth=1:status=0x19 and so on");
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct hv_input_set_partition_property in = {
			.partition_id = HV_PARTITION_ID_SELF,
			.property_code = HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING,
		};
		struct mshv_root_hvcall args = {
			.code = HVCALL_SET_PARTITION_PROPERTY,
			.in_sz = sizeof(in),
			.in_ptr = (uintptr_t)&in,
		};

		EXPECT_EQ(table[i].ret, _test_hvcall(self->vm.fd, &args))
			TH_LOG("status %#x", table[i].status);
		EXPECT_EQ(table[i].status, args.status);
	}
}

TEST_HARNESS_MAIN
