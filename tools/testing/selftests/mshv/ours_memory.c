// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much memory comes at once: a guest that touches one page of a large one has
 * all of it, so that it does not come back for the next. The driver's tracepoint
 * says how often it came. And memory that is pinned, in pieces of all sizes.
 */
#include "mshv_test.h"

#define PINNING		"/sys/module/mshv_root/parameters/pin_memory"
#define TRACING		"/sys/kernel/tracing/"
#define FAULTS		TRACING "events/mshv/mshv_vp_fault/enable"

#define MIB		(1UL << 20)
#define GIB		(1UL << 30)
#define LARGE		(2 * MIB)
#define MAP_HUGE_1G	(30U << 26)

static int start_counting(void)
{
	int ret = mshv_put(TRACING "trace", "");

	return ret ? ret : mshv_put(FAULTS, "1");
}

/* How many faults there were. */
static int stop_counting(void)
{
	FILE *f;
	char line[500];
	int ret = mshv_put(FAULTS, "0"), n = 0;

	if (ret)
		return ret;
	f = fopen(TRACING "trace", "re");
	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f))
		n += !!strstr(line, " mshv_vp_fault: ");
	fclose(f);
	return n;
}

FIXTURE(amount) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_SETUP(amount)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver has other tracepoints");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	/* that of the guest itself is there before anything is counted */
	test_load(&self->vm, fs_read32);
	test_run(self->vp, HVMSG_X64_HALT);
}

FIXTURE_TEARDOWN(amount)
{
	mshv_put(PINNING, "N");
	mshv_put(FAULTS, "0");
	mshv_vm_close(&self->vm);
}

/* Room that begins at a multiple of @align. */
static uint8_t *aligned(size_t size, size_t align)
{
	uint8_t *room = mshv_alloc(size + align);

	return room ? (uint8_t *)(((uintptr_t)room + align - 1) & ~(align - 1)) : NULL;
}

static void number_pages(uint8_t *mem, size_t size)
{
	size_t i;

	for (i = 0; i < size; i += PAGE_SIZE)
		*(uint32_t *)(mem + i) = i + 1;
}

/* Small pages, too, come by the two megabytes. */
TEST_F(amount, small_pages_come_together)
{
	uint8_t *mem = aligned(2 * LARGE, LARGE);
	unsigned int i;

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, madvise(mem, 2 * LARGE, MADV_NOHUGEPAGE));
	number_pages(mem, 2 * LARGE);
	test_map(self->vm.fd, mem, 2 * LARGE, GUEST_ROOM / PAGE_SIZE, MEM_RW);
	ASSERT_EQ(0, start_counting());
	for (i = 0; i < 2 * LARGE; i += 37 * PAGE_SIZE)
		test_guest_reads(GUEST_ROOM + i, i + 1);
	EXPECT_EQ(2, stop_counting());
}

#define HUGE_POOL	"/proc/sys/vm/nr_hugepages"
#define NR_LARGE	8

