/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory: deposits, guest physical maps, access tracking, translation, TLB flushes
 * (TLFS chapters 4 "Physical memory", 8 "Guest physical address spaces", 12 "Virtual MMU").
 */
#ifndef HVABI_MEMORY_H
#define HVABI_MEMORY_H

#include "layout.h"
#include "types.h"

/* Memory a partition's objects are made of. Repeat calls over page numbers. */
#define HV_MAX_CONTIGUOUS_ALLOCATION_PAGES 8

struct hv_deposit_memory {
	uint64_t partition_id;
	uint64_t gpa_page_list[];
} HV_PACKED;

struct hv_input_withdraw_memory {
	uint64_t partition_id;
	struct hv_proximity_domain_info proximity_domain_info;
} HV_PACKED;

/* HVCALL_GET_MEMORY_BALANCE, in pages. Not in Linux 7.3. */
struct hv_input_get_memory_balance {
	uint64_t partition_id;
	struct hv_proximity_domain_info proximity_domain_info;
} HV_PACKED;

struct hv_output_get_memory_balance {
	uint64_t pages_available;
	uint64_t pages_in_use;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_get_memory_balance, 16);
HV_ASSERT_OFFSET(struct hv_input_get_memory_balance, proximity_domain_info, 8);
HV_ASSERT_SIZE(struct hv_output_get_memory_balance, 16);
HV_ASSERT_OFFSET(struct hv_output_get_memory_balance, pages_in_use, 8);
HV_ASSERT_SIZE(struct hv_deposit_memory, 8);
HV_ASSERT_OFFSET(struct hv_deposit_memory, gpa_page_list, 8);
HV_ASSERT_SIZE(struct hv_input_withdraw_memory, 16);
HV_ASSERT_OFFSET(struct hv_input_withdraw_memory, proximity_domain_info, 8);

/* Flags of HVCALL_MAP_GPA_PAGES and HVCALL_UNMAP_GPA_PAGES. */
#define HV_MAP_GPA_PERMISSIONS_NONE  0x0
#define HV_MAP_GPA_READABLE	     0x1
#define HV_MAP_GPA_WRITABLE	     0x2
#define HV_MAP_GPA_KERNEL_EXECUTABLE 0x4
#define HV_MAP_GPA_USER_EXECUTABLE   0x8
#define HV_MAP_GPA_EXECUTABLE	     0xC
#define HV_MAP_GPA_PERMISSIONS_MASK  0xF
#define HV_MAP_GPA_ADJUSTABLE	     0x8000
#define HV_MAP_GPA_NO_ACCESS	     0x10000
#define HV_MAP_GPA_NOT_CACHED	     0x200000
#define HV_MAP_GPA_LARGE_PAGE	     0x80000000

#define HV_UNMAP_GPA_LARGE_PAGE 0x2

/* Repeat calls. With the large page flag each repeat is 2 MiB, and so is each listed page. */
struct hv_input_map_gpa_pages {
	uint64_t target_partition_id;
	uint64_t target_gpa_base; /* page number, despite its name */
	uint32_t map_flags;
	uint32_t padding;
	uint64_t source_gpa_page_list[];
} HV_PACKED;

struct hv_input_unmap_gpa_pages {
	uint64_t target_partition_id;
	uint64_t target_gpa_base;
	uint32_t unmap_flags;
	uint32_t padding;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_map_gpa_pages, 24);
HV_ASSERT_OFFSET(struct hv_input_map_gpa_pages, target_gpa_base, 8);
HV_ASSERT_OFFSET(struct hv_input_map_gpa_pages, map_flags, 16);
HV_ASSERT_OFFSET(struct hv_input_map_gpa_pages, source_gpa_page_list, 24);
HV_ASSERT_SIZE(struct hv_input_unmap_gpa_pages, 24);
HV_ASSERT_OFFSET(struct hv_input_unmap_gpa_pages, target_gpa_base, 8);
HV_ASSERT_OFFSET(struct hv_input_unmap_gpa_pages, unmap_flags, 16);

