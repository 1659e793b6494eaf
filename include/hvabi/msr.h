/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Synthetic MSRs of x86-64 and their contents (TLFS appendix "Synthetic MSRs"). */
#ifndef HVABI_MSR_H
#define HVABI_MSR_H

#include "layout.h"

#define HV_X64_MSR_GUEST_OS_ID	  0x40000000
#define HV_X64_MSR_HYPERCALL	  0x40000001
#define HV_X64_MSR_VP_INDEX	  0x40000002
#define HV_X64_MSR_RESET	  0x40000003
#define HV_X64_MSR_VP_RUNTIME	  0x40000010
#define HV_X64_MSR_TIME_REF_COUNT 0x40000020
#define HV_X64_MSR_REFERENCE_TSC  0x40000021
#define HV_X64_MSR_TSC_FREQUENCY  0x40000022
#define HV_X64_MSR_APIC_FREQUENCY 0x40000023

#define HV_X64_MSR_EOI		  0x40000070
#define HV_X64_MSR_ICR		  0x40000071
#define HV_X64_MSR_TPR		  0x40000072
#define HV_X64_MSR_VP_ASSIST_PAGE 0x40000073

#define HV_X64_MSR_SCONTROL 0x40000080
#define HV_X64_MSR_SVERSION 0x40000081
#define HV_X64_MSR_SIEFP    0x40000082
#define HV_X64_MSR_SIMP	    0x40000083
#define HV_X64_MSR_EOM	    0x40000084
#define HV_X64_MSR_SIRBP    0x40000085
#define HV_X64_MSR_SINT0    0x40000090
#define HV_X64_MSR_SINT1    0x40000091
#define HV_X64_MSR_SINT2    0x40000092
#define HV_X64_MSR_SINT3    0x40000093
#define HV_X64_MSR_SINT4    0x40000094
#define HV_X64_MSR_SINT5    0x40000095
#define HV_X64_MSR_SINT6    0x40000096
#define HV_X64_MSR_SINT7    0x40000097
#define HV_X64_MSR_SINT8    0x40000098
#define HV_X64_MSR_SINT9    0x40000099
#define HV_X64_MSR_SINT10   0x4000009A
#define HV_X64_MSR_SINT11   0x4000009B
#define HV_X64_MSR_SINT12   0x4000009C
#define HV_X64_MSR_SINT13   0x4000009D
#define HV_X64_MSR_SINT14   0x4000009E
#define HV_X64_MSR_SINT15   0x4000009F

#define HV_X64_MSR_STIMER0_CONFIG 0x400000B0
#define HV_X64_MSR_STIMER0_COUNT  0x400000B1
#define HV_X64_MSR_STIMER1_CONFIG 0x400000B2
#define HV_X64_MSR_STIMER1_COUNT  0x400000B3
#define HV_X64_MSR_STIMER2_CONFIG 0x400000B4
#define HV_X64_MSR_STIMER2_COUNT  0x400000B5
#define HV_X64_MSR_STIMER3_CONFIG 0x400000B6
#define HV_X64_MSR_STIMER3_COUNT  0x400000B7

#define HV_X64_MSR_GUEST_IDLE 0x400000F0

#define HV_X64_MSR_CRASH_P0	0x40000100
#define HV_X64_MSR_CRASH_P1	0x40000101
#define HV_X64_MSR_CRASH_P2	0x40000102
#define HV_X64_MSR_CRASH_P3	0x40000103
#define HV_X64_MSR_CRASH_P4	0x40000104
#define HV_X64_MSR_CRASH_CTL	0x40000105
#define HV_X64_MSR_CRASH_PARAMS 5

#define HV_X64_MSR_REENLIGHTENMENT_CONTROL 0x40000106
#define HV_X64_MSR_TSC_EMULATION_CONTROL   0x40000107
#define HV_X64_MSR_TSC_EMULATION_STATUS	   0x40000108
#define HV_X64_MSR_TSC_INVARIANT_CONTROL   0x40000118

/* What a nested root sees of the SynIC that its own hypervisor gives it. */
#define HV_X64_MSR_NESTED_SCONTROL 0x40001080
#define HV_X64_MSR_NESTED_SVERSION 0x40001081
#define HV_X64_MSR_NESTED_SIEFP	   0x40001082
#define HV_X64_MSR_NESTED_SIMP	   0x40001083
#define HV_X64_MSR_NESTED_EOM	   0x40001084
#define HV_X64_MSR_NESTED_SINT0	   0x40001090

