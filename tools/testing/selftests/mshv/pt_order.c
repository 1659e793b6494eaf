// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device's user need not do in order, or has no say in: descriptors are closed in any
 * order, others have them too, and the host takes the device away while it is in use. It is in
 * nobody's memory before it is the host's again, and then anybody can have it.
 */
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "mshv_bridge.h"
#include "mshv_edu.h"
#include "mshv_nvme.h"
#include "mshv_test.h"

#define EDU_NAME	0x010000edU	/* register 0: what edu is */
#define FROM		0x20000UL	/* guest addresses */
#define TO		0x24000UL
#define BAR_GPA		0xe0000000UL
#define GSI		5
#define LOGICAL_ID	0x77

/* What can be closed, each by itself. */
enum thing {
	THE_VM,			/* with its processor */
	THE_BRIDGE,
	THE_DEVICE,
	ITS_OWNER,		/* the container with the group, or iommufd */
	THE_EVENT,
	THE_REGISTERS,		/* a mapping, which is as good as a descriptor */
	NR_THINGS,
};

FIXTURE(order) {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	uint8_t *ram;
	int bridge;
	int event;
};

FIXTURE_VARIANT(order) {
	enum mshv_way way;
};

FIXTURE_VARIANT_ADD(order, container) {
	.way = WAY_CONTAINER,
};

FIXTURE_VARIANT_ADD(order, iommufd) {
	.way = WAY_IOMMUFD,
};

FIXTURE_VARIANT_ADD(order, attached) {
	.way = WAY_ATTACHED,
};

FIXTURE_SETUP(order)
{
	self->bridge = self->event = -1;
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	test_ok(mshv_vfio_bind(&self->dev));
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

#define place()		mshv_device_count(&self->dev, DEVICE_PLACE)

/* Where a device is that somebody has. */
static enum mshv_device_place place_in_use(enum mshv_way way)
{
	return way == WAY_ATTACHED || mshv_on_l1vh() ? PLACE_PARTITION : PLACE_DOMAIN;
}

static void close_thing(struct mshv_vm *vm, struct mshv_vfio *dev, int *bridge, int *event,
			enum thing thing)
{
	switch (thing) {
	case THE_VM:
		close_fd(&vm->vp[0].fd);
		close_fd(&vm->fd);
		close_fd(&vm->dev);
		break;
	case THE_BRIDGE:
		close_fd(bridge);
		break;
	case THE_DEVICE:
		close_fd(&dev->fd);
		break;
	case ITS_OWNER:
		close_fd(&dev->group);
		close_fd(&dev->container);
		close_fd(&dev->iommufd);
		break;
	case THE_EVENT:
		close_fd(event);
		break;
	default:
		if (dev->bar)
			munmap((void *)dev->bar, dev->bar_size);
		dev->bar = NULL;
	}
}

#define close_the(thing)	close_thing(&self->vm, &self->dev, &self->bridge, &self->event, thing)

#define close_all()							\
	do {								\
		int _i;							\
									\
		for (_i = NR_THINGS - 1; _i >= 0; _i--)			\
			close_the(_i);					\
		if (self->vm.ram)					\
			munmap(self->vm.ram, self->vm.ram_size);	\
		self->vm.ram = NULL;					\
	} while (0)

FIXTURE_TEARDOWN(order)
{
	if (!self->dev.bdf[0])
		return;
	close_all();
	EXPECT_EQ(PLACE_HOST, place());
	test_ok(mshv_vfio_unbind(&self->dev));
}

/* A guest with a device: memory, registers that it has looked at, and an interrupt. */
#define give()									\
	do {									\
		struct mshv_vfio *_dev = &self->dev;				\
		struct mshv_vp *_vp = &self->vm.vp[0];				\
		uint32_t _pt;							\
										\
		test_ok(mshv_vm_setup(&self->vm));				\
		test_ok(mshv_vp_enable_x2apic(_vp));				\
		if (variant->way == WAY_CONTAINER)				\
			test_ok(mshv_vfio_open_group(_dev));			\
		else								\
			test_ok(mshv_vfio_open_cdev(_dev));			\
		self->bridge = test_fd(_test_create_device(self->vm.fd, MSHV_DEV_TYPE_VFIO, 0)); \
		test_file(self->bridge, MSHV_DEV_VFIO_FILE_ADD,			\
			  variant->way == WAY_CONTAINER ? _dev->group : _dev->fd); \
		_pt = _dev->ioas;						\
		if (variant->way == WAY_ATTACHED)				\
			test_fd(mshv_vfio_attach_to(_dev, self->vm.fd, LOGICAL_ID)); \
		else if (variant->way == WAY_IOMMUFD)				\
			test_ok(mshv_vfio_attach(_dev, &_pt));			\
		if (variant->way != WAY_ATTACHED)				\
			test_ok(mshv_vfio_map(_dev, self->vm.ram, self->vm.ram_size, 0, true)); \
		test_ok(mshv_vfio_registers(_dev));				\
		test_map(self->vm.fd, (void *)_dev->bar, _dev->bar_size, BAR_GPA / PAGE_SIZE, \
			 MEM_RW);						\
		self->event = test_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));	\
		test_route(self->vm.fd, GSI, 0xfee00000, GUEST_VECTOR_A);	\
		test_irqfd(self->vm.fd, self->event, 0, GSI, 0);		\
		test_ok(mshv_vfio_set_irq(_dev, self->event));			\
		mshv_vm_set_vector(&self->vm, GUEST_VECTOR_A, GUEST_HANDLER_A);	\
		mshv_load(&self->vm, GUEST_CODE, irq_read32);			\
		test_ok(mshv_vp_set_fs(_vp, BAR_GPA));				\
		test_ok(_test_set_reg(_vp, HV_X64_REGISTER_RBX, 0));		\
		test_run_to_port(_vp, GUEST_PORT_READY);			\
		EXPECT_EQ(EDU_NAME, mshv_data32(&self->vm, 4));			\
		EXPECT_EQ(place_in_use(variant->way), place());			\
	} while (0)

