// SPDX-License-Identifier: GPL-2.0-only
/*
 * No write of the guest is missing from the dirty log, and no access from that of accesses,
 * whatever the host does to the memory meanwhile.
 *
 * With minihv's knob remap=clear a page that is mapped again has lost its bits; with
 * remap=keep it has not. These tests hold for both.
 */
#include <assert.h>
#include <pthread.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/userfaultfd.h>

#include "mshv_test.h"

#define LARGE		0x200000UL
#define PAGES		512UL
#define FIRST		(GUEST_ROOM / PAGE_SIZE)
#define DIRTY		MSHV_GPAP_ACCESS_TYPE_DIRTY
#define ACCESSED	MSHV_GPAP_ACCESS_TYPE_ACCESSED
#define NOOP		MSHV_GPAP_ACCESS_OP_NOOP
#define CLEAR		MSHV_GPAP_ACCESS_OP_CLEAR

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

FIXTURE(log) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	uint8_t *room;		/* what @mem was taken from */
	uint8_t *mem;		/* 2 MiB of guest memory, at an address that can be large */
};

static int get_log(int pt, uint8_t type, uint8_t op, uint64_t first, uint64_t nr, void *bits)
{
	struct mshv_gpap_access_bitmap args = {
		.access_type = type,
		.access_op = op,
		.page_count = nr,
		.gpap_base = first,
		.bitmap_ptr = (uintptr_t)bits,
	};

	return ioctl(pt, MSHV_GET_GPAP_ACCESS_BITMAP, &args) ? -errno : 0;
}

/* Has the guest add one to the first word of @count pages from the @first on. */
#define start_pages(name, first, count)						\
	do {									\
		test_load(&self->vm, name);					\
		test_ok(mshv_vp_long_mode(&self->vm, self->vp, GUEST_CODE));	\
		test_set_reg(self->vp, HV_X64_REGISTER_RBX,			\
			     GUEST_ROOM + (first) * PAGE_SIZE);			\
		test_set_reg(self->vp, HV_X64_REGISTER_RCX, count);		\
	} while (0)

#define test_start_writes(first, count)	start_pages(lm_touch_pages, first, count)

#define guest_writes(first, count)						\
	do {									\
		test_start_writes(first, count);				\
		test_run_to_port(self->vp, GUEST_PORT_DONE);			\
	} while (0)

#define guest_reads(first, count)						\
	do {									\
		start_pages(lm_read_pages, first, count);			\
		test_run_to_port(self->vp, GUEST_PORT_DONE);			\
	} while (0)

FIXTURE_SETUP(log)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver loses writes in each of these");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	self->room = mshv_alloc(2 * LARGE);
	ASSERT_NE(NULL, self->room);
	self->mem = (uint8_t *)(((uintptr_t)self->room + LARGE - 1) & ~(LARGE - 1));
	test_set_property(self->vm.fd, HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING, 1);
}

FIXTURE_TEARDOWN(log)
{
	mshv_vm_close(&self->vm);
}

static unsigned int count_bits(const uint64_t *bits, unsigned int nr)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		n += !!(bits[i / 64] & BIT(i % 64));
	return n;
}

/* All of it small pages that were written to once, and nothing in the log. */
#define begin_small()								\
	do {									\
		uint64_t _bits[PAGES / 64];					\
										\
		ASSERT_EQ(0, madvise(self->mem, LARGE, MADV_NOHUGEPAGE));	\
		memset(self->mem, 0, LARGE);					\
		test_map(self->vm.fd, self->mem, LARGE, FIRST, MEM_RWX);	\
		guest_writes(0, PAGES);						\
		test_ok(get_log(self->vm.fd, ACCESSED, CLEAR, FIRST, PAGES, _bits)); \
	} while (0)

