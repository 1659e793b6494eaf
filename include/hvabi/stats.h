/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Statistics pages: counters of a processor, a partition or the hypervisor, in an area that
 * the object itself or its parent may read (Linux include/hyperv/hvhdk_mini.h).
 */
#ifndef HVABI_STATS_H
#define HVABI_STATS_H

#include "layout.h"
#include "types.h"

enum hv_stats_area_type {
	HV_STATS_AREA_SELF = 0,
	HV_STATS_AREA_PARENT = 1,
	HV_STATS_AREA_INTERNAL = 2,
	HV_STATS_AREA_COUNT = 3,
};

enum hv_stats_object_type {
	HV_STATS_OBJECT_HYPERVISOR = 0x00000001,
	HV_STATS_OBJECT_LOGICAL_PROCESSOR = 0x00000002,
	HV_STATS_OBJECT_PARTITION = 0x00010001,
	HV_STATS_OBJECT_VP = 0x00010002,
};

union hv_stats_object_identity {
	struct {
		uint8_t reserved[15];
		uint8_t stats_area_type;
	} HV_PACKED hv;
	struct {
		uint32_t lp_index;
		uint8_t reserved[11];
		uint8_t stats_area_type;
	} HV_PACKED lp;
	struct {
		uint64_t partition_id;
		uint8_t reserved[7];
		uint8_t stats_area_type;
	} HV_PACKED partition;
	struct {
		uint64_t partition_id;
		uint32_t vp_index;
		uint16_t flags;
		uint8_t reserved;
		uint8_t stats_area_type;
	} HV_PACKED vp;
};

HV_ASSERT_SIZE(union hv_stats_object_identity, 16);
HV_ASSERT_OFFSET(union hv_stats_object_identity, hv.stats_area_type, 15);
HV_ASSERT_OFFSET(union hv_stats_object_identity, vp.vp_index, 8);
HV_ASSERT_OFFSET(union hv_stats_object_identity, vp.flags, 12);

struct hv_input_map_stats_page {
	uint32_t type; /* enum hv_stats_object_type */
	uint32_t padding;
	union hv_stats_object_identity identity;
} HV_PACKED;

/* HVCALL_MAP_STATS_PAGE2 puts the page where the caller says. */
struct hv_input_map_stats_page2 {
	uint32_t type; /* enum hv_stats_object_type */
	uint32_t padding;
	union hv_stats_object_identity identity;
	uint64_t map_location; /* page number */
} HV_PACKED;

struct hv_output_map_stats_page {
	uint64_t map_location; /* page number */
} HV_PACKED;

struct hv_input_unmap_stats_page {
	uint32_t type; /* enum hv_stats_object_type */
	uint32_t padding;
	union hv_stats_object_identity identity;
} HV_PACKED;

struct hv_stats_page {
	uint64_t data[512];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_map_stats_page, 24);
HV_ASSERT_OFFSET(struct hv_input_map_stats_page, identity, 8);
HV_ASSERT_SIZE(struct hv_input_map_stats_page2, 32);
HV_ASSERT_OFFSET(struct hv_input_map_stats_page2, identity, 8);
HV_ASSERT_OFFSET(struct hv_input_map_stats_page2, map_location, 24);
HV_ASSERT_SIZE(struct hv_output_map_stats_page, 8);
HV_ASSERT_SIZE(struct hv_input_unmap_stats_page, 24);
HV_ASSERT_OFFSET(struct hv_input_unmap_stats_page, identity, 8);
HV_ASSERT_SIZE(struct hv_stats_page, 4096);

#endif
