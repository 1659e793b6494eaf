// SPDX-License-Identifier: GPL-2.0-only
/*
 * A container, or an IOAS, on a host that has no domains: the device is the guest's when the
 * bridge of its partition has the file, and as far as what is mapped is the guest's memory.
 */
#include <linux/capability.h>
#include <sys/wait.h>

#include "mshv_bridge.h"
#include "mshv_edu.h"
#include "mshv_test.h"

#define FROM		0x20000UL	/* guest addresses */
#define TO		0x24000UL
#define ELSEWHERE	0x8000000UL
#define ROM_GPA		0x7000000UL
#define BAR_GPA		0xe0000000UL

FIXTURE(container) {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	struct mshv_vm other;
	int bridge, bridge2;
};

/* Whether the file is the group's, or the device's own. */
FIXTURE_VARIANT(container) {
	bool cdev;
};

FIXTURE_VARIANT_ADD(container, group) {
	.cdev = false,
};

FIXTURE_VARIANT_ADD(container, cdev) {
	.cdev = true,
};

FIXTURE_SETUP(container)
{
	self->bridge = self->bridge2 = -1;
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (!mshv_on_l1vh())
		SKIP(return, "there are domains");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	test_ok(mshv_vm_open(&self->vm));
	test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));
	test_ok(mshv_vfio_bind(&self->dev));
	self->bridge = test_fd(_test_create_device(self->vm.fd, MSHV_DEV_TYPE_VFIO, 0));
}

FIXTURE_TEARDOWN(container)
{
	if (self->bridge < 0)
		return;
	/* They have the file, after a failure. */
	close(self->bridge);
	if (self->bridge2 >= 0)
		close(self->bridge2);
	mshv_vfio_close(&self->dev);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
	if (self->bridge2 >= 0)
		mshv_vm_close(&self->other);
}

#define place()		mshv_device_count(&self->dev, DEVICE_PLACE)
#define file()		(variant->cdev ? self->dev.fd : self->dev.group)
#define add_file()	test_file(self->bridge, MSHV_DEV_VFIO_FILE_ADD, file())
#define del_file()	test_file(self->bridge, MSHV_DEV_VFIO_FILE_DEL, file())

/* An IOAS takes the device when its file is the guest's already, a container before that, too. */
#define give()								\
	do {								\
		uint32_t _pt;						\
									\
		if (variant->cdev)					\
			test_ok(mshv_vfio_open_cdev(&self->dev));	\
		else							\
			test_ok(mshv_vfio_open_group(&self->dev));	\
		EXPECT_EQ(PLACE_HOST, place());				\
		add_file();						\
		_pt = self->dev.ioas;					\
		if (variant->cdev)					\
			test_ok(mshv_vfio_attach(&self->dev, &_pt));	\
		EXPECT_EQ(PLACE_PARTITION, place());			\
	} while (0)

#define reaches_memory(seed)						\
	do {								\
		memset(self->vm.ram + FROM, seed, EDU_COPY);		\
		memset(self->vm.ram + TO, 0, EDU_COPY);			\
		test_ok(mshv_edu_copy(&self->dev, FROM, TO));		\
		EXPECT_EQ(0, memcmp(self->vm.ram + FROM, self->vm.ram + TO, EDU_COPY)); \
	} while (0)

/* What the device's command register says. */
static uint16_t command(struct mshv_vfio *dev)
{
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	uint16_t value;

	if (ioctl(dev->fd, VFIO_DEVICE_GET_REGION_INFO, &config) ||
	    pread(dev->fd, &value, 2, config.offset + 4) != 2)
		return 0xffff;
	return value;
}

#define BUS_MASTER	4

TEST_F(container, the_guests_memory_is_reached)
{
	give();
	test_ok(mshv_vfio_map(&self->dev, self->vm.ram, self->vm.ram_size, 0, true));
	test_ok(mshv_vfio_registers(&self->dev));
	reaches_memory(1);
	test_ok(mshv_vfio_unmap(&self->dev, self->vm.ram_size, 0));
}

/*
 * Until it is attached nothing holds the device back from what the host has: for those who
 * have that already.
 */
