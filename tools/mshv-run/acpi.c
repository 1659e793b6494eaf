// SPDX-License-Identifier: GPL-2.0-only
/*
 * ACPI tables (Advanced Configuration and Power Interface Specification 6.4, chapter
 * 5.2): processors, the I/O APIC, power-off and reset. What is in the DSDT: dsdt.c.
 */
#include <string.h>

#include "run.h"

#define LOCAL_APIC 0xfee00000
#define SCI 9

#define HEADER 36

/* Places in guest memory. */
#define RSDP (ACPI_TABLES + 0x000)
#define XSDT (ACPI_TABLES + 0x100)
#define FACS (ACPI_TABLES + 0x200)
#define FADT (ACPI_TABLES + 0x400)
#define MADT (ACPI_TABLES + 0x600)
#define DSDT (ACPI_TABLES + 0x1000)

/* A table that is being written. */
struct table {
	uint8_t *bytes;
	uint32_t size;
};

static void put(struct table *t, uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		t->bytes[t->size++] = (uint8_t)(value >> 8 * i);
}

static void put_at(struct table *t, uint32_t offset, uint64_t value,
		   unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		t->bytes[offset + i] = (uint8_t)(value >> 8 * i);
}

static void put_text(struct table *t, const char *text)
{
	while (*text)
		put(t, (uint8_t)*text++, 1);
}

static uint8_t checksum(const uint8_t *bytes, uint32_t size)
{
	uint8_t sum = 0;

	while (size--)
		sum += *bytes++;
	return (uint8_t)-sum;
}

static struct table begin(struct machine *m, uint64_t at, const char *signature,
			  uint8_t revision)
{
	struct table t = { .bytes = m->ram + at };

	put_text(&t, signature);
	put(&t, 0, 4);
	put(&t, revision, 1);
	put(&t, 0, 1);
	put_text(&t, "MSHV  MSHVRUN ");
	put(&t, 1, 4);
	put_text(&t, "MSHV");
	put(&t, 1, 4);
	return t;
}

static void end(struct table *t)
{
	put_at(t, 4, t->size, 4);
	t->bytes[9] = checksum(t->bytes, t->size);
}

static void build_dsdt(struct machine *m)
{
	struct table t = begin(m, DSDT, "DSDT", 2);

	t.size += dsdt_build(m, t.bytes + t.size);
	end(&t);
}

static void build_facs(struct machine *m)
{
	struct table t = { .bytes = m->ram + FACS };

	put_text(&t, "FACS");
	put(&t, 64, 4);
	put_at(&t, 32, 2, 1);
}

/* A generic address: a register of @bits at an I/O port. */
static void put_port(struct table *t, uint32_t offset, uint8_t bits, uint16_t port)
{
	put_at(t, offset, 1, 1);
	put_at(t, offset + 1, bits, 1);
	put_at(t, offset + 4, port, 8);
}

static void build_fadt(struct machine *m)
{
	struct table t = begin(m, FADT, "FACP", 6);

	t.size = 276;
	put_at(&t, 36, FACS, 4);
	put_at(&t, 40, DSDT, 4);
	put_at(&t, 46, SCI, 2);
	put_at(&t, 56, PM_EVENT, 4);
	put_at(&t, 64, PM_CONTROL, 4);
	put_at(&t, 76, PM_TIMER, 4);
	put_at(&t, 88, 4, 1); /* lengths of event, control and timer blocks */
	put_at(&t, 89, 2, 1);
	put_at(&t, 91, 4, 1);
	put_at(&t, 96, 0xffff, 2); /* no C2, no C3 */
	put_at(&t, 98, 0xffff, 2);
	/* The century of the clock; legacy devices, but no VGA. */
	put_at(&t, 108, 0x32, 1);
	put_at(&t, 109, 0x05, 2);
	/* WBINVD, no fixed buttons, no clock that wakes, a reset register. */
	put_at(&t, 112, 0x475, 4);
	put_port(&t, 116, 8, 0xcf9);
	put_at(&t, 128, 0x06, 1);
	put_at(&t, 131, 4, 1);
	put_at(&t, 140, DSDT, 8);
	put_port(&t, 148, 32, PM_EVENT);
	put_port(&t, 172, 16, PM_CONTROL);
	put_port(&t, 208, 32, PM_TIMER);
	end(&t);
}

static void build_madt(struct machine *m)
{
	struct table t = begin(m, MADT, "APIC", 4);

	put(&t, LOCAL_APIC, 4);
	put(&t, 1, 4); /* there are 8259s */
	for (unsigned int i = 0; i < m->options->cpus; i++) {
		put(&t, 0, 1); /* processor: its id, its APIC's id, enabled */
		put(&t, 8, 1);
		put(&t, i, 1);
		put(&t, i, 1);
		put(&t, 1, 4);
	}
	put(&t, 1, 1); /* I/O APIC: id, address, first interrupt */
	put(&t, 12, 1);
	put(&t, m->options->cpus, 2);
	put(&t, IOAPIC, 4);
	put(&t, 0, 4);
	put(&t, 2, 1); /* the SCI is level-triggered, active high */
	put(&t, 10, 1);
	put(&t, 0, 1);
	put(&t, SCI, 1);
	put(&t, SCI, 4);
	put(&t, 0x0d, 2);
	end(&t);
}

static void build_xsdt(struct machine *m)
{
	struct table t = begin(m, XSDT, "XSDT", 1);

	put(&t, FADT, 8);
	put(&t, MADT, 8);
	end(&t);
}

static void build_rsdp(struct machine *m)
{
	struct table t = { .bytes = m->ram + RSDP };

	put_text(&t, "RSD PTR ");
	put(&t, 0, 1);
	put_text(&t, "MSHV  ");
	put(&t, 2, 1);
	put(&t, 0, 4);
	put(&t, 36, 4);
	put(&t, XSDT, 8);
	put(&t, 0, 4);
	t.bytes[8] = checksum(t.bytes, 20);
	t.bytes[32] = checksum(t.bytes, 36);
}

void acpi_build(struct machine *m)
{
	build_facs(m);
	build_dsdt(m);
	build_fadt(m);
	build_madt(m);
	build_xsdt(m);
	build_rsdp(m);
}
