// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults that the VT-d unit records (VT-d specification 4.1, chapter 7). QEMU's unit has
 * one register for them, and drops what comes while that is full.
 */
#include "device/faults.h"
#include "device/device.h"
#include "device/domain.h"
#include "device/message.h"
#include "device/translate.h"
#include "device/unit.h"
#include <hvabi/hvabi.h>

#define CAP_RECORDS(cap)	(((cap) >> 24 & 0x3ff) * 16)
#define CAP_NR_RECORDS(cap)	(((cap) >> 40 & 0xff) + 1)
#define FSTS_OVERFLOW		BIT(0)
#define RECORD_FAULT		BIT(63)
#define RECORD_READ		BIT(62)
#define RECORD_CLEAR		BIT(31)	/* of its last word */
#define PAGE_ZERO_END		PAGE_SIZE

struct fault {
	uint16_t rid;
	bool write;
	uint64_t address;
};

static struct spinlock polling;	/* from a record to its count; before all other locks */
static struct spinlock lock;		/* the registers */
static uint32_t records, nr_records;	/* offset of the first; 0: none */
static uint32_t lost, selected;

/* Pages of them that were mapped for children, by what was asked for. */
static struct {
	uint32_t all, cached, code;
} registers;

extern char image_start[], image_end[];

void device_faults_init(void)
{
	uint64_t cap;

	if (!translate_present())
		return;
	cap = unit_read64(UNIT_CAP);
	records = CAP_RECORDS(cap);
	nr_records = CAP_NR_RECORDS(cap);
}

static bool within(uint64_t pa, uint64_t base, uint64_t end)
{
	return pa >= base && pa < end;
}

/* Memory that root does not see since it is the hypervisor's, or was deposited. */
static bool is_hypervisors(uint64_t pa)
{
	return within(pa, hv_region_base, hv_region_end) ||
	       within(pa, va_to_pa(image_start), va_to_pa(image_end)) ||
	       mem_is_root_ram(pa & PAGE_MASK, PAGE_SIZE);
}

/* The locks of the device and of its table are held. */
static enum device_count kind_of(const struct device *d, const struct fault *f)
{
	const struct npt *npt = device_table(d);
	struct npt_entry e;

	if (!npt)
		return COUNT_BLOCKED;
	if (d->place != DEVICE_DEFAULT && f->write && f->address < PAGE_ZERO_END)
		return COUNT_PAGE_ZERO;
	if (npt_lookup(npt, f->address, &e))
		return COUNT_NO_ACCESS;
	if (d->place == DEVICE_DEFAULT && is_hypervisors(f->address))
		return COUNT_HYPERVISOR;
	return COUNT_NO_MAPPING;
}

static void tell(const struct device *d, const struct fault *f, enum device_count kind)
{
	const char *access = f->write ? "write" : "read";

	if (kind == COUNT_PAGE_ZERO)
		hv_strict("device 0x%x: %s of 0x%lx, in page 0 of a guest", d->rid, access,
			  f->address);
	else if (kind == COUNT_HYPERVISOR)
		hv_strict("device 0x%x: %s of 0x%lx, which is the hypervisor's", d->rid, access,
			  f->address);
}

/* The partition whose memory the device uses, with a reference; NULL: none. */
static struct partition *owner_of(uint16_t rid)
{
	const struct device *d;
	uint64_t id = 0;

	spin_lock(&device_lock);
	d = device_of(rid);
	if (d->place == DEVICE_DEFAULT)
		id = root_partition->id;
	else if (d->place == DEVICE_ATTACHED)
		id = d->partition->id;
	spin_unlock(&device_lock);
	return id ? partition_get(root_partition, id) : NULL;
}

/* The table may have changed since, and with it what the fault is taken for. */
static void count(const struct fault *f)
{
	struct partition *p = owner_of(f->rid);
	enum device_count kind;
	struct device *d;

	if (p)
		spin_lock(&p->lock);
	spin_lock(&device_lock);
	d = device_of(f->rid);
	kind = kind_of(d, f);
	d->counts[kind]++;
	tell(d, f, kind);
	device_message(d, &(struct refusal){ kind, f->write, f->address });
	spin_unlock(&device_lock);
	if (p) {
		spin_unlock(&p->lock);
		partition_put(p);
	}
}

static bool take(uint32_t offset, struct fault *f)
{
	uint64_t high;
	bool found;

	spin_lock(&lock);
	high = unit_read64(offset + 8);
	found = high & RECORD_FAULT;
	if (found) {
		f->rid = (uint16_t)high;
		f->write = !(high & RECORD_READ);
		f->address = unit_read64(offset) & PAGE_MASK;
		unit_write32(offset + 12, RECORD_CLEAR);
	}
	if (unit_read32(UNIT_FSTS) & FSTS_OVERFLOW) {
		unit_write32(UNIT_FSTS, FSTS_OVERFLOW);
		lost++;
	}
	spin_unlock(&lock);
	return found;
}

void device_faults_poll(void)
{
	struct fault f;
	uint32_t i;

	spin_lock(&polling);
	for (i = 0; i < nr_records; i++)
		while (take(records + i * 16, &f))
			count(&f);
	spin_unlock(&polling);
}

void device_count_registers(uint32_t flags, uint64_t pages)
{
	__atomic_fetch_add(&registers.all, pages, __ATOMIC_RELAXED);
	if (!(flags & HV_MAP_GPA_NOT_CACHED))
		__atomic_fetch_add(&registers.cached, pages, __ATOMIC_RELAXED);
	if (flags & HV_MAP_GPA_EXECUTABLE)
		__atomic_fetch_add(&registers.code, pages, __ATOMIC_RELAXED);
}

void device_count_select(uint32_t word)
{
	selected = word;
}

uint32_t device_count_read(void)
{
	uint32_t what = selected >> 16, value = ~0u;
	struct device *d;

	device_faults_poll();
	spin_lock(&device_lock);
	d = device_of(selected);
	if (what < NR_DEVICE_COUNTS)
		value = d->counts[what];
	else if (what == ASK_PLACE)
		value = d->place;
	else if (what == ASK_LOST)
		value = lost;
	else if (what == ASK_REGISTERS)
		value = registers.all;
	else if (what == ASK_REGISTERS_CACHED)
		value = registers.cached;
	else if (what == ASK_REGISTERS_CODE)
		value = registers.code;
	spin_unlock(&device_lock);
	return value;
}
