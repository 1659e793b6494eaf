// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device attached to a partition: what the guest's memory is, the device reaches, by
 * guest addresses, and nothing else. By iommufd, in the order that Documentation/
 * passthrough.rst has.
 */
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "mshv_bridge.h"
#include "mshv_edu.h"
#include "mshv_test.h"

#define LOGICAL_ID	0x1234
#define FROM		0x20000UL	/* guest addresses */
#define TO		0x24000UL

FIXTURE(direct) {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	uint32_t parent;
};

/* Memory that is there already becomes what a device can rely on. */
FIXTURE_VARIANT(direct) {
	bool memory_first;
};

FIXTURE_VARIANT_ADD(direct, memory_first) {
	.memory_first = true,
};

FIXTURE_VARIANT_ADD(direct, memory_later) {
	.memory_first = false,
};

FIXTURE_SETUP(direct)
{
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	test_ok(mshv_vm_open(&self->vm));
	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(mshv_vfio_open_cdev(&self->dev));
}

FIXTURE_TEARDOWN(direct)
{
	if (!self->dev.bdf[0])
		return;
	mshv_vfio_close(&self->dev);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
}

/* All of the way. */
#define attach_to_guest(nested)							\
	do {									\
		int _viommu, _parent = test_fd(mshv_alloc_parent(&self->dev));	\
										\
		if (variant->memory_first)					\
			test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));	\
		_viommu = test_fd(mshv_alloc_viommu(&self->dev, _parent, self->vm.fd)); \
		if (!variant->memory_first)					\
			test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));	\
		test_fd(mshv_alloc_vdevice(&self->dev, _viommu, LOGICAL_ID));	\
		*(nested) = test_fd(mshv_alloc_nested(&self->dev, _viommu));		\
		test_ok(mshv_vfio_attach(&self->dev, nested));			\
		test_ok(mshv_vfio_registers(&self->dev));			\
	} while (0)

static void fill(uint8_t *p, uint8_t seed)
{
	unsigned int i;

	for (i = 0; i < PAGE_SIZE; i++)
		p[i] = seed + i * 5 + i / 256;
}

TEST_F(direct, memory_of_the_guest_is_reached)
{
	struct mshv_vfio *dev = &self->dev;
	uint32_t nested, before;
	uint8_t *ram;

	attach_to_guest(&nested);
	ram = self->vm.ram;
	EXPECT_EQ(PLACE_PARTITION, mshv_device_count(dev, DEVICE_PLACE));
	fill(ram + FROM, 1);
	test_ok(mshv_edu_copy(dev, FROM, TO));
	EXPECT_EQ(0, memcmp(ram + FROM, ram + TO, EDU_COPY));

	/* What is not the guest's is not reached. */
	before = mshv_device_count(dev, DEVICE_NO_MAPPING);
	test_ok(mshv_edu_dma(dev, EDU_BUFFER, GUEST_RAM_SIZE + 0x100000, EDU_COPY, true));
	EXPECT_TRUE(mshv_device_counted(dev, DEVICE_NO_MAPPING, before));
}

/* Memory that comes while the device is there. */
TEST_F(direct, memory_comes_and_goes)
{
	struct mshv_vfio *dev = &self->dev;
	uint64_t gpa = 0x2000000;
	uint32_t nested, before;
	uint8_t *more;

	attach_to_guest(&nested);
	more = mshv_alloc(16 * PAGE_SIZE);
	ASSERT_NE(NULL, more);
	test_map(self->vm.fd, more, 16 * PAGE_SIZE, gpa / PAGE_SIZE, MEM_RWX);
	fill(self->vm.ram + FROM, 2);
	test_ok(mshv_edu_copy(dev, FROM, gpa + 0x3000));
	EXPECT_EQ(0, memcmp(self->vm.ram + FROM, more + 0x3000, EDU_COPY));
	test_unmap(self->vm.fd, more, 16 * PAGE_SIZE, gpa / PAGE_SIZE);
	memset(more, 0x77, 16 * PAGE_SIZE);
	before = mshv_device_count(dev, DEVICE_NO_MAPPING);
	test_ok(mshv_edu_dma(dev, EDU_BUFFER, gpa + 0x3000, EDU_COPY, true));
	EXPECT_TRUE(mshv_device_counted(dev, DEVICE_NO_MAPPING, before));
	EXPECT_EQ(0x77, more[0x3000]);
}