static uint8_t *large_pages(void)
{
	void *p;

	if (mshv_put(HUGE_POOL, "8"))
		return NULL;
	p = mmap(NULL, NR_LARGE * LARGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	return p == MAP_FAILED ? NULL : p;
}

static bool is_there(uint8_t *page)
{
	unsigned char vec = 0;

	return !mincore(page, PAGE_SIZE, &vec) && vec & 1;
}

/* Those that the VMM has come along, the others are not brought in for it. */
TEST_F(amount, large_pages_that_are_there_come_together)
{
	uint8_t *mem = large_pages();
	unsigned int i;

	ASSERT_NE(NULL, mem);
	for (i = 0; i < NR_LARGE; i++)
		if (i != 5)
			*(uint32_t *)(mem + i * LARGE) = i + 1;
	test_map(self->vm.fd, mem, NR_LARGE * LARGE, 16 * LARGE / PAGE_SIZE, MEM_RW);
	ASSERT_EQ(0, start_counting());
	for (i = 0; i < 5; i++)
		test_guest_reads((16 + i) * LARGE, i + 1);
	EXPECT_EQ(1, stop_counting());
	EXPECT_FALSE(is_there(mem + 5 * LARGE));
	ASSERT_EQ(0, start_counting());
	test_guest_reads((16 + 7) * LARGE, 8);
	test_guest_reads((16 + 5) * LARGE, 0);
	test_guest_reads((16 + 6) * LARGE, 7);
	EXPECT_EQ(2, stop_counting());

	/* one that came along goes by itself */
	ASSERT_EQ(0, madvise(mem + 2 * LARGE, LARGE, MADV_DONTNEED));
	test_guest_reads((16 + 2) * LARGE, 0);
	test_guest_reads((16 + 3) * LARGE, 4);
	test_unmap(self->vm.fd, mem, NR_LARGE * LARGE, 16 * LARGE / PAGE_SIZE);
	munmap(mem, NR_LARGE * LARGE);
	mshv_put(HUGE_POOL, "0");
}

/* Guest and host addresses that do not fit each other: by small pages, but right. */
TEST_F(amount, large_pages_at_an_odd_place)
{
	uint8_t *mem = large_pages();
	unsigned int i;

	ASSERT_NE(NULL, mem);
	number_pages(mem, NR_LARGE * LARGE);
	test_map(self->vm.fd, mem, NR_LARGE * LARGE, 16 * LARGE / PAGE_SIZE + 3, MEM_RW);
	for (i = 0; i < NR_LARGE * LARGE; i += 333 * PAGE_SIZE)
		test_guest_reads(16 * LARGE + 3 * PAGE_SIZE + i, i + 1);
	test_unmap(self->vm.fd, mem, NR_LARGE * LARGE, 16 * LARGE / PAGE_SIZE + 3);
	munmap(mem, NR_LARGE * LARGE);
	mshv_put(HUGE_POOL, "0");
}

#define NO_GIGABYTE							\
	"there is no page of 1 GiB: boot with --mem=4096 --kernel-arg=hugepagesz=1G --kernel-arg=hugepages=1"

/* It must have been kept free since the kernel began. */
static uint8_t *gigabyte(void)
{
	void *p = mmap(NULL, GIB, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_1G, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

TEST_F(amount, gigabyte_comes_at_once)
{
	uint8_t *mem = gigabyte();
	size_t i;

	if (!mem)
		SKIP(return, NO_GIGABYTE);
	for (i = 0; i < GIB; i += 17 * MIB)
		*(uint32_t *)(mem + i) = i + 1;
	test_map(self->vm.fd, mem, GIB, GIB / PAGE_SIZE, MEM_RW);
	ASSERT_EQ(0, start_counting());
	/* the first touch is not that of the first page */
	test_guest_reads(GIB + 17 * MIB, 17 * MIB + 1);
	for (i = 0; i < GIB; i += 17 * MIB)
		test_guest_reads(GIB + i, i + 1);
	EXPECT_EQ(1, stop_counting());

	/* and goes at once */
	ASSERT_EQ(0, munmap(mem, GIB));
	for (i = 0; i < GIB; i += 17 * MIB) {
		test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));
		test_ok(mshv_vp_set_fs(self->vp, GIB + i));
		test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0);
		test_run(self->vp, HVMSG_GPA_INTERCEPT);
	}
}

/* A region that does not have all of it gets what it has. */
TEST_F(amount, part_of_a_gigabyte)
{
	const size_t size = GIB - LARGE;
	uint8_t *mem = gigabyte();
	size_t i;

	if (!mem)
		SKIP(return, NO_GIGABYTE);
	for (i = 0; i < GIB; i += 50 * MIB)
		*(uint32_t *)(mem + i) = i + 1;
	test_map(self->vm.fd, mem, size, GIB / PAGE_SIZE, MEM_RW);
	/* a second one, where guest and host addresses do not fit each other */
	test_map(self->vm.fd, mem, GIB, (3 * GIB + LARGE) / PAGE_SIZE, MEM_RW);
	for (i = 0; i < GIB; i += 50 * MIB) {
		test_guest_reads(GIB + i, i + 1);
		test_guest_reads(3 * GIB + LARGE + i, i + 1);
	}
	test_unmap(self->vm.fd, mem, size, GIB / PAGE_SIZE);
	test_unmap(self->vm.fd, mem, GIB, (3 * GIB + LARGE) / PAGE_SIZE);
	munmap(mem, GIB);
}

/* Large pages, then small ones, then large ones again, and an odd end. */
TEST_F(amount, pinned_memory_in_pieces_of_all_sizes)
{
	const size_t size = 12 * LARGE + 5 * PAGE_SIZE;
	uint8_t *mem = aligned(size, LARGE);
	size_t i;

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, madvise(mem, size, MADV_HUGEPAGE));
	ASSERT_EQ(0, madvise(mem + 5 * LARGE, 2 * LARGE, MADV_NOHUGEPAGE));
	number_pages(mem, size);
	ASSERT_EQ(0, mshv_put(PINNING, "Y"));
	test_map(self->vm.fd, mem, size, GUEST_ROOM / PAGE_SIZE, MEM_RW);
	ASSERT_EQ(0, start_counting());
	for (i = 0; i < size; i += 101 * PAGE_SIZE)
		test_guest_reads(GUEST_ROOM + i, i + 1);
	test_guest_reads(GUEST_ROOM + size - PAGE_SIZE, size - PAGE_SIZE + 1);
	EXPECT_EQ(0, stop_counting());
	test_unmap(self->vm.fd, mem, size, GUEST_ROOM / PAGE_SIZE);

	/* not at the beginning of a large page of the guest */
	test_map(self->vm.fd, mem, size, GUEST_ROOM / PAGE_SIZE + 7, MEM_RW);
	for (i = 0; i < size; i += 101 * PAGE_SIZE)
		test_guest_reads(GUEST_ROOM + 7 * PAGE_SIZE + i, i + 1);
	test_unmap(self->vm.fd, mem, size, GUEST_ROOM / PAGE_SIZE + 7);
}

TEST_HARNESS_MAIN
