// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device with ATS, whose reset the kernel has its IOMMU driver take part in: it is blocked
 * meanwhile, and afterwards where it was. It is a virtio source of random numbers, which needs
 * one queue and writes to memory. Without domains a container, or an IOAS, is the partition's whose
 * bridge has the file: from there, too, the device goes and comes back.
 *
 * Needs boot --device=ats.
 */
#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <sys/eventfd.h>

#include "mshv_bridge.h"
#include "mshv_test.h"
#include "mshv_vfio.h"

#define RNG_VENDOR	0x1af4
#define RNG_DEVICE	0x1044
#define CAPABILITIES	0x34
#define VENDOR_SPECIFIC	0x09

#define GSI		5

#define MEMORY		0x100000UL	/* guest address: a page of queue, and one of numbers */
#define NUMBERS		(MEMORY + PAGE_SIZE)
#define ENTRIES		8
/* In the page of the queue. */
#define AVAIL		0x400
#define USED		0x800

struct source {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	int bridge;				/* that has its file; 0: none */
	uint64_t config;			/* offset of the configuration space */
	uint8_t *bar;				/* with the registers */
	uint64_t bar_size;
	volatile struct virtio_pci_common_cfg *common;
	volatile uint16_t *notify;
	bool interrupts;			/* MSI-X is on */
	uint16_t done;
};

FIXTURE(ats) {
	struct source rng;
};

FIXTURE_VARIANT(ats) {
	enum mshv_way way;
};

FIXTURE_VARIANT_ADD(ats, container) {
	.way = WAY_CONTAINER,
};

FIXTURE_VARIANT_ADD(ats, iommufd) {
	.way = WAY_IOMMUFD,
};

FIXTURE_VARIANT_ADD(ats, attached) {
	.way = WAY_ATTACHED,
};

static int read_config(struct source *s, void *to, size_t size, unsigned int at)
{
	return pread(s->dev.fd, to, size, s->config + at) == (ssize_t)size ? 0 : -EIO;
}

static int write_config(struct source *s, const void *from, size_t size, unsigned int at)
{
	return pwrite(s->dev.fd, from, size, s->config + at) == (ssize_t)size ? 0 : -EIO;
}

/* Where the capability of PCI Express is; 0: there is none. */
static uint8_t find_express(struct source *s)
{
	uint8_t cap[2] = { 0, 0 };

	for (read_config(s, &cap[1], 1, CAPABILITIES); cap[1];) {
		uint8_t at = cap[1];

		if (read_config(s, cap, 2, at))
			return 0;
		if (cap[0] == PCI_CAP_ID_EXP)
			return at;
	}
	return 0;
}

/* The registers of one kind, which are all in one BAR; NULL: there are none. */
static void *find_registers(struct source *s, uint8_t kind)
{
	struct vfio_region_info region = { .argsz = sizeof(region) };
	struct virtio_pci_cap cap;
	uint8_t at;

	for (read_config(s, &at, 1, CAPABILITIES); at; at = cap.cap_next) {
		if (read_config(s, &cap, sizeof(cap), at))
			return NULL;
		if (cap.cap_vndr != VENDOR_SPECIFIC || cap.cfg_type != kind)
			continue;
		if (!s->bar) {
			region.index = cap.bar;
			if (ioctl(s->dev.fd, VFIO_DEVICE_GET_REGION_INFO, &region))
				return NULL;
			s->bar = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED,
					 s->dev.fd, region.offset);
			s->bar_size = region.size;
		}
		return s->bar == MAP_FAILED ? NULL : s->bar + cap.offset;
	}
	return NULL;
}

/* With one queue, from the beginning. */
static int start(struct source *s)
{
	volatile struct virtio_pci_common_cfg *c = s->common;
	const uint8_t ready = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			      VIRTIO_CONFIG_S_FEATURES_OK;
	unsigned int i;

	memset(s->vm.ram + MEMORY, 0, 2 * PAGE_SIZE);
	s->done = 0;
	c->device_status = 0;
	for (i = 0; c->device_status && i < 1000; i++)
		usleep(1000);
	c->device_status = VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER;
	/* a virtio device of today, which goes through the IOMMU */
	c->guest_feature_select = 1;
	c->guest_feature = 1 << (VIRTIO_F_VERSION_1 - 32) | 1 << (VIRTIO_F_ACCESS_PLATFORM - 32);
	c->guest_feature_select = 0;
	c->guest_feature = 0;
	c->device_status = ready;
	if (c->device_status != ready)
		return -EIO;
	c->queue_select = 0;
	c->queue_size = ENTRIES;
	c->queue_desc_lo = MEMORY;
	c->queue_desc_hi = 0;
	c->queue_avail_lo = MEMORY + AVAIL;
	c->queue_avail_hi = 0;
	c->queue_used_lo = MEMORY + USED;
	c->queue_used_hi = 0;
	c->queue_msix_vector = s->interrupts ? 0 : VIRTIO_MSI_NO_VECTOR;
	c->queue_enable = 1;
	c->device_status = ready | VIRTIO_CONFIG_S_DRIVER_OK;
	return 0;
}

