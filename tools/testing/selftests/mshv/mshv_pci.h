/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of the host, for selftests that give them away. Functions return 0, a
 * descriptor, or -errno.
 */
#ifndef MSHV_SELFTEST_PCI_H
#define MSHV_SELFTEST_PCI_H

#include <stdint.h>

/**
 * struct mshv_pci - a PCI device that vfio-pci has
 * @name: its address, as sysfs writes it
 * @group: number of its group
 */
struct mshv_pci {
	char name[16];
	int group;
};

/*
 * Takes a device without a driver: QEMU's for teaching, which has registers, DMA and MSIs.
 * -ENODEV: there is none.
 */
int mshv_pci_take_edu(struct mshv_pci *pci);
void mshv_pci_give_back(struct mshv_pci *pci);
int mshv_pci_open_group(const struct mshv_pci *pci);
int mshv_pci_open_cdev(const struct mshv_pci *pci);

int _test_create_device(int pt, uint32_t type, uint32_t flags);
int _test_attr(int fd, unsigned long cmd, uint32_t group, uint64_t attr, const void *addr);
int _test_file(int bridge, uint64_t attr, int32_t file);

#define test_err_create_device(err, ...)	test_err(err, _test_create_device(__VA_ARGS__))
#define test_file(...)				test_ok(_test_file(__VA_ARGS__))
#define test_err_file(err, ...)			test_err(err, _test_file(__VA_ARGS__))
#define test_err_attr(err, ...)			test_err(err, _test_attr(__VA_ARGS__))

#endif
