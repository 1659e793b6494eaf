// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Devices: what the kernel is asked for, in which order, and what is undone when it refuses.
 * Descriptors: 11 VM, 12 bridge, 13 container, 14 iommufd, 15 group, 16 and 17 device.
 */
#include <errno.h>
#include <string.h>

#include "fakevfio.h"

static _Alignas(4096) uint8_t memory[0x4000];

static struct mshv_iommu *iommu;
static struct mshv_device *device;

static void start(enum mshv_iommu_kind kind, const char *log)
{
	fakevfio_start();
	iommu = NULL;
	device = NULL;
	CHECK_EQ(mshv_vm_map(fakevfio.vm, 0x1000, memory, 0x2000, MSHV_MEM_WRITE), 0);
	CHECK_LOG("set(1000,2000,1)");
	CHECK_EQ(mshv_iommu_open(fakevfio.vm, kind, &iommu), 0);
	CHECK_LOG(log);
}

#define START_CONTAINER() \
	start(MSHV_IOMMU_CONTAINER, "open(/dev/vfio/vfio) version extension bridge")
#define START_IOAS() start(MSHV_IOMMU_IOAS, "open(/dev/iommu) ioas bridge")
#define START_PARTITION() start(MSHV_IOMMU_PARTITION, "open(/dev/iommu) ioas")

/* What it takes to have the device's file, and its group in the container. */
#define LOG_CDEV "open(/dev/vfio/devices/vfio3) bind "
#define LOG_GROUP "open(/dev/vfio/7) status container type1v2 "
#define LOG_ADDED LOG_GROUP "file(1,15) "
#define LOG_TABLE "parent(31) viommu(41) "

#define OPEN() mshv_device_open(iommu, FAKE_DEVICE, 0x18, &device)

static void finish(const char *log)
{
	mshv_device_close(device);
	mshv_iommu_close(iommu);
	CHECK_LOG(log);
	fakevfio_finish();
}

TEST(device_in_a_container)
{
	START_CONTAINER();
	CHECK_EQ(OPEN(), 0);
	CHECK_LOG(LOG_ADDED "dma(1000,2000,3) device");
	CHECK_EQ(mshv_device_fd(device), 17);
	finish("close(17) file(2,15) close(15) close(12) close(13)");
}

TEST(device_in_an_ioas)
{
	START_IOAS();
	CHECK_EQ(OPEN(), 0);
	CHECK_LOG(LOG_CDEV "file(1,16) dma(1000,2000,7) attach(31)");
	CHECK_EQ(mshv_device_fd(device), 16);
	finish("file(2,16) close(16) close(12) close(14)");
}

/* The second device has the first one's table. */
TEST(device_attached_to_the_partition)
{
	struct mshv_device *second = NULL;

	START_PARTITION();
	CHECK_EQ(OPEN(), 0);
	CHECK_LOG(LOG_CDEV LOG_TABLE "nested(42) vdevice(42,18) attach(43)");
	CHECK_EQ(mshv_device_open(iommu, FAKE_DEVICE, 0x20, &second), 0);
	CHECK_LOG(LOG_CDEV "vdevice(42,20) attach(43)");
	mshv_device_close(second);
	CHECK_LOG("detach destroy(51) close(16)");
	finish("detach destroy(51) close(16) close(14)");
}

/* Devices reach what the VM has, no more and no less. */
static void follow_memory(void)
{
	CHECK_EQ(mshv_vm_map(fakevfio.vm, 0x8000, memory, 0x1000, MSHV_MEM_EXEC), 0);
	CHECK_LOG("set(8000,1000,2) dma(8000,1000,1)");
	CHECK_EQ(mshv_vm_unmap(fakevfio.vm, 0x8000), 0);
	CHECK_LOG("undma(8000,1000) unset(8000,1000,4)");
}

