// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioeventfd: a guest's write to an address signals an eventfd, and the VMM's
 * run does not end for it.
 */
#include <poll.h>
#include <sys/eventfd.h>

#include "mshv_test.h"

#define ADDRESS		(GUEST_MMIO + 0x100)
#define DATAMATCH	BIT(MSHV_IOEVENTFD_BIT_DATAMATCH)
#define PIO		BIT(MSHV_IOEVENTFD_BIT_PIO)
#define DEASSIGN	BIT(MSHV_IOEVENTFD_BIT_DEASSIGN)

FIXTURE(ioeventfd) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	int event;
};

FIXTURE_SETUP(ioeventfd)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	test_ok(mshv_vp_set_fs(self->vp, GUEST_MMIO));
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0x100);
	self->event = eventfd(0, EFD_CLOEXEC);
	ASSERT_LE(0, self->event);
}

FIXTURE_TEARDOWN(ioeventfd)
{
	mshv_vm_close(&self->vm);
	close(self->event);
}

static int _test_ioeventfd(int pt, int fd, uint64_t addr, uint32_t len,
			   uint64_t datamatch, uint32_t flags)
{
	struct mshv_user_ioeventfd args = {
		.datamatch = datamatch,
		.addr = addr,
		.len = len,
		.fd = fd,
		.flags = flags,
	};

	return ioctl(pt, MSHV_IOEVENTFD, &args) ? -errno : 0;
}

#define test_ioeventfd(...)	test_ok(_test_ioeventfd(__VA_ARGS__))
#define test_err_ioeventfd(err, ...) test_err(err, _test_ioeventfd(__VA_ARGS__))

/* How often @fd was signalled: the doorbell may take its time to arrive. */
static uint64_t signals(int fd, int ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	uint64_t count;

	if (poll(&poll_fd, 1, ms) != 1)
		return 0;
	return read(fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

#define expect_signal(fd)	EXPECT_EQ(1, signals(fd, PATIENCE_S * 1000))
#define expect_no_signal(fd)	EXPECT_EQ(0, signals(fd, 50))

/* The guest writes @value as four bytes, and gets on without an exit. */
#define guest_writes(value)						\
	do {								\
		test_load(&self->vm, fs_write32_out);			\
		test_set_reg(self->vp, HV_X64_REGISTER_RIP, GUEST_CODE); \
		test_set_reg(self->vp, HV_X64_REGISTER_RAX, value);	\
		test_run_to_port(self->vp, GUEST_PORT_DONE);		\
	} while (0)

/* The same write, where it is the VMM's to emulate. */
#define guest_write_exits(value)					\
	do {								\
		test_load(&self->vm, fs_write32_out);			\
		test_set_reg(self->vp, HV_X64_REGISTER_RIP, GUEST_CODE); \
		test_set_reg(self->vp, HV_X64_REGISTER_RAX, value);	\
		test_run(self->vp, HVMSG_UNMAPPED_GPA);			\
	} while (0)

TEST_F(ioeventfd, any_value_of_one_size)
{
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	guest_writes(0x1234);
	expect_signal(self->event);
	guest_writes(0);
	expect_signal(self->event);
}

TEST_F(ioeventfd, any_value_of_any_size)
{
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 0, 0, 0);
	guest_writes(7);
	expect_signal(self->event);
	test_load(&self->vm, fs_write16_out);
	test_set_reg(self->vp, HV_X64_REGISTER_RIP, GUEST_CODE);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	expect_signal(self->event);
}

TEST_F(ioeventfd, one_value)
{
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0xabcd, DATAMATCH);
	guest_write_exits(0xabce);
	expect_no_signal(self->event);
	guest_writes(0xabcd);
	expect_signal(self->event);
}

TEST_F(ioeventfd, other_size_exits)
{
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	test_load(&self->vm, fs_write16_out);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	expect_no_signal(self->event);
}

TEST_F(ioeventfd, other_address_exits)
{
	test_ioeventfd(self->vm.fd, self->event, ADDRESS + 4, 4, 0, 0);
	guest_write_exits(1);
	expect_no_signal(self->event);
}

TEST_F(ioeventfd, read_exits)
{
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	test_load(&self->vm, fs_read32);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	EXPECT_EQ(HV_INTERCEPT_ACCESS_READ,
		  mshv_header(self->vp)->intercept_access_type);
	expect_no_signal(self->event);
}

TEST_F(ioeventfd, values_at_one_address)
{
	int second = eventfd(0, EFD_CLOEXEC);

	ASSERT_LE(0, second);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 1, DATAMATCH);
	test_ioeventfd(self->vm.fd, second, ADDRESS, 4, 2, DATAMATCH);
	guest_writes(2);
	expect_signal(second);
	expect_no_signal(self->event);
	guest_writes(1);
	expect_signal(self->event);
	expect_no_signal(second);
}

TEST_F(ioeventfd, two_addresses_with_one_eventfd)
{
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS + 8, 4, 0, 0);
	guest_writes(1);
	expect_signal(self->event);
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0x108);
	guest_writes(1);
	expect_signal(self->event);
}

TEST_F(ioeventfd, hundred_writes)
{
	uint64_t seen = 0;
	int i;

	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	for (i = 0; i < 100; i++) {
		guest_writes(i);
		seen += signals(self->event, 5000);
	}
	EXPECT_EQ(100, seen);
}

TEST_F(ioeventfd, deassigned)
{
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	guest_writes(1);
	expect_signal(self->event);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, DEASSIGN);
	guest_write_exits(1);
	expect_no_signal(self->event);
}

