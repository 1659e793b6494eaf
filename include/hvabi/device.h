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

#define HV_SOURCE_SHADOW_NONE		  0x0
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
HV_ASSERT_OFFSET(union hv_pci_bdf, bus, 1);
HV_ASSERT_SIZE(union hv_pci_bus_range, 2);
HV_ASSERT_OFFSET(union hv_pci_bus_range, secondary_bus, 1);
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
#define HV_DEVICE_INTERRUPT_TARGET_MULTICAST	 1
#define HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET 2
#define HV_DEVICE_INTERRUPT_TARGET_PROXY	 4

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
HV_ASSERT_OFFSET(struct hv_input_map_device_interrupt, flags, 16);
HV_ASSERT_OFFSET(struct hv_input_map_device_interrupt, base_irt_idx, 20);
HV_ASSERT_OFFSET(struct hv_input_map_device_interrupt, logical_interrupt_entry, 24);
HV_ASSERT_OFFSET(struct hv_input_map_device_interrupt, interrupt_descriptor, 40);
HV_ASSERT_SIZE(struct hv_output_map_device_interrupt, 56);
HV_ASSERT_OFFSET(struct hv_output_map_device_interrupt, ext_status_deprecated, 16);
HV_ASSERT_SIZE(struct hv_input_unmap_device_interrupt, 36);
HV_ASSERT_OFFSET(struct hv_input_unmap_device_interrupt, device_id, 8);
HV_ASSERT_OFFSET(struct hv_input_unmap_device_interrupt, interrupt_entry, 16);
HV_ASSERT_OFFSET(struct hv_input_unmap_device_interrupt, flags, 32);
HV_ASSERT_SIZE(struct hv_retarget_device_interrupt, 64);
HV_ASSERT_OFFSET(struct hv_retarget_device_interrupt, device_id, 8);
HV_ASSERT_OFFSET(struct hv_retarget_device_interrupt, int_entry, 16);
HV_ASSERT_OFFSET(struct hv_retarget_device_interrupt, int_target, 40);

/* DMA domains. Stage 2 has two that always exist: identity, and one that lets nothing pass. */
#define HV_DEVICE_DOMAIN_TYPE_S2  0
#define HV_DEVICE_DOMAIN_TYPE_S1  1
#define HV_DEVICE_DOMAIN_TYPE_SOC 2

#define HV_DEVICE_DOMAIN_ID_S2_DEFAULT 0
#define HV_DEVICE_DOMAIN_ID_S2_NULL    0xFFFFFFFFull

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

HV_ASSERT_SIZE(union hv_create_device_domain_flags, 4);
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

/* First-stage translation of a domain, and what root may ask of the unit. */
struct hv_device_domain_settings {
	struct {
		uint64_t translation_enabled : 1;
		uint64_t blocked : 1;
		uint64_t first_stage_paging_mode : 1; /* 0: four levels, 1: five */
		uint64_t reserved : 61;
	} HV_PACKED flags;
	uint64_t page_table_root;
} HV_PACKED;

struct hv_input_configure_device_domain {
	struct hv_input_device_domain device_domain;
	struct hv_device_domain_settings settings;
} HV_PACKED;

struct hv_input_flush_device_domain {
	struct hv_input_device_domain device_domain;
	uint32_t flags;
	uint32_t reserved;
} HV_PACKED;

/* A range is 2^n pages, n in the bits of its page number that it does not need. */
struct hv_input_flush_device_domain_list {
	struct hv_input_device_domain device_domain;
	uint32_t flags;
	uint32_t reserved;
	uint64_t ranges[];
} HV_PACKED;

#define HV_IOMMU_CAP_PRESENT HV_BIT64(0)
#define HV_IOMMU_CAP_S2	     HV_BIT64(1)
#define HV_IOMMU_CAP_S1	     HV_BIT64(2)
#define HV_IOMMU_CAP_S1_5LVL HV_BIT64(3)
#define HV_IOMMU_CAP_PASID   HV_BIT64(4)
#define HV_IOMMU_CAP_ATS     HV_BIT64(5)
#define HV_IOMMU_CAP_PRI     HV_BIT64(6)

struct hv_input_get_iommu_capabilities {
	uint64_t partition_id;
	uint64_t reserved;
} HV_PACKED;

struct hv_output_get_iommu_capabilities {
	uint32_t size;
	uint16_t reserved;
	uint8_t max_iova_width;
	uint8_t max_pasid_width;
	uint64_t iommu_cap; /* HV_IOMMU_CAP_* */
	uint64_t pgsize_bitmap;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_device_domain_settings, 16);
HV_ASSERT_OFFSET(struct hv_device_domain_settings, page_table_root, 8);
HV_ASSERT_SIZE(struct hv_input_configure_device_domain, 40);
HV_ASSERT_OFFSET(struct hv_input_configure_device_domain, settings, 24);
HV_ASSERT_SIZE(struct hv_input_flush_device_domain, 32);
HV_ASSERT_OFFSET(struct hv_input_flush_device_domain, flags, 24);
HV_ASSERT_SIZE(struct hv_input_flush_device_domain_list, 32);
HV_ASSERT_OFFSET(struct hv_input_flush_device_domain_list, ranges, 32);
HV_ASSERT_SIZE(struct hv_input_get_iommu_capabilities, 16);
HV_ASSERT_SIZE(struct hv_output_get_iommu_capabilities, 24);
HV_ASSERT_OFFSET(struct hv_output_get_iommu_capabilities, max_iova_width, 6);
HV_ASSERT_OFFSET(struct hv_output_get_iommu_capabilities, max_pasid_width, 7);
HV_ASSERT_OFFSET(struct hv_output_get_iommu_capabilities, iommu_cap, 8);
HV_ASSERT_OFFSET(struct hv_output_get_iommu_capabilities, pgsize_bitmap, 16);

