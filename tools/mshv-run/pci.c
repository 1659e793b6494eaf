// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PCI bus: a host bridge in slot 0, and devices of the host in the others, one function
 * each. Configuration space is reached by ports (mechanism 1), so it has 256 bytes. Only
 * there if a device was asked for, or if one may come.
 */
#include <errno.h>
#include <string.h>

#include "pci.h"
#include "saved.h"

#define SLOTS 32

#define CONFIG_ENABLE 0x80000000u
#define CONFIG_BUS_AND_FUNCTION 0x00ffff00u
#define CONFIG_SLOT(address) ((address) >> 11 & 31)

/* The bridge: Microsoft's vendor id, a device id that nobody has, class "host bridge". */
#define BRIDGE_ID 0xfff01414u
#define BRIDGE_CLASS 0x06000000u

static struct {
	pthread_mutex_t lock;
	uint32_t address;
	struct function *slots[SLOTS];
} pci;

int pci_init(void)
{
	return -pthread_mutex_init(&pci.lock, NULL);
}

static uint32_t bridge_read(uint32_t offset)
{
	switch (offset) {
	case PCI_ID:
		return BRIDGE_ID;
	case PCI_CLASS:
		return BRIDGE_CLASS;
	default:
		return 0;
	}
}

/* Returns whether there is anything at the selected address. */
static bool selected(struct function **f)
{
	unsigned int slot = CONFIG_SLOT(pci.address);

	if (!(pci.address & CONFIG_ENABLE) ||
	    (pci.address & CONFIG_BUS_AND_FUNCTION) != slot << 11)
		return false;
	*f = pci.slots[slot];
	return !slot || *f;
}

static uint32_t config_read(void)
{
	struct function *f;

	if (!selected(&f))
		return UINT32_MAX;
	return f ? function_config_read(f, pci.address & 0xfc) :
		   bridge_read(pci.address & 0xfc);
}

static void config_write(uint32_t value, uint32_t mask)
{
	struct function *f;

	if (selected(&f) && f)
		function_config_write(f, pci.address & 0xfc, value, mask);
}

bool pci_port_read(struct machine *m, uint16_t port, unsigned int size, uint32_t *value)
{
	unsigned int shift = 8 * (port & 3);

	if (port == PCI_ADDRESS && size == 4) {
		*value = pci.address;
		return true;
	}
	if ((port & ~3) != PCI_DATA || !m->has_pci)
		return false;
	pthread_mutex_lock(&pci.lock);
	*value = config_read() >> shift;
	pthread_mutex_unlock(&pci.lock);
	return true;
}

bool pci_port_write(struct machine *m, uint16_t port, unsigned int size, uint32_t value)
{
	unsigned int shift = 8 * (port & 3);
	uint32_t mask = (size < 4 ? (1u << 8 * size) - 1 : UINT32_MAX) << shift;

	if (port == PCI_ADDRESS && size == 4) {
		pthread_mutex_lock(&pci.lock);
		pci.address = value & 0x80fffffc;
		pthread_mutex_unlock(&pci.lock);
		return true;
	}
	if ((port & ~3) != PCI_DATA || !m->has_pci)
		return false;
	pthread_mutex_lock(&pci.lock);
	config_write(value << shift, mask);
	pthread_mutex_unlock(&pci.lock);
	return true;
}

bool pci_is_at(const struct machine *m, uint64_t gpa)
{
	return m->has_pci && ((gpa >= PCI_WINDOW && gpa < PCI_WINDOW_END) ||
			      (gpa >= m->pci_high && gpa < m->pci_high + PCI_HIGH_SIZE));
}

static struct function *find(uint64_t gpa, unsigned int *bar)
{
	for (unsigned int slot = 0; slot < SLOTS; slot++) {
		int found = pci.slots[slot] ? bars_find(pci.slots[slot], gpa) : -1;

		if (found >= 0) {
			*bar = (unsigned int)found;
			return pci.slots[slot];
		}
	}
	return NULL;
}

uint64_t pci_read(uint64_t gpa, unsigned int size)
{
	uint64_t value = UINT64_MAX;
	struct function *f;
	unsigned int bar;

	pthread_mutex_lock(&pci.lock);
	f = find(gpa, &bar);
	if (f)
		value = function_read(f, bar, gpa - f->bars[bar].address, size);
	pthread_mutex_unlock(&pci.lock);
	return value;
}

void pci_write(uint64_t gpa, unsigned int size, uint64_t value)
{
	struct function *f;
	unsigned int bar;

	pthread_mutex_lock(&pci.lock);
	f = find(gpa, &bar);
	if (f)
		function_write(f, bar, gpa - f->bars[bar].address, size, value);
	pthread_mutex_unlock(&pci.lock);
}

static bool is_there(const char *address)
{
	for (unsigned int slot = 0; slot < SLOTS; slot++)
		if (pci.slots[slot] && !strcmp(pci.slots[slot]->address, address))
			return true;
	return false;
}

static int add(struct machine *m, const struct device_option *option)
{
	unsigned int slot = 1;

	if (is_there(option->address)) {
		complain(0, "%s: the guest has it already", option->address);
		return -EEXIST;
	}
	while (slot < SLOTS && pci.slots[slot])
		slot++;
	if (slot == SLOTS) {
		complain(0, "%s: the guest's bus is full", option->address);
		return -ENOSPC;
	}
	pci.slots[slot] = function_open(m, option, slot);
	return pci.slots[slot] ? 0 : -EIO;
}

int pci_add(struct machine *m, const struct device_option *option)
{
	int err;

	pthread_mutex_lock(&pci.lock);
	err = add(m, option);
	pthread_mutex_unlock(&pci.lock);
	return err;
}

int pci_remove(const char *address)
{
	int err = -ENOENT;

	pthread_mutex_lock(&pci.lock);
	for (unsigned int slot = 0; slot < SLOTS; slot++) {
		if (!pci.slots[slot] || strcmp(pci.slots[slot]->address, address))
			continue;
		function_close(pci.slots[slot]);
		pci.slots[slot] = NULL;
		err = 0;
	}
	pthread_mutex_unlock(&pci.lock);
	return err;
}

void pci_destroy(struct machine *m)
{
	for (unsigned int slot = 0; slot < SLOTS; slot++) {
		if (pci.slots[slot])
			function_close(pci.slots[slot]);
		pci.slots[slot] = NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(m->iommus); i++)
		mshv_iommu_close(m->iommus[i]);
}

/* A machine with devices here is not saved. */
void pci_save(struct saver *s)
{
	saver_put(s, SAVED_PCI, 0, &pci.address, sizeof(pci.address));
}

int pci_restore(const struct file *file)
{
	return saved_get(file, SAVED_PCI, 0, &pci.address, sizeof(pci.address));
}
