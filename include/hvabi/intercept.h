/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Intercepts of x86-64: how they are installed, what their messages say, and the results that
 * can be registered instead (TLFS chapter 9 "Intercepts").
 */
#ifndef HVABI_INTERCEPT_H
#define HVABI_INTERCEPT_H

#include "layout.h"
#include "register.h"
#include "types.h"

enum hv_intercept_type {
	HV_INTERCEPT_TYPE_X64_IO_PORT = 0x00000000,
	HV_INTERCEPT_TYPE_X64_MSR = 0x00000001,
	HV_INTERCEPT_TYPE_X64_CPUID = 0x00000002,
	HV_INTERCEPT_TYPE_EXCEPTION = 0x00000003,
	HV_INTERCEPT_TYPE_RESERVED0 = 0x00000004,
	HV_INTERCEPT_TYPE_MMIO = 0x00000005,
	HV_INTERCEPT_TYPE_X64_GLOBAL_CPUID = 0x00000006,
	HV_INTERCEPT_TYPE_X64_APIC_SMI = 0x00000007,
	HV_INTERCEPT_TYPE_HYPERCALL = 0x00000008,
	HV_INTERCEPT_TYPE_X64_APIC_INIT_SIPI = 0x00000009,
	HV_INTERCEPT_MC_UPDATE_PATCH_LEVEL_MSR_READ = 0x0000000A,
	HV_INTERCEPT_TYPE_X64_APIC_WRITE = 0x0000000B,
	HV_INTERCEPT_TYPE_X64_MSR_INDEX = 0x0000000C,

	/* Not in Linux 7.3. The SynIC and retarget ones arrive as hypercall intercepts. */
	HV_INTERCEPT_TYPE_UNKNOWN_SYNIC_CONNECTION = 0x0000000D,
	HV_INTERCEPT_TYPE_X64_APIC_EOI = 0x0000000E,
	HV_INTERCEPT_TYPE_RETARGET_INTERRUPT_WITH_UNKNOWN_DEVICE_ID = 0x0000000F,
	HV_INTERCEPT_TYPE_X64_EXCEPTION_TRAP = 0x00000010,
	HV_INTERCEPT_TYPE_X64_IO_PORT_RANGE = 0x00000011,
	HV_INTERCEPT_TYPE_INVALID = 0xFFFFFFFF,
};

/* How the guest touched the thing, in a message. */
enum hv_intercept_access_type {
	HV_INTERCEPT_ACCESS_READ = 0,
	HV_INTERCEPT_ACCESS_WRITE = 1,
	HV_INTERCEPT_ACCESS_EXECUTE = 2,
};

/* Which accesses to intercept, when installing. */
#define HV_INTERCEPT_ACCESS_MASK_NONE	 0x0
#define HV_INTERCEPT_ACCESS_MASK_READ	 0x1
#define HV_INTERCEPT_ACCESS_MASK_WRITE	 0x2
#define HV_INTERCEPT_ACCESS_MASK_EXECUTE 0x4

union hv_intercept_parameters {
	uint64_t as_uint64;
	uint16_t io_port;
	uint32_t cpuid_index;
	uint32_t apic_write_mask;
	uint16_t exception_vector;
	uint32_t msr_index;
	struct {
		uint16_t base;
		uint16_t end; /* inclusive */
	} io_port_range;
};

struct hv_input_install_intercept {
	uint64_t partition_id;
	uint32_t access_type; /* HV_INTERCEPT_ACCESS_MASK_* */
	uint32_t intercept_type; /* enum hv_intercept_type */
	union hv_intercept_parameters intercept_parameter;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_intercept_parameters, 8);
HV_ASSERT_SIZE(struct hv_input_install_intercept, 24);
HV_ASSERT_OFFSET(struct hv_input_install_intercept, access_type, 8);
HV_ASSERT_OFFSET(struct hv_input_install_intercept, intercept_type, 12);
HV_ASSERT_OFFSET(struct hv_input_install_intercept, intercept_parameter, 16);

