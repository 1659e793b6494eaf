/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Partitions: creation, life cycle, properties (TLFS chapter 5 "Partition management"). */
#ifndef HVABI_PARTITION_H
#define HVABI_PARTITION_H

#include "layout.h"
#include "types.h"

/* Flags of HVCALL_CREATE_PARTITION (Linux include/hyperv/hvhdk.h). */
#define HV_PARTITION_CREATION_FLAG_SMT_ENABLED_GUEST		  HV_BIT32(0)
#define HV_PARTITION_CREATION_FLAG_NESTED_VIRTUALIZATION_CAPABLE  HV_BIT32(1)
#define HV_PARTITION_CREATION_FLAG_GPA_SUPER_PAGES_ENABLED	  HV_BIT32(4)
#define HV_PARTITION_CREATION_FLAG_EXO_PARTITION		  HV_BIT32(8)
#define HV_PARTITION_CREATION_FLAG_LAPIC_ENABLED		  HV_BIT32(13)
#define HV_PARTITION_CREATION_FLAG_INTERCEPT_MESSAGE_PAGE_ENABLED HV_BIT32(19)
#define HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE		  HV_BIT32(22)

#define HV_MAKE_COMPATIBILITY_VERSION(major, minor) ((uint32_t)((major) << 8 | (minor)))
#define HV_COMPATIBILITY_21_H2			    HV_MAKE_COMPATIBILITY_VERSION(0x6, 0x9)

/*
 * Processor features. In the creation properties a set bit takes the feature away, in the
 * partition properties HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0 and 1 it means present.
 */
#define HV_PARTITION_PROCESSOR_FEATURES_BANKS 2

union hv_partition_processor_features {
	uint64_t as_uint64[HV_PARTITION_PROCESSOR_FEATURES_BANKS];
	struct {
		/* Bank 0 */
		uint64_t sse3_support : 1;
		uint64_t lahf_sahf_support : 1;
		uint64_t ssse3_support : 1;
		uint64_t sse4_1_support : 1;
		uint64_t sse4_2_support : 1;
		uint64_t sse4a_support : 1;
		uint64_t xop_support : 1;
		uint64_t pop_cnt_support : 1;
		uint64_t cmpxchg16b_support : 1;
		uint64_t altmovcr8_support : 1;
		uint64_t lzcnt_support : 1;
		uint64_t mis_align_sse_support : 1;
		uint64_t mmx_ext_support : 1;
		uint64_t amd3dnow_support : 1;
		uint64_t extended_amd3dnow_support : 1;
		uint64_t page_1gb_support : 1;
		uint64_t aes_support : 1;
		uint64_t pclmulqdq_support : 1;
		uint64_t pcid_support : 1;
		uint64_t fma4_support : 1;
		uint64_t f16c_support : 1;
		uint64_t rd_rand_support : 1;
		uint64_t rd_wr_fs_gs_support : 1;
		uint64_t smep_support : 1;
		uint64_t enhanced_fast_string_support : 1;
		uint64_t bmi1_support : 1;
		uint64_t bmi2_support : 1;
		uint64_t hle_support_deprecated : 1;
		uint64_t rtm_support_deprecated : 1;
		uint64_t movbe_support : 1;
		uint64_t npiep1_support : 1;
		uint64_t dep_x87_fpu_save_support : 1;
		uint64_t rd_seed_support : 1;
		uint64_t adx_support : 1;
		uint64_t intel_prefetch_support : 1;
		uint64_t smap_support : 1;
		uint64_t hle_support : 1;
		uint64_t rtm_support : 1;
		uint64_t rdtscp_support : 1;
		uint64_t clflushopt_support : 1;
		uint64_t clwb_support : 1;
		uint64_t sha_support : 1;
		uint64_t x87_pointers_saved_support : 1;
		uint64_t invpcid_support : 1;
		uint64_t ibrs_support : 1;
		uint64_t stibp_support : 1;
		uint64_t ibpb_support : 1;
		uint64_t unrestricted_guest_support : 1;
		uint64_t mdd_support : 1;
		uint64_t fast_short_rep_mov_support : 1;
		uint64_t l1dcache_flush_support : 1;
		uint64_t rdcl_no_support : 1;
		uint64_t ibrs_all_support : 1;
		uint64_t skip_l1df_support : 1;
		uint64_t ssb_no_support : 1;
		uint64_t rsb_a_no_support : 1;
		uint64_t virt_spec_ctrl_support : 1;
		uint64_t rd_pid_support : 1;
		uint64_t umip_support : 1;
		uint64_t mbs_no_support : 1;
		uint64_t mb_clear_support : 1;
		uint64_t taa_no_support : 1;
		uint64_t tsx_ctrl_support : 1;
		uint64_t reserved_bank0 : 1;