#define expect_dirty(expected, nr)						\
	do {									\
		uint64_t _bits[PAGES / 64] = {};				\
										\
		test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, PAGES, _bits)); \
		EXPECT_EQ(expected, _bits[0] & (expected));			\
		EXPECT_LE(count_bits(_bits, PAGES), (unsigned int)(nr));	\
		/* told once */							\
		test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, PAGES, _bits)); \
		EXPECT_EQ(0, count_bits(_bits, PAGES));				\
	} while (0)

TEST_F(log, protected_and_back)
{
	begin_small();
	guest_writes(0, 4);
	ASSERT_EQ(0, mprotect(self->mem, LARGE, PROT_READ));
	ASSERT_EQ(0, mprotect(self->mem, LARGE, PROT_READ | PROT_WRITE));
	guest_reads(0, PAGES);
	expect_dirty(0xfULL, PAGES);
}

TEST_F(log, forked)
{
	pid_t child;

	begin_small();
	guest_writes(0, 4);
	child = fork();
	if (!child)
		_exit(0);
	ASSERT_LT(0, child);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	guest_reads(0, PAGES);
	expect_dirty(0xfULL, PAGES);
}

TEST_F(log, collapsed)
{
	begin_small();
	guest_writes(0, 4);
	ASSERT_EQ(0, madvise(self->mem, LARGE, MADV_HUGEPAGE));
	ASSERT_EQ(0, madvise(self->mem, LARGE, MADV_COLLAPSE));
	guest_reads(0, PAGES);
	expect_dirty(0xfULL, PAGES);
}

/* What may be dropped when memory is short, and is not, is there with its contents. */
TEST_F(log, given_up_lazily)
{
	begin_small();
	guest_writes(0, 4);
	ASSERT_EQ(0, madvise(self->mem, LARGE, MADV_FREE));
	guest_reads(0, PAGES);
	expect_dirty(0xfULL, PAGES);
}

TEST_F(log, moved_away_and_back)
{
	void *there;

	there = mmap(NULL, LARGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, there);
	begin_small();
	guest_writes(0, 4);
	ASSERT_EQ(there, mremap(self->mem, LARGE, LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, there));
	ASSERT_EQ(self->mem,
		  mremap(there, LARGE, LARGE, MREMAP_MAYMOVE | MREMAP_FIXED, self->mem));
	guest_reads(0, PAGES);
	expect_dirty(0xfULL, PAGES);
}

/* A copy that was made before has what the guest wrote; the memory is zero now. */
TEST_F(log, hole_in_the_file)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);
	uint64_t bits[PAGES / 64];

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, LARGE));
	ASSERT_EQ(self->mem, mmap(self->mem, LARGE, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_FIXED, fd, 0));
	begin_small();
	guest_writes(0, 4);
	ASSERT_EQ(0, madvise(self->mem + PAGE_SIZE, 2 * PAGE_SIZE, MADV_REMOVE));
	guest_reads(0, PAGES);
	expect_dirty(0xfULL, 4);
	guest_writes(0, PAGES);
	test_ok(get_log(self->vm.fd, ACCESSED, CLEAR, FIRST, PAGES, bits));
	/* all of it is gone, and comes back empty */
	ASSERT_EQ(0, ftruncate(fd, 0));
	ASSERT_EQ(0, ftruncate(fd, LARGE));
	guest_reads(0, PAGES);
	expect_dirty(0xfULL, PAGES);
	close(fd);
}

TEST_F(log, pages_reserved_to_be_huge)
{
	uint64_t bits[PAGES / 64] = {};
	pid_t child;
	void *mem;

	ASSERT_EQ(0, mshv_put("/proc/sys/vm/nr_hugepages", "1"));
	mem = mmap(self->mem, LARGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_FIXED, -1, 0);
	ASSERT_EQ(self->mem, mem);
	memset(mem, 0, LARGE);
	test_map(self->vm.fd, mem, LARGE, FIRST, MEM_RWX);
	guest_writes(0, PAGES);
	test_ok(get_log(self->vm.fd, ACCESSED, CLEAR, FIRST, PAGES, bits));
	guest_writes(0, 4);
	ASSERT_EQ(0, mprotect(mem, LARGE, PROT_READ));
	ASSERT_EQ(0, mprotect(mem, LARGE, PROT_READ | PROT_WRITE));
	guest_reads(0, PAGES);
	expect_dirty(0xfULL, PAGES);
	guest_writes(0, 4);
	child = fork();
	if (!child)
		_exit(0);
	ASSERT_LT(0, child);
	ASSERT_EQ(child, waitpid(child, NULL, 0));
	guest_reads(0, PAGES);
	expect_dirty(0xfULL, PAGES);
	test_unmap(self->vm.fd, mem, LARGE, FIRST);
	munmap(mem, LARGE);
	ASSERT_EQ(0, mshv_put("/proc/sys/vm/nr_hugepages", "0"));
}

