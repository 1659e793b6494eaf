/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID as VPs see it. */
#ifndef MINIHV_CPUID_H
#define MINIHV_CPUID_H

#include <stdbool.h>
#include <stdint.h>

struct partition;
struct vp;

/* On behalf of @vp, loaded here. */
void cpuid_emulate(struct vp *vp, uint32_t leaf, uint32_t subleaf, uint32_t r[4]);
/* What @vp would see with this XCR0 if its parent had registered no results. */
void cpuid_values(struct vp *vp, uint32_t leaf, uint32_t subleaf, uint64_t xcr0,
		  uint32_t r[4]);
/* MSR groups of 0x40000003 EAX that @vp may use. */
uint32_t cpuid_msr_groups(const struct vp *vp);
/* EBX:EAX of leaf 0x40000003 for root or L1VH: the privileges. */
uint64_t cpuid_parent_privileges(const struct partition *p);

/* cpuid_hypervisor.c */
struct cpuid_hardware {
	bool dma_remapped, interrupts_remapped;
	uint8_t address_width;		/* of devices */
};

/* What the machine's IOMMU does; set before the first VP runs. */
extern struct cpuid_hardware cpuid_hardware;
bool cpuid_hypervisor_visible(const struct vp *vp);
void cpuid_hypervisor(const struct vp *vp, uint32_t leaf, uint32_t r[4]);

#endif