TEST_F(container, taking_it_needs_a_capability)
{
	uint32_t pt;

	test_ok(mshv_use_capability(CAP_SYS_RAWIO, false));
	EXPECT_EQ(-EPERM, variant->cdev ? mshv_vfio_open_cdev(&self->dev) :
					  mshv_vfio_open_group(&self->dev));
	mshv_vfio_close(&self->dev);
	test_ok(mshv_use_capability(CAP_SYS_RAWIO, true));
	EXPECT_EQ(PLACE_HOST, place());
	test_ok(variant->cdev ? mshv_vfio_open_cdev(&self->dev) :
				mshv_vfio_open_group(&self->dev));
	/* whoever has it needs none */
	test_ok(mshv_use_capability(CAP_SYS_RAWIO, false));
	add_file();
	pt = self->dev.ioas;
	if (variant->cdev)
		test_ok(mshv_vfio_attach(&self->dev, &pt));
	test_ok(mshv_vfio_map(&self->dev, self->vm.ram, self->vm.ram_size, 0, true));
	test_ok(mshv_vfio_registers(&self->dev));
	reaches_memory(3);
	del_file();
	add_file();
	EXPECT_EQ(PLACE_PARTITION, place());
	mshv_vfio_close(&self->dev);
	test_ok(mshv_use_capability(CAP_SYS_RAWIO, true));
}

/* It is the file that counts: without it the device waits, and with it is back. */
TEST_F(container, the_file_goes_and_comes)
{
	int i;

	give();
	test_ok(mshv_vfio_map(&self->dev, self->vm.ram, self->vm.ram_size, 0, true));
	test_ok(mshv_vfio_registers(&self->dev));
	for (i = 0; i < 3; i++) {
		reaches_memory(2 + i);
		del_file();
		EXPECT_EQ(PLACE_HOST, place());
		EXPECT_EQ(0, command(&self->dev) & BUS_MASTER);
		/* nothing is the domain's but what it has */
		EXPECT_EQ(-EOPNOTSUPP, mshv_vfio_map(&self->dev, self->vm.ram + FROM, PAGE_SIZE,
						     ELSEWHERE, true));
		add_file();
		EXPECT_EQ(PLACE_PARTITION, place());
		munmap((void *)self->dev.bar, self->dev.bar_size);
		self->dev.bar = NULL;
		test_ok(mshv_vfio_registers(&self->dev));
	}
}

/* A device may be the guest's by several files: it stays until the last of them goes. */
TEST_F(container, the_last_file_counts)
{
	int second;

	give();
	second = test_fd(mshv_pci_open_cdev(self->dev.bdf));
	test_file(self->bridge, MSHV_DEV_VFIO_FILE_ADD, second);
	test_ok(mshv_vfio_map(&self->dev, self->vm.ram, self->vm.ram_size, 0, true));
	test_ok(mshv_vfio_registers(&self->dev));
	del_file();
	EXPECT_EQ(PLACE_PARTITION, place());
	reaches_memory(5);
	/* in the other order, too */
	add_file();
	test_file(self->bridge, MSHV_DEV_VFIO_FILE_DEL, second);
	EXPECT_EQ(PLACE_PARTITION, place());
	reaches_memory(6);
	del_file();
	EXPECT_EQ(PLACE_HOST, place());
	EXPECT_EQ(0, command(&self->dev) & BUS_MASTER);
	close(second);
}

/* A VMM that adds no file: an error at the first call that wants something of the device. */
TEST_F(container, who_adds_no_file_maps_nothing)
{
	uint32_t pt;

	if (variant->cdev) {
		test_ok(mshv_vfio_open_cdev(&self->dev));
		pt = self->dev.ioas;
		EXPECT_EQ(-EOPNOTSUPP, mshv_vfio_attach(&self->dev, &pt));
	} else {
		test_ok(mshv_vfio_open_group(&self->dev));
		EXPECT_EQ(-EOPNOTSUPP, mshv_vfio_map(&self->dev, self->vm.ram,
						     self->vm.ram_size, 0, true));
	}
	EXPECT_EQ(PLACE_HOST, place());
	EXPECT_EQ(0, command(&self->dev) & BUS_MASTER);
}

