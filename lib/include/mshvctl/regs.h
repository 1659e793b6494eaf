/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The registers of a virtual processor, and the tiers in which they are wanted.
 *
 * A register is named by Hyper-V's number (HV_X64_REGISTER_*, HV_REGISTER_*),
 * and its value is a union hv_register_value. Registers of 64 bits or less use
 * the member reg64; the upper half is ignored on writes and 0 on reads.
 *
 * Thread safety: there is no state here.
 */
#ifndef MSHVCTL_REGS_H
#define MSHVCTL_REGS_H

#include <mshvctl/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Each tier holds all of the one before it.
 *
 * FAST is what the register page shows: with the page it costs neither a
 * hypercall nor a system call.
 */
enum mshv_reg_tier {
	/* General registers, RIP, RFLAGS, ES to GS, CR0/3/4/8, EFER, XMM0-5 ... */
	MSHV_TIER_FAST,
	/* ... all that a running guest changes: TR, tables, CR2, FPU, MSRs ... */
	MSHV_TIER_RUNTIME,
	/* ... what a reset sets: TSC, MTRRs, synthetic MSRs ... */
	MSHV_TIER_RESET,
	/* ... and what is set once: APIC base and id, capabilities */
	MSHV_TIER_FULL,
};

/**
 * mshv_reg_is_known() - whether the register cache knows a register
 * @name: HV_X64_REGISTER_* or HV_REGISTER_*
 *
 * Others can be read and written, too, but by a hypercall each time, and at once.
 */
MSHV_API bool mshv_reg_is_known(uint32_t name);

/**
 * mshv_reg_tier_names() - the registers of a tier
 * @tier: MSHV_TIER_*
 * @names: receives up to @max names, ascending; may be NULL if @max is 0
 * @max: room in @names
 * @count: receives how many there are, also where that is more than @max
 *
 * Return: 0, -EINVAL, or -ENOSPC where @max was too small.
 */
MSHV_API int mshv_reg_tier_names(enum mshv_reg_tier tier, uint32_t *names,
				 size_t max, size_t *count);

/**
 * mshv_reg_of_msr() - by which name a VP has an MSR
 * @msr: the number that RDMSR and WRMSR take
 * @name: receives HV_X64_REGISTER_* or HV_REGISTER_*
 *
 * Return: 0, -EINVAL, or -ENOENT for an MSR that no register stands for.
 */
MSHV_API int mshv_reg_of_msr(uint32_t msr, uint32_t *name);

/**
 * struct mshv_reg_counters - which way registers went
 * @page_reads: registers read from the register page
 * @page_writes: registers written through the register page
 * @get_calls: hypercalls that read registers
 * @get_regs: registers read by them
 * @set_calls: hypercalls that wrote registers
 * @set_regs: registers written by them
 *
 * It never grows.
 */
struct mshv_reg_counters {
	uint64_t page_reads;
	uint64_t page_writes;
	uint64_t get_calls;
	uint64_t get_regs;
	uint64_t set_calls;
	uint64_t set_regs;
};

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_REGS_H */
