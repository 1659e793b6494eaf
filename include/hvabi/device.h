/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Devices: their names, interrupts, DMA domains, and attaching one to a partition. The
 * interrupt part is in Linux include/hyperv/hvhdk_mini.h. Device domains and direct attach are
 * not in Linux 7.3; names and layouts follow what was posted for it.
 */
#ifndef HVABI_DEVICE_H
#define HVABI_DEVICE_H

#include "layout.h"
#include "types.h"

typedef uint16_t hv_pci_rid;
typedef uint16_t hv_pci_segment;
typedef uint64_t hv_logical_device_id;

union hv_pci_bdf {
	uint16_t as_uint16;
	struct {
		uint8_t function : 3;
		uint8_t device : 5;
		uint8_t bus;
	};
} HV_PACKED;

union hv_pci_bus_range {
	uint16_t as_uint16;
	struct {
		uint8_t subordinate_bus;
		uint8_t secondary_bus;
	};
} HV_PACKED;

#define HV_SOURCE_SHADOW_NONE 0x0
#define HV_SOURCE_SHADOW_BRIDGE_BUS_RANGE 0x1

/* The type is in the top two bits of the identifier. */
enum hv_device_type {
	HV_DEVICE_TYPE_LOGICAL = 0,
	HV_DEVICE_TYPE_PCI = 1,
	HV_DEVICE_TYPE_IOAPIC = 2,
	HV_DEVICE_TYPE_ACPI = 3,
};

#define HV_DEVICE_ID_TYPE_SHIFT 62

union hv_device_id {
	uint64_t as_uint64;
	struct {
		uint64_t reserved0 : 62;
		uint64_t device_type : 2;
	};
	struct {
		uint64_t id : 62;
		uint64_t device_type : 2;
	} logical;
	struct {
		union {
			hv_pci_rid rid;
			union hv_pci_bdf bdf;
		};
		hv_pci_segment segment;
		union hv_pci_bus_range shadow_bus_range;
		uint16_t phantom_function_bits : 2;
		uint16_t source_shadow : 1;
		uint16_t rsvdz0 : 11;
		uint16_t device_type : 2;
	} pci;
	struct {
		uint8_t ioapic_id;
		uint8_t rsvdz0;
		uint16_t rsvdz1;
		uint16_t rsvdz2;
		uint16_t rsvdz3 : 14;
		uint16_t device_type : 2;
	} ioapic;
	struct {
		uint32_t input_mapping_base;
		uint32_t input_mapping_count : 30;
		uint32_t device_type : 2;
	} acpi;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_pci_bdf, 2);
HV_ASSERT_SIZE(union hv_pci_bus_range, 2);
HV_ASSERT_SIZE(union hv_device_id, 8);
HV_ASSERT_OFFSET(union hv_device_id, pci.segment, 2);
HV_ASSERT_OFFSET(union hv_device_id, pci.shadow_bus_range, 4);

/* What the device, or the IO-APIC, is to be programmed with. */
union hv_msi_address_register {
	uint32_t as_uint32;
	struct {
		uint32_t reserved1 : 2;
		uint32_t destination_mode : 1;
		uint32_t redirection_hint : 1;
		uint32_t reserved2 : 8;
		uint32_t destination_id : 8;
		uint32_t msi_base : 12;
	};
} HV_PACKED;

union hv_msi_data_register {
	uint32_t as_uint32;
	struct {
		uint32_t vector : 8;
		uint32_t delivery_mode : 3;
		uint32_t reserved1 : 3;
		uint32_t level_assert : 1;
		uint32_t trigger_mode : 1;
		uint32_t reserved2 : 16;
	};
} HV_PACKED;

union hv_msi_entry {
	uint64_t as_uint64;
	struct {
		union hv_msi_address_register address;
		union hv_msi_data_register data;
	} HV_PACKED;
};

union hv_ioapic_rte {
	uint64_t as_uint64;
	struct {
		uint32_t vector : 8;
		uint32_t delivery_mode : 3;
		uint32_t destination_mode : 1;
		uint32_t delivery_status : 1;
		uint32_t interrupt_polarity : 1;
		uint32_t remote_irr : 1;
		uint32_t trigger_mode : 1;
		uint32_t interrupt_mask : 1;
		uint32_t reserved1 : 15;

		uint32_t reserved2 : 24;
		uint32_t destination_id : 8;
	};
	struct {
		uint32_t low_uint32;
		uint32_t high_uint32;
	};
} HV_PACKED;