/* Also where the hypervisor did not let the first one's port go (fault/port-stays). */
TEST_F(ioeventfd, another_after_one_went)
{
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, DEASSIGN);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	guest_writes(1);
	expect_signal(self->event);
}

TEST_F(ioeventfd, deassign_must_match)
{
	int other = eventfd(0, EFD_CLOEXEC);

	ASSERT_LE(0, other);
	test_err_ioeventfd(ENOENT, self->vm.fd, self->event, ADDRESS, 4, 0,
			   DEASSIGN);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 9, DATAMATCH);
	test_err_ioeventfd(ENOENT, self->vm.fd, other, ADDRESS, 4, 9,
			   DATAMATCH | DEASSIGN);
	test_err_ioeventfd(ENOENT, self->vm.fd, self->event, ADDRESS + 4, 4, 9,
			   DATAMATCH | DEASSIGN);
	test_err_ioeventfd(ENOENT, self->vm.fd, self->event, ADDRESS, 2, 9,
			   DATAMATCH | DEASSIGN);
	test_err_ioeventfd(ENOENT, self->vm.fd, self->event, ADDRESS, 4, 8,
			   DATAMATCH | DEASSIGN);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 9,
		       DATAMATCH | DEASSIGN);
	test_err_ioeventfd(ENOENT, self->vm.fd, self->event, ADDRESS, 4, 9,
			   DATAMATCH | DEASSIGN);
}

TEST_F(ioeventfd, collisions_are_refused)
{
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 1, DATAMATCH);
	test_err_ioeventfd(EEXIST, self->vm.fd, self->event, ADDRESS, 4, 1,
			   DATAMATCH);
	test_err_ioeventfd(EEXIST, self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 2, DATAMATCH);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 1,
		       DATAMATCH | DEASSIGN);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 1, DATAMATCH);
}

/* Both are meant by a write of four bytes; who gets it is the hypervisor's choice. */
TEST_F(ioeventfd, any_size_beside_one_size)
{
	int any = eventfd(0, EFD_CLOEXEC);

	ASSERT_LE(0, any);
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	test_ioeventfd(self->vm.fd, any, ADDRESS, 0, 0, 0);
	guest_writes(1);
	EXPECT_LE(1, signals(self->event, 1000) + signals(any, 1000));
	test_load(&self->vm, fs_write16_out);
	test_set_reg(self->vp, HV_X64_REGISTER_RIP, GUEST_CODE);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	expect_signal(any);
	expect_no_signal(self->event);
	/* Each is taken back by itself. */
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, DEASSIGN);
	guest_writes(1);
	expect_signal(any);
	test_ioeventfd(self->vm.fd, any, ADDRESS, 0, 0, DEASSIGN);
	guest_write_exits(1);
	close(any);
}

TEST_F(ioeventfd, arguments)
{
	struct mshv_user_ioeventfd args = {
		.addr = ADDRESS,
		.len = 4,
		.fd = self->event,
		.rsvd = { 0, 0, 0, 1 },
	};
	static const uint32_t lengths[] = { 3, 5, 6, 7, 9, 16, UINT32_MAX };
	int file = open("/proc/self/status", O_RDONLY);
	unsigned int i;

	ASSERT_LE(0, file);
	EXPECT_EQ(-1, ioctl(self->vm.fd, MSHV_IOEVENTFD, &args));
	EXPECT_EQ(EINVAL, errno);
	for (i = 0; i < ARRAY_SIZE(lengths); i++)
		test_err_ioeventfd(EINVAL, self->vm.fd, self->event, ADDRESS,
				   lengths[i], 0, 0);
	for (i = MSHV_IOEVENTFD_BIT_COUNT; i < 32; i++)
		test_err_ioeventfd(EINVAL, self->vm.fd, self->event, ADDRESS, 4,
				   0, BIT(i));
	test_err_ioeventfd(EOPNOTSUPP, self->vm.fd, self->event, 0x80, 1, 0, PIO);
	test_err_ioeventfd(EOPNOTSUPP, self->vm.fd, self->event, 0x80, 1, 0,
			   PIO | DEASSIGN);
	test_err_ioeventfd(EINVAL, self->vm.fd, self->event, UINT64_MAX - 2, 4,
			   0, 0);
	test_err_ioeventfd(EBADF, self->vm.fd, -1, ADDRESS, 4, 0, 0);
	test_err_ioeventfd(EINVAL, self->vm.fd, file, ADDRESS, 4, 0, 0);
	test_err_ioeventfd(EBADF, self->vm.fd, -1, ADDRESS, 4, 0, DEASSIGN);
}

TEST_F(ioeventfd, partition_closed_while_assigned)
{
	int i;

	for (i = 0; i < 16; i++)
		test_ioeventfd(self->vm.fd, self->event, ADDRESS + 8 * i, 4, 0,
			       0);
}

TEST_F(ioeventfd, of_two_partitions)
{
	int second = eventfd(0, EFD_CLOEXEC);
	struct mshv_vm other;

	ASSERT_LE(0, second);
	test_ok(mshv_vm_setup(&other));
	test_ioeventfd(self->vm.fd, self->event, ADDRESS, 4, 0, 0);
	test_ioeventfd(other.fd, second, ADDRESS, 4, 0, 0);
	guest_writes(1);
	expect_signal(self->event);
	expect_no_signal(second);
	mshv_vm_close(&other);
	guest_writes(1);
	expect_signal(self->event);
}

TEST_HARNESS_MAIN
