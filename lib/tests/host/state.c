// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A VM that goes on in another one.
 */
#include <errno.h>
#include <string.h>

#include "../test.h"
#include "rig.h"

#define RAM 0x10000

TEST(host_state_moves_into_another_vm)
{
	static uint8_t vp[0x20000], vm[0x100], ram[RAM];
	struct hv_local_interrupt_controller_state apic = { 0 };
	const uint32_t name = HV_X64_REGISTER_XMM1;
	union hv_register_value v = { .reg128 = { 0x1111, 0x2222 } };
	size_t vp_size, vm_size;
	uint64_t rip, value, time = 0;
	uint32_t refused = 0;

	rig_start(0);
	rig_run_to_port(0x80);
	CHECK_EQ(mshv_vp_get_state(rig.vp, MSHV_STATE_LAPIC, &apic, sizeof(apic), NULL), 0);
	apic.apic_spurious = 0x1fe;
	CHECK_EQ(mshv_vp_set_state(rig.vp, MSHV_STATE_LAPIC, &apic, sizeof(apic)), 0);
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_X64_REGISTER_RBX, 0x1234), 0);
	CHECK_EQ(mshv_vp_set_reg(rig.vp, HV_REGISTER_GUEST_OS_ID, 0x8100000000000001), 0);
	CHECK_EQ(mshv_vp_set_regs(rig.vp, &name, &v, 1), 0);
	CHECK_EQ(mshv_vp_get_reg(rig.vp, HV_X64_REGISTER_RIP, &rip), 0);
	CHECK_EQ(mshv_vm_freeze_time(rig.vm), 0);
	CHECK_EQ(mshv_vm_save(rig.vm, vm, sizeof(vm), &vm_size), 0);
	CHECK_EQ(mshv_vp_save(rig.vp, vp, sizeof(vp), &vp_size), 0);
	CHECK_EQ(mshv_vm_get_property(rig.vm, HV_PARTITION_PROPERTY_REFERENCE_TIME, &time), 0);
	memcpy(ram, rig.ram, RAM);
	rig_finish();

	rig_start(0);
	CHECK_EQ(mshv_vm_freeze_time(rig.vm), 0);
	memcpy(rig.ram, ram, RAM);
	CHECK_EQ(mshv_vm_restore(rig.vm, vm, vm_size), 0);
	if (mshv_vp_restore(rig.vp, vp, vp_size)) {
		(void)mshv_vp_refused_reg(rig.vp, &refused);
		CHECK_EQ(refused, 0);
		CHECK_EQ(mshv_hv_status(), 0);
	}
	CHECK_EQ(mshv_vm_get_property(rig.vm, HV_PARTITION_PROPERTY_REFERENCE_TIME, &value), 0);
	CHECK_EQ(value, time);
	CHECK_EQ(mshv_vm_thaw_time(rig.vm), 0);
	CHECK_EQ(mshv_vp_get_reg(rig.vp, HV_X64_REGISTER_RBX, &value), 0);
	CHECK_EQ(value, 0x1234);
	CHECK_EQ(mshv_vp_get_reg(rig.vp, HV_X64_REGISTER_RIP, &value), 0);
	CHECK_EQ(value, rip);
	CHECK_EQ(mshv_vp_get_reg(rig.vp, HV_REGISTER_GUEST_OS_ID, &value), 0);
	CHECK_EQ(value, 0x8100000000000001);
	memset(&v, 0, sizeof(v));
	CHECK_EQ(mshv_vp_get_regs(rig.vp, &name, &v, 1), 0);
	CHECK_EQ(v.reg128.low_part, 0x1111);
	CHECK_EQ(v.reg128.high_part, 0x2222);
	memset(&apic, 0, sizeof(apic));
	CHECK_EQ(mshv_vp_get_state(rig.vp, MSHV_STATE_LAPIC, &apic, sizeof(apic), NULL), 0);
	CHECK_EQ(apic.apic_spurious, 0x1fe);
	rig_run_to_port(0x80);
	CHECK_EQ(mshv_vp_get_reg(rig.vp, HV_X64_REGISTER_RBX, &value), 0);
	CHECK_EQ(value, 0x1234);
	rig_finish();
}
