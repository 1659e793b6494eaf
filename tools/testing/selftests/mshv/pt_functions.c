// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual function of a disk for a guest, while the physical one stays with the host's own
 * driver: both see the same blocks, and neither the other's memory.
 *
 * Needs boot --device=nvme-vfs.
 */
#include <linux/nvme_ioctl.h>

#include "mshv_nvme.h"
#include "mshv_test.h"

#define MEMORY		0x100000UL	/* guest address of what the driver needs */
#define BLOCK		2000		/* that is written */

/* What moves queues and interrupts from the physical function to the others. */
#define VIRTUALIZATION		0x1c
#define RELEASE_PRIMARY		1
#define OFFLINE			7
#define ASSIGN			8
#define ONLINE			9
#define QUEUES			0
#define INTERRUPTS		1

FIXTURE(functions) {
	char pf[MSHV_BDF_SIZE];
	struct mshv_vfio dev[2];
	struct mshv_vm vm[2];
	struct mshv_nvme nvme[2];
};

FIXTURE_VARIANT(functions) {
	enum mshv_way way;
};

FIXTURE_VARIANT_ADD(functions, container) {
	.way = WAY_CONTAINER,
};

FIXTURE_VARIANT_ADD(functions, iommufd) {
	.way = WAY_IOMMUFD,
};

FIXTURE_VARIANT_ADD(functions, attached) {
	.way = WAY_ATTACHED,
};

static int find_physical(char *bdf)
{
	unsigned int i;

	for (i = 0; !mshv_pci_find(NVME_VENDOR, NVME_DEVICE, i, bdf); i++)
		if (mshv_pci_number(bdf, "sriov_totalvfs"))
			return 0;
	bdf[0] = '\0';
	return -ENODEV;
}

/* "/dev/nvmeN" of the controller whose disk is "/dev/nvmeNn1" */
static int open_controller(const char *bdf)
{
	char path[64];
	int fd = mshv_pci_block_device(bdf, path, sizeof(path));

	if (fd)
		return fd;
	*strrchr(path, 'n') = '\0';
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int virtualization(int fd, unsigned int controller, unsigned int action,
			  unsigned int resource, unsigned int n)
{
	struct nvme_admin_cmd cmd = {
		.opcode = VIRTUALIZATION,
		.cdw10 = controller << 16 | resource << 8 | action,
		.cdw11 = n,
	};

	return ioctl(fd, NVME_IOCTL_ADMIN_CMD, &cmd) ? -EIO : 0;
}

/* Two functions, with two queues and two interrupts each. */
static int make_functions(const char *pf)
{
	int fd = open_controller(pf), ret, i;

	if (fd < 0)
		return fd;
	ret = virtualization(fd, 0, RELEASE_PRIMARY, QUEUES, 0) ?:
	      virtualization(fd, 0, RELEASE_PRIMARY, INTERRUPTS, 0);
	/* It takes effect by a reset of the controller. */
	if (!ret)
		ret = ioctl(fd, NVME_IOCTL_RESET) ? -errno : 0;
	if (!ret)
		ret = mshv_pci_put(pf, "sriov_drivers_autoprobe", "0") ?:
		      mshv_pci_put(pf, "sriov_numvfs", "2");
	for (i = 1; i <= 2 && !ret; i++)
		ret = virtualization(fd, i, OFFLINE, 0, 0) ?:
		      virtualization(fd, i, ASSIGN, QUEUES, 2) ?:
		      virtualization(fd, i, ASSIGN, INTERRUPTS, 2) ?:
		      virtualization(fd, i, ONLINE, 0, 0);
	close(fd);
	return ret;
}

static int find_function(struct mshv_vfio *dev, const char *pf, unsigned int number)
{
	char link[32];
	int ret;

	*dev = (struct mshv_vfio) { .container = -1, .group = -1, .iommufd = -1, .fd = -1 };
	snprintf(link, sizeof(link), "virtfn%u", number);
	ret = mshv_pci_link(pf, link, dev->bdf, sizeof(dev->bdf));
	dev->rid = mshv_pci_rid(dev->bdf);
	return ret;
}

static int give(struct mshv_vfio *dev, enum mshv_way way, struct mshv_vm *vm, struct mshv_nvme *n)
{
	int ret = mshv_vfio_bind(dev) ?: mshv_vm_setup(vm) ?: mshv_vfio_give(dev, way, vm);

	return ret ?: mshv_nvme_start(n, dev, vm->ram + MEMORY, MEMORY, 0);
}

FIXTURE_SETUP(functions)
{
	int i;

	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_on_l1vh() && variant->way != WAY_ATTACHED)
		SKIP(return, "L1VH has no domains");
	if (find_physical(self->pf))
		SKIP(return, "there is no disk with virtual functions");
	if (system("modprobe nvme"))
		SKIP(return, "the kernel has no driver for the disk");
	test_ok(mshv_pci_bind(self->pf, "nvme"));
	test_ok(make_functions(self->pf));
	for (i = 0; i < 2; i++) {
		test_ok(find_function(&self->dev[i], self->pf, i));
		test_ok(give(&self->dev[i], variant->way, &self->vm[i], &self->nvme[i]));
	}
}

