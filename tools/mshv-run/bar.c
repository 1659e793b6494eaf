// SPDX-License-Identifier: GPL-2.0-only
/*
 * BARs of a device: where the guest sees them. It reaches them without an exit but for the
 * page that has the table of MSI-X, and what VFIO does not map. BARs of I/O ports are left
 * out.
 */
#include <errno.h>

#include "pci.h"

#define PAGE 4096ull
/* Larger ones go above the memory. */
#define LARGE_BAR (64 * MIB)

/* Where a BAR of this size goes first; addresses are not used again. */
static uint64_t place(struct machine *m, uint64_t size, bool wide)
{
	uint64_t *next = wide && size > LARGE_BAR ? &m->pci_next_high : &m->pci_next;
	uint64_t end = next == &m->pci_next ? PCI_WINDOW_END : m->pci_high + PCI_HIGH_SIZE;
	uint64_t align = size > PAGE ? size : PAGE;
	uint64_t at = (*next + align - 1) & ~(align - 1);

	/* The guest may find room where we do not. */
	if (at + align > end)
		return 0;
	*next = at + align;
	return at;
}

static int create(struct function *f, unsigned int i)
{
	struct mshv_device_region region;
	struct bar *bar = &f->bars[i];
	uint32_t value = 0;
	int err;

	err = mshv_device_region(f->device, i, &region);
	if (!err)
		err = mshv_device_read(f->device, MSHV_DEVICE_CONFIG, PCI_BAR + 4 * i, &value, 4);
	if (err || !region.size || (value & PCI_BAR_IO))
		return err;
	bar->size = region.size;
	bar->flags = value & 0xf;
	/* VFIO maps a page, of which a smaller one has all. */
	bar->address = place(f->machine, bar->size, bar->flags & PCI_BAR_64);
	return 0;
}

int bars_create(struct function *f)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < BARS; i++) {
		err = create(f, i);
		/* The next one has the upper half of its address. */
		if (f->bars[i].flags & PCI_BAR_64)
			i++;
	}
	return err;
}

/* Which BAR a register is of, and whether of its upper half. */
static struct bar *bar_at(struct function *f, uint32_t offset, bool *upper)
{
	unsigned int i = (offset - PCI_BAR) / 4;

	*upper = i && (f->bars[i - 1].flags & PCI_BAR_64);
	return &f->bars[*upper ? i - 1 : i];
}

uint32_t bars_read(const struct function *f, uint32_t offset)
{
	bool upper;
	const struct bar *bar = bar_at((struct function *)f, offset, &upper);

	if (!bar->size)
		return 0;
	return upper ? (uint32_t)(bar->address >> 32) : (uint32_t)bar->address | bar->flags;
}

void bars_write(struct function *f, uint32_t offset, uint32_t value, uint32_t mask)
{
	uint64_t bits = mask, new = value;
	bool upper;
	struct bar *bar = bar_at(f, offset, &upper);

	if (!bar->size)
		return;
	if (upper) {
		bits <<= 32;
		new <<= 32;
	}
	bar->address = ((bar->address & ~bits) | (new & bits)) & ~(bar->size - 1);
}

static bool is_reachable(const struct function *f, const struct bar *bar)
{
	return f->memory && bar->size && pci_is_at(f->machine, bar->address) &&
	       pci_is_at(f->machine, bar->address + bar->size - 1);
}

int bars_find(const struct function *f, uint64_t gpa)
{
	for (int i = 0; i < BARS; i++)
		if (is_reachable(f, &f->bars[i]) &&
		    gpa - f->bars[i].address < f->bars[i].size)
			return i;
	return -1;
}

/* Up to two parts of a BAR: what is before the table of MSI-X, and what is after. */
struct parts {
	uint64_t from[2], to[2];
};

static struct parts split(const struct function *f, unsigned int i)
{
	uint64_t size = f->bars[i].size & ~(PAGE - 1);
	struct parts p = { .to = { size } };

	if (f->msix.n && f->msix.bar == i) {
		p.to[0] = f->msix.offset & ~(PAGE - 1);
		p.from[1] = (f->msix.offset + 16 * f->msix.n + PAGE - 1) & ~(PAGE - 1);
		p.to[1] = size;
	}
	return p;
}

static void map(struct function *f, unsigned int i)
{
	struct mshv_device_region region;
	struct bar *bar = &f->bars[i];
	struct parts p = split(f, i);
	int err = mshv_device_region(f->device, i, &region);

	bar->mapped = true;
	bar->mapped_at = bar->address;
	if (err || !(region.flags & MSHV_DEVICE_MAPPABLE))
		return;
	for (unsigned int n = 0; n < 2; n++) {
		if (p.from[n] >= p.to[n])
			continue;
		err = mshv_device_map(f->device, i, p.from[n], p.to[n] - p.from[n],
				      bar->address + p.from[n]);
		/*
		 * The guest's accesses exit, then. Not all may be mapped; and a guest can put it
		 * onto another one, as often as it likes.
		 */
		if (err && err != -EINVAL && !bar->told) {
			bar->told = true;
			complain(err, "%s: cannot map BAR %u", f->address, i);
		}
	}
}

static void unmap(struct function *f, unsigned int i)
{
	struct bar *bar = &f->bars[i];
	struct parts p = split(f, i);

	bar->mapped = false;
	for (unsigned int n = 0; n < 2; n++) {
		int err = p.from[n] < p.to[n] ?
			  mshv_device_unmap(f->device, bar->mapped_at + p.from[n]) : 0;

		if (err && err != -ENOENT)
			complain(err, "%s: cannot unmap BAR %u", f->address, i);
	}
}

void bars_update(struct function *f)
{
	for (unsigned int i = 0; i < BARS; i++) {
		struct bar *bar = &f->bars[i];
		bool wanted = is_reachable(f, bar);

		if (bar->mapped && (!wanted || bar->mapped_at != bar->address))
			unmap(f, i);
		if (wanted && !bar->mapped)
			map(f, i);
	}
}