/* What nearly all intercept messages begin with. */
union hv_x64_vp_execution_state {
	uint16_t as_uint16;
	struct {
		uint16_t cpl : 2;
		uint16_t cr0_pe : 1;
		uint16_t cr0_am : 1;
		uint16_t efer_lma : 1;
		uint16_t debug_active : 1;
		uint16_t interruption_pending : 1;
		uint16_t vtl : 4;
		uint16_t enclave_mode : 1;
		uint16_t interrupt_shadow : 1;
		uint16_t virtualization_fault_active : 1;
		uint16_t reserved : 2;
	} HV_PACKED;
};

struct hv_x64_intercept_message_header {
	uint32_t vp_index;
	uint8_t instruction_length : 4;
	uint8_t cr8 : 4; /* of exo partitions only */
	uint8_t intercept_access_type; /* enum hv_intercept_access_type */
	union hv_x64_vp_execution_state execution_state;
	struct hv_x64_segment_register cs_segment;
	uint64_t rip;
	uint64_t rflags;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_x64_vp_execution_state, 2);
HV_ASSERT_SIZE(struct hv_x64_intercept_message_header, 40);
HV_ASSERT_OFFSET(struct hv_x64_intercept_message_header, intercept_access_type, 5);
HV_ASSERT_OFFSET(struct hv_x64_intercept_message_header, execution_state, 6);
HV_ASSERT_OFFSET(struct hv_x64_intercept_message_header, cs_segment, 8);
HV_ASSERT_OFFSET(struct hv_x64_intercept_message_header, rip, 24);
HV_ASSERT_OFFSET(struct hv_x64_intercept_message_header, rflags, 32);

/* HVMSG_UNMAPPED_GPA, HVMSG_GPA_INTERCEPT. The linear address counts only if gva_valid. */
enum hv_cache_type {
	HV_CACHE_TYPE_UNCACHED = 0,
	HV_CACHE_TYPE_WRITE_COMBINING = 1,
	HV_CACHE_TYPE_WRITE_THROUGH = 4,
	HV_CACHE_TYPE_WRITE_PROTECTED = 5,
	HV_CACHE_TYPE_WRITE_BACK = 6,
};

union hv_x64_memory_access_info {
	uint8_t as_uint8;
	struct {
		uint8_t gva_valid : 1;
		uint8_t gva_gpa_valid : 1;
		uint8_t hypercall_output_pending : 1;
		uint8_t tlb_locked_no_overlay : 1;
		uint8_t reserved : 4;
	} HV_PACKED;
};

struct hv_x64_memory_intercept_message {
	struct hv_x64_intercept_message_header header;
	uint32_t cache_type; /* enum hv_cache_type */
	uint8_t instruction_byte_count;
	union hv_x64_memory_access_info memory_access_info;
	uint8_t tpr_priority;
	uint8_t reserved1;
	uint64_t guest_virtual_address;
	uint64_t guest_physical_address;
	uint8_t instruction_bytes[16];
} HV_PACKED;

HV_ASSERT_SIZE(union hv_x64_memory_access_info, 1);
HV_ASSERT_SIZE(struct hv_x64_memory_intercept_message, 80);
HV_ASSERT_OFFSET(struct hv_x64_memory_intercept_message, cache_type, 40);
HV_ASSERT_OFFSET(struct hv_x64_memory_intercept_message, instruction_byte_count, 44);
HV_ASSERT_OFFSET(struct hv_x64_memory_intercept_message, memory_access_info, 45);
HV_ASSERT_OFFSET(struct hv_x64_memory_intercept_message, tpr_priority, 46);
HV_ASSERT_OFFSET(struct hv_x64_memory_intercept_message, guest_virtual_address, 48);
HV_ASSERT_OFFSET(struct hv_x64_memory_intercept_message, guest_physical_address, 56);
HV_ASSERT_OFFSET(struct hv_x64_memory_intercept_message, instruction_bytes, 64);

/* HVMSG_X64_IO_PORT_INTERCEPT. access_size is 1, 2 or 4. */
union hv_x64_io_port_access_info {
	uint8_t as_uint8;
	struct {
		uint8_t access_size : 3;
		uint8_t string_op : 1;
		uint8_t rep_prefix : 1;
		uint8_t reserved : 3;
	} HV_PACKED;
};

struct hv_x64_io_port_intercept_message {
	struct hv_x64_intercept_message_header header;
	uint16_t port_number;
	union hv_x64_io_port_access_info access_info;
	uint8_t instruction_byte_count;
	uint32_t reserved;
	uint64_t rax;
	uint8_t instruction_bytes[16];
	struct hv_x64_segment_register ds_segment;
	struct hv_x64_segment_register es_segment;
	uint64_t rcx;
	uint64_t rsi;
	uint64_t rdi;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_x64_io_port_access_info, 1);