		/* Bank 1 */
		uint64_t acount_mcount_support : 1;
		uint64_t tsc_invariant_support : 1;
		uint64_t cl_zero_support : 1;
		uint64_t rdpru_support : 1;
		uint64_t la57_support : 1;
		uint64_t mbec_support : 1;
		uint64_t nested_virt_support : 1;
		uint64_t psfd_support : 1;
		uint64_t cet_ss_support : 1;
		uint64_t cet_ibt_support : 1;
		uint64_t vmx_exception_inject_support : 1;
		uint64_t enqcmd_support : 1;
		uint64_t umwait_tpause_support : 1;
		uint64_t movdiri_support : 1;
		uint64_t movdir64b_support : 1;
		uint64_t cldemote_support : 1;
		uint64_t serialize_support : 1;
		uint64_t tsc_deadline_tmr_support : 1;
		uint64_t tsc_adjust_support : 1;
		uint64_t fzlrep_movsb : 1;
		uint64_t fsrep_stosb : 1;
		uint64_t fsrep_cmpsb : 1;

		/* Not in Linux 7.3 */
		uint64_t tsx_ld_trk_support : 1;
		uint64_t vmx_ins_outs_exit_info_support : 1;
		uint64_t hlat_support : 1;
		uint64_t sbdr_ssdp_no_support : 1;
		uint64_t fbsdp_no_support : 1;
		uint64_t psdp_no_support : 1;
		uint64_t fb_clear_support : 1;
		uint64_t btc_no_support : 1;
		uint64_t ibpb_rsb_flush_support : 1;
		uint64_t stibp_always_on_support : 1;
		uint64_t perf_global_ctrl_support : 1;
		uint64_t npt_execute_only_support : 1;
		uint64_t npt_ad_flags_support : 1;
		uint64_t npt1_gb_page_support : 1;
		uint64_t amd_processor_topology_node_id_support : 1;
		uint64_t local_machine_check_support : 1;
		uint64_t extended_topology_leaf_fp256_amd_support : 1;
		uint64_t gds_no_support : 1;
		uint64_t cmpccxadd_support : 1;
		uint64_t tsc_aux_virtualization_support : 1;
		uint64_t rmp_query_support : 1;
		uint64_t bhi_no_support : 1;
		uint64_t bhi_dis_support : 1;
		uint64_t prefetch_i_support : 1;
		uint64_t sha512_support : 1;
		uint64_t mitigation_ctrl_support : 1;
		uint64_t rfds_no_support : 1;
		uint64_t rfds_clear_support : 1;
		uint64_t sm3_support : 1;
		uint64_t sm4_support : 1;
		uint64_t secure_avic_support : 1;
		uint64_t guest_intercept_ctrl_support : 1;
		uint64_t sbpb_supported : 1;
		uint64_t ibpb_br_type_supported : 1;
		uint64_t srso_no_supported : 1;
		uint64_t srso_user_kernel_no_supported : 1;
		uint64_t vrew_clear_supported : 1;
		uint64_t tsa_l1_no_supported : 1;
		uint64_t tsa_sq_no_supported : 1;
		uint64_t reserved_bank1_61 : 1;
		uint64_t reserved_bank1_62 : 1;
		uint64_t tsa_fill_no_supported : 1;
	} HV_PACKED;
};

