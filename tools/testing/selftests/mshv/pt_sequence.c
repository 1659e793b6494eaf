// SPDX-License-Identifier: GPL-2.0-only
/*
 * The calls that Cloud Hypervisor makes for a device, one by one and in its order, with what
 * it asks of each answer: by groups and a container, and by a device's own file and iommufd.
 * It tells the partition of the file, maps the guest's memory, maps BARs into the guest and
 * into the domain as well, and lets an eventfd be both VFIO's and an irqfd's. Where there are no
 * domains the same calls attach the device.
 */
#include <poll.h>
#include <sys/eventfd.h>

#include "mshv_bridge.h"
#include "mshv_edu.h"
#include "mshv_test.h"

#define BAR_GPA		0xe0000000UL
#define EDU_NAME	0x010000edU	/* register 0: what edu is */
#define FROM		0x20000UL	/* guest addresses */
#define TO		0x24000UL
#define GSI		24
#define MSI_ADDRESS	0xfee00000U
#define DEASSIGN	BIT(MSHV_IRQFD_BIT_DEASSIGN)

FIXTURE(sequence) {
	struct mshv_vm vm;
	struct mshv_vfio dev;
	int bridge, bridge2;
	int file;		/* which the partition is told of */
	uint8_t *bar;
	uint64_t bar_size;
	bool can_be_reset;
	int event;
};

FIXTURE_VARIANT(sequence) {
	bool cdev;
};

FIXTURE_VARIANT_ADD(sequence, group) {
	.cdev = false,
};

FIXTURE_VARIANT_ADD(sequence, cdev) {
	.cdev = true,
};

/* 0: there is none */
static void close_bridge(int bridge)
{
	if (bridge > 0)
		close(bridge);
}

FIXTURE_SETUP(sequence)
{
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	test_ok(mshv_vm_setup(&self->vm));
	test_ok(mshv_vp_enable_x2apic(&self->vm.vp[0]));
	test_ok(mshv_vfio_bind(&self->dev));
}

FIXTURE_TEARDOWN(sequence)
{
	if (!self->dev.bdf[0])
		return;
	/* It has the files, after a failure. */
	close_bridge(self->bridge);
	close_bridge(self->bridge2);
	mshv_vfio_close(&self->dev);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
}

/* One for the machine, and a copy for each set of devices. */
#define create_bridge()							\
	do {								\
		struct mshv_create_device _args = { .type = MSHV_DEV_TYPE_VFIO }; \
									\
		ASSERT_EQ(0, ioctl(self->vm.fd, MSHV_CREATE_DEVICE, &_args)); \
		self->bridge = (int)_args.fd;				\
		self->bridge2 = test_fd(dup(self->bridge));		\
	} while (0)

