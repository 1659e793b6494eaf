// SPDX-License-Identifier: GPL-2.0-only
/*
 * The interrupt of a device, straight to the guest: what the irqfd and VFIO have in
 * common is an eventfd, which is not signalled any more. It follows the route, comes back to
 * the host when the two part, and the host handles none in between.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "mshv_bridge.h"
#include "mshv_edu.h"
#include "mshv_test.h"

#define GSI		5
#define LOGICAL_ID	0x4321
#define MSI(vp)		(0xfee00000 | (vp) << 12)
#define LEVEL		0x8000
#define NMI		0x0400

FIXTURE(irq) {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	int event;
	long host;		/* interrupts that the host has had */
	uint32_t guest;		/* and the guest, as the hypervisor counts them */
};

/* A device in a domain has a host to fall back to; one in a partition has none. */
FIXTURE_VARIANT(irq) {
	bool cdev;
	bool attached;
};

FIXTURE_VARIANT_ADD(irq, container) {
	.cdev = false,
	.attached = false,
};

FIXTURE_VARIANT_ADD(irq, iommufd) {
	.cdev = true,
	.attached = false,
};

FIXTURE_VARIANT_ADD(irq, attached) {
	.cdev = true,
	.attached = true,
};

static int setup_vp(struct mshv_vm *vm, uint32_t index)
{
	struct mshv_vp *vp = &vm->vp[index];
	int ret = index ? mshv_vm_add_vp(vm, index) : 0;

	if (!ret)
		ret = mshv_vp_enable_x2apic(vp);
	if (!ret)
		ret = mshv_vp_map_page(vp);
	return ret ? ret : mshv_vp_real_mode(vp, GUEST_CODE);
}