HV_ASSERT_SIZE(union hv_partition_processor_features, 16);

union hv_partition_processor_xsave_features {
	struct {
		uint64_t xsave_support : 1;
		uint64_t xsaveopt_support : 1;
		uint64_t avx_support : 1;

		/* Not in Linux 7.3 */
		uint64_t avx2_support : 1;
		uint64_t fma_support : 1;
		uint64_t mpx_support : 1;
		uint64_t avx512_support : 1;
		uint64_t avx512_dq_support : 1;
		uint64_t avx512_cd_support : 1;
		uint64_t avx512_bw_support : 1;
		uint64_t avx512_vl_support : 1;
		uint64_t xsave_comp_support : 1;
		uint64_t xsave_supervisor_support : 1;
		uint64_t xcr1_support : 1;
		uint64_t avx512_bitalg_support : 1;
		uint64_t avx512_i_fma_support : 1;
		uint64_t avx512_v_bmi_support : 1;
		uint64_t avx512_v_bmi2_support : 1;
		uint64_t avx512_vnni_support : 1;
		uint64_t gfni_support : 1;
		uint64_t vaes_support : 1;
		uint64_t avx512_v_popcntdq_support : 1;
		uint64_t vpclmulqdq_support : 1;
		uint64_t avx512_bf16_support : 1;
		uint64_t avx512_vp2_intersect_support : 1;
		uint64_t avx512_fp16_support : 1;
		uint64_t xfd_support : 1;
		uint64_t amx_tile_support : 1;
		uint64_t amx_bf16_support : 1;
		uint64_t amx_int8_support : 1;
		uint64_t avx_vnni_support : 1;
		uint64_t avx_ifma_support : 1;
		uint64_t avx_ne_convert_support : 1;
		uint64_t avx_vnni_int8_support : 1;
		uint64_t avx_vnni_int16_support : 1;
		uint64_t avx10_1_256_support : 1;
		uint64_t avx10_1_512_support : 1;
		uint64_t amx_fp16_support : 1;
		uint64_t apx_support : 1;
		uint64_t apx_nci_ndd_nf_support : 1;
		uint64_t reserved1 : 24;
	} HV_PACKED;
	uint64_t as_uint64;
};

struct hv_partition_creation_properties {
	union hv_partition_processor_features disabled_processor_features;
	union hv_partition_processor_xsave_features disabled_processor_xsave_features;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_partition_processor_xsave_features, 8);
HV_ASSERT_SIZE(struct hv_partition_creation_properties, 24);
HV_ASSERT_OFFSET(struct hv_partition_creation_properties, disabled_processor_xsave_features, 16);

union hv_partition_isolation_properties {
	uint64_t as_uint64;
	struct {
		uint64_t isolation_type : 5;
		uint64_t isolation_host_type : 2;
		uint64_t rsvd_z : 5;
		uint64_t shared_gpa_boundary_page_number : 52;
	} HV_PACKED;
};

#define HV_PARTITION_ISOLATION_TYPE_NONE	  0
#define HV_PARTITION_ISOLATION_TYPE_SNP		  2
#define HV_PARTITION_ISOLATION_TYPE_TDX		  3
#define HV_PARTITION_ISOLATION_HOST_TYPE_NONE	  0x0
#define HV_PARTITION_ISOLATION_HOST_TYPE_HARDWARE 0x1
#define HV_PARTITION_ISOLATION_HOST_TYPE_RESERVED 0x2

struct hv_input_create_partition {
	uint64_t flags;
	struct hv_proximity_domain_info proximity_domain_info;
	uint32_t compatibility_version;
	uint32_t padding;
	struct hv_partition_creation_properties partition_creation_properties;
	union hv_partition_isolation_properties isolation_properties;
} HV_PACKED;

struct hv_output_create_partition {
	uint64_t partition_id;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_partition_isolation_properties, 8);
