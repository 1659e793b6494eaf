// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each allocation, access to user memory and hypercall that our modules ask for on the way of
 * a device to a guest and back fails once. Each time there is an error or none, the host has
 * the device in the end, and nothing is left behind: the kernel's own checkers see to its
 * memory, and the host fails the run for what the hypervisor keeps.
 */
#include <sys/eventfd.h>

#include "fault_test.h"
#include "mshv_bridge.h"
#include "mshv_edu.h"
#include "mshv_pci.h"
#include "mshv_vfio.h"

/* Something is wrong with the test if so many are not enough, or if there are not even these. */
#define FAULTS_MAX	2000
#define FAULTS_MIN	50

#define GSI		5
#define MSI(vp)		(0xfee00000 | (vp) << 12)
#define LOGICAL_ID	0x99
#define IOVA		0x1000000UL
/* In parts, if the hypervisor is to end calls early. */
#define MAPPED_PAGES	20UL
#define MMIO_GFN	(GUEST_MMIO / PAGE_SIZE)

struct way {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	int event, bridge;
	uint8_t *memory;
	bool cdev, attached;
};

static int attach(struct way *w)
{
	uint32_t pt;
	int ret;

	ret = w->cdev ? mshv_vfio_open_cdev(&w->dev) : mshv_vfio_open_group(&w->dev);
	if (ret)
		return ret;
	pt = w->dev.ioas;
	if (w->attached) {
		ret = mshv_vfio_attach_to(&w->dev, w->vm.fd, LOGICAL_ID);
		return ret < 0 ? ret : 0;
	}
	return w->cdev ? mshv_vfio_attach(&w->dev, &pt) : 0;
}

/* The partition's memory is held, and so converted, from here on. */
static int add_to_bridge(struct way *w)
{
	w->bridge = _test_create_device(w->vm.fd, MSHV_DEV_TYPE_VFIO, 0);
	if (w->bridge < 0)
		return w->bridge;
	return _test_file(w->bridge, MSHV_DEV_VFIO_FILE_ADD,
			  w->cdev ? w->dev.fd : w->dev.group);
}

/* A page of its own goes, and comes back, before the rest does. */
static int map_and_unmap(struct way *w)
{
	uint64_t all = MAPPED_PAGES * PAGE_SIZE;
	int ret;

	if (w->attached)
		return 0;
	ret = mshv_vfio_map(&w->dev, w->memory, all, IOVA, true);
	if (!ret)
		ret = mshv_vfio_map(&w->dev, w->memory + all, PAGE_SIZE, 2 * IOVA, false);
	if (!ret)
		ret = mshv_vfio_unmap(&w->dev, PAGE_SIZE, 2 * IOVA);
	if (!ret)
		ret = mshv_vfio_map(&w->dev, w->memory + all, PAGE_SIZE, 2 * IOVA, false);
	return ret ? ret : mshv_vfio_unmap(&w->dev, all, IOVA);
}

/* Straight to the guest, elsewhere, and back. */
static int interrupts(struct way *w)
{
	int pt = w->vm.fd, ret;

	ret = mshv_vfio_set_irq(&w->dev, w->event);
	if (!ret)
		ret = _test_route(pt, GSI, MSI(0), GUEST_VECTOR_A);
	if (!ret)
		ret = _test_irqfd(pt, w->event, 0, GSI, 0);
	if (!ret)
		ret = _test_route(pt, GSI, MSI(0), GUEST_VECTOR_B);
	if (!ret)
		ret = _test_irqfd(pt, w->event, 0, GSI, BIT(MSHV_IRQFD_BIT_DEASSIGN));
	if (!ret)
		ret = _test_irqfd(pt, w->event, 0, GSI, 0);
	if (!ret)
		ret = mshv_vfio_set_irq(&w->dev, -1);
	if (!ret)
		ret = mshv_vfio_set_irq(&w->dev, w->event);
	return ret;
}

