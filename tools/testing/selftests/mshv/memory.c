// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a partition: regions, their arguments, and what the guest sees.
 *
 * A region is either movable (mapped as the guest touches it, following the
 * VMM's page tables) or pinned. Which one is the driver's choice and not
 * visible here, except that movable memory follows changes of the VMM's.
 */
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "mshv_test.h"

#define ROOM_GFN	(GUEST_ROOM / PAGE_SIZE)
#define PAGES		8
#define SIZE		(PAGES * PAGE_SIZE)

FIXTURE(memory) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	uint8_t *mem;
};

FIXTURE_SETUP(memory)
{
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	self->mem = mshv_alloc(SIZE);
	ASSERT_NE(NULL, self->mem);
}

FIXTURE_TEARDOWN(memory)
{
	mshv_vm_close(&self->vm);
	munmap(self->mem, SIZE);
}

/* The guest writes @value there without the VMM seeing anything of it. */
#define expect_guest_writes(gpa, value)					\
	do {								\
		test_start_write(gpa, value);				\
		test_run(self->vp, HVMSG_X64_IO_PORT_INTERCEPT);	\
	} while (0)

#define message_gpa()							\
	(mshv_payload(self->vp,						\
		      struct hv_x64_memory_intercept_message)->guest_physical_address)

static uint32_t word(const void *at)
{
	return *(const volatile uint32_t *)at;
}

TEST_F(memory, guest_sees_what_the_host_wrote)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	*(uint32_t *)self->mem = 0x12345678;
	*(uint32_t *)(self->mem + SIZE - 4) = 0x9abcdef0;
	test_guest_reads(GUEST_ROOM, 0x12345678);
	test_guest_reads(GUEST_ROOM + SIZE - 4, 0x9abcdef0);
	/* and a change while the page is mapped */
	*(uint32_t *)self->mem = 0x55aa55aa;
	test_guest_reads(GUEST_ROOM, 0x55aa55aa);
}

TEST_F(memory, host_sees_what_the_guest_wrote)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	expect_guest_writes(GUEST_ROOM + 2 * PAGE_SIZE, 0xcafe0001);
	EXPECT_EQ(0xcafe0001, word(self->mem + 2 * PAGE_SIZE));
	EXPECT_EQ(0, word(self->mem));
	EXPECT_EQ(0, word(self->mem + 3 * PAGE_SIZE));
}

TEST_F(memory, access_across_a_page_boundary)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	expect_guest_writes(GUEST_ROOM + PAGE_SIZE - 2, 0x44332211);
	EXPECT_EQ(0x44332211, word(self->mem + PAGE_SIZE - 2));
}

TEST_F(memory, size_must_be_whole_pages)
{
	test_err_map(EINVAL, self->vm.fd, self->mem, 0, ROOM_GFN, MEM_RWX);
	test_err_map(EINVAL, self->vm.fd, self->mem, 1, ROOM_GFN, MEM_RWX);
	test_err_map(EINVAL, self->vm.fd, self->mem, SIZE - 1, ROOM_GFN, MEM_RWX);
	test_err_map(EINVAL, self->vm.fd, self->mem, SIZE + 8, ROOM_GFN, MEM_RWX);
}

TEST_F(memory, address_must_be_at_a_page)
{
	test_err_map(EINVAL, self->vm.fd, self->mem + 8, PAGE_SIZE, ROOM_GFN,
		     MEM_RWX);
}

TEST_F(memory, unknown_flags_are_refused)
{
	int bit;

	for (bit = MSHV_SET_MEM_BIT_COUNT; bit < 8; bit++)
		test_err_map(EINVAL, self->vm.fd, self->mem, SIZE, ROOM_GFN,
			     MEM_RWX | BIT(bit));
}

