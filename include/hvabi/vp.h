/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Virtual processors: creation, dispatch by a root scheduler, shared pages
 * (TLFS chapters 7 "Virtual processors" and 10 "Virtual interrupt control").
 */
#ifndef HVABI_VP_H
#define HVABI_VP_H

#include "layout.h"
#include "register.h"
#include "types.h"

/* Where in a NUMA node to put the processor. */
enum hv_subnode_type {
	HV_SUBNODE_ANY = 0,
	HV_SUBNODE_SOCKET = 1,
	HV_SUBNODE_CLUSTER = 2,
	HV_SUBNODE_L3 = 3,
	HV_SUBNODE_COUNT = 4,
	HV_SUBNODE_INVALID = -1,
};

struct hv_create_vp {
	uint64_t partition_id;
	uint32_t vp_index;
	uint8_t padding[3];
	uint8_t subnode_type; /* enum hv_subnode_type */
	uint64_t subnode_id;
	struct hv_proximity_domain_info proximity_domain_info;
	uint64_t flags; /* for the root partition: the logical processor it stands for */
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_create_vp, 40);
HV_ASSERT_OFFSET(struct hv_create_vp, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_create_vp, subnode_type, 15);
HV_ASSERT_OFFSET(struct hv_create_vp, subnode_id, 16);
HV_ASSERT_OFFSET(struct hv_create_vp, proximity_domain_info, 24);
HV_ASSERT_OFFSET(struct hv_create_vp, flags, 32);

union hv_input_delete_vp {
	uint64_t as_uint64[2];
	struct {
		uint64_t partition_id;
		uint32_t vp_index;
		uint8_t reserved[4];
	} HV_PACKED;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_input_delete_vp, 16);
HV_ASSERT_OFFSET(union hv_input_delete_vp, vp_index, 8);

/* HVCALL_START_VP and HVCALL_ENABLE_VP_VTL set a processor going with these registers. */
struct hv_init_vp_context {
	uint64_t rip;
	uint64_t rsp;
	uint64_t rflags;

	struct hv_x64_segment_register cs;
	struct hv_x64_segment_register ds;
	struct hv_x64_segment_register es;
	struct hv_x64_segment_register fs;
	struct hv_x64_segment_register gs;
	struct hv_x64_segment_register ss;
	struct hv_x64_segment_register tr;
	struct hv_x64_segment_register ldtr;

	struct hv_x64_table_register idtr;
	struct hv_x64_table_register gdtr;

	uint64_t efer;
	uint64_t cr0;
	uint64_t cr3;
	uint64_t cr4;
	uint64_t msr_cr_pat;
} HV_PACKED;

struct hv_enable_vp_vtl {
	uint64_t partition_id;
	uint32_t vp_index;
	union hv_input_vtl target_vtl;
	uint8_t mbz0;
	uint16_t mbz1;
	struct hv_init_vp_context vp_context;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_init_vp_context, 224);
HV_ASSERT_OFFSET(struct hv_init_vp_context, rsp, 8);
HV_ASSERT_OFFSET(struct hv_init_vp_context, rflags, 16);
HV_ASSERT_OFFSET(struct hv_init_vp_context, cs, 24);
HV_ASSERT_OFFSET(struct hv_init_vp_context, ds, 40);
HV_ASSERT_OFFSET(struct hv_init_vp_context, es, 56);
HV_ASSERT_OFFSET(struct hv_init_vp_context, fs, 72);
HV_ASSERT_OFFSET(struct hv_init_vp_context, gs, 88);
HV_ASSERT_OFFSET(struct hv_init_vp_context, ss, 104);
HV_ASSERT_OFFSET(struct hv_init_vp_context, tr, 120);
HV_ASSERT_OFFSET(struct hv_init_vp_context, ldtr, 136);
HV_ASSERT_OFFSET(struct hv_init_vp_context, idtr, 152);
HV_ASSERT_OFFSET(struct hv_init_vp_context, gdtr, 168);
HV_ASSERT_OFFSET(struct hv_init_vp_context, efer, 184);
HV_ASSERT_OFFSET(struct hv_init_vp_context, cr0, 192);
HV_ASSERT_OFFSET(struct hv_init_vp_context, cr3, 200);
HV_ASSERT_OFFSET(struct hv_init_vp_context, cr4, 208);
HV_ASSERT_OFFSET(struct hv_init_vp_context, msr_cr_pat, 216);
HV_ASSERT_SIZE(struct hv_enable_vp_vtl, 240);
HV_ASSERT_OFFSET(struct hv_enable_vp_vtl, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_enable_vp_vtl, target_vtl, 12);
HV_ASSERT_OFFSET(struct hv_enable_vp_vtl, vp_context, 16);

