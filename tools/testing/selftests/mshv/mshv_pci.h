/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions of the host as sysfs has them, by their names there ("0000:00:04.0").
 * Functions return 0, a descriptor or a positive number, or -errno.
 */
#ifndef MSHV_SELFTEST_PCI_H
#define MSHV_SELFTEST_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MSHV_BDF_SIZE	16

/* The one of that number, in the order of names; -ENODEV: there are not so many. */
int mshv_pci_find(unsigned int vendor, unsigned int device, unsigned int number, char *bdf);
uint16_t mshv_pci_rid(const char *bdf);
bool mshv_pci_has(const char *bdf, const char *file);
/* What a file says, 0 if there is none. */
unsigned long mshv_pci_number(const char *bdf, const char *file);
/* -errno if it is refused. */
int mshv_pci_put(const char *bdf, const char *file, const char *text);
/* The last part of where a link leads to; -ENOENT: there is none. */
int mshv_pci_link(const char *bdf, const char *file, char *name, size_t size);

/* Where its MSI would go now: the address of the message. */
uint64_t mshv_pci_msi_address(const char *bdf);

/* Gives it to a driver, or to nobody. A test that failed may have left it bound. */
int mshv_pci_bind(const char *bdf, const char *driver);
int mshv_pci_unbind(const char *bdf);

/* The number of its IOMMU group, -ENOENT: it has none. */
int mshv_pci_group(const char *bdf);
int mshv_pci_open_group(const char *bdf);
int mshv_pci_open_cdev(const char *bdf);

/* Where the disk of an NVMe controller is that the host's driver has; it takes its time. */
int mshv_pci_block_device(const char *bdf, char *path, size_t size);

#endif
