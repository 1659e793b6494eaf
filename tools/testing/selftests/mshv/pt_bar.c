// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registers of a device that VFIO has, in a guest: what the guest reads and writes is the
 * device, as far and as long as VFIO lets the VMM have it, and nothing else.
 */

#include "mshv_test.h"
#include "mshv_edu.h"

#define MMIO_GFN	(GUEST_MMIO / PAGE_SIZE)
#define LOGICAL_ID	0x77
#define BAR_SIZE	0x100000UL	/* of edu */
#define MIB		(1UL << 20)
#define LARGE		(2 * MIB)
#define GIB		(1UL << 30)

/* Registers of edu. */
#define EDU_ID		0x00
#define EDU_ID_VALUE	0x010000edu
#define EDU_LIVE	0x04		/* what is written is read inverted */

/* A disk controller of QEMU's, with memory of its own behind another BAR. */
#define NVME_VENDOR	0x1b36
#define NVME_DEVICE	0x0010
#define NVME_VS		0x08
#define NVME_MEMORY	VFIO_PCI_BAR2_REGION_INDEX

#define TRACING		"/sys/kernel/tracing/"
#define FAULTS		TRACING "events/mshv/mshv_vp_fault/enable"

static int start_counting(void)
{
	int ret = mshv_put(TRACING "trace", "");

	return ret ? ret : mshv_put(FAULTS, "1");
}

/* How many faults the driver has dealt with. */
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

static int attach_to_partition(struct mshv_vfio *dev, int pt)
{
	int viommu, ret = mshv_alloc_parent(dev);
	uint32_t nested;

	if (ret < 0)
		return ret;
	viommu = mshv_alloc_viommu(dev, ret, pt);
	if (viommu < 0)
		return viommu;
	ret = mshv_alloc_vdevice(dev, viommu, LOGICAL_ID);
	if (ret >= 0)
		ret = mshv_alloc_nested(dev, viommu);
	if (ret < 0)
		return ret;
	nested = ret;
	return mshv_vfio_attach(dev, &nested);
}

static int region_of(struct mshv_vfio *dev, unsigned int index, struct vfio_region_info *info)
{
	*info = (struct vfio_region_info) { .argsz = sizeof(*info), .index = index };
	return ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, info) ? -errno : 0;
}

/* As a guest does by the VMM: whether the device answers at all. */
static int set_memory(struct mshv_vfio *dev, bool on)
{
	struct vfio_region_info config;
	uint16_t command;
	int ret = region_of(dev, VFIO_PCI_CONFIG_REGION_INDEX, &config);

	if (ret)
		return ret;
	if (pread(dev->fd, &command, 2, config.offset + 4) != 2)
		return -EIO;
	command = on ? command | 2 : command & ~2;
	return pwrite(dev->fd, &command, 2, config.offset + 4) == 2 ? 0 : -EIO;
}

/* The same registers again, where and how it is wanted. */
static void *map_again(struct mshv_vfio *dev, void *where, size_t size, int prot)
{
	struct vfio_region_info bar;

	if (region_of(dev, VFIO_PCI_BAR0_REGION_INDEX, &bar))
		return MAP_FAILED;
	return mmap(where, size, prot, MAP_SHARED | (where ? MAP_FIXED : 0), dev->fd, bar.offset);
}

/*
 * Whatever the VMM asks for: how the guest has registers is the mapping's matter, and VFIO's are not
 * cached; a cached alias of them could stop the machine. Nobody executes them.
 */
static bool may_be_mapped_so(struct mshv_vfio *dev, const uint32_t *before)
{
	return mshv_device_count(dev, DEVICE_REGISTERS_CACHED) == before[0] &&
	       mshv_device_count(dev, DEVICE_REGISTERS_CODE) == before[1];
}

static void look_how_they_are_mapped(struct mshv_vfio *dev, uint32_t *before)
{
	before[0] = mshv_device_count(dev, DEVICE_REGISTERS_CACHED);
	before[1] = mshv_device_count(dev, DEVICE_REGISTERS_CODE);
}

FIXTURE(bar) {
	uint32_t before[2];
	struct mshv_vfio dev;
	struct mshv_vm vm;
	struct mshv_vp *vp;
};

FIXTURE_VARIANT(bar) {
	bool cdev;
	bool attached;
};

