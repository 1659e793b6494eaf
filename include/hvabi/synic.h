/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The synthetic interrupt controller: sources, pages, event rings, ports and connections, and
 * interrupts that a parent asserts (TLFS chapters 10 and 11).
 */
#ifndef HVABI_SYNIC_H
#define HVABI_SYNIC_H

#include "layout.h"
#include "message.h"
#include "types.h"

#define HV_SYNIC_SINT_COUNT	    16
#define HV_SYNIC_STIMER_COUNT	    4
#define HV_SYNIC_VERSION_1	    0x1
#define HV_SYNIC_FIRST_VALID_VECTOR 16

#define HV_SYNIC_CONTROL_ENABLE	   1ull
#define HV_SYNIC_SIMP_ENABLE	   1ull
#define HV_SYNIC_SIEFP_ENABLE	   1ull
#define HV_SYNIC_SIRBP_ENABLE	   1ull
#define HV_SYNIC_SINT_VECTOR_MASK  0xFF
#define HV_SYNIC_SINT_MASKED	   HV_BIT64(16)
#define HV_SYNIC_SINT_AUTO_EOI	   HV_BIT64(17)
#define HV_SYNIC_SINT_POLLING	   HV_BIT64(18)
#define HV_SYNIC_SINT_AS_INTERCEPT HV_BIT64(19)
#define HV_SYNIC_SINT_PROXY	   HV_BIT64(20)

/* Sources with a fixed meaning. */
#define HV_SYNIC_INTERCEPTION_SINT_INDEX 0x00000000
#define HV_SYNIC_IOMMU_FAULT_SINT_INDEX	 0x00000001
#define HV_SYNIC_VMBUS_SINT_INDEX	 0x00000002
#define HV_SYNIC_FIRST_UNUSED_SINT_INDEX 0x00000005
#define HV_SYNIC_DOORBELL_SINT_INDEX	 HV_SYNIC_FIRST_UNUSED_SINT_INDEX

union hv_synic_scontrol {
	uint64_t as_uint64;
	struct {
		uint64_t enable : 1;
		uint64_t reserved : 63;
	} HV_PACKED;
};

union hv_synic_sint {
	uint64_t as_uint64;
	struct {
		uint64_t vector : 8;
		uint64_t reserved1 : 8;
		uint64_t masked : 1;
		uint64_t auto_eoi : 1;
		uint64_t polling : 1;
		uint64_t as_intercept : 1;
		uint64_t proxy : 1;
		uint64_t reserved2 : 43;
	} HV_PACKED;
};

union hv_synic_simp {
	uint64_t as_uint64;
	struct {
		uint64_t simp_enabled : 1;
		uint64_t preserved : 11;
		uint64_t base_simp_gpa : 52;
	} HV_PACKED;
};

union hv_synic_siefp {
	uint64_t as_uint64;
	struct {
		uint64_t siefp_enabled : 1;
		uint64_t preserved : 11;
		uint64_t base_siefp_gpa : 52;
	} HV_PACKED;
};

union hv_synic_sirbp {
	uint64_t as_uint64;
	struct {
		uint64_t sirbp_enabled : 1;
		uint64_t preserved : 11;
		uint64_t base_sirbp_gpa : 52;
	} HV_PACKED;
};

union hv_stimer_config {
	uint64_t as_uint64;
	struct {
		uint64_t enable : 1;
		uint64_t periodic : 1;
		uint64_t lazy : 1;
		uint64_t auto_enable : 1;
		uint64_t apic_vector : 8;
		uint64_t direct_mode : 1;
		uint64_t reserved_z0 : 3;
		uint64_t sintx : 4;
		uint64_t reserved_z1 : 44;
	} HV_PACKED;
};

HV_ASSERT_SIZE(union hv_synic_scontrol, 8);
HV_ASSERT_SIZE(union hv_synic_sint, 8);
HV_ASSERT_SIZE(union hv_synic_simp, 8);
HV_ASSERT_SIZE(union hv_synic_siefp, 8);
HV_ASSERT_SIZE(union hv_synic_sirbp, 8);
HV_ASSERT_SIZE(union hv_stimer_config, 8);

/* SIMP: one message slot for each source. */
struct hv_message_page {
	struct hv_message sint_message[HV_SYNIC_SINT_COUNT];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_message_page, 4096);

/* SIEFP: 2048 flags for each source. */
#define HV_EVENT_FLAGS_COUNT	  2048
#define HV_EVENT_FLAGS_BYTE_COUNT 256
#define HV_EVENT_FLAGS32_COUNT	  64
#define HV_EVENT_FLAGS_UL_COUNT	  32