TEST(device_memory_follows_the_vm)
{
	START_CONTAINER();
	CHECK_EQ(OPEN(), 0);
	fakevfio.log[0] = '\0';
	follow_memory();
	/* Refused by one, it is undone in the other. */
	fakevfio.fails = "dma";
	fakevfio.error = -ENOMEM;
	CHECK_EQ(mshv_vm_map(fakevfio.vm, 0x8000, memory, 0x1000, 0), -ENOMEM);
	CHECK_LOG("set(8000,1000,0) dma(8000,1000,1) unset(8000,1000,4)");
	CHECK_EQ(mshv_vm_unmap(fakevfio.vm, 0x8000), -ENOENT);
	fakevfio.fails = "undma";
	fakevfio.error = -EIO;
	CHECK_EQ(mshv_vm_unmap(fakevfio.vm, 0x1000), -EIO);
	CHECK_LOG("undma(1000,2000)");
	fakevfio.fails = "unset";
	CHECK_EQ(mshv_vm_unmap(fakevfio.vm, 0x1000), -EIO);
	CHECK_LOG("undma(1000,2000) unset(1000,2000,4) dma(1000,2000,3)");
	fakevfio.fails = NULL;
	finish("close(17) file(2,15) close(15) close(12) close(13)");
}

/* A container whose last group has left has no mappings: it begins anew. */
TEST(device_comes_again)
{
	START_CONTAINER();
	CHECK_EQ(OPEN(), 0);
	mshv_device_close(device);
	device = NULL;
	fakevfio.log[0] = '\0';
	CHECK_EQ(mshv_vm_map(fakevfio.vm, 0x8000, memory, 0x1000, 0), 0);
	CHECK_LOG("set(8000,1000,0)");
	CHECK_EQ(OPEN(), 0);
	CHECK_LOG(LOG_ADDED "dma(8000,1000,1) dma(1000,2000,3) device");
	finish("close(17) file(2,15) close(15) close(12) close(13)");
}

static void refused_as(const char *word, int error, int result, const char *log)
{
	test_note(word);
	fakevfio.fails = word;
	fakevfio.error = error;
	CHECK_EQ(OPEN(), result);
	CHECK(!device);
	CHECK_LOG(log);
	fakevfio.fails = NULL;
	test_note(NULL);
}

static void refused(const char *word, int error, const char *log)
{
	refused_as(word, error, error, log);
}

TEST(device_refusals_of_a_container)
{
	START_CONTAINER();
	refused("open(/dev/vfio/7)", -EBUSY, "open(/dev/vfio/7)");
	refused("status", -EPERM, "open(/dev/vfio/7) status close(15)");
	refused("type1v2", -EOPNOTSUPP, LOG_GROUP "close(15)");
	refused("file(1", -ENOMEM, LOG_ADDED "close(15)");
	refused("dma", -ENOMEM, LOG_ADDED "dma(1000,2000,3) file(2,15) close(15)");
	refused("device", -EINVAL, LOG_ADDED "dma(1000,2000,3) device file(2,15) close(15)");
	refused("regions", -EIO, LOG_ADDED "dma(1000,2000,3) device close(17) file(2,15) close(15)");
	finish("close(12) close(13)");
}

TEST(device_refusals_of_iommufd)
{
	START_IOAS();
	refused("bind", -EACCES, LOG_CDEV "close(16)");
	refused_as("bind", -EINVAL, -EBUSY, LOG_CDEV "close(16)");
	refused("attach", -EOPNOTSUPP,
		LOG_CDEV "file(1,16) dma(1000,2000,7) attach(31) file(2,16) close(16)");
	finish("close(12) close(14)");
	START_PARTITION();
	refused("viommu", -ENOMEM, LOG_CDEV LOG_TABLE "destroy(41) close(16)");
	refused("nested", -ENOMEM, LOG_CDEV LOG_TABLE "nested(42) destroy(42) destroy(41) close(16)");
	refused("vdevice", -EEXIST, LOG_CDEV LOG_TABLE "nested(42) vdevice(42,18) close(16)");
	refused("attach", -EBUSY, LOG_CDEV "vdevice(42,18) attach(43) destroy(51) close(16)");
	finish("close(14)");
}