/* Accessed and dirty bits. Repeat call, one byte out per page, read before it is changed. */
union hv_gpa_page_access_state_flags {
	struct {
		uint64_t clear_accessed : 1;
		uint64_t set_accessed : 1;
		uint64_t clear_dirty : 1;
		uint64_t set_dirty : 1;
		uint64_t reserved : 60;
	} HV_PACKED;
	uint64_t as_uint64;
};

struct hv_input_get_gpa_pages_access_state {
	uint64_t partition_id;
	union hv_gpa_page_access_state_flags flags;
	uint64_t hv_gpa_page_number;
} HV_PACKED;

union hv_gpa_page_access_state {
	struct {
		uint8_t accessed : 1;
		uint8_t dirty : 1;
		uint8_t reserved : 6;
	};
	uint8_t as_uint8;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_gpa_page_access_state_flags, 8);
HV_ASSERT_SIZE(struct hv_input_get_gpa_pages_access_state, 24);
HV_ASSERT_OFFSET(struct hv_input_get_gpa_pages_access_state, flags, 8);
HV_ASSERT_OFFSET(struct hv_input_get_gpa_pages_access_state, hv_gpa_page_number, 16);
HV_ASSERT_SIZE(union hv_gpa_page_access_state, 1);

/* HVCALL_TRANSLATE_VIRTUAL_ADDRESS */
#define HV_TRANSLATE_GVA_VALIDATE_READ	     0x0001
#define HV_TRANSLATE_GVA_VALIDATE_WRITE	     0x0002
#define HV_TRANSLATE_GVA_VALIDATE_EXECUTE    0x0004
#define HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT    0x0008
#define HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS 0x0010
#define HV_TRANSLATE_GVA_TLB_FLUSH_INHIBIT   0x0020
#define HV_TRANSLATE_GVA_SUPERVISOR_ACCESS   0x0040
#define HV_TRANSLATE_GVA_USER_ACCESS	     0x0080
#define HV_TRANSLATE_GVA_ENFORCE_SMAP	     0x0100
#define HV_TRANSLATE_GVA_OVERRIDE_SMAP	     0x0200
#define HV_TRANSLATE_GVA_SHADOW_STACK	     0x0400

enum hv_translate_gva_result_code {
	HV_TRANSLATE_GVA_SUCCESS = 0,
	HV_TRANSLATE_GVA_PAGE_NOT_PRESENT = 1,
	HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION = 2,
	HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS = 3,
	HV_TRANSLATE_GVA_GPA_UNMAPPED = 4,
	HV_TRANSLATE_GVA_GPA_NO_READ_ACCESS = 5,
	HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS = 6,
	HV_TRANSLATE_GVA_GPA_ILLEGAL_OVERLAY_ACCESS = 7,
	HV_TRANSLATE_GVA_INTERCEPT = 8,
	HV_TRANSLATE_GVA_GPA_UNACCEPTED = 9,
};

union hv_translate_gva_result {
	uint64_t as_uint64;
	struct {
		uint32_t result_code; /* enum hv_translate_gva_result_code */
		uint32_t cache_type : 8;
		uint32_t overlay_page : 1;
		uint32_t reserved : 23;
	} HV_PACKED;
};

struct hv_input_translate_virtual_address {
	uint64_t partition_id;
	uint32_t vp_index;
	uint32_t padding;
	uint64_t control_flags;
	uint64_t gva_page;
} HV_PACKED;

struct hv_output_translate_virtual_address {
	union hv_translate_gva_result translation_result;
	uint64_t gpa_page;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_translate_gva_result, 8);
HV_ASSERT_SIZE(struct hv_input_translate_virtual_address, 32);
HV_ASSERT_OFFSET(struct hv_input_translate_virtual_address, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_translate_virtual_address, control_flags, 16);
HV_ASSERT_OFFSET(struct hv_input_translate_virtual_address, gva_page, 24);
HV_ASSERT_SIZE(struct hv_output_translate_virtual_address, 16);
HV_ASSERT_OFFSET(struct hv_output_translate_virtual_address, gpa_page, 8);

/* HVCALL_READ_GPA and HVCALL_WRITE_GPA, up to 16 bytes that cross no page. */
#define HV_READ_WRITE_GPA_MAX_SIZE 16

