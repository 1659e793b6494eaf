/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypercalls of this module: a function for each, beyond the seam that all share.
 */
#ifndef MSHV_ROOT_HVCALL_H
#define MSHV_ROOT_HVCALL_H

#include <linux/mm_types.h>
#include <hyperv/hvhdk.h>

#include "../include/mshv_hvcall.h"

/* Numbers that the kernel's headers do not have (yet). */
#ifndef HVCALL_SCRUB_PARTITION
#define HVCALL_SCRUB_PARTITION	0x008d
#endif
#define HV_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES	0x00090009
/* What says how the guest's page tables are made. */
#define HV_REGISTER_NR_CR0				0x00040000
#define HV_REGISTER_NR_CR3				0x00040002
#define HV_REGISTER_NR_CR4				0x00040003
#define HV_REGISTER_NR_EFER				0x00080001
/* The APIC id that a VP begins with, and the one that it has. */
#define HV_REGISTER_NR_INITIAL_APIC_ID			0x0008000c
#define HV_REGISTER_NR_APIC_ID				0x00084802

/*
 * Pages that the hypervisor gets beside what it asks for: see Documentation/uapi/mshv.rst.
 * The figures are Linux's.
 */
#define HV_SLACK_PER_PARTITION	208
#define HV_SLACK_PER_VP		90

struct dentry;

#ifdef CONFIG_FAULT_INJECTION
void hv_fault_debugfs(struct dentry *dir);
#else
static inline void hv_fault_debugfs(struct dentry *dir)
{
}
#endif

/* hv_partition.c */
int hv_call_create_partition(u64 flags,
			     const struct hv_partition_creation_properties *properties,
			     u64 *id);
int hv_call_initialize_partition(u64 id);
int hv_call_finalize_partition(u64 id);
int hv_call_delete_partition(u64 id);
int hv_call_get_partition_property(u64 id, u32 code, u64 *value);
int hv_call_get_partition_property_ex(u64 id, u32 code, void *value, size_t size);
int hv_call_get_scheduler_type(enum hv_scheduler_type *type);

/* hv_memory.c */

/**
 * struct hv_gpa_map - guest pages to map
 * @partition_id: whose
 * @gfn: first guest page
 * @nr: number of pages; with HV_MAP_GPA_LARGE_PAGE @gfn and @nr are multiples of
 *	HV_LARGE_PAGES
 * @done: pages mapped so far, counted from @gfn
 * @flags: HV_MAP_GPA_*
 * @pfns: host page of each guest page, or NULL with HV_MAP_GPA_NO_ACCESS
 * @pfn_order: an entry of @pfns stands for this many pages, as a shift: 0 or
 *	HV_LARGE_PAGE_ORDER
 */
struct hv_gpa_map {
	u64 partition_id;
	u64 gfn;
	u64 nr;
	u64 done;
	u32 flags;
	const unsigned long *pfns;
	unsigned int pfn_order;
};

#define HV_LARGE_PAGE_ORDER	(HV_HYP_LARGE_PAGE_SHIFT - HV_HYP_PAGE_SHIFT)
#define HV_LARGE_PAGES		(1UL << HV_LARGE_PAGE_ORDER)

u64 hv_try_map_gpa_pages(struct hv_gpa_map *map);
int hv_call_map_gpa_pages(struct hv_gpa_map *map);
int hv_call_unmap_gpa_pages(u64 partition_id, u64 gfn, u64 nr, u32 large);
int hv_call_get_gpa_access_states(u64 partition_id, u64 gfn, unsigned int nr,
				  union hv_gpa_page_access_state_flags flags,
				  union hv_gpa_page_access_state *states, unsigned int *done);

/* hv_vp.c */
int hv_call_create_child_vp(u64 partition_id, u32 index);
int hv_call_delete_vp(u64 partition_id, u32 index);
int hv_call_get_vp_register(u64 partition_id, u32 index, u32 name,
			    union hv_register_value *value);
int hv_call_set_vp_registers(u64 partition_id, u32 index, unsigned int nr,
			     const struct hv_register_assoc *regs);
int hv_call_map_vp_state_page(u64 partition_id, u32 index, u16 type,
			      struct page *given, struct page **page);
int hv_call_unmap_vp_state_page(u64 partition_id, u32 index, u16 type);
int hv_call_get_vp_state(u64 partition_id, u32 index,
			 const struct hv_vp_state_data *data,
			 struct page **pages, unsigned int nr,
			 union hv_output_get_vp_state *out);
int hv_call_set_vp_state(u64 partition_id, u32 index,
			 const struct hv_vp_state_data *data,
			 struct page **pages, unsigned int nr,
			 const void *bytes, size_t size);
int hv_call_assert_virtual_interrupt(u64 partition_id, u32 vector, u64 apic_id,
				     union hv_interrupt_control control);
u64 hv_call_translate_gva(u64 partition_id, u32 index, u64 flags, u64 gva_page,
			  u64 *result, u64 *gpa_page);

/* hv_stats.c */
int hv_call_map_stats_page(enum hv_stats_object_type type,
			   const union hv_stats_object_identity *identity,
			   struct page **page);
int hv_call_map_stats_page2(enum hv_stats_object_type type,
			    const union hv_stats_object_identity *identity,
			    struct page *page);
int hv_call_unmap_stats_page(enum hv_stats_object_type type,
			     const union hv_stats_object_identity *identity);

/* hv_port.c */
int hv_call_create_doorbell_port(u32 id, u64 child_id, u32 sint);
int hv_call_delete_port(u32 id);
int hv_call_connect_doorbell(u32 id, u64 child_id, u64 gpa, u64 value, u64 flags);
int hv_call_disconnect_doorbell(u32 id, u64 child_id);
int hv_call_notify_port_ring_empty(u32 sint);

#endif