TEST_F(memory, reserved_bytes_must_be_zero)
{
	struct mshv_user_mem_region args;
	unsigned int i;

	for (i = 0; i < sizeof(args.rsvd); i++) {
		args = (struct mshv_user_mem_region){
			.size = SIZE,
			.guest_pfn = ROOM_GFN,
			.userspace_addr = (uintptr_t)self->mem,
			.flags = MEM_RWX,
		};
		args.rsvd[i] = 0x80;
		EXPECT_EQ(-1, ioctl(self->vm.fd, MSHV_SET_GUEST_MEMORY, &args));
		EXPECT_EQ(EINVAL, errno);
	}
}

TEST_F(memory, address_without_a_mapping)
{
	void *hole = mshv_alloc(SIZE);

	ASSERT_NE(NULL, hole);
	ASSERT_EQ(0, munmap(hole, SIZE));
	test_err_map(EINVAL, self->vm.fd, hole, SIZE, ROOM_GFN, MEM_RWX);
}

TEST_F(memory, address_of_the_kernel)
{
	test_err_map(EINVAL, self->vm.fd, (void *)0xffff888000000000, SIZE,
		     ROOM_GFN, MEM_RWX);
	/* begins in user space, ends beyond it */
	test_err_map(EINVAL, self->vm.fd, self->mem, BIT(47), ROOM_GFN, MEM_RWX);
}

TEST_F(memory, guest_page_number_beyond_the_address_space)
{
	EXPECT_GT(0, _test_map(self->vm.fd, self->mem, SIZE, BIT(52) - PAGES,
			       MEM_RWX));
	EXPECT_GT(0, _test_map(self->vm.fd, self->mem, SIZE, UINT64_MAX - 1,
			       MEM_RWX));
	/* nothing of it stayed behind */
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	test_guest_reads(GUEST_ROOM, 0);
}

TEST_F(memory, overlap_is_refused)
{
	void *other = mshv_alloc(4 * SIZE);

	ASSERT_NE(NULL, other);
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	test_err_map(EEXIST, self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	/* the first page, the last one, one within, all and more */
	test_err_map(EEXIST, self->vm.fd, other, SIZE, ROOM_GFN - PAGES + 1,
		     MEM_RWX);
	test_err_map(EEXIST, self->vm.fd, other, SIZE, ROOM_GFN + PAGES - 1,
		     MEM_RWX);
	test_err_map(EEXIST, self->vm.fd, other, PAGE_SIZE, ROOM_GFN + 3,
		     MEM_RWX);
	test_err_map(EEXIST, self->vm.fd, other, 4 * SIZE, ROOM_GFN - PAGES,
		     MEM_RWX);
	munmap(other, 4 * SIZE);
}

TEST_F(memory, neighbours_are_no_overlap)
{
	uint8_t *other = mshv_alloc(2 * SIZE);

	ASSERT_NE(NULL, other);
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	test_map(self->vm.fd, other, SIZE, ROOM_GFN - PAGES, MEM_RWX);
	test_map(self->vm.fd, other + SIZE, SIZE, ROOM_GFN + PAGES, MEM_RWX);
	/* one access that touches both */
	expect_guest_writes(GUEST_ROOM - 2, 0xddccbbaa);
	EXPECT_EQ(0xaa, other[SIZE - 2]);
	EXPECT_EQ(0xbb, other[SIZE - 1]);
	EXPECT_EQ(0xcc, self->mem[0]);
	EXPECT_EQ(0xdd, self->mem[1]);
}

TEST_F(memory, one_buffer_at_two_places)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN + 0x1000, MEM_RWX);
	expect_guest_writes(GUEST_ROOM + 4, 0x600d600d);
	test_guest_reads(GUEST_ROOM + 0x1000 * PAGE_SIZE + 4, 0x600d600d);
}

