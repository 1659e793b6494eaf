// SPDX-License-Identifier: GPL-2.0-only
/* ACPI tables (ACPI specification 6.5, chapters 5.2.5 to 5.2.12). */
#include "boot/acpi.h"
#include "base/power.h"
#include "cpu/apic.h"
#include "cpu/cpu.h"

#define BIOS_AREA	0xe0000
#define BIOS_AREA_END	0x100000
#define RSDP_RSDT	16
#define FADT_PM1A_CNT	64
#define MADT_ENTRIES	44
#define MADT_LAPIC	0
#define MADT_ENABLED	1
#define MADT_NO_ID	0xff	/* names no processor */

const struct acpi_header *acpi_dmar, *acpi_mcfg;

static void fix_checksum(struct acpi_header *h)
{
	uint8_t sum = 0;
	uint32_t i;

	h->checksum = 0;
	for (i = 0; i < h->length; i++)
		sum += ((uint8_t *)h)[i];
	h->checksum = -sum;
}

/* Hyper-V keeps the timer and the IOMMU to itself; root must not find them. */
static void hide(struct acpi_header *h)
{
	h->signature[0] = 'x';
	fix_checksum(h);
}

static void add_cpu(uint32_t id)
{
	if (nr_cpus == MAX_CPUS)
		hv_fatal("more than %u processors", MAX_CPUS);
	cpus[nr_cpus].index = nr_cpus;
	cpus[nr_cpus].apic_id = id;
	nr_cpus++;
}

static void parse_madt(struct acpi_header *h)
{
	uint8_t *madt = (uint8_t *)h;
	uint32_t at = MADT_ENTRIES;

	while (at + 2 <= h->length && madt[at + 1]) {
		uint8_t *e = madt + at;

		if (e[0] == MADT_LAPIC && options.spare_cpu && e[3] == apic_id()) {
			e[3] = MADT_NO_ID;
			e[4] = 0;
		}
		if (e[0] == MADT_LAPIC && (e[4] & MADT_ENABLED))
			add_cpu(e[3]);
		at += e[1];
	}
	fix_checksum(h);
}

static void parse_table(struct acpi_header *h)
{
	if (!memcmp(h->signature, "APIC", 4)) {
		parse_madt(h);
	} else if (!memcmp(h->signature, "FACP", 4)) {
		memcpy(&pm1a_control_port, (const char *)h + FADT_PM1A_CNT,
		       sizeof(pm1a_control_port));
	} else if (!memcmp(h->signature, "HPET", 4)) {
		hide(h);
	} else if (!memcmp(h->signature, "MCFG", 4)) {
		acpi_mcfg = h;
	} else if (!memcmp(h->signature, "DMAR", 4)) {
		acpi_dmar = h;
		hide(h);
	}
}

void acpi_init(void)
{
	const struct acpi_header *rsdt;
	uint32_t pa, i;

	for (pa = BIOS_AREA; pa < BIOS_AREA_END; pa += 16)
		if (!memcmp(pa_to_va(pa), "RSD PTR ", 8))
			break;
	if (pa == BIOS_AREA_END)
		hv_fatal("no ACPI tables");
	rsdt = pa_to_va(*(const uint32_t *)pa_to_va(pa + RSDP_RSDT));
	for (i = 0; i < (rsdt->length - sizeof(*rsdt)) / 4; i++) {
		uint32_t entry;

		memcpy(&entry, (const char *)(rsdt + 1) + i * 4, sizeof(entry));
		parse_table(pa_to_va(entry));
	}
	if (!nr_cpus || !pm1a_control_port)
		hv_fatal("ACPI tables without processors or power control");
}