/* Only those are told that lost something: the neighbours keep what they have. */
TEST_F(log, neighbour_dropped)
{
	begin_small();
	guest_writes(0, 4);
	ASSERT_EQ(0, madvise(self->mem + 9 * PAGE_SIZE, PAGE_SIZE, MADV_DONTNEED));
	guest_writes(9, 1);
	expect_dirty(0x20fULL, 5);
}

/* A large page that is lost was perhaps written to anywhere. */
TEST_F(log, large_page_split)
{
	uint64_t bits[PAGES / 64] = {};

	ASSERT_EQ(0, madvise(self->mem, LARGE, MADV_HUGEPAGE));
	memset(self->mem, 0, LARGE);
	test_map(self->vm.fd, self->mem, LARGE, FIRST, MEM_RWX);
	guest_writes(0, PAGES);
	test_ok(get_log(self->vm.fd, ACCESSED, CLEAR, FIRST, PAGES, bits));
	guest_writes(0, 4);
	ASSERT_EQ(0, mprotect(self->mem, PAGE_SIZE, PROT_READ));
	/* a part first: what is beyond it is told later */
	memset(bits, 0, sizeof(bits));
	test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, 2, bits));
	EXPECT_EQ(3, bits[0]);
	test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, 2, bits));
	EXPECT_EQ(0, bits[0] & 3);
	test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, PAGES, bits));
	EXPECT_EQ(0xc, bits[0] & 0xf);
}

TEST_F(log, accesses_too)
{
	uint64_t bits[PAGES / 64] = {};

	begin_small();
	guest_reads(0, 4);
	ASSERT_EQ(0, mprotect(self->mem, LARGE, PROT_READ));
	ASSERT_EQ(0, mprotect(self->mem, LARGE, PROT_READ | PROT_WRITE));
	guest_writes(0, 1);
	test_ok(get_log(self->vm.fd, ACCESSED, NOOP, FIRST, PAGES, bits));
	EXPECT_EQ(0xf, bits[0] & 0xf);
	test_ok(get_log(self->vm.fd, ACCESSED, CLEAR, FIRST, PAGES, bits));
	EXPECT_EQ(0xf, bits[0] & 0xf);
	test_ok(get_log(self->vm.fd, ACCESSED, CLEAR, FIRST, PAGES, bits));
	EXPECT_EQ(0, bits[0] & 0xf);
	test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, PAGES, bits));
	EXPECT_EQ(0, count_bits(bits, PAGES));
}

/*
 * Whoever asks for the log and gets an error asks again. Some of what was written to the guest
 * has lost meanwhile.
 */
TEST_F(log, what_could_not_be_told_is_told_again)
{
	const uint8_t types[] = { DIRTY, ACCESSED };
	uint64_t bits[PAGES / 64];
	unsigned int i;
	void *sealed;

	sealed = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, sealed);
	begin_small();
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		guest_writes(0, 4);
		ASSERT_EQ(0, madvise(self->mem + 2 * PAGE_SIZE, 2 * PAGE_SIZE, MADV_DONTNEED));
		test_err(EFAULT, get_log(self->vm.fd, types[i], CLEAR, FIRST, PAGES, sealed));
		expect_dirty(0xfULL, 4);
		test_ok(get_log(self->vm.fd, ACCESSED, CLEAR, FIRST, PAGES, bits));
		EXPECT_EQ(0xf, bits[0]);
	}
	munmap(sealed, PAGE_SIZE);
}