FIXTURE_TEARDOWN(functions)
{
	int i;

	if (!self->pf[0])
		return;
	for (i = 0; i < 2; i++) {
		mshv_vfio_close(&self->dev[i]);
		EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev[i], DEVICE_PLACE));
		test_ok(mshv_vfio_unbind(&self->dev[i]));
		mshv_vm_close(&self->vm[i]);
	}
	test_ok(mshv_pci_put(self->pf, "sriov_numvfs", "0"));
	test_ok(mshv_pci_unbind(self->pf));
	EXPECT_EQ(0, system("modprobe -r nvme"));
}

/* By the host, without what it has in memory of the disk. */
static int host_transfer(const char *pf, uint8_t *page, uint64_t block, bool write)
{
	char path[64];
	int fd, ret = mshv_pci_block_device(pf, path, sizeof(path));
	ssize_t n;

	if (ret)
		return ret;
	fd = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write ? pwrite(fd, page, PAGE_SIZE, block * NVME_BLOCK) :
		    pread(fd, page, PAGE_SIZE, block * NVME_BLOCK);
	close(fd);
	return n == (ssize_t)PAGE_SIZE ? 0 : -EIO;
}

TEST_F(functions, host_and_guests_share_the_disk)
{
	static const char *const who[] = { "function 1", "function 2", "host" };
	uint8_t *page = mshv_alloc(PAGE_SIZE);
	unsigned int i, f;

	ASSERT_NE(NULL, page);
	for (f = 0; f < 2; f++)
		EXPECT_EQ(variant->way == WAY_ATTACHED ? PLACE_PARTITION : PLACE_DOMAIN,
			  mshv_device_count(&self->dev[f], DEVICE_PLACE));
	for (i = 0; i < 10; i++) {
		for (f = 0; f < 2; f++) {
			mshv_disk_fill(mshv_nvme_buffer(&self->nvme[f], 0), who[f], BLOCK);
			test_ok(mshv_nvme_write(&self->nvme[f], BLOCK, 0));
			test_ok(host_transfer(self->pf, page, BLOCK, false));
			EXPECT_TRUE(mshv_disk_is(page, who[f], BLOCK));
		}
		mshv_disk_fill(page, who[2], BLOCK);
		test_ok(host_transfer(self->pf, page, BLOCK, true));
		for (f = 0; f < 2; f++) {
			test_ok(mshv_nvme_read(&self->nvme[f], BLOCK, 1));
			EXPECT_TRUE(mshv_disk_is(mshv_nvme_buffer(&self->nvme[f], 1), who[2],
						 BLOCK));
		}
	}
	munmap(page, PAGE_SIZE);
}

/* A reset of one is none of the others'. */
TEST_F(functions, one_is_reset)
{
	uint8_t *page = mshv_alloc(PAGE_SIZE);
	unsigned int i;

	ASSERT_NE(NULL, page);
	for (i = 0; i < 5; i++) {
		mshv_nvme_submit(&self->nvme[0], 0, 0, false);
		test_ok(mshv_vfio_reset(&self->dev[0]));
		test_ok(mshv_nvme_read(&self->nvme[1], 0, 0));
		test_ok(host_transfer(self->pf, page, 0, false));
		test_ok(mshv_nvme_start(&self->nvme[0], &self->dev[0], self->vm[0].ram + MEMORY,
					MEMORY, 0));
		test_ok(mshv_nvme_read(&self->nvme[0], 0, 0));
	}
	munmap(page, PAGE_SIZE);
}

/* To a new VM, while the other guest and the host go on. */
TEST_F(functions, one_moves_on)
{
	uint8_t *page = mshv_alloc(PAGE_SIZE);
	unsigned int i;

	ASSERT_NE(NULL, page);
	for (i = 0; i < 5; i++) {
		mshv_vfio_close(&self->dev[0]);
		mshv_vm_close(&self->vm[0]);
		EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev[0], DEVICE_PLACE));
		test_ok(mshv_nvme_read(&self->nvme[1], 0, 0));
		test_ok(host_transfer(self->pf, page, 0, false));
		test_ok(give(&self->dev[0], variant->way, &self->vm[0], &self->nvme[0]));
		test_ok(mshv_nvme_read(&self->nvme[0], 0, 0));
	}
	munmap(page, PAGE_SIZE);
}

TEST_HARNESS_MAIN