TEST_F(memory, one_buffer_in_two_partitions)
{
	struct mshv_vm other;

	test_ok(mshv_vm_setup(&other));
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	test_map(other.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	expect_guest_writes(GUEST_ROOM + 8, 0x5eed5eed);
	mshv_load(&other, GUEST_CODE, fs_read32);
	test_ok(mshv_vp_set_fs(&other.vp[0], GUEST_ROOM + 8));
	test_run(&other.vp[0], HVMSG_X64_HALT);
	EXPECT_EQ(0x5eed5eed, mshv_data32(&other, 0));
	mshv_vm_close(&other);
}

TEST_F(memory, partitions_do_not_share)
{
	struct mshv_vm other;

	test_ok(mshv_vm_setup(&other));
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	mshv_load(&other, GUEST_CODE, fs_read32);
	test_ok(mshv_vp_set_fs(&other.vp[0], GUEST_ROOM));
	test_run(&other.vp[0], HVMSG_UNMAPPED_GPA);
	mshv_vm_close(&other);
}

TEST_F(memory, shared_file_memory)
{
	int fd = syscall(SYS_memfd_create, "ram", 0);
	uint32_t value = 0xf11ef11e;
	uint8_t *file;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, SIZE));
	file = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, file);
	test_map(self->vm.fd, file, SIZE, ROOM_GFN, MEM_RWX);
	ASSERT_EQ(4, pwrite(fd, &value, 4, PAGE_SIZE));
	test_guest_reads(GUEST_ROOM + PAGE_SIZE, 0xf11ef11e);
	expect_guest_writes(GUEST_ROOM + PAGE_SIZE, 0x0badcafe);
	ASSERT_EQ(4, pread(fd, &value, 4, PAGE_SIZE));
	EXPECT_EQ(0x0badcafe, value);
}

TEST_F(memory, unmap_must_match)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	test_err_unmap(EINVAL, self->vm.fd, self->mem, SIZE - PAGE_SIZE,
		       ROOM_GFN);
	test_err_unmap(EINVAL, self->vm.fd, self->mem, SIZE + PAGE_SIZE,
		       ROOM_GFN);
	test_err_unmap(EINVAL, self->vm.fd, self->mem + PAGE_SIZE, SIZE,
		       ROOM_GFN);
	test_err_unmap(EINVAL, self->vm.fd, self->mem, SIZE, ROOM_GFN + 1);
	test_err_unmap(ENOENT, self->vm.fd, self->mem, SIZE, ROOM_GFN + PAGES);
	test_err_unmap(ENOENT, self->vm.fd, self->mem, SIZE, ROOM_GFN - 1);

	/* after all that it is still there */
	self->mem[0] = 0x77;
	test_guest_reads(GUEST_ROOM, 0x77);
	test_unmap(self->vm.fd, self->mem, SIZE, ROOM_GFN);
	test_err_unmap(ENOENT, self->vm.fd, self->mem, SIZE, ROOM_GFN);
}

TEST_F(memory, unmap_ignores_other_flags)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RO);
	test_ok(_test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN,
			  MEM_RWX | BIT(MSHV_SET_MEM_BIT_UNMAP)));
}

TEST_F(memory, unmapped_memory_is_gone)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	expect_guest_writes(GUEST_ROOM + PAGE_SIZE, 1);
	test_unmap(self->vm.fd, self->mem, SIZE, ROOM_GFN);
	test_start_write(GUEST_ROOM + PAGE_SIZE, 2);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	EXPECT_EQ(GUEST_ROOM + PAGE_SIZE, message_gpa());
	EXPECT_EQ(1, word(self->mem + PAGE_SIZE));
}

/* Whether the guest ever touched it makes no difference. */
TEST_F(memory, unmapped_memory_that_was_never_touched_is_gone)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	test_unmap(self->vm.fd, self->mem, SIZE, ROOM_GFN);
	test_start_read(GUEST_ROOM);
	test_ok(_test_run(self->vp));
	EXPECT_OR_KNOWN(self->vp->msg.header.message_type == HVMSG_UNMAPPED_GPA,
			"pages that were never populated stay mapped without access");
}