HV_ASSERT_SIZE(struct hv_input_create_partition, 56);
HV_ASSERT_OFFSET(struct hv_input_create_partition, proximity_domain_info, 8);
HV_ASSERT_OFFSET(struct hv_input_create_partition, compatibility_version, 16);
HV_ASSERT_OFFSET(struct hv_input_create_partition, partition_creation_properties, 24);
HV_ASSERT_OFFSET(struct hv_input_create_partition, isolation_properties, 48);
HV_ASSERT_SIZE(struct hv_output_create_partition, 8);

/* Life cycle: created, initialized, finalized, deleted. Each call takes the id alone. */
struct hv_input_initialize_partition {
	uint64_t partition_id;
} HV_PACKED;

struct hv_input_finalize_partition {
	uint64_t partition_id;
} HV_PACKED;

struct hv_input_delete_partition {
	uint64_t partition_id;
} HV_PACKED;

struct hv_output_get_partition_id {
	uint64_t partition_id;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_initialize_partition, 8);
HV_ASSERT_SIZE(struct hv_input_finalize_partition, 8);
HV_ASSERT_SIZE(struct hv_input_delete_partition, 8);
HV_ASSERT_SIZE(struct hv_output_get_partition_id, 8);

/* The 0x9xxxx properties are larger than 64 bits and need HVCALL_GET_PARTITION_PROPERTY_EX. */
enum hv_partition_property_code {
	/* Privileges */
	HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS = 0x00010000,
	HV_PARTITION_PROPERTY_SYNTHETIC_PROC_FEATURES = 0x00010001,

	/* Scheduling */
	HV_PARTITION_PROPERTY_SUSPEND = 0x00020000,
	HV_PARTITION_PROPERTY_CPU_RESERVE = 0x00020001,
	HV_PARTITION_PROPERTY_CPU_CAP = 0x00020002,
	HV_PARTITION_PROPERTY_CPU_WEIGHT = 0x00020003,
	HV_PARTITION_PROPERTY_CPU_GROUP_ID = 0x00020004,
	HV_PARTITION_PROPERTY_INTEGRATED_SCHEDULER_ENABLED = 0x00020005,

	/* Time */
	HV_PARTITION_PROPERTY_TIME_FREEZE = 0x00030003,
	HV_PARTITION_PROPERTY_REFERENCE_TIME = 0x00030005,

	/* Resources */
	HV_PARTITION_PROPERTY_PROCESSORS_PER_SOCKET = 0x00050003,
	HV_PARTITION_PROPERTY_GPA_PAGE_ACCESS_TRACKING = 0x00050005,
	HV_PARTITION_PROPERTY_ISOLATION_STATE = 0x0005000c,
	HV_PARTITION_PROPERTY_ISOLATION_CONTROL = 0x0005000d,
	HV_PARTITION_PROPERTY_IMPLEMENTED_PHYSICAL_ADDRESS_BITS = 0x00050010,
	HV_PARTITION_PROPERTY_NON_ARCHITECTURAL_CORE_SHARING = 0x00050011,
	HV_PARTITION_PROPERTY_HYPERCALL_DOORBELL_PAGE = 0x00050012,
	HV_PARTITION_PROPERTY_ISOLATION_POLICY = 0x00050014,
	HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION = 0x00050017,
	HV_PARTITION_PROPERTY_SEV_VMGEXIT_OFFLOADS = 0x00050022,

	/* Compatibility */
	HV_PARTITION_PROPERTY_PROCESSOR_VENDOR = 0x00060000,
	HV_PARTITION_PROPERTY_PROCESSOR_XSAVE_FEATURES = 0x00060002,
	HV_PARTITION_PROPERTY_PROCESSOR_CL_FLUSH_SIZE = 0x00060003,
	HV_PARTITION_PROPERTY_ENLIGHTENMENT_MODIFICATIONS = 0x00060004,
	HV_PARTITION_PROPERTY_COMPATIBILITY_VERSION = 0x00060005,
	HV_PARTITION_PROPERTY_PHYSICAL_ADDRESS_WIDTH = 0x00060006,
	HV_PARTITION_PROPERTY_XSAVE_STATES = 0x00060007,
	HV_PARTITION_PROPERTY_MAX_XSAVE_DATA_SIZE = 0x00060008,
	HV_PARTITION_PROPERTY_PROCESSOR_CLOCK_FREQUENCY = 0x00060009,
	HV_PARTITION_PROPERTY_PROCESSOR_FEATURES0 = 0x0006000a,
	HV_PARTITION_PROPERTY_PROCESSOR_FEATURES1 = 0x0006000b,

