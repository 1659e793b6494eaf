// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who pays for the memory of a virtual machine: what is pinned counts against the
 * limit of locked memory, and what the hypervisor is given against the memory
 * cgroup. Linux's own driver counts neither.
 */
#include <sys/resource.h>
#include <sys/stat.h>

#include "mshv_test.h"

#define PINNING		"/sys/module/mshv_root/parameters/pin_memory"
#define CGROUPS		"/sys/fs/cgroup"
#define GROUP		CGROUPS "/mshv-test"
#define LIMIT		(1UL << 20)
#define NOBODY		65534
#define ROOM_GFN	(GUEST_ROOM / PAGE_SIZE)

/* The number after @word in a file of lines, or -1. */
static long find_number(const char *path, const char *word)
{
	FILE *f = fopen(path, "re");
	char line[200];
	long number = -1;

	while (f && number < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, word, strlen(word)))
			number = strtol(line + strlen(word), NULL, 10);
	if (f)
		fclose(f);
	return number;
}

static long locked_kib(void)
{
	return find_number("/proc/self/status", "VmLck:");
}

FIXTURE(pinned) {
	struct mshv_vm vm;
	uint8_t *mem;
};

FIXTURE_SETUP(pinned)
{
	const struct rlimit limit = { LIMIT, LIMIT };

	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver does not count");
	test_ok(mshv_vm_open(&self->vm));
	ASSERT_EQ(0, mshv_put(PINNING, "Y"));
	self->mem = mshv_alloc(2 * LIMIT);
	ASSERT_NE(NULL, self->mem);
	/* whoever may lock any memory is not limited */
	ASSERT_EQ(0, setrlimit(RLIMIT_MEMLOCK, &limit));
	ASSERT_EQ(0, setresuid(NOBODY, NOBODY, 0));
}

FIXTURE_TEARDOWN(pinned)
{
	EXPECT_EQ(0, setresuid(0, 0, 0));
	EXPECT_EQ(0, mshv_put(PINNING, "N"));
	mshv_vm_close(&self->vm);
}

TEST_F(pinned, memory_counts_as_locked)
{
	long before = locked_kib();

	test_map(self->vm.fd, self->mem, LIMIT / 2, ROOM_GFN, MEM_RW);
	EXPECT_EQ(before + (long)LIMIT / 2048, locked_kib());
	test_unmap(self->vm.fd, self->mem, LIMIT / 2, ROOM_GFN);
	EXPECT_EQ(before, locked_kib());
	test_map(self->vm.fd, self->mem, LIMIT, ROOM_GFN, MEM_RW);
	mshv_vm_close(&self->vm);
	EXPECT_EQ(before, locked_kib());
}

TEST_F(pinned, limit_holds)
{
	long before = locked_kib();

	test_err_map(ENOMEM, self->vm.fd, self->mem, LIMIT + PAGE_SIZE, ROOM_GFN, MEM_RW);
	EXPECT_EQ(before, locked_kib());
	test_map(self->vm.fd, self->mem, LIMIT, ROOM_GFN, MEM_RW);
	test_err_map(ENOMEM, self->vm.fd, self->mem, PAGE_SIZE, 2 * ROOM_GFN, MEM_RW);
	EXPECT_EQ(before + (long)LIMIT / 1024, locked_kib());
	test_unmap(self->vm.fd, self->mem, LIMIT, ROOM_GFN);
	test_map(self->vm.fd, self->mem, PAGE_SIZE, ROOM_GFN, MEM_RW);
}

/* A region that fails half way gives back what it took. */
TEST_F(pinned, failure_is_not_counted)
{
	long before = locked_kib();

	ASSERT_EQ(0, munmap(self->mem + LIMIT / 2, PAGE_SIZE));
	test_err_map(EFAULT, self->vm.fd, self->mem, LIMIT, ROOM_GFN, MEM_RW);
	EXPECT_EQ(before, locked_kib());
}

