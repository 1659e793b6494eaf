// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The registers of an x86-64 VP: which there are, and where the page has them.
 */
#include <errno.h>
#include <hvabi/vp.h>

#include "regs.h"

/* The general registers, RIP and RFLAGS: one run of names, and the hot ones. */
#define GENERAL_SLOT 6
#define GENERAL_COUNT 18

#define PAGE(field) offsetof(struct hv_vp_register_page, field)

#define ENTRY(reg, offset, bytes, class, first, bits) \
	{ .name = (reg), .page_offset = (offset), .size = (bytes), \
	  .page_class = (class), .tier = MSHV_TIER_##first, .flags = (bits) }

/* On the page, and can be written there. */
#define PAGE_RW(reg, field, bytes, class) \
	ENTRY(reg, PAGE(field), bytes, HV_X64_REGISTER_CLASS_##class, FAST, 0)
#define GPR(reg, field) PAGE_RW(HV_X64_REGISTER_##reg, field, 8, GENERAL)
#define XMM(reg, field) PAGE_RW(HV_X64_REGISTER_##reg, field, 16, XMM)
#define SEG(reg, field) PAGE_RW(HV_X64_REGISTER_##reg, field, 16, SEGMENT)

/* On the page for reading only. */
#define PAGE_RO(reg, field) \
	ENTRY(HV_##reg, PAGE(field), 8, REG_NO_CLASS, FAST, 0)

/* By hypercall only, 64 and 128 bits. */
#define HV64(reg, first, bits) ENTRY(HV_##reg, 0, 8, REG_NO_CLASS, first, bits)
#define HV128(reg, first) ENTRY(HV_##reg, 0, 16, REG_NO_CLASS, first, 0)
#define MSR(reg) HV64(X64_REGISTER_##reg, RUNTIME, 0)
#define MSR_OPT(reg) HV64(X64_REGISTER_##reg, RUNTIME, REG_OPTIONAL)
#define MTRR(reg) HV64(X64_REGISTER_MSR_MTRR_##reg, RESET, REG_OPTIONAL)
#define SYNTH(reg) HV64(REGISTER_##reg, RESET, REG_OPTIONAL)

const struct reg_info reg_table[REG_SLOTS] = {
	HV64(REGISTER_INTERNAL_ACTIVITY_STATE, RUNTIME, 0),

	PAGE_RO(REGISTER_PENDING_INTERRUPTION, pending_interruption),
	PAGE_RO(REGISTER_INTERRUPT_STATE, interrupt_state),
	HV128(REGISTER_PENDING_EVENT0, RUNTIME),
	ENTRY(HV_REGISTER_PENDING_EVENT1, 0, 16, REG_NO_CLASS, RUNTIME,
	      REG_OPTIONAL),
	HV64(X64_REGISTER_DELIVERABILITY_NOTIFICATIONS, RUNTIME, REG_OPTIONAL),

	GPR(RAX, rax), GPR(RCX, rcx), GPR(RDX, rdx), GPR(RBX, rbx),
	GPR(RSP, rsp), GPR(RBP, rbp), GPR(RSI, rsi), GPR(RDI, rdi),
	GPR(R8, r8), GPR(R9, r9), GPR(R10, r10), GPR(R11, r11),
	GPR(R12, r12), GPR(R13, r13), GPR(R14, r14), GPR(R15, r15),
	PAGE_RW(HV_X64_REGISTER_RIP, rip, 8, IP),
	PAGE_RW(HV_X64_REGISTER_RFLAGS, rflags, 8, FLAGS),

	XMM(XMM0, xmm0), XMM(XMM1, xmm1), XMM(XMM2, xmm2),
	XMM(XMM3, xmm3), XMM(XMM4, xmm4), XMM(XMM5, xmm5),
	HV128(X64_REGISTER_XMM6, RUNTIME), HV128(X64_REGISTER_XMM7, RUNTIME),
	HV128(X64_REGISTER_XMM8, RUNTIME), HV128(X64_REGISTER_XMM9, RUNTIME),
	HV128(X64_REGISTER_XMM10, RUNTIME), HV128(X64_REGISTER_XMM11, RUNTIME),
	HV128(X64_REGISTER_XMM12, RUNTIME), HV128(X64_REGISTER_XMM13, RUNTIME),
	HV128(X64_REGISTER_XMM14, RUNTIME), HV128(X64_REGISTER_XMM15, RUNTIME),
	HV128(X64_REGISTER_FP_MMX0, RUNTIME),
	HV128(X64_REGISTER_FP_MMX1, RUNTIME),
	HV128(X64_REGISTER_FP_MMX2, RUNTIME),
	HV128(X64_REGISTER_FP_MMX3, RUNTIME),
	HV128(X64_REGISTER_FP_MMX4, RUNTIME),
	HV128(X64_REGISTER_FP_MMX5, RUNTIME),
	HV128(X64_REGISTER_FP_MMX6, RUNTIME),
	HV128(X64_REGISTER_FP_MMX7, RUNTIME),
	HV128(X64_REGISTER_FP_CONTROL_STATUS, RUNTIME),
	HV128(X64_REGISTER_XMM_CONTROL_STATUS, RUNTIME),

	PAGE_RO(X64_REGISTER_CR0, cr0), MSR(CR2), PAGE_RO(X64_REGISTER_CR3, cr3),
	PAGE_RO(X64_REGISTER_CR4, cr4), PAGE_RO(X64_REGISTER_CR8, cr8),
	PAGE_RO(X64_REGISTER_XFEM, xfem),

	MSR(DR0), MSR(DR1), MSR(DR2), MSR(DR3), MSR(DR6),
	PAGE_RO(X64_REGISTER_DR7, dr7),

	SEG(ES, es), SEG(CS, cs), SEG(SS, ss), SEG(DS, ds), SEG(FS, fs),
	SEG(GS, gs),
	HV128(X64_REGISTER_LDTR, RUNTIME), HV128(X64_REGISTER_TR, RUNTIME),
	HV128(X64_REGISTER_IDTR, RUNTIME), HV128(X64_REGISTER_GDTR, RUNTIME),

	HV64(X64_REGISTER_TSC, RESET, REG_VOLATILE),
	PAGE_RO(X64_REGISTER_EFER, efer), MSR(KERNEL_GS_BASE),
	HV64(X64_REGISTER_APIC_BASE, FULL, 0), MSR(PAT), MSR(SYSENTER_CS),
	MSR(SYSENTER_EIP), MSR(SYSENTER_ESP), MSR(STAR), MSR(LSTAR), MSR(CSTAR),
	MSR(SFMASK), HV64(X64_REGISTER_INITIAL_APIC_ID, FULL, REG_OPTIONAL),
	HV64(X64_REGISTER_MSR_MTRR_CAP, FULL, REG_OPTIONAL | REG_READ_ONLY),
	MTRR(DEF_TYPE),
	MTRR(PHYS_BASE0), MTRR(PHYS_BASE1), MTRR(PHYS_BASE2), MTRR(PHYS_BASE3),
	MTRR(PHYS_BASE4), MTRR(PHYS_BASE5), MTRR(PHYS_BASE6), MTRR(PHYS_BASE7),
	MTRR(PHYS_MASK0), MTRR(PHYS_MASK1), MTRR(PHYS_MASK2), MTRR(PHYS_MASK3),
	MTRR(PHYS_MASK4), MTRR(PHYS_MASK5), MTRR(PHYS_MASK6), MTRR(PHYS_MASK7),
	MTRR(FIX64K00000), MTRR(FIX16K80000), MTRR(FIX16KA0000),
	MTRR(FIX4KC0000), MTRR(FIX4KC8000), MTRR(FIX4KD0000), MTRR(FIX4KD8000),
	MTRR(FIX4KE0000), MTRR(FIX4KE8000), MTRR(FIX4KF0000), MTRR(FIX4KF8000),
	MSR_OPT(TSC_AUX), MSR_OPT(BNDCFGS), MSR_OPT(DEBUG_CTL),
	MSR_OPT(SPEC_CTRL), MSR_OPT(U_XSS), MSR_OPT(U_CET), MSR_OPT(S_CET),
	MSR_OPT(SSP), MSR_OPT(PL0_SSP), MSR_OPT(PL1_SSP), MSR_OPT(PL2_SSP),
	MSR_OPT(PL3_SSP), MSR_OPT(INTERRUPT_SSP_TABLE_ADDR),
	HV64(X64_REGISTER_TSC_ADJUST, RESET, REG_OPTIONAL | REG_VOLATILE),
	HV64(X64_REGISTER_MSR_IA32_MISC_ENABLE, RESET, REG_OPTIONAL),

	HV64(X64_REGISTER_HYPERCALL, RESET, REG_OPTIONAL),
	SYNTH(GUEST_OS_ID), SYNTH(VP_ASSIST_PAGE), SYNTH(REFERENCE_TSC),
	SYNTH(SINT0), SYNTH(SINT1), SYNTH(SINT2), SYNTH(SINT3), SYNTH(SINT4),
	SYNTH(SINT5), SYNTH(SINT6), SYNTH(SINT7), SYNTH(SINT8), SYNTH(SINT9),
	SYNTH(SINT10), SYNTH(SINT11), SYNTH(SINT12), SYNTH(SINT13),
	SYNTH(SINT14), SYNTH(SINT15), SYNTH(SCONTROL), SYNTH(SIEFP), SYNTH(SIMP),
};

int reg_slot(uint32_t name)
{
	uint32_t low = 0, end = REG_SLOTS;

	if (name - HV_X64_REGISTER_RAX < GENERAL_COUNT)
		return (int)(name - HV_X64_REGISTER_RAX) + GENERAL_SLOT;

	while (low < end) {
		uint32_t middle = low + (end - low) / 2;

		if (reg_table[middle].name == name)
			return (int)middle;
		if (reg_table[middle].name < name)
			low = middle + 1;
		else
			end = middle;
	}
	return -1;
}

bool mshv_reg_is_known(uint32_t name)
{
	return reg_slot(name) >= 0;
}

int mshv_reg_tier_names(enum mshv_reg_tier tier, uint32_t *names, size_t max,
			size_t *count)
{
	size_t n = 0;

	if ((unsigned int)tier > MSHV_TIER_FULL || !count || (!names && max))
		return -EINVAL;

	for (int slot = 0; slot < REG_SLOTS; slot++) {
		if (reg_table[slot].tier > tier)
			continue;
		if (n < max)
			names[n] = reg_table[slot].name;
		n++;
	}
	*count = n;
	return n > max && names ? -ENOSPC : 0;
}