enum hv_access_gpa_result_code {
	HV_ACCESS_GPA_SUCCESS = 0,
	HV_ACCESS_GPA_UNMAPPED = 1,
	HV_ACCESS_GPA_READ_INTERCEPT = 2,
	HV_ACCESS_GPA_WRITE_INTERCEPT = 3,
	HV_ACCESS_GPA_ILLEGAL_OVERLAY_ACCESS = 4,
};

union hv_access_gpa_result {
	uint64_t as_uint64;
	struct {
		uint32_t result_code; /* enum hv_access_gpa_result_code */
		uint32_t reserved;
	} HV_PACKED;
};

union hv_access_gpa_control_flags {
	uint64_t as_uint64;
	struct {
		uint64_t cache_type : 8; /* enum hv_cache_type */
		uint64_t reserved : 56;
	} HV_PACKED;
};

HV_ASSERT_SIZE(union hv_access_gpa_result, 8);
HV_ASSERT_SIZE(union hv_access_gpa_control_flags, 8);

struct hv_input_read_gpa {
	uint64_t partition_id;
	uint32_t vp_index;
	uint32_t byte_count;
	uint64_t base_gpa;
	union hv_access_gpa_control_flags control_flags;
} HV_PACKED;

struct hv_output_read_gpa {
	union hv_access_gpa_result access_result;
	uint8_t data[HV_READ_WRITE_GPA_MAX_SIZE];
} HV_PACKED;

struct hv_input_write_gpa {
	uint64_t partition_id;
	uint32_t vp_index;
	uint32_t byte_count;
	uint64_t base_gpa;
	union hv_access_gpa_control_flags control_flags;
	uint8_t data[HV_READ_WRITE_GPA_MAX_SIZE];
} HV_PACKED;

struct hv_output_write_gpa {
	union hv_access_gpa_result access_result;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_read_gpa, 32);
HV_ASSERT_OFFSET(struct hv_input_read_gpa, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_read_gpa, byte_count, 12);
HV_ASSERT_OFFSET(struct hv_input_read_gpa, base_gpa, 16);
HV_ASSERT_OFFSET(struct hv_input_read_gpa, control_flags, 24);
HV_ASSERT_SIZE(struct hv_output_read_gpa, 24);
HV_ASSERT_OFFSET(struct hv_output_read_gpa, data, 8);
HV_ASSERT_SIZE(struct hv_input_write_gpa, 48);
HV_ASSERT_OFFSET(struct hv_input_write_gpa, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_write_gpa, byte_count, 12);
HV_ASSERT_OFFSET(struct hv_input_write_gpa, base_gpa, 16);
HV_ASSERT_OFFSET(struct hv_input_write_gpa, control_flags, 24);
HV_ASSERT_OFFSET(struct hv_input_write_gpa, data, 32);
HV_ASSERT_SIZE(struct hv_output_write_gpa, 8);

/* TLB flushes inside a partition. Lists repeat over ranges of additional_pages + 1 pages. */
#define HV_FLUSH_ALL_PROCESSORS		    HV_BIT32(0)
#define HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES HV_BIT32(1)
#define HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY   HV_BIT32(2)
#define HV_FLUSH_USE_EXTENDED_RANGE_FORMAT  HV_BIT32(3)

struct hv_tlb_flush {
	uint64_t address_space;
	uint64_t flags;
	uint64_t processor_mask;
	uint64_t gva_list[];
} HV_PACKED;

/* The list follows the banks of the set. */
struct hv_tlb_flush_ex {
	uint64_t address_space;
	uint64_t flags;
	struct hv_vpset hv_vp_set;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_tlb_flush, 24);
HV_ASSERT_OFFSET(struct hv_tlb_flush, flags, 8);
HV_ASSERT_OFFSET(struct hv_tlb_flush, processor_mask, 16);
HV_ASSERT_OFFSET(struct hv_tlb_flush, gva_list, 24);
HV_ASSERT_SIZE(struct hv_tlb_flush_ex, 32);
HV_ASSERT_OFFSET(struct hv_tlb_flush_ex, flags, 8);
HV_ASSERT_OFFSET(struct hv_tlb_flush_ex, hv_vp_set, 16);

#define HV_MAX_FLUSH_PAGES		2048
#define HV_MAX_FLUSH_REP_COUNT		510
#define HV_GPA_PAGE_RANGE_PAGE_SIZE_2MB 0
#define HV_GPA_PAGE_RANGE_PAGE_SIZE_1GB 1

