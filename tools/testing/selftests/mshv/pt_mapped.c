// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device in a domain of its user's: what is mapped is what it reaches, neither more
 * nor less, by VFIO's container and by iommufd. Real copies by an emulated device.
 */
#include <linux/capability.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "mshv_edu.h"
#include "mshv_test.h"

#define IOVA		0x1000000UL	/* any; edu reaches 256 MiB */
#define LARGE		0x200000UL

FIXTURE(mapped) {
	struct mshv_vfio dev;
};

FIXTURE_VARIANT(mapped) {
	bool cdev;
};

FIXTURE_VARIANT_ADD(mapped, container) {
	.cdev = false,
};

FIXTURE_VARIANT_ADD(mapped, iommufd) {
	.cdev = true,
};

FIXTURE_SETUP(mapped)
{
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_on_l1vh())
		SKIP(return, "L1VH has no domains");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	test_ok(mshv_vfio_bind(&self->dev));
	if (variant->cdev)
		test_ok(mshv_vfio_open_cdev(&self->dev));
	else
		test_ok(mshv_vfio_open_group(&self->dev));
}

/* Whatever was done to it, the host gets it back. */
FIXTURE_TEARDOWN(mapped)
{
	if (!self->dev.bdf[0])
		return;
	mshv_vfio_close(&self->dev);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&self->dev));
}

/* A container attaches when it is opened, iommufd when it is told to. */
static int attach(struct mshv_vfio *dev)
{
	uint32_t pt = dev->ioas;
	int ret = 0;

	if (dev->iommufd >= 0)
		ret = mshv_vfio_attach(dev, &pt);
	return ret ?: mshv_vfio_registers(dev);
}

static void fill(uint8_t *p, uint8_t seed)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE; i++)
		p[i] = seed + i * 7 + i / 256;
}

static void *alloc_pages(struct __test_metadata *_metadata, unsigned int nr)
{
	void *p = mshv_alloc(nr * PAGE_SIZE);

	ASSERT_NE(NULL, p);
	memset(p, 0, nr * PAGE_SIZE);
	return p;
}

TEST_F(mapped, what_is_mapped_is_reached)
{
	struct mshv_vfio *dev = &self->dev;
	uint32_t before = mshv_device_count(dev, DEVICE_NO_MAPPING);
	uint8_t *p = alloc_pages(_metadata, 4);

	test_ok(attach(dev));
	EXPECT_EQ(PLACE_DOMAIN, mshv_device_count(dev, DEVICE_PLACE));
	test_ok(mshv_vfio_map(dev, p, 4 * PAGE_SIZE, IOVA, true));
	fill(p, 3);
	test_ok(mshv_edu_copy(dev, IOVA, IOVA + 3 * PAGE_SIZE));
	EXPECT_EQ(0, memcmp(p, p + 3 * PAGE_SIZE, EDU_COPY));
	EXPECT_EQ(0, p[PAGE_SIZE]);
	EXPECT_EQ(before, mshv_device_count(dev, DEVICE_NO_MAPPING));
}

/* The domain that lets nothing pass holds it back until then. */
TEST_F(mapped, no_capability_is_needed)
{
	struct mshv_vfio *dev = &self->dev;

	EXPECT_NE(PLACE_HOST, mshv_device_count(dev, DEVICE_PLACE));
	mshv_vfio_close(dev);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(dev, DEVICE_PLACE));
	test_ok(mshv_use_capability(CAP_SYS_RAWIO, false));
	test_ok(variant->cdev ? mshv_vfio_open_cdev(dev) : mshv_vfio_open_group(dev));
	test_ok(attach(dev));
	test_ok(mshv_use_capability(CAP_SYS_RAWIO, true));
	EXPECT_EQ(PLACE_DOMAIN, mshv_device_count(dev, DEVICE_PLACE));
}

TEST_F(mapped, what_is_not_mapped_is_not_reached)
{
	struct mshv_vfio *dev = &self->dev;
	uint8_t *p = alloc_pages(_metadata, 2);
	uint32_t before;

	test_ok(attach(dev));
	test_ok(mshv_vfio_map(dev, p, PAGE_SIZE, IOVA, true));
	test_ok(mshv_edu_copy(dev, IOVA, IOVA));
	before = mshv_device_count(dev, DEVICE_NO_MAPPING);
	test_ok(mshv_edu_dma(dev, EDU_BUFFER, IOVA + PAGE_SIZE, EDU_COPY, true));
	EXPECT_TRUE(mshv_device_counted(dev, DEVICE_NO_MAPPING, before));
}