HV_ASSERT_SIZE(struct hv_x64_io_port_intercept_message, 128);
HV_ASSERT_OFFSET(struct hv_x64_io_port_intercept_message, port_number, 40);
HV_ASSERT_OFFSET(struct hv_x64_io_port_intercept_message, access_info, 42);
HV_ASSERT_OFFSET(struct hv_x64_io_port_intercept_message, instruction_byte_count, 43);
HV_ASSERT_OFFSET(struct hv_x64_io_port_intercept_message, rax, 48);
HV_ASSERT_OFFSET(struct hv_x64_io_port_intercept_message, instruction_bytes, 56);
HV_ASSERT_OFFSET(struct hv_x64_io_port_intercept_message, ds_segment, 72);
HV_ASSERT_OFFSET(struct hv_x64_io_port_intercept_message, es_segment, 88);
HV_ASSERT_OFFSET(struct hv_x64_io_port_intercept_message, rcx, 104);
HV_ASSERT_OFFSET(struct hv_x64_io_port_intercept_message, rsi, 112);
HV_ASSERT_OFFSET(struct hv_x64_io_port_intercept_message, rdi, 120);

/* HVMSG_X64_MSR_INTERCEPT */
struct hv_x64_msr_intercept_message {
	struct hv_x64_intercept_message_header header;
	uint32_t msr_number;
	uint32_t reserved;
	uint64_t rdx;
	uint64_t rax;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_x64_msr_intercept_message, 64);
HV_ASSERT_OFFSET(struct hv_x64_msr_intercept_message, msr_number, 40);
HV_ASSERT_OFFSET(struct hv_x64_msr_intercept_message, rdx, 48);
HV_ASSERT_OFFSET(struct hv_x64_msr_intercept_message, rax, 56);

/* HVMSG_X64_CPUID_INTERCEPT: the leaf asked for, and what the hypervisor would answer. */
struct hv_x64_cpuid_intercept_message {
	struct hv_x64_intercept_message_header header;
	uint64_t rax;
	uint64_t rcx;
	uint64_t rdx;
	uint64_t rbx;
	uint64_t default_result_rax;
	uint64_t default_result_rcx;
	uint64_t default_result_rdx;
	uint64_t default_result_rbx;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_x64_cpuid_intercept_message, 104);
HV_ASSERT_OFFSET(struct hv_x64_cpuid_intercept_message, rax, 40);
HV_ASSERT_OFFSET(struct hv_x64_cpuid_intercept_message, rcx, 48);
HV_ASSERT_OFFSET(struct hv_x64_cpuid_intercept_message, rdx, 56);
HV_ASSERT_OFFSET(struct hv_x64_cpuid_intercept_message, rbx, 64);
HV_ASSERT_OFFSET(struct hv_x64_cpuid_intercept_message, default_result_rax, 72);
HV_ASSERT_OFFSET(struct hv_x64_cpuid_intercept_message, default_result_rcx, 80);
HV_ASSERT_OFFSET(struct hv_x64_cpuid_intercept_message, default_result_rdx, 88);
HV_ASSERT_OFFSET(struct hv_x64_cpuid_intercept_message, default_result_rbx, 96);

/* HVMSG_X64_EXCEPTION_INTERCEPT */
union hv_x64_exception_info {
	uint8_t as_uint8;
	struct {
		uint8_t error_code_valid : 1;
		uint8_t software_exception : 1;
		uint8_t reserved : 6;
	} HV_PACKED;
};

struct hv_x64_exception_intercept_message {
	struct hv_x64_intercept_message_header header;
	uint16_t exception_vector;
	union hv_x64_exception_info exception_info;
	uint8_t instruction_byte_count;
	uint32_t error_code;
	uint64_t exception_parameter;
	uint64_t reserved;
	uint8_t instruction_bytes[16];
	struct hv_x64_segment_register ds_segment;
	struct hv_x64_segment_register ss_segment;
	uint64_t rax;
	uint64_t rcx;
	uint64_t rdx;
	uint64_t rbx;
	uint64_t rsp;
	uint64_t rbp;
	uint64_t rsi;
	uint64_t rdi;
	uint64_t r8;
	uint64_t r9;
	uint64_t r10;
	uint64_t r11;
	uint64_t r12;
	uint64_t r13;
	uint64_t r14;
	uint64_t r15;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_x64_exception_info, 1);
