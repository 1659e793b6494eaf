// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Hosts: which system calls they make, and what they make of errors.
 */
#include <errno.h>
#include <fcntl.h>
#include <hvabi/register.h>
#include <mshvctl/mshvctl.h>
#include <string.h>

#include "mock.h"
#include "test.h"

/* The kernel's numbers, spelled out. */
#define CHECK_EXTENSION 0x4004b800ul
#define ROOT_HVCALL 0xc020b807ul

#define OPEN_FLAGS (O_RDWR | O_CLOEXEC)
#define DEV_FD 10

static const struct mock_call open_call = {
	.kind = MOCK_OPEN, .fd = OPEN_FLAGS, .path = "/dev/mshv", .ret = DEV_FD,
};

static const struct mock_call close_dev = { .kind = MOCK_CLOSE, .fd = DEV_FD };

struct hvcall_args {
	uint16_t code, reps, in_sz, out_sz, status;
	uint8_t rsvd[6];
	uint64_t in_ptr, out_ptr;
};

static void *at(uint64_t pointer)
{
	return (void *)(uintptr_t)pointer;
}

TEST(host_open_and_close)
{
	struct mock_call calls[] = { open_call, close_dev };
	struct mshv_host *host;

	MOCK_EXPECT(calls);
	CHECK_EQ(mshv_host_open(NULL, &host), 0);
	CHECK_EQ(mshv_host_fd(host), DEV_FD);
	mshv_host_close(host);
	mock_done();
}

/* One without such an ioctl has no extensions; any other error is one. */
TEST(host_extensions)
{
	static const uint32_t extension = 0x105, unknown = 0x1ff;
	const struct mock_call check = {
		.kind = MOCK_IOCTL, .fd = DEV_FD, .request = CHECK_EXTENSION,
		.input = &extension, .input_size = sizeof(extension), .ret = 256,
	};
	struct mock_call calls[] = { open_call, check, check, check, check, close_dev };
	struct mshv_host *host;

	calls[2].input = &unknown;
	calls[2].ret = 0;
	calls[3].ret = -ENOTTY;
	calls[4].ret = -EBADF;
	MOCK_EXPECT(calls);
	CHECK_EQ(mshv_host_open(NULL, &host), 0);
	CHECK_EQ(mshv_host_check_extension(host, extension), 256);
	CHECK_EQ(mshv_host_check_extension(host, unknown), 0);
	CHECK_EQ(mshv_host_check_extension(host, extension), 0);
	CHECK_EQ(mshv_host_check_extension(host, extension), -EBADF);
	mshv_host_close(host);
	mock_done();
}

TEST(host_open_reports_errno)
{
	struct mock_call call = open_call;
	struct mshv_host *host = (void *)&call;

	call.path = "/nowhere";
	call.ret = -ENOENT;
	mock_expect(&call, 1);
	CHECK_EQ(mshv_host_open("/nowhere", &host), -ENOENT);
	CHECK(host == (void *)&call);
	mock_done();
}

TEST(null_handles_are_einval)
{
	uint64_t value;
	void *addr;

	mock_expect(NULL, 0);
	CHECK_EQ(mshv_host_open(NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_host_fd(NULL), -EINVAL);
	CHECK_EQ(mshv_host_get_property(NULL, 1, &value), -EINVAL);
	CHECK_EQ(mshv_vm_create(NULL, NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_vm_initialize(NULL), -EINVAL);
	CHECK_EQ(mshv_vm_fd(NULL), -EINVAL);
	CHECK_EQ(mshv_vm_get_property(NULL, 1, &value), -EINVAL);
	CHECK_EQ(mshv_vm_set_property(NULL, 1, 1), -EINVAL);
	CHECK_EQ(mshv_vm_map(NULL, 0, NULL, 4096, 0), -EINVAL);
	CHECK_EQ(mshv_vm_unmap(NULL, 0), -EINVAL);
	CHECK_EQ(mshv_vm_host_addr(NULL, 0, 1, 0, &addr), -EINVAL);
	CHECK_EQ(mshv_vp_create(NULL, 0, 0, NULL), -EINVAL);
	CHECK_EQ(mshv_vp_run(NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_vp_get_reg(NULL, HV_X64_REGISTER_RAX, &value), -EINVAL);
	CHECK_EQ(mshv_vp_set_reg(NULL, HV_X64_REGISTER_RAX, 1), -EINVAL);
	CHECK_EQ(mshv_vp_flush_regs(NULL), -EINVAL);
	CHECK_EQ(mshv_vp_load_regs(NULL, MSHV_TIER_FAST), -EINVAL);
	CHECK_EQ(mshv_vp_port_complete(NULL, 0), -EINVAL);
	CHECK_EQ(mshv_vp_handle_port(NULL, NULL, NULL), -EINVAL);
	CHECK_EQ(mshv_vp_counters(NULL, NULL), -EINVAL);
	CHECK(!mshv_vp_has_register_page(NULL));
	mshv_host_close(NULL);
	mshv_vm_close(NULL);
	mshv_vp_close(NULL);
	mshv_regcache_free(NULL);
}

static void property_get(void *arg)
{
	struct hvcall_args *a = arg;
	const uint32_t *in = at(a->in_ptr);

	CHECK_EQ(a->code, 0x44);
	CHECK_EQ(a->reps, 0);
	CHECK_EQ(a->in_sz, 16);
	CHECK_EQ(a->out_sz, 8);
	CHECK_EQ(a->status, 0);
	CHECK_EQ(in[2], 0x6000a);
	*(uint64_t *)at(a->out_ptr) = 0x123456789ull;
}

static void status_access_denied(void *arg)
{
	((struct hvcall_args *)arg)->status = 6;
}

TEST(host_property_by_hypercall)
{
	struct mock_call calls[] = {
		open_call,
		{ .kind = MOCK_IOCTL, .fd = DEV_FD, .request = ROOT_HVCALL,
		  .act = property_get },
		{ .kind = MOCK_IOCTL, .fd = DEV_FD, .request = ROOT_HVCALL,
		  .act = status_access_denied, .ret = -EACCES },
		/* A driver that forgets the errno must not make it a success. */
		{ .kind = MOCK_IOCTL, .fd = DEV_FD, .request = ROOT_HVCALL,
		  .act = status_access_denied },
		close_dev,
	};
	struct mshv_host *host;
	uint64_t value = 1;

	MOCK_EXPECT(calls);
	CHECK_EQ(mshv_host_open(NULL, &host), 0);
	CHECK_EQ(mshv_host_get_property(host, 0x6000a, &value), 0);
	CHECK_EQ(value, 0x123456789ull);
	CHECK_EQ(mshv_host_get_property(host, 0x6000a, &value), -EACCES);
	CHECK_EQ(mshv_host_get_property(host, 0x6000a, &value), -EIO);
	CHECK_EQ(value, 0x123456789ull);
	CHECK_EQ(mshv_host_get_property_ex(host, 1, 0, &value, 0), -EINVAL);
	CHECK_EQ(mshv_host_get_property_ex(host, 1, 0, &value, 4073), -EINVAL);
	mshv_host_close(host);
	mock_done();
}
