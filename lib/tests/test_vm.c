// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * VMs: which system calls they make, and what they make of errors.
 */
#include <errno.h>
#include <fcntl.h>
#include <mshvctl/mshvctl.h>
#include <string.h>

#include "mock.h"
#include "test.h"

/* The kernel's numbers, spelled out. */
#define CREATE_PARTITION 0x4010b800ul
#define INITIALIZE 0xb800ul
#define SET_GUEST_MEMORY 0x4020b802ul

#define OPEN_FLAGS (O_RDWR | O_CLOEXEC)
#define DEV_FD 10
#define VM_FD 11

static const struct mock_call open_call = {
	.kind = MOCK_OPEN, .fd = OPEN_FLAGS, .path = "/dev/mshv", .ret = DEV_FD,
};

static const struct mock_call close_dev = { .kind = MOCK_CLOSE, .fd = DEV_FD };
static const struct mock_call close_vm = { .kind = MOCK_CLOSE, .fd = VM_FD };

TEST(vm_create_without_banks_uses_short_form)
{
	static const uint64_t args[2] = { 0x5, 0 };
	struct mock_call calls[] = {
		open_call,
		{ .kind = MOCK_IOCTL, .fd = DEV_FD, .request = CREATE_PARTITION,
		  .input = args, .input_size = sizeof(args), .ret = VM_FD },
		close_vm,
		close_dev,
	};
	struct mshv_vm_config config = {
		.size = sizeof(config),
		.flags = MSHV_VM_LAPIC | MSHV_VM_SUPER_PAGES,
	};
	struct mshv_host *host;
	struct mshv_vm *vm;

	MOCK_EXPECT(calls);
	CHECK_EQ(mshv_host_open(NULL, &host), 0);
	CHECK_EQ(mshv_vm_create(host, &config, &vm), 0);
	CHECK_EQ(mshv_vm_fd(vm), VM_FD);
	mshv_vm_close(vm);
	mshv_host_close(host);
	mock_done();
}

TEST(vm_create_with_banks_uses_long_form)
{
	static const uint64_t args[8] = { 0x8, 0, 2, 0x11, 0x22, 0, 0, 0x33 };
	struct mock_call calls[] = {
		open_call,
		{ .kind = MOCK_IOCTL, .fd = DEV_FD, .request = CREATE_PARTITION,
		  .input = args, .input_size = sizeof(args), .ret = VM_FD },
		{ .kind = MOCK_IOCTL, .fd = VM_FD, .request = INITIALIZE },
		close_vm,
		close_dev,
	};
	struct mshv_vm_config config = {
		.size = sizeof(config),
		.flags = MSHV_VM_FEATURE_BANKS,
		.disabled_cpu_features = { 0x11, 0x22 },
		.disabled_xsave = 0x33,
	};
	struct mshv_host *host;
	struct mshv_vm *vm;

	MOCK_EXPECT(calls);
	CHECK_EQ(mshv_host_open(NULL, &host), 0);
	CHECK_EQ(mshv_vm_create(host, &config, &vm), 0);
	CHECK_EQ(mshv_vm_initialize(vm), 0);
	mshv_vm_close(vm);
	mshv_host_close(host);
	mock_done();
}

TEST(vm_create_takes_configs_of_other_library_versions)
{
	static const uint64_t args[2] = { 0x1, 0 };
	struct {
		struct mshv_vm_config config;
		uint64_t later;
	} newer = {
		.config = { .size = sizeof(newer), .flags = MSHV_VM_LAPIC },
		.later = 1,
	};
	struct mock_call calls[] = {
		open_call,
		{ .kind = MOCK_IOCTL, .fd = DEV_FD, .request = CREATE_PARTITION,
		  .input = args, .input_size = sizeof(args), .ret = -ENOSPC },
		close_dev,
	};
	struct mshv_host *host;
	struct mshv_vm *vm = NULL;

	MOCK_EXPECT(calls);
	CHECK_EQ(mshv_host_open(NULL, &host), 0);
	CHECK_EQ(mshv_vm_create(host, &newer.config, &vm), -E2BIG);
	/* No library that programs were built with had a shorter one. */
	newer.config.size = sizeof(newer.config) - 1;
	CHECK_EQ(mshv_vm_create(host, &newer.config, &vm), -EINVAL);
	newer.config.size = sizeof(newer);
	newer.later = 0;
	CHECK_EQ(mshv_vm_create(host, &newer.config, &vm), -ENOSPC);
	CHECK(!vm);
	mshv_host_close(host);
	mock_done();
}

static _Alignas(4096) uint8_t memory[0x4000];

#define MAP_CALL(args, result) \
	{ .kind = MOCK_IOCTL, .fd = VM_FD, .request = SET_GUEST_MEMORY, \
	  .input = args, .input_size = sizeof(args), .ret = (result) }