TEST_F(memory, place_can_be_used_again)
{
	uint8_t *other = mshv_alloc(SIZE);
	int i;

	ASSERT_NE(NULL, other);
	for (i = 0; i < 8; i++) {
		uint8_t *now = i & 1 ? other : self->mem;

		test_map(self->vm.fd, now, SIZE, ROOM_GFN, MEM_RWX);
		*(uint32_t *)now = i;
		test_guest_reads(GUEST_ROOM, (uint32_t)i);
		test_unmap(self->vm.fd, now, SIZE, ROOM_GFN);
	}
}

TEST_F(memory, read_only_memory_can_be_read)
{
	self->mem[0] = 0x42;
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RO);
	test_guest_reads(GUEST_ROOM, 0x42);
}

TEST_F(memory, write_to_read_only_memory_reaches_the_vmm)
{
	const struct hv_x64_memory_intercept_message *m =
		mshv_payload(self->vp, struct hv_x64_memory_intercept_message);

	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RX);
	/* both before and after the page was populated */
	test_start_write(GUEST_ROOM + PAGE_SIZE, 1);
	test_run(self->vp, HVMSG_GPA_INTERCEPT);
	EXPECT_EQ(GUEST_ROOM + PAGE_SIZE, m->guest_physical_address);
	EXPECT_EQ(HV_INTERCEPT_ACCESS_WRITE, m->header.intercept_access_type);
	test_guest_reads(GUEST_ROOM + PAGE_SIZE, 0);
	test_start_write(GUEST_ROOM + PAGE_SIZE, 2);
	test_run(self->vp, HVMSG_GPA_INTERCEPT);
	EXPECT_EQ(HV_INTERCEPT_ACCESS_WRITE, m->header.intercept_access_type);
	EXPECT_EQ(0, word(self->mem + PAGE_SIZE));
}

TEST_F(memory, code_runs_from_executable_memory)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RX);
	guest_copy(self->mem, lm_hlt);
	test_load(&self->vm, lm_jump);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, GUEST_ROOM);
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(GUEST_ROOM, mshv_header(self->vp)->rip & ~0xfULL);
}

TEST_F(memory, code_in_other_memory_reaches_the_vmm)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RW);
	guest_copy(self->mem, lm_hlt);
	test_load(&self->vm, lm_jump);
	test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, GUEST_ROOM);
	test_run(self->vp, HVMSG_GPA_INTERCEPT);
	EXPECT_EQ(HV_INTERCEPT_ACCESS_EXECUTE,
		  mshv_header(self->vp)->intercept_access_type);
	EXPECT_EQ(GUEST_ROOM, message_gpa());
}

/* Movable memory: the guest follows when the VMM's pages change. */
TEST_F(memory, discarded_pages_read_as_zero)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	expect_guest_writes(GUEST_ROOM, 0x11111111);
	expect_guest_writes(GUEST_ROOM + PAGE_SIZE, 0x22222222);
	ASSERT_EQ(0, madvise(self->mem, PAGE_SIZE, MADV_DONTNEED));
	test_guest_reads(GUEST_ROOM, 0);
	test_guest_reads(GUEST_ROOM + PAGE_SIZE, 0x22222222);
	/* and the new page is shared with the host again */
	expect_guest_writes(GUEST_ROOM, 0x33333333);
	EXPECT_EQ(0x33333333, word(self->mem));
}

