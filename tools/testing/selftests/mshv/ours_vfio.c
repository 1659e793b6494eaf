// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bridge between a partition and VFIO: making it, its attributes, and what it says to
 * files that are none of VFIO's. Devices of the host are in other tests.
 */
#include <sys/eventfd.h>

#include "mshv_bridge.h"
#include "mshv_test.h"

FIXTURE(bridge) {
	struct mshv_vm vm;
	int fd;
};

FIXTURE_SETUP(bridge)
{
	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver has no devices");
	test_ok(mshv_vm_setup(&self->vm));
	self->fd = test_fd(_test_create_device(self->vm.fd, MSHV_DEV_TYPE_VFIO, 0));
}

FIXTURE_TEARDOWN(bridge)
{
	close(self->fd);
	mshv_vm_close(&self->vm);
}

TEST_F(bridge, is_closed_on_exec)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->fd, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(self->fd, F_GETFL) & O_ACCMODE);
}

TEST_F(bridge, there_is_one)
{
	test_err_create_device(EBUSY, self->vm.fd, MSHV_DEV_TYPE_VFIO, 0);
	close(self->fd);
	self->fd = test_fd(_test_create_device(self->vm.fd, MSHV_DEV_TYPE_VFIO, 0));
}

TEST_F(bridge, of_a_known_type)
{
	test_err_create_device(ENODEV, self->vm.fd, MSHV_DEV_TYPE_MAX, 0);
	test_err_create_device(ENODEV, self->vm.fd, UINT32_MAX, 0);
	test_err_create_device(ENODEV, self->vm.fd, MSHV_DEV_TYPE_MAX, MSHV_CREATE_DEVICE_TEST);
	test_err_create_device(EINVAL, self->vm.fd, MSHV_DEV_TYPE_VFIO, 2);
	test_err_create_device(EINVAL, self->vm.fd, MSHV_DEV_TYPE_VFIO, 1U << 31);
}

TEST_F(bridge, question_makes_none)
{
	struct mshv_create_device args = { .fd = 77, .flags = MSHV_CREATE_DEVICE_TEST };
	int before = dup(0), after;

	close(before);
	test_ok(ioctl(self->vm.fd, MSHV_CREATE_DEVICE, &args));
	EXPECT_EQ(77, args.fd);
	after = dup(0);
	EXPECT_EQ(before, after);
	close(after);
}

/* The descriptor is not left behind, and nobody has it. */
TEST_F(bridge, result_that_cannot_be_written)
{
	struct mshv_create_device *args = mshv_alloc(PAGE_SIZE);
	int before, after;

	ASSERT_NE(NULL, args);
	close(self->fd);
	before = dup(0);
	close(before);
	ASSERT_EQ(0, mprotect(args, PAGE_SIZE, PROT_READ));
	EXPECT_EQ(-1, ioctl(self->vm.fd, MSHV_CREATE_DEVICE, args));
	EXPECT_EQ(EFAULT, errno);
	after = dup(0);
	EXPECT_EQ(before, after);
	close(after);
	self->fd = test_fd(_test_create_device(self->vm.fd, MSHV_DEV_TYPE_VFIO, 0));
}

TEST_F(bridge, attributes_by_both_numbers)
{
	static const unsigned long has[] = { MSHV_HAS_DEVICE_ATTR, MSHV_HAS_DEVICE_ATTR_POSTED };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(has); i++) {
		/* the address is nothing to it */
		test_ok(_test_attr(self->fd, has[i], MSHV_DEV_VFIO_FILE,
				   MSHV_DEV_VFIO_FILE_ADD, NULL));
		test_ok(_test_attr(self->fd, has[i], MSHV_DEV_VFIO_FILE,
				   MSHV_DEV_VFIO_FILE_DEL, NULL));
		test_err_attr(ENXIO, self->fd, has[i], MSHV_DEV_VFIO_FILE, 0, NULL);
		test_err_attr(ENXIO, self->fd, has[i], MSHV_DEV_VFIO_FILE, 3, NULL);
		test_err_attr(ENXIO, self->fd, has[i], MSHV_DEV_VFIO_FILE, 1ULL << 32 | 1, NULL);
		test_err_attr(ENXIO, self->fd, has[i], 0, MSHV_DEV_VFIO_FILE_ADD, NULL);
		test_err_attr(ENXIO, self->fd, has[i], 2, MSHV_DEV_VFIO_FILE_ADD, NULL);
	}
}

