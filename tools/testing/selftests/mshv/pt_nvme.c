// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk for a guest: what it reads is what the disk's contents are outside, what it writes is
 * there afterwards, its interrupts come, and guests have it in turn, in whatever way each of them
 * ends. The host's own driver has it in pt_turns.
 *
 * The disk is to have "outside N" in block N at first; check-disks has what comes of it.
 */
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>

#include "mshv_nvme.h"
#include "mshv_test.h"

#define MEMORY		0x100000UL	/* guest address of what the driver needs */
#define GSI		5
#define MSI_ADDRESS	0xfee00000
#define VECTOR		1	/* of the disk, when MSI-X is on */
/* Where the ways write; check-disks knows it. */
#define WRITTEN(way)	(1000 + 100 * (way))

static const char *const ways[] = { "container", "iommufd", "attached" };

FIXTURE(nvme) {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	struct mshv_nvme nvme;
};

FIXTURE_VARIANT(nvme) {
	enum mshv_way way;
};

FIXTURE_VARIANT_ADD(nvme, container) {
	.way = WAY_CONTAINER,
};

FIXTURE_VARIANT_ADD(nvme, iommufd) {
	.way = WAY_IOMMUFD,
};

FIXTURE_VARIANT_ADD(nvme, attached) {
	.way = WAY_ATTACHED,
};

/* A VM whose processor waits for interrupts when it runs. */
static int setup_vm(struct mshv_vm *vm)
{
	int ret = mshv_vm_setup(vm);

	if (!ret)
		ret = mshv_vp_enable_x2apic(&vm->vp[0]);
	if (ret)
		return ret;
	mshv_vm_set_vector(vm, GUEST_VECTOR_A, GUEST_HANDLER_A);
	mshv_load(vm, GUEST_CODE, irq_idle);
	return 0;
}

/* To a new VM, with its driver running. */
static int give(struct mshv_vfio *dev, enum mshv_way way, struct mshv_vm *vm, struct mshv_nvme *n)
{
	int ret = setup_vm(vm);

	if (!ret)
		ret = mshv_vfio_give(dev, way, vm);
	return ret ?: mshv_nvme_start(n, dev, vm->ram + MEMORY, MEMORY, 0);
}

FIXTURE_SETUP(nvme)
{
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_on_l1vh() && variant->way != WAY_ATTACHED)
		SKIP(return, "L1VH has no domains");
	if (mshv_vfio_find(&self->dev, NVME_VENDOR, NVME_DEVICE))
		SKIP(return, "there is no NVMe disk");
	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(give(&self->dev, variant->way, &self->vm, &self->nvme));
}

FIXTURE_TEARDOWN(nvme)
{
	if (!self->dev.bdf[0])
		return;
	mshv_vfio_close(&self->dev);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
}

TEST_F(nvme, reads_what_is_outside)
{
	uint64_t block;

	for (block = 0; block < 64; block += 8) {
		memset(mshv_nvme_buffer(&self->nvme, 0), 0xee, PAGE_SIZE);
		test_ok(mshv_nvme_read(&self->nvme, block, 0));
		EXPECT_TRUE(mshv_disk_is(mshv_nvme_buffer(&self->nvme, 0), "outside", block))
			TH_LOG("block %lu", block);
	}
}

TEST_F(nvme, writes_what_is_read_outside)
{
	uint64_t first = WRITTEN(variant->way), block;

	for (block = first; block < first + 64; block += 8) {
		mshv_disk_fill(mshv_nvme_buffer(&self->nvme, 1), ways[variant->way], block);
		test_ok(mshv_nvme_write(&self->nvme, block, 1));
	}
	for (block = first; block < first + 64; block += 8) {
		test_ok(mshv_nvme_read(&self->nvme, block, 2));
		EXPECT_TRUE(mshv_disk_is(mshv_nvme_buffer(&self->nvme, 2), ways[variant->way],
					 block));
	}
}

/* Several at once, over the ends of the queues. */
TEST_F(nvme, many_commands)
{
	unsigned int i, b;

	for (i = 0; i < 40; i++) {
		for (b = 0; b < NVME_BUFFERS; b++)
			mshv_nvme_submit(&self->nvme, b * 8, b, false);
		for (b = 0; b < NVME_BUFFERS; b++)
			test_ok(mshv_nvme_wait(&self->nvme));
		for (b = 0; b < NVME_BUFFERS; b++) {
			EXPECT_TRUE(mshv_disk_is(mshv_nvme_buffer(&self->nvme, b), "outside",
						 b * 8));
			memset(mshv_nvme_buffer(&self->nvme, b), 0, PAGE_SIZE);
		}
	}
}

