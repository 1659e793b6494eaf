// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's memory changes while a device copies in another part of it: memory is added and
 * removed, becomes such as devices can rely on, and is played with by the host. Whatever way the
 * device was given, each of its copies is right, and none is refused.
 */
#include <pthread.h>

#include "mshv_bridge.h"
#include "mshv_edu.h"
#include "mshv_test.h"

#define LARGE		0x200000UL
#define FROM		0x20000UL	/* guest addresses */
#define TO		0x24000UL
#define MORE		0x2000000UL
#define COPIES		10

FIXTURE(memory) {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	int bridge;
};

FIXTURE_VARIANT(memory) {
	enum mshv_way way;
};

FIXTURE_VARIANT_ADD(memory, container) {
	.way = WAY_CONTAINER,
};

FIXTURE_VARIANT_ADD(memory, iommufd) {
	.way = WAY_IOMMUFD,
};

FIXTURE_VARIANT_ADD(memory, attached) {
	.way = WAY_ATTACHED,
};

FIXTURE_SETUP(memory)
{
	self->bridge = -1;
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_on_l1vh() && variant->way != WAY_ATTACHED)
		SKIP(return, "L1VH has no domains");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	test_ok(mshv_vm_open(&self->vm));
	test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));
	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(mshv_vfio_give(&self->dev, variant->way, &self->vm));
	self->bridge = test_fd(_test_create_device(self->vm.fd, MSHV_DEV_TYPE_VFIO, 0));
}

FIXTURE_TEARDOWN(memory)
{
	if (self->bridge < 0)
		return;
	close(self->bridge);
	mshv_vfio_close(&self->dev);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
}

struct copier {
	struct mshv_vfio *dev;
	uint8_t *ram;
	unsigned int done, bad;
	int ret;
};

/* Each copy has bytes of its own. */
static bool copy_once(struct copier *c)
{
	unsigned int i;

	for (i = 0; i < EDU_COPY; i++)
		c->ram[FROM + i] = c->done * 11 + i * 3 + i / 256;
	c->ret = mshv_edu_dma(c->dev, FROM, EDU_BUFFER, EDU_COPY, false);
	if (!c->ret)
		c->ret = mshv_edu_dma(c->dev, EDU_BUFFER, TO, EDU_COPY, true);
	return !c->ret && !memcmp(c->ram + FROM, c->ram + TO, EDU_COPY);
}

static void *copy_on(void *arg)
{
	struct copier *c = arg;

	while (__atomic_load_n(&c->done, __ATOMIC_RELAXED) < COPIES && !c->ret) {
		c->bad += !copy_once(c);
		__atomic_fetch_add(&c->done, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* A device that is in a domain gets what the guest gets. */
static int give_more(struct mshv_vfio *dev, enum mshv_way way, uint8_t *more, size_t size)
{
	return way == WAY_ATTACHED ? 0 : mshv_vfio_map(dev, more, size, MORE, true);
}

static int take_back(struct mshv_vfio *dev, enum mshv_way way, size_t size)
{
	return way == WAY_ATTACHED ? 0 : mshv_vfio_unmap(dev, size, MORE);
}

TEST_F(memory, changes_while_a_device_copies)
{
	struct mshv_vfio *dev = &self->dev;
	struct copier c = { .dev = dev, .ram = self->vm.ram };
	const int file = dev->iommufd >= 0 ? dev->fd : dev->group;
	uint32_t unmapped = mshv_device_count(dev, DEVICE_NO_MAPPING);
	uint32_t refused = mshv_device_count(dev, DEVICE_NO_ACCESS);
	uint8_t *room = mshv_alloc(2 * LARGE), *more;
	unsigned int round;
	pthread_t thread;

	ASSERT_NE(NULL, room);
	more = (uint8_t *)(((uintptr_t)room + LARGE - 1) & ~(LARGE - 1));
	ASSERT_EQ(0, pthread_create(&thread, NULL, copy_on, &c));
	for (round = 0; __atomic_load_n(&c.done, __ATOMIC_RELAXED) < COPIES; round++) {
		/* large, then small, and not all of a large page */
		size_t size = round % 3 ? LARGE - (round % 5) * PAGE_SIZE : LARGE;

		madvise(more, LARGE, round % 2 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
		memset(more, round, size);
		test_map(self->vm.fd, more, size, MORE / PAGE_SIZE, MEM_RWX);
		test_ok(give_more(dev, variant->way, more, size));
		/* what is movable becomes pinned with the first file, and stays so */
		test_file(self->bridge, MSHV_DEV_VFIO_FILE_ADD, file);
		mprotect(self->vm.ram + 0x100000, LARGE, PROT_READ);
		mprotect(self->vm.ram + 0x100000, LARGE, PROT_READ | PROT_WRITE);
		madvise(self->vm.ram, GUEST_RAM_SIZE, MADV_PAGEOUT);
		test_file(self->bridge, MSHV_DEV_VFIO_FILE_DEL, file);
		test_ok(take_back(dev, variant->way, size));
		test_unmap(self->vm.fd, more, size, MORE / PAGE_SIZE);
		madvise(more, LARGE, MADV_DONTNEED);
	}
	pthread_join(thread, NULL);
	TH_LOG("%u rounds, %u copies", round, c.done);
	EXPECT_EQ(0, c.ret);
	EXPECT_EQ(0, c.bad);
	EXPECT_LT(0, round);
	EXPECT_EQ(unmapped, mshv_device_count(dev, DEVICE_NO_MAPPING));
	EXPECT_EQ(refused, mshv_device_count(dev, DEVICE_NO_ACCESS));
}

TEST_HARNESS_MAIN