enum hv_interrupt_source {
	HV_INTERRUPT_SOURCE_MSI = 1, /* MSI-X too */
	HV_INTERRUPT_SOURCE_IOAPIC = 2,
};

struct hv_interrupt_entry {
	uint32_t source; /* enum hv_interrupt_source */
	uint32_t reserved1;
	union {
		union hv_msi_entry msi_entry;
		union hv_ioapic_rte ioapic_rte;
	};
} HV_PACKED;

HV_ASSERT_SIZE(union hv_msi_address_register, 4);
HV_ASSERT_SIZE(union hv_msi_data_register, 4);
HV_ASSERT_SIZE(union hv_msi_entry, 8);
HV_ASSERT_OFFSET(union hv_msi_entry, data, 4);
HV_ASSERT_SIZE(union hv_ioapic_rte, 8);
HV_ASSERT_OFFSET(union hv_ioapic_rte, high_uint32, 4);
HV_ASSERT_SIZE(struct hv_interrupt_entry, 16);
HV_ASSERT_OFFSET(struct hv_interrupt_entry, msi_entry, 8);

/* Where it is to go. */
#define HV_DEVICE_INTERRUPT_TARGET_MULTICAST 1
#define HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET 2

struct hv_device_interrupt_target {
	uint32_t vector;
	uint32_t flags; /* HV_DEVICE_INTERRUPT_TARGET_* */
	union {
		uint64_t vp_mask;
		struct hv_vpset vp_set; /* with HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET */
	};
} HV_PACKED;

enum hv_interrupt_trigger_mode {
	HV_INTERRUPT_TRIGGER_MODE_EDGE = 0,
	HV_INTERRUPT_TRIGGER_MODE_LEVEL = 1,
};

struct hv_device_interrupt_descriptor {
	uint32_t interrupt_type; /* enum hv_interrupt_type */
	uint32_t trigger_mode; /* enum hv_interrupt_trigger_mode */
	uint32_t vector_count;
	uint32_t reserved;
	struct hv_device_interrupt_target target;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_device_interrupt_target, 24);
HV_ASSERT_OFFSET(struct hv_device_interrupt_target, flags, 4);
HV_ASSERT_OFFSET(struct hv_device_interrupt_target, vp_mask, 8);
HV_ASSERT_SIZE(struct hv_device_interrupt_descriptor, 40);
HV_ASSERT_OFFSET(struct hv_device_interrupt_descriptor, trigger_mode, 4);
HV_ASSERT_OFFSET(struct hv_device_interrupt_descriptor, vector_count, 8);
HV_ASSERT_OFFSET(struct hv_device_interrupt_descriptor, target, 16);

struct hv_input_map_device_interrupt {
	uint64_t partition_id;
	uint64_t device_id;
	uint32_t flags;
	uint32_t base_irt_idx;
	struct hv_interrupt_entry logical_interrupt_entry;
	struct hv_device_interrupt_descriptor interrupt_descriptor;
} HV_PACKED;

struct hv_output_map_device_interrupt {
	struct hv_interrupt_entry interrupt_entry;
	uint64_t ext_status_deprecated[5];
} HV_PACKED;

struct hv_input_unmap_device_interrupt {
	uint64_t partition_id;
	uint64_t device_id;
	struct hv_interrupt_entry interrupt_entry;
	uint32_t flags;
} HV_PACKED;

struct hv_retarget_device_interrupt {
	uint64_t partition_id;
	uint64_t device_id;
	struct hv_interrupt_entry int_entry;
	uint64_t reserved2;
	struct hv_device_interrupt_target int_target;
} HV_PACKED __attribute__((__aligned__(8)));

HV_ASSERT_SIZE(struct hv_input_map_device_interrupt, 80);
HV_ASSERT_OFFSET(struct hv_input_map_device_interrupt, device_id, 8);
HV_ASSERT_OFFSET(struct hv_input_map_device_interrupt, logical_interrupt_entry, 24);
HV_ASSERT_OFFSET(struct hv_input_map_device_interrupt, interrupt_descriptor, 40);
HV_ASSERT_SIZE(struct hv_output_map_device_interrupt, 56);
HV_ASSERT_OFFSET(struct hv_output_map_device_interrupt, ext_status_deprecated, 16);
HV_ASSERT_SIZE(struct hv_input_unmap_device_interrupt, 36);
HV_ASSERT_OFFSET(struct hv_input_unmap_device_interrupt, interrupt_entry, 16);
HV_ASSERT_OFFSET(struct hv_input_unmap_device_interrupt, flags, 32);
HV_ASSERT_SIZE(struct hv_retarget_device_interrupt, 64);
HV_ASSERT_OFFSET(struct hv_retarget_device_interrupt, int_entry, 16);
HV_ASSERT_OFFSET(struct hv_retarget_device_interrupt, int_target, 40);

