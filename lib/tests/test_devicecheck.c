// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Why a device cannot be had, as sysfs shows it.
 */
#include <errno.h>
#include <string.h>

#include "fakevfio.h"

#define PCI "/sys/bus/pci/devices/"
#define OTHER "0000:00:05.0"

static void check(const char *const (*links)[2], const char *const (*names)[2],
		  enum mshv_device_state state, const char *name)
{
	struct mshv_device_check result;

	fakevfio.links = links;
	fakevfio.names = names;
	CHECK_EQ(mshv_device_check(FAKE_DEVICE, &result), 0);
	CHECK_EQ(result.state, state);
	CHECK(!strcmp(result.name, name));
}

#define THERE { PCI FAKE_DEVICE "/.", "vendor" }
#define IOMMU { "/sys/class/iommu", "hv-iommu" }
#define VFIO { PCI FAKE_DEVICE "/vfio-dev", "vfio3" }
#define GROUP { PCI FAKE_DEVICE "/iommu_group", "../../iommu_groups/7" }
#define DRIVER(name) { PCI FAKE_DEVICE "/driver", "../../drivers/" name }
#define PEER { PCI FAKE_DEVICE "/iommu_group/devices", OTHER }
#define SELF { PCI FAKE_DEVICE "/iommu_group/devices", FAKE_DEVICE }
#define PEER_DRIVER(name) { PCI OTHER "/driver", "../../drivers/" name }
#define END { NULL, NULL }
#define PAIRS static const char *const

TEST(device_check_says_why)
{
	PAIRS none[][2] = { END };
	PAIRS there[][2] = { THERE, END };
	PAIRS iommu[][2] = { THERE, IOMMU, END };
	PAIRS vfio[][2] = { THERE, IOMMU, VFIO, SELF, END };
	PAIRS no_iommu[][2] = { THERE, VFIO, END };
	PAIRS peer[][2] = { THERE, IOMMU, VFIO, SELF, PEER, END };
	PAIRS peer_vfio[][2] = { THERE, IOMMU, VFIO, SELF, PEER,
				   { PCI OTHER "/vfio-dev", "vfio4" }, END };
	PAIRS nvme[][2] = { DRIVER("nvme"), GROUP, END };
	PAIRS group[][2] = { GROUP, END };
	PAIRS ready[][2] = { DRIVER("vfio-pci"), GROUP, END };
	PAIRS peer_nvme[][2] = { DRIVER("vfio-pci"), GROUP, PEER_DRIVER("nvme"), END };
	PAIRS peer_stub[][2] = { DRIVER("vfio-pci"), GROUP, PEER_DRIVER("pci-stub"), END };

	fakevfio_start();
	check(none, none, MSHV_DEVICE_ABSENT, "");
	check(nvme, there, MSHV_DEVICE_HAS_DRIVER, "nvme");
	check(ready, no_iommu, MSHV_DEVICE_NO_IOMMU, "");
	check(none, iommu, MSHV_DEVICE_NO_GROUP, "");
	check(group, iommu, MSHV_DEVICE_NO_VFIO, "");
	check(ready, vfio, MSHV_DEVICE_READY, "");
	check(ready, peer, MSHV_DEVICE_READY, "");
	check(peer_nvme, peer, MSHV_DEVICE_GROUP, OTHER);
	check(peer_nvme, peer_vfio, MSHV_DEVICE_READY, "");
	check(peer_stub, peer, MSHV_DEVICE_READY, "");
	CHECK_LOG("");
	fakevfio_finish();
}

TEST(device_that_vfio_does_not_have)
{
	PAIRS none[][2] = { END };
	struct mshv_device *device = NULL;
	struct mshv_iommu *iommu = NULL;

	fakevfio_start();
	CHECK_EQ(mshv_iommu_open(fakevfio.vm, MSHV_IOMMU_IOAS, &iommu), 0);
	fakevfio.names = none;
	CHECK_EQ(mshv_device_open(iommu, FAKE_DEVICE, 0, &device), -ENODEV);
	mshv_iommu_close(iommu);
	CHECK_EQ(mshv_iommu_open(fakevfio.vm, MSHV_IOMMU_CONTAINER, &iommu), 0);
	fakevfio.links = none;
	CHECK_EQ(mshv_device_open(iommu, FAKE_DEVICE, 0, &device), -ENODEV);
	mshv_iommu_close(iommu);
	fakevfio.log[0] = '\0';
	fakevfio_finish();
}

TEST(device_addresses)
{
	static const char *const bad[] = {
		"", "00:04.0", "000:00:04.0", "0000:00:04", "0000:00:04.8", "0000:00:04.0/..",
		"0000:0:04.0", "0000:00:4.0", "0000:00:04.00", "../0000:00:04.0", "0000:00:0G.0",
		"000000000:00:04.0", "0000:00:04.0 ",
	};
	struct mshv_device_check check_result;

	fakevfio_start();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		test_note(bad[i]);
		CHECK_EQ(mshv_device_check(bad[i], &check_result), -EINVAL);
	}
	test_note(NULL);
	CHECK_EQ(mshv_device_check("10000:e1:1f.7", &check_result), 0);
	fakevfio_finish();
}
