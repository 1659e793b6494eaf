/* SPDX-License-Identifier: GPL-2.0-only */
/* MSRs. */
#ifndef MINIHV_MSR_H
#define MINIHV_MSR_H

#include "vp/vp.h"

/*
 * On behalf of @vp; false: #GP, or the MSR is not ours (*known = false). get and set are
 * for the parent, who is not bound by the VP's privileges.
 */
bool msr_read(struct vp *vp, uint32_t msr, uint64_t *value, bool *known);
bool msr_write(struct vp *vp, uint32_t msr, uint64_t value, bool *known);
bool msr_get(struct vp *vp, uint32_t msr, uint64_t *value, bool *known);
bool msr_set(struct vp *vp, uint32_t msr, uint64_t value, bool *known);

/* Permission map of children or root: hv_alloc_pages(), built once. */
void *msr_permission_map(bool child);

/* With the VP; false: out of pages. The partition's lock is held. */
bool msrs_init(struct vp *vp);
void msrs_free(struct vp *vp);
/* Its pages leave the guest first. The partition's lock is not held. */
void msrs_destroy(struct vp *vp);

/* msr_hv.c: 0x40000000-0x400001ff; false: #GP, or not ours. */
bool msr_hv_allowed(const struct vp *vp, uint32_t msr);
bool msr_hv_read(struct vp *vp, uint32_t msr, uint64_t *value, bool *known);
bool msr_hv_write(struct vp *vp, uint32_t msr, uint64_t value, bool *known);
/* msr_page.c: MSRs that place a page; false: #GP. */
bool msr_page_read(struct vp *vp, uint32_t msr, uint64_t *value);
bool msr_page_write(struct vp *vp, uint32_t msr, uint64_t value);
bool msr_is_page(uint32_t msr);
/* msr_apic.c: EOI, ICR and TPR; false: #GP. */
bool msr_apic_read(struct vp *vp, uint32_t msr, uint64_t *value);
bool msr_apic_write(struct vp *vp, uint32_t msr, uint64_t value);
/* msr_child.c: the architectural MSRs of children. */
bool msr_child_read(struct vp *vp, uint32_t msr, uint64_t *value, bool *known);
bool msr_child_write(struct vp *vp, uint32_t msr, uint64_t value, bool *known);

/* msr_page.c: write the reference TSC page anew, after the partition's time moved. */
void reference_tsc_update(struct partition *p);

#endif
