// SPDX-License-Identifier: GPL-2.0-only
/*
 * What user space is told of the addresses that a device may have, and what it is charged for
 * the memory that a device reaches.
 */
#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "mshv_bridge.h"
#include "mshv_edu.h"
#include "mshv_nvme.h"
#include "mshv_test.h"

#define MSI_START	0xfee00000UL
#define MSI_LAST	0xfeefffffUL

FIXTURE(limits) {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	int bridge;
};

FIXTURE_SETUP(limits)
{
	self->bridge = -1;
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	test_ok(mshv_vm_open(&self->vm));
	test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));
	test_ok(mshv_vfio_bind(&self->dev));
	self->bridge = test_fd(_test_create_device(self->vm.fd, MSHV_DEV_TYPE_VFIO, 0));
}

FIXTURE_TEARDOWN(limits)
{
	if (self->bridge < 0)
		return;
	close(self->bridge);
	mshv_vfio_close(&self->dev);
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
}

/* ---- addresses */

TEST_F(limits, regions_that_are_reserved)
{
	char path[128], text[256] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/reserved_regions",
		 mshv_pci_group(self->dev.bdf));
	f = fopen(path, "r");
	ASSERT_NE(NULL, f);
	ASSERT_LT(0, fread(text, 1, sizeof(text) - 1, f));
	fclose(f);
	EXPECT_STREQ("0x00000000fee00000 0x00000000feefffff msi\n", text);
}

static int get_ranges(struct mshv_vfio *dev, struct iommu_iova_range *ranges, uint32_t *n)
{
	struct iommu_ioas_iova_ranges args = {
		.size = sizeof(args),
		.ioas_id = dev->ioas,
		.num_iovas = *n,
		.allowed_iovas = (uintptr_t)ranges,
	};

	if (ioctl(dev->iommufd, IOMMU_IOAS_IOVA_RANGES, &args))
		return -errno;
	*n = args.num_iovas;
	return 0;
}

/* All up to the width of the IOMMU's addresses, but for where interrupts go. */
TEST_F(limits, addresses_of_an_ioas)
{
	struct iommu_iova_range ranges[8];
	uint32_t n = 8, pt;

	if (mshv_on_l1vh())
		SKIP(return, "L1VH has no domains");
	test_ok(mshv_vfio_open_cdev(&self->dev));
	pt = self->dev.ioas;
	test_ok(mshv_vfio_attach(&self->dev, &pt));
	test_ok(get_ranges(&self->dev, ranges, &n));
	ASSERT_EQ(2, n);
	EXPECT_EQ(0, ranges[0].start);
	EXPECT_EQ(MSI_START - 1, ranges[0].last);
	EXPECT_EQ(MSI_LAST + 1, ranges[1].start);
	EXPECT_EQ(0, ranges[1].last & (ranges[1].last + 1));
	EXPECT_LE(BIT(36) - 1, ranges[1].last);
	EXPECT_GE(BIT(57) - 1, ranges[1].last);
	/* the last page is one, and the next is none */
	test_ok(mshv_vfio_map(&self->dev, self->vm.ram, PAGE_SIZE,
			      ranges[1].last + 1 - PAGE_SIZE, true));
	EXPECT_GT(0, mshv_vfio_map(&self->dev, self->vm.ram, PAGE_SIZE, ranges[1].last + 1, true));
}

/* ---- tables */

static int attach_to_another_ioas(struct mshv_vfio *dev)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	uint32_t pt;
	int ret;

	if (ioctl(dev->iommufd, IOMMU_IOAS_ALLOC, &alloc))
		return -errno;
	pt = alloc.out_ioas_id;
	ret = mshv_vfio_attach(dev, &pt);
	if (!ret)
		dev->ioas = alloc.out_ioas_id;
	return ret;
}

#define IOVA	0x1000000UL	/* any; edu reaches 256 MiB */

#define expect_copy(m, value)						\
	do {								\
		memset((m)->vm.ram, value, PAGE_SIZE);			\
		test_ok(mshv_edu_dma(&(m)->dev, IOVA, EDU_BUFFER, EDU_COPY, false)); \
		memset((m)->vm.ram, 0, PAGE_SIZE);			\
		test_ok(mshv_edu_dma(&(m)->dev, EDU_BUFFER, IOVA, EDU_COPY, true)); \
		EXPECT_EQ(value, (m)->vm.ram[EDU_COPY - 1]);		\
	} while (0)