#define HV_LOGICAL_DEVICE_PROPERTY_PVIOMMU 10

struct hv_input_get_logical_device_property {
	uint64_t partition_id;
	uint64_t logical_device_id;
	uint32_t code; /* HV_LOGICAL_DEVICE_PROPERTY_* */
	uint32_t reserved;
} HV_PACKED;

struct hv_output_get_logical_device_property {
	uint64_t enabled; /* bit 0 */
	uint64_t reserved;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_get_logical_device_property, 24);
HV_ASSERT_OFFSET(struct hv_input_get_logical_device_property, logical_device_id, 8);
HV_ASSERT_OFFSET(struct hv_input_get_logical_device_property, code, 16);
HV_ASSERT_SIZE(struct hv_output_get_logical_device_property, 16);

/*
 * Direct attach: the device's DMA goes through the partition's own second-stage table, and
 * from then on the partition knows it by a logical id that root chose.
 */
union hv_attdev_flags {
	struct {
		uint32_t logical_id : 1;
		uint32_t resvd0 : 1;
		uint32_t ats_enabled : 1;
		uint32_t virt_func : 1;
		uint32_t shared_irq_child : 1;
		uint32_t virt_dev : 1;
		uint32_t ats_supported : 1;
		uint32_t small_irt : 1;
		uint32_t resvd : 24;
	} HV_PACKED;
	uint32_t as_uint32;
};

union hv_dev_pci_caps {
	struct {
		uint32_t max_pasid_width : 5;
		uint32_t invalidate_qdepth : 5;
		uint32_t global_inval : 1;
		uint32_t prg_response_req : 1;
		uint32_t resvd : 20;
	} HV_PACKED;
	uint32_t as_uint32;
};

struct hv_input_attach_device {
	uint64_t partition_id;
	union hv_device_id device_id;
	union hv_attdev_flags attdev_flags;
	uint8_t attdev_vtl;
	uint8_t rsvd0;
	uint16_t rsvd1;
	uint64_t logical_devid;
	union hv_dev_pci_caps dev_pcicaps;
	uint16_t pf_pci_rid;
	uint16_t resvd2;
} HV_PACKED;

struct hv_input_detach_device {
	uint64_t partition_id;
	uint64_t logical_devid;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_attdev_flags, 4);
HV_ASSERT_SIZE(union hv_dev_pci_caps, 4);
HV_ASSERT_SIZE(struct hv_input_attach_device, 40);
HV_ASSERT_OFFSET(struct hv_input_attach_device, device_id, 8);
HV_ASSERT_OFFSET(struct hv_input_attach_device, attdev_flags, 16);
HV_ASSERT_OFFSET(struct hv_input_attach_device, attdev_vtl, 20);
HV_ASSERT_OFFSET(struct hv_input_attach_device, logical_devid, 24);
HV_ASSERT_OFFSET(struct hv_input_attach_device, dev_pcicaps, 32);
HV_ASSERT_OFFSET(struct hv_input_attach_device, pf_pci_rid, 36);
HV_ASSERT_SIZE(struct hv_input_detach_device, 16);
HV_ASSERT_OFFSET(struct hv_input_detach_device, logical_devid, 8);

/* HVCALL_GET_VPSET_FROM_MDA: which processors an APIC destination means. */
struct hv_input_get_vp_set_from_mda {
	uint64_t target_partid;
	uint64_t dest_address;
	uint8_t input_vtl;
	uint8_t destmode_logical;
	uint16_t reserved0;
	uint32_t reserved1;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_get_vp_set_from_mda, 24);
HV_ASSERT_OFFSET(struct hv_input_get_vp_set_from_mda, dest_address, 8);
HV_ASSERT_OFFSET(struct hv_input_get_vp_set_from_mda, input_vtl, 16);
HV_ASSERT_OFFSET(struct hv_input_get_vp_set_from_mda, destmode_logical, 17);

/*
 * HVMSG_IOMMU_FAULT, to the SINT of that name: what a device was refused. Types from 3 on are
 * of arm64.
 */
#define HV_IOMMU_FAULT_SINT 1

#define HV_IOMMU_FAULT_NO_TRANSLATION	 0
#define HV_IOMMU_FAULT_BLOCKED		 1
#define HV_IOMMU_FAULT_INTERRUPT_BLOCKED 2

#define HV_IOMMU_FAULT_READ    0
#define HV_IOMMU_FAULT_WRITE   1
#define HV_IOMMU_FAULT_EXECUTE 2

#define HV_IOMMU_FAULT_ADDRESS_VALID   HV_BIT32(0)
#define HV_IOMMU_FAULT_DEVICE_ID_VALID HV_BIT32(1)

struct hv_iommu_fault_message {
	uint32_t type; /* HV_IOMMU_FAULT_NO_TRANSLATION and so on */
	uint8_t access;
	uint8_t reserved1[3];
	uint32_t flags;
	uint32_t reserved2;
	hv_logical_device_id logical_device_id;
	uint64_t address;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_iommu_fault_message, 32);
HV_ASSERT_OFFSET(struct hv_iommu_fault_message, access, 4);
HV_ASSERT_OFFSET(struct hv_iommu_fault_message, flags, 8);
HV_ASSERT_OFFSET(struct hv_iommu_fault_message, logical_device_id, 16);
HV_ASSERT_OFFSET(struct hv_iommu_fault_message, address, 24);

#endif
