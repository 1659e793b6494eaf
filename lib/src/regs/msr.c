// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The names of MSRs as registers of a VP.
 */
#include <errno.h>
#include <hvabi/msr.h>
#include <hvabi/register.h>
#include <mshvctl/regs.h>

/*
 * Runs of MSRs whose registers are a run, too, in steps of @stride. FS and GS base are not
 * here: they are in the segment registers.
 */
static const struct {
	uint32_t msr;
	uint32_t name;
	uint8_t count;
	uint8_t stride;
} runs[] = {
	{ 0x10, HV_X64_REGISTER_TSC, 1, 1 },
	{ 0x1b, HV_X64_REGISTER_APIC_BASE, 1, 1 },
	{ 0x3b, HV_X64_REGISTER_TSC_ADJUST, 1, 1 },
	{ 0x48, HV_X64_REGISTER_SPEC_CTRL, 1, 1 },
	{ 0x49, HV_X64_REGISTER_PRED_CMD, 1, 1 },
	{ 0xfe, HV_X64_REGISTER_MSR_MTRR_CAP, 1, 1 },
	{ 0x174, HV_X64_REGISTER_SYSENTER_CS, 1, 1 },
	{ 0x175, HV_X64_REGISTER_SYSENTER_ESP, 1, 1 },
	{ 0x176, HV_X64_REGISTER_SYSENTER_EIP, 1, 1 },
	{ 0x1a0, HV_X64_REGISTER_MSR_IA32_MISC_ENABLE, 1, 1 },
	{ 0x1d9, HV_X64_REGISTER_DEBUG_CTL, 1, 1 },
	/* Base and mask take turns. */
	{ 0x200, HV_X64_REGISTER_MSR_MTRR_PHYS_BASE0, 16, 2 },
	{ 0x201, HV_X64_REGISTER_MSR_MTRR_PHYS_MASK0, 16, 2 },
	{ 0x250, HV_X64_REGISTER_MSR_MTRR_FIX64K00000, 1, 1 },
	{ 0x258, HV_X64_REGISTER_MSR_MTRR_FIX16K80000, 2, 1 },
	{ 0x268, HV_X64_REGISTER_MSR_MTRR_FIX4KC0000, 8, 1 },
	{ 0x277, HV_X64_REGISTER_PAT, 1, 1 },
	{ 0x2ff, HV_X64_REGISTER_MSR_MTRR_DEF_TYPE, 1, 1 },
	{ 0x6a0, HV_X64_REGISTER_U_CET, 1, 1 },
	{ 0x6a2, HV_X64_REGISTER_S_CET, 1, 1 },
	{ 0x6a4, HV_X64_REGISTER_PL0_SSP, 4, 1 },
	{ 0x6a8, HV_X64_REGISTER_INTERRUPT_SSP_TABLE_ADDR, 1, 1 },
	{ 0xd90, HV_X64_REGISTER_BNDCFGS, 1, 1 },
	{ 0xda0, HV_X64_REGISTER_U_XSS, 1, 1 },
	{ HV_X64_MSR_GUEST_OS_ID, HV_REGISTER_GUEST_OS_ID, 1, 1 },
	{ HV_X64_MSR_HYPERCALL, HV_X64_REGISTER_HYPERCALL, 1, 1 },
	{ HV_X64_MSR_VP_INDEX, HV_REGISTER_VP_INDEX, 1, 1 },
	{ HV_X64_MSR_VP_RUNTIME, HV_REGISTER_VP_RUNTIME, 1, 1 },
	{ HV_X64_MSR_TIME_REF_COUNT, HV_REGISTER_TIME_REF_COUNT, 1, 1 },
	{ HV_X64_MSR_REFERENCE_TSC, HV_REGISTER_REFERENCE_TSC, 1, 1 },
	{ HV_X64_MSR_EOI, HV_X64_REGISTER_SYNTHETIC_EOI, 3, 1 },
	{ HV_X64_MSR_VP_ASSIST_PAGE, HV_REGISTER_VP_ASSIST_PAGE, 1, 1 },
	{ HV_X64_MSR_SCONTROL, HV_REGISTER_SCONTROL, 6, 1 },
	{ HV_X64_MSR_SINT0, HV_REGISTER_SINT0, 16, 1 },
	{ HV_X64_MSR_CRASH_P0, HV_REGISTER_GUEST_CRASH_P0, 6, 1 },
	{ 0xc0000080, HV_X64_REGISTER_EFER, 1, 1 },
	{ 0xc0000081, HV_X64_REGISTER_STAR, 4, 1 },
	{ 0xc0000102, HV_X64_REGISTER_KERNEL_GS_BASE, 1, 1 },
	{ 0xc0000103, HV_X64_REGISTER_TSC_AUX, 1, 1 },
	{ 0xc001011f, HV_X64_REGISTER_VIRT_SPEC_CTRL, 1, 1 },
};

/* What is counted on above: registers in the order of their MSRs. */
_Static_assert(HV_X64_REGISTER_SFMASK - HV_X64_REGISTER_STAR == 3, "STAR to SFMASK");
_Static_assert(HV_X64_REGISTER_PL3_SSP - HV_X64_REGISTER_PL0_SSP == 3, "PL0_SSP to PL3_SSP");
_Static_assert(HV_REGISTER_SIRBP - HV_REGISTER_SCONTROL == 5, "SCONTROL to SIRBP");
_Static_assert(HV_X64_REGISTER_SYNTHETIC_TPR - HV_X64_REGISTER_SYNTHETIC_EOI == 2, "EOI to TPR");
_Static_assert(HV_X64_REGISTER_MSR_MTRR_FIX4KF8000 - HV_X64_REGISTER_MSR_MTRR_FIX4KC0000 == 7,
	       "8 fixed ranges of 4K pages");

int mshv_reg_of_msr(uint32_t msr, uint32_t *name)
{
	if (!name)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		uint32_t distance = msr - runs[i].msr;

		if (distance % runs[i].stride || distance / runs[i].stride >= runs[i].count)
			continue;
		*name = runs[i].name + distance / runs[i].stride;
		return 0;
	}
	return -ENOENT;
}
