// SPDX-License-Identifier: GPL-2.0-only
/*
 * Isolation sets: devices that can reach each other have one owner, others have their own.
 *
 * Needs boot --device=edu@bridge twice, --device=edu@port twice, --device=nvme@functions
 * twice, and --device=edu@plain-port.
 */
#include <linux/pci_regs.h>

#include "mshv_bridge.h"
#include "mshv_edu.h"
#include "mshv_nvme.h"
#include "mshv_test.h"

#define IOVA	0x1000000UL	/* any; edu reaches 256 MiB */

FIXTURE(sets) {
	struct mshv_vfio dev[2];
	struct mshv_vm vm;
	int bridge;
};

FIXTURE_SETUP(sets)
{
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
}

FIXTURE_TEARDOWN(sets)
{
	int i;

	if (self->bridge)
		close(self->bridge);
	for (i = 0; i < 2 && self->dev[i].bdf[0]; i++) {
		mshv_vfio_close(&self->dev[i]);
		test_ok(mshv_vfio_unbind(&self->dev[i]));
	}
	if (self->vm.ram)
		mshv_vm_close(&self->vm);
}

static bool same_bus(const char *a, const char *b)
{
	return !strncmp(a, b, strlen("0000:00"));
}

static bool on_root_bus(const char *bdf)
{
	return !strncmp(bdf, "0000:00", strlen("0000:00"));
}

/* The first two of these ids that are on one bus other than the root bus, or on two. */
static bool find_two(struct mshv_vfio dev[2], bool together)
{
	unsigned int i, j;

	for (i = 0; !mshv_vfio_find_nth(&dev[0], EDU_VENDOR, EDU_DEVICE, i); i++)
		for (j = i + 1; !mshv_vfio_find_nth(&dev[1], EDU_VENDOR, EDU_DEVICE, j); j++)
			if (!on_root_bus(dev[0].bdf) && !on_root_bus(dev[1].bdf) &&
			    same_bus(dev[0].bdf, dev[1].bdf) == together)
				return true;
	dev[0].bdf[0] = '\0';
	dev[1].bdf[0] = '\0';
	return false;
}

static bool port_has_acs(const char *bdf)
{
	uint32_t head = 0;
	char path[64];
	int fd, at;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/../config", bdf);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	for (at = PCI_CFG_SPACE_SIZE; at; at = PCI_EXT_CAP_NEXT(head))
		if (pread(fd, &head, sizeof(head), at) != sizeof(head) ||
		    PCI_EXT_CAP_ID(head) == PCI_EXT_CAP_ID_ACS)
			break;
	close(fd);
	return at;
}

static bool alone_on_its_bus(const struct mshv_vfio *dev)
{
	struct mshv_vfio other;
	unsigned int i;

	for (i = 0; !mshv_vfio_find_nth(&other, EDU_VENDOR, EDU_DEVICE, i); i++)
		if (strcmp(other.bdf, dev->bdf) && same_bus(other.bdf, dev->bdf))
			return false;
	return true;
}

static bool find_at_plain_port(struct mshv_vfio *dev)
{
	unsigned int i;

	for (i = 0; !mshv_vfio_find_nth(dev, EDU_VENDOR, EDU_DEVICE, i); i++)
		if (!on_root_bus(dev->bdf) && alone_on_its_bus(dev) && !port_has_acs(dev->bdf))
			return true;
	dev->bdf[0] = '\0';
	return false;
}

static bool find_functions(struct mshv_vfio dev[2])
{
	unsigned int i;

	for (i = 0; !mshv_vfio_find_nth(&dev[1], NVME_VENDOR, NVME_DEVICE, i + 1); i++)
		if (!mshv_vfio_find_nth(&dev[0], NVME_VENDOR, NVME_DEVICE, i) &&
		    !strncmp(dev[0].bdf, dev[1].bdf, strlen("0000:00:00")))
			return true;
	dev[0].bdf[0] = '\0';
	dev[1].bdf[0] = '\0';
	return false;
}

