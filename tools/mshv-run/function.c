// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device of the host on the guest's bus. VFIO guards what may be done to it; here is what
 * differs between host and guest: its BARs, its interrupts, and what the guest has no use
 * for: its ROM, I/O ports and the pin of its interrupt.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "pci.h"

static uint32_t host_read(struct function *f, uint32_t offset)
{
	uint32_t value;

	if (mshv_device_read(f->device, MSHV_DEVICE_CONFIG, offset, &value, 4))
		return UINT32_MAX;
	return value;
}

static bool is_bar(uint32_t offset)
{
	return offset >= PCI_BAR && offset < PCI_BAR_END;
}

uint32_t function_config_read(struct function *f, uint32_t offset)
{
	uint32_t value;

	if (is_bar(offset))
		return bars_read(f, offset);
	if (offset == PCI_ROM)
		return 0;
	value = host_read(f, offset);
	if (offset == PCI_HEADER)
		value &= ~0x00800000u; /* one function */
	else if (offset == PCI_INTERRUPT)
		value &= ~0x0000ff00u; /* no pin */
	return vectors_read(f, offset, value);
}

static void host_write(struct function *f, uint32_t offset, uint32_t value, uint32_t mask)
{
	/* What may be written is VFIO's affair, and so is what cannot. */
	if (mask == UINT32_MAX)
		(void)mshv_device_write(f->device, MSHV_DEVICE_CONFIG, offset, &value, 4);
	else if (mask == 0xffff || mask == 0xffff0000)
		(void)mshv_device_write(f->device, MSHV_DEVICE_CONFIG,
					offset + (mask & 1 ? 0 : 2),
					(uint8_t *)&value + (mask & 1 ? 0 : 2), 2);
	else
		for (unsigned int i = 0; i < 4; i++)
			if (mask >> 8 * i & 1)
				(void)mshv_device_write(f->device, MSHV_DEVICE_CONFIG,
							offset + i, (uint8_t *)&value + i, 1);
}

static void read_command(struct function *f)
{
	uint32_t value = host_read(f, PCI_COMMAND);

	f->memory = value != UINT32_MAX && (value & PCI_COMMAND_MEMORY);
}

void function_config_write(struct function *f, uint32_t offset, uint32_t value, uint32_t mask)
{
	if (is_bar(offset)) {
		bars_write(f, offset, value, mask);
	} else if (vectors_have(&f->msi, offset) || vectors_have(&f->msix, offset)) {
		vectors_write(f, offset, value, mask);
	} else if (offset != PCI_ROM) {
		host_write(f, offset, value, mask);
		read_command(f);
	}
	bars_update(f);
}

uint64_t function_read(struct function *f, unsigned int bar, uint64_t offset, unsigned int size)
{
	uint64_t value = 0;

	if (vectors_in_table(f, bar, offset))
		return vectors_table_read(f, offset, size);
	if (mshv_device_read(f->device, bar, offset, &value, size))
		return UINT64_MAX;
	return value;
}

void function_write(struct function *f, unsigned int bar, uint64_t offset, unsigned int size,
		    uint64_t value)
{
	if (vectors_in_table(f, bar, offset))
		vectors_table_write(f, offset, size, value);
	else
		/* A write to a device that is off goes nowhere. */
		(void)mshv_device_write(f->device, bar, offset, &value, size);
}

/* Why VFIO does not have it, and what makes it so. */
static bool explain_state(const char *address)
{
	struct mshv_device_check check;

	if (mshv_device_check(address, &check)) {
		complain(0, "%s: no address of a PCI function, such as 0000:00:04.0", address);
		return true;
	}
	switch (check.state) {
	case MSHV_DEVICE_READY:
		return false;
	case MSHV_DEVICE_ABSENT:
		complain(0, "%s: there is no such PCI function: see mshvctl device list", address);
		return true;
	case MSHV_DEVICE_NO_IOMMU:
		complain(0, "%s: the host has no IOMMU driver: modprobe hv_iommu", address);
		return true;
	case MSHV_DEVICE_HAS_DRIVER:
		complain(0, "%s: the host's driver %s has it: mshvctl device claim %s", address,
			 check.name, address);
		return true;
	case MSHV_DEVICE_NO_GROUP:
		complain(0, "%s: hv_iommu has not claimed it: mshvctl device show %s", address,
			 address);
		return true;
	case MSHV_DEVICE_NO_VFIO:
		complain(0, "%s: vfio-pci does not have it: mshvctl device claim %s", address,
			 address);
		return true;
	case MSHV_DEVICE_GROUP:
		complain(0, "%s: the host uses %s, which is in its group: mshvctl device claim %s",
			 address, check.name, check.name);
		return true;
	}
	return false;
}

static void explain(const struct device_option *option, int err)
{
	const char *address = option->address;

	if (err == -EBUSY)
		complain(0, "%s: another process uses it, or its group: mshvctl device show %s",
			 address, address);
	else if (err == -EPERM)
		complain(0, "%s: on an L1VH host that needs CAP_SYS_RAWIO; elsewhere the hypervisor does not remap interrupts, and VFIO was not told to go without: echo 1 >/sys/module/%s/parameters/allow_unsafe_interrupts",
			 address, option->kind == MSHV_IOMMU_CONTAINER ? "vfio_iommu_type1" :
									 "iommufd");
	else
		complain(err, "%s: cannot take it", address);
}

static int get_iommu(struct machine *m, enum mshv_iommu_kind kind)
{
	static const char *const modules[] = { "vfio_iommu_type1", "iommufd", "iommufd" };
	int err;

	if (m->iommus[kind])
		return 0;
	err = mshv_iommu_open(m->vm, kind, &m->iommus[kind]);
	if (err == -ENOENT || (err == -EOPNOTSUPP && kind == MSHV_IOMMU_CONTAINER))
		complain(0, "VFIO is not there: modprobe %s", modules[kind]);
	else if (err == -ENOTTY)
		complain(0, "the driver of /dev/mshv is Linux's own, which knows no devices: see mshvctl doctor");
	else if (err == -EBUSY)
		complain(0, "a guest has attach=mapped or attach=container, not both");
	else if (err)
		complain(err, "cannot prepare for devices");
	return err;
}

static int open_device(struct function *f, const struct device_option *option)
{
	struct machine *m = f->machine;
	int err;

	if (explain_state(option->address))
		return -ENODEV;
	err = get_iommu(m, option->kind);
	if (err)
		return err;
	err = mshv_device_open(m->iommus[option->kind], option->address, f->slot << 3,
			       &f->device);
	if (err)
		explain(option, err);
	return err;
}

struct function *function_open(struct machine *m, const struct device_option *option,
			       unsigned int slot)
{
	struct function *f = calloc(1, sizeof(*f));
	int err;

	if (!f) {
		complain(-ENOMEM, "%s", option->address);
		return NULL;
	}
	f->machine = m;
	f->slot = slot;
	snprintf(f->address, sizeof(f->address), "%s", option->address);
	err = open_device(f, option);
	if (err)
		goto free_function;
	err = bars_create(f);
	if (!err)
		err = vectors_create(f);
	if (err) {
		complain(err, "%s: cannot show it to the guest", f->address);
		function_close(f);
		return NULL;
	}
	return f;

free_function:
	free(f);
	return NULL;
}

void function_close(struct function *f)
{
	vectors_destroy(f);
	mshv_device_close(f->device);
	free(f);
}