TEST(iommu_refusals)
{
	fakevfio_start();
	iommu = NULL;
	fakevfio.fails = "bridge";
	fakevfio.error = -ENOTTY;
	CHECK_EQ(mshv_iommu_open(fakevfio.vm, MSHV_IOMMU_IOAS, &iommu), -ENOTTY);
	CHECK_LOG("open(/dev/iommu) ioas bridge close(14)");
	fakevfio.fails = "extension";
	fakevfio.error = 0;
	CHECK_EQ(mshv_iommu_open(fakevfio.vm, MSHV_IOMMU_CONTAINER, &iommu), -EOPNOTSUPP);
	CHECK_LOG("open(/dev/vfio/vfio) version extension close(13)");
	fakevfio.fails = "version";
	fakevfio.error = 1;
	CHECK_EQ(mshv_iommu_open(fakevfio.vm, MSHV_IOMMU_CONTAINER, &iommu), -EOPNOTSUPP);
	CHECK_LOG("open(/dev/vfio/vfio) version close(13)");
	CHECK(!iommu);
	fakevfio_finish();
}

TEST(device_regions)
{
	struct mshv_device_region region;
	uint8_t bytes[8];

	START_IOAS();
	CHECK_EQ(OPEN(), 0);
	fakevfio.log[0] = '\0';
	CHECK_EQ(mshv_device_region(device, 0, &region), 0);
	CHECK_EQ(region.size, FAKE_BAR_SIZE);
	CHECK_EQ(region.flags, 7);
	CHECK_EQ(mshv_device_region(device, 1, &region), 0);
	CHECK_EQ(region.size, 0);
	CHECK_EQ(mshv_device_region(device, 8, &region), -EINVAL);
	CHECK_EQ(mshv_device_read(device, MSHV_DEVICE_CONFIG, 4, bytes, 2), 0);
	CHECK_EQ(bytes[0], 0x5a);
	CHECK_EQ(mshv_device_write(device, 0, 0x3ff8, bytes, 8), 0);
	CHECK_LOG("read(70000000004,2) write(3ff8,8)");
	fakevfio.fails = "read";
	fakevfio.error = 1;
	CHECK_EQ(mshv_device_read(device, 0, 0, bytes, 2), -EIO);
	fakevfio.error = -EACCES;
	CHECK_EQ(mshv_device_read(device, 0, 0, bytes, 2), -EACCES);
	CHECK_LOG("read(0,2) read(0,2)");
	CHECK_EQ(mshv_device_read(device, 0, 0x3ffc, bytes, 8), -EINVAL);
	CHECK_EQ(mshv_device_read(device, 1, 0, bytes, 1), -EINVAL);
	CHECK_EQ(mshv_device_write(device, 0, 0, bytes, 0), -EINVAL);
	CHECK_EQ(mshv_device_write(device, 9, 0, bytes, 1), -EINVAL);
	CHECK_LOG("");
	CHECK_EQ(mshv_device_reset(device), 0);
	fakevfio.fails = "reset";
	fakevfio.error = -EINVAL;
	CHECK_EQ(mshv_device_reset(device), -ENOTTY);
	fakevfio.error = -EAGAIN;
	CHECK_EQ(mshv_device_reset(device), -EAGAIN);
	CHECK_LOG("reset reset reset");
	finish("file(2,16) close(16) close(12) close(14)");
}

