/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The machine as a whole: logical processors, system properties, sleep states, events
 * (Linux include/hyperv/hvhdk_mini.h).
 */
#ifndef HVABI_SYSTEM_H
#define HVABI_SYSTEM_H

#include "layout.h"
#include "types.h"

struct hv_input_get_logical_processor_run_time {
	uint32_t lp_index;
} HV_PACKED;

struct hv_output_get_logical_processor_run_time {
	uint64_t global_time;
	uint64_t local_run_time;
	uint64_t rsvdz0;
	uint64_t hypervisor_time;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_get_logical_processor_run_time, 4);
HV_ASSERT_SIZE(struct hv_output_get_logical_processor_run_time, 32);
HV_ASSERT_OFFSET(struct hv_output_get_logical_processor_run_time, local_run_time, 8);
HV_ASSERT_OFFSET(struct hv_output_get_logical_processor_run_time, hypervisor_time, 24);

struct hv_input_add_logical_processor {
	uint32_t lp_index;
	uint32_t apic_id;
	struct hv_proximity_domain_info proximity_domain_info;
} HV_PACKED;

struct hv_lp_startup_status {
	uint64_t hv_status;
	uint64_t substatus1;
	uint64_t substatus2;
	uint64_t substatus3;
	uint64_t substatus4;
	uint64_t substatus5;
	uint64_t substatus6;
} HV_PACKED;

struct hv_output_add_logical_processor {
	struct hv_lp_startup_status startup_status;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_add_logical_processor, 16);
HV_ASSERT_OFFSET(struct hv_input_add_logical_processor, apic_id, 4);
HV_ASSERT_OFFSET(struct hv_input_add_logical_processor, proximity_domain_info, 8);
HV_ASSERT_SIZE(struct hv_lp_startup_status, 56);
HV_ASSERT_SIZE(struct hv_output_add_logical_processor, 56);

enum hv_system_property {
	HV_SYSTEM_PROPERTY_SLEEP_STATE = 3,
	HV_SYSTEM_PROPERTY_SCHEDULER_TYPE = 15,
	HV_DYNAMIC_PROCESSOR_FEATURE_PROPERTY = 21,
	HV_SYSTEM_PROPERTY_CRASHDUMPAREA = 47,
};

enum hv_scheduler_type {
	HV_SCHEDULER_TYPE_LP = 1,
	HV_SCHEDULER_TYPE_LP_SMT = 2,
	HV_SCHEDULER_TYPE_CORE_SMT = 3,
	HV_SCHEDULER_TYPE_ROOT = 4,
	HV_SCHEDULER_TYPE_MAX = 5,
};

enum hv_dynamic_processor_feature_property {
	HV_X64_DYNAMIC_PROCESSOR_FEATURE_MAX_ENCRYPTED_PARTITIONS = 13,
	HV_X64_DYNAMIC_PROCESSOR_FEATURE_SNP_STATUS = 16,
};

enum hv_snp_status {
	HV_SNP_STATUS_NONE = 0,
	HV_SNP_STATUS_AVAILABLE = 1,
	HV_SNP_STATUS_INCOMPATIBLE = 2,
	HV_SNP_STATUS_PSP_UNAVAILABLE = 3,
	HV_SNP_STATUS_PSP_INIT_FAILED = 4,
	HV_SNP_STATUS_PSP_BAD_FW_VERSION = 5,
	HV_SNP_STATUS_BAD_CONFIGURATION = 6,
	HV_SNP_STATUS_PSP_FW_UPDATE_IN_PROGRESS = 7,
	HV_SNP_STATUS_PSP_RB_INIT_FAILED = 8,
	HV_SNP_STATUS_PSP_PLATFORM_STATUS_FAILED = 9,
	HV_SNP_STATUS_PSP_INIT_LATE_FAILED = 10,
};

#define HV_PFN_RANGE_PGBITS 24

/* A run of pages: add_pfns pages follow the first. */
union hv_pfn_range {
	uint64_t as_uint64;
	struct {
		uint64_t base_pfn : 40;
		uint64_t add_pfns : 24;
	} HV_PACKED;
};

struct hv_input_get_system_property {
	uint32_t property_id; /* enum hv_system_property */
	uint32_t reserved;
	union {
		uint64_t as_uint64;
		uint32_t hv_processor_feature; /* enum hv_dynamic_processor_feature_property */
	};
} HV_PACKED;

