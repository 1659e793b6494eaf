/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual processors. While a VP is loaded on a CPU its registers belong to
 * that CPU; everybody else stops it first (vp_pause) and then owns them.
 */
#ifndef MINIHV_VP_H
#define MINIHV_VP_H

#include "cpu/cpu.h"
#include "partition/partition.h"
#include "synic/synic.h"
#include "cpu/timer.h"
#include "cpu/vmcb.h"
#include "vp/stats.h"
#include "lapic/lapic.h"
#include "synic/stimer.h"

/* General registers that VMRUN does not swap, in the order svm_vmrun() knows. */
struct gprs {
	uint64_t rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
};

/* Why vp_run() came back. */
enum vp_stop {
	VP_STOP_NONE,		/* keep running */
	VP_STOP_PREEMPTED,	/* physical interrupt, kick or end of its time */
	VP_STOP_INTERCEPT,	/* an intercept message was written, intercept_suspend is set */
	VP_STOP_BLOCKED,	/* halted or waiting for SIPI, nothing pending */
	VP_STOP_SUSPENDED,	/* explicit_suspend (or frozen time) */
};

struct vp {
	struct partition *partition;
	uint32_t index;
	struct spinlock lock;	/* run state below; held only for moments */

	/* Guest state. VMCB and xsave area are pages of the partition's pool. */
	struct vmcb *vmcb;
	struct gprs gprs;
	uint64_t dr[4];
	uint64_t xcr0;
	uint64_t xss;
	uint64_t tsc_aux;
	void *xsave;
	uint32_t apic_id;
	uint64_t vp_assist_msr;
	void *vp_assist_page;

	/* Run state. */
	struct cpu *volatile loaded;	/* CPU that has the VP's registers */
	volatile uint32_t pauses;	/* others that want to look; see vp_pause() */
	bool explicit_suspend;
	bool intercept_suspend;
	bool halted;			/* HLT or idle, until an interrupt */
	bool idle;			/* halted, and one held off by IF ends it, too */
	bool wait_for_sipi;
	/* Something happened that the VP must look at before it blocks. */
	volatile bool wakeup;

	/* Event to inject at the next entry: VMCB_EVENT_*, 0: none. */
	uint64_t pending_event;
	uint32_t pending_error;
	bool own_exception;		/* it is an exception that the guest has not seen */
	uint64_t exception_address;	/* of a #PF held back: CR2 once it is delivered */
	bool nmi_pending;
	bool nmi_blocked;		/* delivered and no IRET seen yet */
	uint64_t deliverability;	/* union hv_deliverability_notifications_register */

	struct synic synic;
	struct stimers stimers;
	struct lapic lapic;		/* children; the machine's own serves root */

	/* Pages that the parent maps (MAP_VP_STATE_PAGE), NULL: not mapped. */
	struct hv_vp_register_page *register_page;
	struct hv_message *intercept_page;
	/*
	 * Messages of this VP on their way to a SINT0 of the parent: an intercept,
	 * the end of an interrupt. Each with the root VP it was sent to, or NULL.
	 */
	struct synic_message intercept_message, eoi_message;
	struct synic_message direct_message;	/* HVCALL_POST_MESSAGE_DIRECT, for this VP */
	struct vp *intercept_target, *eoi_target;
	uint64_t eoi_vectors[4];	/* ended, and not told to the parent yet */
	bool intercept_unsent;		/* to be sent when the VP has left its CPU */
	uint32_t provided_pages;	/* statepage.c: a bit for each type that L1VH gave */

	/* Scheduler. */
	struct list queue_node;		/* sched_core.c: on cpu->queue */
	struct cpu *home;		/* sched_core.c: where it runs */
	uint64_t signal_count;		/* sched_root.c */
	bool reported_blocked;		/* sched_root.c: owes root a signal */
	bool dispatch_suspend;		/* sched_root.c: not dispatched any more */
	bool dispatched;		/* sched_root.c: a dispatch is under way */
	volatile bool on_cpu;		/* sched_core.c: picked, until it is put back */
	struct synic_message signal_message;
	struct vp *signal_target;
	void *stats_page[2];		/* hc_stats.c: SELF and PARENT areas */
	struct vp_stats *stats;
	struct vp_msrs *msrs;		/* msr.h */
};

/* Where a VP's memory comes from: root VPs are the hypervisor's own expense. */
static inline struct pool *vp_pool(struct partition *p)
{
	return partition_is_child(p) ? &p->pool : &hv_pool;
}

/* vp.c */
/*
 * Make VP @index of @p: object, VMCB, xsave area from the pool of @p.
 * NULL: out of pages. The caller holds p->lock and publishes it.
 */
