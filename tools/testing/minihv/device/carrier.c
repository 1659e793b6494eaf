// SPDX-License-Identifier: GPL-2.0-only
/* The vectors of the spare processor, and what is done at each. */
#include "device/carrier.h"
#include "cpu/spare.h"
#include "device/interrupt.h"
#include "device/message.h"
#include "device/unit.h"

#define FAULT_VECTOR	SPARE_FIRST_VECTOR
#define FIRST_CARRIER	(FAULT_VECTOR + 1)
#define MSI_ADDRESS	0xfee00000u
#define MSI_DEST	12

enum use {
	USE_NONE,
	USE_CHILD,		/* an interrupt of a child */
	USE_FREE,		/* a device has no business with it any more */
};

static struct carrier {
	enum use use;
	const struct interrupt *interrupt;
	uint16_t rid;		/* USE_FREE: of the device */
	bool of_child;		/* the entries were a child's */
} carriers[SPARE_LAST_VECTOR + 1];

bool interrupts_for_children(void)
{
	return spare_present() && remap_present();
}

uint32_t carrier_apic_id(void)
{
	return spare_apic_id();
}

/* One that was not in use lately, since an interrupt of its last user may be on its way. */
static uint8_t take(void)
{
	static uint8_t last = SPARE_LAST_VECTOR;
	unsigned int n;

	for (n = FIRST_CARRIER; n <= SPARE_LAST_VECTOR; n++) {
		last = last == SPARE_LAST_VECTOR ? FIRST_CARRIER : last + 1;
		if (carriers[last].use == USE_NONE)
			return last;
	}
	return 0;
}

bool carrier_take(uint8_t *vector, const struct interrupt *i)
{
	*vector = take();
	if (*vector)
		carriers[*vector] = (struct carrier){ .use = USE_CHILD, .interrupt = i };
	return *vector;
}

void carrier_give_back(uint8_t vector)
{
	carriers[vector].use = USE_NONE;
}

bool carrier_of_free(const struct interrupt *i, struct remap_target *t)
{
	uint8_t *vector;

	if (!interrupts_for_children() || !i->pci)
		return false;
	vector = &device_of(i->rid)->free_vectors[!!i->child];
	if (!*vector) {
		*vector = take();
		if (!*vector)
			return false;
		carriers[*vector] = (struct carrier){
			.use = USE_FREE, .rid = i->rid, .of_child = i->child,
		};
	}
	*t = (struct remap_target){
		.apic_id = carrier_apic_id(), .vector = *vector,
		.source = i->rid, .from_pci = true,
	};
	return true;
}

/*
 * Linux itself unmaps before it programs the new message, so one of root's own may come
 * in between. A guest's device has none to lose.
 */
static void free_entry(const struct carrier *c)
{
	struct device *d = device_of(c->rid);

	d->counts[COUNT_INTERRUPT]++;
	device_message(d, &(struct refusal){ .kind = COUNT_INTERRUPT, .write = true });
	if (c->of_child)
		hv_strict("device 0x%x interrupts by an entry that is free", c->rid);
}

static void came(uint8_t vector)
{
	const struct carrier *c = &carriers[vector];

	if (vector == FAULT_VECTOR) {
		device_faults_poll();
		return;
	}
	spin_lock(&device_lock);
	switch (c->use) {
	case USE_CHILD:
		device_of(c->interrupt->rid)->counts[COUNT_DELIVERED]++;
		interrupt_deliver(c->interrupt);
		break;
	case USE_FREE:
		free_entry(c);
		break;
	case USE_NONE:
		break;		/* on its way when it was unmapped */
	}
	spin_unlock(&device_lock);
}

void interrupts_init(void)
{
	if (!spare_present() || !unit_present())
		return;
	spare_interrupt = came;
	unit_write32(UNIT_FEDATA, FAULT_VECTOR);
	unit_write32(UNIT_FEADDR, MSI_ADDRESS | spare_apic_id() << MSI_DEST);
	unit_write32(UNIT_FECTL, 0);
}