union hv_synic_event_flags {
	uint8_t flags8[HV_EVENT_FLAGS_BYTE_COUNT];
	uint32_t flags32[HV_EVENT_FLAGS32_COUNT];
	uint64_t flags[HV_EVENT_FLAGS_UL_COUNT];
};

struct hv_synic_event_flags_page {
	union hv_synic_event_flags event_flags[HV_SYNIC_SINT_COUNT];
};

HV_ASSERT_SIZE(union hv_synic_event_flags, 256);
HV_ASSERT_SIZE(struct hv_synic_event_flags_page, 4096);

/* SIRBP: a ring of port numbers for each source, root and L1VH only. 0 marks a free entry. */
#define HV_SYNIC_EVENT_RING_MESSAGE_COUNT 63

struct hv_synic_event_ring {
	uint8_t signal_masked;
	uint8_t ring_full;
	uint16_t reserved_z;
	uint32_t data[HV_SYNIC_EVENT_RING_MESSAGE_COUNT];
} HV_PACKED;

struct hv_synic_event_ring_page {
	struct hv_synic_event_ring sint_event_ring[HV_SYNIC_SINT_COUNT];
};

HV_ASSERT_SIZE(struct hv_synic_event_ring, 256);
HV_ASSERT_OFFSET(struct hv_synic_event_ring, ring_full, 1);
HV_ASSERT_OFFSET(struct hv_synic_event_ring, data, 4);
HV_ASSERT_SIZE(struct hv_synic_event_ring_page, 4096);

/* Once a ring was full, the reader asks for the signals it missed. */
union hv_input_notify_port_ring_empty {
	uint64_t as_uint64;
	struct {
		uint32_t sint_index;
		uint32_t reserved;
	};
} HV_PACKED;

HV_ASSERT_SIZE(union hv_input_notify_port_ring_empty, 8);

/* Ports receive, connections send. */
union hv_connection_id {
	uint32_t asu32;
	struct {
		uint32_t id : 24;
		uint32_t reserved : 8;
	} HV_PACKED u;
};

enum hv_port_type {
	HV_PORT_TYPE_MESSAGE = 1,
	HV_PORT_TYPE_EVENT = 2,
	HV_PORT_TYPE_MONITOR = 3,
	HV_PORT_TYPE_DOORBELL = 4, /* root and L1VH only */
};

struct hv_port_info {
	uint32_t port_type; /* enum hv_port_type */
	uint32_t padding;
	union {
		struct {
			uint32_t target_sint;
			uint32_t target_vp;
			uint64_t rsvdz;
		} message_port_info;
		struct {
			uint32_t target_sint;
			uint32_t target_vp;
			uint16_t base_flag_number;
			uint16_t flag_count;
			uint32_t rsvdz;
		} event_port_info;
		struct {
			uint64_t monitor_address;
			uint64_t rsvdz;
		} monitor_port_info;
		struct {
			uint32_t target_sint;
			uint32_t target_vp;
			uint64_t rsvdz;
		} doorbell_port_info;
	};
} HV_PACKED;

/* Flags of a doorbell connection: which width of store rings it, and whatever the value. */
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_MASK  0x00000007
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_ANY   0x00000000
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_BYTE  0x00000001
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_WORD  0x00000002
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_DWORD 0x00000003
#define HV_DOORBELL_FLAG_TRIGGER_SIZE_QWORD 0x00000004
#define HV_DOORBELL_FLAG_TRIGGER_ANY_VALUE  0x80000000

struct hv_connection_info {
	uint32_t port_type; /* enum hv_port_type */
	uint32_t padding;
	union {
		struct {
			uint64_t rsvdz;
		} message_connection_info;
		struct {
			uint64_t rsvdz;
		} event_connection_info;
		struct {
			uint64_t monitor_address;
		} monitor_connection_info;
		struct {
			uint64_t gpa;
			uint64_t trigger_value;
			uint64_t flags;
		} doorbell_connection_info;
	};
} HV_PACKED;

struct hv_input_create_port {
	uint64_t port_partition_id;
	union hv_port_id port_id;
	uint8_t port_vtl;
	uint8_t min_connection_vtl;
	uint16_t padding;
	uint64_t connection_partition_id;
	struct hv_port_info port_info;
	struct hv_proximity_domain_info proximity_domain_info;
} HV_PACKED;

union hv_input_delete_port {
	uint64_t as_uint64[2];
	struct {
		uint64_t port_partition_id;
		union hv_port_id port_id;
		uint32_t reserved;
	};
} HV_PACKED;