TEST_F(memory, pages_replaced_under_the_region)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	expect_guest_writes(GUEST_ROOM, 0x11111111);
	ASSERT_EQ(self->mem,
		  mmap(self->mem, SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	*(uint32_t *)self->mem = 0x99999999;
	test_guest_reads(GUEST_ROOM, 0x99999999);
}

/* After a fork, copy on write must not part the guest from its VMM. */
TEST_F(memory, fork_of_the_vmm)
{
	int status;
	pid_t child;

	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	expect_guest_writes(GUEST_ROOM, 0x11111111);
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(word(self->mem) == 0x11111111 ? 0 : 1);
	*(uint32_t *)self->mem = 0x22222222;
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	test_guest_reads(GUEST_ROOM, 0x22222222);
	expect_guest_writes(GUEST_ROOM, 0x33333333);
	EXPECT_EQ(0x33333333, word(self->mem));
}

/* The VP may be run by another process than the one whose memory it has. */
TEST_F(memory, vp_run_by_another_process)
{
	uint8_t *mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child;

	ASSERT_NE(MAP_FAILED, mem);
	*(uint32_t *)mem = 41;
	test_map(self->vm.fd, mem, SIZE, ROOM_GFN, MEM_RWX);
	test_load(&self->vm, fs_rmw);
	test_ok(mshv_vp_set_fs(self->vp, GUEST_ROOM));
	test_set_reg(self->vp, HV_X64_REGISTER_RBX, 0);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		/* not the place of the parent's memory in this process */
		munmap(mem, SIZE);
		_exit(_test_run(self->vp) ||
		      self->vp->msg.header.message_type != HVMSG_X64_HALT);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(42, word(mem));
}

struct filler {
	pthread_t thread;
	int uffd;
	atomic_int filled;	/* before the one who waits for a page goes on */
};

/* Gives each page that is missing its own number as contents. */
static void *fill(void *arg)
{
	struct filler *f = arg;
	uint8_t *page = mshv_alloc(PAGE_SIZE);
	struct uffd_msg msg;

	while (page && read(f->uffd, &msg, sizeof(msg)) == sizeof(msg)) {
		struct uffdio_copy copy = {
			.dst = msg.arg.pagefault.address & ~(PAGE_SIZE - 1),
			.src = (uintptr_t)page,
			.len = PAGE_SIZE,
		};

		*(uint32_t *)page = copy.dst / PAGE_SIZE;
		f->filled++;
		if (ioctl(f->uffd, UFFDIO_COPY, &copy))
			break;
	}
	return NULL;
}

/* Memory that the VMM brings in as it is touched (post-copy migration). */
TEST_F(memory, user_space_fills_the_pages)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)self->mem, .len = SIZE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct filler f = { .uffd = syscall(SYS_userfaultfd, O_CLOEXEC) };
	int i;

	ASSERT_LE(0, f.uffd);
	ASSERT_EQ(0, ioctl(f.uffd, UFFDIO_API, &api));
	ASSERT_EQ(0, ioctl(f.uffd, UFFDIO_REGISTER, &range));
	ASSERT_EQ(0, pthread_create(&f.thread, NULL, fill, &f));
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	for (i = 0; i < PAGES; i += 3)
		test_guest_reads(GUEST_ROOM + i * PAGE_SIZE,
				   (uint32_t)((uintptr_t)self->mem / PAGE_SIZE + i));
	EXPECT_LT(0, f.filled);
	ASSERT_EQ(0, pthread_cancel(f.thread));
	ASSERT_EQ(0, pthread_join(f.thread, NULL));
	close(f.uffd);
}

/* Nobody but the guest asks for such pages, however near others are that come together. */
TEST_F(memory, user_space_fills_no_page_beside_what_is_touched)
{
	uint8_t *mem = mshv_alloc(2 * SIZE);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)mem + SIZE, .len = SIZE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct filler f = { .uffd = syscall(SYS_userfaultfd, O_CLOEXEC) };

	ASSERT_NE(NULL, mem);
	ASSERT_LE(0, f.uffd);
	ASSERT_EQ(0, ioctl(f.uffd, UFFDIO_API, &api));
	ASSERT_EQ(0, ioctl(f.uffd, UFFDIO_REGISTER, &range));
	ASSERT_EQ(0, pthread_create(&f.thread, NULL, fill, &f));
	test_map(self->vm.fd, mem, 2 * SIZE, ROOM_GFN, MEM_RWX);
	test_guest_reads(GUEST_ROOM, 0);
	EXPECT_OR_KNOWN(!f.filled, "all of a chunk is asked for");
	test_guest_reads(GUEST_ROOM + SIZE, (uint32_t)((uintptr_t)mem / PAGE_SIZE + PAGES));
	EXPECT_OR_KNOWN(f.filled == 1, "all of a chunk is asked for");
	ASSERT_EQ(0, pthread_cancel(f.thread));
	ASSERT_EQ(0, pthread_join(f.thread, NULL));
	close(f.uffd);
	munmap(mem, 2 * SIZE);
}

