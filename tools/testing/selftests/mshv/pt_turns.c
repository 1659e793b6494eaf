// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk that guests and the host's own driver have in turn.
 *
 * It is a program of its own, and run behind the others, since with the driver come interrupts of
 * the host's: on the debug kernel Linux's hv_irq_compose_msi_msg() may end lockdep for the rest
 * of a run.
 */
#include "mshv_nvme.h"
#include "mshv_test.h"

#define MEMORY		0x100000UL	/* guest address of what the driver needs */
/* Where the ways write; pt_nvme has blocks below. */
#define WRITTEN(way)	(1064 + 100 * (way))

FIXTURE(turns) {
	struct mshv_vfio dev;
	struct mshv_vm vm;
	struct mshv_nvme nvme;
};

FIXTURE_VARIANT(turns) {
	enum mshv_way way;
};

FIXTURE_VARIANT_ADD(turns, container) {
	.way = WAY_CONTAINER,
};

FIXTURE_VARIANT_ADD(turns, iommufd) {
	.way = WAY_IOMMUFD,
};

FIXTURE_VARIANT_ADD(turns, attached) {
	.way = WAY_ATTACHED,
};

/* To a new VM, with its driver running. */
static int give(struct mshv_vfio *dev, enum mshv_way way, struct mshv_vm *vm, struct mshv_nvme *n)
{
	int ret = mshv_vm_setup(vm);

	if (!ret)
		ret = mshv_vfio_give(dev, way, vm);
	return ret ?: mshv_nvme_start(n, dev, vm->ram + MEMORY, MEMORY, 0);
}

FIXTURE_SETUP(turns)
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

FIXTURE_TEARDOWN(turns)
{
	if (!self->dev.bdf[0])
		return;
	mshv_vfio_close(&self->dev);
	EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
	test_ok(mshv_vfio_unbind(&self->dev));
	mshv_vm_close(&self->vm);
}

/* The host's own driver reads the block. */
static bool host_reads(struct mshv_vfio *dev, uint64_t block, const char *who)
{
	uint8_t *page = mshv_alloc(PAGE_SIZE);
	char path[64];
	bool ok;
	int fd;

	if (!page || mshv_pci_block_device(dev->bdf, path, sizeof(path)))
		return false;
	fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	ok = fd >= 0 && pread(fd, page, PAGE_SIZE, block * NVME_BLOCK) == (ssize_t)PAGE_SIZE &&
	     mshv_disk_is(page, who, block);
	if (fd >= 0)
		close(fd);
	munmap(page, PAGE_SIZE);
	return ok;
}

/* From VM to VM, and to the host in between. */
TEST_F(turns, host_and_guests_in_turn)
{
	const char *told = getenv("MSHV_ROUNDS");
	unsigned int rounds = told ? strtoul(told, NULL, 0) : 3, i;
	uint64_t block = WRITTEN(variant->way);

	if (system("modprobe nvme"))
		SKIP(return, "the kernel has no driver for it");
	for (i = 0; i < rounds; i++) {
		char who[32];

		snprintf(who, sizeof(who), "round %u", i);
		mshv_disk_fill(mshv_nvme_buffer(&self->nvme, 0), who, block);
		test_ok(mshv_nvme_write(&self->nvme, block, 0));
		mshv_vfio_close(&self->dev);
		mshv_vm_close(&self->vm);
		test_ok(mshv_pci_bind(self->dev.bdf, "nvme"));
		EXPECT_EQ(PLACE_HOST, mshv_device_count(&self->dev, DEVICE_PLACE));
		EXPECT_TRUE(host_reads(&self->dev, block, who));
		test_ok(mshv_vfio_bind(&self->dev));
		test_ok(give(&self->dev, variant->way, &self->vm, &self->nvme));
	}
	EXPECT_EQ(0, system("modprobe -r nvme"));
}

TEST_HARNESS_MAIN