#define still_works(seed)						\
	do {								\
		memset(self->vm.ram + FROM, seed, EDU_COPY);		\
		memset(self->vm.ram + TO, 0, EDU_COPY);			\
		test_ok(mshv_edu_copy(&self->dev, FROM, TO));		\
		EXPECT_EQ(0, memcmp(self->vm.ram + FROM, self->vm.ram + TO, EDU_COPY)); \
	} while (0)

/* Permutation @number of the things. */
static void put_in_order(unsigned int number, enum thing order[NR_THINGS])
{
	enum thing left[NR_THINGS];
	unsigned int i, j, at;

	for (i = 0; i < NR_THINGS; i++)
		left[i] = i;
	for (i = 0; i < NR_THINGS; i++) {
		at = number % (NR_THINGS - i);
		number /= NR_THINGS - i;
		order[i] = left[at];
		for (j = at; j + 1 < NR_THINGS - i; j++)
			left[j] = left[j + 1];
	}
}

/* Of the 720 orders some that are far apart, or all. */
TEST_F(order, all_is_closed_in_any_order)
{
	const char *rounds = getenv("MSHV_ROUNDS");
	unsigned int n = rounds ? strtoul(rounds, NULL, 0) : 24, i, j;
	enum thing order[NR_THINGS];

	for (i = 0; i < n; i++) {
		give();
		put_in_order(i * 371 % 720, order);
		for (j = 0; j < NR_THINGS; j++)
			close_the(order[j]);
		close_all();
		EXPECT_EQ(PLACE_HOST, place())
			TH_LOG("in order %u", i * 371 % 720);
	}
}

/* A child has copies of all descriptors, and of the memory: the device goes with the last. */
TEST_F(order, a_child_has_them_too)
{
	int status, end[2];
	pid_t pid;
	char c;

	give();
	ASSERT_EQ(0, pipe2(end, O_CLOEXEC));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		close(end[1]);
		_exit(read(end[0], &c, 1));
	}
	close(end[0]);
	still_works(1);
	close_all();
	EXPECT_EQ(place_in_use(variant->way), place());
	close(end[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* Whoever comes second does not get it, and takes nothing from the first. */
TEST_F(order, two_want_it)
{
	struct mshv_vfio other;
	int i;

	give();
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, mshv_vfio_find(&other, EDU_VENDOR, EDU_DEVICE));
		EXPECT_GT(0, i ? mshv_vfio_open_group(&other) : mshv_vfio_open_cdev(&other));
		mshv_vfio_close(&other);
		still_works(2 + i);
	}
	EXPECT_EQ(place_in_use(variant->way), place());
}

struct taker {
	const char *bdf;
	const char *file;
	const char *text;
	volatile bool done;
	int ret;
};

static void *take_away(void *arg)
{
	struct taker *t = arg;

	t->ret = mshv_pci_put(t->bdf, t->file, t->text);
	t->done = true;
	return NULL;
}