static void ignore(int number)
{
	(void)number;
}

/* In a process of its own, which is sent signals all the time. */
static int first_region(void)
{
	const struct itimerval often = { .it_interval.tv_usec = 50, .it_value.tv_usec = 50 };
	const struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_RESTART };
	struct mshv_vm vm;
	int ret;

	sigaction(SIGALRM, &action, NULL);
	ret = mshv_vm_open(&vm);
	if (ret || setitimer(ITIMER_REAL, &often, NULL))
		return 1;
	return mshv_vm_ram(&vm, GUEST_RAM_SIZE) ? 2 : 0;
}

/* Signals are no matter of memory: nobody who maps some has to try again for them. */
TEST_F(memory, first_region_of_a_process_that_gets_signals)
{
	int i, status;

	for (i = 0; i < 10; i++) {
		pid_t child = fork();

		ASSERT_LE(0, child);
		if (!child)
			_exit(first_region());
		ASSERT_EQ(child, waitpid(child, &status, 0));
		ASSERT_EQ(0, status);
	}
}

TEST_F(memory, vmm_memory_taken_away_under_the_region)
{
	SKIP_IN_TREE("access to a region without memory makes the kernel WARN");
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	expect_guest_writes(GUEST_ROOM, 1);
	ASSERT_EQ(0, munmap(self->mem, SIZE));
	test_start_write(GUEST_ROOM, 2);
	test_run(self->vp, HVMSG_GPA_INTERCEPT);
	EXPECT_EQ(GUEST_ROOM, message_gpa());
}

/* A private mapping shares the file's page until somebody writes. */
TEST_F(memory, reading_does_not_copy_a_private_page)
{
	const uint32_t first = 0x11111111, second = 0x22222222;
	int fd = memfd_create("file", MFD_CLOEXEC);
	uint8_t *mem;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, SIZE));
	ASSERT_EQ(sizeof(first), pwrite(fd, &first, sizeof(first), 0));
	mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, mem);
	test_map(self->vm.fd, mem, SIZE, ROOM_GFN, MEM_RO);
	test_guest_reads(GUEST_ROOM, first);
	ASSERT_EQ(sizeof(second), pwrite(fd, &second, sizeof(second), 0));
	EXPECT_OR_KNOWN(word(mem) == second,
			"a page of read-only memory is faulted in for writing, which copies it");
	test_guest_reads(GUEST_ROOM, word(mem));
	munmap(mem, SIZE);
	close(fd);
}

/* One region, two mappings of different kinds. */
TEST_F(memory, region_over_two_mappings)
{
	uint8_t *both = mshv_alloc(2 * SIZE);
	int fd = memfd_create("file", MFD_CLOEXEC);
	const uint32_t value = 0x33333333;

	ASSERT_NE(NULL, both);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, SIZE));
	ASSERT_EQ(sizeof(value), pwrite(fd, &value, sizeof(value), 0));
	ASSERT_EQ(both + SIZE, mmap(both + SIZE, SIZE, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_FIXED, fd, 0));
	test_map(self->vm.fd, both, 2 * SIZE, ROOM_GFN, MEM_RWX);
	test_guest_reads(GUEST_ROOM + SIZE, value);
	expect_guest_writes(GUEST_ROOM + SIZE - 2, 0x88776655);
	EXPECT_EQ(0x6655, *(uint16_t *)(both + SIZE - 2));
	EXPECT_EQ(0x8877, *(uint16_t *)(both + SIZE));
	munmap(both, 2 * SIZE);
	close(fd);
}