/* Two devices have the two that there are: one of them cannot move, and stays where it is. */
TEST_F(limits, tables_of_the_hypervisor)
{
	struct mshv_vfio *dev = &self->dev, other;
	uint32_t pt;

	if (!mshv_knob("numbers:4"))
		SKIP(return, "the hypervisor has more tables (--fault=dev=numbers:4)");
	if (mshv_on_l1vh())
		SKIP(return, "L1VH has no domains");
	if (mshv_vfio_find(&other, NVME_VENDOR, NVME_DEVICE))
		SKIP(return, "there is no other device");
	test_ok(mshv_vfio_bind(&other));
	test_ok(mshv_vfio_open_cdev(&other));
	pt = other.ioas;
	test_ok(mshv_vfio_attach(&other, &pt));
	test_ok(mshv_vfio_open_cdev(dev));
	pt = dev->ioas;
	test_ok(mshv_vfio_attach(dev, &pt));
	test_ok(mshv_vfio_registers(dev));
	test_ok(mshv_vfio_map(dev, self->vm.ram, PAGE_SIZE, IOVA, true));
	expect_copy(self, 0x31);
	EXPECT_EQ(-ENOSPC, attach_to_another_ioas(dev));
	EXPECT_EQ(PLACE_DOMAIN, mshv_device_count(dev, DEVICE_PLACE));
	expect_copy(self, 0x32);
	EXPECT_EQ(-ENOSPC, mshv_vfio_attach_to(dev, self->vm.fd, dev->rid));
	EXPECT_EQ(PLACE_DOMAIN, mshv_device_count(dev, DEVICE_PLACE));
	expect_copy(self, 0x33);
	/* The other one's is free again. */
	mshv_vfio_close(&other);
	test_ok(mshv_vfio_unbind(&other));
	test_ok(attach_to_another_ioas(dev));
	test_ok(mshv_vfio_map(dev, self->vm.ram, PAGE_SIZE, IOVA, true));
	expect_copy(self, 0x34);
}

/* ---- charges */

/* What a program without privileges has. */
static int drop_privilege(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data))
		return -errno;
	data[0].effective &= ~BIT(CAP_IPC_LOCK);
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static int limit_memory(uint64_t bytes)
{
	struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

	return setrlimit(RLIMIT_MEMLOCK, &limit) ? -errno : 0;
}

/* Of the process: VFIO's container and mshv_root charge it there. iommufd charges the user. */
static long locked(void)
{
	char line[256];
	long kib = -1;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmLck: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib * 1024;
}

#define SLACK	0x100000UL

TEST_F(limits, a_container_and_the_bridge_charge_each)
{
	uint64_t size = self->vm.ram_size;
	struct mshv_vfio *dev = &self->dev;

	test_ok(mshv_vfio_open_group(dev));
	test_ok(drop_privilege());
	test_ok(limit_memory(size - PAGE_SIZE));
	test_err_file(ENOMEM, self->bridge, MSHV_DEV_VFIO_FILE_ADD, dev->group);
	EXPECT_EQ(0, locked());
	test_ok(limit_memory(size + SLACK));
	test_file(self->bridge, MSHV_DEV_VFIO_FILE_ADD, dev->group);
	EXPECT_EQ((long)size, locked());
	EXPECT_EQ(-ENOMEM, mshv_vfio_map(dev, self->vm.ram, size, 0, true));
	EXPECT_EQ((long)size, locked());
	test_ok(limit_memory(2 * size));
	test_ok(mshv_vfio_map(dev, self->vm.ram, size, 0, true));
	EXPECT_EQ(2 * (long)size, locked());
	test_ok(mshv_vfio_unmap(dev, size, 0));
	EXPECT_EQ((long)size, locked());
}

/* Two accounts, of which each has its limit: once the guest's memory is enough. */
TEST_F(limits, an_ioas_charges_somebody_else)
{
	uint64_t size = self->vm.ram_size;
	struct mshv_vfio *dev = &self->dev;
	uint32_t pt;

	test_ok(mshv_vfio_open_cdev(dev));
	test_ok(drop_privilege());
	test_ok(limit_memory(size + SLACK));
	test_file(self->bridge, MSHV_DEV_VFIO_FILE_ADD, dev->fd);
	EXPECT_EQ((long)size, locked());
	pt = dev->ioas;
	test_ok(mshv_vfio_attach(dev, &pt));
	test_ok(mshv_vfio_map(dev, self->vm.ram, size, 0, true));
	EXPECT_EQ((long)size, locked());
	test_ok(mshv_vfio_unmap(dev, size, 0));
}

/* Nothing is mapped for it: once, and by mshv_root alone. */
TEST_F(limits, an_attached_device_charges_once)
{
	uint64_t size = self->vm.ram_size;
	struct mshv_vfio *dev = &self->dev;

	test_ok(mshv_vfio_open_cdev(dev));
	test_ok(drop_privilege());
	test_ok(limit_memory(size - PAGE_SIZE));
	EXPECT_EQ(-ENOMEM, mshv_vfio_attach_to(dev, self->vm.fd, dev->rid));
	EXPECT_EQ(0, locked());
	test_ok(limit_memory(size));
	ASSERT_LE(0, mshv_vfio_attach_to(dev, self->vm.fd, dev->rid));
	EXPECT_EQ((long)size, locked());
	EXPECT_EQ(PLACE_PARTITION, mshv_device_count(dev, DEVICE_PLACE));
}

TEST_HARNESS_MAIN
