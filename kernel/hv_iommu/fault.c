// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hypervisor says that it refused a device.
 *
 * A device can ask for what it may not have as often as it likes, and a guest can have it
 * do so. The interrupt only notes what is said, up to a number; the rest is done by a work
 * item: count, a line in the log for a device once in a while, and an event for those who
 * listen. Who the device is depends on where it is, which changes under a mutex.
 */
#include <linux/pci.h>
#include <linux/workqueue.h>

#include "../include/mshv_device.h"
#include "info.h"
#include "iommu.h"

#define FAULT_NOTES	32
#define FAULT_QUIET	(60 * HZ)

/**
 * struct fault_notes - what was said since the work item last looked
 * @lock: guards all below
 * @nr: how many there are
 * @untold: how many more there were
 * @faults: they
 */
static struct fault_notes {
	raw_spinlock_t lock;
	unsigned int nr;
	u64 untold;
	struct mshv_dma_fault faults[FAULT_NOTES];
} fault_notes = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(fault_notes.lock),
};

/* A partition calls its devices what it likes, so that two may have one name: both count. */
static bool fault_is_of(const struct hv_endpoint *ep, const struct mshv_dma_fault *fault)
{
	lockdep_assert_held(&hv_attach_lock);
	if (ep->place.kind == HV_PLACE_PARTITION)
		return ep->place.logical_id == fault->device;
	return ep->id == fault->device;
}

static void fault_log(struct hv_endpoint *ep, const struct mshv_dma_fault *fault)
{
	lockdep_assert_held(&hv_attach_lock);
	if (ep->faults > 1 && time_before(jiffies, ep->fault_told + FAULT_QUIET))
		return;
	ep->fault_told = jiffies;
	if (fault->address == MSHV_DMA_FAULT_UNKNOWN)
		pci_warn(ep->pdev, "an interrupt or access of it was refused, %llu so far\n",
			 ep->faults);
	else
		pci_warn(ep->pdev, "%s address %#llx was refused, %llu so far\n",
			 fault->write ? "writing to" : "reading from", fault->address,
			 ep->faults);
}

/* Only the first that was noted is told of: what came with it is a number. */
static void fault_count(const struct fault_notes *notes)
{
	struct hv_endpoint *ep;

	guard(mutex)(&hv_endpoints_lock);
	guard(mutex)(&hv_attach_lock);
	list_for_each_entry(ep, &hv_endpoints, node) {
		const struct mshv_dma_fault *first = NULL;
		unsigned int i, nr = 0;

		for (i = 0; i < notes->nr; i++) {
			if (!fault_is_of(ep, &notes->faults[i]))
				continue;
			first = first ?: &notes->faults[i];
			nr++;
		}
		if (!nr)
			continue;
		ep->faults += nr;
		fault_log(ep, first);
		hv_info_fault(ep, first, notes->untold + nr - 1);
	}
}

static void fault_work(struct work_struct *work)
{
	static struct fault_notes taken;

	scoped_guard(raw_spinlock_irqsave, &fault_notes.lock) {
		taken.nr = fault_notes.nr;
		taken.untold = fault_notes.untold;
		memcpy(taken.faults, fault_notes.faults, sizeof(taken.faults));
		fault_notes.nr = 0;
		fault_notes.untold = 0;
	}
	fault_count(&taken);
}

/* A few times a second is enough for all who may want to know. */
#define FAULT_DELAY	(HZ / 10)
static DECLARE_DELAYED_WORK(fault_tell, fault_work);

/**
 * hv_fault - the hypervisor has refused a device something
 * @fault: what
 *
 * Context: interrupt.
 */
void hv_fault(const struct mshv_dma_fault *fault)
{
	scoped_guard(raw_spinlock_irqsave, &fault_notes.lock) {
		if (fault_notes.nr < FAULT_NOTES)
			fault_notes.faults[fault_notes.nr++] = *fault;
		else
			fault_notes.untold++;
	}
	schedule_delayed_work(&fault_tell, FAULT_DELAY);
}

/* Nobody calls any more. */
void hv_fault_exit(void)
{
	cancel_delayed_work_sync(&fault_tell);
}
