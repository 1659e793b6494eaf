// SPDX-License-Identifier: GPL-2.0-only
/*
 * Before a root VP is entered: the events that do not come to it by way of the
 * machine's local APIC, which are NMIs that came while somebody else ran, and the
 * interrupts of auto-EOI SINTs. Such an interrupt is over when it is delivered, and
 * the local APIC has none like it. So it is injected, whatever is in service there.
 */
#include "exit/exit.h"

static int next_auto_eoi(const struct vp *vp)
{
	int i;

	for (i = ARRAY_SIZE(vp->msrs->auto_eoi) - 1; i >= 0; i--) {
		uint64_t word = __atomic_load_n(&vp->msrs->auto_eoi[i], __ATOMIC_SEQ_CST);

		if (word)
			return i * 64 + 63 - __builtin_clzll(word);
	}
	return -1;
}

bool root_has_event(const struct vp *vp)
{
	return vp->nmi_pending || ((vp->vmcb->rflags & RFLAGS_IF) && next_auto_eoi(vp) >= 0);
}

void root_prepare(struct vp *vp)
{
	int vector;

	if (!vp_state_valid(vp))
		hv_fatal("root VP %u is in a state that no processor can be in", vp->index);
	vp_close_window(vp);
	if (vp->nmi_pending && !vp->pending_event) {
		vp->nmi_pending = false;
		vp->pending_event = VMCB_EVENT_VALID | VMCB_EVENT_NMI | EXC_NMI;
	}
	vector = next_auto_eoi(vp);
	if (vector < 0)
		return;
	if (!vp_interruptible(vp)) {
		vp_open_window(vp);
		return;
	}
	__atomic_fetch_and(&vp->msrs->auto_eoi[vector / 64], ~BIT(vector % 64), __ATOMIC_SEQ_CST);
	vp->pending_event = VMCB_EVENT_VALID | VMCB_EVENT_INTR | vector;
	if (next_auto_eoi(vp) >= 0)
		vp_open_window(vp);
}