/* DMA domains. Stage 2 has two that always exist: identity, and one that lets nothing pass. */
#define HV_DEVICE_DOMAIN_TYPE_S2 0
#define HV_DEVICE_DOMAIN_TYPE_S1 1
#define HV_DEVICE_DOMAIN_TYPE_SOC 2

#define HV_DEVICE_DOMAIN_ID_S2_DEFAULT 0
#define HV_DEVICE_DOMAIN_ID_S2_NULL 0xFFFFFFFFull

union hv_device_domain_id {
	uint64_t as_uint64;
	struct {
		uint32_t type : 4; /* HV_DEVICE_DOMAIN_TYPE_* */
		uint32_t reserved : 28;
		uint32_t id;
	};
} HV_PACKED;

struct hv_input_device_domain {
	uint64_t partition_id;
	union hv_input_vtl owner_vtl;
	uint8_t padding[7];
	union hv_device_domain_id domain_id;
} HV_PACKED;

union hv_create_device_domain_flags {
	uint32_t as_uint32;
	struct {
		uint32_t forward_progress_required : 1;
		uint32_t inherit_owning_vtl : 1;
		uint32_t reserved : 30;
	} HV_PACKED;
} HV_PACKED;

struct hv_input_create_device_domain {
	struct hv_input_device_domain device_domain;
	union hv_create_device_domain_flags create_device_domain_flags;
} HV_PACKED;

struct hv_input_delete_device_domain {
	struct hv_input_device_domain device_domain;
} HV_PACKED;

struct hv_input_attach_device_domain {
	struct hv_input_device_domain device_domain;
	union hv_device_id device_id;
} HV_PACKED;

struct hv_input_detach_device_domain {
	uint64_t partition_id;
	union hv_device_id device_id;
} HV_PACKED;

/* Repeat calls over pages. map_flags are HV_MAP_GPA_*. */
struct hv_input_map_device_gpa_pages {
	struct hv_input_device_domain device_domain;
	union hv_input_vtl target_vtl;
	uint8_t padding[3];
	uint32_t map_flags;
	uint64_t target_device_va_base;
	uint64_t gpa_page_list[];
} HV_PACKED;

struct hv_input_unmap_device_gpa_pages {
	struct hv_input_device_domain device_domain;
	uint64_t target_device_va_base;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_device_domain_id, 8);
HV_ASSERT_OFFSET(union hv_device_domain_id, id, 4);
HV_ASSERT_SIZE(struct hv_input_device_domain, 24);
HV_ASSERT_OFFSET(struct hv_input_device_domain, owner_vtl, 8);
HV_ASSERT_OFFSET(struct hv_input_device_domain, domain_id, 16);
HV_ASSERT_SIZE(struct hv_input_create_device_domain, 28);
HV_ASSERT_OFFSET(struct hv_input_create_device_domain, create_device_domain_flags, 24);
HV_ASSERT_SIZE(struct hv_input_delete_device_domain, 24);
HV_ASSERT_SIZE(struct hv_input_attach_device_domain, 32);
HV_ASSERT_OFFSET(struct hv_input_attach_device_domain, device_id, 24);
HV_ASSERT_SIZE(struct hv_input_detach_device_domain, 16);
HV_ASSERT_OFFSET(struct hv_input_detach_device_domain, device_id, 8);
HV_ASSERT_SIZE(struct hv_input_map_device_gpa_pages, 40);
HV_ASSERT_OFFSET(struct hv_input_map_device_gpa_pages, target_vtl, 24);
HV_ASSERT_OFFSET(struct hv_input_map_device_gpa_pages, map_flags, 28);
HV_ASSERT_OFFSET(struct hv_input_map_device_gpa_pages, target_device_va_base, 32);
HV_ASSERT_OFFSET(struct hv_input_map_device_gpa_pages, gpa_page_list, 40);
HV_ASSERT_SIZE(struct hv_input_unmap_device_gpa_pages, 32);
HV_ASSERT_OFFSET(struct hv_input_unmap_device_gpa_pages, target_device_va_base, 24);

#endif