/* The same where the hypervisor has a large page, whose bits may be one. */
TEST_F(log, what_could_not_be_told_of_a_large_page_is_told_again)
{
	uint64_t bits[PAGES / 64] = {};
	void *sealed;

	sealed = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, sealed);
	ASSERT_EQ(0, madvise(self->mem, LARGE, MADV_HUGEPAGE));
	memset(self->mem, 0, LARGE);
	test_map(self->vm.fd, self->mem, LARGE, FIRST, MEM_RWX);
	guest_writes(0, 4);
	test_err(EFAULT, get_log(self->vm.fd, DIRTY, CLEAR, FIRST, PAGES, sealed));
	test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, PAGES, bits));
	EXPECT_EQ(0xf, bits[0] & 0xf);
	test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, PAGES, bits));
	EXPECT_EQ(0, count_bits(bits, PAGES));
	munmap(sealed, PAGE_SIZE);
}

/* What the guest could only read has not been written to. */
TEST_F(log, what_was_read_only_is_not_dirty)
{
	uint64_t bits[PAGES / 64] = {};

	ASSERT_EQ(0, madvise(self->mem, LARGE, MADV_NOHUGEPAGE));
	memset(self->mem, 0, LARGE);
	ASSERT_EQ(0, mprotect(self->mem, LARGE, PROT_READ));
	test_map(self->vm.fd, self->mem, LARGE, FIRST, MEM_RWX);
	test_ok(get_log(self->vm.fd, ACCESSED, CLEAR, FIRST, PAGES, bits));
	guest_reads(0, PAGES);
	ASSERT_EQ(0, mprotect(self->mem, LARGE, PROT_READ | PROT_WRITE));
	ASSERT_EQ(0, mprotect(self->mem, LARGE, PROT_READ));
	test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, PAGES, bits));
	EXPECT_EQ(0, count_bits(bits, PAGES));
}

/* ---- at random, and a copy that is made from the log alone */

#define ROUNDS		100
#define ROUNDS_LONG	1000	/* with MSHV_TEST_LONG in the environment */
#define GAME_PAGES	(2 * PAGES)
/* The guest has the first of them; the rest, which may be in one large page with those, is lost. */
#define GUEST_PAGES	(GAME_PAGES - 64)

struct games {
	uint8_t *mem;
	int uffd;
	unsigned int seed;
	bool stop;
	unsigned long played;
};

static unsigned int pick(struct games *g, unsigned int below)
{
	g->seed = g->seed * 1103515245 + 12345;
	return (g->seed >> 8) % below;
}

/* Their neighbours, now there and now not. */
static void discard(struct games *g)
{
	unsigned int page = GUEST_PAGES + pick(g, GAME_PAGES - GUEST_PAGES);

	madvise(g->mem + page * PAGE_SIZE, (1 + pick(g, GAME_PAGES - page)) * PAGE_SIZE,
		MADV_DONTNEED);
	for (page = GUEST_PAGES; page < GAME_PAGES; page++)
		if (pick(g, 4))
			*(volatile uint8_t *)(g->mem + page * PAGE_SIZE) = page;
}