struct hv_output_get_system_property {
	union {
		uint32_t scheduler_type; /* enum hv_scheduler_type */
		uint64_t hv_processor_feature_value;
		union hv_pfn_range hv_cda_info; /* crash dump area */
		uint64_t hv_tramp_pa; /* crash dump trampoline */
	};
} HV_PACKED;

HV_ASSERT_SIZE(union hv_pfn_range, 8);
HV_ASSERT_SIZE(struct hv_input_get_system_property, 16);
HV_ASSERT_OFFSET(struct hv_input_get_system_property, as_uint64, 8);
HV_ASSERT_SIZE(struct hv_output_get_system_property, 8);

/* Root first gives the ACPI sleep type values for a state, then asks to enter it. */
enum hv_sleep_state {
	HV_SLEEP_STATE_S1 = 1,
	HV_SLEEP_STATE_S2 = 2,
	HV_SLEEP_STATE_S3 = 3,
	HV_SLEEP_STATE_S4 = 4,
	HV_SLEEP_STATE_S5 = 5,
	HV_SLEEP_STATE_LOCK = 6, /* no further registration is accepted */
};

struct hv_sleep_state_info {
	uint32_t sleep_state; /* enum hv_sleep_state */
	uint8_t pm1a_slp_typ;
	uint8_t pm1b_slp_typ;
} HV_PACKED;

struct hv_input_set_system_property {
	uint32_t property_id; /* enum hv_system_property */
	uint32_t reserved;
	union {
		struct hv_sleep_state_info set_sleep_state_info;
		uint64_t reserved0[8];
	};
} HV_PACKED;

struct hv_input_enter_sleep_state {
	uint32_t sleep_state; /* enum hv_sleep_state */
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_sleep_state_info, 6);
HV_ASSERT_OFFSET(struct hv_sleep_state_info, pm1a_slp_typ, 4);
HV_ASSERT_OFFSET(struct hv_sleep_state_info, pm1b_slp_typ, 5);
HV_ASSERT_SIZE(struct hv_input_set_system_property, 72);
HV_ASSERT_OFFSET(struct hv_input_set_system_property, set_sleep_state_info, 8);
HV_ASSERT_SIZE(struct hv_input_enter_sleep_state, 4);

/* HVCALL_NOTIFY_PARTITION_EVENT */
enum hv_partition_event {
	HV_PARTITION_EVENT_ROOT_CRASHDUMP = 2,
	HV_PARTITION_ALL_LOGICAL_PROCESSORS_STARTED = 4,
};

enum hv_crashdump_action {
	HV_CRASHDUMP_NONE = 0,
	HV_CRASHDUMP_SUSPEND_ALL_VPS = 1,
	HV_CRASHDUMP_PREPARE_FOR_STATE_SAVE = 2,
	HV_CRASHDUMP_STATE_SAVED = 3,
	HV_CRASHDUMP_ENTRY = 4,
};

struct hv_partition_event_root_crashdump_input {
	uint32_t crashdump_action; /* enum hv_crashdump_action */
} HV_PACKED;

union hv_partition_event_input {
	struct hv_partition_event_root_crashdump_input crashdump_input;
};

struct hv_input_notify_partition_event {
	uint32_t event; /* enum hv_partition_event */
	union hv_partition_event_input input;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_partition_event_root_crashdump_input, 4);
HV_ASSERT_SIZE(union hv_partition_event_input, 4);
HV_ASSERT_SIZE(struct hv_input_notify_partition_event, 8);
HV_ASSERT_OFFSET(struct hv_input_notify_partition_event, input, 4);

/* HVCALL_DISABLE_HYP_EX: leave the machine to the caller, at rip. */
struct hv_input_disable_hyp_ex {
	uint64_t rip;
	uint64_t arg;
} HV_PACKED;

struct hv_crashdump_area {
	uint32_t version;
	union {
		uint32_t flags_as_uint32;
		struct {
			uint32_t cda_valid : 1;
			uint32_t cda_unused : 31;
		} HV_PACKED;
	};
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_disable_hyp_ex, 16);
HV_ASSERT_OFFSET(struct hv_input_disable_hyp_ex, arg, 8);
HV_ASSERT_SIZE(struct hv_crashdump_area, 8);
HV_ASSERT_OFFSET(struct hv_crashdump_area, flags_as_uint32, 4);

#endif