/* From the guest to a domain, and back. */
TEST_F(direct, it_goes_from_place_to_place)
{
	struct mshv_vfio *dev = &self->dev;
	uint32_t nested, pt = dev->ioas;
	uint8_t *p = mshv_alloc(2 * PAGE_SIZE);
	uint8_t *ram;
	int i;

	ASSERT_NE(NULL, p);
	attach_to_guest(&nested);
	ram = self->vm.ram;
	if (mshv_vfio_attach(dev, &pt) == -EOPNOTSUPP)
		SKIP(return, "there are no domains");
	test_ok(mshv_vfio_map(dev, p, 2 * PAGE_SIZE, FROM, true));
	for (i = 0; i < 5; i++) {
		pt = dev->ioas;
		test_ok(mshv_vfio_attach(dev, &pt));
		EXPECT_EQ(PLACE_DOMAIN, mshv_device_count(dev, DEVICE_PLACE));
		fill(p, i);
		test_ok(mshv_edu_copy(dev, FROM, FROM + PAGE_SIZE));
		EXPECT_EQ(0, memcmp(p, p + PAGE_SIZE, EDU_COPY));
		test_ok(mshv_vfio_attach(dev, &nested));
		EXPECT_EQ(PLACE_PARTITION, mshv_device_count(dev, DEVICE_PLACE));
		fill(ram + FROM, 100 + i);
		test_ok(mshv_edu_copy(dev, FROM, TO));
		EXPECT_EQ(0, memcmp(ram + FROM, ram + TO, EDU_COPY));
		test_ok(mshv_vfio_detach(dev));
		EXPECT_EQ(mshv_place_blocked(), mshv_device_count(dev, DEVICE_PLACE));
	}
}

/* The partition stays as long as the device is there, and no longer. */
TEST_F(direct, the_vm_is_closed_first)
{
	struct mshv_vfio *dev = &self->dev;
	uint32_t nested;

	attach_to_guest(&nested);
	close(self->vm.fd);
	self->vm.fd = -1;
	fill(self->vm.ram + FROM, 3);
	test_ok(mshv_edu_copy(dev, FROM, TO));
	EXPECT_EQ(0, memcmp(self->vm.ram + FROM, self->vm.ram + TO, EDU_COPY));
}

TEST_F(direct, the_vmm_is_killed)
{
	uint32_t nested;
	int status, i;
	pid_t pid;

	mshv_vfio_close(&self->dev);
	for (i = 0; i < 10; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			mshv_vm_close(&self->vm);
			test_ok(mshv_vm_open(&self->vm));
			test_ok(mshv_vfio_open_cdev(&self->dev));
			attach_to_guest(&nested);
			mshv_edu_dma(&self->dev, FROM, EDU_BUFFER, EDU_COPY, false);
			for (;;)
				pause();
		}
		usleep(20000 * (i + 1));
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(SIGKILL, WTERMSIG(status));
		EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	}
}

