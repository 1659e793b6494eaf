/* SPDX-License-Identifier: GPL-2.0-only */
/* The head of an ACPI table. */
#ifndef MINIHV_ACPI_TABLE_H
#define MINIHV_ACPI_TABLE_H

#include <stdint.h>

struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6 + 8 + 4 + 4 + 4];
} __attribute__((packed));

#endif