FIXTURE_VARIANT_ADD(bar, container) {
	.cdev = false,
	.attached = false,
};

FIXTURE_VARIANT_ADD(bar, iommufd) {
	.cdev = true,
	.attached = false,
};

FIXTURE_VARIANT_ADD(bar, attached) {
	.cdev = true,
	.attached = true,
};

FIXTURE_SETUP(bar)
{
	uint32_t pt;

	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_on_l1vh() && !variant->attached)
		SKIP(return, "L1VH has no domains");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	look_how_they_are_mapped(&self->dev, self->before);
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(variant->cdev ? mshv_vfio_open_cdev(&self->dev) :
				mshv_vfio_open_group(&self->dev));
	pt = self->dev.ioas;
	if (variant->attached)
		test_ok(attach_to_partition(&self->dev, self->vm.fd));
	else if (variant->cdev)
		test_ok(mshv_vfio_attach(&self->dev, &pt));
	test_ok(mshv_vfio_registers(&self->dev));
	/* the guest's memory is there before anything is counted */
	test_load(&self->vm, fs_read32);
	test_run(self->vp, HVMSG_X64_HALT);
}

FIXTURE_TEARDOWN(bar)
{
	if (!self->dev.bdf[0])
		return;
	EXPECT_TRUE(may_be_mapped_so(&self->dev, self->before));
	mshv_vfio_close(&self->dev);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
}

#define reg32(offset)	(*(volatile uint32_t *)(self->dev.bar + (offset)))
#define map_bar(flags)	test_map(self->vm.fd, (void *)self->dev.bar, BAR_SIZE, MMIO_GFN, flags)

/* The next run touches four bytes at @gpa, which are for the VMM to deal with. */
#define expect_intercept(type, gpa)					\
	do {								\
		test_run(self->vp, type);				\
		EXPECT_EQ((uint64_t)(gpa), mshv_payload(self->vp,	\
			  struct hv_x64_memory_intercept_message)->guest_physical_address); \
	} while (0)

#define expect_not_there(gpa)						\
	do {								\
		test_start_read(gpa);					\
		expect_intercept(HVMSG_UNMAPPED_GPA, gpa);		\
	} while (0)

TEST_F(bar, guest_reads_and_writes_the_device)
{
	map_bar(MEM_RW);
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
	test_start_write(GUEST_MMIO + EDU_LIVE, 0x12345678);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(~0x12345678u, reg32(EDU_LIVE));
	reg32(EDU_LIVE) = 0x11;
	test_guest_reads(GUEST_MMIO + EDU_LIVE, ~0x11u);
}

TEST_F(bar, region_for_reading_is_not_written)
{
	reg32(EDU_LIVE) = 1;
	map_bar(MEM_RO);
	test_guest_reads(GUEST_MMIO + EDU_LIVE, ~1u);
	test_start_write(GUEST_MMIO + EDU_LIVE, 2);
	expect_intercept(HVMSG_GPA_INTERCEPT, GUEST_MMIO + EDU_LIVE);
	EXPECT_EQ(~1u, reg32(EDU_LIVE));
}

