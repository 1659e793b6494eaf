// SPDX-License-Identifier: GPL-2.0-only
/*
 * The I/O APIC: 24 inputs, of which edge-triggered ones can be used (Intel 82093AA).
 *
 * The local APICs are the hypervisor's. What a redirection entry says is asked of it
 * by hypercall when a line goes up. There is no device with a level-triggered line, so
 * nothing has to be kept until the guest ends an interrupt.
 */
#include <errno.h>
#include <hvabi/synic.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "saved.h"
#include "virtio.h"

#define INPUTS 24

#define REG_SELECT 0x00
#define REG_WINDOW 0x10

#define INDEX_ID 0
#define INDEX_VERSION 1
#define INDEX_TABLE 0x10
#define VERSION ((INPUTS - 1) << 16 | 0x11)

#define ENTRY_LOGICAL (1u << 11)
#define ENTRY_READ_ONLY 0x5000u /* delivery status, remote IRR */
#define ENTRY_MASKED (1u << 16)
#define FIRST_VECTOR 16

/* An interrupt as a message. */
#define MSI_ADDRESS UINT64_C(0xfee00000)
#define MSI_LOGICAL 4

static struct {
	pthread_mutex_t lock;
	uint32_t index;
	uint32_t id;
	uint64_t table[INPUTS];
} ioapic;

int ioapic_init(void)
{
	for (int i = 0; i < INPUTS; i++)
		ioapic.table[i] = ENTRY_MASKED;
	return -pthread_mutex_init(&ioapic.lock, NULL);
}

static uint32_t read_index(uint32_t index)
{
	uint32_t at = index - INDEX_TABLE;

	if (index == INDEX_ID)
		return ioapic.id;
	if (index == INDEX_VERSION)
		return VERSION;
	if (index < INDEX_TABLE || at >= 2 * INPUTS)
		return 0;
	return (uint32_t)(ioapic.table[at / 2] >> (at % 2 ? 32 : 0));
}

static void write_index(uint32_t index, uint32_t value)
{
	uint32_t at = index - INDEX_TABLE;
	uint64_t *entry;

	if (index == INDEX_ID)
		ioapic.id = value & 0x0f000000;
	if (index < INDEX_TABLE || at >= 2 * INPUTS)
		return;
	entry = &ioapic.table[at / 2];
	if (at % 2)
		*entry = (*entry & UINT32_MAX) | (uint64_t)value << 32;
	else
		*entry = (*entry >> 32 << 32) |
			 (value & 0x1ffff & ~ENTRY_READ_ONLY);
}

uint64_t ioapic_read(uint64_t offset)
{
	uint64_t value = 0;

	pthread_mutex_lock(&ioapic.lock);
	if (offset == REG_SELECT)
		value = ioapic.index;
	else if (offset == REG_WINDOW)
		value = read_index(ioapic.index);
	pthread_mutex_unlock(&ioapic.lock);
	return value;
}

/*
 * What a guest may write there and no local APIC takes is lost on the way, as on a machine:
 * vectors of exceptions, and kinds of messages that are reserved or for what is not here.
 */
static bool is_deliverable(uint64_t entry)
{
	switch (entry >> 8 & 7) {
	case HV_X64_INTERRUPT_TYPE_FIXED:
	case HV_X64_INTERRUPT_TYPE_LOWESTPRIORITY:
		return (entry & 0xff) >= FIRST_VECTOR;
	case HV_X64_INTERRUPT_TYPE_NMI:
	case HV_X64_INTERRUPT_TYPE_INIT:
		return true;
	default:
		return false;
	}
}

/*
 * With the lock held: an input of a virtio device means something else now. Its eventfd raises
 * it without this file.
 */
