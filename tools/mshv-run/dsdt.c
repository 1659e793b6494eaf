// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the DSDT says, in ACPI's machine language (Advanced Configuration and Power Interface
 * Specification 6.4, chapters 6.4 and 20.2): how to power off, and the host bridge of the
 * PCI bus with its windows. There is no routing of interrupts: devices have messages.
 */
#include <string.h>

#include "run.h"

/* Bytes that are being written, and where packages that are open begin. */
struct aml {
	uint8_t *bytes;
	uint32_t size;
};

static void put(struct aml *a, uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		a->bytes[a->size++] = (uint8_t)(value >> 8 * i);
}

static void put_bytes(struct aml *a, const void *bytes, uint32_t size)
{
	memcpy(a->bytes + a->size, bytes, size);
	a->size += size;
}

/* A package: its length, always as two bytes, comes when it ends. */
static uint32_t begin(struct aml *a)
{
	a->size += 2;
	return a->size - 2;
}

static void end(struct aml *a, uint32_t at)
{
	uint32_t length = a->size - at;

	a->bytes[at] = (uint8_t)(0x40 | (length & 0xf));
	a->bytes[at + 1] = (uint8_t)(length >> 4);
}

/* Name (_S5_, Package () { 5, 5, 0, 0 }): what to write to power off. */
static void put_s5(struct aml *a)
{
	static const uint8_t s5[] = {
		0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04,
		0x0a, PM_SLEEP_OFF, 0x0a, PM_SLEEP_OFF, 0x00, 0x00,
	};

	put_bytes(a, s5, sizeof(s5));
}

/* A range of addresses that the bridge passes on: of @width bytes each. */
static void put_range(struct aml *a, uint8_t tag, unsigned int width, uint8_t type,
		      uint8_t flags, uint64_t from, uint64_t size)
{
	put(a, tag, 1);
	put(a, 3 + 5 * width, 2);
	put(a, type, 1);
	put(a, 0x0c, 1); /* neither end can be moved */
	put(a, flags, 1);
	put(a, 0, width); /* granularity */
	put(a, from, width);
	put(a, from + size - 1, width);
	put(a, 0, width); /* the same on both sides */
	put(a, size, width);
}

static void put_resources(struct machine *m, struct aml *a)
{
	uint8_t bytes[160];
	struct aml r = { .bytes = bytes };
	uint32_t at;

	put_range(&r, 0x88, 2, 2, 0, 0, 1); /* bus 0 */
	put(&r, 0x47, 1); /* ports: 16 bits decoded, alignment 1 */
	put(&r, 1, 1);
	put(&r, PCI_ADDRESS, 2);
	put(&r, PCI_ADDRESS, 2);
	put(&r, 1, 1);
	put(&r, 8, 1);
	put_range(&r, 0x87, 4, 0, 1, PCI_WINDOW, PCI_WINDOW_END - PCI_WINDOW);
	put_range(&r, 0x8a, 8, 0, 7, m->pci_high, PCI_HIGH_SIZE); /* prefetchable */
	put(&r, 0x79, 2);

	put_bytes(a, "\x08_CRS\x11", 6); /* Name (_CRS, Buffer (size) { ... }) */
	at = begin(a);
	put(a, 0x0a, 1);
	put(a, r.size, 1);
	put_bytes(a, r.bytes, r.size);
	end(a, at);
}

/* Scope (\_SB) { Device (PCI0) { Name (_HID, PNP0A03) Name (_CRS, ...) } } */
static void put_bridge(struct machine *m, struct aml *a)
{
	uint32_t scope, device;

	put(a, 0x10, 1);
	scope = begin(a);
	put_bytes(a, "\\_SB_\x5b\x82", 7);
	device = begin(a);
	put_bytes(a, "PCI0\x08_HID\x0c\x41\xd0\x0a\x03", 14);
	put_resources(m, a);
	end(a, device);
	end(a, scope);
}

uint32_t dsdt_build(struct machine *m, uint8_t *bytes)
{
	struct aml a = { .bytes = bytes };

	put_s5(&a);
	if (m->has_pci)
		put_bridge(m, &a);
	return a.size;
}
