// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices hv_iommu has, and how it gives them back.
 */
#include <dirent.h>

#include "mshv_edu.h"
#include "mshv_test.h"

#define CLAIM	"/sys/module/hv_iommu/parameters/claim"
#define PCI	"/sys/bus/pci/devices/"

FIXTURE(claim) {
	struct mshv_vfio dev;
};

FIXTURE_SETUP(claim)
{
	if (!mshv_iommu_present())
		SKIP(return, "hv_iommu is not loaded");
	if (mshv_vfio_find(&self->dev, EDU_VENDOR, EDU_DEVICE))
		SKIP(return, "there is no edu device");
}

FIXTURE_TEARDOWN(claim)
{
	if (!self->dev.bdf[0])
		return;
	mshv_vfio_close(&self->dev);
	test_ok(mshv_vfio_unbind(&self->dev));
	test_ok(mshv_put(CLAIM, "1"));
}

static unsigned int count_groups(void)
{
	DIR *dir = opendir("/sys/kernel/iommu_groups");
	struct dirent *entry;
	unsigned int n = 0;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

/* What nobody drives is claimed, and what somebody drives is not. */
TEST_F(claim, what_nobody_drives)
{
	DIR *dir = opendir(PCI);
	struct dirent *entry;

	ASSERT_NE(NULL, dir);
	test_ok(mshv_vfio_unbind(&self->dev));
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		EXPECT_EQ(!mshv_pci_has(entry->d_name, "driver"), mshv_pci_group(entry->d_name) >= 0)
			TH_LOG("%s", entry->d_name);
	}
	closedir(dir);
}

/* The functions of one device that do not isolate themselves from each other. */
TEST_F(claim, functions_of_one_device_are_a_set)
{
	if (!mshv_pci_has("0000:00:1f.0", "class") || !mshv_pci_has("0000:00:1f.2", "class"))
		SKIP(return, "the machine is not QEMU's q35");
	EXPECT_LE(0, mshv_pci_group("0000:00:1f.0"));
	EXPECT_EQ(mshv_pci_group("0000:00:1f.0"), mshv_pci_group("0000:00:1f.2"));
	EXPECT_NE(mshv_pci_group("0000:00:1f.0"), mshv_pci_group(self->dev.bdf));
}

TEST_F(claim, all_are_given_back_when_they_are_not_in_use)
{
	unsigned int n = count_groups();
	int i;

	ASSERT_LT(0, n);
	for (i = 0; i < 10; i++) {
		test_ok(mshv_put(CLAIM, "0"));
		EXPECT_EQ(0, count_groups());
		test_ok(mshv_put(CLAIM, "0"));
		test_ok(mshv_put(CLAIM, "1"));
		EXPECT_EQ(n, count_groups());
	}
}

TEST_F(claim, none_is_given_back_when_one_is_in_use)
{
	unsigned int n = count_groups();
	int iommufd;

	test_ok(mshv_vfio_bind(&self->dev));
	EXPECT_EQ(-EBUSY, mshv_put(CLAIM, "0"));
	EXPECT_EQ(n, count_groups());
	test_ok(mshv_vfio_open_cdev(&self->dev));
	EXPECT_EQ(-EBUSY, mshv_put(CLAIM, "0"));
	mshv_vfio_close(&self->dev);
	test_ok(mshv_vfio_unbind(&self->dev));

	if (mshv_on_l1vh())
		SKIP(return, "L1VH has no domains");
	/* A domain outlives the device's use. */
	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(mshv_vfio_open_cdev(&self->dev));
	test_ok(mshv_vfio_attach(&self->dev, &(uint32_t){ self->dev.ioas }));
	iommufd = dup(self->dev.iommufd);
	ASSERT_LE(0, iommufd);
	mshv_vfio_close(&self->dev);
	test_ok(mshv_vfio_unbind(&self->dev));
	close(iommufd);
	test_ok(mshv_put(CLAIM, "0"));
}

TEST_F(claim, what_is_no_answer)
{
	EXPECT_EQ(-EINVAL, mshv_put(CLAIM, "perhaps"));
	EXPECT_LT(0, count_groups());
}