TEST(vm_memory_map_and_lookup)
{
	uint64_t map_a[4] = { 0x3000, 0x100, (uintptr_t)memory, 0x3 };
	uint64_t map_b[4] = { 0x1000, 0x200, (uintptr_t)memory + 0x3000, 0x2 };
	uint64_t unmap_a[4] = { 0x3000, 0x100, (uintptr_t)memory, 0x4 };
	struct mock_call calls[] = {
		open_call,
		{ .kind = MOCK_IOCTL, .fd = DEV_FD, .request = CREATE_PARTITION,
		  .ret = VM_FD },
		MAP_CALL(map_a, 0),
		MAP_CALL(map_a, -EEXIST),
		MAP_CALL(map_b, 0),
		MAP_CALL(unmap_a, -EBUSY),
		MAP_CALL(unmap_a, 0),
		close_vm,
		close_dev,
	};
	struct mshv_host *host;
	struct mshv_vm *vm;
	void *addr;

	MOCK_EXPECT(calls);
	CHECK_EQ(mshv_host_open(NULL, &host), 0);
	CHECK_EQ(mshv_vm_create(host, NULL, &vm), 0);
	CHECK_EQ(mshv_vm_map(vm, 0x100000, memory, 0x3000, 3), 0);
	CHECK_EQ(mshv_vm_map(vm, 0x100000, memory, 0x3000, 3), -EEXIST);
	CHECK_EQ(mshv_vm_map(vm, 0x200000, memory + 0x3000, 0x1000,
			     MSHV_MEM_EXEC), 0);

	CHECK_EQ(mshv_vm_host_addr(vm, 0x102fff, 1, MSHV_MEM_WRITE, &addr), 0);
	CHECK(addr == memory + 0x2fff);
	CHECK_EQ(mshv_vm_host_addr(vm, 0x102fff, 2, 0, &addr), -EFAULT);
	CHECK_EQ(mshv_vm_host_addr(vm, 0x103000, 1, 0, &addr), -EFAULT);
	CHECK_EQ(mshv_vm_host_addr(vm, 0xfffff, 1, 0, &addr), -EFAULT);
	CHECK_EQ(mshv_vm_host_addr(vm, 0x100000, UINT64_MAX, 0, &addr), -EFAULT);
	CHECK_EQ(mshv_vm_host_addr(vm, 0x200000, 0x1000, 0, &addr), 0);
	CHECK_EQ(mshv_vm_host_addr(vm, 0x200000, 1, MSHV_MEM_WRITE, &addr),
		 -EACCES);
	CHECK_EQ(mshv_vm_host_addr(vm, 0x200000, 0, 0, &addr), -EINVAL);

	CHECK_EQ(mshv_vm_unmap(vm, 0x101000), -ENOENT);
	CHECK_EQ(mshv_vm_unmap(vm, 0x100001), -EINVAL);
	CHECK_EQ(mshv_vm_unmap(vm, 0x100000), -EBUSY);
	CHECK_EQ(mshv_vm_host_addr(vm, 0x100000, 1, 0, &addr), 0);
	CHECK_EQ(mshv_vm_unmap(vm, 0x100000), 0);
	CHECK_EQ(mshv_vm_host_addr(vm, 0x100000, 1, 0, &addr), -EFAULT);
	mshv_vm_close(vm);
	mshv_host_close(host);
	mock_done();
}

TEST(vm_map_refuses_bad_ranges)
{
	struct mock_call calls[] = {
		open_call,
		{ .kind = MOCK_IOCTL, .fd = DEV_FD, .request = CREATE_PARTITION,
		  .ret = VM_FD },
		close_vm,
		close_dev,
	};
	struct mshv_host *host;
	struct mshv_vm *vm;

	MOCK_EXPECT(calls);
	CHECK_EQ(mshv_host_open(NULL, &host), 0);
	CHECK_EQ(mshv_vm_create(host, NULL, &vm), 0);
	CHECK_EQ(mshv_vm_map(vm, 0, memory, 0, 0), -EINVAL);
	CHECK_EQ(mshv_vm_map(vm, 1, memory, 0x1000, 0), -EINVAL);
	CHECK_EQ(mshv_vm_map(vm, 0, memory + 1, 0x1000, 0), -EINVAL);
	CHECK_EQ(mshv_vm_map(vm, 0, memory, 0x1001, 0), -EINVAL);
	CHECK_EQ(mshv_vm_map(vm, 0, memory, 0x1000, 4), -EINVAL);
	CHECK_EQ(mshv_vm_map(vm, UINT64_MAX - 0xfff, memory, 0x2000, 0),
		 -EINVAL);
	mshv_vm_close(vm);
	mshv_host_close(host);
	mock_done();
}
