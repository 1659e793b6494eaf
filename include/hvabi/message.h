/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * SynIC messages and what they carry: intercepts, scheduler signals, completions
 * (TLFS chapters 9 "Intercepts" and 11 "Inter-partition communication").
 */
#ifndef HVABI_MESSAGE_H
#define HVABI_MESSAGE_H

#include "intercept.h"
#include "layout.h"
#include "memory.h"
#include "types.h"

#define HV_MESSAGE_SIZE		       256
#define HV_MESSAGE_PAYLOAD_BYTE_COUNT  240
#define HV_MESSAGE_PAYLOAD_QWORD_COUNT 30

enum hv_message_type {
	HVMSG_NONE = 0x00000000,

	/* Memory */
	HVMSG_UNMAPPED_GPA = 0x80000000,
	HVMSG_GPA_INTERCEPT = 0x80000001,
	HVMSG_UNACCEPTED_GPA = 0x80000003,
	HVMSG_GPA_ATTRIBUTE_INTERCEPT = 0x80000004,

	HVMSG_TIMER_EXPIRED = 0x80000010,

	/* Errors */
	HVMSG_INVALID_VP_REGISTER_VALUE = 0x80000020,
	HVMSG_UNRECOVERABLE_EXCEPTION = 0x80000021,
	HVMSG_UNSUPPORTED_FEATURE = 0x80000022,
	HVMSG_IOMMU_FAULT = 0x80000024,

	/* Says only which processor; the message itself is on its intercept message page. */
	HVMSG_OPAQUE_INTERCEPT = 0x8000003F,

	HVMSG_EVENTLOG_BUFFERCOMPLETE = 0x80000040,
	HVMSG_HYPERCALL_INTERCEPT = 0x80000050,

	/* SynIC */
	HVMSG_SYNIC_EVENT_INTERCEPT = 0x80000060,
	HVMSG_SYNIC_SINT_INTERCEPT = 0x80000061,
	HVMSG_SYNIC_SINT_DELIVERABLE = 0x80000062,

	HVMSG_ASYNC_CALL_COMPLETION = 0x80000070,

	/* Root scheduler */
	HVMSG_SCHEDULER_VP_SIGNAL_BITSET = 0x80000100,
	HVMSG_SCHEDULER_VP_SIGNAL_PAIR = 0x80000101,

	/* x86-64 */
	HVMSG_X64_IO_PORT_INTERCEPT = 0x80010000,
	HVMSG_X64_MSR_INTERCEPT = 0x80010001,
	HVMSG_X64_CPUID_INTERCEPT = 0x80010002,
	HVMSG_X64_EXCEPTION_INTERCEPT = 0x80010003,
	HVMSG_X64_APIC_EOI = 0x80010004,
	HVMSG_X64_LEGACY_FP_ERROR = 0x80010005,
	HVMSG_X64_IOMMU_PRQ = 0x80010006,
	HVMSG_X64_HALT = 0x80010007,
	HVMSG_X64_INTERRUPTION_DELIVERABLE = 0x80010008,
	HVMSG_X64_SIPI_INTERCEPT = 0x80010009,
	HVMSG_X64_SEV_VMGEXIT_INTERCEPT = 0x80010013,
};

/* 24 bits of identifier; the owner of the port chooses it. */
union hv_port_id {
	uint32_t asu32;
	struct {
		uint32_t id : 24;
		uint32_t reserved : 8;
	} HV_PACKED u;
};

HV_ASSERT_SIZE(union hv_port_id, 4);

/* msg_pending: another message waits for this slot, so write EOM after emptying it. */
union hv_message_flags {
	uint8_t asu8;
	struct {
		uint8_t msg_pending : 1;
		uint8_t reserved : 7;
	} HV_PACKED;
};

struct hv_message_header {
	uint32_t message_type; /* enum hv_message_type */
	uint8_t payload_size;
	union hv_message_flags message_flags;
	uint8_t reserved[2];
	union {
		uint64_t sender;
		union hv_port_id port;
	};
} HV_PACKED;

struct hv_message {
	struct hv_message_header header;
	union {
		uint64_t payload[HV_MESSAGE_PAYLOAD_QWORD_COUNT];
	} u;
} HV_PACKED;

HV_ASSERT_SIZE(union hv_message_flags, 1);
HV_ASSERT_SIZE(struct hv_message_header, 16);
HV_ASSERT_OFFSET(struct hv_message_header, payload_size, 4);
HV_ASSERT_OFFSET(struct hv_message_header, message_flags, 5);
HV_ASSERT_OFFSET(struct hv_message_header, sender, 8);
HV_ASSERT_OFFSET(struct hv_message_header, port, 8);
HV_ASSERT_SIZE(struct hv_message, 256);
HV_ASSERT_OFFSET(struct hv_message, u, 16);