TEST_F(bar, mapping_for_reading_is_not_written)
{
	void *p = map_again(&self->dev, NULL, PAGE_SIZE, PROT_READ);

	ASSERT_NE(MAP_FAILED, p);
	reg32(EDU_LIVE) = 1;
	test_map(self->vm.fd, p, PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_start_write(GUEST_MMIO + EDU_LIVE, 2);
	expect_intercept(HVMSG_UNMAPPED_GPA, GUEST_MMIO + EDU_LIVE);
	test_guest_reads(GUEST_MMIO + EDU_LIVE, ~1u);
	test_start_write(GUEST_MMIO + EDU_LIVE, 2);
	expect_intercept(HVMSG_GPA_INTERCEPT, GUEST_MMIO + EDU_LIVE);
	EXPECT_EQ(~1u, reg32(EDU_LIVE));
	munmap(p, PAGE_SIZE);
}

/* Registers have effects when they are fetched, and no instructions. */
TEST_F(bar, nothing_is_executed)
{
	const uint64_t gpa = 0x800000;
	const struct hv_x64_memory_intercept_message *m;

	test_map(self->vm.fd, (void *)self->dev.bar, BAR_SIZE, gpa / PAGE_SIZE, MEM_RWX);
	test_guest_reads(gpa + EDU_ID, EDU_ID_VALUE);
	test_ok(mshv_vp_real_mode(self->vp, GUEST_CODE));
	test_set_reg(self->vp, HV_X64_REGISTER_RIP, 0);
	test_ok(mshv_vp_set_cs(self->vp, gpa));
	test_run(self->vp, HVMSG_GPA_INTERCEPT);
	m = mshv_payload(self->vp, struct hv_x64_memory_intercept_message);
	EXPECT_EQ(gpa, m->guest_physical_address);
	EXPECT_EQ(HV_INTERCEPT_ACCESS_EXECUTE, m->header.intercept_access_type);
}

/* All of them, asked for as memory: what the hypervisor is told is looked at, too. */
TEST_F(bar, they_are_not_cached)
{
	uint32_t all = mshv_device_count(&self->dev, DEVICE_REGISTERS);

	map_bar(MEM_RWX);
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
	EXPECT_LE(BAR_SIZE / PAGE_SIZE, mshv_device_count(&self->dev, DEVICE_REGISTERS) - all);
	EXPECT_TRUE(may_be_mapped_so(&self->dev, self->before));
}

TEST_F(bar, gone_while_memory_is_off)
{
	int i;

	map_bar(MEM_RW);
	for (i = 0; i < 3; i++) {
		test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
		test_ok(set_memory(&self->dev, false));
		expect_not_there(GUEST_MMIO + EDU_ID);
		test_start_write(GUEST_MMIO + EDU_LIVE, 2);
		expect_intercept(HVMSG_UNMAPPED_GPA, GUEST_MMIO + EDU_LIVE);
		test_ok(set_memory(&self->dev, true));
	}
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
}

TEST_F(bar, region_made_while_memory_is_off)
{
	test_ok(set_memory(&self->dev, false));
	map_bar(MEM_RW);
	expect_not_there(GUEST_MMIO + EDU_ID);
	test_ok(set_memory(&self->dev, true));
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
}

TEST_F(bar, gone_with_the_region)
{
	map_bar(MEM_RW);
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
	test_unmap(self->vm.fd, (void *)self->dev.bar, BAR_SIZE, MMIO_GFN);
	expect_not_there(GUEST_MMIO + EDU_ID);
}

TEST_F(bar, gone_with_the_mapping)
{
	void *p = map_again(&self->dev, NULL, PAGE_SIZE, PROT_READ | PROT_WRITE);

	ASSERT_NE(MAP_FAILED, p);
	test_map(self->vm.fd, p, PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
	ASSERT_EQ(0, munmap(p, PAGE_SIZE));
	expect_not_there(GUEST_MMIO + EDU_ID);
	/* and there again with it */
	ASSERT_EQ(p, map_again(&self->dev, p, PAGE_SIZE, PROT_READ | PROT_WRITE));
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
	munmap(p, PAGE_SIZE);
}

/* What takes the place of the mapping is looked at again. */
TEST_F(bar, what_takes_its_place_is_not_given_away)
{
	void *p = map_again(&self->dev, NULL, PAGE_SIZE, PROT_READ | PROT_WRITE);
	int mem = open("/dev/mem", O_RDWR | O_CLOEXEC);

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_LE(0, mem);
	test_map(self->vm.fd, p, PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
	ASSERT_EQ(p, mmap(p, PAGE_SIZE, PROT_READ, MAP_SHARED | MAP_FIXED, mem, 0xffff0000));
	expect_not_there(GUEST_MMIO);
	ASSERT_EQ(p, mmap(p, PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1, 0));
	expect_not_there(GUEST_MMIO);
	munmap(p, PAGE_SIZE);
	close(mem);
}

TEST_F(bar, region_may_be_larger_than_the_mapping)
{
	uint8_t *room = mmap(NULL, 3 * PAGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, room);
	ASSERT_EQ(0, munmap(room + 2 * PAGE_SIZE, PAGE_SIZE));
	ASSERT_EQ(room, map_again(&self->dev, room, PAGE_SIZE, PROT_READ | PROT_WRITE));
	test_map(self->vm.fd, room, 3 * PAGE_SIZE, MMIO_GFN, MEM_RW);
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
	expect_not_there(GUEST_MMIO + PAGE_SIZE);
	expect_not_there(GUEST_MMIO + 2 * PAGE_SIZE);
	munmap(room, 2 * PAGE_SIZE);
}

/* All of it comes with the first touch: one fault, and each page where it belongs. */
TEST_F(bar, what_is_there_comes_along)
{
	map_bar(MEM_RW);
	ASSERT_EQ(0, start_counting());
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
	test_guest_reads(GUEST_MMIO + EDU_LIVE, reg32(EDU_LIVE));
	test_start_read(GUEST_MMIO + BAR_SIZE - 8);
	test_run(self->vp, HVMSG_X64_HALT);
	EXPECT_EQ(1, stop_counting());
}

/*
 * The registers are the VMM's as long as it has them mapped, wherever the device is; the guest
 * has no more than it. A hypervisor that gives registers of attached devices alone leaves the
 * access to the VMM.
 */
TEST_F(bar, device_leaves_the_guest)
{
	if (!variant->attached)
		SKIP(return, "it is not in the guest");
	map_bar(MEM_RW);
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
	test_ok(mshv_vfio_detach(&self->dev));
	EXPECT_EQ(mshv_place_blocked(), mshv_device_count(&self->dev, DEVICE_PLACE));
	test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
	test_unmap(self->vm.fd, (void *)self->dev.bar, BAR_SIZE, MMIO_GFN);
	map_bar(MEM_RW);
	if (mshv_on_l1vh())
		expect_not_there(GUEST_MMIO + EDU_ID);
	else
		test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
}

TEST_F(bar, vmm_unmaps_it_while_the_guest_is_using_it)
{
	int i;

	for (i = 0; i < 20; i++) {
		map_bar(MEM_RW);
		test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
		ASSERT_EQ(self->dev.bar, map_again(&self->dev, (void *)self->dev.bar, BAR_SIZE,
						   PROT_READ | PROT_WRITE));
		test_guest_reads(GUEST_MMIO + EDU_ID, EDU_ID_VALUE);
		test_unmap(self->vm.fd, (void *)self->dev.bar, BAR_SIZE, MMIO_GFN);
	}
}

/* A device whose BAR is larger than a page table, and which can be reset. */
FIXTURE(large_bar) {
	uint32_t before[2];
	struct mshv_vfio dev;
	struct mshv_vm vm;
	struct mshv_vp *vp;
	struct vfio_region_info info;
	uint8_t *bar;
};

/* How much of it is mapped: what pages of 2 MiB are for, or one page table of these. */
FIXTURE_VARIANT(large_bar) {
	uint64_t size;
	bool has_leaf_of_1g;
};

FIXTURE_VARIANT_ADD(large_bar, pages_of_2m) {
	.size = 64 * MIB,
	.has_leaf_of_1g = false,
};

FIXTURE_VARIANT_ADD(large_bar, page_of_1g) {
	.size = GIB,
	.has_leaf_of_1g = true,
};

FIXTURE_SETUP(large_bar)
{
	uint8_t *room;
	uint32_t pt;

	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_vfio_find(&self->dev, NVME_VENDOR, NVME_DEVICE))
		SKIP(return, "there is no disk controller (1b36:0010)");
	look_how_they_are_mapped(&self->dev, self->before);
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(mshv_vfio_open_cdev(&self->dev));
	pt = self->dev.ioas;
	if (mshv_on_l1vh())
		test_ok(attach_to_partition(&self->dev, self->vm.fd));
	else
		test_ok(mshv_vfio_attach(&self->dev, &pt));
	test_ok(region_of(&self->dev, NVME_MEMORY, &self->info));
	if (self->info.size < variant->size)
		SKIP(return, "the controller has not that much memory (cmb_size_mb)");
	self->info.size = variant->size;
	test_ok(set_memory(&self->dev, true));
	/* an address that pages of 1 GiB fit to, too */
	room = mmap(NULL, variant->size + GIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, room);
	room = (uint8_t *)(((uintptr_t)room + GIB - 1) & ~(GIB - 1));
	self->bar = mmap(room, variant->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			 self->dev.fd, self->info.offset);
	ASSERT_EQ(room, self->bar);
	/* the guest's memory is there before anything is counted */
	test_load(&self->vm, fs_read32);
	test_run(self->vp, HVMSG_X64_HALT);
}

FIXTURE_TEARDOWN(large_bar)
{
	if (!self->dev.bdf[0])
		return;
	EXPECT_TRUE(may_be_mapped_so(&self->dev, self->before));
	if (self->bar)
		munmap(self->bar, self->info.size);
	mshv_vfio_close(&self->dev);
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
}

#define word(offset)	(*(volatile uint32_t *)(self->bar + (offset)))

/* Each fault brings in as much as one entry of the page tables is for. */
TEST_F(large_bar, pages_are_as_large_as_they_can_be)
{
	uint64_t at, step = self->info.size / 4;
	int n = 0;

	for (at = 0; at < self->info.size; at += step)
		word(at + 4 * n++) = 0x1000 + at / PAGE_SIZE;
	test_map(self->vm.fd, self->bar, self->info.size, GIB / PAGE_SIZE, MEM_RW);
	ASSERT_EQ(0, start_counting());
	for (at = 0, n = 0; at < self->info.size; at += step)
		test_guest_reads(GIB + at + 4 * n++, 0x1000 + at / PAGE_SIZE);
	EXPECT_EQ(variant->has_leaf_of_1g ? 1 : 4, stop_counting());
	test_start_write(GIB + LARGE - 4, 0xabcdef);
	test_run_to_port(self->vp, GUEST_PORT_DONE);
	EXPECT_EQ(0xabcdef, word(LARGE - 4));
}

/* Where the guest's addresses do not fit, small pages do; the contents are the same. */
TEST_F(large_bar, addresses_that_do_not_fit)
{
	uint64_t at;

	for (at = 0; at < 2 * LARGE; at += LARGE / 8)
		word(at) = 0x2000 + at / PAGE_SIZE;
	test_map(self->vm.fd, self->bar, self->info.size, GIB / PAGE_SIZE + 3, MEM_RW);
	for (at = 0; at < 2 * LARGE; at += LARGE / 8)
		test_guest_reads(GIB + 3 * PAGE_SIZE + at, 0x2000 + at / PAGE_SIZE);
}

/* A large page goes as a whole, and what is still there of it comes back. */
TEST_F(large_bar, a_page_of_a_large_one_goes)
{
	if (variant->has_leaf_of_1g)
		SKIP(return, "Linux takes the entry for a page table where the mapping is split");
	word(0) = 0x31;
	word(4 * PAGE_SIZE) = 0x34;
	word(LARGE) = 0x35;
	test_map(self->vm.fd, self->bar, self->info.size, GIB / PAGE_SIZE, MEM_RW);
	test_guest_reads(GIB, 0x31);
	test_guest_reads(GIB + 4 * PAGE_SIZE, 0x34);
	ASSERT_EQ(0, munmap(self->bar + 4 * PAGE_SIZE, PAGE_SIZE));
	expect_not_there(GIB + 4 * PAGE_SIZE);
	test_guest_reads(GIB, 0x31);
	test_guest_reads(GIB + LARGE, 0x35);
}

/* VFIO takes everything away when it resets the device. */
TEST_F(large_bar, gone_at_a_reset)
{
	struct vfio_device_info info = { .argsz = sizeof(info) };
	uint8_t *registers;
	struct vfio_region_info bar;
	int i;

	ASSERT_EQ(0, ioctl(self->dev.fd, VFIO_DEVICE_GET_INFO, &info));
	if (!(info.flags & VFIO_DEVICE_FLAGS_RESET))
		SKIP(return, "the device cannot be reset");
	test_ok(region_of(&self->dev, VFIO_PCI_BAR0_REGION_INDEX, &bar));
	registers = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, self->dev.fd,
			 bar.offset);
	ASSERT_NE(MAP_FAILED, registers);
	test_map(self->vm.fd, registers, PAGE_SIZE, MMIO_GFN, MEM_RW);
	for (i = 0; i < 5; i++) {
		test_guest_reads(GUEST_MMIO + NVME_VS, *(volatile uint32_t *)(registers + NVME_VS));
		ASSERT_EQ(0, start_counting());
		ASSERT_EQ(0, ioctl(self->dev.fd, VFIO_DEVICE_RESET));
		test_guest_reads(GUEST_MMIO + NVME_VS, *(volatile uint32_t *)(registers + NVME_VS));
		/* it had to be brought in again */
		EXPECT_EQ(1, stop_counting());
	}
	munmap(registers, PAGE_SIZE);
}

TEST_HARNESS_MAIN