/* Bit 0 enables, bits 12 and up are a guest page number, in each page-valued MSR. */
#define HV_X64_MSR_HYPERCALL_ENABLE		0x00000001
#define HV_X64_MSR_HYPERCALL_PAGE_ADDRESS_SHIFT 12
#define HV_X64_MSR_HYPERCALL_PAGE_ADDRESS_MASK	0xfffffffffffff000ull
#define HV_X64_MSR_VP_ASSIST_PAGE_ENABLE	0x00000001
#define HV_X64_MSR_VP_ASSIST_PAGE_ADDRESS_SHIFT 12
#define HV_X64_MSR_VP_ASSIST_PAGE_ADDRESS_MASK	0xfffffffffffff000ull
#define HV_X64_MSR_TSC_REFERENCE_ENABLE		0x00000001
#define HV_X64_MSR_TSC_REFERENCE_ADDRESS_SHIFT	12

/* Once set in HV_X64_MSR_HYPERCALL, the register keeps its value until reset. */
#define HV_X64_MSR_HYPERCALL_LOCKED 0x00000002

#define HV_CRASH_CTL_CRASH_NOTIFY_MSG HV_BIT64(62)
#define HV_CRASH_CTL_CRASH_NOTIFY     HV_BIT64(63)
#define HV_EXPOSE_INVARIANT_TSC	      HV_BIT64(0)

/* Lowest and highest vector that the IPI hypercalls take. */
#define HV_IPI_LOW_VECTOR  0x10
#define HV_IPI_HIGH_VECTOR 0xff

/* HV_X64_MSR_GUEST_OS_ID of an open source system: bit 63, type 1 in 62:56 for Linux. */
#define HV_LINUX_VENDOR_ID 0x8100

union hv_x64_msr_hypercall_contents {
	uint64_t as_uint64;
	struct {
		uint64_t enable : 1;
		uint64_t reserved : 11;
		uint64_t guest_physical_address : 52;
	} HV_PACKED;
};

union hv_vp_assist_msr_contents {
	uint64_t as_uint64;
	struct {
		uint64_t enable : 1;
		uint64_t reserved : 11;
		uint64_t pfn : 52;
	} HV_PACKED;
};

union hv_reference_tsc_msr {
	uint64_t as_uint64;
	struct {
		uint64_t enable : 1;
		uint64_t reserved : 11;
		uint64_t pfn : 52;
	} HV_PACKED;
};

struct hv_reenlightenment_control {
	uint64_t vector : 8;
	uint64_t reserved1 : 8;
	uint64_t enabled : 1;
	uint64_t reserved2 : 15;
	uint64_t target_vp : 32;
} HV_PACKED;

struct hv_tsc_emulation_control {
	uint64_t enabled : 1;
	uint64_t reserved : 63;
} HV_PACKED;

struct hv_tsc_emulation_status {
	uint64_t inprogress : 1;
	uint64_t reserved : 63;
} HV_PACKED;

/*
 * Reference time page: time = ((tsc * tsc_scale) >> 64) + tsc_offset, in units of 100 ns.
 * A tsc_sequence of 0 sends the reader to HV_X64_MSR_TIME_REF_COUNT.
 */
struct ms_hyperv_tsc_page {
	uint32_t tsc_sequence;
	uint32_t reserved1;
	uint64_t tsc_scale;
	int64_t tsc_offset;
} HV_PACKED;

#define HV_CLOCK_HZ 10000000

HV_ASSERT_SIZE(union hv_x64_msr_hypercall_contents, 8);
HV_ASSERT_SIZE(union hv_vp_assist_msr_contents, 8);
HV_ASSERT_SIZE(union hv_reference_tsc_msr, 8);
HV_ASSERT_SIZE(struct hv_reenlightenment_control, 8);
HV_ASSERT_SIZE(struct hv_tsc_emulation_control, 8);
HV_ASSERT_SIZE(struct hv_tsc_emulation_status, 8);
HV_ASSERT_SIZE(struct ms_hyperv_tsc_page, 24);
HV_ASSERT_OFFSET(struct ms_hyperv_tsc_page, tsc_scale, 8);
HV_ASSERT_OFFSET(struct ms_hyperv_tsc_page, tsc_offset, 16);

#endif
