// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's edu device. */
#include "child.h"
#include "edu.h"

#define EDU_ID		0x11e81234
#define OWN_MEMORY	0x40000		/* as DMA knows it */
#define REG_RAISE	0x60
#define REG_ACKNOWLEDGE	0x64
#define REG_FROM	0x80
#define REG_TO		0x88
#define REG_COUNT	0x90
#define REG_COMMAND	0x98
#define RUN		1
#define TO_RAM		2
#define TIMEOUT		50000000	/* 5 s */

#define COUNT_PORT	0xed0
#define CFG_COMMAND	4
#define MEMORY_MASTER	6
#define CFG_BAR0	0x10
#define CAP_MSI		5
#define MSI_ENABLE	BIT(16)
#define MSI_64BIT	BIT(23)

bool edu_find(struct edu *e, unsigned int n)
{
	if (!pci_find(EDU_ID, n, &e->rid))
		return false;
	e->registers = (void *)(uint64_t)(pci_read(e->rid, CFG_BAR0) & ~0xfu);
	pci_write(e->rid, CFG_COMMAND, (pci_read(e->rid, CFG_COMMAND) & 0xffff) | MEMORY_MASTER);
	return true;
}

union hv_device_id edu_id(const struct edu *e)
{
	return (union hv_device_id){
		.pci = { .rid = e->rid, .device_type = HV_DEVICE_TYPE_PCI },
	};
}

union hv_device_id edu_host_id(const struct edu *e)
{
	return machine.l1vh ? (union hv_device_id){ .as_uint64 = e->rid } : edu_id(e);
}

static void set(const struct edu *e, unsigned int offset, uint64_t value)
{
	*(volatile uint64_t *)(e->registers + offset) = value;
}

static uint64_t get(const struct edu *e, unsigned int offset)
{
	return *(volatile uint64_t *)(e->registers + offset);
}

static bool copy(const struct edu *e, uint64_t from, uint64_t to, uint32_t size, uint64_t way)
{
	uint64_t end = ref_time() + TIMEOUT;

	set(e, REG_FROM, from);
	set(e, REG_TO, to);
	set(e, REG_COUNT, size);
	set(e, REG_COMMAND, RUN | way);
	/* It takes 100 ms. */
	while (get(e, REG_COMMAND) & RUN) {
		if (ref_time() > end)
			return false;
		idle(10);
	}
	return true;
}

bool edu_write(const struct edu *e, uint64_t address, uint32_t size)
{
	return copy(e, OWN_MEMORY, address, size, TO_RAM);
}

bool edu_read(const struct edu *e, uint64_t address, uint32_t size)
{
	return copy(e, address, OWN_MEMORY, size, 0);
}

void edu_interrupt(const struct edu *e)
{
	*(volatile uint32_t *)(e->registers + REG_RAISE) = 1;
}

void edu_acknowledge(const struct edu *e)
{
	*(volatile uint32_t *)(e->registers + REG_ACKNOWLEDGE) = 1;
}

void edu_set_msi(const struct edu *e, const union hv_msi_entry *message)
{
	uint32_t at = pci_capability(e->rid, CAP_MSI), header = pci_read(e->rid, at);

	if (!at)
		bail_out("edu has no MSI");
	pci_write(e->rid, at + 4, message->address.as_uint32);
	if (header & MSI_64BIT)
		pci_write(e->rid, at + 8, 0);
	pci_write(e->rid, at + (header & MSI_64BIT ? 12 : 8), message->data.as_uint32);
	pci_write(e->rid, at, header | MSI_ENABLE);
}

void edu_clear_msi(const struct edu *e)
{
	uint32_t at = pci_capability(e->rid, CAP_MSI);

	pci_write(e->rid, at, pci_read(e->rid, at) & ~MSI_ENABLE);
}

uint32_t device_count(const struct edu *e, uint32_t what)
{
	outl(COUNT_PORT, what << 16 | e->rid);
	return inl(COUNT_PORT);
}
