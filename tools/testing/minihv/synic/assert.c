// SPDX-License-Identifier: GPL-2.0-only
/* Interrupts that the hypervisor raises for a VP. */
#include "cpu/apic.h"
#include "vp/vp.h"

void vp_assert_interrupt(struct vp *vp, uint8_t vector)
{
	if (partition_is_child(vp->partition)) {
		lapic_set_irr(vp, vector, false);
		return;
	}
	if (synic_auto_eoi(vp, vector)) {
		root_assert_auto_eoi(vp, vector);
		return;
	}
	/*
	 * Root owns the machine's local APICs. An IPI makes the vector pending,
	 * in service and ended just as if a device had sent it.
	 */
	if (vp->home)
		apic_send(vp->home->apic_id, APIC_DM_FIXED | APIC_ASSERT | vector);
}
