// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of the VMM's memory a guest brings in, and what happens while one is awaited:
 * as with KVM, only what it touches.
 */
#include <glob.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/userfaultfd.h>

#include "mshv_test.h"

#define LARGE	0x200000UL
#define PAGES	512UL
#define FIRST	(GUEST_ROOM / PAGE_SIZE)
#define GIB	(1UL << 30)

FIXTURE(paging) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	uint8_t *mem;		/* 2 MiB, at an address that can be large */
};

FIXTURE_SETUP(paging)
{
	uint8_t *room;

	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver brings in 2 MiB");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	room = mshv_alloc(2 * LARGE);
	ASSERT_NE(NULL, room);
	self->mem = (uint8_t *)(((uintptr_t)room + LARGE - 1) & ~(LARGE - 1));
	ASSERT_EQ(0, madvise(self->mem, LARGE, MADV_NOHUGEPAGE));
}

FIXTURE_TEARDOWN(paging)
{
	mshv_vm_close(&self->vm);
}

static unsigned int resident(void *mem, size_t size)
{
	static unsigned char vec[0x10000];
	unsigned int i, n = 0;

	if (size / PAGE_SIZE > sizeof(vec) || mincore(mem, size, vec))
		return UINT32_MAX;
	for (i = 0; i < size / PAGE_SIZE; i++)
		n += vec[i] & 1;
	return n;
}

#define test_guest_writes(gpa, value)						\
	do {									\
		test_start_write(gpa, value);					\
		test_run_to_port(self->vp, GUEST_PORT_DONE);			\
	} while (0)

TEST_F(paging, discarded_memory_stays_away)
{
	unsigned int i;

	memset(self->mem, 1, LARGE);
	test_map(self->vm.fd, self->mem, LARGE, FIRST, MEM_RW);
	test_guest_reads(GUEST_ROOM, 0x01010101);
	for (i = 1; i < PAGES; i += 2)
		ASSERT_EQ(0, madvise(self->mem + i * PAGE_SIZE, PAGE_SIZE, MADV_DONTNEED));
	ASSERT_EQ(PAGES / 2, resident(self->mem, LARGE));
	test_guest_reads(GUEST_ROOM + 8 * PAGE_SIZE, 0x01010101);
	EXPECT_EQ(PAGES / 2, resident(self->mem, LARGE));
	test_guest_writes(GUEST_ROOM + 9 * PAGE_SIZE, 7);
	EXPECT_EQ(PAGES / 2 + 1, resident(self->mem, LARGE));
}

TEST_F(paging, first_touch_brings_in_one_page)
{
	const size_t size = 32 * LARGE;
	int fd = memfd_create("guest", MFD_CLOEXEC);
	unsigned int i;
	uint8_t *mem;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, size));
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, mem);
	test_map(self->vm.fd, mem, size, FIRST, MEM_RW);
	for (i = 0; i < 32; i++)
		test_guest_writes(GUEST_ROOM + i * LARGE, i);
	EXPECT_EQ(32, resident(mem, size));
	test_unmap(self->vm.fd, mem, size, FIRST);
	munmap(mem, size);
	close(fd);
}

/* A file system that is full has no more pages; all before that can be used. */
TEST_F(paging, last_page_of_a_file_system)
{
	char dir[] = "/tmp/paging-XXXXXX", path[64];
	unsigned int i;
	uint8_t *mem;
	int fd;

	ASSERT_NE(NULL, mkdtemp(dir));
	ASSERT_EQ(0, mount("paging", dir, "tmpfs", 0, "size=16k"));
	snprintf(path, sizeof(path), "%s/guest", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, 64 * PAGE_SIZE));
	mem = mmap(NULL, 64 * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, mem);
	test_map(self->vm.fd, mem, 64 * PAGE_SIZE, FIRST, MEM_RW);
	for (i = 0; i < 4; i++)
		test_guest_writes(GUEST_ROOM + 7 * i * PAGE_SIZE, i);
	test_start_write(GUEST_ROOM + 40 * PAGE_SIZE, 1);
	test_run(self->vp, HVMSG_GPA_INTERCEPT);
	test_unmap(self->vm.fd, mem, 64 * PAGE_SIZE, FIRST);
	munmap(mem, 64 * PAGE_SIZE);
	close(fd);
	umount2(dir, MNT_DETACH);
	rmdir(dir);
}