union hv_gpa_page_range {
	uint64_t address_space;
	struct {
		uint64_t additional_pages : 11;
		uint64_t largepage : 1;
		uint64_t basepfn : 52;
	} page;
	struct {
		uint64_t reserved : 12;
		uint64_t page_size : 1;
		uint64_t reserved1 : 8;
		uint64_t base_large_pfn : 43;
	};
};

struct hv_guest_mapping_flush {
	uint64_t address_space;
	uint64_t flags;
} HV_PACKED;

struct hv_guest_mapping_flush_list {
	uint64_t address_space;
	uint64_t flags;
	union hv_gpa_page_range gpa_list[HV_MAX_FLUSH_REP_COUNT];
};

HV_ASSERT_SIZE(union hv_gpa_page_range, 8);
HV_ASSERT_SIZE(struct hv_guest_mapping_flush, 16);
HV_ASSERT_OFFSET(struct hv_guest_mapping_flush, flags, 8);
HV_ASSERT_SIZE(struct hv_guest_mapping_flush_list, 4096);
HV_ASSERT_OFFSET(struct hv_guest_mapping_flush_list, flags, 8);
HV_ASSERT_OFFSET(struct hv_guest_mapping_flush_list, gpa_list, 16);

/* HVCALL_MMIO_READ and HVCALL_MMIO_WRITE: a partition without decoder for a device's memory. */
#define HV_HYPERCALL_MMIO_MAX_DATA_LENGTH 64

struct hv_mmio_read_input {
	uint64_t gpa;
	uint32_t size;
	uint32_t reserved;
} HV_PACKED;

struct hv_mmio_read_output {
	uint8_t data[HV_HYPERCALL_MMIO_MAX_DATA_LENGTH];
} HV_PACKED;

struct hv_mmio_write_input {
	uint64_t gpa;
	uint32_t size;
	uint32_t reserved;
	uint8_t data[HV_HYPERCALL_MMIO_MAX_DATA_LENGTH];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_mmio_read_input, 16);
HV_ASSERT_OFFSET(struct hv_mmio_read_input, size, 8);
HV_ASSERT_SIZE(struct hv_mmio_read_output, 64);
HV_ASSERT_SIZE(struct hv_mmio_write_input, 80);
HV_ASSERT_OFFSET(struct hv_mmio_write_input, size, 8);
HV_ASSERT_OFFSET(struct hv_mmio_write_input, data, 16);

/* Pages of root that an encrypted guest owns, exclusively or shared. */
#define HV_MODIFY_SPA_PAGE_HOST_ACCESS_MAKE_EXCLUSIVE 0x1
#define HV_MODIFY_SPA_PAGE_HOST_ACCESS_MAKE_SHARED    0x2
#define HV_MODIFY_SPA_PAGE_HOST_ACCESS_LARGE_PAGE     0x4
#define HV_MODIFY_SPA_PAGE_HOST_ACCESS_HUGE_PAGE      0x8

struct hv_input_modify_sparse_spa_page_host_access {
	uint32_t host_access : 2;
	uint32_t reserved : 30;
	uint32_t flags;
	uint64_t partition_id;
	uint64_t spa_page_list[];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_modify_sparse_spa_page_host_access, 16);
HV_ASSERT_OFFSET(struct hv_input_modify_sparse_spa_page_host_access, flags, 4);
HV_ASSERT_OFFSET(struct hv_input_modify_sparse_spa_page_host_access, partition_id, 8);
HV_ASSERT_OFFSET(struct hv_input_modify_sparse_spa_page_host_access, spa_page_list, 16);

/* Repeat call without a list: memory for the tables of so many pages, ahead of the mapping. */
struct hv_input_precommit_gpa_pages {
	uint64_t partition_id;
	uint32_t flags;
	uint32_t reserved;
	uint64_t gpa_page_number;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_precommit_gpa_pages, 24);
HV_ASSERT_OFFSET(struct hv_input_precommit_gpa_pages, flags, 8);
HV_ASSERT_OFFSET(struct hv_input_precommit_gpa_pages, gpa_page_number, 16);

#endif
