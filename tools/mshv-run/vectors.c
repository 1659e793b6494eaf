// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts by message of a device: MSI, one message of it, and MSI-X.
 *
 * The device's own registers are VFIO's. What the guest writes to its capabilities and to
 * the table of MSI-X becomes a route and an irqfd for each interrupt that is not masked. The
 * eventfd that VFIO has and the irqfd's are the same, so the kernel lets the device interrupt
 * the guest directly. While one is masked it has no irqfd: what comes is kept by the
 * eventfd, or by the device.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "pci.h"

#define MSI_ENABLE 0x0001
#define MSI_MULTIPLE 0x007e /* can, and does */
#define MSI_64_BIT 0x0080
#define MSI_MASKABLE 0x0100
#define MSIX_SIZE 0x07ff
#define MSIX_MASK 0x4000
#define MSIX_ENABLE 0x8000
#define MSIX_ENTRY 16
#define MSIX_ENTRY_MASKED 1

static void connect(struct function *f, struct vectors *v, unsigned int i)
{
	struct vector *vector = &v->vector[i];
	unsigned int gsi = v->first_gsi + i;
	int err;

	err = routes_set(f->machine, gsi, vector->address, vector->data);
	if (!err && !vector->connected)
		err = mshv_vm_add_irqfd(f->machine->vm, gsi, vector->event, -1);
	if (err)
		complain(err, "%s: cannot let interrupt %u reach the guest", f->address, i);
	else
		vector->connected = true;
}

static void disconnect(struct function *f, struct vectors *v, unsigned int i)
{
	struct vector *vector = &v->vector[i];
	int err = mshv_vm_remove_irqfd(f->machine->vm, v->first_gsi + i, vector->event);

	if (err)
		complain(err, "%s: cannot mask interrupt %u", f->address, i);
	else
		vector->connected = false;
}

static void sync_vector(struct function *f, struct vectors *v, unsigned int i)
{
	struct vector *vector = &v->vector[i];
	bool wanted = v->enabled && vector->event >= 0 && !vector->masked &&
		      !(v->kind == MSHV_DEVICE_MSIX && (v->control & MSIX_MASK));

	if (wanted && !vector->connected)
		connect(f, v, i);
	else if (!wanted && vector->connected)
		disconnect(f, v, i);
}

static void sync_all(struct function *f, struct vectors *v)
{
	for (unsigned int i = 0; i < v->n; i++)
		sync_vector(f, v, i);
}

static void close_events(struct vectors *v)
{
	for (unsigned int i = 0; i < v->n; i++) {
		if (v->vector[i].event >= 0)
			close(v->vector[i].event);
		v->vector[i].event = -1;
	}
}

