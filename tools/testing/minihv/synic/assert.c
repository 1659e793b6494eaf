// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts that the hypervisor raises for a VP. */
#include "cpu/apic.h"
#include "lapic/lapic.h"
#include "synic/synic.h"

/* An interrupt that needs no EOI; the local APIC has none like it, see exit/root_events.c. */
static void assert_auto_eoi(struct vp *vp, uint8_t vector)
{
	__atomic_fetch_or(&vp->msrs->auto_eoi[vector / 64], BIT(vector % 64), __ATOMIC_SEQ_CST);
	vp_wake(vp);
}

void vp_assert_interrupt(struct vp *vp, uint8_t vector)
{
	if (partition_is_child(vp->partition)) {
		lapic_set_irr(vp, vector, false);
		return;
	}
	if (vp_auto_eoi(vp, vector)) {
		assert_auto_eoi(vp, vector);
		return;
	}
	/*
	 * Root owns the machine's local APICs. An IPI makes the vector pending,
	 * in service and ended just as if a device had sent it.
	 */
	if (vp->home)
		apic_send(vp->home->apic_id, APIC_DM_FIXED | APIC_ASSERT | vector);
}