static int bind_both(struct mshv_vfio dev[2])
{
	return mshv_vfio_bind(&dev[0]) ?: mshv_vfio_bind(&dev[1]);
}

/* The second one joins the first one's container, with the group that they share. */
static int open_in_group_of(struct mshv_vfio *dev, struct mshv_vfio *first)
{
	dev->fd = ioctl(first->group, VFIO_GROUP_GET_DEVICE_FD, dev->bdf);
	return dev->fd < 0 ? -errno : mshv_vfio_registers(dev);
}

/* Both copy, to and from memory that one of them has mapped. */
#define expect_copies(m, map_with)						\
	do {									\
		uint8_t *_p = mshv_alloc(2 * PAGE_SIZE);			\
		int _i, _j;							\
										\
		ASSERT_NE(NULL, _p);						\
		test_ok(mshv_vfio_map(map_with, _p, 2 * PAGE_SIZE, IOVA, true)); \
		for (_i = 0; _i < 2; _i++) {					\
			for (_j = 0; _j < EDU_COPY; _j++)			\
				_p[_j] = _i + _j * 3;				\
			memset(_p + PAGE_SIZE, 0, PAGE_SIZE);			\
			test_ok(mshv_edu_dma(&(m)->dev[_i], IOVA, EDU_BUFFER, EDU_COPY, false)); \
			test_ok(mshv_edu_dma(&(m)->dev[_i], EDU_BUFFER, IOVA + PAGE_SIZE, \
					     EDU_COPY, true));			\
			EXPECT_EQ(0, memcmp(_p, _p + PAGE_SIZE, EDU_COPY));	\
		}								\
		test_ok(mshv_vfio_unmap(map_with, 2 * PAGE_SIZE, IOVA));	\
		munmap(_p, 2 * PAGE_SIZE);					\
	} while (0)

TEST_F(sets, behind_a_bridge_without_acs)
{
	if (!find_two(self->dev, true))
		SKIP(return, "there are no two devices behind a bridge");
	ASSERT_LE(0, mshv_pci_group(self->dev[0].bdf));
	EXPECT_EQ(mshv_pci_group(self->dev[0].bdf), mshv_pci_group(self->dev[1].bdf));
}

TEST_F(sets, at_ports_with_acs)
{
	if (!find_two(self->dev, false))
		SKIP(return, "there are no two devices at ports");
	ASSERT_LE(0, mshv_pci_group(self->dev[0].bdf));
	ASSERT_LE(0, mshv_pci_group(self->dev[1].bdf));
	EXPECT_NE(mshv_pci_group(self->dev[0].bdf), mshv_pci_group(self->dev[1].bdf));
}

#define FROM	0x20000UL	/* guest addresses */
#define TO	0x24000UL

/* Nobody else is there whom it could reach. */
TEST_F(sets, at_a_port_without_acs)
{
	struct mshv_vfio other, *dev = &self->dev[0];
	unsigned int i;

	if (!find_at_plain_port(dev))
		SKIP(return, "there is no device at such a port");
	ASSERT_LE(0, mshv_pci_group(dev->bdf));
	for (i = 0; !mshv_vfio_find_nth(&other, EDU_VENDOR, EDU_DEVICE, i); i++)
		if (strcmp(other.bdf, dev->bdf))
			EXPECT_NE(mshv_pci_group(other.bdf), mshv_pci_group(dev->bdf));
	test_ok(mshv_vm_open(&self->vm));
	test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));
	test_ok(mshv_vfio_bind(dev));
	for (i = mshv_on_l1vh() ? WAY_ATTACHED : WAY_CONTAINER; i <= WAY_ATTACHED; i++) {
		test_ok(mshv_vfio_give(dev, i, &self->vm));
		memset(self->vm.ram + FROM, 0x50 + i, EDU_COPY);
		test_ok(mshv_edu_dma(dev, FROM, EDU_BUFFER, EDU_COPY, false));
		test_ok(mshv_edu_dma(dev, EDU_BUFFER, TO, EDU_COPY, true));
		EXPECT_EQ(0, memcmp(self->vm.ram + FROM, self->vm.ram + TO, EDU_COPY));
		mshv_vfio_close(dev);
	}
}