FIXTURE(deposited) {
	int unused;
};

FIXTURE_SETUP(deposited)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver does not count");
	ASSERT_EQ(0, mshv_put(CGROUPS "/cgroup.subtree_control", "+memory"))
		TH_LOG("there is no memory controller at " CGROUPS);
	if (mkdir(GROUP, 0755))
		ASSERT_EQ(EEXIST, errno);
	ASSERT_EQ(0, mshv_put(GROUP "/cgroup.procs", "0"));
}

FIXTURE_TEARDOWN(deposited)
{
	mshv_put(CGROUPS "/cgroup.procs", "0");
	rmdir(GROUP);
}

/*
 * The kernel brings its sums up to date when they are read, provided that enough has changed:
 * more than 64 pages for each processor.
 */
static long charged(void)
{
	const size_t enough = 1024 * PAGE_SIZE;
	void *mem = mmap(NULL, enough, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (mem == MAP_FAILED)
		return -1;
	munmap(mem, enough);
	return find_number(GROUP "/memory.stat", "kernel ");
}

/* 64 VPs cannot be had for less than four pages each, wherever they lie. */
TEST_F(deposited, memory_counts_for_the_group)
{
	const int vps = 64;
	const long least = vps * 4 * (long)PAGE_SIZE;
	long before = charged(), with, after;
	int vp[64], i;
	struct mshv_vm vm;

	ASSERT_LE(0, before);
	test_ok(mshv_vm_open(&vm));
	for (i = 0; i < vps; i++)
		vp[i] = test_create_vp(vm.fd, i);
	with = charged();
	EXPECT_LT(before + least, with);
	for (i = 0; i < vps; i++)
		close(vp[i]);
	mshv_vm_close(&vm);
	/* The hypervisor keeps some for itself, not the most of it. */
	after = charged();
	EXPECT_GT(before + (with - before) / 2, after);
	TH_LOG("%ld KiB before, %ld with %d VPs, %ld after", before >> 10, with >> 10, vps,
	       after >> 10);
}

/*
 * Root's own pool serves all VMs. minihv lacks memory there seven times in a row while the
 * second VM's processor is made, and gets 252 pages.
 */
TEST_F(deposited, pool_of_root_is_nobodys)
{
	const char *fault = getenv("MSHV_FAULT");
	struct mshv_vm plain, served;
	long before, with_plain;

	if (!fault || !strstr(fault, "call=0x4e:nth=2:status=0x73"))
		SKIP(return, "needs --fault=call=0x4e:nth=2:status=0x73, seven times");
	before = charged();
	test_ok(mshv_vm_setup(&plain));
	with_plain = charged();
	EXPECT_LT(before, with_plain);
	test_ok(mshv_vm_setup(&served));
	EXPECT_GT((with_plain - before) + 126 * (long)PAGE_SIZE, charged() - with_plain);
	mshv_vm_close(&served);
	mshv_vm_close(&plain);
}

/*
 * What is given beside what the hypervisor asks for, which comes back. Some pages of what was
 * there before may be freed meanwhile.
 */
TEST_F(deposited, slack_is_given_and_comes_back)
{
	const long freed = 32 * PAGE_SIZE;
	const long per_vp = 90 * PAGE_SIZE - freed, per_vm = 208 * PAGE_SIZE - freed;
	long before = charged(), with[3], after;
	struct mshv_vm vm;
	int i;

	test_ok(mshv_vm_open(&vm));
	with[0] = charged();
	EXPECT_LE(before + per_vm, with[0]);
	for (i = 1; i < 3; i++) {
		test_ok(mshv_vm_add_vp(&vm, i));
		with[i] = charged();
		EXPECT_LE(with[i - 1] + per_vp, with[i]);
	}
	mshv_vm_close(&vm);
	after = charged();
	/* not all of what a VM is made of is freed at once */
	EXPECT_GT(before + 90 * (long)PAGE_SIZE, after);
}

TEST_HARNESS_MAIN