/* Nothing here changes what is in the guest's pages. */
static void play(struct games *g)
{
	unsigned int page = pick(g, GAME_PAGES), nr = 1 + pick(g, 64);
	uint8_t *at = g->mem + page * PAGE_SIZE;
	pid_t child;

	if (page + nr > GAME_PAGES)
		nr = GAME_PAGES - page;
	switch (pick(g, 9)) {
	case 0:
		mprotect(at, nr * PAGE_SIZE, PROT_READ);
		mprotect(at, nr * PAGE_SIZE, PROT_READ | PROT_WRITE);
		break;
	case 1:
		madvise(g->mem, GAME_PAGES * PAGE_SIZE, MADV_NOHUGEPAGE);
		break;
	case 2:
		madvise(g->mem, GAME_PAGES * PAGE_SIZE, MADV_HUGEPAGE);
		madvise(g->mem + pick(g, 2) * LARGE, LARGE, MADV_COLLAPSE);
		break;
	case 3:
		madvise(g->mem, GAME_PAGES * PAGE_SIZE, MADV_MERGEABLE);
		break;
	case 4:
		mshv_put("/proc/sys/vm/compact_memory", "1");
		break;
	case 5:
		madvise(at, nr * PAGE_SIZE, MADV_PAGEOUT);
		break;
	case 6:
		if (g->uffd >= 0) {
			struct uffdio_writeprotect wp = {
				.range = { (uintptr_t)at, nr * PAGE_SIZE },
				.mode = UFFDIO_WRITEPROTECT_MODE_WP,
			};

			ioctl(g->uffd, UFFDIO_WRITEPROTECT, &wp);
			wp.mode = 0;
			ioctl(g->uffd, UFFDIO_WRITEPROTECT, &wp);
		}
		break;
	case 7:
		discard(g);
		break;
	default:
		child = vfork();
		if (!child)
			_exit(0);
		if (child > 0)
			waitpid(child, NULL, 0);
		child = fork();
		if (!child)
			_exit(0);
		if (child > 0)
			waitpid(child, NULL, 0);
	}
	g->played++;
}

static void *play_on(void *arg)
{
	struct games *g = arg;

	while (!__atomic_load_n(&g->stop, __ATOMIC_RELAXED))
		play(g);
	return NULL;
}