TEST_F(paging, memory_that_can_be_read_is_read)
{
	memset(self->mem, 5, LARGE);
	ASSERT_EQ(0, mprotect(self->mem, LARGE, PROT_READ));
	test_map(self->vm.fd, self->mem, LARGE, FIRST, MEM_RW);
	test_guest_reads(GUEST_ROOM, 0x05050505);
	test_start_write(GUEST_ROOM, 6);
	test_run(self->vp, HVMSG_GPA_INTERCEPT);
	ASSERT_EQ(0, mprotect(self->mem, LARGE, PROT_READ | PROT_WRITE));
	test_guest_reads(GUEST_ROOM + PAGE_SIZE, 0x05050505);
	test_guest_writes(GUEST_ROOM, 6);
	EXPECT_EQ(6, self->mem[0]);
	test_guest_writes(GUEST_ROOM + PAGE_SIZE, 7);
	EXPECT_EQ(7, self->mem[PAGE_SIZE]);
}

/* ---- pages that somebody else has to bring */

static int open_uffd(void *mem, size_t size, uint64_t features, uint64_t mode)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };
	struct uffdio_register reg = { .range = { (uintptr_t)mem, size }, .mode = mode };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The page that is asked for, or -1 if none is within @ms. */
static long asked_for(int uffd, const uint8_t *mem, int ms)
{
	struct pollfd p = { .fd = uffd, .events = POLLIN };
	struct uffd_msg msg;

	if (poll(&p, 1, ms) != 1 || read(uffd, &msg, sizeof(msg)) != sizeof(msg))
		return -1;
	return (msg.arg.pagefault.address - (uintptr_t)mem) / PAGE_SIZE;
}

static int bring(int uffd, uint8_t *mem, unsigned int page, uint32_t value)
{
	static _Alignas(PAGE_SIZE) uint32_t from[PAGE_SIZE / 4];
	struct uffdio_copy copy = {
		.dst = (uintptr_t)mem + page * PAGE_SIZE,
		.src = (uintptr_t)from,
		.len = PAGE_SIZE,
	};

	from[0] = value;
	return ioctl(uffd, UFFDIO_COPY, &copy) ? -errno : 0;
}

struct runner {
	pthread_t thread;
	struct mshv_vp *vp;
	int ret;
	bool done;
};

