/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints. They name things as the hypervisor does: partition id, VP index.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mshv

#if !defined(MSHV_ROOT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MSHV_ROOT_TRACE_H

#include <linux/tracepoint.h>

TRACE_EVENT(mshv_partition_create,
	TP_PROTO(u64 id, u64 flags),
	TP_ARGS(id, flags),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u64, flags)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->flags = flags;
	),
	TP_printk("partition=%llu flags=%#llx", __entry->id, __entry->flags)
);

TRACE_EVENT(mshv_partition_destroy,
	TP_PROTO(u64 id),
	TP_ARGS(id),
	TP_STRUCT__entry(
		__field(u64, id)
	),
	TP_fast_assign(
		__entry->id = id;
	),
	TP_printk("partition=%llu", __entry->id)
);

TRACE_EVENT(mshv_vp_create,
	TP_PROTO(u64 id, u32 vp),
	TP_ARGS(id, vp),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u32, vp)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->vp = vp;
	),
	TP_printk("partition=%llu vp=%u", __entry->id, __entry->vp)
);

TRACE_EVENT(mshv_vp_run,
	TP_PROTO(u64 id, u32 vp, u32 message, int ret),
	TP_ARGS(id, vp, message, ret),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u32, vp)
		__field(u32, message)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->vp = vp;
		__entry->message = message;
		__entry->ret = ret;
	),
	TP_printk("partition=%llu vp=%u message=%#x ret=%d",
		  __entry->id, __entry->vp, __entry->message, __entry->ret)
);

TRACE_EVENT(mshv_vp_dispatch,
	TP_PROTO(u64 id, u32 vp, u32 flags, u32 state, u32 event, u64 status),
	TP_ARGS(id, vp, flags, state, event, status),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u32, vp)
		__field(u32, flags)
		__field(u32, state)
		__field(u32, event)
		__field(u16, status)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->vp = vp;
		__entry->flags = flags;
		__entry->state = state;
		__entry->event = event;
		__entry->status = status;
	),
	TP_printk("partition=%llu vp=%u flags=%#x state=%u event=%u status=%#x",
		  __entry->id, __entry->vp, __entry->flags, __entry->state,
		  __entry->event, __entry->status)
);

TRACE_EVENT(mshv_vp_fault,
	TP_PROTO(u64 id, u32 vp, u64 gpa, u8 access, int ret),
	TP_ARGS(id, vp, gpa, access, ret),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u32, vp)
		__field(u64, gpa)
		__field(u8, access)
		__field(int, ret)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->vp = vp;
		__entry->gpa = gpa;
		__entry->access = access;
		__entry->ret = ret;
	),
	TP_printk("partition=%llu vp=%u gpa=%#llx access=%u ret=%d",
		  __entry->id, __entry->vp, __entry->gpa, __entry->access, __entry->ret)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