struct hv_input_connect_port {
	uint64_t connection_partition_id;
	union hv_connection_id connection_id;
	uint8_t connection_vtl;
	uint8_t rsvdz0;
	uint16_t rsvdz1;
	uint64_t port_partition_id;
	union hv_port_id port_id;
	uint32_t reserved2;
	struct hv_connection_info connection_info;
	struct hv_proximity_domain_info proximity_domain_info;
} HV_PACKED;

union hv_input_disconnect_port {
	uint64_t as_uint64[2];
	struct {
		uint64_t connection_partition_id;
		union hv_connection_id connection_id;
		uint32_t is_doorbell : 1;
		uint32_t reserved : 31;
	} HV_PACKED;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_connection_id, 4);
HV_ASSERT_SIZE(struct hv_port_info, 24);
HV_ASSERT_OFFSET(struct hv_port_info, message_port_info, 8);
HV_ASSERT_OFFSET(struct hv_port_info, event_port_info, 8);
HV_ASSERT_OFFSET(struct hv_port_info, monitor_port_info, 8);
HV_ASSERT_OFFSET(struct hv_port_info, doorbell_port_info, 8);
HV_ASSERT_OFFSET(struct hv_port_info, doorbell_port_info.target_vp, 12);
HV_ASSERT_OFFSET(struct hv_port_info, event_port_info.flag_count, 18);
HV_ASSERT_SIZE(struct hv_connection_info, 32);
HV_ASSERT_OFFSET(struct hv_connection_info, message_connection_info, 8);
HV_ASSERT_OFFSET(struct hv_connection_info, event_connection_info, 8);
HV_ASSERT_OFFSET(struct hv_connection_info, monitor_connection_info, 8);
HV_ASSERT_OFFSET(struct hv_connection_info, doorbell_connection_info, 8);
HV_ASSERT_OFFSET(struct hv_connection_info, doorbell_connection_info.trigger_value, 16);
HV_ASSERT_OFFSET(struct hv_connection_info, doorbell_connection_info.flags, 24);
HV_ASSERT_SIZE(struct hv_input_create_port, 56);
HV_ASSERT_OFFSET(struct hv_input_create_port, port_id, 8);
HV_ASSERT_OFFSET(struct hv_input_create_port, port_vtl, 12);
HV_ASSERT_OFFSET(struct hv_input_create_port, min_connection_vtl, 13);
HV_ASSERT_OFFSET(struct hv_input_create_port, connection_partition_id, 16);
HV_ASSERT_OFFSET(struct hv_input_create_port, port_info, 24);
HV_ASSERT_OFFSET(struct hv_input_create_port, proximity_domain_info, 48);
HV_ASSERT_SIZE(union hv_input_delete_port, 16);
HV_ASSERT_OFFSET(union hv_input_delete_port, port_id, 8);
HV_ASSERT_SIZE(struct hv_input_connect_port, 72);
HV_ASSERT_OFFSET(struct hv_input_connect_port, connection_id, 8);
HV_ASSERT_OFFSET(struct hv_input_connect_port, connection_vtl, 12);
HV_ASSERT_OFFSET(struct hv_input_connect_port, port_partition_id, 16);
HV_ASSERT_OFFSET(struct hv_input_connect_port, port_id, 24);
HV_ASSERT_OFFSET(struct hv_input_connect_port, connection_info, 32);
HV_ASSERT_OFFSET(struct hv_input_connect_port, proximity_domain_info, 64);
HV_ASSERT_SIZE(union hv_input_disconnect_port, 16);
HV_ASSERT_OFFSET(union hv_input_disconnect_port, connection_id, 8);

/* Sending: through a connection, or straight at a child's source. */
struct hv_input_post_message {
	uint32_t connectionid;
	uint32_t reserved;
	uint32_t message_type;
	uint32_t payload_size;
	uint64_t payload[HV_MESSAGE_PAYLOAD_QWORD_COUNT];
} HV_PACKED;

struct hv_input_signal_event {
	uint32_t connectionid;
	uint16_t flag_number;
	uint16_t rsvdz;
} HV_PACKED;

struct hv_input_post_message_direct {
	uint64_t partition_id;
	uint32_t vp_index;
	uint8_t vtl;
	uint8_t padding0[3];
	uint32_t sint_index;
	uint8_t message[HV_MESSAGE_SIZE];
	uint32_t padding1;
} HV_PACKED;

struct hv_input_signal_event_direct {
	uint64_t target_partition;
	uint32_t target_vp;
	uint8_t target_vtl;
	uint8_t target_sint;
	uint16_t flag_number;
} HV_PACKED;