/* The translation that the IOMMU has cached is gone, too. */
TEST_F(mapped, what_is_unmapped_is_not_reached_any_more)
{
	struct mshv_vfio *dev = &self->dev;
	uint8_t *p = alloc_pages(_metadata, 1);
	uint32_t before;

	test_ok(attach(dev));
	test_ok(mshv_vfio_map(dev, p, PAGE_SIZE, IOVA, true));
	fill(p, 5);
	test_ok(mshv_edu_copy(dev, IOVA, IOVA));
	test_ok(mshv_vfio_unmap(dev, PAGE_SIZE, IOVA));
	memset(p, 0xaa, PAGE_SIZE);
	before = mshv_device_count(dev, DEVICE_NO_MAPPING);
	test_ok(mshv_edu_dma(dev, EDU_BUFFER, IOVA, EDU_COPY, true));
	EXPECT_TRUE(mshv_device_counted(dev, DEVICE_NO_MAPPING, before));
	EXPECT_EQ(0xaa, p[0]);
	EXPECT_EQ(0xaa, p[EDU_COPY - 1]);
}

TEST_F(mapped, what_is_read_only_is_not_written)
{
	struct mshv_vfio *dev = &self->dev;
	uint8_t *p = alloc_pages(_metadata, 2);
	uint32_t before;

	test_ok(attach(dev));
	test_ok(mshv_vfio_map(dev, p, PAGE_SIZE, IOVA, false));
	test_ok(mshv_vfio_map(dev, p + PAGE_SIZE, PAGE_SIZE, IOVA + PAGE_SIZE, true));
	memset(p, 0x55, PAGE_SIZE);
	before = mshv_device_count(dev, DEVICE_NO_ACCESS);
	test_ok(mshv_edu_dma(dev, EDU_BUFFER, IOVA, EDU_COPY, true));
	EXPECT_TRUE(mshv_device_counted(dev, DEVICE_NO_ACCESS, before));
	EXPECT_EQ(0x55, p[0]);
	fill(p, 9);
	test_ok(mshv_edu_copy(dev, IOVA, IOVA + PAGE_SIZE));
	EXPECT_EQ(0, memcmp(p, p + PAGE_SIZE, EDU_COPY));
	/* QEMU's unit tells nobody of this one, since it has read from there before. */
	test_ok(mshv_edu_dma(dev, 0, EDU_BUFFER, EDU_COPY, false));
	test_ok(mshv_edu_dma(dev, EDU_BUFFER, IOVA, EDU_COPY, true));
	EXPECT_EQ(0, memcmp(p, p + PAGE_SIZE, EDU_COPY));
}

/*
 * More than one list of pages, none beside the next: every second page of the memory is
 * mapped, so that no two are contiguous.
 */
TEST_F(mapped, pages_that_lie_apart)
{
	enum { NR = 1200 };
	struct mshv_vfio *dev = &self->dev;
	uint8_t *p = alloc_pages(_metadata, 2 * NR);
	unsigned int i;

	test_ok(attach(dev));
	for (i = 0; i < NR; i++)
		test_ok(mshv_vfio_map(dev, p + 2 * i * PAGE_SIZE, PAGE_SIZE,
				      IOVA + i * PAGE_SIZE, true));
	fill(p, 11);
	test_ok(mshv_edu_copy(dev, IOVA, IOVA + (NR - 1) * PAGE_SIZE));
	EXPECT_EQ(0, memcmp(p, p + 2 * (NR - 1) * PAGE_SIZE, EDU_COPY));
	test_ok(mshv_edu_copy(dev, IOVA, IOVA + 600 * PAGE_SIZE));
	EXPECT_EQ(0, memcmp(p, p + 1200 * PAGE_SIZE, EDU_COPY));
	for (i = 0; i < NR; i++)
		test_ok(mshv_vfio_unmap(dev, PAGE_SIZE, IOVA + i * PAGE_SIZE));
}

/* As large as it comes, and not aligned to that at either end. */
static void *alloc_large(struct __test_metadata *_metadata, size_t size)
{
	uint8_t *p = mshv_alloc(size + LARGE);

	ASSERT_NE(NULL, p);
	p = (void *)(((uintptr_t)p + LARGE - 1) & ~(LARGE - 1));
	madvise(p, size, MADV_HUGEPAGE);
	memset(p, 0, size);
	return p;
}