/* Repeat call: one 32-bit VP index out for each APIC id in. */
struct hv_get_vp_from_apic_id_in {
	uint64_t partition_id;
	union hv_input_vtl target_vtl;
	uint8_t res[7];
	uint32_t apic_ids[];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_get_vp_from_apic_id_in, 16);
HV_ASSERT_OFFSET(struct hv_get_vp_from_apic_id_in, target_vtl, 8);
HV_ASSERT_OFFSET(struct hv_get_vp_from_apic_id_in, apic_ids, 16);

/* HVCALL_DISPATCH_VP: the root partition's scheduler lends its processor to a child's. */
#define HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND	0x1
#define HV_DISPATCH_VP_FLAG_ENABLE_CALLER_INTERRUPTS	0x2
#define HV_DISPATCH_VP_FLAG_SET_CALLER_SPEC_CTRL	0x4
#define HV_DISPATCH_VP_FLAG_SKIP_VP_SPEC_FLUSH		0x8
#define HV_DISPATCH_VP_FLAG_SKIP_CALLER_SPEC_FLUSH	0x10
#define HV_DISPATCH_VP_FLAG_SKIP_CALLER_USER_SPEC_FLUSH 0x20
#define HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION	0x40

enum hv_vp_dispatch_state {
	HV_VP_DISPATCH_STATE_INVALID = 0,
	HV_VP_DISPATCH_STATE_BLOCKED = 1,
	HV_VP_DISPATCH_STATE_READY = 2,
};

enum hv_vp_dispatch_event {
	HV_VP_DISPATCH_EVENT_INVALID = 0,
	HV_VP_DISPATCH_EVENT_SUSPEND = 1,
	HV_VP_DISPATCH_EVENT_INTERCEPT = 2,
};

struct hv_input_dispatch_vp {
	uint64_t partition_id;
	uint32_t vp_index;
	uint32_t flags;
	uint64_t time_slice; /* in units of 100 ns, 0 for as long as it may */
	uint64_t spec_ctrl;
} HV_PACKED;

struct hv_output_dispatch_vp {
	uint32_t dispatch_state; /* enum hv_vp_dispatch_state */
	uint32_t dispatch_event; /* enum hv_vp_dispatch_event */
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_dispatch_vp, 32);
HV_ASSERT_OFFSET(struct hv_input_dispatch_vp, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_dispatch_vp, flags, 12);
HV_ASSERT_OFFSET(struct hv_input_dispatch_vp, time_slice, 16);
HV_ASSERT_OFFSET(struct hv_input_dispatch_vp, spec_ctrl, 24);
HV_ASSERT_SIZE(struct hv_output_dispatch_vp, 8);
HV_ASSERT_OFFSET(struct hv_output_dispatch_vp, dispatch_event, 4);

/* Pages that a processor shares with its parent. */
enum hv_vp_state_page_type {
	HV_VP_STATE_PAGE_REGISTERS = 0,
	HV_VP_STATE_PAGE_INTERCEPT_MESSAGE = 1,
	HV_VP_STATE_PAGE_GHCB = 2,
	HV_VP_STATE_PAGE_COUNT = 3,
};

struct hv_input_map_vp_state_page {
	uint64_t partition_id;
	uint32_t vp_index;
	uint16_t type; /* enum hv_vp_state_page_type */
	union hv_input_vtl input_vtl;
	union {
		uint8_t as_uint8;
		struct {
			uint8_t map_location_provided : 1;
			uint8_t reserved : 7;
		};
	} flags;
	uint64_t requested_map_location; /* guest page number, L1VH only */
} HV_PACKED;

struct hv_output_map_vp_state_page {
	uint64_t map_location; /* guest page number */
} HV_PACKED;

struct hv_input_unmap_vp_state_page {
	uint64_t partition_id;
	uint32_t vp_index;
	uint16_t type; /* enum hv_vp_state_page_type */
	union hv_input_vtl input_vtl;
	uint8_t reserved0;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_map_vp_state_page, 24);
HV_ASSERT_OFFSET(struct hv_input_map_vp_state_page, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_map_vp_state_page, type, 12);
HV_ASSERT_OFFSET(struct hv_input_map_vp_state_page, input_vtl, 14);
HV_ASSERT_OFFSET(struct hv_input_map_vp_state_page, flags, 15);
HV_ASSERT_OFFSET(struct hv_input_map_vp_state_page, requested_map_location, 16);
HV_ASSERT_SIZE(struct hv_output_map_vp_state_page, 8);
HV_ASSERT_SIZE(struct hv_input_unmap_vp_state_page, 16);
HV_ASSERT_OFFSET(struct hv_input_unmap_vp_state_page, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_unmap_vp_state_page, type, 12);
HV_ASSERT_OFFSET(struct hv_input_unmap_vp_state_page, input_vtl, 14);