static int set_container(struct mshv_vfio *dev)
{
	if (ioctl(dev->group, VFIO_GROUP_SET_CONTAINER, &dev->container) ||
	    ioctl(dev->container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		return -errno;
	return 0;
}

/* Viable, and nothing else, is what it wants to hear of a group. */
#define open_group()							\
	do {								\
		struct vfio_group_status _status = { .argsz = sizeof(_status) }; \
		struct mshv_vfio *_dev = &self->dev;			\
									\
		_dev->container = test_fd(open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC)); \
		ASSERT_EQ(0, ioctl(_dev->container, VFIO_GET_API_VERSION)); \
		ASSERT_EQ(1, ioctl(_dev->container, VFIO_CHECK_EXTENSION, \
				   VFIO_TYPE1v2_IOMMU));		\
		_dev->group = test_fd(mshv_pci_open_group(_dev->bdf));	\
		ASSERT_EQ(0, ioctl(_dev->group, VFIO_GROUP_GET_STATUS, &_status)); \
		ASSERT_EQ(VFIO_GROUP_FLAGS_VIABLE, _status.flags);	\
		test_ok(set_container(_dev));				\
		test_file(self->bridge2, MSHV_DEV_VFIO_FILE_ADD, _dev->group); \
		self->file = _dev->group;				\
		_dev->fd = test_fd(ioctl(_dev->group, VFIO_GROUP_GET_DEVICE_FD, _dev->bdf)); \
	} while (0)

/* The file is known to the partition before it is bound to anything. */
#define open_cdev()							\
	do {								\
		struct vfio_device_bind_iommufd _bind = { .argsz = sizeof(_bind) }; \
		struct iommu_ioas_alloc _alloc = { .size = sizeof(_alloc) }; \
		struct mshv_vfio *_dev = &self->dev;			\
		uint32_t _pt;						\
									\
		_dev->iommufd = test_fd(open("/dev/iommu", O_RDWR | O_CLOEXEC)); \
		ASSERT_EQ(0, ioctl(_dev->iommufd, IOMMU_IOAS_ALLOC, &_alloc)); \
		_dev->ioas = _alloc.out_ioas_id;			\
		_dev->fd = test_fd(mshv_pci_open_cdev(_dev->bdf));	\
		test_file(self->bridge2, MSHV_DEV_VFIO_FILE_ADD, _dev->fd); \
		self->file = _dev->fd;					\
		_bind.iommufd = _dev->iommufd;				\
		ASSERT_EQ(0, ioctl(_dev->fd, VFIO_DEVICE_BIND_IOMMUFD, &_bind)); \
		_pt = _dev->ioas;					\
		test_ok(mshv_vfio_attach(_dev, &_pt));			\
	} while (0)

/*
 * What there is: asked for with little room first, and then with as much as is wanted. VMMs go on
 * without what is behind the devices' own interrupts: Linux 7.2 has one for errors of PCI Express
 * alone.
 */
#define look_at_device()						\
	do {								\
		struct vfio_device_info _info = { .argsz = sizeof(_info) }; \
		unsigned int _i;					\
									\
		ASSERT_EQ(0, ioctl(self->dev.fd, VFIO_DEVICE_GET_INFO, &_info)); \
		EXPECT_TRUE(_info.flags & VFIO_DEVICE_FLAGS_PCI);	\
		self->can_be_reset = _info.flags & VFIO_DEVICE_FLAGS_RESET; \
		for (_i = 0; _i < _info.num_regions; _i++) {		\
			char _room[4096] = "";				\
			struct vfio_region_info *_region = (void *)_room; \
									\
			_region->argsz = sizeof(*_region);		\
			_region->index = _i;				\
			if (ioctl(self->dev.fd, VFIO_DEVICE_GET_REGION_INFO, _region)) \
				continue;				\
			ASSERT_LE(_region->argsz, sizeof(_room));	\
			ASSERT_EQ(0, ioctl(self->dev.fd, VFIO_DEVICE_GET_REGION_INFO, _region)); \
			if (!_i)					\
				self->bar_size = _region->size;		\
		}							\
		for (_i = 0; _i < _info.num_irqs; _i++) {		\
			struct vfio_irq_info _irq = { .argsz = sizeof(_irq), .index = _i }; \
			int _ret = ioctl(self->dev.fd, VFIO_DEVICE_GET_IRQ_INFO, &_irq); \
									\
			if (_i <= VFIO_PCI_MSIX_IRQ_INDEX)		\
				ASSERT_EQ(0, _ret);			\
			if (_i == VFIO_PCI_MSI_IRQ_INDEX)		\
				EXPECT_EQ(1, _irq.count);		\
		}							\
	} while (0)

/* A hypervisor may take memory alone: no device reaches the registers of another one then. */
static bool registers_in_domains(void)
{
	return mshv_on_l1vh() || !mshv_knob("no-mmio");
}

/*
 * The BAR in the guest, which may write and execute as far as its VMM is concerned, and in
 * the domain. There iommufd takes no registers by address, whatever the IOMMU is: a VMM that
 * takes this for an error cannot have a device so.
 */
#define map_bar()							\
	do {								\
		int _mapped;						\
									\
		test_ok(mshv_vfio_registers(&self->dev));		\
		self->bar = (uint8_t *)self->dev.bar;			\
		ASSERT_EQ(0x100000, self->bar_size);			\
		test_map(self->vm.fd, self->bar, self->bar_size, BAR_GPA / PAGE_SIZE, MEM_RWX); \
		_mapped = mshv_vfio_map(&self->dev, self->bar, self->bar_size, BAR_GPA, true); \
		EXPECT_EQ(variant->cdev ? -EFAULT : registers_in_domains() ? 0 : -EINVAL, \
			  _mapped);					\
	} while (0)

#define enable_msi()							\
	do {								\
		self->event = test_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); \
		test_ok(mshv_vfio_set_irq(&self->dev, self->event));	\
		test_route(self->vm.fd, GSI, MSI_ADDRESS, GUEST_VECTOR_A); \
		test_irqfd(self->vm.fd, self->event, 0, GSI, 0);	\
	} while (0)

#define set_up()							\
	do {								\
		create_bridge();					\
		if (variant->cdev)					\
			open_cdev();					\
		else							\
			open_group();					\
		look_at_device();					\
		test_ok(mshv_vfio_map(&self->dev, self->vm.ram, self->vm.ram_size, 0, true)); \
		if (self->can_be_reset)					\
			ASSERT_EQ(0, ioctl(self->dev.fd, VFIO_DEVICE_RESET)); \
		map_bar();						\
	} while (0)

