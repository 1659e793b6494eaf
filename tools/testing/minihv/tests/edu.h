/* SPDX-License-Identifier: GPL-2.0-only */
/* QEMU's edu device (docs/specs/edu.txt there): a PCI function that copies by DMA. */
#ifndef EDU_H
#define EDU_H

#include "test.h"

#define EDU_SIZE	4096	/* of its own memory */

struct edu {
	uint16_t rid;
	volatile uint8_t *registers;
};

/* Looks for the @n-th edu of the machine, from 0. false: there is none. */
bool edu_find(struct edu *e, unsigned int n);
/* What root calls it, and whoever attaches it to a child: L1VH has logical devices only. */
union hv_device_id edu_id(const struct edu *e);
union hv_device_id edu_host_id(const struct edu *e);
/* The first @size bytes of its memory to @address, and the other way. false: no end. */
bool edu_write(const struct edu *e, uint64_t address, uint32_t size);
bool edu_read(const struct edu *e, uint64_t address, uint32_t size);
/* Interrupt by message, and its end. */
void edu_interrupt(const struct edu *e);
void edu_acknowledge(const struct edu *e);
/* The message that it interrupts with; off again. */
void edu_set_msi(const struct edu *e, const union hv_msi_entry *message);
void edu_clear_msi(const struct edu *e);

/*
 * What minihv counts of a device, asked through its port (testing.rst): faults by kind,
 * interrupts, and where the device is.
 */
enum {
	COUNT_NO_MAPPING, COUNT_NO_ACCESS, COUNT_BLOCKED, COUNT_PAGE_ZERO, COUNT_HYPERVISOR,
	COUNT_INTERRUPT, COUNT_DELIVERED,
	ASK_PLACE = 0x10,
	ASK_REGISTERS = 0x12, ASK_REGISTERS_CACHED, ASK_REGISTERS_CODE,
};

enum { IN_DEFAULT, IN_NULL, NOWHERE, IN_DOMAIN, ATTACHED };

uint32_t device_count(const struct edu *e, uint32_t what);

/* pci.c: configuration space, by the ports */
uint32_t pci_read(uint16_t rid, uint32_t offset);
void pci_write(uint16_t rid, uint32_t offset, uint32_t value);
/* Offset of a capability, 0: none. */
uint32_t pci_capability(uint16_t rid, uint8_t id);
/* The @n-th function with this vendor and device. */
bool pci_find(uint32_t vendor_device, unsigned int n, uint16_t *rid);

#endif