/* Write-protection by userfaultfd; who waits for its end does so for a moment. */
static int open_uffd(void *mem, size_t size)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_PAGEFAULT_FLAG_WP };
	struct uffdio_register reg = {
		.range = { (uintptr_t)mem, size },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int fd = syscall(__NR_userfaultfd, O_CLOEXEC);

	if (fd >= 0 && (ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &reg))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Memory that is read-only for a moment is for the VMM to deal with: once more. */
static int run_to_the_end(struct mshv_vp *vp)
{
	int ret;

	do {
		ret = _test_run(vp);
	} while (!ret && vp->msg.header.message_type == HVMSG_GPA_INTERCEPT);
	return ret ?: vp->msg.header.message_type != HVMSG_X64_IO_PORT_INTERCEPT;
}

static void copy_logged(uint8_t *copy, const uint8_t *mem, const uint64_t *bits)
{
	unsigned int i;

	for (i = 0; i < GUEST_PAGES; i++)
		if (bits[i / 64] & BIT(i % 64))
			memcpy(copy + i * PAGE_SIZE, mem + i * PAGE_SIZE, PAGE_SIZE);
}

static unsigned int count_wrong(const uint8_t *copy, const uint8_t *mem)
{
	unsigned int i, n = 0;

	for (i = 0; i < GUEST_PAGES; i++)
		n += !!memcmp(copy + i * PAGE_SIZE, mem + i * PAGE_SIZE, PAGE_SIZE);
	return n;
}

/* How many of @count pages from @first on the log does not have. */
static unsigned int count_missing(const uint64_t *bits, unsigned int first, unsigned int count)
{
	unsigned int i, n = 0;

	for (i = first; i < first + count; i++)
		n += !(bits[i / 64] & BIT(i % 64));
	return n;
}

/* Memory that is paged out goes somewhere, and leaves what userfaultfd knows of it behind. */
#define SWAP		"/dev/ram0"

static int swap_on(void)
{
	/* size in pages without the first, and what says that this is swap space */
	struct {
		uint8_t boot[1024];
		uint32_t version, last_page, nr_bad;
		uint8_t rest[PAGE_SIZE - 1024 - 12 - 10];
		char magic[10];
	} __attribute__((packed)) header = { .version = 1 };
	off_t size;
	int fd;

	static_assert(sizeof(header) == PAGE_SIZE, "a page");
	if (system("modprobe brd rd_nr=1 rd_size=16384"))
		return -ENODEV;
	fd = open(SWAP, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	size = lseek(fd, 0, SEEK_END);
	header.last_page = size / PAGE_SIZE - 1;
	memcpy(header.magic, "SWAPSPACE2", sizeof(header.magic));
	if (size <= 0 || pwrite(fd, &header, sizeof(header), 0) != sizeof(header) || fsync(fd)) {
		close(fd);
		return -EIO;
	}
	close(fd);
	return swapon(SWAP, 0) ? -errno : 0;
}

/* Of all processes, since the machine began. */
static long pages_swapped_out(void)
{
	FILE *f = fopen("/proc/vmstat", "re");
	char line[100];
	long n = -1;

	while (f && n < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, "pswpout ", 8))
			n = strtol(line + 8, NULL, 10);
	if (f)
		fclose(f);
	return n;
}

TEST_F(log, a_copy_from_the_log_equals_the_memory)
{
	const unsigned int rounds = getenv("MSHV_TEST_LONG") ? ROUNDS_LONG : ROUNDS;
	long swapped = pages_swapped_out();
	uint8_t *room = mshv_alloc(3 * LARGE), *copy = mshv_alloc(GAME_PAGES * PAGE_SIZE);
	uint64_t bits[GAME_PAGES / 64];
	unsigned int round, wrong = 0, missing = 0;
	struct games g = { .seed = getpid() };
	pthread_t player;

	ASSERT_NE(NULL, room);
	ASSERT_NE(NULL, copy);
	ASSERT_EQ(0, swap_on());
	g.mem = (uint8_t *)(((uintptr_t)room + LARGE - 1) & ~(LARGE - 1));
	memset(g.mem, 0, GAME_PAGES * PAGE_SIZE);
	g.uffd = open_uffd(g.mem, GAME_PAGES * PAGE_SIZE);
	ASSERT_LE(0, g.uffd);
	TH_LOG("seed %u", g.seed);
	mshv_put("/sys/kernel/mm/ksm/run", "1");
	mshv_put("/sys/kernel/mm/ksm/sleep_millisecs", "1");
	mshv_put("/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs", "1");
	test_map(self->vm.fd, g.mem, GAME_PAGES * PAGE_SIZE, FIRST, MEM_RWX);
	test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, GAME_PAGES, bits));
	ASSERT_EQ(0, pthread_create(&player, NULL, play_on, &g));
	for (round = 0; round < rounds && !wrong && !missing; round++) {
		unsigned int first = (round * 37) % GUEST_PAGES;
		unsigned int count = 1 + round % (GUEST_PAGES - first) % 23;

		/* all writes have been told when accesses are forgotten, and writes with them */
		if (round % 4 == 3) {
			start_pages(lm_read_pages, first, count);
			test_ok(run_to_the_end(self->vp));
			test_ok(get_log(self->vm.fd, ACCESSED, CLEAR, FIRST, GAME_PAGES, bits));
			missing = count_missing(bits, first, count);
			continue;
		}
		test_start_writes(first, count);
		test_ok(run_to_the_end(self->vp));
		test_ok(get_log(self->vm.fd, DIRTY, CLEAR, FIRST, GAME_PAGES, bits));
		copy_logged(copy, g.mem, bits);
		wrong = count_wrong(copy, g.mem);
	}
	__atomic_store_n(&g.stop, true, __ATOMIC_RELAXED);
	pthread_join(player, NULL);
	EXPECT_EQ(0, wrong)
		TH_LOG("round %u", round);
	EXPECT_EQ(0, missing)
		TH_LOG("round %u: %u accesses", round, missing);
	TH_LOG("%u rounds, %lu games, %ld pages swapped out", round, g.played,
	       pages_swapped_out() - swapped);
	EXPECT_LT(round / 10, g.played);
	EXPECT_LT(swapped, pages_swapped_out());
	mshv_put("/sys/kernel/mm/ksm/run", "2");
	close(g.uffd);
	EXPECT_EQ(0, swapoff(SWAP));
}

TEST_HARNESS_MAIN