/* What is not the guest's the disk does not reach, and goes on. QEMU's says nothing of it. */
TEST_F(nvme, memory_that_is_not_the_guests)
{
	uint64_t address = self->nvme.address;
	uint32_t before = mshv_device_count(&self->dev, DEVICE_NO_MAPPING);

	/* the buffers alone are elsewhere: the queues were told of before */
	self->nvme.address = GUEST_RAM_SIZE + 0x100000;
	mshv_nvme_read(&self->nvme, 0, 0);
	EXPECT_TRUE(mshv_device_counted(&self->dev, DEVICE_NO_MAPPING, before));
	self->nvme.address = address;
	test_ok(mshv_nvme_read(&self->nvme, 8, 0));
	EXPECT_TRUE(mshv_disk_is(mshv_nvme_buffer(&self->nvme, 0), "outside", 8));
}

static int set_msix(struct mshv_vfio *dev, int event)
{
	int fds[VECTOR + 1] = { [0] = -1, [VECTOR] = event };

	return mshv_vfio_set_irqs(dev, VFIO_PCI_MSIX_IRQ_INDEX, fds, ARRAY_SIZE(fds));
}

static bool is_signalled(int event)
{
	struct pollfd p = { .fd = event, .events = POLLIN };
	uint64_t n;

	return poll(&p, 1, PATIENCE_S * 1000) == 1 && read(event, &n, sizeof(n)) == sizeof(n);
}

static bool is_silent(int event)
{
	struct pollfd p = { .fd = event, .events = POLLIN };

	return poll(&p, 1, 100) == 0;
}

TEST_F(nvme, msix_by_eventfd)
{
	int event = test_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), i;

	test_ok(set_msix(&self->dev, event));
	test_ok(mshv_nvme_start(&self->nvme, &self->dev, self->vm.ram + MEMORY, MEMORY, VECTOR));
	for (i = 0; i < 5; i++) {
		mshv_nvme_submit(&self->nvme, 0, 0, false);
		/* Attached, it goes to the guest or nowhere. */
		if (variant->way != WAY_ATTACHED)
			EXPECT_TRUE(is_signalled(event));
		test_ok(mshv_nvme_wait(&self->nvme));
	}
	EXPECT_TRUE(is_silent(event));
	test_ok(mshv_vfio_set_irqs(&self->dev, VFIO_PCI_MSIX_IRQ_INDEX, NULL, 0));
	test_ok(mshv_nvme_read(&self->nvme, 0, 0));
	EXPECT_TRUE(is_silent(event));
	close(event);
}

TEST_F(nvme, msix_straight_to_the_guest)
{
	uint32_t before = mshv_device_count(&self->dev, DEVICE_TO_GUEST);
	int event = test_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), i;
	bool by_host = mshv_irq_by_host(variant->way == WAY_ATTACHED);
	struct mshv_vp *vp = &self->vm.vp[0];

	test_ok(set_msix(&self->dev, event));
	test_ok(mshv_nvme_start(&self->nvme, &self->dev, self->vm.ram + MEMORY, MEMORY, VECTOR));
	test_route(self->vm.fd, GSI, MSI_ADDRESS, GUEST_VECTOR_A);
	test_irqfd(self->vm.fd, event, 0, GSI, 0);
	test_run_to_port(vp, GUEST_PORT_READY);
	for (i = 1; i <= 5; i++) {
		mshv_nvme_submit(&self->nvme, 0, 0, false);
		test_run_to_port(vp, GUEST_PORT_IRQ);
		EXPECT_EQ(GUEST_VECTOR_A, mshv_payload(vp,
			  struct hv_x64_io_port_intercept_message)->rax & 0xff);
		test_ok(mshv_nvme_wait(&self->nvme));
		EXPECT_EQ(before + (by_host ? 0 : i),
			  mshv_device_count(&self->dev, DEVICE_TO_GUEST));
	}
	EXPECT_TRUE(is_silent(event));
	close(event);
}

