// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of a partition that gets a device: all there, and in place, before the device is.
 * What the process does with its mappings from then on changes nothing for the guest. If it
 * cannot be had the device is refused, and the memory is as movable as before.
 *
 * Needs hv_iommu and QEMU's edu (boot --device=edu).
 */
#include <pthread.h>
#include <sys/resource.h>
#include <linux/capability.h>

#include "mshv_bridge.h"
#include "mshv_edu.h"
#include "mshv_test.h"

#define MIB		(1UL << 20)
#define LARGE		(2 * MIB)
#define ROOM_SIZE	(5 * LARGE + 3 * PAGE_SIZE)
#define ROOM_GFN	(GUEST_ROOM / PAGE_SIZE)

FIXTURE(memory) {
	struct mshv_vm vm;
	struct mshv_vp *vp;
	struct mshv_vfio dev;
	int bridge;
	int group;
	uint8_t *room;
};

FIXTURE_SETUP(memory)
{
	void *room;

	self->bridge = -1;
	self->group = -1;
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver has no devices");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE) ||
	    mshv_pci_group(self->dev.bdf) < 0)
		SKIP(return, "no edu device that vfio-pci could have");
	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	self->bridge = test_fd(_test_create_device(self->vm.fd, MSHV_DEV_TYPE_VFIO, 0));
	self->group = test_fd(mshv_pci_open_group(self->dev.bdf));
	room = mmap(NULL, ROOM_SIZE + LARGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, room);
	/* at the beginning of a large page, as the guest has it */
	self->room = (uint8_t *)(((uintptr_t)room + LARGE - 1) & ~(LARGE - 1));
}

FIXTURE_TEARDOWN(memory)
{
	if (self->bridge >= 0)
		close(self->bridge);
	if (self->group >= 0)
		close(self->group);
	mshv_vm_close(&self->vm);
	if (self->dev.bdf[0])
		test_ok(mshv_vfio_unbind(&self->dev));
}

#define test_add(m)		test_file((m)->bridge, MSHV_DEV_VFIO_FILE_ADD, (m)->group)
#define test_del(m)		test_file((m)->bridge, MSHV_DEV_VFIO_FILE_DEL, (m)->group)
#define test_err_add(err, m)	\
	test_err_file(err, (m)->bridge, MSHV_DEV_VFIO_FILE_ADD, (m)->group)

/* KiB of this process that count against RLIMIT_MEMLOCK. */
static long locked(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[200];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmLck: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

static unsigned int resident(void *mem, size_t size)
{
	unsigned char there[ROOM_SIZE / PAGE_SIZE];
	unsigned int i, n = 0;

	if (mincore(mem, size, there))
		return 0;
	for (i = 0; i < size / PAGE_SIZE; i++)
		n += there[i] & 1;
	return n;
}

static void number_pages(uint8_t *mem, size_t size, uint32_t base)
{
	size_t i;

	for (i = 0; i < size; i += PAGE_SIZE)
		*(volatile uint32_t *)(mem + i) = base + i;
}

/* The guest sees the pages with these numbers, at places here and there. */
#define guest_sees(base)						\
	do {								\
		size_t _i;						\
									\
		for (_i = 0; _i < ROOM_SIZE; _i += 211 * PAGE_SIZE)	\
			test_guest_reads(GUEST_ROOM + _i, (base) + _i);	\
		test_guest_reads(GUEST_ROOM + ROOM_SIZE - PAGE_SIZE,	\
				 (base) + ROOM_SIZE - PAGE_SIZE);	\
	} while (0)

/* The process forgets the pages, and has others. */
#define replace_pages(m)						\
	do {								\
		ASSERT_EQ(0, madvise((m)->room, ROOM_SIZE, MADV_DONTNEED)); \
		number_pages((m)->room, ROOM_SIZE, 0x77000000);		\
	} while (0)

TEST_F(memory, is_all_there_and_stays)
{
	long before;

	test_map(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RW);
	before = locked();
	EXPECT_EQ(0, resident(self->room, ROOM_SIZE));
	test_add(self);
	EXPECT_EQ(ROOM_SIZE / PAGE_SIZE, resident(self->room, ROOM_SIZE));
	EXPECT_EQ((long)(self->vm.ram_size + ROOM_SIZE) / 1024, locked() - before);
	number_pages(self->room, ROOM_SIZE, 0x11000000);
	guest_sees(0x11000000);
	replace_pages(self);
	guest_sees(0x11000000);
}

/* What the guest has is what is pinned. */
TEST_F(memory, keeps_its_contents)
{
	number_pages(self->room, ROOM_SIZE, 0x22000000);
	test_map(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RW);
	guest_sees(0x22000000);
	test_start_write(GUEST_ROOM + 3 * LARGE, 0x12345678);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	test_add(self);
	test_guest_reads(GUEST_ROOM + 3 * LARGE, 0x12345678);
	test_guest_reads(GUEST_ROOM + 4 * LARGE, 0x22000000 + 4 * LARGE);
	EXPECT_EQ(0x12345678, *(volatile uint32_t *)(self->room + 3 * LARGE));
	test_start_write(GUEST_ROOM + 2 * LARGE, 0x87654321);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0x87654321, *(volatile uint32_t *)(self->room + 2 * LARGE));
}

