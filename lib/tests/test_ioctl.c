// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The wrappers of ioctls: which number goes to the kernel with which argument, and that
 * its answer comes back. The numbers are written out, as the kernel has them.
 */
#include <errno.h>
#include <linux/mshv.h>
#include <mshvctl/ioctl.h>

#include "mock.h"
#include "test.h"

#define FD 17
#define ANSWER 23

static struct {
	unsigned long request;
	void *arg;
	unsigned int calls;
	int ret;
} kernel;

static int answer(int fd, unsigned long request, void *arg)
{
	CHECK_EQ(fd, FD);
	kernel.request = request;
	kernel.arg = arg;
	kernel.calls++;
	return kernel.ret;
}

#define GOES_THROUGH(call, number, argument) \
	do { \
		kernel.calls = 0; \
		kernel.ret = ANSWER; \
		CHECK_EQ(call, ANSWER); \
		CHECK_EQ(kernel.calls, 1); \
		CHECK_EQ(kernel.request, number); \
		CHECK(kernel.arg == (argument)); \
		kernel.ret = -EXDEV; \
		CHECK_EQ(call, -EXDEV); \
	} while (0)

/* The kernel's argument is never looked at, so any address will do. */
#define WRAPPER(call, number) GOES_THROUGH(call, number, arg)

TEST(ioctls_go_through)
{
	void *arg = &kernel;

	mock_ioctl(answer);
	WRAPPER(mshv_ioctl_create_partition(FD, arg), 0x4010b800ul);
	/* A longer argument, by the number of the shorter one. */
	WRAPPER(mshv_ioctl_create_partition_v2(FD, arg), 0x4010b800ul);
	WRAPPER(mshv_ioctl_check_extension(FD, arg), 0x4004b800ul);
	WRAPPER(mshv_ioctl_root_hvcall(FD, arg), 0xc020b807ul);
	GOES_THROUGH(mshv_ioctl_initialize_partition(FD), 0xb800ul, NULL);
	WRAPPER(mshv_ioctl_create_vp(FD, arg), 0x4004b801ul);
	WRAPPER(mshv_ioctl_set_guest_memory(FD, arg), 0x4020b802ul);
	WRAPPER(mshv_ioctl_irqfd(FD, arg), 0x4010b803ul);
	WRAPPER(mshv_ioctl_ioeventfd(FD, arg), 0x4020b804ul);
	WRAPPER(mshv_ioctl_set_msi_routing(FD, arg), 0x4008b805ul);
	WRAPPER(mshv_ioctl_get_gpap_access_bitmap(FD, arg), 0xc020b806ul);
	WRAPPER(mshv_ioctl_run_vp(FD, arg), 0x8100b800ul);
	WRAPPER(mshv_ioctl_get_vp_state(FD, arg), 0xc010b801ul);
	WRAPPER(mshv_ioctl_set_vp_state(FD, arg), 0xc010b802ul);
	WRAPPER(mshv_ioctl_translate_gva(FD, arg), 0xc020b8f2ul);
	WRAPPER(mshv_ioctl_create_device(FD, arg), 0xc00cb808ul);
	WRAPPER(mshv_ioctl_set_device_attr(FD, arg), 0x4018b800ul);
	WRAPPER(mshv_ioctl_has_device_attr(FD, arg), 0x4018b802ul);
	mock_ioctl(NULL);
}