/*
 * The register page: valid between an intercept and the next run. The parent changes registers
 * here and sets the bit of their class in dirty; the hypervisor takes them at the next entry.
 */
#define HV_X64_REGISTER_CLASS_GENERAL 0
#define HV_X64_REGISTER_CLASS_IP      1
#define HV_X64_REGISTER_CLASS_XMM     2
#define HV_X64_REGISTER_CLASS_SEGMENT 3
#define HV_X64_REGISTER_CLASS_FLAGS   4

#define HV_VP_REGISTER_PAGE_VERSION_1	     1u
#define HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT 7

union hv_vp_register_page_interrupt_vectors {
	uint64_t as_uint64;
	struct {
		uint8_t vector_count;
		uint8_t vector[HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT];
	} HV_PACKED;
};

struct hv_vp_register_page {
	uint16_t version;
	uint8_t isvalid;
	uint8_t rsvdz;
	uint32_t dirty; /* 1 << HV_X64_REGISTER_CLASS_* */

	union {
		struct {
			union {
				struct {
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
				uint64_t gp_registers[16];
			};
			uint64_t rip;
			uint64_t rflags;
		} HV_PACKED;
		uint64_t registers[18];
	};
	uint8_t reserved[8];

	union {
		struct {
			struct hv_u128 xmm0;
			struct hv_u128 xmm1;
			struct hv_u128 xmm2;
			struct hv_u128 xmm3;
			struct hv_u128 xmm4;
			struct hv_u128 xmm5;
		} HV_PACKED;
		struct hv_u128 xmm_registers[6];
	};

	union {
		struct {
			struct hv_x64_segment_register es;
			struct hv_x64_segment_register cs;
			struct hv_x64_segment_register ss;
			struct hv_x64_segment_register ds;
			struct hv_x64_segment_register fs;
			struct hv_x64_segment_register gs;
		} HV_PACKED;
		struct hv_x64_segment_register segment_registers[6];
	};

	/* No dirty bit covers these, so they can only be read, cr8 included. */
	uint64_t cr0;
	uint64_t cr3;
	uint64_t cr4;
	uint64_t cr8;
	uint64_t efer;
	uint64_t dr7;
	union hv_x64_pending_interruption_register pending_interruption;
	union hv_x64_interrupt_state_register interrupt_state;
	uint64_t instruction_emulation_hints;
	uint64_t xfem;

	uint8_t reserved1[0x100];