TEST_F(memory, of_large_pages)
{
	ASSERT_EQ(0, madvise(self->room, 5 * LARGE, MADV_HUGEPAGE));
	number_pages(self->room, ROOM_SIZE, 0x33000000);
	/* split, so that a large page of the guest becomes small ones in part */
	ASSERT_EQ(0, madvise(self->room + LARGE, PAGE_SIZE, MADV_DONTNEED));
	*(volatile uint32_t *)(self->room + LARGE) = 0x33000000 + LARGE;
	test_map(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RW);
	guest_sees(0x33000000);
	test_add(self);
	guest_sees(0x33000000);
	replace_pages(self);
	guest_sees(0x33000000);
}

TEST_F(memory, at_an_odd_place)
{
	test_map(self->vm.fd, self->room + 5 * PAGE_SIZE, ROOM_SIZE - 5 * PAGE_SIZE, ROOM_GFN + 3,
		 MEM_RW);
	number_pages(self->room, ROOM_SIZE, 0x44000000);
	test_guest_reads(GUEST_ROOM + 3 * PAGE_SIZE + LARGE, 0x44000000 + 5 * PAGE_SIZE + LARGE);
	test_add(self);
	replace_pages(self);
	test_guest_reads(GUEST_ROOM + 3 * PAGE_SIZE + LARGE, 0x44000000 + 5 * PAGE_SIZE + LARGE);
	test_guest_reads(GUEST_ROOM + 3 * PAGE_SIZE, 0x44000000 + 5 * PAGE_SIZE);
}

/* Memory that comes later comes pinned, until there is no device any more. */
TEST_F(memory, that_comes_later)
{
	long before;

	test_add(self);
	before = locked();
	test_map(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RW);
	EXPECT_EQ((long)ROOM_SIZE / 1024, locked() - before);
	EXPECT_EQ(ROOM_SIZE / PAGE_SIZE, resident(self->room, ROOM_SIZE));
	test_unmap(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN);
	EXPECT_EQ(before, locked());

	test_del(self);
	/* what is pinned stays so */
	EXPECT_EQ(before, locked());
	test_map(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RW);
	EXPECT_EQ(before, locked());
	number_pages(self->room, ROOM_SIZE, 0x55000000);
	guest_sees(0x55000000);
	replace_pages(self);
	guest_sees(0x77000000);
}

/* The bridge that is closed lets go like one that is told to. */
TEST_F(memory, after_the_bridge)
{
	long before;

	test_add(self);
	close(self->bridge);
	self->bridge = -1;
	before = locked();
	test_map(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RW);
	EXPECT_EQ(before, locked());
}