/* Their requests look the same to the IOMMU, so that they have one domain. */
TEST_F(sets, a_set_is_taken_together)
{
	if (mshv_on_l1vh())
		SKIP(return, "L1VH has no domains");
	if (!find_two(self->dev, true))
		SKIP(return, "there are no two devices behind a bridge");
	test_ok(bind_both(self->dev));
	test_ok(mshv_vfio_open_group(&self->dev[0]));
	test_ok(mshv_vfio_registers(&self->dev[0]));
	test_ok(open_in_group_of(&self->dev[1], &self->dev[0]));
	expect_copies(self, &self->dev[0]);
	/* One of them goes, and the other still has it. */
	mshv_vfio_close(&self->dev[1]);
	test_ok(open_in_group_of(&self->dev[1], &self->dev[0]));
	expect_copies(self, &self->dev[0]);
}

/* A second user finds the group taken, in every way. */
TEST_F(sets, a_set_has_one_user)
{
	struct mshv_vfio other;
	uint32_t pt;

	if (mshv_on_l1vh())
		SKIP(return, "L1VH has no domains");
	if (!find_two(self->dev, true))
		SKIP(return, "there are no two devices behind a bridge");
	test_ok(bind_both(self->dev));
	other = self->dev[1];
	test_ok(mshv_vfio_open_group(&self->dev[0]));
	EXPECT_EQ(-EBUSY, mshv_vfio_open_group(&other));
	EXPECT_GT(0, mshv_vfio_open_cdev(&other));
	mshv_vfio_close(&other);
	mshv_vfio_close(&self->dev[0]);

	/* Two of iommufd's users. */
	test_ok(mshv_vfio_open_cdev(&self->dev[0]));
	pt = self->dev[0].ioas;
	test_ok(mshv_vfio_attach(&self->dev[0], &pt));
	EXPECT_GT(0, mshv_vfio_open_cdev(&other));
	mshv_vfio_close(&other);
}

/* Nobody need bind what nobody drives. */
TEST_F(sets, others_without_a_driver)
{
	if (!find_two(self->dev, true))
		SKIP(return, "there are no two devices behind a bridge");
	test_ok(mshv_vfio_bind(&self->dev[0]));
	ASSERT_FALSE(mshv_pci_has(self->dev[1].bdf, "driver"));
	test_ok(mshv_vfio_open_group(&self->dev[0]));
	mshv_vfio_close(&self->dev[0]);
	test_ok(mshv_vfio_open_cdev(&self->dev[0]));
}

/* The guest could not tell which of them its device is. */
TEST_F(sets, a_name_that_two_have_is_not_attached)
{
	int nested;

	if (mshv_on_l1vh())
		SKIP(return, "L1VH has a name for each function");
	if (!find_two(self->dev, true))
		SKIP(return, "there are no two devices behind a bridge");
	test_ok(bind_both(self->dev));
	test_ok(mshv_vm_open(&self->vm));
	test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));
	test_ok(mshv_vfio_open_cdev(&self->dev[0]));
	nested = mshv_vfio_attach_to(&self->dev[0], self->vm.fd, 1);
	EXPECT_EQ(-EINVAL, nested);
	EXPECT_EQ(PLACE_NULL, mshv_device_count(&self->dev[0], DEVICE_PLACE));
}

#define place_of(i)	mshv_device_count(&self->dev[i], DEVICE_PLACE)