HV_ASSERT_SIZE(struct hv_x64_exception_intercept_message, 240);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, exception_vector, 40);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, exception_info, 42);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, instruction_byte_count, 43);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, error_code, 44);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, exception_parameter, 48);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, instruction_bytes, 64);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, ds_segment, 80);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, ss_segment, 96);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, rax, 112);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, rcx, 120);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, rdx, 128);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, rbx, 136);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, rsp, 144);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, rbp, 152);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, rsi, 160);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, rdi, 168);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, r8, 176);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, r9, 184);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, r10, 192);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, r11, 200);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, r12, 208);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, r13, 216);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, r14, 224);
HV_ASSERT_OFFSET(struct hv_x64_exception_intercept_message, r15, 232);

/* HVMSG_X64_APIC_EOI has no common header. */
struct hv_x64_apic_eoi_message {
	uint32_t vp_index;
	uint32_t interrupt_vector;
} HV_PACKED;

/* HVMSG_X64_HALT */
struct hv_x64_halt_message {
	struct hv_x64_intercept_message_header header;
} HV_PACKED;

/* HVMSG_UNRECOVERABLE_EXCEPTION */
struct hv_x64_unrecoverable_exception_message {
	struct hv_x64_intercept_message_header header;
} HV_PACKED;

/* HVMSG_INVALID_VP_REGISTER_VALUE */
struct hv_x64_invalid_vp_register_message {
	uint32_t vp_index;
	uint32_t reserved;
} HV_PACKED;

/* HVMSG_UNSUPPORTED_FEATURE */
enum hv_unsupported_feature_code {
	HV_UNSUPPORTED_FEATURE_INTERCEPT = 1,
	HV_UNSUPPORTED_FEATURE_TASK_SWITCH_TSS = 2,
};

struct hv_x64_unsupported_feature_message {
	uint32_t vp_index;
	uint32_t feature_code; /* enum hv_unsupported_feature_code */
	uint64_t feature_parameter;
} HV_PACKED;

/* HVMSG_X64_INTERRUPTION_DELIVERABLE, one answer to a deliverability notification. */
struct hv_x64_interruption_deliverable_message {
	struct hv_x64_intercept_message_header header;
	uint32_t deliverable_type; /* enum hv_x64_pending_interruption_type */
	uint32_t rsvd;
} HV_PACKED;

/* HVMSG_SYNIC_SINT_DELIVERABLE, the other one: a bit for each SINT. */
struct hv_x64_sint_deliverable_message {
	struct hv_x64_intercept_message_header header;
	uint16_t deliverable_sints;
	uint16_t rsvd1;
	uint32_t rsvd2;
} HV_PACKED;

/* HVMSG_X64_SIPI_INTERCEPT */
struct hv_x64_sipi_intercept_message {
	struct hv_x64_intercept_message_header header;
	uint32_t target_vp_index;
	uint32_t interrupt_vector;
} HV_PACKED;

/* HVMSG_HYPERCALL_INTERCEPT: rcx is the input word of a 64-bit caller. */
struct hv_x64_hypercall_intercept_message {
	struct hv_x64_intercept_message_header header;
	uint64_t rax;
	uint64_t rbx;
	uint64_t rcx;
	uint64_t rdx;
	uint64_t r8;
	uint64_t rsi;
	uint64_t rdi;
	struct hv_u128 xmmregisters[6];
	uint32_t isolated : 1;
	uint32_t reserved1 : 31;
	uint32_t reserved2[3];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_x64_apic_eoi_message, 8);