TEST_F(memory, with_a_hole_is_refused)
{
	long before;

	test_map(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RW);
	number_pages(self->room, ROOM_SIZE, 0x66000000);
	guest_sees(0x66000000);
	ASSERT_EQ(0, munmap(self->room + 4 * LARGE + 7 * PAGE_SIZE, PAGE_SIZE));
	test_err_add(EFAULT, self);
	/* that of the guest itself, which came first, is pinned; this is not */
	before = locked();
	test_guest_reads(GUEST_ROOM, 0x66000000);
	ASSERT_EQ(self->room + 4 * LARGE + 7 * PAGE_SIZE,
		  mmap(self->room + 4 * LARGE + 7 * PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	replace_pages(self);
	guest_sees(0x77000000);
	EXPECT_EQ(before, locked());
	test_add(self);
	EXPECT_EQ((long)ROOM_SIZE / 1024, locked() - before);
	guest_sees(0x77000000);
}

/* A process that may not lock as much as it likes. */
static int without_privilege(rlim_t bytes)
{
	struct rlimit limit = { .rlim_cur = bytes, .rlim_max = bytes };

	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		return -errno;
	return mshv_use_capability(CAP_IPC_LOCK, false);
}

TEST_F(memory, beyond_the_limit_is_refused)
{
	long before = locked();

	test_map(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RW);
	test_ok(without_privilege(before * 1024 + self->vm.ram_size + LARGE));
	test_err_add(ENOMEM, self);
	number_pages(self->room, ROOM_SIZE, 0x88000000);
	guest_sees(0x88000000);
	replace_pages(self);
	guest_sees(0x77000000);
	test_unmap(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN);
	test_add(self);
	test_err_map(ENOMEM, self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RW);
}

/* For reading alone: the pages are not the file's own, and nobody writes to them. */
TEST_F(memory, for_reading)
{
	test_map(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RO);
	number_pages(self->room, ROOM_SIZE, 0x99000000);
	test_add(self);
	guest_sees(0x99000000);
	test_start_write(GUEST_ROOM, 1);
	test_run(self->vp, HVMSG_GPA_INTERCEPT);
	EXPECT_EQ(0x99000000, *(volatile uint32_t *)self->room);
}

TEST_F(memory, files_are_counted)
{
	int cdev = mshv_pci_open_cdev(self->dev.bdf), again;

	test_add(self);
	test_err_add(EEXIST, self);
	again = dup(self->group);
	/* another descriptor, the same file */
	test_err_file(EEXIST, self->bridge, MSHV_DEV_VFIO_FILE_ADD, again);
	close(again);
	if (cdev >= 0) {
		test_file(self->bridge, MSHV_DEV_VFIO_FILE_ADD, cdev);
		test_file(self->bridge, MSHV_DEV_VFIO_FILE_DEL, cdev);
		test_err_file(ENOENT, self->bridge, MSHV_DEV_VFIO_FILE_DEL, cdev);
		close(cdev);
	}
	test_del(self);
	test_err_file(ENOENT, self->bridge, MSHV_DEV_VFIO_FILE_DEL, self->group);
	test_add(self);
	/* the bridge has it, and only the bridge: a group is opened once */
	close(self->group);
	EXPECT_EQ(-EBUSY, mshv_pci_open_group(self->dev.bdf));
	close(self->bridge);
	self->bridge = -1;
	self->group = test_fd(mshv_pci_open_group(self->dev.bdf));
}

/*
 * Somebody drops pages and makes large ones and small ones of them all the time, and the
 * guest reads and writes, while memory is pinned. Each page that the guest sees in the end
 * is one that is pinned: it has what the guest writes, and keeps it.
 */
struct unrest {
	uint8_t *mem;
	volatile bool stop;
};

static void *stir(void *arg)
{
	struct unrest *u = arg;
	unsigned int i;

	for (i = 0; !u->stop; i++) {
		size_t at = i * 37 % (ROOM_SIZE / PAGE_SIZE) * PAGE_SIZE;

		madvise(u->mem + at, PAGE_SIZE, MADV_DONTNEED);
		*(volatile uint32_t *)(u->mem + at) = i;
		if (i % 64 == 0)
			madvise(u->mem + i / 64 % 5 * LARGE, LARGE, MADV_DONTNEED);
		if (i % 96 == 0)
			madvise(u->mem + i / 96 % 5 * LARGE, LARGE,
				i & 1 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	}
	return NULL;
}

struct guest {
	struct mshv_vp *vp;
	volatile bool stop;
	int ret;
	unsigned int runs;
};

/* Writes to one page after the other. */
static void *write_on(void *arg)
{
	struct guest *g = arg;

	while (!g->stop && !g->ret) {
		size_t page = g->runs * 13 % (ROOM_SIZE / PAGE_SIZE);

		g->ret = mshv_vp_real_mode(g->vp, GUEST_CODE);
		if (!g->ret)
			g->ret = mshv_vp_set_fs(g->vp, GUEST_ROOM + page * PAGE_SIZE);
		if (!g->ret)
			g->ret = _test_run(g->vp);
		if (!g->ret && g->vp->msg.header.message_type != HVMSG_X64_IO_PORT_INTERCEPT)
			g->ret = -EBADMSG;
		g->runs++;
	}
	return NULL;
}

TEST_F(memory, while_it_is_used)
{
	struct unrest unrest = { .mem = self->room };
	struct guest guest = { .vp = self->vp };
	pthread_t stirrer, runner;
	int round;

	test_load(&self->vm, fs_write32_out);
	for (round = 0; round < 4; round++) {
		test_map(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN, MEM_RW);
		unrest.stop = false;
		guest.stop = false;
		ASSERT_EQ(0, pthread_create(&stirrer, NULL, stir, &unrest));
		ASSERT_EQ(0, pthread_create(&runner, NULL, write_on, &guest));
		usleep(50000);
		test_add(self);
		usleep(50000);
		unrest.stop = true;
		guest.stop = true;
		pthread_join(stirrer, NULL);
		pthread_join(runner, NULL);
		EXPECT_EQ(0, guest.ret);
		test_start_write(GUEST_ROOM + LARGE, 0xabc00000 + round);
		test_run_to_port(self->vp, GUEST_PORT_DONE);
		replace_pages(self);
		test_guest_reads(GUEST_ROOM + LARGE, 0xabc00000 + round);
		test_load(&self->vm, fs_write32_out);
		test_del(self);
		test_unmap(self->vm.fd, self->room, ROOM_SIZE, ROOM_GFN);
	}
	EXPECT_LT(0, guest.runs);
}

/* Memory of a process that has gone is nobody's, and no device is to have it. */
TEST_F(memory, of_a_process_that_has_gone)
{
	int child = fork(), status;

	ASSERT_LE(0, child);
	if (!child) {
		uint8_t *own = mmap(NULL, LARGE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		_exit(_test_map(self->vm.fd, own, LARGE, ROOM_GFN, MEM_RW) ? 1 : 0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_EQ(0, status);
	test_err_add(EFAULT, self);
}

TEST_HARNESS_MAIN