static int open_events(struct vectors *v, int *fds)
{
	for (unsigned int i = 0; i < v->n; i++) {
		fds[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (fds[i] < 0)
			return -errno;
		v->vector[i].event = fds[i];
	}
	return 0;
}

static void enable(struct function *f, struct vectors *v)
{
	int *fds = calloc(v->n, sizeof(*fds));
	int err = fds ? open_events(v, fds) : -ENOMEM;

	if (!err)
		err = mshv_device_set_irqs(f->device, v->kind, 0, fds, v->n);
	free(fds);
	if (!err) {
		v->enabled = true;
		sync_all(f, v);
		return;
	}
	/* More than 0: so many there could have been. */
	complain(err < 0 ? err : -ENOSPC, "%s: cannot switch on its %u interrupts", f->address,
		 v->n);
	close_events(v);
}

static void disable(struct function *f, struct vectors *v)
{
	int err;

	v->enabled = false;
	sync_all(f, v);
	err = mshv_device_set_irqs(f->device, v->kind, 0, NULL, 0);
	if (err)
		complain(err, "%s: cannot switch off its interrupts", f->address);
	close_events(v);
}

static void set_enabled(struct function *f, struct vectors *v, bool enabled)
{
	if (enabled && !v->enabled)
		enable(f, v);
	else if (!enabled && v->enabled)
		disable(f, v);
}

/* ---- MSI: its registers follow the capability's first one */

static unsigned int msi_data(const struct vectors *v)
{
	return v->fixed & MSI_64_BIT ? 12 : 8;
}

static unsigned int msi_size(const struct vectors *v)
{
	return msi_data(v) + (v->fixed & MSI_MASKABLE ? 12 : 4);
}

static uint32_t msi_register(const struct vectors *v, uint32_t at)
{
	const struct vector *vector = &v->vector[0];

	if (at == 4)
		return (uint32_t)vector->address;
	if (at == msi_data(v))
		return vector->data;
	if (at == 8)
		return (uint32_t)(vector->address >> 32);
	/* Pending bits are kept by whoever has the interrupt now. */
	return at == msi_data(v) + 4 && vector->masked;
}

static void msi_write(struct function *f, uint32_t at, uint32_t value, uint32_t mask)
{
	struct vectors *v = &f->msi;
	struct vector *vector = &v->vector[0];

	value = (value & mask) | (at ? msi_register(v, at) & ~mask : 0);
	if (!at) {
		if (mask & 0xffff0000)
			v->control = (uint16_t)(value >> 16) & MSI_ENABLE;
		set_enabled(f, v, v->control & MSI_ENABLE);
	} else if (at == 4) {
		vector->address = (vector->address >> 32 << 32) | (value & ~3u);
	} else if (at == msi_data(v)) {
		vector->data = value & 0xffff;
	} else if (at == 8) {
		vector->address = (vector->address & UINT32_MAX) | (uint64_t)value << 32;
	} else if (at == msi_data(v) + 4) {
		vector->masked = value & 1;
	}
	sync_vector(f, v, 0);
	if (vector->connected && at && at <= msi_data(v))
		connect(f, v, 0);
}

/* ---- MSI-X */

static void msix_write(struct function *f, uint32_t value, uint32_t mask)
{
	struct vectors *v = &f->msix;

	if (mask & 0xff000000)
		v->control = (uint16_t)(value >> 16) & (MSIX_ENABLE | MSIX_MASK);
	set_enabled(f, v, v->control & MSIX_ENABLE);
	if (v->enabled)
		sync_all(f, v);
}

bool vectors_in_table(const struct function *f, unsigned int bar, uint64_t offset)
{
	const struct vectors *v = &f->msix;

	return v->n && v->bar == bar && offset >= v->offset &&
	       offset - v->offset < MSIX_ENTRY * (uint64_t)v->n;
}

static uint32_t entry_read(const struct vector *vector, unsigned int word)
{
	switch (word) {
	case 0:
		return (uint32_t)vector->address;
	case 1:
		return (uint32_t)(vector->address >> 32);
	case 2:
		return vector->data;
	default:
		return vector->masked ? MSIX_ENTRY_MASKED : 0;
	}
}

static void entry_write(struct vector *vector, unsigned int word, uint32_t value)
{
	switch (word) {
	case 0:
		vector->address = (vector->address >> 32 << 32) | (value & ~3u);
		break;
	case 1:
		vector->address = (vector->address & UINT32_MAX) | (uint64_t)value << 32;
		break;
	case 2:
		vector->data = value;
		break;
	default:
		vector->masked = value & MSIX_ENTRY_MASKED;
	}
}

/* Other accesses than of 4 or 8 aligned bytes are undefined. */
uint64_t vectors_table_read(const struct function *f, uint64_t offset, unsigned int size)
{
	uint64_t at = offset - f->msix.offset, value;
	const struct vector *vector = &f->msix.vector[at / MSIX_ENTRY];
	unsigned int word = at % MSIX_ENTRY / 4;

	value = entry_read(vector, word);
	if (size == 8 && !(at & 7))
		value |= (uint64_t)entry_read(vector, word + 1) << 32;
	return value >> 8 * (at & 3);
}

void vectors_table_write(struct function *f, uint64_t offset, unsigned int size, uint64_t value)
{
	uint64_t at = offset - f->msix.offset;
	unsigned int i = (unsigned int)(at / MSIX_ENTRY), word = at % MSIX_ENTRY / 4;
	struct vector *vector = &f->msix.vector[i];
	bool moved = word < 3;

	if ((size != 4 && size != 8) || at % size)
		return;
	entry_write(vector, word, (uint32_t)value);
	if (size == 8)
		entry_write(vector, word + 1, (uint32_t)(value >> 32));
	sync_vector(f, &f->msix, i);
	if (moved && vector->connected)
		connect(f, &f->msix, i);
}

/* ---- both */

static int create(struct function *f, struct vectors *v, unsigned int n)
{
	int err = routes_allocate(n, &v->first_gsi);

	if (err)
		return err;
	v->vector = calloc(n, sizeof(*v->vector));
	if (!v->vector) {
		routes_free(v->first_gsi, n);
		return -ENOMEM;
	}
	v->n = n;
	for (unsigned int i = 0; i < n; i++) {
		v->vector[i].event = -1;
		v->vector[i].masked = v == &f->msix;
	}
	return 0;
}

static int create_from(struct function *f, uint32_t at, const uint32_t *words)
{
	uint16_t control = (uint16_t)(words[0] >> 16);

	if ((words[0] & 0xff) == PCI_CAPABILITY_MSI) {
		f->msi.kind = MSHV_DEVICE_MSI;
		f->msi.at = at;
		f->msi.fixed = control & (MSI_64_BIT | MSI_MASKABLE);
		return create(f, &f->msi, 1);
	}
	f->msix.kind = MSHV_DEVICE_MSIX;
	f->msix.at = at;
	f->msix.fixed = control & MSIX_SIZE;
	f->msix.bar = words[1] & 7;
	f->msix.offset = words[1] & ~7u;
	if (f->msix.bar >= BARS)
		return -EINVAL;
	return create(f, &f->msix, f->msix.fixed + 1u);
}

int vectors_create(struct function *f)
{
	uint32_t words[3];
	uint8_t at = 0;
	int err;

	err = mshv_device_read(f->device, MSHV_DEVICE_CONFIG, PCI_CAPABILITIES, &at, 1);
	/* A list that goes round would have more entries than there is room for. */
	for (unsigned int i = 0; !err && (at &= 0xfc) && i < 48; i++) {
		uint8_t kind;

		err = mshv_device_read(f->device, MSHV_DEVICE_CONFIG, at, words,
				       at <= 0xf4 ? sizeof(words) : 4);
		kind = (uint8_t)words[0];
		if (!err && ((kind == PCI_CAPABILITY_MSI && !f->msi.at) ||
			     (kind == PCI_CAPABILITY_MSIX && !f->msix.at)))
			err = create_from(f, at, words);
		at = (uint8_t)(words[0] >> 8);
	}
	return err;
}

static void destroy(struct function *f, struct vectors *v)
{
	if (v->enabled)
		disable(f, v);
	if (v->n)
		routes_free(v->first_gsi, v->n);
	free(v->vector);
}

void vectors_destroy(struct function *f)
{
	destroy(f, &f->msi);
	destroy(f, &f->msix);
}

bool vectors_have(const struct vectors *v, uint32_t offset)
{
	uint32_t size = v->kind == MSHV_DEVICE_MSI ? msi_size(v) : 4;

	return v->at && offset >= v->at && offset < v->at + size;
}

uint32_t vectors_read(const struct function *f, uint32_t offset, uint32_t value)
{
	const struct vectors *v = &f->msix;

	if (vectors_have(v, offset))
		return (value & 0xffff) | (uint32_t)(v->fixed | v->control) << 16;
	v = &f->msi;
	if (!vectors_have(v, offset))
		return value;
	if (offset != v->at)
		return msi_register(v, offset - v->at);
	return (value & 0xffff) | (uint32_t)(v->fixed | v->control) << 16;
}

void vectors_write(struct function *f, uint32_t offset, uint32_t value, uint32_t mask)
{
	if (vectors_have(&f->msix, offset))
		msix_write(f, value, mask);
	else
		msi_write(f, offset - f->msi.at, value, mask);
}