/* The partition forgets the file first; what is unmapped is what was mapped. */
#define tear_down()							\
	do {								\
		struct mshv_vfio *_dev = &self->dev;			\
									\
		test_irqfd(self->vm.fd, self->event, 0, GSI, DEASSIGN);	\
		test_ok(mshv_vfio_set_irq(_dev, -1));			\
		close(self->event);					\
		test_unmap(self->vm.fd, self->bar, self->bar_size, BAR_GPA / PAGE_SIZE); \
		if (!variant->cdev && registers_in_domains())		\
			test_ok(mshv_vfio_unmap(_dev, self->bar_size, BAR_GPA)); \
		test_ok(mshv_vfio_unmap(_dev, self->vm.ram_size, 0));	\
		test_file(self->bridge2, MSHV_DEV_VFIO_FILE_DEL, self->file); \
		munmap(self->bar, self->bar_size);			\
		_dev->bar = NULL;					\
		if (variant->cdev)					\
			test_ok(mshv_vfio_detach(_dev));		\
		close(_dev->fd);					\
		_dev->fd = -1;						\
		if (!variant->cdev)					\
			ASSERT_EQ(0, ioctl(_dev->group, VFIO_GROUP_UNSET_CONTAINER)); \
		close_bridge(self->bridge2);				\
		close_bridge(self->bridge);				\
		self->bridge = self->bridge2 = 0;			\
		mshv_vfio_close(_dev);					\
	} while (0)

static void raise_irq(const uint8_t *bar)
{
	*(volatile uint32_t *)(bar + EDU_RAISE) = 1;
	*(volatile uint32_t *)(bar + EDU_RAISE + 4) = 1;
}

static bool event_is_silent(int event)
{
	struct pollfd p = { .fd = event, .events = POLLIN };

	return poll(&p, 1, 200) == 0;
}

/*
 * Twice: what is left of the first time must not stand in the way. The guest runs on from
 * one to the other: it looks at a register, and waits for an interrupt.
 */
TEST_F(sequence, from_nothing_to_a_guest_and_back)
{
	struct mshv_vp *vp = &self->vm.vp[0];
	uint8_t *ram = self->vm.ram;
	int i;

	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
	mshv_load(&self->vm, GUEST_CODE, irq_read32);
	test_ok(mshv_vp_set_fs(vp, BAR_GPA));
	test_ok(_test_set_reg(vp, HV_X64_REGISTER_RBX, 0));
	for (i = 0; i < 2; i++) {
		set_up();
		EXPECT_EQ(mshv_on_l1vh() ? PLACE_PARTITION : PLACE_DOMAIN,
			  mshv_device_count(&self->dev, DEVICE_PLACE));

		/* The guest reaches the registers by itself, */
		memset(ram + GUEST_DATA, 0, 0x20);
		test_run_to_port(vp, GUEST_PORT_READY);
		EXPECT_EQ(EDU_NAME, mshv_data32(&self->vm, 4));

		/* the device its memory, */
		memset(ram + FROM, 0x5a + i, EDU_COPY);
		memset(ram + TO, 0, EDU_COPY);
		test_ok(mshv_edu_dma(&self->dev, FROM, EDU_BUFFER, EDU_COPY, false));
		test_ok(mshv_edu_dma(&self->dev, EDU_BUFFER, TO, EDU_COPY, true));
		EXPECT_EQ(0, memcmp(ram + FROM, ram + TO, EDU_COPY));

		/* and interrupts the guest, and nobody else. */
		enable_msi();
		raise_irq(self->bar);
		test_run_to_port(vp, GUEST_PORT_IRQ);
		EXPECT_EQ(GUEST_VECTOR_A, mshv_payload(vp,
			  struct hv_x64_io_port_intercept_message)->rax & 0xff);
		EXPECT_TRUE(event_is_silent(self->event));
		tear_down();
		EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	}
}

/* What it takes for the end of a machine, or does when it enables interrupts anew. */
TEST_F(sequence, what_it_counts_on)
{
	int other;

	set_up();
	enable_msi();
	test_err_create_device(EBUSY, self->vm.fd, MSHV_DEV_TYPE_VFIO, 0);
	test_err_file(EEXIST, self->bridge2, MSHV_DEV_VFIO_FILE_ADD, self->file);
	/* Another eventfd for the same interrupt comes before the old one goes. */
	other = test_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	test_irqfd(self->vm.fd, other, 0, GSI, 0);
	test_irqfd(self->vm.fd, self->event, 0, GSI, DEASSIGN);
	test_ok(mshv_vfio_set_irq(&self->dev, other));
	close(self->event);
	self->event = other;
	tear_down();
}

TEST_HARNESS_MAIN