/* A VM with two processors that wait for interrupts. */
static int setup_vm(struct mshv_vm *vm)
{
	int ret = mshv_vm_setup(vm);

	if (!ret)
		ret = setup_vp(vm, 0);
	if (!ret)
		ret = setup_vp(vm, 1);
	if (!ret) {
		mshv_vm_set_vector(vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
		mshv_vm_set_vector(vm, GUEST_VECTOR_B, GUEST_HANDLER_B);
		mshv_load(vm, GUEST_CODE, irq_idle);
	}
	return ret;
}

FIXTURE_SETUP(irq)
{
	uint32_t pt;
	int i;

	self->event = -1;
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_on_l1vh() && !variant->attached)
		SKIP(return, "L1VH has no domains");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(setup_vm(&self->vm));
	for (i = 0; i < 2; i++)
		test_run_to_port(&self->vm.vp[i], GUEST_PORT_READY);
	test_ok(variant->cdev ? mshv_vfio_open_cdev(&self->dev) :
				mshv_vfio_open_group(&self->dev));
	pt = self->dev.ioas;
	if (variant->attached)
		test_fd(mshv_vfio_attach_to(&self->dev, self->vm.fd, LOGICAL_ID));
	else if (variant->cdev)
		test_ok(mshv_vfio_attach(&self->dev, &pt));
	test_ok(mshv_vfio_registers(&self->dev));
	self->event = test_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

FIXTURE_TEARDOWN(irq)
{
	if (!self->dev.bdf[0])
		return;
	mshv_vfio_close(&self->dev);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
	close(self->event);
}

/* How many the host has handled for VFIO; @irq: by what number, unless it is NULL. */
static long count_host_interrupts(int *irq)
{
	FILE *f = fopen("/proc/interrupts", "re");
	char line[1000];
	long sum = 0;

	while (f && fgets(line, sizeof(line), f)) {
		char *p = strchr(line, ':');

		if (!p || !strstr(line, "vfio-msi"))
			continue;
		if (irq)
			*irq = atoi(line);
		/* a column for each processor, then names */
		for (p++; p += strspn(p, " "), *p >= '0' && *p <= '9';)
			sum += strtol(p, &p, 10);
	}
	if (f)
		fclose(f);
	return sum;
}

static long host_interrupts(void)
{
	return count_host_interrupts(NULL);
}

/* Has the host take it on one of its processors, if it has that. */
static int host_moves_to(unsigned int cpu)
{
	char path[64], mask[16];
	int irq = -1;

	count_host_interrupts(&irq);
	if (irq < 0)
		return -ENOENT;
	snprintf(path, sizeof(path), "/proc/irq/%d/smp_affinity", irq);
	snprintf(mask, sizeof(mask), "%x", 1 << cpu % sysconf(_SC_NPROCESSORS_ONLN));
	return mshv_put(path, mask);
}

static void raise_irq(struct mshv_vfio *dev)
{
	*(volatile uint32_t *)(dev->bar + EDU_RAISE) = 1;
}

/* What comes, if anything does, comes at once; a slow host gets some time for it. */
static bool is_signalled(int event, int ms)
{
	struct pollfd p = { .fd = event, .events = POLLIN };
	uint64_t n;

	return poll(&p, 1, ms) == 1 && read(event, &n, sizeof(n)) == sizeof(n);
}

#define begin_count(m)							\
	do {								\
		(m)->host = host_interrupts();				\
		(m)->guest = mshv_device_count(&(m)->dev, DEVICE_TO_GUEST); \
	} while (0)

/* Whether the host has one more than when the count began, be it a while later. */
static bool host_gets_it(long before)
{
	unsigned int i;

	for (i = 0; i < PATIENCE_S * 10; i++) {
		if (host_interrupts() != before)
			return true;
		usleep(100000);
	}
	return false;
}

#define by_host()	mshv_irq_by_host(variant->attached)

/* The device raises it, and the processor takes it without the host, where that can be. */
#define expect_straight(m, index, vector)				\
	do {								\
		struct mshv_vp *_vp = &(m)->vm.vp[index];		\
									\
		begin_count(m);						\
		raise_irq(&(m)->dev);					\
		test_run_to_port(_vp, GUEST_PORT_IRQ);			\
		EXPECT_EQ((vector), mshv_payload(_vp,			\
			  struct hv_x64_io_port_intercept_message)->rax & 0xff); \
		EXPECT_EQ((m)->guest + !by_host(),			\
			  mshv_device_count(&(m)->dev, DEVICE_TO_GUEST)); \
		EXPECT_EQ((m)->host + by_host(), host_interrupts());	\
	} while (0)

/* It does not reach the guest; what the host does with it is another matter. */
#define expect_not_straight(m)						\
	do {								\
		begin_count(m);						\
		raise_irq(&(m)->dev);					\
		usleep(50000);						\
		EXPECT_EQ((m)->guest, mshv_device_count(&(m)->dev, DEVICE_TO_GUEST)); \
	} while (0)

#define assign(m)	test_irqfd((m)->vm.fd, (m)->event, 0, GSI, 0)
#define deassign(m)	test_irqfd((m)->vm.fd, (m)->event, 0, GSI, BIT(MSHV_IRQFD_BIT_DEASSIGN))
#define route(m, vp, vector)	test_route((m)->vm.fd, GSI, MSI(vp), vector)

TEST_F(irq, comes_straight)
{
	int i;

	route(self, 0, GUEST_VECTOR_A);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	assign(self);
	for (i = 0; i < 5; i++)
		expect_straight(self, 0, GUEST_VECTOR_A);
}

TEST_F(irq, irqfd_comes_before_the_device)
{
	route(self, 1, GUEST_VECTOR_B);
	assign(self);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	expect_straight(self, 1, GUEST_VECTOR_B);
}

TEST_F(irq, route_comes_last)
{
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	assign(self);
	expect_not_straight(self);
	route(self, 0, GUEST_VECTOR_A);
	/* what was raised while there was nowhere to go may come now; it is taken either way */
	begin_count(self);
	raise_irq(&self->dev);
	test_run_to_port(&self->vm.vp[0], GUEST_PORT_IRQ);
	EXPECT_EQ(!by_host(), self->guest < mshv_device_count(&self->dev, DEVICE_TO_GUEST));
}

TEST_F(irq, guest_moves_it)
{
	int i;

	route(self, 0, GUEST_VECTOR_A);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	assign(self);
	for (i = 0; i < 10; i++) {
		route(self, i & 1, i & 2 ? GUEST_VECTOR_A : GUEST_VECTOR_B);
		expect_straight(self, i & 1, i & 2 ? GUEST_VECTOR_A : GUEST_VECTOR_B);
		/* once more is no move */
		route(self, i & 1, i & 2 ? GUEST_VECTOR_A : GUEST_VECTOR_B);
		expect_straight(self, i & 1, i & 2 ? GUEST_VECTOR_A : GUEST_VECTOR_B);
	}
}

/* The host moves its own interrupt, which is not the guest's; and has it there afterwards. */
TEST_F(irq, host_moves_it)
{
	int i;

	route(self, 0, GUEST_VECTOR_A);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	for (i = 0; i < 6; i++) {
		assign(self);
		test_ok(host_moves_to(i));
		expect_straight(self, 0, GUEST_VECTOR_A);
		test_ok(host_moves_to(i + 1));
		expect_straight(self, 0, GUEST_VECTOR_A);
		deassign(self);
		expect_not_straight(self);
		EXPECT_TRUE(variant->attached || is_signalled(self->event, patience_ms(false)));
		test_ok(host_moves_to(i));
		expect_not_straight(self);
		EXPECT_TRUE(variant->attached || is_signalled(self->event, patience_ms(false)));
	}
}

/* What is raised while it is being moved may be lost: it is raised again. */
static bool comes_at_last(struct mshv_vfio *dev, int event)
{
	unsigned int i;

	for (i = 0; i < 300; i++) {
		raise_irq(dev);
		if (is_signalled(event, 100))
			return true;
	}
	return false;
}

/* It may be that a hypervisor refuses one of these moves: see fault/move-refused. */
TEST_F(irq, host_moves_it_again)
{
	unsigned int i;

	if (variant->attached)
		SKIP(return, "it does not come to the host");
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	for (i = 0; i < 8; i++) {
		test_ok(host_moves_to(i));
		/* it is moved when it comes the next time */
		ASSERT_TRUE(comes_at_last(&self->dev, self->event));
		ASSERT_TRUE(comes_at_last(&self->dev, self->event));
	}
}

/* What cannot be sent straight takes the way through the host, if there is one. */
TEST_F(irq, routes_that_no_device_can_have)
{
	static const uint32_t data[] = { LEVEL | GUEST_VECTOR_A, NMI, 0, 15 };
	unsigned int i;

	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	route(self, 0, GUEST_VECTOR_A);
	assign(self);
	expect_straight(self, 0, GUEST_VECTOR_A);
	for (i = 0; i < ARRAY_SIZE(data); i++) {
		test_route(self->vm.fd, GSI, MSI(1), data[i]);
		expect_not_straight(self);
	}
	/* nor one that has none */
	test_route(self->vm.fd, GSI + 1, MSI(0), GUEST_VECTOR_A);
	expect_not_straight(self);
	EXPECT_TRUE(variant->attached ? self->host == host_interrupts() :
		    host_gets_it(self->host));
}

/* The host has it back, and the eventfd is signalled again. */
TEST_F(irq, comes_back_to_the_host)
{
	int i;

	route(self, 0, GUEST_VECTOR_A);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	for (i = 0; i < 5; i++) {
		assign(self);
		expect_straight(self, 0, GUEST_VECTOR_A);
		deassign(self);
		expect_not_straight(self);
		EXPECT_EQ(!variant->attached, is_signalled(self->event, patience_ms(variant->attached)));
	}
}

TEST_F(irq, device_goes_and_comes)
{
	int i, other;

	route(self, 0, GUEST_VECTOR_A);
	assign(self);
	for (i = 0; i < 10; i++) {
		test_ok(mshv_vfio_set_irq(&self->dev, self->event));
		expect_straight(self, 0, GUEST_VECTOR_A);
		test_ok(mshv_vfio_set_irq(&self->dev, -1));
		expect_not_straight(self);
	}
	/* to another eventfd of the same interrupt, and the old one goes after it has come */
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	other = test_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	test_irqfd(self->vm.fd, other, 0, GSI, 0);
	deassign(self);
	test_ok(mshv_vfio_set_irq(&self->dev, other));
	expect_straight(self, 0, GUEST_VECTOR_A);
	close(other);
}

/* The eventfd's last descriptor, here as in the process, is VFIO's: the irqfd stays. */
TEST_F(irq, vmm_closes_the_eventfd)
{
	route(self, 0, GUEST_VECTOR_A);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	assign(self);
	expect_straight(self, 0, GUEST_VECTOR_A);
	close(self->event);
	self->event = -1;
	usleep(100000);
	/* its end is that of the irqfd */
	expect_not_straight(self);
}

TEST_F(irq, one_partition_has_it)
{
	int other = test_create_partition(self->vm.dev, MSHV_TEST_PT_FLAGS);

	test_initialize(other);
	assign(self);
	test_err_irqfd(EBUSY, other, self->event, 0, GSI, 0);
	test_err_irqfd(EBUSY, self->vm.fd, self->event, 0, GSI + 1, 0);
	route(self, 0, GUEST_VECTOR_A);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	expect_straight(self, 0, GUEST_VECTOR_A);
	close(other);
}

static void release_page(struct mshv_vp *vp)
{
	munmap(vp->page, PAGE_SIZE);
	vp->page = NULL;
}

TEST_F(irq, vm_ends_first)
{
	int i;

	route(self, 0, GUEST_VECTOR_A);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	assign(self);
	expect_straight(self, 0, GUEST_VECTOR_A);
	for (i = 0; i < 2; i++)
		release_page(&self->vm.vp[i]);
	close(self->vm.fd);
	self->vm.fd = -1;
	/* the processors still keep the partition, but it is nobody's any more */
	expect_not_straight(self);
	for (i = 0; i < 2; i++) {
		close(self->vm.vp[i].fd);
		self->vm.vp[i].fd = -1;
	}
	raise_irq(&self->dev);
	EXPECT_EQ(!variant->attached, is_signalled(self->event, patience_ms(variant->attached)));
}

/* With the file in the bridge, as a VMM has it that knows of it. */
TEST_F(irq, with_a_bridge)
{
	int bridge = test_fd(_test_create_device(self->vm.fd, MSHV_DEV_TYPE_VFIO, 0));

	test_file(bridge, MSHV_DEV_VFIO_FILE_ADD,
		  self->dev.group >= 0 ? self->dev.group : self->dev.fd);
	route(self, 0, GUEST_VECTOR_A);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	assign(self);
	expect_straight(self, 0, GUEST_VECTOR_A);
	close(bridge);
	expect_straight(self, 0, GUEST_VECTOR_A);
}

struct together {
	struct mshv_vfio *dev;
	int pt, event;
	volatile bool stop;
	int odd;
};

static void *move_about(void *arg)
{
	struct together *t = arg;
	unsigned int i;

	for (i = 0; !t->stop && !t->odd; i++)
		t->odd = _test_route(t->pt, GSI, MSI(i & 1), i & 2 ? GUEST_VECTOR_A : GUEST_VECTOR_B);
	return NULL;
}

static void *switch_about(void *arg)
{
	struct together *t = arg;

	while (!t->stop && !t->odd) {
		t->odd = mshv_vfio_set_irq(t->dev, t->event);
		raise_irq(t->dev);
		if (!t->odd)
			t->odd = mshv_vfio_set_irq(t->dev, -1);
	}
	return NULL;
}

static void *assign_about(void *arg)
{
	struct together *t = arg;

	while (!t->stop && !t->odd) {
		t->odd = _test_irqfd(t->pt, t->event, 0, GSI, 0);
		if (!t->odd)
			t->odd = _test_irqfd(t->pt, t->event, 0, GSI,
					     BIT(MSHV_IRQFD_BIT_DEASSIGN));
	}
	return NULL;
}

TEST_F(irq, all_at_once)
{
	struct together t = { .dev = &self->dev, .pt = self->vm.fd, .event = self->event };
	pthread_t threads[3];
	unsigned int i;

	ASSERT_EQ(0, pthread_create(&threads[0], NULL, move_about, &t));
	ASSERT_EQ(0, pthread_create(&threads[1], NULL, switch_about, &t));
	ASSERT_EQ(0, pthread_create(&threads[2], NULL, assign_about, &t));
	sleep(2);
	t.stop = true;
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, t.odd);
	route(self, 0, GUEST_VECTOR_A);
	test_ok(mshv_vfio_set_irq(&self->dev, self->event));
	assign(self);
	begin_count(self);
	raise_irq(&self->dev);
	/* the processor may have others that wait to be taken */
	for (i = 0; i < 100; i++) {
		if (mshv_device_count(&self->dev, DEVICE_TO_GUEST) != self->guest)
			break;
		if (by_host() && host_interrupts() != self->host)
			break;
		usleep(20000);
	}
	EXPECT_EQ(self->guest + !by_host(), mshv_device_count(&self->dev, DEVICE_TO_GUEST));
	EXPECT_EQ(self->host + by_host(), host_interrupts());
}

TEST_HARNESS_MAIN