struct vp *vp_create(struct partition *p, uint32_t index);
void vp_destroy(struct vp *vp);
/* vp_reset.c: after INIT, at the reset vector; the FPU at power-on; after SIPI. */
void vp_reset_registers(struct vp *vp);
void vp_reset_fpu(struct vp *vp);
void vp_sipi(struct vp *vp, uint8_t vector);

/* hc_vp.c: suspend a child VP that is going away, and wait until it has stopped. */
void vp_stop_for_good(struct vp *vp);
/* hc_vp.c: take a stopped child VP out of its partition and destroy it. */
void vp_remove(struct vp *vp);

/* Give @vp this CPU and take it back; FPU, debug registers and MSRs follow. */
void vp_load(struct vp *vp);
void vp_unload(struct vp *vp);
/* One entry into the guest and out again; the exit is in the VMCB. */
void vp_enter(struct vp *vp);
/*
 * Sleep until a physical interrupt is pending for root (true; it stays pending)
 * or an NMI came (false). No VP may be loaded.
 */
bool cpu_idle(struct cpu *cpu);
/* Load, enter and handle exits until there is a reason to stop; then unload. */
enum vp_stop vp_run(struct vp *vp, uint64_t time_slice);

/*
 * Stop @vp wherever it is and keep it stopped; afterwards its registers may be
 * read and written by the caller. Nests. Not for the VP loaded on this CPU
 * (that one is stopped already): then it does nothing.
 */
void vp_pause(struct vp *vp);
void vp_resume(struct vp *vp);
/* Out of the guest, so that it looks at its and the partition's state before it goes on. */
void vp_push_out(struct vp *vp);
/* @vp has something new (interrupt, change of suspend state): make it look. */
void vp_wake(struct vp *vp);

/* Queue an exception for the next entry; @error is used where the vector has one. */
void vp_inject_exception(struct vp *vp, uint8_t vector, uint32_t error);
void vp_inject_gp(struct vp *vp);
void vp_inject_ud(struct vp *vp);
/* Step over the instruction that exited. */
void vp_skip(struct vp *vp, unsigned int length);

/* exits */
/* exit_root.c: returns when the root VP can be entered again. */
void root_exit(struct vp *vp);
/* exit_child.c: VP_STOP_NONE to go on. */
enum vp_stop child_exit(struct vp *vp);
/* child_events.c: before entry: interrupts; VP_STOP_BLOCKED if halted and nothing is pending. */
enum vp_stop child_prepare(struct vp *vp);
/* child_events.c: the guest returned from an NMI. */
void child_iret(struct vp *vp);
/* child_events.c: an exit as soon as the guest could take an interrupt, whatever its TPR. */
void vp_open_window(struct vp *vp);
void vp_close_window(struct vp *vp);

static inline bool vp_shadowed(const struct vp *vp)
{
	return vp->vmcb->int_state & 1;
}

static inline bool vp_interruptible(const struct vp *vp)
{
	return (vp->vmcb->rflags & RFLAGS_IF) && !vp_shadowed(vp) && !vp->pending_event;
}

/* root_events.c: before entry. */
void root_prepare(struct vp *vp);
/* root_events.c: is there something to inject that ends a halt? */
bool root_has_event(const struct vp *vp);
/* root_events.c: an interrupt that needs no EOI. Any context. */
void root_assert_auto_eoi(struct vp *vp, uint8_t vector);

/*
 * cpuid.c, msr.c: on behalf of @vp, loaded here for cpuid_emulate(); false: #GP, or the MSR is not ours (*known =
 * false). get and set are for the parent, who is not bound by the VP's privileges.
 */
void cpuid_emulate(struct vp *vp, uint32_t leaf, uint32_t subleaf, uint32_t r[4]);
bool msr_read(struct vp *vp, uint32_t msr, uint64_t *value, bool *known);
bool msr_write(struct vp *vp, uint32_t msr, uint64_t value, bool *known);
bool msr_get(struct vp *vp, uint32_t msr, uint64_t *value, bool *known);
bool msr_set(struct vp *vp, uint32_t msr, uint64_t value, bool *known);

/* Permission maps of children or root: hv_alloc_pages(), built once. */
void *msr_permission_map(bool child);
void *io_permission_map(bool child);

/*
 * irq.c: deliver @vector to @vp: through the machine's local APIC for root and
 * L1VH, through the emulated one for children. Any context.
 */
void vp_assert_interrupt(struct vp *vp, uint8_t vector);

/* Guest memory of @vp's partition, within one page; NULL: not mapped for @access. */
static inline void *vp_gpa(struct vp *vp, uint64_t gpa, uint32_t access)
{
	return npt_gpa_to_va(&vp->partition->npt, gpa, access);
}

#endif
