/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hyper-V's calls for devices: DMA domains, and devices attached to a partition.
 *
 * The kernel's headers do not have them yet. A later kernel may define the same, so that
 * the structures have names of our own, and the numbers are defined where they are
 * missing.
 */
#ifndef MSHV_HV_DEVICE_ABI_H
#define MSHV_HV_DEVICE_ABI_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/types.h>
#include <hyperv/hvhdk.h>
#include <hyperv/hvhdk_mini.h>

#ifndef HVCALL_ATTACH_DEVICE
#define HVCALL_ATTACH_DEVICE		0x0082
#endif
#ifndef HVCALL_DETACH_DEVICE
#define HVCALL_DETACH_DEVICE		0x0083
#endif
#ifndef HVCALL_CREATE_DEVICE_DOMAIN
#define HVCALL_CREATE_DEVICE_DOMAIN	0x00b1
#endif
#ifndef HVCALL_ATTACH_DEVICE_DOMAIN
#define HVCALL_ATTACH_DEVICE_DOMAIN	0x00b2
#endif
#ifndef HVCALL_MAP_DEVICE_GPA_PAGES
#define HVCALL_MAP_DEVICE_GPA_PAGES	0x00b3
#endif
#ifndef HVCALL_UNMAP_DEVICE_GPA_PAGES
#define HVCALL_UNMAP_DEVICE_GPA_PAGES	0x00b4
#endif
#ifndef HVCALL_DETACH_DEVICE_DOMAIN
#define HVCALL_DETACH_DEVICE_DOMAIN	0x00c4
#endif
#ifndef HVCALL_DELETE_DEVICE_DOMAIN
#define HVCALL_DELETE_DEVICE_DOMAIN	0x00c5
#endif
#ifndef HVCALL_GET_VPSET_FROM_MDA
#define HVCALL_GET_VPSET_FROM_MDA	0x00e5
#endif

/* CPUID 0x40000003 EDX: root may make second-stage DMA domains. */
#define MSHV_DEVICE_DOMAINS_AVAILABLE	BIT(24)
/* CPUID 0x40000006 EAX: interrupts of devices are remapped, and so checked. */
#define MSHV_CPUID_HARDWARE_FEATURES	0x40000006
#define MSHV_INTERRUPT_REMAPPING	BIT(5)
/* EBX: bits of an address of a DMA domain. */
#define MSHV_DEVICE_DOMAIN_WIDTH	GENMASK(7, 0)

/* Second-stage domains that are always there: identity, and one that lets nothing pass. */
#define MSHV_DEVICE_DOMAIN_DEFAULT	0
#define MSHV_DEVICE_DOMAIN_NULL		U32_MAX

struct mshv_device_domain_hdr {
	u64 partition_id;
	u8 owner_vtl;
	u8 pad[7];
	u32 domain_type;	/* 0: second stage */
	u32 domain_id;
} __packed;
static_assert(sizeof(struct mshv_device_domain_hdr) == 24);

#define MSHV_DEVICE_DOMAIN_FORWARD_PROGRESS	BIT(0)

struct mshv_in_create_device_domain {
	struct mshv_device_domain_hdr hdr;
	u32 flags;
} __packed;
static_assert(sizeof(struct mshv_in_create_device_domain) == 28);

struct mshv_in_delete_device_domain {
	struct mshv_device_domain_hdr hdr;
} __packed;

struct mshv_in_attach_device_domain {
	struct mshv_device_domain_hdr hdr;
	u64 device_id;
} __packed;
static_assert(sizeof(struct mshv_in_attach_device_domain) == 32);

struct mshv_in_detach_device_domain {
	u64 partition_id;
	u64 device_id;
} __packed;
static_assert(sizeof(struct mshv_in_detach_device_domain) == 16);

/* A repeat call: one element of the list for each page, or each large page. */
struct mshv_in_map_device_gpa_pages {
	struct mshv_device_domain_hdr hdr;
	u8 target_vtl;
	u8 pad[3];
	u32 map_flags;		/* HV_MAP_GPA_* */
	u64 iova;
	u64 pfns[];
} __packed;
static_assert(sizeof(struct mshv_in_map_device_gpa_pages) == 40);

#define MSHV_MAP_DEVICE_PAGES_MAX \
	((HV_HYP_PAGE_SIZE - sizeof(struct mshv_in_map_device_gpa_pages)) / sizeof(u64))
static_assert(MSHV_MAP_DEVICE_PAGES_MAX == 507);

/* A repeat call without a list. */
struct mshv_in_unmap_device_gpa_pages {
	struct mshv_device_domain_hdr hdr;
	u64 iova;
} __packed;
static_assert(sizeof(struct mshv_in_unmap_device_gpa_pages) == 32);

#define MSHV_UNMAP_DEVICE_PAGES_MAX	0xfff

#define MSHV_ATTACH_LOGICAL_ID		BIT(0)
#define MSHV_ATTACH_ATS_SUPPORTED	BIT(6)

struct mshv_in_attach_device {
	u64 partition_id;
	u64 device_id;
	u32 flags;		/* MSHV_ATTACH_* */
	u8 vtl;
	u8 rsvd0;
	u16 rsvd1;
	u64 logical_id;
	u32 pci_caps;
	u16 pf_rid;
	u16 rsvd2;
} __packed;
static_assert(sizeof(struct mshv_in_attach_device) == 40);

struct mshv_in_detach_device {
	u64 partition_id;
	u64 logical_id;
} __packed;
static_assert(sizeof(struct mshv_in_detach_device) == 16);

/* A message to the source of that name: what a device was refused. */
#define MSHV_IOMMU_FAULT_SINT		1
#define MSHV_MESSAGE_IOMMU_FAULT	0x80000024

#define MSHV_IOMMU_FAULT_WRITE		1
#define MSHV_IOMMU_FAULT_ADDRESS_VALID	BIT(0)
#define MSHV_IOMMU_FAULT_DEVICE_VALID	BIT(1)

struct mshv_iommu_fault_message {
	u32 type;
	u8 access;
	u8 rsvd[3];
	u32 flags;
	u32 rsvd1;
	u64 device;
	u64 address;
} __packed;
static_assert(sizeof(struct mshv_iommu_fault_message) == 32);

struct mshv_in_vpset_from_mda {
	u64 partition_id;
	u64 destination;
	u8 vtl;
	u8 logical;
	u16 rsvd0;
	u32 rsvd1;
} __packed;
static_assert(sizeof(struct mshv_in_vpset_from_mda) == 24);

#endif
