// SPDX-License-Identifier: GPL-2.0-only
/*
 * SCRUB_PARTITION, for a guest that restarts without its partition being made anew:
 * interrupt controllers and synthetic devices are as at power-on. Registers, memory and
 * whether VPs are suspended are the parent's business.
 */
#include "hypercall/calls.h"
#include "lapic/lapic.h"
#include "state/msr.h"

static void reset_msr(struct vp *vp, uint32_t msr, uint64_t value)
{
	bool known;

	msr_set(vp, msr, value, &known);
}

/* Messages on their way to the guest; those of its parent's are not here. */
static void drop_messages(struct synic *s)
{
	unsigned int i;

	spin_lock(&s->lock);
	for (i = 0; i < SYNIC_SINTS; i++) {
		while (!list_empty(&s->queue[i])) {
			struct synic_message *m = container_of(s->queue[i].next,
							       struct synic_message, node);

			list_del(&m->node);
			m->faults = 0;
		}
	}
	s->intercepted = 0;
	spin_unlock(&s->lock);
}

static void reset_synic(struct vp *vp)
{
	unsigned int i;

	for (i = 0; i < NR_STIMERS; i++) {
		reset_msr(vp, HV_X64_MSR_STIMER0_CONFIG + 2 * i, 0);
		reset_msr(vp, HV_X64_MSR_STIMER0_COUNT + 2 * i, 0);
	}
	for (i = 0; i < SYNIC_SINTS; i++)
		reset_msr(vp, HV_X64_MSR_SINT0 + i, HV_SYNIC_SINT_MASKED);
	reset_msr(vp, HV_X64_MSR_SIMP, 0);
	reset_msr(vp, HV_X64_MSR_SIEFP, 0);
	reset_msr(vp, HV_X64_MSR_SCONTROL, 0);
	drop_messages(&vp->synic);
}

/* Nobody loads the VP meanwhile. */
static void scrub_vp(struct vp *vp)
{
	vp_pause(vp);
	reset_synic(vp);
	reset_msr(vp, HV_X64_MSR_VP_ASSIST_PAGE, 0);
	lapic_reset(vp, false);
	vp->pending_event = 0;
	vp->own_exception = false;
	vp->nmi_pending = false;
	vp_block_nmis(vp, false);
	vp_resume(vp);
}

/* One that stands for all: the MSRs of a partition are the same in each VP. */
static void scrub_shared(struct vp *vp)
{
	vp_pause(vp);
	reset_msr(vp, HV_X64_MSR_GUEST_OS_ID, 0);
	reset_msr(vp, HV_X64_MSR_REFERENCE_TSC, 0);
	vp_resume(vp);
}

uint16_t hc_scrub_partition(struct hcall *c)
{
	const uint64_t *id = c->in;
	struct vp *first = NULL;
	struct partition *p;
	uint16_t status;
	uint32_t i;

	p = hc_partition(c, *id, &status);
	if (!p)
		return status;
	if (!partition_is_child(p))
		status = HV_STATUS_ACCESS_DENIED;
	for (i = 0; i < MAX_VPS && status == HV_STATUS_SUCCESS; i++) {
		struct vp *vp = partition_vp(p, i);

		if (!vp)
			continue;
		scrub_vp(vp);
		if (!first)
			first = vp;
	}
	if (first)
		scrub_shared(first);
	partition_put(p);
	return status;
}