TEST_F(mapped, large_pages_and_what_is_around_them)
{
	struct mshv_vfio *dev = &self->dev;
	size_t size = 4 * LARGE - 6 * PAGE_SIZE;
	uint8_t *p = alloc_large(_metadata, 4 * LARGE);
	uint64_t iova = IOVA + 3 * PAGE_SIZE;

	test_ok(attach(dev));
	test_ok(mshv_vfio_map(dev, p + 3 * PAGE_SIZE, size, iova, true));
	fill(p + 3 * PAGE_SIZE, 13);
	test_ok(mshv_edu_copy(dev, iova, IOVA + LARGE + 0x5000));
	EXPECT_EQ(0, memcmp(p + 3 * PAGE_SIZE, p + LARGE + 0x5000, EDU_COPY));
	test_ok(mshv_edu_copy(dev, iova, iova + size - PAGE_SIZE));
	EXPECT_EQ(0, memcmp(p + 3 * PAGE_SIZE, p + 4 * LARGE - 4 * PAGE_SIZE, EDU_COPY));
	test_ok(mshv_vfio_unmap(dev, size, iova));
	test_ok(mshv_edu_dma(dev, EDU_BUFFER, IOVA + LARGE, EDU_COPY, true));
	EXPECT_EQ(0, p[LARGE]);
}

/* Mappings that were there before the device was: they are mapped when it comes. */
/* More than 16 bits count, made of few: unmapped by one call, all of them are gone. */
TEST_F(mapped, more_than_65535_pages)
{
	enum { NR = 132 };
	const uint64_t some[] = { LARGE, 0x5000000, 0x8000000, 0xf000000 };
	const size_t size = NR * LARGE;
	struct mshv_vfio *dev = &self->dev;
	int memory = test_fd(memfd_create("memory", MFD_CLOEXEC));
	uint32_t before;
	unsigned int i;
	uint8_t *p;

	ASSERT_EQ(0, ftruncate(memory, LARGE));
	p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, p);
	for (i = 0; i < NR; i++)
		ASSERT_NE(MAP_FAILED, mmap(p + i * LARGE, LARGE, PROT_READ | PROT_WRITE,
					   MAP_SHARED | MAP_FIXED, memory, 0));
	test_ok(attach(dev));
	test_ok(mshv_vfio_map(dev, p, size, LARGE, true));
	for (i = 0; i < ARRAY_SIZE(some); i++) {
		fill(p, i);
		test_ok(mshv_edu_copy(dev, some[i], some[i] + PAGE_SIZE));
		EXPECT_EQ(0, memcmp(p, p + PAGE_SIZE, EDU_COPY));
	}
	test_ok(mshv_vfio_unmap(dev, size, LARGE));
	for (i = 0; i < ARRAY_SIZE(some); i++) {
		memset(p, 0x77, PAGE_SIZE);
		before = mshv_device_count(dev, DEVICE_NO_MAPPING);
		test_ok(mshv_edu_dma(dev, EDU_BUFFER, some[i], EDU_COPY, true));
		EXPECT_TRUE(mshv_device_counted(dev, DEVICE_NO_MAPPING, before));
		EXPECT_EQ(0x77, p[0]);
	}
	munmap(p, size);
	close(memory);
}

