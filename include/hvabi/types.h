/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Types that several hypercalls share (TLFS chapters 2 "Basic data types" and 7
 * "Virtual processors").
 */
#ifndef HVABI_TYPES_H
#define HVABI_TYPES_H

#include "layout.h"

/* The hypervisor's page, whatever the page size of its guest is. */
#define HV_HYP_PAGE_SHIFT	12
#define HV_HYP_PAGE_SIZE	4096u
#define HV_HYP_PAGE_MASK	(~(HV_HYP_PAGE_SIZE - 1ull))
#define HV_HYP_LARGE_PAGE_SHIFT 21

#define HV_PARTITION_ID_INVALID 0ull
#define HV_PARTITION_ID_SELF	0xffffffffffffffffull

#define HV_MAXIMUM_PROCESSORS 2048
#define HV_MAX_VP_INDEX	      (HV_MAXIMUM_PROCESSORS - 1)
#define HV_VP_INDEX_SELF      0xfffffffeu
#define HV_ANY_VP	      0xffffffffu

#define HV_NORMAL_VTL 0
#define HV_VTL_MASK   0xfu

struct hv_u128 {
	uint64_t low_part;
	uint64_t high_part;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_u128, 16);
HV_ASSERT_OFFSET(struct hv_u128, high_part, 8);

union hv_input_vtl {
	uint8_t as_uint8;
	struct {
		uint8_t target_vtl : 4;
		uint8_t use_target_vtl : 1;
		uint8_t reserved_z : 3;
	};
} HV_PACKED;

HV_ASSERT_SIZE(union hv_input_vtl, 1);

/* Sets of processors: HV_GENERIC_SET_SPARSE_4K carries one 64-bit bank per valid_bank_mask bit. */
enum hv_generic_set_format {
	HV_GENERIC_SET_SPARSE_4K = 0,
	HV_GENERIC_SET_ALL = 1,
};

#define HV_GENERIC_SET_SHIFT		6
#define HV_GENERIC_SET_MASK		63
#define HV_GENERIC_SET_QWORD_COUNT(max) (((((max)-1) >> 6) + 1) + 2)
#define HV_MAX_SPARSE_VCPU_BANKS	64
#define HV_VCPUS_PER_SPARSE_BANK	64

struct hv_vpset {
	uint64_t format; /* enum hv_generic_set_format */
	uint64_t valid_bank_mask;
	uint64_t bank_contents[];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_vpset, 16);
HV_ASSERT_OFFSET(struct hv_vpset, valid_bank_mask, 8);
HV_ASSERT_OFFSET(struct hv_vpset, bank_contents, 16);

/* NUMA placement of what a hypercall creates. */
struct hv_proximity_domain_flags {
	uint32_t proximity_preferred : 1;
	uint32_t reserved : 30;
	uint32_t proximity_info_valid : 1;
} HV_PACKED;

struct hv_proximity_domain_info {
	uint32_t domain_id;
	struct hv_proximity_domain_flags flags;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_proximity_domain_flags, 4);
HV_ASSERT_SIZE(struct hv_proximity_domain_info, 8);
HV_ASSERT_OFFSET(struct hv_proximity_domain_info, flags, 4);

#endif