/* A driver that the host has for a device keeps it. */
TEST_F(claim, a_driver_goes_and_comes)
{
	static const char stub[] = "/sys/bus/pci/drivers/pci-stub/";
	char path[300];
	int i;

	if (system("modprobe pci-stub"))
		SKIP(return, "there is no pci-stub");
	snprintf(path, sizeof(path), PCI "%s/driver_override", self->dev.bdf);
	for (i = 0; i < 5; i++) {
		test_ok(mshv_put(path, "pci-stub"));
		test_ok(mshv_put("/sys/bus/pci/drivers_probe", self->dev.bdf));
		EXPECT_TRUE(mshv_pci_has(self->dev.bdf, "driver"));
		EXPECT_EQ(-EBUSY, mshv_put(CLAIM, "0"));
		test_ok(mshv_vfio_unbind(&self->dev));
		EXPECT_LE(0, mshv_pci_group(self->dev.bdf));
		test_ok(mshv_put(CLAIM, "0"));

		/* Bound before anybody asked for it, it is left alone. */
		test_ok(mshv_put(path, "pci-stub"));
		test_ok(mshv_put("/sys/bus/pci/drivers_probe", self->dev.bdf));
		test_ok(mshv_put(CLAIM, "1"));
		EXPECT_EQ(-ENOENT, mshv_pci_group(self->dev.bdf));
		/* And claimed at once when it is free. */
		test_ok(mshv_vfio_unbind(&self->dev));
		EXPECT_LE(0, mshv_pci_group(self->dev.bdf));
	}
	EXPECT_EQ(0, access(stub, F_OK));
}

/* Without and with words for it. The module is where the tests' machine has it. */
static int load(const char *skip)
{
	char command[400];

	snprintf(command, sizeof(command), "insmod /drivers/*hv_iommu.ko %s 2>/dev/null", skip);
	return system(command);
}

static int unload(void)
{
	int ret = mshv_put(CLAIM, "0");

	return ret ?: system("rmmod hv_iommu");
}

/* What the hypervisor has for itself, which nobody but the administrator knows. */
TEST_F(claim, what_is_to_be_skipped_is_left_alone)
{
	char bdf[MSHV_BDF_SIZE], skip[200];

	memcpy(bdf, self->dev.bdf, sizeof(bdf));
	if (strncmp(bdf, "0000:", 5))
		SKIP(return, "the device is in another segment");
	test_ok(mshv_vfio_unbind(&self->dev));
	/* not all of it is right: nothing is claimed, for one could be lost by it */
	self->dev.bdf[0] = '\0';
	test_ok(unload());
	snprintf(skip, sizeof(skip), "skip=0000:00:1e.7,%s,0000:00:20.0", bdf);
	EXPECT_NE(0, load(skip));
	EXPECT_NE(0, load("skip=eth0"));
	EXPECT_FALSE(mshv_iommu_present());
	/* with the segment, and without; what is not there does not matter */
	snprintf(skip, sizeof(skip), "skip=0000:00:1e.7,%s", bdf);
	EXPECT_EQ(0, load(skip));
	EXPECT_EQ(-ENOENT, mshv_pci_group(bdf));
	EXPECT_LT(0, count_groups());
	EXPECT_EQ(0, unload());
	snprintf(skip, sizeof(skip), "skip=%s,0000:00:1e.7", bdf + 5);
	EXPECT_EQ(0, load(skip));
	EXPECT_EQ(-ENOENT, mshv_pci_group(bdf));
	/* nor is what can be reached by what is skipped */
	EXPECT_EQ(0, unload());
	if (mshv_pci_has("0000:00:1f.0", "class") && mshv_pci_has("0000:00:1f.2", "class")) {
		EXPECT_EQ(0, load("skip=0000:00:1f.2"));
		EXPECT_EQ(-ENOENT, mshv_pci_group("0000:00:1f.0"));
		EXPECT_EQ(0, unload());
	}
	ASSERT_EQ(0, load(""));
	EXPECT_LE(0, mshv_pci_group(bdf));
	memcpy(self->dev.bdf, bdf, sizeof(bdf));
}

/* The device goes, and comes back as new. */
TEST_F(claim, a_device_goes_and_comes)
{
	char path[300];

	snprintf(path, sizeof(path), PCI "%s/remove", self->dev.bdf);
	test_ok(mshv_put(path, "1"));
	EXPECT_FALSE(mshv_pci_has(self->dev.bdf, "class"));
	test_ok(mshv_put("/sys/bus/pci/rescan", "1"));
	EXPECT_LE(0, mshv_pci_group(self->dev.bdf));
	test_ok(mshv_vfio_bind(&self->dev));
	test_ok(mshv_vfio_open_cdev(&self->dev));
	EXPECT_EQ(mshv_place_blocked(), mshv_device_count(&self->dev, DEVICE_PLACE));
}

TEST_HARNESS_MAIN