/* What the guest has not, or has otherwise. */
TEST_F(container, what_is_not_the_guests_is_not_mapped)
{
	uint64_t size = self->vm.ram_size;
	uint8_t *other = mshv_alloc(4 * PAGE_SIZE), *rom = mshv_alloc(4 * PAGE_SIZE);
	struct mshv_vfio *dev = &self->dev;

	ASSERT_NE(NULL, other);
	ASSERT_NE(NULL, rom);
	test_map(self->vm.fd, rom, 4 * PAGE_SIZE, ROM_GPA / PAGE_SIZE, 0);
	give();
	/* no memory of the guest's, at an address where it has some, or has none */
	EXPECT_EQ(-EINVAL, mshv_vfio_map(dev, other, PAGE_SIZE, FROM, true));
	EXPECT_EQ(-EINVAL, mshv_vfio_map(dev, other, PAGE_SIZE, ELSEWHERE, true));
	/* its memory, but somewhere else, or beyond its end */
	EXPECT_EQ(-EINVAL, mshv_vfio_map(dev, self->vm.ram, PAGE_SIZE, FROM, true));
	EXPECT_EQ(-EINVAL, mshv_vfio_map(dev, self->vm.ram, PAGE_SIZE, size, true));
	/* with another access than the guest has */
	EXPECT_EQ(-EINVAL, mshv_vfio_map(dev, self->vm.ram, size, 0, false));
	EXPECT_EQ(-EINVAL, mshv_vfio_map(dev, rom, 4 * PAGE_SIZE, ROM_GPA, true));
	/* and nothing is left of all that */
	test_ok(mshv_vfio_map(dev, rom, 4 * PAGE_SIZE, ROM_GPA, false));
	test_ok(mshv_vfio_map(dev, self->vm.ram, size, 0, true));
	test_ok(mshv_vfio_registers(dev));
	reaches_memory(7);
	munmap(other, 4 * PAGE_SIZE);
}

/* What is mapped already must be the guest's as well, when the domain becomes the guest's. */
TEST_F(container, what_is_mapped_is_compared_with_the_guest)
{
	struct mshv_vm *other = &self->other;

	give();
	test_ok(mshv_vfio_map(&self->dev, self->vm.ram, self->vm.ram_size, 0, true));
	test_ok(mshv_vm_open(other));
	test_ok(mshv_vm_ram(other, GUEST_RAM_SIZE));
	self->bridge2 = test_fd(_test_create_device(other->fd, MSHV_DEV_TYPE_VFIO, 0));
	/* somebody has it */
	test_err_file(EBUSY, self->bridge2, MSHV_DEV_VFIO_FILE_ADD, file());
	EXPECT_EQ(PLACE_PARTITION, place());
	/* nobody has it, but it has another guest's memory */
	del_file();
	test_err_file(EINVAL, self->bridge2, MSHV_DEV_VFIO_FILE_ADD, file());
	EXPECT_EQ(PLACE_HOST, place());
	/* and then it is no longer so */
	test_ok(mshv_vfio_unmap(&self->dev, self->vm.ram_size, 0));
	test_file(self->bridge2, MSHV_DEV_VFIO_FILE_ADD, file());
	EXPECT_EQ(PLACE_PARTITION, place());
	test_ok(mshv_vfio_map(&self->dev, other->ram, other->ram_size, 0, true));
	EXPECT_EQ(-EINVAL, mshv_vfio_map(&self->dev, self->vm.ram, PAGE_SIZE, ELSEWHERE, true));
}

/* Memory that comes later, and goes while it is mapped: the device has what the guest has. */
TEST_F(container, memory_comes_and_goes)
{
	struct mshv_vfio *dev = &self->dev;
	uint8_t *more = mshv_alloc(4 * PAGE_SIZE);
	uint32_t before;

	ASSERT_NE(NULL, more);
	give();
	test_ok(mshv_vfio_map(dev, self->vm.ram, self->vm.ram_size, 0, true));
	test_map(self->vm.fd, more, 4 * PAGE_SIZE, ELSEWHERE / PAGE_SIZE, MEM_RWX);
	test_ok(mshv_vfio_map(dev, more, 4 * PAGE_SIZE, ELSEWHERE, true));
	test_ok(mshv_vfio_registers(dev));
	memset(self->vm.ram + FROM, 0x3c, EDU_COPY);
	test_ok(mshv_edu_copy(dev, FROM, ELSEWHERE + PAGE_SIZE));
	EXPECT_EQ(0, memcmp(self->vm.ram + FROM, more + PAGE_SIZE, EDU_COPY));
	test_unmap(self->vm.fd, more, 4 * PAGE_SIZE, ELSEWHERE / PAGE_SIZE);
	memset(more, 0x77, 4 * PAGE_SIZE);
	before = mshv_device_count(dev, DEVICE_NO_MAPPING);
	test_ok(mshv_edu_dma(dev, EDU_BUFFER, ELSEWHERE + PAGE_SIZE, EDU_COPY, true));
	EXPECT_TRUE(mshv_device_counted(dev, DEVICE_NO_MAPPING, before));
	EXPECT_EQ(0x77, more[PAGE_SIZE]);
	test_ok(mshv_vfio_unmap(dev, 4 * PAGE_SIZE, ELSEWHERE));
}

