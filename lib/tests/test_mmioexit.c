// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Memory exits that are not about an operand of the instruction at RIP, and where that
 * instruction is found.
 */
#include <errno.h>
#include <string.h>

#include "memrig.h"
#include "test.h"

#define CR4_SMAP (UINT64_C(1) << 21)

/* mov %eax, (%rbx) */
static const char store[] = "\x89\x03";

static void check_refused(void)
{
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), -EOPNOTSUPP);
	CHECK_EQ(memrig.n, 0);
	CHECK_EQ(memrig.ram[0x2000], 0);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x500);
	fakevp_finish();
}

static struct hv_x64_memory_intercept_message *start_store(uint64_t gpa)
{
	struct hv_x64_memory_intercept_message *m;

	memrig_start(0x11);
	fakevp_set64(HV_X64_REGISTER_RBX, 0x2000);
	fakevp_set64(HV_X64_REGISTER_RAX, 0x11223344);
	m = memrig_exit(32, store, sizeof(store) - 1);
	m->memory_access_info.gva_valid = 1;
	m->memory_access_info.gva_gpa_valid = 1;
	m->guest_virtual_address = gpa;
	m->guest_physical_address = gpa;
	return m;
}

/* The frame of an interrupt could not be pushed: the store at RIP has nothing to do with it. */
TEST(mmio_exit_in_the_delivery_of_an_event_is_refused)
{
	struct hv_x64_memory_intercept_message *m = start_store(MEMRIG_DEVICE);

	m->header.intercept_access_type = HV_INTERCEPT_ACCESS_WRITE;
	m->header.execution_state.interruption_pending = 1;
	check_refused();
}

/* Else memory that may not be executed would be, one instruction at each exit. */
TEST(mmio_exit_in_a_fetch_is_refused)
{
	struct hv_x64_memory_intercept_message *m = start_store(0x500);

	fake.message.header.message_type = HVMSG_GPA_INTERCEPT;
	m->header.intercept_access_type = HV_INTERCEPT_ACCESS_EXECUTE;
	check_refused();
}

/* By now another thread has mapped the memory: the guest tries again, and nothing is done. */
TEST(mmio_exit_whose_memory_is_mapped_by_then)
{
	static _Alignas(4096) uint8_t more[4096];

	for (int delivery = 0; delivery < 2; delivery++) {
		struct hv_x64_memory_intercept_message *m = start_store(MEMRIG_DEVICE + 8);

		m->header.intercept_access_type = delivery ? HV_INTERCEPT_ACCESS_WRITE :
							     HV_INTERCEPT_ACCESS_EXECUTE;
		m->header.execution_state.interruption_pending = delivery;
		fakevp_run();
		/* What may not be written, or executed, is no help. */
		CHECK_EQ(mshv_vm_map(fake.vm, MEMRIG_DEVICE, more, sizeof(more), 0), 0);
		CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), -EOPNOTSUPP);
		CHECK_EQ(mshv_vm_unmap(fake.vm, MEMRIG_DEVICE), 0);
		CHECK_EQ(mshv_vm_map(fake.vm, MEMRIG_DEVICE, more, sizeof(more),
				     delivery ? MSHV_MEM_WRITE : MSHV_MEM_EXEC), 0);
		CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), 0);
		CHECK_EQ(memrig.n, 0);
		CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x500);
		fakevp_finish();
	}
}

/* mov %eax, %ebx accesses no memory: the code is not what it was. */
TEST(mmio_exit_at_an_instruction_without_memory)
{
	start_store(MEMRIG_DEVICE);
	memrig_exit(32, "\x89\xc3", 2);
	memrig_handle(13);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x500);
	fakevp_finish();
}

/* SMAP is about data: code on a user's page can be executed, and is read here. */
TEST(mmio_code_on_a_page_of_the_user_with_smap)
{
	struct hv_x64_memory_intercept_message *m;

	memrig_start_long();
	for (unsigned int level = 1; level < 4; level++)
		memcpy(memrig.ram + 0x1000 * level,
		       (uint64_t[]){ (0x1000 * (level + 1)) | 7 }, 8);
	memcpy(memrig.ram + 0x4000, (uint64_t[]){ 7, MEMRIG_DEVICE | 3 }, 16);
	memcpy(memrig.ram + 0x500, store, sizeof(store) - 1);
	fakevp_set64(HV_X64_REGISTER_CR4, 0x20 | CR4_SMAP);
	fakevp_set64(HV_X64_REGISTER_RBX, 0x1000);
	m = MEMRIG_EXIT(64, "");
	m->header.intercept_access_type = HV_INTERCEPT_ACCESS_WRITE;
	fakevp_run();
	CHECK_EQ(mshv_vp_handle_mmio(fake.vp, &memrig_ops, &memrig), 0);
	CHECK_EQ(memrig.n, 1);
	memrig_check_seen(0, MEMRIG_DEVICE, 4);
	CHECK_EQ(memrig_reg(HV_X64_REGISTER_RIP), 0x502);
	fakevp_finish();
}