/* The guest reads a register of the device, which is mapped for it then. */
static int registers(struct way *w)
{
	int ret = mshv_vfio_registers(&w->dev);

	if (!ret)
		ret = _test_map(w->vm.fd, (void *)w->dev.bar, PAGE_SIZE, MMIO_GFN, MEM_RW);
	if (!ret) {
		mshv_load(&w->vm, GUEST_CODE, fs_read32);
		ret = mshv_vp_set_fs(&w->vm.vp[0], GUEST_MMIO);
	}
	return ret ? ret : _test_run(&w->vm.vp[0]);
}

static int go(struct way *w)
{
	int ret = attach(w);

	if (!ret)
		ret = add_to_bridge(w);
	if (!ret)
		ret = map_and_unmap(w);
	/* the rest is the same for both kinds of domains */
	if (ret || (w->cdev && !w->attached))
		return ret;
	ret = registers(w);
	return ret ? ret : interrupts(w);
}

static void come_back(struct way *w)
{
	mshv_vfio_close(&w->dev);
	if (w->bridge >= 0)
		close(w->bridge);
	w->bridge = -1;
}

/* Once for each thing that can fail, until there are no more. */
static int fail_each(struct way *w, int fail_nth, unsigned int *faults, unsigned int *errors)
{
	unsigned int n, left;
	int ret;

	*errors = 0;
	for (n = 1; n < FAULTS_MAX; n++) {
		fault_life_begins(n);
		/* what can fail of a VM alone is the business of ours_fault_injection */
		ret = mshv_vm_setup(&w->vm);
		if (ret)
			return ret;
		fault_arm(fail_nth, n);
		ret = go(w);
		come_back(w);
		left = fault_disarm(fail_nth);
		mshv_vm_close(&w->vm);
		fault_life_ends();
		*faults = n - 1;
		if (mshv_device_count(&w->dev, DEVICE_PLACE) != PLACE_HOST)
			return -EXDEV;
		if (left)
			return ret;
		if (ret > 0 || ret < -4095)
			return -ERANGE;
		*errors += !!ret;
	}
	return -E2BIG;
}

FIXTURE(way) {
	struct way way;
	int fail_nth;
};

FIXTURE_VARIANT(way) {
	bool cdev, attached;
};

FIXTURE_VARIANT_ADD(way, container) {
	.cdev = false,
	.attached = false,
};

FIXTURE_VARIANT_ADD(way, iommufd) {
	.cdev = true,
	.attached = false,
};

FIXTURE_VARIANT_ADD(way, attached) {
	.cdev = true,
	.attached = true,
};

FIXTURE_SETUP(way)
{
	struct way *w = &self->way;

	w->bridge = -1;
	w->event = -1;
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_on_l1vh() && !variant->attached)
		SKIP(return, "L1VH has no domains");
	if (mshv_vfio_find(&w->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	self->fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (self->fail_nth < 0) {
		w->dev.bdf[0] = '\0';
		SKIP(return, "the kernel has no fault injection");
	}
	ASSERT_EQ(0, fault_prepare());
	ASSERT_EQ(0, fault_only_ours());
	w->cdev = variant->cdev;
	w->attached = variant->attached;
	w->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ASSERT_LE(0, w->event);
	w->memory = mshv_alloc((MAPPED_PAGES + 1) * PAGE_SIZE);
	ASSERT_NE(NULL, w->memory);
	test_ok(mshv_vfio_bind(&w->dev));
}

FIXTURE_TEARDOWN(way)
{
	if (self->way.dev.bdf[0])
		test_ok(mshv_vfio_unbind(&self->way.dev));
}

TEST_F_TIMEOUT(way, each_thing_fails_once, NO_TIMEOUT)
{
	unsigned int faults = 0, errors = 0;

	/* it works when nothing fails */
	test_ok(mshv_vm_setup(&self->way.vm));
	EXPECT_EQ(0, go(&self->way));
	come_back(&self->way);
	mshv_vm_close(&self->way.vm);
	EXPECT_EQ(0, fail_each(&self->way, self->fail_nth, &faults, &errors));
	TH_LOG("%u faults, %u errors", faults, errors);
	EXPECT_LE(FAULTS_MIN, faults);
	EXPECT_LE(FAULTS_MIN / 2, errors);
}

TEST_HARNESS_MAIN