/* Payload of HVMSG_SYNIC_SINT_INTERCEPT, sent to a SINT with as_intercept set. */
struct hv_notification_message_payload {
	uint32_t sint_index;
} HV_PACKED;

struct hv_timer_message_payload {
	uint32_t timer_index;
	uint32_t reserved;
	uint64_t expiration_time; /* when it was due */
	uint64_t delivery_time; /* when the message was written */
} HV_PACKED;

struct hv_async_completion_message_payload {
	uint64_t partition_id;
	uint32_t status;
	uint32_t completion_count;
	uint64_t sub_status;
} HV_PACKED;

struct hv_opaque_intercept_message {
	uint32_t vp_index;
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_notification_message_payload, 4);
HV_ASSERT_SIZE(struct hv_timer_message_payload, 24);
HV_ASSERT_OFFSET(struct hv_timer_message_payload, expiration_time, 8);
HV_ASSERT_OFFSET(struct hv_timer_message_payload, delivery_time, 16);
HV_ASSERT_SIZE(struct hv_async_completion_message_payload, 24);
HV_ASSERT_OFFSET(struct hv_async_completion_message_payload, status, 8);
HV_ASSERT_OFFSET(struct hv_async_completion_message_payload, completion_count, 12);
HV_ASSERT_OFFSET(struct hv_async_completion_message_payload, sub_status, 16);
HV_ASSERT_SIZE(struct hv_opaque_intercept_message, 4);

/* HVMSG_GPA_ATTRIBUTE_INTERCEPT: a guest changes who may see some of its pages. */
#define HV_GPA_ATTRIBUTE_INTERCEPT_MAX_RANGES 29

struct hv_x64_gpa_attribute_intercept_message {
	uint32_t vp_index;
	struct {
		uint32_t range_count : 5;
		uint32_t adjust : 1;
		uint32_t host_visibility : 2;
		uint32_t memory_type : 6;
		uint32_t reserved : 18;
	} HV_PACKED;
	union hv_gpa_page_range ranges[HV_GPA_ATTRIBUTE_INTERCEPT_MAX_RANGES];
} HV_PACKED;

HV_ASSERT_SIZE(struct hv_x64_gpa_attribute_intercept_message, 240);
HV_ASSERT_OFFSET(struct hv_x64_gpa_attribute_intercept_message, ranges, 8);

/* Root scheduler: these processors of the sender have something to run for. */
#define HV_ROOT_SCHEDULER_MAX_VPS_PER_CHILD_PARTITION 1024

struct hv_vp_signal_bitset_scheduler_message {
	uint64_t partition_id;
	uint32_t overflow_count;
	uint16_t vp_count;
	uint16_t reserved;
	union {
		struct hv_vpset bitset;
		uint64_t bitset_buffer[18];
	} vp_bitset;
} HV_PACKED;

#define HV_MESSAGE_MAX_PARTITION_VP_PAIR_COUNT 19

struct hv_vp_signal_pair_scheduler_message {
	uint32_t overflow_count;
	uint8_t vp_count;
	uint8_t reserved1[3];

	uint64_t partition_ids[HV_MESSAGE_MAX_PARTITION_VP_PAIR_COUNT];
	uint32_t vp_indexes[HV_MESSAGE_MAX_PARTITION_VP_PAIR_COUNT];

	uint8_t reserved2[4];
} HV_PACKED;

HV_ASSERT(HV_GENERIC_SET_QWORD_COUNT(HV_ROOT_SCHEDULER_MAX_VPS_PER_CHILD_PARTITION) == 18);
HV_ASSERT_SIZE(struct hv_vp_signal_bitset_scheduler_message, 160);
HV_ASSERT_OFFSET(struct hv_vp_signal_bitset_scheduler_message, overflow_count, 8);
HV_ASSERT_OFFSET(struct hv_vp_signal_bitset_scheduler_message, vp_count, 12);
HV_ASSERT_OFFSET(struct hv_vp_signal_bitset_scheduler_message, vp_bitset, 16);
HV_ASSERT_SIZE(struct hv_vp_signal_pair_scheduler_message, 240);
HV_ASSERT_OFFSET(struct hv_vp_signal_pair_scheduler_message, vp_count, 4);
HV_ASSERT_OFFSET(struct hv_vp_signal_pair_scheduler_message, partition_ids, 8);
HV_ASSERT_OFFSET(struct hv_vp_signal_pair_scheduler_message, vp_indexes, 160);

#endif
