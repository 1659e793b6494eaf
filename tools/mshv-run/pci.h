/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PCI bus of the machine, and the functions on it that are the host's.
 */
#ifndef MSHV_RUN_PCI_H
#define MSHV_RUN_PCI_H

#include "run.h"

/* Registers of configuration space. */
#define PCI_ID 0x00
#define PCI_COMMAND 0x04
#define PCI_STATUS 0x06
#define PCI_CLASS 0x08
#define PCI_HEADER 0x0c
#define PCI_BAR 0x10
#define PCI_BAR_END 0x28
#define PCI_ROM 0x30
#define PCI_CAPABILITIES 0x34
#define PCI_INTERRUPT 0x3c

#define PCI_COMMAND_MEMORY 0x2
#define PCI_STATUS_CAPABILITIES 0x10

#define PCI_BAR_IO 0x1
#define PCI_BAR_64 0x4
#define PCI_BAR_PREFETCHABLE 0x8

#define PCI_CAPABILITY_MSI 0x05
#define PCI_CAPABILITY_MSIX 0x11

#define BARS 6

/**
 * struct bar - a memory BAR as the guest sees it
 * @size: bytes, a power of 2; 0: there is none
 * @flags: its lowest 4 bits
 * @address: what the guest has written
 * @mapped: whether the guest reaches it at @mapped_at
 * @told: that it could not be mapped
 */
struct bar {
	uint64_t size;
	uint64_t address;
	uint64_t mapped_at;
	uint32_t flags;
	bool mapped;
	bool told;
};

/**
 * struct vector - an interrupt by message
 * @address, @data: the message
 * @masked: by the guest
 * @event: what VFIO signals, -1 while the guest has interrupts switched off
 * @connected: the event raises an interrupt, or the device does that itself
 */
struct vector {
	uint64_t address;
	uint32_t data;
	bool masked;
	int event;
	bool connected;
};

/**
 * struct vectors - interrupts of a function, of one kind
 * @at: offset of the capability; 0: there is none
 * @control: its register of that name, without what says what the device can do
 * @fixed: that
 * @enabled: by the guest
 * @bar, @offset: where the table of MSI-X is
 * @first_gsi: number of the first, if there are any
 * @n: how many
 */
struct vectors {
	enum mshv_device_irq kind;
	uint32_t at;
	uint16_t control;
	uint16_t fixed;
	bool enabled;
	unsigned int bar;
	uint64_t offset;
	unsigned int first_gsi;
	unsigned int n;
	struct vector *vector;
};

/**
 * struct function - a device of the host
 * @address: as the host calls it
 * @slot: as the guest does
 * @memory: the guest lets it decode addresses
 */
struct function {
	struct machine *machine;
	struct mshv_device *device;
	char address[20];
	unsigned int slot;
	bool memory;
	struct bar bars[BARS];
	struct vectors msi, msix;
};

/* All of the following are called with the lock of the bus held. */

/* function.c: registers of 32 bits; @mask says which bits are written. */
uint32_t function_config_read(struct function *f, uint32_t offset);
void function_config_write(struct function *f, uint32_t offset, uint32_t value, uint32_t mask);
uint64_t function_read(struct function *f, unsigned int bar, uint64_t offset, unsigned int size);
void function_write(struct function *f, unsigned int bar, uint64_t offset, unsigned int size,
		    uint64_t value);

/* Take the device, or give it back. Returns NULL after having complained. */
struct function *function_open(struct machine *m, const struct device_option *option,
			       unsigned int slot);
void function_close(struct function *f);

/* bar.c: give BARs addresses, and let the guest reach them where they are. */
int bars_create(struct function *f);
void bars_update(struct function *f);
uint32_t bars_read(const struct function *f, uint32_t offset);
void bars_write(struct function *f, uint32_t offset, uint32_t value, uint32_t mask);

/* The BAR that has @gpa, or -1. */
int bars_find(const struct function *f, uint64_t gpa);

/* vectors.c. A register of the capability, and one of MSI-X's table. */
int vectors_create(struct function *f);
void vectors_destroy(struct function *f);
bool vectors_have(const struct vectors *v, uint32_t offset);
uint32_t vectors_read(const struct function *f, uint32_t offset, uint32_t value);
void vectors_write(struct function *f, uint32_t offset, uint32_t value, uint32_t mask);
bool vectors_in_table(const struct function *f, unsigned int bar, uint64_t offset);
uint64_t vectors_table_read(const struct function *f, uint64_t offset, unsigned int size);
void vectors_table_write(struct function *f, uint64_t offset, unsigned int size, uint64_t value);

#endif /* MSHV_RUN_PCI_H */