TEST_F(memory, many_small_regions)
{
	const int n = 128;
	uint8_t *mem = mshv_alloc(n * PAGE_SIZE);
	int i;

	ASSERT_NE(NULL, mem);
	for (i = 0; i < n; i++) {
		*(uint32_t *)(mem + i * PAGE_SIZE) = i + 1;
		test_map(self->vm.fd, mem + i * PAGE_SIZE, PAGE_SIZE,
			 ROOM_GFN + 2 * i, MEM_RWX);
	}
	for (i = 0; i < n; i += 17)
		test_guest_reads(GUEST_ROOM + 2 * i * PAGE_SIZE,
				   (uint32_t)i + 1);
	/* the holes between them are holes */
	test_start_read(GUEST_ROOM + PAGE_SIZE);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	for (i = 0; i < n; i += 2)
		test_unmap(self->vm.fd, mem + i * PAGE_SIZE, PAGE_SIZE,
			   ROOM_GFN + 2 * i);
	test_guest_reads(GUEST_ROOM + 2 * PAGE_SIZE, 2);
}

/* Far more than one hypercall can map; only what is touched gets pages. */
/*
 * What a fault costs with so many is a figure of make bench. Linux's driver looks at all
 * of them when another is made, and needs half a minute for as many.
 */
TEST_F(memory, ten_thousand_regions)
{
	const unsigned long n = mshv_driver_is_in_tree() ? 1000 : 10000;
	uint8_t *mem = mshv_alloc(n * PAGE_SIZE);
	unsigned long i;

	ASSERT_NE(NULL, mem);
	for (i = 0; i < n; i++)
		test_map(self->vm.fd, mem + i * PAGE_SIZE, PAGE_SIZE, ROOM_GFN + i, MEM_RWX);
	*(uint32_t *)(mem + (n - 1) * PAGE_SIZE) = n;
	test_guest_reads(GUEST_ROOM + (n - 1) * PAGE_SIZE, (uint32_t)n);
	expect_guest_writes(GUEST_ROOM + n / 2 * PAGE_SIZE, 0xcafe0002);
	EXPECT_EQ(0xcafe0002, word(mem + n / 2 * PAGE_SIZE));
	for (i = 0; i < n; i++)
		test_unmap(self->vm.fd, mem + i * PAGE_SIZE, PAGE_SIZE, ROOM_GFN + i);
	test_start_read(GUEST_ROOM + (n - 1) * PAGE_SIZE);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	munmap(mem, n * PAGE_SIZE);
}

TEST_F(memory, region_larger_than_it_is_populated)
{
	const size_t size = 1UL << 30;
	uint8_t *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	ASSERT_NE(MAP_FAILED, mem);
	test_map(self->vm.fd, mem, size, size / PAGE_SIZE, MEM_RWX);
	expect_guest_writes(size, 0xa);
	expect_guest_writes(size + size / 2, 0xb);
	expect_guest_writes(size + size - 4, 0xc);
	EXPECT_EQ(0xa, word(mem));
	EXPECT_EQ(0xb, word(mem + size / 2));
	EXPECT_EQ(0xc, word(mem + size - 4));
	test_unmap(self->vm.fd, mem, size, size / PAGE_SIZE);
	munmap(mem, size);
}

/* Memory in huge pages at a fitting place is mapped in large pages. */
TEST_F(memory, huge_pages)
{
	const size_t huge = 2UL << 20, size = 2 * huge;
	uint8_t *room = mshv_alloc(size + huge);
	uint8_t *mem;
	unsigned int i;

	ASSERT_NE(NULL, room);
	mem = (uint8_t *)(((uintptr_t)room + huge - 1) & ~(huge - 1));
	ASSERT_EQ(0, madvise(mem, size, MADV_HUGEPAGE))
		TH_LOG("the kernel lacks transparent huge pages");
	for (i = 0; i < size; i += PAGE_SIZE)
		*(uint32_t *)(mem + i) = i;
	test_map(self->vm.fd, mem, size, ROOM_GFN, MEM_RWX);
	for (i = 0; i < size; i += 123 * PAGE_SIZE)
		test_guest_reads(GUEST_ROOM + i, i);
	expect_guest_writes(GUEST_ROOM + huge + 0x5000, 0x12121212);
	EXPECT_EQ(0x12121212, word(mem + huge + 0x5000));

	/* One small page of a huge one goes: the others stay. */
	ASSERT_EQ(0, madvise(mem + huge, PAGE_SIZE, MADV_DONTNEED));
	test_guest_reads(GUEST_ROOM + huge, 0);
	test_guest_reads(GUEST_ROOM + huge + PAGE_SIZE,
			   (uint32_t)(huge + PAGE_SIZE));
	test_unmap(self->vm.fd, mem, size, ROOM_GFN);
	test_start_read(GUEST_ROOM + huge + PAGE_SIZE);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	munmap(room, size + huge);
}

