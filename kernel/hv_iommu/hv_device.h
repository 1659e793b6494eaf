/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercalls of this module. Those that sleep give the hypervisor what memory it asks
 * for; the others say so.
 */
#ifndef HV_IOMMU_HV_DEVICE_H
#define HV_IOMMU_HV_DEVICE_H

#include <linux/types.h>
#include <hyperv/hvhdk_mini.h>

#include "../include/hv_device_abi.h"

/**
 * struct hv_device_map - pages to map in a domain
 * @domain_id: the hypervisor's number of the domain
 * @iova: page number of the first, as the device says it
 * @flags: HV_MAP_GPA_*
 * @nr: elements: pages, or large pages if @flags has HV_MAP_GPA_LARGE_PAGE
 * @done: elements mapped so far
 * @pfn: gives the page number of element @index
 * @data: for @pfn
 */
struct hv_device_map {
	u32 domain_id;
	u64 iova;
	u32 flags;
	u64 nr;
	u64 done;
	u64 (*pfn)(struct hv_device_map *map, u64 index);
	void *data;
};

#define HV_VPSET_BANKS	64

/**
 * struct hv_irq_target - where an interrupt goes
 * @vector: vector
 * @flags: HV_DEVICE_INTERRUPT_TARGET_*
 * @nr_words: words of @set
 * @set: a set of VPs as hypercalls take it: format, mask of the banks that follow, and
 *	these, one after the other
 */
struct hv_irq_target {
	u32 vector;
	u32 flags;
	u32 nr_words;
	u64 set[2 + HV_VPSET_BANKS];
};

int hv_call_create_device_domain(u32 id);
int hv_call_delete_device_domain(u32 id);
int hv_call_attach_device_domain(u64 device, u32 id);
int hv_call_detach_device_domain(u64 device);
int hv_call_map_device_pages(struct hv_device_map *map);
int hv_call_unmap_device_pages(u32 id, u64 iova, u64 nr);
int hv_call_attach_device(u64 partition, u64 device, u64 logical, bool ats);
int hv_call_detach_device(u64 partition, u64 logical);

/* hv_interrupt.c */
void hv_irq_target_vp(struct hv_irq_target *target, u32 vector, u32 vp);
int hv_call_get_vpset_from_mda(u64 partition, u32 apic_id, bool logical,
			       struct hv_irq_target *target);
int hv_try_map_device_interrupt(u64 partition, u64 device, const struct hv_irq_target *target,
				struct hv_interrupt_entry *entry);
int hv_call_map_device_interrupt(u64 partition, u64 device, const struct hv_irq_target *target,
				 struct hv_interrupt_entry *entry);
int hv_call_unmap_device_interrupt(u64 partition, u64 device,
				   const struct hv_interrupt_entry *entry);
int hv_call_retarget_device_interrupt(u64 partition, u64 device,
				      const struct hv_interrupt_entry *entry,
				      const struct hv_irq_target *target);

#endif
