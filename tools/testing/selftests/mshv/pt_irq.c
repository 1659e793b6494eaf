// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that go from a device straight to a guest: they arrive, they follow where the
 * guest wants them, and the eventfd that VFIO and the irqfd share hears nothing of them.
 */
#include <poll.h>
#include <sys/eventfd.h>

#include "mshv_edu.h"
#include "mshv_test.h"

#define MSI_ADDRESS(apic)	(0xfee00000 | (apic) << 12)
#define GSI			5
#define DEASSIGN		BIT(MSHV_IRQFD_BIT_DEASSIGN)
#define LOGICAL_ID		7

FIXTURE(device_irq) {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	struct mshv_vp *vp;
	int event;
};

FIXTURE_VARIANT(device_irq) {
	bool attached;
};

FIXTURE_VARIANT_ADD(device_irq, mapped) {
	.attached = false,
};

FIXTURE_VARIANT_ADD(device_irq, attached) {
	.attached = true,
};

FIXTURE_SETUP(device_irq)
{
	uint32_t viommu, pt;

	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_on_l1vh() && !variant->attached)
		SKIP(return, "L1VH has no domains");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	test_ok(mshv_vm_setup(&self->vm));
	self->vp = &self->vm.vp[0];
	test_ok(mshv_vp_enable_x2apic(self->vp));
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
	mshv_vm_set_vector(&self->vm, GUEST_VECTOR_B, GUEST_HANDLER_B);
	self->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ASSERT_LE(0, self->event);

	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(mshv_vfio_open_cdev(&self->dev));
	pt = self->dev.ioas;
	if (variant->attached) {
		viommu = test_fd(mshv_alloc_viommu(&self->dev,
			test_fd(mshv_alloc_parent(&self->dev)), self->vm.fd));
		test_fd(mshv_alloc_vdevice(&self->dev, viommu, LOGICAL_ID));
		pt = test_fd(mshv_alloc_nested(&self->dev, viommu));
	}
	test_ok(mshv_vfio_attach(&self->dev, &pt));
	test_ok(mshv_vfio_registers(&self->dev));
}

FIXTURE_TEARDOWN(device_irq)
{
	if (!self->dev.bdf[0])
		return;
	mshv_vfio_close(&self->dev);
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
	close(self->event);
}

static void raise_irq(struct mshv_vfio *dev)
{
	*(volatile uint32_t *)(dev->bar + EDU_RAISE) = 1;
	*(volatile uint32_t *)(dev->bar + EDU_RAISE + 4) = 1;
}

static bool event_is_silent(int event)
{
	struct pollfd p = { .fd = event, .events = POLLIN };

	return poll(&p, 1, 200) == 0;
}

static bool event_is_signalled(int event)
{
	struct pollfd p = { .fd = event, .events = POLLIN };
	uint64_t n;

	return poll(&p, 1, PATIENCE_S * 1000) == 1 && read(event, &n, sizeof(n)) == sizeof(n);
}

#define expect_interrupt(vector)					\
	do {								\
		test_run_to_port(self->vp, GUEST_PORT_IRQ);		\
		EXPECT_EQ((vector), mshv_payload(self->vp,		\
			  struct hv_x64_io_port_intercept_message)->rax & 0xff); \
	} while (0)

#define start_guest(name)						\
	do {								\
		test_load(&self->vm, name);				\
		test_run_to_port(self->vp, GUEST_PORT_READY);		\
	} while (0)

TEST_F(device_irq, reaches_the_guest_alone)
{
	uint32_t before = mshv_device_count(&self->dev, DEVICE_TO_GUEST);
	int i;

	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	test_route(self->vm.fd, GSI, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, GSI, 0);
	start_guest(irq_idle);
	for (i = 1; i <= 5; i++) {
		raise_irq(&self->dev);
		expect_interrupt(GUEST_VECTOR_A);
	}
	EXPECT_EQ(before + (mshv_irq_by_host(variant->attached) ? 0 : 5),
		  mshv_device_count(&self->dev, DEVICE_TO_GUEST));
	EXPECT_TRUE(event_is_silent(self->event));
}

/* Whoever comes first, the two meet. */
TEST_F(device_irq, the_irqfd_may_come_first)
{
	test_route(self->vm.fd, GSI, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, GSI, 0);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	start_guest(irq_idle);
	raise_irq(&self->dev);
	expect_interrupt(GUEST_VECTOR_A);
	EXPECT_TRUE(event_is_silent(self->event));
}