/* Pages that were reserved to be huge. */
TEST_F(memory, hugetlb_pages)
{
	const size_t huge = 2UL << 20, size = 2 * huge;
	int fd = open("/proc/sys/vm/nr_hugepages", O_WRONLY);
	uint8_t *mem;
	unsigned int i;

	ASSERT_LE(0, fd);
	ASSERT_EQ(1, write(fd, "2", 1));
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	ASSERT_NE(MAP_FAILED, mem);
	for (i = 0; i < size; i += PAGE_SIZE)
		*(uint32_t *)(mem + i) = ~i;
	test_map(self->vm.fd, mem, size, ROOM_GFN, MEM_RWX);
	for (i = 0; i < size; i += 200 * PAGE_SIZE)
		test_guest_reads(GUEST_ROOM + i, ~i);
	expect_guest_writes(GUEST_ROOM + size - 4, 0x77777777);
	EXPECT_EQ(0x77777777, word(mem + size - 4));
	test_unmap(self->vm.fd, mem, size, ROOM_GFN);
	munmap(mem, size);
	EXPECT_EQ(1, write(fd, "0", 1));
	close(fd);
}

/* Huge pages where neither address nor length fit a large page. */
TEST_F(memory, huge_pages_at_an_odd_place)
{
	const size_t huge = 2UL << 20;
	uint8_t *room = mshv_alloc(2 * huge);
	uint8_t *mem;
	unsigned int i;

	ASSERT_NE(NULL, room);
	mem = (uint8_t *)(((uintptr_t)room + huge - 1) & ~(huge - 1));
	ASSERT_EQ(0, madvise(mem, huge, MADV_HUGEPAGE));
	for (i = 0; i < huge; i += PAGE_SIZE)
		*(uint32_t *)(mem + i) = i + 1;
	test_map(self->vm.fd, mem, huge - PAGE_SIZE, ROOM_GFN + 3, MEM_RWX);
	for (i = 0; i < huge - PAGE_SIZE; i += 123 * PAGE_SIZE)
		test_guest_reads(GUEST_ROOM + 3 * PAGE_SIZE + i, i + 1);
	munmap(room, 2 * huge);
}

TEST_F(memory, needs_an_initialized_partition)
{
	int pt = test_create_partition(self->vm.dev, MSHV_TEST_PT_FLAGS);

	test_err_map(EIO, pt, self->mem, SIZE, 0, MEM_RWX);
	test_initialize(pt);
	test_map(pt, self->mem, SIZE, 0, MEM_RWX);
}

TEST_F(memory, partition_closed_with_memory_mapped)
{
	test_map(self->vm.fd, self->mem, SIZE, ROOM_GFN, MEM_RWX);
	expect_guest_writes(GUEST_ROOM, 0x31313131);
	EXPECT_EQ(0, close(self->vp->fd));
	self->vp->fd = -1;
	EXPECT_EQ(0, close(self->vm.fd));
	self->vm.fd = -1;
	/* the VMM keeps its memory, contents and all */
	EXPECT_EQ(0x31313131, word(self->mem));
	self->mem[0] = 1;
}

TEST_HARNESS_MAIN