/* The guest has the file of the set: a function that VFIO gets later is the guest's as well. */
TEST_F(sets, one_comes_later)
{
	int i;

	if (!mshv_on_l1vh())
		SKIP(return, "there are domains, which have the whole set");
	if (!find_functions(self->dev))
		SKIP(return, "there are no two functions of a device");
	test_ok(mshv_vm_open(&self->vm));
	test_ok(mshv_vm_ram(&self->vm, GUEST_RAM_SIZE));
	test_ok(mshv_vfio_bind(&self->dev[0]));
	test_ok(mshv_vfio_open_group(&self->dev[0]));
	self->bridge = test_fd(_test_create_device(self->vm.fd, MSHV_DEV_TYPE_VFIO, 0));
	test_file(self->bridge, MSHV_DEV_VFIO_FILE_ADD, self->dev[0].group);
	test_ok(mshv_vfio_map(&self->dev[0], self->vm.ram, self->vm.ram_size, 0, true));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(PLACE_PARTITION, place_of(0));
		EXPECT_EQ(PLACE_HOST, place_of(1));
		test_ok(mshv_vfio_bind(&self->dev[1]));
		EXPECT_EQ(PLACE_PARTITION, place_of(1));
		test_ok(open_in_group_of(&self->dev[1], &self->dev[0]));
		mshv_vfio_close(&self->dev[1]);
		test_ok(mshv_vfio_unbind(&self->dev[1]));
	}
}

/* What the host drives keeps its whole set from guests. */
TEST_F(sets, the_host_has_one_of_a_set)
{
	struct mshv_vfio other;

	if (!find_functions(self->dev))
		SKIP(return, "there are no two functions of a device");
	if (system("modprobe nvme"))
		SKIP(return, "the kernel has no driver for the disk");
	ASSERT_LE(0, mshv_pci_group(self->dev[0].bdf));
	EXPECT_EQ(mshv_pci_group(self->dev[0].bdf), mshv_pci_group(self->dev[1].bdf));
	test_ok(mshv_vfio_bind(&self->dev[0]));
	test_ok(mshv_pci_bind(self->dev[1].bdf, "nvme"));
	other = self->dev[0];
	if (!mshv_on_l1vh())
		EXPECT_EQ(-EPERM, mshv_vfio_open_group(&other));
	mshv_vfio_close(&other);
	EXPECT_GT(0, mshv_vfio_open_cdev(&other));
	mshv_vfio_close(&other);
	/* Without it, both can be had. */
	test_ok(mshv_vfio_bind(&self->dev[1]));
	test_ok(mshv_vfio_open_cdev(&self->dev[0]));
	mshv_vfio_close(&self->dev[0]);
	EXPECT_EQ(0, system("modprobe -r nvme"));
}

/* Each on its own, at the same time. */
TEST_F(sets, ports_with_acs_are_apart)
{
	uint32_t pt;
	int i;

	if (mshv_on_l1vh())
		SKIP(return, "L1VH has no domains");
	if (!find_two(self->dev, false))
		SKIP(return, "there are no two devices at ports");
	test_ok(bind_both(self->dev));
	test_ok(mshv_vfio_open_group(&self->dev[0]));
	test_ok(mshv_vfio_open_cdev(&self->dev[1]));
	pt = self->dev[1].ioas;
	test_ok(mshv_vfio_attach(&self->dev[1], &pt));
	for (i = 0; i < 2; i++) {
		uint8_t *p = mshv_alloc(PAGE_SIZE);

		ASSERT_NE(NULL, p);
		memset(p, 0x40 + i, PAGE_SIZE);
		test_ok(mshv_vfio_registers(&self->dev[i]));
		test_ok(mshv_vfio_map(&self->dev[i], p, PAGE_SIZE, IOVA, true));
		test_ok(mshv_edu_dma(&self->dev[i], IOVA, EDU_BUFFER, EDU_COPY, false));
		memset(p, 0, PAGE_SIZE);
		test_ok(mshv_edu_dma(&self->dev[i], EDU_BUFFER, IOVA, EDU_COPY, true));
		EXPECT_EQ(0x40 + i, p[0]);
		EXPECT_EQ(0x40 + i, p[EDU_COPY - 1]);
	}
}

TEST_HARNESS_MAIN