/* Has it write random numbers to a page. */
static void ask(struct source *s)
{
	struct vring_desc *desc = (void *)(s->vm.ram + MEMORY);
	struct vring_avail *avail = (void *)(s->vm.ram + MEMORY + AVAIL);

	desc[0] = (struct vring_desc) {
		.addr = NUMBERS, .len = PAGE_SIZE, .flags = VRING_DESC_F_WRITE,
	};
	avail->ring[avail->idx % ENTRIES] = 0;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	avail->idx++;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*s->notify = 0;
}

static int wait_done(struct source *s)
{
	volatile struct vring_used *used = (void *)(s->vm.ram + MEMORY + USED);
	unsigned int i;

	s->done++;
	for (i = 0; used->idx != s->done; i++) {
		if (i == 100000)
			return -ETIMEDOUT;
		usleep(1000);
	}
	return 0;
}

/* Nobody else puts that many different bytes there. */
static bool has_numbers(struct source *s)
{
	bool seen[256] = {};
	unsigned int i, n = 0;

	for (i = 0; i < 64; i++) {
		n += !seen[s->vm.ram[NUMBERS + i]];
		seen[s->vm.ram[NUMBERS + i]] = true;
	}
	return n > 16;
}

#define expect_numbers(m)						\
	do {								\
		memset((m)->vm.ram + NUMBERS, 0, PAGE_SIZE);		\
		ask(m);							\
		test_ok(wait_done(m));					\
		EXPECT_TRUE(has_numbers(m));				\
	} while (0)

/* As a VMM does that knows containers and the bridge, and nothing of partitions. */
static int give_by_bridge(struct source *s, enum mshv_way way)
{
	int ret = way == WAY_CONTAINER ? mshv_vfio_open_group(&s->dev) :
					 mshv_vfio_open_cdev(&s->dev);
	uint32_t pt = s->dev.ioas;

	if (!ret)
		ret = s->bridge = _test_create_device(s->vm.fd, MSHV_DEV_TYPE_VFIO, 0);
	if (ret < 0)
		return ret;
	ret = _test_file(s->bridge, MSHV_DEV_VFIO_FILE_ADD,
			 way == WAY_CONTAINER ? s->dev.group : s->dev.fd);
	if (!ret && way == WAY_IOMMUFD)
		ret = mshv_vfio_attach(&s->dev, &pt);
	ret = ret ?: mshv_vfio_map(&s->dev, s->vm.ram, s->vm.ram_size, 0, true);
	return ret ?: mshv_vfio_registers(&s->dev);
}

/* From no registers to a device that works. */
static int give(struct source *s, enum mshv_way way)
{
	struct vfio_region_info region = {
		.argsz = sizeof(region),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	int ret = mshv_vm_setup(&s->vm);

	if (!ret && mshv_on_l1vh() && way != WAY_ATTACHED)
		ret = give_by_bridge(s, way);
	else if (!ret)
		ret = mshv_vfio_give(&s->dev, way, &s->vm);
	if (!ret)
		ret = ioctl(s->dev.fd, VFIO_DEVICE_GET_REGION_INFO, &region) ? -errno : 0;
	if (ret)
		return ret;
	s->config = region.offset;
	s->common = find_registers(s, VIRTIO_PCI_CAP_COMMON_CFG);
	s->notify = find_registers(s, VIRTIO_PCI_CAP_NOTIFY_CFG);
	return s->common && s->notify ? start(s) : -ENODEV;
}

static void take(struct source *s)
{
	if (s->bar && s->bar != MAP_FAILED)
		munmap(s->bar, s->bar_size);
	s->bar = NULL;
	if (s->bridge)
		close(s->bridge);
	s->bridge = 0;
	mshv_vfio_close(&s->dev);
	mshv_vm_close(&s->vm);
}

static enum mshv_device_place place_of(enum mshv_way way)
{
	return mshv_on_l1vh() || way == WAY_ATTACHED ? PLACE_PARTITION : PLACE_DOMAIN;
}

FIXTURE_SETUP(ats)
{
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_vfio_find(&self->rng.dev, RNG_VENDOR, RNG_DEVICE))
		SKIP(return, "there is no device with ATS");
	test_ok(mshv_vfio_bind(&self->rng.dev));
	test_ok(give(&self->rng, variant->way));
}

FIXTURE_TEARDOWN(ats)
{
	if (!self->rng.dev.bdf[0])
		return;
	take(&self->rng);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->rng.dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&self->rng.dev));
}

TEST_F(ats, it_writes)
{
	expect_numbers(&self->rng);
	expect_numbers(&self->rng);
}