struct hv_output_signal_event_direct {
	uint8_t newly_signaled;
	uint8_t reserved[7];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_input_post_message, 256);
HV_ASSERT_OFFSET(struct hv_input_post_message, message_type, 8);
HV_ASSERT_OFFSET(struct hv_input_post_message, payload_size, 12);
HV_ASSERT_OFFSET(struct hv_input_post_message, payload, 16);
HV_ASSERT_SIZE(struct hv_input_signal_event, 8);
HV_ASSERT_OFFSET(struct hv_input_signal_event, flag_number, 4);
HV_ASSERT_SIZE(struct hv_input_post_message_direct, 280);
HV_ASSERT_OFFSET(struct hv_input_post_message_direct, vp_index, 8);
HV_ASSERT_OFFSET(struct hv_input_post_message_direct, vtl, 12);
HV_ASSERT_OFFSET(struct hv_input_post_message_direct, sint_index, 16);
HV_ASSERT_OFFSET(struct hv_input_post_message_direct, message, 20);
HV_ASSERT_SIZE(struct hv_input_signal_event_direct, 16);
HV_ASSERT_OFFSET(struct hv_input_signal_event_direct, target_vp, 8);
HV_ASSERT_OFFSET(struct hv_input_signal_event_direct, target_vtl, 12);
HV_ASSERT_OFFSET(struct hv_input_signal_event_direct, target_sint, 13);
HV_ASSERT_OFFSET(struct hv_input_signal_event_direct, flag_number, 14);
HV_ASSERT_SIZE(struct hv_output_signal_event_direct, 8);

/* HVCALL_ASSERT_VIRTUAL_INTERRUPT: what a message-signalled interrupt would do. */
enum hv_interrupt_type {
	HV_X64_INTERRUPT_TYPE_FIXED = 0x0000,
	HV_X64_INTERRUPT_TYPE_LOWESTPRIORITY = 0x0001,
	HV_X64_INTERRUPT_TYPE_SMI = 0x0002,
	HV_X64_INTERRUPT_TYPE_REMOTEREAD = 0x0003,
	HV_X64_INTERRUPT_TYPE_NMI = 0x0004,
	HV_X64_INTERRUPT_TYPE_INIT = 0x0005,
	HV_X64_INTERRUPT_TYPE_SIPI = 0x0006,
	HV_X64_INTERRUPT_TYPE_EXTINT = 0x0007,
	HV_X64_INTERRUPT_TYPE_LOCALINT0 = 0x0008,
	HV_X64_INTERRUPT_TYPE_LOCALINT1 = 0x0009,
	HV_X64_INTERRUPT_TYPE_MAXIMUM = 0x000A,
};

union hv_interrupt_control {
	uint64_t as_uint64;
	struct {
		uint32_t interrupt_type; /* enum hv_interrupt_type */
		uint32_t level_triggered : 1;
		uint32_t logical_dest_mode : 1;
		uint32_t rsvd : 30;
	} HV_PACKED;
};

struct hv_input_assert_virtual_interrupt {
	uint64_t partition_id;
	union hv_interrupt_control control;
	uint64_t dest_addr; /* APIC id, or logical destination */
	uint32_t vector;
	uint8_t target_vtl;
	uint8_t rsvd_z0;
	uint16_t rsvd_z1;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_interrupt_control, 8);
HV_ASSERT_SIZE(struct hv_input_assert_virtual_interrupt, 32);
HV_ASSERT_OFFSET(struct hv_input_assert_virtual_interrupt, control, 8);
HV_ASSERT_OFFSET(struct hv_input_assert_virtual_interrupt, dest_addr, 16);
HV_ASSERT_OFFSET(struct hv_input_assert_virtual_interrupt, vector, 24);
HV_ASSERT_OFFSET(struct hv_input_assert_virtual_interrupt, target_vtl, 28);

/* IPIs that a guest sends by hypercall. */
struct hv_send_ipi {
	uint32_t vector;
	uint32_t reserved;
	uint64_t cpu_mask;
} HV_PACKED;

struct hv_send_ipi_ex {
	uint32_t vector;
	uint32_t reserved;
	struct hv_vpset vp_set;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_send_ipi, 16);
HV_ASSERT_OFFSET(struct hv_send_ipi, cpu_mask, 8);
HV_ASSERT_SIZE(struct hv_send_ipi_ex, 24);
HV_ASSERT_OFFSET(struct hv_send_ipi_ex, vp_set, 8);

#endif