static void *run_it(void *arg)
{
	struct runner *r = arg;

	r->ret = _test_run(r->vp);
	__atomic_store_n(&r->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static void do_nothing(int sig)
{
}

#define start_running(r)							\
	do {									\
		(r)->vp = self->vp;						\
		(r)->done = false;						\
		ASSERT_EQ(0, pthread_create(&(r)->thread, NULL, run_it, r));	\
	} while (0)

TEST_F(paging, only_what_is_touched_is_asked_for)
{
	int uffd = open_uffd(self->mem, LARGE, 0, UFFDIO_REGISTER_MODE_MISSING);
	struct runner r;

	ASSERT_LE(0, uffd);
	test_map(self->vm.fd, self->mem, LARGE, FIRST, MEM_RW);
	test_start_read(GUEST_ROOM + 5 * PAGE_SIZE);
	start_running(&r);
	EXPECT_EQ(5, asked_for(uffd, self->mem, PATIENCE_S * 1000));
	test_ok(bring(uffd, self->mem, 5, 55));
	pthread_join(r.thread, NULL);
	EXPECT_EQ(0, r.ret);
	EXPECT_EQ(HVMSG_X64_HALT, self->vp->msg.header.message_type);
	EXPECT_EQ(-1, asked_for(uffd, self->mem, 0));
	EXPECT_EQ(1, resident(self->mem, LARGE));
	close(uffd);
}

TEST_F(paging, a_signal_ends_the_wait)
{
	int uffd = open_uffd(self->mem, LARGE, 0, UFFDIO_REGISTER_MODE_MISSING);
	struct sigaction sa = { .sa_handler = do_nothing };
	struct runner r;

	ASSERT_LE(0, uffd);
	ASSERT_EQ(0, sigaction(SIGUSR1, &sa, NULL));
	test_map(self->vm.fd, self->mem, LARGE, FIRST, MEM_RW);
	test_start_read(GUEST_ROOM + 5 * PAGE_SIZE);
	start_running(&r);
	EXPECT_EQ(5, asked_for(uffd, self->mem, PATIENCE_S * 1000));
	/* nobody brings the page */
	pthread_kill(r.thread, SIGUSR1);
	pthread_join(r.thread, NULL);
	EXPECT_EQ(-EINTR, r.ret);
	test_ok(bring(uffd, self->mem, 5, 55));
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(55, mshv_data32(&self->vm, 0));
	close(uffd);
}

TEST_F(paging, a_region_is_replaced_under_the_wait)
{
	int uffd = open_uffd(self->mem, LARGE, 0, UFFDIO_REGISTER_MODE_MISSING);
	uint8_t *other = mshv_alloc(LARGE);
	struct runner r;

	ASSERT_LE(0, uffd);
	ASSERT_NE(NULL, other);
	*(uint32_t *)(other + 5 * PAGE_SIZE) = 77;
	test_map(self->vm.fd, self->mem, LARGE, FIRST, MEM_RW);
	test_start_read(GUEST_ROOM + 5 * PAGE_SIZE);
	start_running(&r);
	EXPECT_EQ(5, asked_for(uffd, self->mem, PATIENCE_S * 1000));
	test_unmap(self->vm.fd, self->mem, LARGE, FIRST);
	test_map(self->vm.fd, other, LARGE, FIRST, MEM_RW);
	test_ok(bring(uffd, self->mem, 5, 55));
	pthread_join(r.thread, NULL);
	EXPECT_EQ(0, r.ret);
	EXPECT_EQ(HVMSG_X64_HALT, self->vp->msg.header.message_type);
	EXPECT_EQ(77, mshv_data32(&self->vm, 0));
	close(uffd);
}

TEST_F(paging, reading_is_no_write_to_who_protects)
{
	struct uffdio_writeprotect wp = {
		.range = { (uintptr_t)self->mem, LARGE },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};
	int uffd;

	memset(self->mem, 3, LARGE);
	uffd = open_uffd(self->mem, LARGE, UFFD_FEATURE_PAGEFAULT_FLAG_WP,
			 UFFDIO_REGISTER_MODE_WP);
	ASSERT_LE(0, uffd);
	ASSERT_EQ(0, ioctl(uffd, UFFDIO_WRITEPROTECT, &wp));
	test_map(self->vm.fd, self->mem, LARGE, FIRST, MEM_RW);
	test_guest_reads(GUEST_ROOM, 0x03030303);
	EXPECT_EQ(-1, asked_for(uffd, self->mem, 0));
	close(uffd);
}

/* ---- what takes long can be killed */

#define STATS	"/sys/kernel/debug/mshv/partition/*/vp/*/stats"
#define COUNTER	"VpHypercallsCount"

static long counter_of(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[200];
	long count = 0;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, COUNTER, strlen(COUNTER)) && strchr(line, ':'))
			count = strtol(strchr(line, ':') + 1, NULL, 10);
	if (f)
		fclose(f);
	return count;
}

/* What all processors have called the hypervisor for until now. */
static long hypercalls(void)
{
	long sum = 0;
	glob_t found;
	size_t i;

	if (glob(STATS, 0, NULL, &found))
		return -1;
	for (i = 0; i < found.gl_pathc; i++)
		sum += counter_of(found.gl_pathv[i]);
	globfree(&found);
	return sum;
}

static int map_and_unmap(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct mshv_vm vm;

	if (mem == MAP_FAILED)
		return -errno;
	return mshv_vm_create(&vm, BIT(MSHV_PT_BIT_LAPIC)) ?: _test_initialize(vm.fd) ?:
	       _test_map(vm.fd, mem, size, GIB / PAGE_SIZE, MEM_RW) ?:
	       _test_unmap(vm.fd, mem, size, GIB / PAGE_SIZE);
}

