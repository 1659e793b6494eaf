// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A VP whose page tables are walked.
 */
#include <errno.h>
#include <string.h>

#include "walkrig.h"

_Alignas(4096) uint8_t walk_ram[WALK_RAM];

void walk_start(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	fakevp_start(PAGE_VALID, 0);
	fake.model.idle = true;
	memset(walk_ram, 0, sizeof(walk_ram));
	CHECK_EQ(mshv_vm_map(fake.vm, 0, walk_ram, sizeof(walk_ram), MSHV_MEM_WRITE), 0);
	fakevp_set64(HV_X64_REGISTER_CR0, cr0);
	fakevp_set64(HV_X64_REGISTER_CR3, 0x1000);
	fakevp_set64(HV_X64_REGISTER_CR4, cr4);
	fakevp_set64(HV_X64_REGISTER_EFER, efer);
	fakevp_set64(HV_X64_REGISTER_RFLAGS, 2);
	fakevp_run();
	fake.ioctls = 0;
}

void walk_put64(uint64_t at, uint64_t value)
{
	memcpy(walk_ram + at, &value, sizeof(value));
}

void walk_put32(uint64_t at, uint32_t value)
{
	memcpy(walk_ram + at, &value, sizeof(value));
}

void walk_long_tables(void)
{
	walk_put64(0x1000, 0x2000 | PRW | USER);
	walk_put64(0x2000, 0x3000 | PRW | USER);
	walk_put64(0x2008, 0x80000000 | PRW | USER | LARGE);
	walk_put64(0x3000, 0x4000 | PRW | USER);
	walk_put64(0x3008, 0x600000 | PRW | USER | LARGE);
	walk_put64(0x4000, 0x5000 | PRW | USER);
	walk_put64(0x4008, 0x6000 | USER | 1);
	walk_put64(0x4010, 0x7000 | PRW);
}

void walk_check(uint64_t linear, unsigned int access, uint64_t wanted)
{
	uint64_t gpa = 0;

	CHECK_EQ(walk(fake.vp, linear, access, &gpa), 0);
	CHECK_EQ(gpa, wanted);
}

void walk_check_fault(uint64_t linear, unsigned int access)
{
	uint64_t gpa;

	CHECK_EQ(walk(fake.vp, linear, access, &gpa), -EFAULT);
}