TEST_F(mapped, mappings_wait_for_the_device)
{
	struct mshv_vfio *dev = &self->dev;
	uint8_t *p = alloc_large(_metadata, 4 * LARGE);
	uint32_t pt = dev->ioas;

	if (!variant->cdev)
		SKIP(return, "a container attaches first");
	test_ok(mshv_vfio_map(dev, p, 2 * LARGE, IOVA, true));
	test_ok(mshv_vfio_map(dev, p + 2 * LARGE, LARGE, IOVA + 2 * LARGE, true));
	test_ok(mshv_vfio_map(dev, p + 3 * LARGE, PAGE_SIZE, IOVA + 3 * LARGE, false));
	test_ok(mshv_vfio_unmap(dev, 2 * LARGE, IOVA));
	test_ok(mshv_vfio_map(dev, p, LARGE, IOVA, true));
	EXPECT_EQ(mshv_place_blocked(), mshv_device_count(dev, DEVICE_PLACE));
	test_ok(attach(dev));
	fill(p + 3 * LARGE, 17);
	test_ok(mshv_edu_copy(dev, IOVA + 3 * LARGE, IOVA));
	EXPECT_EQ(0, memcmp(p + 3 * LARGE, p, EDU_COPY));
	test_ok(mshv_edu_dma(dev, EDU_BUFFER, IOVA + LARGE, EDU_COPY, true));
	EXPECT_EQ(0, p[LARGE]);

	/* Out, something else mapped and unmapped, and in again. */
	test_ok(mshv_vfio_detach(dev));
	EXPECT_EQ(mshv_place_blocked(), mshv_device_count(dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unmap(dev, LARGE, IOVA + 2 * LARGE));
	test_ok(mshv_vfio_map(dev, p + LARGE, LARGE, IOVA + LARGE, true));
	test_ok(mshv_vfio_attach(dev, &pt));
	test_ok(mshv_edu_copy(dev, IOVA + 3 * LARGE, IOVA + LARGE));
	EXPECT_EQ(0, memcmp(p + 3 * LARGE, p + LARGE, EDU_COPY));
}

TEST_F(mapped, addresses_that_no_domain_has)
{
	struct mshv_vfio *dev = &self->dev;
	uint8_t *p = alloc_pages(_metadata, 2);

	test_ok(attach(dev));
	EXPECT_GT(0, mshv_vfio_map(dev, p, PAGE_SIZE, 1UL << 52, true));
	EXPECT_GT(0, mshv_vfio_map(dev, p, PAGE_SIZE, -PAGE_SIZE, true));
	/* Where interrupts go. */
	EXPECT_GT(0, mshv_vfio_map(dev, p, PAGE_SIZE, 0xfee00000, true));
	test_ok(mshv_vfio_map(dev, p, PAGE_SIZE, 0xfef00000, true));
	EXPECT_EQ(-EEXIST, mshv_vfio_map(dev, p, PAGE_SIZE, 0xfef00000, true));
}

static bool signalled(int event)
{
	struct pollfd p = { .fd = event, .events = POLLIN };
	uint64_t n;

	return poll(&p, 1, PATIENCE_S * 1000) == 1 && read(event, &n, sizeof(n)) == sizeof(n);
}

static void raise_irq(struct mshv_vfio *dev)
{
	*(volatile uint32_t *)(dev->bar + EDU_RAISE) = 1;
	*(volatile uint32_t *)(dev->bar + 0x64) = 1;
}

/* As the host gets it: through an eventfd, again and again, and not when it is off. */
TEST_F(mapped, its_interrupt_comes)
{
	struct mshv_vfio *dev = &self->dev;
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), other, i;
	uint64_t n;

	ASSERT_LE(0, event);
	test_ok(attach(dev));
	for (i = 0; i < 3; i++) {
		test_ok(mshv_vfio_set_irq(dev, event));
		raise_irq(dev);
		EXPECT_TRUE(signalled(event));
		/* Another eventfd takes its place: it is freed and requested again. */
		other = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		test_ok(mshv_vfio_set_irq(dev, other));
		raise_irq(dev);
		EXPECT_TRUE(signalled(other));
		test_ok(mshv_vfio_set_irq(dev, -1));
		/* What Linux writes is all zero, an address in somebody's memory. */
		EXPECT_NE(0, mshv_pci_msi_address(dev->bdf));
		raise_irq(dev);
		EXPECT_EQ(-1, read(event, &n, sizeof(n)));
		close(other);
	}
	close(event);
}

TEST_F(mapped, again_and_again)
{
	struct mshv_vfio *dev = &self->dev;
	uint8_t *p = alloc_pages(_metadata, 2);
	int i;

	for (i = 0; i < 20; i++) {
		test_ok(attach(dev));
		test_ok(mshv_vfio_map(dev, p, 2 * PAGE_SIZE, IOVA, true));
		fill(p, i);
		test_ok(mshv_edu_copy(dev, IOVA, IOVA + PAGE_SIZE));
		EXPECT_EQ(0, memcmp(p, p + PAGE_SIZE, EDU_COPY));
		mshv_vfio_close(dev);
		EXPECT_EQ(PLACE_HOST, mshv_device_count(dev, DEVICE_PLACE));
		if (variant->cdev)
			test_ok(mshv_vfio_open_cdev(dev));
		else
			test_ok(mshv_vfio_open_group(dev));
	}
}

TEST_HARNESS_MAIN
