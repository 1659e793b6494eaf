/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Processor state that is no register: local APIC, XSAVE area, SynIC pages, synthetic timers
 * (Linux include/hyperv/hvhdk.h; TLFS chapter 7).
 */
#ifndef HVABI_VPSTATE_H
#define HVABI_VPSTATE_H

#include "layout.h"
#include "register.h"
#include "synic.h"
#include "types.h"

/* Types with this bit pass the pages of the buffer, the others the data itself. */
#define HV_GET_SET_VP_STATE_TYPE_PFN 0x80000000u

enum hv_get_set_vp_state_type {
	HV_GET_SET_VP_STATE_LAPIC_STATE = 0x80000000,
	HV_GET_SET_VP_STATE_XSAVE = 0x80000001,
	HV_GET_SET_VP_STATE_SIM_PAGE = 0x80000002,
	HV_GET_SET_VP_STATE_SIEF_PAGE = 0x80000003,
	HV_GET_SET_VP_STATE_SYNTHETIC_TIMERS = 4,
};

struct hv_vp_state_data_xsave {
	uint64_t flags;
	union hv_x64_xsave_xfem_register states;
} HV_PACKED;

struct hv_vp_state_data {
	uint32_t type; /* enum hv_get_set_vp_state_type */
	uint32_t rsvd;
	struct hv_vp_state_data_xsave xsave;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_vp_state_data_xsave, 16);
HV_ASSERT_OFFSET(struct hv_vp_state_data_xsave, states, 8);
HV_ASSERT_SIZE(struct hv_vp_state_data, 24);
HV_ASSERT_OFFSET(struct hv_vp_state_data, xsave, 8);

/* Indices of the APIC's registers follow the xAPIC page, 32 bits each. */
struct hv_local_interrupt_controller_state {
	uint32_t apic_id;
	uint32_t apic_version;
	uint32_t apic_ldr;
	uint32_t apic_dfr;
	uint32_t apic_spurious;
	uint32_t apic_isr[8];
	uint32_t apic_tmr[8];
	uint32_t apic_irr[8];
	uint32_t apic_esr;
	uint32_t apic_icr_high;
	uint32_t apic_icr_low;
	uint32_t apic_lvt_timer;
	uint32_t apic_lvt_thermal;
	uint32_t apic_lvt_perfmon;
	uint32_t apic_lvt_lint0;
	uint32_t apic_lvt_lint1;
	uint32_t apic_lvt_error;
	uint32_t apic_lvt_cmci;
	uint32_t apic_error_status;
	uint32_t apic_initial_count;
	uint32_t apic_counter_value;
	uint32_t apic_divide_configuration;
	uint32_t apic_remote_read;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_local_interrupt_controller_state, 176);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_version, 4);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_ldr, 8);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_dfr, 12);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_spurious, 16);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_isr, 20);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_tmr, 52);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_irr, 84);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_esr, 116);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_icr_high, 120);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_icr_low, 124);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_lvt_timer, 128);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_lvt_thermal, 132);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_lvt_perfmon, 136);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_lvt_lint0, 140);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_lvt_lint1, 144);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_lvt_error, 148);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_lvt_cmci, 152);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_error_status, 156);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_initial_count, 160);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_counter_value, 164);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_divide_configuration, 168);
HV_ASSERT_OFFSET(struct hv_local_interrupt_controller_state, apic_remote_read, 172);

struct hv_stimer_state {
	struct {
		uint32_t undelivered_msg_pending : 1;
		uint32_t reserved : 31;
	} HV_PACKED flags;
	uint32_t resvd;
	uint64_t config; /* union hv_stimer_config */
	uint64_t count;
	uint64_t adjustment;
	uint64_t undelivered_exp_time;
} HV_PACKED;

struct hv_synthetic_timers_state {
	struct hv_stimer_state timers[HV_SYNIC_STIMER_COUNT];
	uint64_t reserved[5];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_stimer_state, 40);
HV_ASSERT_OFFSET(struct hv_stimer_state, config, 8);
HV_ASSERT_OFFSET(struct hv_stimer_state, count, 16);
HV_ASSERT_OFFSET(struct hv_stimer_state, adjustment, 24);
HV_ASSERT_OFFSET(struct hv_stimer_state, undelivered_exp_time, 32);
HV_ASSERT_SIZE(struct hv_synthetic_timers_state, 200);
HV_ASSERT_OFFSET(struct hv_synthetic_timers_state, reserved, 160);

