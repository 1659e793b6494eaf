// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The last instruction is remembered, and taken for no other one.
 */
#include <mshvctl/mmio.h>

#include "memrig.h"
#include "test.h"

/* MOV (EBX), AX; the same bytes in 16-bit code are MOV (BP + DI), EAX. */
static void check_store(unsigned int bits, const char *bytes, uint64_t gpa,
			unsigned int size)
{
	const int slot = reg_slot(HV_X64_REGISTER_RIP);
	union hv_register_value rip = fake.model.file[slot];

	memrig_exit(bits, bytes, 16);
	memrig.n = 0;
	memrig_handle(MEMRIG_NO_FAULT);
	CHECK_EQ(memrig.n, 1);
	memrig_check_seen(0, gpa, size);
	rip.reg64 += 3;
	hvmodel_file_write(&fake.model, slot, &rip);
}

/* More than are remembered, in turn and again and again. */
TEST(mmio_takes_none_of_many_instructions_for_another)
{
	memrig_start(0);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE);
	for (unsigned int i = 0; i < 200; i++) {
		unsigned int n = i * i % 13;
		/* MOV n(EBX), EAX */
		char store[16] = { '\x89', '\x43', (char)n };

		check_store(32, store, MEMRIG_DEVICE + n, 4);
	}
	fakevp_finish();
}

TEST(mmio_takes_the_same_bytes_for_what_they_are)
{
	static const char store[16] = "\x66\x89\x03\x90", other[16] = "\x66\x89\x07\x90";

	memrig_start(0);
	fakevp_set64(HV_X64_REGISTER_RBX, MEMRIG_DEVICE);
	fakevp_set64(HV_X64_REGISTER_RBP, 0x9000);
	for (unsigned int i = 0; i < 2; i++) {
		fakevp_set64(HV_X64_REGISTER_RDI, 0x10);
		check_store(32, store, MEMRIG_DEVICE, 2);
		check_store(32, store, MEMRIG_DEVICE, 2);
		check_store(16, store, 0x9010, 4);
		fakevp_set64(HV_X64_REGISTER_RDI, MEMRIG_DEVICE + 8);
		/* MOV (EDI), AX */
		check_store(32, other, MEMRIG_DEVICE + 8, 2);
	}
	fakevp_finish();
}