TEST_F(device_irq, goes_where_the_guest_wants_it)
{
	int i;

	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	test_route(self->vm.fd, GSI, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, GSI, 0);
	start_guest(irq_idle);
	for (i = 0; i < 5; i++) {
		raise_irq(&self->dev);
		expect_interrupt(GUEST_VECTOR_A);
		test_route(self->vm.fd, GSI, MSI_ADDRESS(0), GUEST_VECTOR_B);
		raise_irq(&self->dev);
		expect_interrupt(GUEST_VECTOR_B);
		test_route(self->vm.fd, GSI, MSI_ADDRESS(0), GUEST_VECTOR_A);
	}
}

/* A processor that no test's VM has a place for. */
static int add_far_vp(struct mshv_vm *vm, struct mshv_vp *vp, uint32_t index)
{
	int ret;

	*vp = (struct mshv_vp){ .index = index, .fd = _test_create_vp(vm->fd, index) };
	if (vp->fd < 0)
		return vp->fd;
	ret = mshv_vp_enable_x2apic(vp);
	return ret ? ret : mshv_vp_real_mode(vp, GUEST_CODE);
}

/* Sets of processors have a word for each 64 of them, and none for those without any. */
TEST_F(device_irq, reaches_processors_beyond_the_64th)
{
	static const uint32_t far[] = { 64, 130 };
	struct mshv_vp vps[ARRAY_SIZE(far)];
	uint32_t before = mshv_device_count(&self->dev, DEVICE_TO_GUEST);
	unsigned int i, round;

	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	mshv_load(&self->vm, GUEST_CODE, irq_idle);
	for (i = 0; i < ARRAY_SIZE(far); i++) {
		test_ok(add_far_vp(&self->vm, &vps[i], far[i]));
		test_run_to_port(&vps[i], GUEST_PORT_READY);
	}
	test_route(self->vm.fd, GSI, MSI_ADDRESS(far[0]), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, GSI, 0);
	for (round = 0; round < 3; round++)
		for (i = 0; i < ARRAY_SIZE(far); i++) {
			test_route(self->vm.fd, GSI, MSI_ADDRESS(far[i]), GUEST_VECTOR_A);
			raise_irq(&self->dev);
			test_run_to_port(&vps[i], GUEST_PORT_IRQ);
			EXPECT_EQ(GUEST_VECTOR_A, mshv_payload(&vps[i],
				  struct hv_x64_io_port_intercept_message)->rax & 0xff);
		}
	EXPECT_EQ(before + (mshv_irq_by_host(variant->attached) ? 0 : round * i),
		  mshv_device_count(&self->dev, DEVICE_TO_GUEST));
	EXPECT_TRUE(event_is_silent(self->event));
	for (i = 0; i < ARRAY_SIZE(far); i++)
		close(vps[i].fd);
}

/* Without its irqfd it comes to the host, if there is such a way. */
TEST_F(device_irq, the_irqfd_goes)
{
	int i;

	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	test_route(self->vm.fd, GSI, MSI_ADDRESS(0), GUEST_VECTOR_A);
	start_guest(irq_idle);
	for (i = 0; i < 5; i++) {
		test_irqfd(self->vm.fd, self->event, 0, GSI, 0);
		raise_irq(&self->dev);
		expect_interrupt(GUEST_VECTOR_A);
		test_irqfd(self->vm.fd, self->event, 0, GSI, DEASSIGN);
		raise_irq(&self->dev);
		EXPECT_TRUE(variant->attached ? event_is_silent(self->event) :
						event_is_signalled(self->event));
	}
}

/* The device's interrupt is freed and requested under the irqfd. */
TEST_F(device_irq, the_device_switches_it_off_and_on)
{
	int i;

	test_route(self->vm.fd, GSI, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, GSI, 0);
	start_guest(irq_idle);
	for (i = 0; i < 5; i++) {
		test_ok(mshv_vfio_set_irq(&self->dev, self->event));
		raise_irq(&self->dev);
		expect_interrupt(GUEST_VECTOR_A);
		test_ok(mshv_vfio_set_irq(&self->dev, -1));
	}
}

/* All is closed at once, in the worst order. */
TEST_F(device_irq, the_vm_goes_first)
{
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	test_route(self->vm.fd, GSI, MSI_ADDRESS(0), GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, self->event, 0, GSI, 0);
	start_guest(irq_idle);
	raise_irq(&self->dev);
	expect_interrupt(GUEST_VECTOR_A);
	close(self->vm.fd);
	self->vm.fd = -1;
}

TEST_HARNESS_MAIN