/* The trailing array is the variable header of the call, in units of 8 bytes. */
struct hv_input_get_vp_state {
	uint64_t partition_id;
	uint32_t vp_index;
	uint8_t input_vtl;
	uint8_t rsvd0;
	uint16_t rsvd1;
	struct hv_vp_state_data state_data;
	uint64_t output_data_pfns[];
} HV_PACKED;

union hv_output_get_vp_state {
	struct hv_synthetic_timers_state synthetic_timers_state;
} HV_PACKED;

union hv_input_set_vp_state_data {
	uint64_t pfns;
	uint8_t bytes;
} HV_PACKED;

struct hv_input_set_vp_state {
	uint64_t partition_id;
	uint32_t vp_index;
	uint8_t input_vtl;
	uint8_t rsvd0;
	uint16_t rsvd1;
	struct hv_vp_state_data state_data;
	union hv_input_set_vp_state_data data[];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_get_vp_state, 40);
HV_ASSERT_OFFSET(struct hv_input_get_vp_state, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_get_vp_state, input_vtl, 12);
HV_ASSERT_OFFSET(struct hv_input_get_vp_state, state_data, 16);
HV_ASSERT_OFFSET(struct hv_input_get_vp_state, output_data_pfns, 40);
HV_ASSERT_SIZE(union hv_output_get_vp_state, 200);
HV_ASSERT_SIZE(union hv_input_set_vp_state_data, 8);
HV_ASSERT_SIZE(struct hv_input_set_vp_state, 40);
HV_ASSERT_OFFSET(struct hv_input_set_vp_state, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_set_vp_state, input_vtl, 12);
HV_ASSERT_OFFSET(struct hv_input_set_vp_state, state_data, 16);
HV_ASSERT_OFFSET(struct hv_input_set_vp_state, data, 40);

/* HVCALL_GET_VP_CPUID_VALUES: a repeat call, one element in and one answer out. */
struct hv_cpuid_leaf_info {
	uint32_t eax;
	uint32_t ecx;
	uint64_t xfem;
	uint64_t xss;
} HV_PACKED;

union hv_get_vp_cpuid_values_flags {
	uint32_t as_uint32;
	struct {
		uint32_t use_vp_xfem_xss : 1;
		uint32_t apply_registered_values : 1;
		uint32_t reserved : 30;
	} HV_PACKED;
} HV_PACKED;

struct hv_input_get_vp_cpuid_values {
	uint64_t partition_id;
	uint32_t vp_index;
	union hv_get_vp_cpuid_values_flags flags;
	uint32_t reserved;
	uint32_t padding;
	struct hv_cpuid_leaf_info cpuid_leaf_info[];
} HV_PACKED;

union hv_output_get_vp_cpuid_values {
	uint32_t as_uint32[4];
	struct {
		uint32_t eax;
		uint32_t ebx;
		uint32_t ecx;
		uint32_t edx;
	} HV_PACKED;
};

HV_ASSERT_SIZE(struct hv_cpuid_leaf_info, 24);
HV_ASSERT_OFFSET(struct hv_cpuid_leaf_info, ecx, 4);
HV_ASSERT_OFFSET(struct hv_cpuid_leaf_info, xfem, 8);
HV_ASSERT_OFFSET(struct hv_cpuid_leaf_info, xss, 16);
HV_ASSERT_SIZE(union hv_get_vp_cpuid_values_flags, 4);
HV_ASSERT_SIZE(struct hv_input_get_vp_cpuid_values, 24);
HV_ASSERT_OFFSET(struct hv_input_get_vp_cpuid_values, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_get_vp_cpuid_values, flags, 12);
HV_ASSERT_OFFSET(struct hv_input_get_vp_cpuid_values, cpuid_leaf_info, 24);
HV_ASSERT_SIZE(union hv_output_get_vp_cpuid_values, 16);
HV_ASSERT_OFFSET(union hv_output_get_vp_cpuid_values, ebx, 4);
HV_ASSERT_OFFSET(union hv_output_get_vp_cpuid_values, ecx, 8);
HV_ASSERT_OFFSET(union hv_output_get_vp_cpuid_values, edx, 12);

#endif
