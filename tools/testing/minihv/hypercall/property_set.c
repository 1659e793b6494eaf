// SPDX-License-Identifier: GPL-2.0-only
/* Partition properties whose setting reaches VPs or the memory map. */
#include "hypercall/property.h"
#include "state/msr.h"
#include "synic/stimer.h"

static void with_each_vp(struct partition *p, void (*fn)(struct vp *vp))
{
	uint32_t i;

	for (i = 0; i < MAX_VPS; i++) {
		struct vp *vp = partition_vp(p, i);

		if (vp)
			fn(vp);
	}
}

/* Frozen time stands still for VPs that run, too; thawed, it goes on where it stopped. */
uint16_t property_freeze(struct partition *p, uint64_t value)
{
	if (value > 1)
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	spin_lock(&p->lock);
	if (value && p->frozen_at == ~0ull) {
		p->frozen_at = time_ref();
	} else if (!value && p->frozen_at != ~0ull) {
		p->time_offset += time_ref() - p->frozen_at;
		p->frozen_at = ~0ull;
	}
	reference_tsc_update(p);
	spin_unlock(&p->lock);
	with_each_vp(p, stimers_time_changed);
	return HV_STATUS_SUCCESS;
}

/* Time that goes on can't be moved. */
uint16_t property_set_time(struct partition *p, uint64_t value)
{
	uint16_t status = HV_STATUS_INVALID_PARTITION_STATE;

	spin_lock(&p->lock);
	if (p->frozen_at != ~0ull) {
		p->time_offset += partition_time(p) - value;
		reference_tsc_update(p);
		status = HV_STATUS_SUCCESS;
	}
	spin_unlock(&p->lock);
	if (status == HV_STATUS_SUCCESS)
		with_each_vp(p, stimers_time_changed);
	return status;
}

/* Each page gets an entry of its own, now, while the parent can still give memory for it. */
static uint16_t split_all(struct partition *p)
{
	uint64_t gpa;

	for (gpa = 0; gpa < p->gpa_end; gpa += SIZE_2M) {
		struct npt_entry e;
		uint64_t done;

		if (!npt_lookup(&p->npt, gpa, &e) || e.size == PAGE_SIZE)
			continue;
		if (!npt_map(&p->npt, gpa, e.hpa + (gpa - e.gpa), SIZE_2M, e.access, PAGE_SIZE,
			     &done))
			return HV_STATUS_INSUFFICIENT_MEMORY;
	}
	return HV_STATUS_SUCCESS;
}

uint16_t property_track(struct partition *p, uint64_t value)
{
	uint16_t status = HV_STATUS_SUCCESS;

	if (value > 1)
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	spin_lock(&p->lock);
	if (value && !p->npt.tracked && p->npt_ready)
		status = split_all(p);
	if (status == HV_STATUS_SUCCESS)
		p->npt.tracked = value;
	cpu_flush_partition(p);
	spin_unlock(&p->lock);
	return status;
}