/* The function is reset under commands, and starts again where it is. */
TEST_F(nvme, reset_while_it_works)
{
	enum mshv_device_place place = mshv_device_count(&self->dev, DEVICE_PLACE);
	unsigned int i, b;

	EXPECT_EQ(variant->way == WAY_ATTACHED ? PLACE_PARTITION : PLACE_DOMAIN, place);
	for (i = 0; i < 10; i++) {
		for (b = 0; b < NVME_BUFFERS; b++)
			mshv_nvme_submit(&self->nvme, b * 8, b, false);
		test_ok(mshv_vfio_reset(&self->dev));
		EXPECT_EQ(place, mshv_device_count(&self->dev, DEVICE_PLACE));
		test_ok(mshv_nvme_start(&self->nvme, &self->dev, self->vm.ram + MEMORY, MEMORY, 0));
		test_ok(mshv_nvme_read(&self->nvme, 8, 3));
		EXPECT_TRUE(mshv_disk_is(mshv_nvme_buffer(&self->nvme, 3), "outside", 8));
	}
}

static unsigned int number_from_environment(const char *name, unsigned int otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 0) : otherwise;
}

/* ---- a VMM that is killed */

/* What a VMM goes through, and where it ends; shared with who watches it. */
struct life {
	unsigned int passed;
	unsigned int last;		/* 0: it ends by itself */
};

static void point(struct life *life)
{
	if (++life->passed == life->last)
		raise(SIGKILL);
}

static void read_some(struct life *life, struct mshv_nvme *n)
{
	unsigned int i, b;

	for (i = 0; i < 4; i++) {
		for (b = 0; b < NVME_BUFFERS; b++) {
			mshv_nvme_submit(n, b * 8, b, i & 1);
			point(life);
		}
		for (b = 0; b < NVME_BUFFERS; b++) {
			if (mshv_nvme_wait(n))
				_exit(2);
			point(life);
		}
	}
}

/* Steps of a VMM, with a point after each; what it writes is what it has read. */
static void live(struct life *life, struct mshv_vfio *dev, enum mshv_way way)
{
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), i;
	struct mshv_nvme n;
	struct mshv_vm vm;

#define STEP(call)	do { if (call) _exit(1); point(life); } while (0)
	STEP(setup_vm(&vm));
	STEP(mshv_vfio_give(dev, way, &vm));
	for (i = 0; i < 2; i++) {
		STEP(mshv_nvme_start(&n, dev, vm.ram + MEMORY, MEMORY, 0));
		read_some(life, &n);
		STEP(set_msix(dev, event));
		STEP(mshv_nvme_start(&n, dev, vm.ram + MEMORY, MEMORY, VECTOR));
		STEP(_test_route(vm.fd, GSI, MSI_ADDRESS, GUEST_VECTOR_A));
		STEP(_test_irqfd(vm.fd, event, 0, GSI, 0));
		read_some(life, &n);
		STEP(_test_irqfd(vm.fd, event, 0, GSI, BIT(MSHV_IRQFD_BIT_DEASSIGN)));
		STEP(mshv_vfio_set_irqs(dev, VFIO_PCI_MSIX_IRQ_INDEX, NULL, 0));
		mshv_nvme_submit(&n, 0, 0, false);
		STEP(mshv_vfio_reset(dev));
	}
	STEP(mshv_nvme_start(&n, dev, vm.ram + MEMORY, MEMORY, 0));
	mshv_nvme_submit(&n, 0, 0, false);
	if (way == WAY_CONTAINER)
		STEP(mshv_vfio_unmap(dev, vm.ram_size, 0));
	else
		STEP(mshv_vfio_detach(dev));
#undef STEP
	mshv_vfio_close(dev);
	point(life);
	mshv_vm_close(&vm);
	_exit(0);
}

/* Returns how it ended, as of waitpid(). */
static int one_life(struct life *life, unsigned int last, struct mshv_vfio *dev,
		    enum mshv_way way)
{
	int status = -1;
	pid_t pid;

