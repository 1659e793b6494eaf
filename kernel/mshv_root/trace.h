/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints. They name things as the hypervisor does: partition id, VP index.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mshv

#if !defined(MSHV_ROOT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MSHV_ROOT_TRACE_H

#include <linux/tracepoint.h>
#include <hyperv/hvhdk.h>

/* perf and trace-cmd have no enumerators: they are told what those stand for. */
TRACE_DEFINE_ENUM(HVMSG_NONE);
TRACE_DEFINE_ENUM(HVMSG_UNMAPPED_GPA);
TRACE_DEFINE_ENUM(HVMSG_GPA_INTERCEPT);
TRACE_DEFINE_ENUM(HVMSG_INVALID_VP_REGISTER_VALUE);
TRACE_DEFINE_ENUM(HVMSG_UNRECOVERABLE_EXCEPTION);
TRACE_DEFINE_ENUM(HVMSG_HYPERCALL_INTERCEPT);
TRACE_DEFINE_ENUM(HVMSG_X64_IO_PORT_INTERCEPT);
TRACE_DEFINE_ENUM(HVMSG_X64_MSR_INTERCEPT);
TRACE_DEFINE_ENUM(HVMSG_X64_CPUID_INTERCEPT);
TRACE_DEFINE_ENUM(HVMSG_X64_EXCEPTION_INTERCEPT);
TRACE_DEFINE_ENUM(HVMSG_X64_APIC_EOI);
TRACE_DEFINE_ENUM(HVMSG_X64_HALT);
TRACE_DEFINE_ENUM(HVMSG_X64_INTERRUPTION_DELIVERABLE);
TRACE_DEFINE_ENUM(HVMSG_X64_SIPI_INTERCEPT);

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

/*
 * Of what the message says, as the processor is in other places: where the guest was, and
 * for an access to memory its address, for one to a port or an MSR its number, for an
 * exception or an interrupt its vector.
 */
TRACE_EVENT(mshv_vp_run,
	TP_PROTO(u64 id, u32 vp, u32 message, int ret, u64 rip, u64 gpa, u32 number),
	TP_ARGS(id, vp, message, ret, rip, gpa, number),
	TP_STRUCT__entry(
		__field(u64, id)
		__field(u32, vp)
		__field(u32, message)
		__field(int, ret)
		__field(u32, number)
		__field(u64, rip)
		__field(u64, gpa)
	),
	TP_fast_assign(
		__entry->id = id;
		__entry->vp = vp;
		__entry->message = message;
		__entry->ret = ret;
		__entry->number = number;
		__entry->rip = rip;
		__entry->gpa = gpa;
	),
	TP_printk("partition=%llu vp=%u message=%#x ret=%d exit=%s rip=%#llx gpa=%#llx number=%#x",
		  __entry->id, __entry->vp, __entry->message, __entry->ret,
		  __print_symbolic(__entry->message,
			{ HVMSG_NONE, "none" },
			{ HVMSG_UNMAPPED_GPA, "unmapped-gpa" },
			{ HVMSG_GPA_INTERCEPT, "gpa-intercept" },
			{ HVMSG_INVALID_VP_REGISTER_VALUE, "invalid-register" },
			{ HVMSG_UNRECOVERABLE_EXCEPTION, "unrecoverable" },
			{ HVMSG_HYPERCALL_INTERCEPT, "hypercall" },
			{ HVMSG_X64_IO_PORT_INTERCEPT, "io-port" },
			{ HVMSG_X64_MSR_INTERCEPT, "msr" },
			{ HVMSG_X64_CPUID_INTERCEPT, "cpuid" },
			{ HVMSG_X64_EXCEPTION_INTERCEPT, "exception" },
			{ HVMSG_X64_APIC_EOI, "apic-eoi" },
			{ HVMSG_X64_HALT, "halt" },
			{ HVMSG_X64_INTERRUPTION_DELIVERABLE, "interrupt-window" },
			{ HVMSG_X64_SIPI_INTERCEPT, "sipi" }),
		  __entry->rip, __entry->gpa, __entry->number)
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
	TP_printk("partition=%llu vp=%u flags=%#x state=%u event=%u status=%#x (%s)",
		  __entry->id, __entry->vp, __entry->flags, __entry->state,
		  __entry->event, __entry->status,
		  __print_symbolic(__entry->status,
			{ HV_STATUS_SUCCESS, "success" },
			{ HV_STATUS_INVALID_PARAMETER, "invalid-parameter" },
			{ HV_STATUS_ACCESS_DENIED, "access-denied" },
			{ HV_STATUS_INSUFFICIENT_MEMORY, "insufficient-memory" },
			{ HV_STATUS_INVALID_PARTITION_ID, "invalid-partition" },
			{ HV_STATUS_INVALID_VP_INDEX, "invalid-vp" },
			{ HV_STATUS_INVALID_VP_STATE, "invalid-vp-state" }))
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