TEST_F(bridge, unknown_attributes_are_not_set)
{
	int32_t fd = 0;

	test_err_attr(ENXIO, self->fd, MSHV_SET_DEVICE_ATTR, MSHV_DEV_VFIO_FILE, 3, &fd);
	test_err_attr(ENXIO, self->fd, MSHV_SET_DEVICE_ATTR, 2, MSHV_DEV_VFIO_FILE_ADD, &fd);
}

TEST_F(bridge, flags_are_reserved)
{
	struct mshv_device_attr args = {
		.flags = 1, .group = MSHV_DEV_VFIO_FILE, .attr = MSHV_DEV_VFIO_FILE_ADD,
	};

	test_err(EINVAL, ioctl(self->fd, MSHV_SET_DEVICE_ATTR, &args) ? -errno : 0);
	test_err(EINVAL, ioctl(self->fd, MSHV_HAS_DEVICE_ATTR, &args) ? -errno : 0);
	test_err(EINVAL, ioctl(self->fd, MSHV_HAS_DEVICE_ATTR_POSTED, &args) ? -errno : 0);
}

TEST_F(bridge, arguments_that_cannot_be_read)
{
	EXPECT_EQ(-1, ioctl(self->fd, MSHV_SET_DEVICE_ATTR, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, MSHV_HAS_DEVICE_ATTR, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, MSHV_HAS_DEVICE_ATTR_POSTED, NULL));
	EXPECT_EQ(EFAULT, errno);
	test_err_attr(EFAULT, self->fd, MSHV_SET_DEVICE_ATTR, MSHV_DEV_VFIO_FILE,
		      MSHV_DEV_VFIO_FILE_ADD, NULL);
	test_err_attr(EFAULT, self->fd, MSHV_SET_DEVICE_ATTR, MSHV_DEV_VFIO_FILE,
		      MSHV_DEV_VFIO_FILE_DEL, (void *)0xffff888000000000);
}

/* Before VFIO is loaded there is no file of it, and after that these are still none. */
TEST_F(bridge, files_that_are_not_of_vfio)
{
	int event = test_fd(eventfd(0, EFD_CLOEXEC));
	int container, round;

	for (round = 0; round < 2; round++) {
		test_err_file(EBADF, self->fd, MSHV_DEV_VFIO_FILE_ADD, -1);
		test_err_file(EBADF, self->fd, MSHV_DEV_VFIO_FILE_ADD, 1000000);
		test_err_file(EBADF, self->fd, MSHV_DEV_VFIO_FILE_DEL, -1);
		test_err_file(EINVAL, self->fd, MSHV_DEV_VFIO_FILE_ADD, event);
		test_err_file(EINVAL, self->fd, MSHV_DEV_VFIO_FILE_ADD, self->vm.fd);
		test_err_file(EINVAL, self->fd, MSHV_DEV_VFIO_FILE_ADD, self->fd);
		test_err_file(ENOENT, self->fd, MSHV_DEV_VFIO_FILE_DEL, event);
		if (!round && system("modprobe vfio-pci"))
			SKIP(return, "the kernel has no vfio-pci");
	}
	/* nor is the container of groups, which is no group */
	container = test_fd(open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC));
	test_err_file(EINVAL, self->fd, MSHV_DEV_VFIO_FILE_ADD, container);
	close(container);
	close(event);
}

TEST_F(bridge, other_ioctls_are_not_of_a_device)
{
	struct mshv_device_attr args = {
		.group = MSHV_DEV_VFIO_FILE, .attr = MSHV_DEV_VFIO_FILE_ADD,
	};
	unsigned int nr;

	for (nr = 3; nr < 256; nr++)
		test_err(ENOTTY, ioctl(self->fd, _IOC(_IOC_WRITE, MSHV_IOCTL, nr, sizeof(args)),
				       &args) ? -errno : 0);
	test_err(ENOTTY, ioctl(self->fd, _IOC(_IOC_WRITE, MSHV_IOCTL, 0, sizeof(args) - 8),
			       &args) ? -errno : 0);
	test_err(ENOTTY, ioctl(self->fd, MSHV_CREATE_DEVICE, &args) ? -errno : 0);
}

/* As a processor does: the guest goes on, though nobody can reach its partition. */
TEST_F(bridge, keeps_the_partition)
{
	int32_t fd = -1;

	mshv_vm_close(&self->vm);
	test_ok(_test_attr(self->fd, MSHV_HAS_DEVICE_ATTR, MSHV_DEV_VFIO_FILE,
			   MSHV_DEV_VFIO_FILE_ADD, NULL));
	test_err_attr(EBADF, self->fd, MSHV_SET_DEVICE_ATTR, MSHV_DEV_VFIO_FILE,
		      MSHV_DEV_VFIO_FILE_ADD, &fd);
}

TEST_HARNESS_MAIN