	/* What the guest said it is */
	HV_PARTITION_PROPERTY_GUEST_OS_ID = 0x00070000,

	/* Larger than 64 bits */
	HV_PARTITION_PROPERTY_VMM_CAPABILITIES = 0x00090007,
	HV_PARTITION_PROPERTY_ASSIGNABLE_SYNTHETIC_PROC_FEATURES = 0x00090009,
};

/* HV_PARTITION_PROPERTY_UNIMPLEMENTED_MSR_ACTION: what an MSR nobody knows does to a guest. */
enum hv_unimplemented_msr_action {
	HV_UNIMPLEMENTED_MSR_ACTION_FAULT = 0,
	HV_UNIMPLEMENTED_MSR_ACTION_IGNORE_WRITE_READ_ZERO = 1,
};

#define HV_PARTITION_SYNTHETIC_PROCESSOR_FEATURES_BANKS 1

union hv_partition_synthetic_processor_features {
	uint64_t as_uint64[HV_PARTITION_SYNTHETIC_PROCESSOR_FEATURES_BANKS];
	struct {
		uint64_t hypervisor_present : 1;
		uint64_t hv1 : 1;
		uint64_t access_vp_run_time_reg : 1;
		uint64_t access_partition_reference_counter : 1;
		uint64_t access_synic_regs : 1;
		uint64_t access_synthetic_timer_regs : 1;
		uint64_t access_intr_ctrl_regs : 1;
		uint64_t access_hypercall_regs : 1;
		uint64_t access_vp_index : 1;
		uint64_t access_partition_reference_tsc : 1;
		uint64_t access_guest_idle_reg : 1;
		uint64_t access_frequency_regs : 1;
		uint64_t reserved_z12 : 1;
		uint64_t reserved_z13 : 1;
		uint64_t reserved_z14 : 1;
		uint64_t enable_extended_gva_ranges_for_flush_virtual_address_list : 1;
		uint64_t reserved_z16 : 1;
		uint64_t reserved_z17 : 1;
		uint64_t fast_hypercall_output : 1;
		uint64_t reserved_z19 : 1;
		uint64_t start_virtual_processor : 1;
		uint64_t reserved_z21 : 1;
		uint64_t direct_synthetic_timers : 1;
		uint64_t reserved_z23 : 1;
		uint64_t extended_processor_masks : 1;
		uint64_t tb_flush_hypercalls : 1;
		uint64_t synthetic_cluster_ipi : 1;
		uint64_t notify_long_spin_wait : 1;
		uint64_t query_numa_distance : 1;
		uint64_t signal_events : 1;
		uint64_t retarget_device_interrupt : 1;
		uint64_t restore_time : 1;
		uint64_t enlightened_vmcs : 1;

		/* Not in Linux 7.3 */
		uint64_t nested_debug_ctl : 1;
		uint64_t synthetic_time_unhalted_timer : 1;
		uint64_t idle_spec_ctrl : 1;
		uint64_t reserved_z36 : 1;
		uint64_t wake_vps : 1;
		uint64_t access_vp_regs : 1;
		uint64_t reserved_z39 : 1;
		uint64_t management_vtl_synic_support : 1;
		uint64_t proxy_interrupt_doorbell_support : 1;
		uint64_t reserved_z42 : 1;
		uint64_t mmio_hypercalls : 1;
		uint64_t reserved : 20;
	} HV_PACKED;
};

HV_ASSERT_SIZE(union hv_partition_synthetic_processor_features, 8);

struct hv_input_get_partition_property {
	uint64_t partition_id;
	uint32_t property_code; /* enum hv_partition_property_code */
	uint32_t padding;
} HV_PACKED;