/* Registers may be where the guest has registers, and memory may not. */
TEST_F(container, registers_for_other_devices)
{
	struct mshv_vfio *dev = &self->dev;
	void *bar;

	give();
	test_ok(mshv_vfio_registers(dev));
	bar = (void *)dev->bar;
	if (variant->cdev)
		SKIP(return, "iommufd takes no registers by address");
	EXPECT_EQ(-EINVAL, mshv_vfio_map(dev, bar, dev->bar_size, BAR_GPA, true));
	test_map(self->vm.fd, bar, dev->bar_size, BAR_GPA / PAGE_SIZE, MEM_RWX);
	EXPECT_EQ(-EINVAL, mshv_vfio_map(dev, self->vm.ram, PAGE_SIZE, BAR_GPA, true));
	test_ok(mshv_vfio_map(dev, bar, dev->bar_size, BAR_GPA, true));
	test_ok(mshv_vfio_unmap(dev, dev->bar_size, BAR_GPA));
	test_unmap(self->vm.fd, bar, dev->bar_size, BAR_GPA / PAGE_SIZE);
}

/* The bridge holds the partition, and is closed before the device. */
TEST_F(container, the_vm_is_closed_first)
{
	give();
	test_ok(mshv_vfio_map(&self->dev, self->vm.ram, self->vm.ram_size, 0, true));
	test_ok(mshv_vfio_registers(&self->dev));
	close(self->vm.fd);
	self->vm.fd = -1;
	reaches_memory(9);
	close(self->bridge);
	self->bridge = open("/dev/null", O_RDWR);
	EXPECT_EQ(PLACE_HOST, place());
	EXPECT_EQ(0, command(&self->dev) & BUS_MASTER);
}

/*
 * The host takes the device from one VMM, which keeps the file of the group, and gives it to
 * another: from then on that file means nothing.
 */
TEST_F(container, another_vmm_gets_it)
{
	struct mshv_vfio first;
	int i;

	if (variant->cdev)
		SKIP(return, "a device is not taken away while somebody has its file");
	for (i = 0; i < 2; i++) {
		give();
		first = self->dev;
		close(self->dev.fd);
		close(self->dev.container);
		test_ok(mshv_vfio_unbind(&self->dev));
		EXPECT_EQ(PLACE_HOST, place());
		test_ok(mshv_vfio_bind(&self->dev));
		self->dev.fd = self->dev.container = self->dev.group = -1;

		test_ok(mshv_vfio_open_group(&self->dev));
		EXPECT_EQ(PLACE_HOST, place());
		EXPECT_EQ(-EOPNOTSUPP, mshv_vfio_map(&self->dev, self->vm.ram, self->vm.ram_size,
						     0, true));
		test_ok(mshv_vm_open(&self->other));
		test_ok(mshv_vm_ram(&self->other, GUEST_RAM_SIZE));
		self->bridge2 = test_fd(_test_create_device(self->other.fd, MSHV_DEV_TYPE_VFIO, 0));
		test_file(self->bridge2, MSHV_DEV_VFIO_FILE_ADD, file());
		EXPECT_EQ(PLACE_PARTITION, place());
		/* and the first one takes nothing from the second */
		test_file(self->bridge, MSHV_DEV_VFIO_FILE_DEL, first.group);
		close(first.group);
		EXPECT_EQ(PLACE_PARTITION, place());
		test_ok(mshv_vfio_map(&self->dev, self->other.ram, self->other.ram_size, 0, true));
		test_file(self->bridge2, MSHV_DEV_VFIO_FILE_DEL, file());
		EXPECT_EQ(PLACE_HOST, place());
		mshv_vfio_close(&self->dev);
		close(self->bridge2);
		mshv_vm_close(&self->other);
		self->bridge2 = -1;
	}
}

TEST_F(container, the_vmm_is_killed)
{
	int status, i;
	pid_t pid;

	close(self->bridge);
	for (i = 0; i < 6; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			mshv_vm_close(&self->vm);
			test_ok(mshv_vm_open(&self->vm));
			test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));
			self->bridge = test_fd(_test_create_device(self->vm.fd,
								   MSHV_DEV_TYPE_VFIO, 0));
			give();
			mshv_vfio_map(&self->dev, self->vm.ram, self->vm.ram_size, 0, true);
			mshv_vfio_registers(&self->dev);
			mshv_edu_dma(&self->dev, FROM, EDU_BUFFER, EDU_COPY, false);
			for (;;)
				pause();
		}
		usleep(30000 * (i + 1));
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(SIGKILL, WTERMSIG(status));
		EXPECT_EQ(PLACE_HOST, place());
	}
	self->bridge = open("/dev/null", O_RDWR);
}

TEST_HARNESS_MAIN