/* Under work, again and again. */
TEST_F(ats, is_reset)
{
	enum mshv_device_place place = place_of(variant->way);
	int i;

	for (i = 0; i < 10; i++) {
		expect_numbers(&self->rng);
		ask(&self->rng);
		test_ok(mshv_vfio_reset(&self->rng.dev));
		EXPECT_EQ(place, mshv_device_count(&self->rng.dev, DEVICE_PLACE));
		test_ok(start(&self->rng));
	}
	expect_numbers(&self->rng);
}

/* By the device's own register, as a guest's driver has it done, which VFIO stands behind. */
TEST_F(ats, function_level_reset)
{
	enum mshv_device_place place = place_of(variant->way);
	uint16_t command, control;
	uint8_t at = find_express(&self->rng);
	int i;

	ASSERT_NE(0, at);
	test_ok(read_config(&self->rng, &command, 2, PCI_COMMAND));
	for (i = 0; i < 3; i++) {
		expect_numbers(&self->rng);
		ask(&self->rng);
		test_ok(read_config(&self->rng, &control, 2, at + PCI_EXP_DEVCTL));
		control |= PCI_EXP_DEVCTL_BCR_FLR;
		test_ok(write_config(&self->rng, &control, 2, at + PCI_EXP_DEVCTL));
		EXPECT_EQ(place, mshv_device_count(&self->rng.dev, DEVICE_PLACE));
		test_ok(write_config(&self->rng, &command, 2, PCI_COMMAND));
		/* what it was before its reset would be there without one */
		EXPECT_EQ(0, self->rng.common->device_status);
		test_ok(start(&self->rng));
	}
	expect_numbers(&self->rng);
}

/* By the way to the guest that it had before, though the device has left the guest for a moment. */
TEST_F(ats, its_interrupt_comes_after_a_reset)
{
	struct source *s = &self->rng;
	int event = test_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), i;
	uint32_t before;

	test_ok(mshv_vp_enable_x2apic(&s->vm.vp[0]));
	test_route(s->vm.fd, GSI, 0xfee00000, GUEST_VECTOR_A);
	test_irqfd(s->vm.fd, event, 0, GSI, 0);
	test_ok(mshv_vfio_set_irqs(&s->dev, VFIO_PCI_MSIX_IRQ_INDEX, &event, 1));
	s->interrupts = true;
	for (i = 0; i < 4; i++) {
		test_ok(start(s));
		before = mshv_device_count(&s->dev, DEVICE_TO_GUEST);
		expect_numbers(s);
		EXPECT_TRUE(mshv_device_counted(&s->dev, DEVICE_TO_GUEST, before));
		test_ok(mshv_vfio_reset(&s->dev));
	}
	close(event);
}

/* Its memory may change meanwhile. */
TEST_F(ats, memory_changes_and_it_is_reset)
{
	uint64_t gpa = 0x2000000;
	uint8_t *more = mshv_alloc(16 * PAGE_SIZE);
	int i;

	ASSERT_NE(NULL, more);
	for (i = 0; i < 5; i++) {
		test_map(self->rng.vm.fd, more, 16 * PAGE_SIZE, gpa / PAGE_SIZE, MEM_RWX);
		test_ok(mshv_vfio_reset(&self->rng.dev));
		test_ok(start(&self->rng));
		expect_numbers(&self->rng);
		test_unmap(self->rng.vm.fd, more, 16 * PAGE_SIZE, gpa / PAGE_SIZE);
		expect_numbers(&self->rng);
	}
}

/* The guest has its registers: what is said of ATS has to be true for that. */
TEST_F(ats, the_guest_reads_its_registers)
{
	struct mshv_vp *vp = &self->rng.vm.vp[0];
	uint32_t seen;

	test_map(self->rng.vm.fd, self->rng.bar, self->rng.bar_size, GUEST_MMIO / PAGE_SIZE, MEM_RW);
	self->rng.common->guest_feature_select = 0x1234;
	test_load(&self->rng.vm, fs_read32);
	test_ok(mshv_vp_real_mode(vp, GUEST_CODE));
	test_ok(mshv_vp_set_fs(vp, GUEST_MMIO));
	test_set_reg(vp, HV_X64_REGISTER_RBX, (uint8_t *)&self->rng.common->guest_feature_select -
		     self->rng.bar);
	test_run(vp, HVMSG_X64_HALT);
	seen = mshv_data32(&self->rng.vm, 0);
	EXPECT_EQ(0x1234, seen);
	test_unmap(self->rng.vm.fd, self->rng.bar, self->rng.bar_size, GUEST_MMIO / PAGE_SIZE);
}

TEST_F(ats, again_and_again)
{
	int i;

	for (i = 0; i < 5; i++) {
		expect_numbers(&self->rng);
		take(&self->rng);
		EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->rng.dev, DEVICE_PLACE));
		test_ok(give(&self->rng, variant->way));
	}
}

TEST_HARNESS_MAIN