TEST(device_bars_in_the_guest)
{
	START_IOAS();
	CHECK_EQ(OPEN(), 0);
	fakevfio.log[0] = '\0';
	CHECK_EQ(mshv_device_map(device, 0, 0x1000, 0x3000, 0xe0001000), 0);
	CHECK_LOG("mmap(1000,3000) set(e0001000,3000,1)");
	CHECK_EQ(mshv_device_map(device, 0, 0, 0x1000, 0xe0000000), 0);
	CHECK_LOG("mmap(0,1000) set(e0000000,1000,1)");
	CHECK_EQ(mshv_device_unmap(device, 0xe0002000), -ENOENT);
	fakevfio.fails = "unset";
	fakevfio.error = -EIO;
	CHECK_EQ(mshv_device_unmap(device, 0xe0001000), -EIO);
	fakevfio.fails = NULL;
	fakevfio.log[0] = '\0';
	CHECK_EQ(mshv_device_unmap(device, 0xe0001000), 0);
	CHECK_LOG("unset(e0001000,3000,4) munmap(3000)");
	fakevfio.fails = "set";
	fakevfio.error = -EEXIST;
	CHECK_EQ(mshv_device_map(device, 0, 0, 0x1000, 0), -EEXIST);
	CHECK_LOG("mmap(0,1000) set(0,1000,1) munmap(1000)");
	fakevfio.fails = "mmap";
	fakevfio.error = -EINVAL;
	CHECK_EQ(mshv_device_map(device, 0, 0, 0x1000, 0), -EINVAL);
	CHECK_LOG("mmap(0,1000)");
	fakevfio.fails = NULL;
	CHECK_EQ(mshv_device_map(device, 0, 0x3000, 0x2000, 0), -EINVAL);
	CHECK_EQ(mshv_device_map(device, 0, 0x100, 0x1000, 0), -EINVAL);
	CHECK_EQ(mshv_device_map(device, 0, 0, 0x100, 0), -EINVAL);
	CHECK_EQ(mshv_device_map(device, 0, 0, 0x1000, 0x100), -EINVAL);
	CHECK_EQ(mshv_device_map(device, 0, 0, 0x1000, -4096ull), -EINVAL);
	CHECK_EQ(mshv_device_map(device, 6, 0, 0x1000, 0), -EINVAL);
	CHECK_EQ(mshv_device_map(device, 0, 0, 0, 0), -EINVAL);
	CHECK_EQ(mshv_device_unmap(device, 0x100), -EINVAL);
	CHECK_LOG("");
	/* What is left goes with the device, before it does. */
	finish("unset(e0000000,1000,4) munmap(1000) file(2,16) close(16) close(12) close(14)");
}

TEST(device_interrupts)
{
	static const int fds[] = { 5, -1, 6 };
	static const uint32_t wanted[] = { 32, 0x24, 2, 4, 3, 5, UINT32_MAX, 6 };
	static const uint32_t off[] = { 20, 0x21, 1, 0, 0 };

	START_IOAS();
	CHECK_EQ(OPEN(), 0);
	fakevfio.log[0] = '\0';
	CHECK_EQ(mshv_device_set_irqs(device, MSHV_DEVICE_MSIX, 4, fds, 3), 0);
	CHECK(!memcmp(fakevfio.irqs, wanted, sizeof(wanted)));
	CHECK_EQ(mshv_device_set_irqs(device, MSHV_DEVICE_MSI, 0, NULL, 0), 0);
	CHECK(!memcmp(fakevfio.irqs, off, sizeof(off)));
	CHECK_LOG("irqs irqs");
	CHECK_EQ(mshv_device_set_irqs(device, (enum mshv_device_irq)0, 0, fds, 1), -EINVAL);
	CHECK_EQ(mshv_device_set_irqs(device, MSHV_DEVICE_MSIX, 0, NULL, 1), -EINVAL);
	CHECK_EQ(mshv_device_set_irqs(device, MSHV_DEVICE_MSIX, 1, NULL, 0), -EINVAL);
	CHECK_EQ(mshv_device_set_irqs(device, MSHV_DEVICE_MSIX, 2046, fds, 3), -EINVAL);
	CHECK_EQ(mshv_device_set_irqs(device, MSHV_DEVICE_MSIX, 0, fds, 2049), -EINVAL);
	CHECK_LOG("");
	finish("file(2,16) close(16) close(12) close(14)");
}