	/* For HV_DISPATCH_VP_FLAG_SCAN_INTERRUPT_INJECTION. */
	union hv_vp_register_page_interrupt_vectors interrupt_vectors;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_vp_register_page_interrupt_vectors, 8);
HV_ASSERT_OFFSET(union hv_vp_register_page_interrupt_vectors, vector, 1);
HV_ASSERT_SIZE(struct hv_vp_register_page, 696);
HV_ASSERT_OFFSET(struct hv_vp_register_page, isvalid, 0x2);
HV_ASSERT_OFFSET(struct hv_vp_register_page, dirty, 0x4);
HV_ASSERT_OFFSET(struct hv_vp_register_page, rax, 0x8);
HV_ASSERT_OFFSET(struct hv_vp_register_page, rcx, 0x10);
HV_ASSERT_OFFSET(struct hv_vp_register_page, rdx, 0x18);
HV_ASSERT_OFFSET(struct hv_vp_register_page, rbx, 0x20);
HV_ASSERT_OFFSET(struct hv_vp_register_page, rsp, 0x28);
HV_ASSERT_OFFSET(struct hv_vp_register_page, rbp, 0x30);
HV_ASSERT_OFFSET(struct hv_vp_register_page, rsi, 0x38);
HV_ASSERT_OFFSET(struct hv_vp_register_page, rdi, 0x40);
HV_ASSERT_OFFSET(struct hv_vp_register_page, r8, 0x48);
HV_ASSERT_OFFSET(struct hv_vp_register_page, r9, 0x50);
HV_ASSERT_OFFSET(struct hv_vp_register_page, r10, 0x58);
HV_ASSERT_OFFSET(struct hv_vp_register_page, r11, 0x60);
HV_ASSERT_OFFSET(struct hv_vp_register_page, r12, 0x68);
HV_ASSERT_OFFSET(struct hv_vp_register_page, r13, 0x70);
HV_ASSERT_OFFSET(struct hv_vp_register_page, r14, 0x78);
HV_ASSERT_OFFSET(struct hv_vp_register_page, r15, 0x80);
HV_ASSERT_OFFSET(struct hv_vp_register_page, rip, 0x88);
HV_ASSERT_OFFSET(struct hv_vp_register_page, rflags, 0x90);
HV_ASSERT_OFFSET(struct hv_vp_register_page, xmm0, 0xa0);
HV_ASSERT_OFFSET(struct hv_vp_register_page, xmm1, 0xb0);
HV_ASSERT_OFFSET(struct hv_vp_register_page, xmm2, 0xc0);
HV_ASSERT_OFFSET(struct hv_vp_register_page, xmm3, 0xd0);
HV_ASSERT_OFFSET(struct hv_vp_register_page, xmm4, 0xe0);
HV_ASSERT_OFFSET(struct hv_vp_register_page, xmm5, 0xf0);
HV_ASSERT_OFFSET(struct hv_vp_register_page, es, 0x100);
HV_ASSERT_OFFSET(struct hv_vp_register_page, cs, 0x110);
HV_ASSERT_OFFSET(struct hv_vp_register_page, ss, 0x120);
HV_ASSERT_OFFSET(struct hv_vp_register_page, ds, 0x130);
HV_ASSERT_OFFSET(struct hv_vp_register_page, fs, 0x140);
HV_ASSERT_OFFSET(struct hv_vp_register_page, gs, 0x150);
HV_ASSERT_OFFSET(struct hv_vp_register_page, cr0, 0x160);
HV_ASSERT_OFFSET(struct hv_vp_register_page, cr3, 0x168);
HV_ASSERT_OFFSET(struct hv_vp_register_page, cr4, 0x170);
HV_ASSERT_OFFSET(struct hv_vp_register_page, cr8, 0x178);
HV_ASSERT_OFFSET(struct hv_vp_register_page, efer, 0x180);
HV_ASSERT_OFFSET(struct hv_vp_register_page, dr7, 0x188);
HV_ASSERT_OFFSET(struct hv_vp_register_page, pending_interruption, 0x190);
HV_ASSERT_OFFSET(struct hv_vp_register_page, interrupt_state, 0x198);
HV_ASSERT_OFFSET(struct hv_vp_register_page, instruction_emulation_hints, 0x1a0);
HV_ASSERT_OFFSET(struct hv_vp_register_page, xfem, 0x1a8);
HV_ASSERT_OFFSET(struct hv_vp_register_page, reserved1, 0x1b0);
HV_ASSERT_OFFSET(struct hv_vp_register_page, interrupt_vectors, 0x2b0);

/* The VP assist page, which a guest gives by HV_X64_MSR_VP_ASSIST_PAGE. */
struct hv_nested_enlightenments_control {
	struct {
		uint32_t directhypercall : 1;
		uint32_t reserved : 31;
	} HV_PACKED features;
	struct {
		uint32_t inter_partition_comm : 1;
		uint32_t reserved : 31;
	} HV_PACKED hypercall_controls;
} HV_PACKED;

struct hv_vp_assist_page {
	uint32_t apic_assist; /* bit 0: no EOI needed */
	uint32_t reserved1;
	uint32_t vtl_entry_reason;
	uint32_t vtl_reserved;
	uint64_t vtl_ret_x64rax;
	uint64_t vtl_ret_x64rcx;
	struct hv_nested_enlightenments_control nested_control;
	uint8_t enlighten_vmentry;
	uint8_t reserved2[7];
	uint64_t current_nested_vmcs;
	uint8_t synthetic_time_unhalted_timer_expired;
	uint8_t reserved3[7];
	uint8_t virtualization_fault_information[40];
	uint8_t reserved4[8];
	uint8_t intercept_message[256];
	uint8_t vtl_ret_actions[256];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_nested_enlightenments_control, 8);
HV_ASSERT_OFFSET(struct hv_nested_enlightenments_control, hypercall_controls, 4);
HV_ASSERT_SIZE(struct hv_vp_assist_page, 624);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, vtl_entry_reason, 8);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, vtl_reserved, 12);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, vtl_ret_x64rax, 16);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, vtl_ret_x64rcx, 24);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, nested_control, 32);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, enlighten_vmentry, 40);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, current_nested_vmcs, 48);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, synthetic_time_unhalted_timer_expired, 56);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, virtualization_fault_information, 64);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, intercept_message, 112);
HV_ASSERT_OFFSET(struct hv_vp_assist_page, vtl_ret_actions, 368);

#endif
