/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSRs: the parts of msr_read() and msr_write(), and the state behind them that
 * has no other home.
 */
#ifndef MINIHV_MSR_H
#define MINIHV_MSR_H

#include "partition/overlay.h"
#include "vp/stats.h"
#include <hvabi/hvabi.h>

struct vp;

#define NR_MTRR_FIXED	11
#define NR_MTRR_VAR	8	/* pairs of base and mask */

/* One page of the VP's pool. */
struct vp_msrs {
	struct overlay simp, siefp, assist;
	void *assist_page;
	uint64_t crash[HV_X64_MSR_CRASH_PARAMS];
	/*
	 * Children: pages set aside for what the guest may place, for it can't wait until
	 * its parent deposits some: three pages, and two tables for each of five overlays.
	 */
	uint64_t reserve;
	struct vp_stats stats;	/* vp_stats.c: here, because here is room */
	uint64_t auto_eoi[4];	/* root: vectors of auto-EOI SINTs to inject, atomic */
	/* children only */
	uint64_t mtrr_def_type;
	uint64_t mtrr_fixed[NR_MTRR_FIXED];
	uint64_t mtrr_var[NR_MTRR_VAR * 2];
	uint64_t misc_enable, tsc_adjust, spec_ctrl, hwcr, debugctl;
	uint64_t mcg_status;
};

/* With the VP; false: out of pages. The partition's lock is held for init, not for destroy. */
bool msrs_init(struct vp *vp);
void msrs_destroy(struct vp *vp);

/* msr_hv.c: 0x40000000-0x400001ff; false: #GP, or not ours. */
bool msr_hv_allowed(const struct vp *vp, uint32_t msr);
bool msr_hv_read(struct vp *vp, uint32_t msr, uint64_t *value, bool *known);
bool msr_hv_write(struct vp *vp, uint32_t msr, uint64_t value, bool *known);
/* msr_page.c: MSRs that place a page; false: #GP. */
bool msr_page_read(struct vp *vp, uint32_t msr, uint64_t *value);
bool msr_page_write(struct vp *vp, uint32_t msr, uint64_t value);
bool msr_is_page(uint32_t msr);
/* Place (or, without the enable bit, remove) a page of the hypervisor's at the GPA in @value. */
bool msr_place_page(struct vp *vp, struct overlay *o, void *page, uint64_t value,
		    uint32_t access);
/* msr_apic.c: EOI, ICR and TPR; false: #GP. */
bool msr_apic_read(struct vp *vp, uint32_t msr, uint64_t *value);
bool msr_apic_write(struct vp *vp, uint32_t msr, uint64_t value);
/* msr_child.c: the architectural MSRs of children. */
bool msr_child_read(struct vp *vp, uint32_t msr, uint64_t *value, bool *known);
bool msr_child_write(struct vp *vp, uint32_t msr, uint64_t value, bool *known);

/* cpuid.c: MSR groups of 0x40000003 EAX that @vp may use. */
uint32_t cpuid_msr_groups(const struct vp *vp);

/* msr_page.c: write the reference TSC page anew, after the partition's time moved. */
void reference_tsc_update(struct partition *p);

#endif