struct hv_output_get_partition_property {
	uint64_t property_value;
} HV_PACKED;

struct hv_input_set_partition_property {
	uint64_t partition_id;
	uint32_t property_code; /* enum hv_partition_property_code */
	uint32_t padding;
	uint64_t property_value;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_get_partition_property, 16);
HV_ASSERT_OFFSET(struct hv_input_get_partition_property, property_code, 8);
HV_ASSERT_SIZE(struct hv_output_get_partition_property, 8);
HV_ASSERT_SIZE(struct hv_input_set_partition_property, 24);
HV_ASSERT_OFFSET(struct hv_input_set_partition_property, property_code, 8);
HV_ASSERT_OFFSET(struct hv_input_set_partition_property, property_value, 16);

union hv_partition_property_arg {
	uint64_t as_uint64;
	struct {
		union {
			uint32_t arg;
			uint32_t vp_index;
		};
		uint16_t reserved0;
		uint8_t reserved1;
		uint8_t object_type;
	} HV_PACKED;
};

struct hv_input_get_partition_property_ex {
	uint64_t partition_id;
	uint32_t property_code; /* enum hv_partition_property_code */
	uint32_t padding;
	union {
		union hv_partition_property_arg arg_data;
		uint64_t arg;
	};
} HV_PACKED;

HV_ASSERT_SIZE(union hv_partition_property_arg, 8);
HV_ASSERT_OFFSET(union hv_partition_property_arg, object_type, 7);
HV_ASSERT_SIZE(struct hv_input_get_partition_property_ex, 24);
HV_ASSERT_OFFSET(struct hv_input_get_partition_property_ex, property_code, 8);
HV_ASSERT_OFFSET(struct hv_input_get_partition_property_ex, arg, 16);

/* HV_PARTITION_PROPERTY_VMM_CAPABILITIES */
#define HV_PARTITION_VMM_CAPABILITIES_BANK_COUNT	      1
#define HV_PARTITION_VMM_CAPABILITIES_RESERVED_BITFIELD_COUNT 57

struct hv_partition_property_vmm_capabilities {
	uint16_t bank_count;
	uint16_t reserved[3];
	union {
		uint64_t as_uint64[HV_PARTITION_VMM_CAPABILITIES_BANK_COUNT];
		struct {
			uint64_t map_gpa_preserve_adjustable : 1;
			uint64_t vmm_can_provide_overlay_gpfn : 1;
			uint64_t vp_affinity_property : 1;
			uint64_t reservedbit3 : 1;
			uint64_t assignable_synthetic_proc_features : 1;
			uint64_t reservedbit5 : 1;
			uint64_t vmm_enable_integrated_scheduler : 1;
			uint64_t reserved0 : HV_PARTITION_VMM_CAPABILITIES_RESERVED_BITFIELD_COUNT;
		} HV_PACKED;
	};
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_partition_property_vmm_capabilities, 16);
HV_ASSERT_OFFSET(struct hv_partition_property_vmm_capabilities, as_uint64, 8);

/* Property 0x90009: as the capabilities, a count of banks and then the banks. */
struct hv_partition_property_synthetic_processor_features {
	uint16_t bank_count;
	uint16_t reserved[3];
	union hv_partition_synthetic_processor_features features;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_partition_property_synthetic_processor_features, 16);
HV_ASSERT_OFFSET(struct hv_partition_property_synthetic_processor_features, features, 8);

#define HV_PARTITION_PROPERTY_EX_MAX_VAR_SIZE 4072

union hv_partition_property_ex {
	uint8_t buffer[HV_PARTITION_PROPERTY_EX_MAX_VAR_SIZE];
	struct hv_partition_property_vmm_capabilities vmm_capabilities;
	struct hv_partition_property_synthetic_processor_features
		assignable_synthetic_proc_features;
};

struct hv_output_get_partition_property_ex {
	union hv_partition_property_ex property_value;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_partition_property_ex, 4072);
HV_ASSERT_SIZE(struct hv_output_get_partition_property_ex, 4072);

#endif