/* How @child ended: by itself, or killed when there have been that many hypercalls. */
static int end_of(pid_t child, long kill_at)
{
	int status = 0;

	while (hypercalls() < kill_at) {
		if (waitpid(child, &status, WNOHANG) == child)
			return status;
		usleep(1000);
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return status;
}

/*
 * How many hypercalls there were until a child had mapped and unmapped that much, or was gone
 * after it had been killed at the @kill_at-th; -1 if it came otherwise.
 */
static long map_much(size_t size, long kill_at)
{
	long start = hypercalls();
	pid_t child = fork();
	int status;

	if (!child)
		_exit(map_and_unmap(size) ? 1 : 0);
	if (child < 0 || start < 0)
		return -1;
	status = end_of(child, kill_at ? start + kill_at : LONG_MAX);
	if (kill_at ? !WIFSIGNALED(status) : status)
		return -1;
	return hypercalls() - start;
}

/* All on one processor: who kills is never far behind who maps. */
#define pin_to_first()								\
	do {									\
		cpu_set_t set;							\
										\
		CPU_ZERO(&set);							\
		CPU_SET(0, &set);						\
		ASSERT_EQ(0, sched_setaffinity(0, sizeof(set), &set));		\
	} while (0)

TEST_F(paging, mapping_much_can_be_killed)
{
	const size_t size = 32 * GIB;
	long whole, killed;

	pin_to_first();
	whole = map_much(size, 0);
	/* a call maps some 500 pages */
	ASSERT_LT((long)(size / PAGE_SIZE / 512), whole);
	killed = map_much(size, whole / 10);
	ASSERT_LT(0, killed);
	EXPECT_LT(killed, whole / 2);
	TH_LOG("%ld hypercalls, killed %ld", whole, killed);
}

#define STACK	(64 * 1024)

struct unmapper {
	int fd;
	void *mem;
	size_t size;
};

static int unmap(void *arg)
{
	const struct unmapper *u = arg;

	return _test_unmap(u->fd, u->mem, u->size, GIB / PAGE_SIZE);
}

/*
 * It shares the address space, so that what it unmaps stays; whether it was killed before it
 * came to the end.
 */
static bool kill_while_it_unmaps(struct unmapper *u, long kill_at)
{
	char *stack = malloc(STACK);
	long start = hypercalls();
	pid_t child;
	int status;

	child = stack ? clone(unmap, stack + STACK, CLONE_VM | SIGCHLD, u) : -1;
	if (child < 0)
		return false;
	status = end_of(child, start + kill_at);
	free(stack);
	return WIFSIGNALED(status);
}

/*
 * What is left of the memory has no access, keeps its place and can be unmapped. In small
 * pages, for unmapping takes long then.
 */
TEST_F(paging, who_unmaps_is_killed)
{
	struct unmapper u = { .size = 32 * GIB };
	const uint64_t first = GIB / PAGE_SIZE, last = first + u.size / PAGE_SIZE - 1;
	long start, whole;

	u.mem = mmap(NULL, u.size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE(MAP_FAILED, u.mem);
	pin_to_first();
	mshv_vm_close(&self->vm);
	test_ok(mshv_vm_create(&self->vm, BIT(MSHV_PT_BIT_LAPIC)));
	test_ok(_test_initialize(self->vm.fd));
	test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));
	test_ok(mshv_vm_add_vp(&self->vm, 0));
	u.fd = self->vm.fd;
	start = hypercalls();
	test_map(u.fd, u.mem, u.size, first, MEM_RW);
	whole = hypercalls() - start;
	ASSERT_TRUE(kill_while_it_unmaps(&u, whole / 10));
	EXPECT_EQ(-EEXIST, _test_map(u.fd, self->mem, PAGE_SIZE, last, MEM_RW));
	EXPECT_EQ(-EEXIST, _test_map(u.fd, self->mem, PAGE_SIZE, first, MEM_RW));
	test_start_read(GIB);
	test_run(self->vp, HVMSG_UNMAPPED_GPA);
	test_unmap(u.fd, u.mem, u.size, first);
	test_map(u.fd, self->mem, PAGE_SIZE, last, MEM_RW);
	test_map(u.fd, self->mem, PAGE_SIZE, first, MEM_RW);
	*(uint32_t *)self->mem = 77;
	test_guest_reads(GIB, 77);
	munmap(u.mem, u.size);
}

TEST_HARNESS_MAIN