	life->passed = 0;
	life->last = last;
	pid = fork();
	if (!pid)
		live(life, dev, way);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

TEST_F(nvme, vmm_is_killed_anywhere)
{
	unsigned int kills = number_from_environment("MSHV_ROUNDS", 12), all, i;
	unsigned int seed = number_from_environment("MSHV_SEED", time(NULL));
	struct life *life = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, life);
	mshv_vfio_close(&self->dev);
	mshv_vm_close(&self->vm);
	ASSERT_EQ(0, one_life(life, 0, &self->dev, variant->way));
	all = life->passed;
	ASSERT_LT(50, all);
	TH_LOG("%u points, MSHV_SEED=%u", all, seed);
	for (i = 0; i < kills; i++) {
		unsigned int last = 1 + rand_r(&seed) % all;

		ASSERT_EQ(SIGKILL, one_life(life, last, &self->dev, variant->way))
			TH_LOG("at point %u", last);
		EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE))
			TH_LOG("at point %u", last);
	}
	/* and the disk is as it was, for the next one */
	test_ok(give(&self->dev, variant->way, &self->vm, &self->nvme));
	for (i = 0; i < NVME_BUFFERS; i++) {
		test_ok(mshv_nvme_read(&self->nvme, i * 8, i));
		EXPECT_TRUE(mshv_disk_is(mshv_nvme_buffer(&self->nvme, i), "outside", i * 8));
	}
}

/* ---- two disks */

FIXTURE(two_disks) {
	struct mshv_vfio dev[2];
	struct mshv_vm vm[2];
	struct mshv_nvme nvme[2];
};

FIXTURE_SETUP(two_disks)
{
	int i;

	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_vfio_find_nth(&self->dev[1], NVME_VENDOR, NVME_DEVICE, 1) ||
	    mshv_vfio_find(&self->dev[0], NVME_VENDOR, NVME_DEVICE))
		SKIP(return, "there are no two NVMe disks");
	for (i = 0; i < 2; i++) {
		test_ok(mshv_vfio_bind(&self->dev[i]));
		/* one of either way, where there are both */
		test_ok(give(&self->dev[i], i || mshv_on_l1vh() ? WAY_ATTACHED : WAY_IOMMUFD,
			     &self->vm[i], &self->nvme[i]));
	}
}

FIXTURE_TEARDOWN(two_disks)
{
	int i;

	for (i = 0; i < 2 && self->dev[0].bdf[0]; i++) {
		mshv_vfio_close(&self->dev[i]);
		EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev[i], DEVICE_PLACE));
		test_ok(mshv_vfio_unbind(&self->dev[i]));
		mshv_vm_close(&self->vm[i]);
	}
}

/* The same guest addresses at the same time; each finds its own disk in its own memory. */
TEST_F(two_disks, do_not_meet)
{
	static const char *const who[] = { "outside", "other" };
	unsigned int i, b, d;

	for (b = 0; b < 64; b += 8) {
		mshv_disk_fill(mshv_nvme_buffer(&self->nvme[1], 0), who[1], b);
		test_ok(mshv_nvme_write(&self->nvme[1], b, 0));
	}
	for (i = 0; i < 20; i++) {
		for (b = 0; b < NVME_BUFFERS; b++)
			for (d = 0; d < 2; d++)
				mshv_nvme_submit(&self->nvme[d], b * 8, b, false);
		for (b = 0; b < NVME_BUFFERS; b++)
			for (d = 0; d < 2; d++)
				test_ok(mshv_nvme_wait(&self->nvme[d]));
		for (b = 0; b < NVME_BUFFERS; b++)
			for (d = 0; d < 2; d++) {
				uint8_t *page = mshv_nvme_buffer(&self->nvme[d], b);

				EXPECT_TRUE(mshv_disk_is(page, who[d], b * 8));
				memset(page, 0, PAGE_SIZE);
			}
	}
}

/* One of them goes, and the other does not notice. */
TEST_F(two_disks, one_goes)
{
	mshv_vfio_close(&self->dev[0]);
	mshv_vm_close(&self->vm[0]);
	test_ok(mshv_nvme_read(&self->nvme[1], 0, 0));
	test_ok(give(&self->dev[0], WAY_ATTACHED, &self->vm[0], &self->nvme[0]));
	mshv_vfio_close(&self->dev[1]);
	mshv_vm_close(&self->vm[1]);
	test_ok(mshv_nvme_read(&self->nvme[0], 0, 0));
	EXPECT_TRUE(mshv_disk_is(mshv_nvme_buffer(&self->nvme[0], 0), "outside", 0));
}

TEST_HARNESS_MAIN