HV_ASSERT_OFFSET(struct hv_x64_apic_eoi_message, interrupt_vector, 4);
HV_ASSERT_SIZE(struct hv_x64_halt_message, 40);
HV_ASSERT_SIZE(struct hv_x64_unrecoverable_exception_message, 40);
HV_ASSERT_SIZE(struct hv_x64_invalid_vp_register_message, 8);
HV_ASSERT_SIZE(struct hv_x64_unsupported_feature_message, 16);
HV_ASSERT_OFFSET(struct hv_x64_unsupported_feature_message, feature_code, 4);
HV_ASSERT_OFFSET(struct hv_x64_unsupported_feature_message, feature_parameter, 8);
HV_ASSERT_SIZE(struct hv_x64_interruption_deliverable_message, 48);
HV_ASSERT_OFFSET(struct hv_x64_interruption_deliverable_message, deliverable_type, 40);
HV_ASSERT_SIZE(struct hv_x64_sint_deliverable_message, 48);
HV_ASSERT_OFFSET(struct hv_x64_sint_deliverable_message, deliverable_sints, 40);
HV_ASSERT_SIZE(struct hv_x64_sipi_intercept_message, 48);
HV_ASSERT_OFFSET(struct hv_x64_sipi_intercept_message, target_vp_index, 40);
HV_ASSERT_OFFSET(struct hv_x64_sipi_intercept_message, interrupt_vector, 44);
HV_ASSERT_SIZE(struct hv_x64_hypercall_intercept_message, 208);
HV_ASSERT_OFFSET(struct hv_x64_hypercall_intercept_message, rax, 40);
HV_ASSERT_OFFSET(struct hv_x64_hypercall_intercept_message, rbx, 48);
HV_ASSERT_OFFSET(struct hv_x64_hypercall_intercept_message, rcx, 56);
HV_ASSERT_OFFSET(struct hv_x64_hypercall_intercept_message, rdx, 64);
HV_ASSERT_OFFSET(struct hv_x64_hypercall_intercept_message, r8, 72);
HV_ASSERT_OFFSET(struct hv_x64_hypercall_intercept_message, rsi, 80);
HV_ASSERT_OFFSET(struct hv_x64_hypercall_intercept_message, rdi, 88);
HV_ASSERT_OFFSET(struct hv_x64_hypercall_intercept_message, xmmregisters, 96);
HV_ASSERT_OFFSET(struct hv_x64_hypercall_intercept_message, reserved2, 196);

/*
 * HVCALL_REGISTER_INTERCEPT_RESULT: what a leaf or an MSR answers from now on, without an
 * intercept. Mask bits choose which bits of the default answer are replaced.
 */
struct hv_register_x64_cpuid_result_parameters {
	struct {
		uint32_t eax;
		uint32_t ecx;
		uint8_t subleaf_specific;
		uint8_t always_override;
		uint16_t padding;
	} HV_PACKED input;
	struct {
		uint32_t eax;
		uint32_t eax_mask;
		uint32_t ebx;
		uint32_t ebx_mask;
		uint32_t ecx;
		uint32_t ecx_mask;
		uint32_t edx;
		uint32_t edx_mask;
	} HV_PACKED result;
} HV_PACKED;

struct hv_register_x64_msr_result_parameters {
	uint32_t msr_index;
	uint32_t access_type; /* HV_INTERCEPT_ACCESS_MASK_* */
	uint32_t action; /* enum hv_unimplemented_msr_action */
} HV_PACKED;

union hv_register_intercept_result_parameters {
	struct hv_register_x64_cpuid_result_parameters cpuid;
	struct hv_register_x64_msr_result_parameters msr;
} HV_PACKED;

struct hv_input_register_intercept_result {
	uint64_t partition_id;
	uint32_t vp_index; /* or HV_ANY_VP for the whole partition */
	uint32_t intercept_type; /* enum hv_intercept_type */
	union hv_register_intercept_result_parameters parameters;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_register_x64_cpuid_result_parameters, 44);
HV_ASSERT_OFFSET(struct hv_register_x64_cpuid_result_parameters, result, 12);
HV_ASSERT_SIZE(struct hv_register_x64_msr_result_parameters, 12);
HV_ASSERT_OFFSET(struct hv_register_x64_msr_result_parameters, access_type, 4);
HV_ASSERT_OFFSET(struct hv_register_x64_msr_result_parameters, action, 8);
HV_ASSERT_SIZE(union hv_register_intercept_result_parameters, 44);
HV_ASSERT_SIZE(struct hv_input_register_intercept_result, 60);
HV_ASSERT_OFFSET(struct hv_input_register_intercept_result, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_register_intercept_result, intercept_type, 12);
HV_ASSERT_OFFSET(struct hv_input_register_intercept_result, parameters, 16);

#endif
