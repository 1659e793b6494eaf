// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a guest that the host wants back: what the guest wrote there is kept,
 * though its writes leave no trace in the page tables of the VMM.
 */
#include "mshv_test.h"

#define PAGES	8
#define SIZE	(PAGES * PAGE_SIZE)
#define VALUE	0x1badcafe
#define DEFECT	"what the guest writes to memory that is clean is lost with it"

FIXTURE(reclaim) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_SETUP(reclaim)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
}

FIXTURE_TEARDOWN(reclaim)
{
	mshv_vm_close(&self->vm);
}

static uint8_t *shared_memory(size_t size, int flags)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);
	void *mem;

	if (fd < 0 || ftruncate(fd, size))
		return NULL;
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | flags, fd, 0);
	close(fd);
	return mem == MAP_FAILED ? NULL : mem;
}

static uint32_t word(const uint8_t *at)
{
	return *(const volatile uint32_t *)at;
}

/* Lets the guest write to two of the pages, has them taken back, and looks at them. */
#define expect_writes_stay(mem)							\
	do {									\
		test_map(self->vm.fd, mem, SIZE, GUEST_ROOM / PAGE_SIZE, MEM_RW);	\
		test_start_write(GUEST_ROOM, VALUE);				\
		test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);		\
		test_start_write(GUEST_ROOM + SIZE - PAGE_SIZE, VALUE + 1);	\
		test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);		\
		ASSERT_EQ(0, madvise(mem, SIZE, MADV_PAGEOUT));			\
		EXPECT_OR_KNOWN(word(mem) == VALUE, DEFECT);			\
		EXPECT_OR_KNOWN(word((mem) + SIZE - PAGE_SIZE) == VALUE + 1, DEFECT);	\
		munmap(mem, SIZE);						\
	} while (0)

TEST_F(reclaim, shared_memory_that_the_vmm_has_only_read)
{
	uint8_t *mem = shared_memory(SIZE, 0);
	int i;

	ASSERT_NE(NULL, mem);
	for (i = 0; i < PAGES; i++)
		ASSERT_EQ(0, word(mem + i * PAGE_SIZE));
	expect_writes_stay(mem);
}

TEST_F(reclaim, shared_memory_that_was_populated)
{
	uint8_t *mem = shared_memory(SIZE, MAP_POPULATE);

	ASSERT_NE(NULL, mem);
	expect_writes_stay(mem);
}

/* The kernel may drop these, until somebody writes to them again. */
TEST_F(reclaim, memory_that_the_vmm_has_given_up)
{
	uint8_t *mem = mshv_alloc(SIZE);

	ASSERT_NE(NULL, mem);
	ASSERT_EQ(0, madvise(mem, SIZE, MADV_NOHUGEPAGE));
	memset(mem, 0x77, SIZE);
	ASSERT_EQ(0, madvise(mem, SIZE, MADV_FREE));
	expect_writes_stay(mem);
}

TEST_HARNESS_MAIN