static void set_route(struct machine *m, unsigned int input)
{
	const uint64_t entry = ioapic.table[input];
	const uint64_t address = MSI_ADDRESS | entry >> 56 << 12 |
				 (entry & ENTRY_LOGICAL ? MSI_LOGICAL : 0);
	const unsigned int gsi = virtio_gsi(input - VIRTIO_IRQ);
	int err = (entry & ENTRY_MASKED) || !is_deliverable(entry) ?
			  routes_clear(m, gsi) :
			  routes_set(m, gsi, address, (uint32_t)(entry & 0x7ff));

	/* As for an interrupt that is raised: the guest's mistake is nobody else's. */
	if (err && err != -EINVAL)
		complain(err, "cannot route interrupt %u", input);
}

static bool is_virtio(uint32_t index)
{
	return index >= INDEX_TABLE + 2 * VIRTIO_IRQ &&
	       index < INDEX_TABLE + 2 * (VIRTIO_IRQ + virtio_count());
}

void ioapic_write(struct machine *m, uint64_t offset, uint64_t value)
{
	bool routed = false;

	pthread_mutex_lock(&ioapic.lock);
	if (offset == REG_SELECT)
		ioapic.index = value & 0xff;
	else if (offset == REG_WINDOW)
		write_index(ioapic.index, (uint32_t)value);
	if (offset == REG_WINDOW && is_virtio(ioapic.index)) {
		set_route(m, (ioapic.index - INDEX_TABLE) / 2);
		routed = true;
	}
	pthread_mutex_unlock(&ioapic.lock);
	/* What came while it was masked. */
	if (routed)
		virtio_raise_again();
}

void ioapic_raise(struct machine *m, unsigned int input)
{
	struct mshv_interrupt irq;
	uint64_t entry;
	int err;

	pthread_mutex_lock(&ioapic.lock);
	entry = ioapic.table[input];
	pthread_mutex_unlock(&ioapic.lock);
	if ((entry & ENTRY_MASKED) || !is_deliverable(entry))
		return;

	irq = (struct mshv_interrupt){
		.type = (uint32_t)(entry >> 8 & 7),
		.vector = (uint32_t)(entry & 0xff),
		.destination = entry >> 56,
		.logical = entry & ENTRY_LOGICAL,
	};
	atomic_fetch_add(&m->interrupts, 1);
	err = mshv_vm_assert_interrupt(m->vm, &irq);
	/* Nor a destination that is no processor: the guest's mistake, and no end of the run. */
	if (!err || err == -EINVAL)
		return;
	complain(err, "cannot raise interrupt %u, vector 0x%x", input, irq.vector);
	machine_stop(m, STATUS_FAILED);
}

struct saved_ioapic {
	uint32_t index, id;
	uint64_t table[INPUTS];
};

void ioapic_save(struct saver *s)
{
	struct saved_ioapic saved;

	pthread_mutex_lock(&ioapic.lock);
	saved.index = ioapic.index;
	saved.id = ioapic.id;
	memcpy(saved.table, ioapic.table, sizeof(saved.table));
	pthread_mutex_unlock(&ioapic.lock);
	saver_put(s, SAVED_IOAPIC, 0, &saved, sizeof(saved));
}

/* As a guest writes it, so that it cannot be what no guest makes of it. */
int ioapic_restore(struct machine *m, const struct file *file)
{
	struct saved_ioapic saved;
	int err = saved_get(file, SAVED_IOAPIC, 0, &saved, sizeof(saved));

	if (err)
		return err;
	pthread_mutex_lock(&ioapic.lock);
	write_index(INDEX_ID, saved.id);
	for (uint32_t i = 0; i < INPUTS; i++) {
		write_index(INDEX_TABLE + 2 * i, (uint32_t)saved.table[i]);
		write_index(INDEX_TABLE + 2 * i + 1, (uint32_t)(saved.table[i] >> 32));
		if (is_virtio(INDEX_TABLE + 2 * i))
			set_route(m, i);
	}
	ioapic.index = saved.index & 0xff;
	pthread_mutex_unlock(&ioapic.lock);
	return 0;
}
