// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Interrupts past the local APIC, and being told that the guest would take one.
 */
#include <errno.h>

#include "core/vm.h"
#include "fakevp.h"
#include "test.h"

TEST(inject_interrupt_waits_in_its_register)
{
	const uint32_t name = HV_REGISTER_PENDING_EVENT0;
	union hv_register_value v;

	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	fakevp_set64(name, 0);
	fakevp_port(0x80, 1, true);
	fakevp_run();
	CHECK_EQ(mshv_vp_inject_interrupt(fake.vp, 8), 0);
	CHECK_EQ(mshv_vp_get_regs(fake.vp, &name, &v, 1), 0);
	CHECK_EQ(v.pending_ext_int_event.event_pending, 1);
	CHECK_EQ(v.pending_ext_int_event.event_type, HV_X64_PENDING_EVENT_EXT_INT);
	CHECK_EQ(v.pending_ext_int_event.vector, 8);
	CHECK_EQ(v.pending_ext_int_event.as_uint64[0] >> 16, 0);
	CHECK_EQ(v.pending_ext_int_event.as_uint64[1], 0);
	/* There is room for one, of either kind. */
	CHECK_EQ(mshv_vp_inject_interrupt(fake.vp, 9), -EBUSY);
	CHECK_EQ(mshv_vp_inject(fake.vp, &(struct mshv_exception){ .vector = 6 }), -EBUSY);
	fakevp_finish();
}

/* The hypervisor refuses it, and the whole flush with it. */
TEST(notify_deliverable_of_nmis_needs_a_vm_without_lapic)
{
	const unsigned int both = MSHV_DELIVERABLE_NMI | MSHV_DELIVERABLE_INTERRUPT;
	const uint32_t name = HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS;
	uint64_t value;

	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	fake.vm->has_lapic = true;
	fakevp_set64(name, 0);
	fakevp_port(0x80, 1, true);
	fakevp_run();
	CHECK_EQ(mshv_vp_notify_deliverable(fake.vp, MSHV_DELIVERABLE_NMI, 0), -EOPNOTSUPP);
	CHECK_EQ(mshv_vp_notify_deliverable(fake.vp, both, 0), -EOPNOTSUPP);
	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	CHECK_EQ(value, 0);
	CHECK_EQ(mshv_vp_notify_deliverable(fake.vp, MSHV_DELIVERABLE_INTERRUPT, 0), 0);
	fakevp_finish();
}

TEST(notify_deliverable_leaves_sints_alone)
{
	const uint32_t name = HV_X64_REGISTER_DELIVERABILITY_NOTIFICATIONS;
	uint64_t value;

	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	fakevp_set64(name, UINT64_C(0x8000) << 48);
	fakevp_port(0x80, 1, true);
	fakevp_run();
	CHECK_EQ(mshv_vp_notify_deliverable(fake.vp, MSHV_DELIVERABLE_INTERRUPT, 5), 0);
	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	CHECK_EQ(value, (UINT64_C(0x8000) << 48) | 5 << 2 | 1 << 1);
	CHECK_EQ(mshv_vp_notify_deliverable(fake.vp, MSHV_DELIVERABLE_NMI, 0), 0);
	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	CHECK_EQ(value, (UINT64_C(0x8000) << 48) | 1);
	CHECK_EQ(mshv_vp_notify_deliverable(fake.vp, 0, 0), 0);
	CHECK_EQ(mshv_vp_get_reg(fake.vp, name, &value), 0);
	CHECK_EQ(value, UINT64_C(0x8000) << 48);
	fakevp_finish();
}