/* It waits for who has the device, who is not disturbed, and gets it when that one is gone. */
#define taken_away_while_used(name, what)				\
	do {								\
		struct taker _t = { .bdf = self->dev.bdf, .file = name, .text = what }; \
		pthread_t _thread;					\
									\
		give();							\
		ASSERT_EQ(0, pthread_create(&_thread, NULL, take_away, &_t)); \
		usleep(100000);						\
		still_works(4);						\
		EXPECT_FALSE(_t.done);					\
		EXPECT_EQ(place_in_use(variant->way), place());		\
		close_all();						\
		pthread_join(_thread, NULL);				\
		EXPECT_EQ(0, _t.ret);					\
		EXPECT_EQ(PLACE_HOST, place());				\
	} while (0)

TEST_F(order, unbound_while_it_is_used)
{
	taken_away_while_used("driver/unbind", self->dev.bdf);
	EXPECT_FALSE(mshv_pci_has(self->dev.bdf, "driver"));
	test_ok(mshv_vfio_bind(&self->dev));
	give();
	still_works(5);
}

TEST_F(order, removed_while_it_is_used)
{
	taken_away_while_used("remove", "1");
	EXPECT_FALSE(mshv_pci_has(self->dev.bdf, "class"));
	test_ok(mshv_put("/sys/bus/pci/rescan", "1"));
	EXPECT_LE(0, mshv_pci_group(self->dev.bdf));
	test_ok(mshv_vfio_bind(&self->dev));
	give();
	still_works(6);
}

/* What the administrator does to the bus and the modules meanwhile. */
TEST_F(order, the_host_is_busy_with_it)
{
	int i;

	give();
	for (i = 0; i < 3; i++) {
		test_ok(mshv_put("/sys/bus/pci/rescan", "1"));
		test_ok(mshv_pci_put(self->dev.bdf, "driver_override", i & 1 ? "vfio-pci" : "\n"));
		test_ok(mshv_put("/sys/bus/pci/drivers_probe", self->dev.bdf));
		EXPECT_EQ(-EBUSY, mshv_put("/sys/module/hv_iommu/parameters/claim", "0"));
		EXPECT_NE(0, system("rmmod hv_iommu 2>/dev/null"));
		EXPECT_NE(0, system("rmmod mshv_root 2>/dev/null"));
		still_works(7 + i);
	}
	EXPECT_EQ(place_in_use(variant->way), place());
}

/* A partition that is not yet one, for the hypervisor, has no devices. */
TEST_F(order, the_partition_is_not_initialized)
{
	struct mshv_vfio *dev = &self->dev;

	if (variant->way != WAY_ATTACHED)
		SKIP(return, "a domain is no partition's");
	test_ok(mshv_vm_create(&self->vm, MSHV_TEST_PT_FLAGS));
	test_ok(mshv_vfio_open_cdev(dev));
	EXPECT_EQ(-EIO, mshv_vfio_attach_to(dev, self->vm.fd, LOGICAL_ID));
	EXPECT_EQ(mshv_place_blocked(), place());
}

/* A guest has a name for each of its devices. */
TEST_F(order, two_of_one_name)
{
	struct mshv_vfio other;
	int nested;

	if (variant->way != WAY_ATTACHED)
		SKIP(return, "in a domain it has the host's name");
	if (mshv_vfio_find(&other, NVME_VENDOR, NVME_DEVICE))
		SKIP(return, "there is no other device");
	give();
	test_ok(mshv_vfio_bind(&other));
	test_ok(mshv_vfio_open_cdev(&other));
	EXPECT_EQ(mshv_knob("in-use") ? -EBUSY : -EEXIST,
		  mshv_vfio_attach_to(&other, self->vm.fd, LOGICAL_ID));
	EXPECT_EQ(mshv_place_blocked(), mshv_device_count(&other, DEVICE_PLACE));
	mshv_vfio_close(&other);
	test_ok(mshv_vfio_open_cdev(&other));
	nested = mshv_vfio_attach_to(&other, self->vm.fd, LOGICAL_ID + 1);
	EXPECT_LE(0, nested);
	EXPECT_EQ(PLACE_PARTITION, mshv_device_count(&other, DEVICE_PLACE));
	still_works(9);
	/* The first one goes, with all that the guest is, and the other one keeps it. */
	close_all();
	EXPECT_EQ(PLACE_HOST, place());
	EXPECT_EQ(PLACE_PARTITION, mshv_device_count(&other, DEVICE_PLACE));
	mshv_vfio_close(&other);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&other, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&other));
}

TEST_HARNESS_MAIN