TEST_F(direct, what_is_no_partition)
{
	struct mshv_vfio *dev = &self->dev;
	struct mshv_iommufd_viommu data = { .vm_fd = self->vm.fd };
	int parent, event = eventfd(0, EFD_CLOEXEC);

	parent = test_fd(mshv_alloc_parent(dev));
	EXPECT_EQ(-EBADF, mshv_alloc_viommu(dev, parent, -1));
	EXPECT_EQ(-EBADF, mshv_alloc_viommu(dev, parent, 12345));
	EXPECT_EQ(-EINVAL, mshv_alloc_viommu(dev, parent, event));
	EXPECT_EQ(-EINVAL, mshv_alloc_viommu(dev, parent, dev->iommufd));
	EXPECT_EQ(-EINVAL, mshv_alloc_viommu(dev, parent, self->vm.dev));
	EXPECT_EQ(-EOPNOTSUPP, mshv_alloc_viommu_of(dev, parent, &data, 0x12345678, sizeof(data)));
	EXPECT_EQ(-EINVAL, mshv_alloc_viommu_of(dev, parent, &data, MSHV_IOMMUFD_VIOMMU, 8));
	EXPECT_EQ(-EINVAL, mshv_alloc_viommu_of(dev, parent, NULL, MSHV_IOMMUFD_VIOMMU, 0));
	EXPECT_EQ(-EFAULT, mshv_alloc_viommu_of(dev, parent, (void *)8, MSHV_IOMMUFD_VIOMMU,
					   sizeof(data)));
	data.flags = 1;
	EXPECT_EQ(-EOPNOTSUPP, mshv_alloc_viommu_of(dev, parent, &data, MSHV_IOMMUFD_VIOMMU,
					       sizeof(data)));
	data.flags = 0;
	data.reserved = 1;
	EXPECT_EQ(-EOPNOTSUPP, mshv_alloc_viommu_of(dev, parent, &data, MSHV_IOMMUFD_VIOMMU,
					       sizeof(data)));
	close(event);
}

TEST_F(direct, what_is_no_attachment)
{
	struct mshv_vfio *dev = &self->dev;
	struct mshv_iommufd_hwpt data = {};
	int viommu, vdevice, parent;
	uint32_t nested;

	parent = test_fd(mshv_alloc_parent(dev));
	viommu = test_fd(mshv_alloc_viommu(dev, parent, self->vm.fd));
	EXPECT_EQ(-EOPNOTSUPP, mshv_alloc_nested_of(dev, parent, &data, MSHV_IOMMUFD_HWPT));
	EXPECT_EQ(-EINVAL, mshv_alloc_nested_of(dev, viommu, &data, 0x12345678));
	data.flags = 1;
	EXPECT_EQ(-EOPNOTSUPP, mshv_alloc_nested_of(dev, viommu, &data, MSHV_IOMMUFD_HWPT));
	data.flags = 0;
	data.reserved = 1;
	EXPECT_EQ(-EOPNOTSUPP, mshv_alloc_nested_of(dev, viommu, &data, MSHV_IOMMUFD_HWPT));
	nested = test_fd(mshv_alloc_nested(dev, viommu));
	/* The guest has no name for it. */
	EXPECT_EQ(-EINVAL, mshv_vfio_attach(dev, &nested));
	EXPECT_EQ(mshv_place_blocked(), mshv_device_count(dev, DEVICE_PLACE));
	EXPECT_EQ(-EINVAL, mshv_alloc_vdevice(dev, viommu, 1UL << 62));
	vdevice = test_fd(mshv_alloc_vdevice(dev, viommu, LOGICAL_ID));
	EXPECT_EQ(-EEXIST, mshv_alloc_vdevice(dev, viommu, LOGICAL_ID + 1));
	test_ok(mshv_vfio_attach(dev, &nested));
	EXPECT_EQ(PLACE_PARTITION, mshv_device_count(dev, DEVICE_PLACE));
	/* Who lives on what. */
	EXPECT_EQ(-EBUSY, mshv_destroy_object(dev, viommu));
	EXPECT_EQ(-EBUSY, mshv_destroy_object(dev, nested));
	/* It is detached by the name that it was attached with. */
	test_ok(mshv_destroy_object(dev, vdevice));
	test_ok(mshv_vfio_detach(dev));
	EXPECT_EQ(mshv_place_blocked(), mshv_device_count(dev, DEVICE_PLACE));
	test_ok(mshv_destroy_object(dev, nested));
	test_ok(mshv_destroy_object(dev, viommu));
	test_ok(mshv_destroy_object(dev, parent));
}

TEST_HARNESS_MAIN
