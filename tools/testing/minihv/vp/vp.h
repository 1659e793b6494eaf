/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Virtual processors. While a VP is loaded on a CPU its registers belong to
 * that CPU; everybody else stops it first (vp_pause) and then owns them.
 */
#ifndef MINIHV_VP_H
#define MINIHV_VP_H

#include "cpu/cpu.h"
#include "cpu/vmcb.h"
#include "partition/partition.h"
#include "vp/parts.h"

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
	VP_STOP_SUSPENDED,	/* explicit_suspend */
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
	volatile uint32_t pauses;	/* by paused_by, which wants to look; see vp_pause() */
	struct cpu *paused_by;
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
	bool nmi_blocked;		/* delivered and no IRET carried out yet */
	bool iret_started;		/* it is at iret_address now, or gone on from there */
	uint64_t iret_address;
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
	uint32_t provided_pages;	/* state/page.c: a bit for each type that L1VH gave */

	/* Scheduler. */
	struct list queue_node;		/* sched/core.c: on cpu->queue */
	struct cpu *home;		/* sched/core.c: where it runs */
	uint64_t signal_count;		/* sched/root.c */
	bool reported_blocked;		/* sched/root.c: owes root a signal */
	bool dispatch_suspend;		/* sched/root.c: not dispatched any more */
	bool dispatched;		/* sched/root.c: a dispatch is under way */
	volatile bool on_cpu;		/* sched/core.c: picked, until it is put back */
	struct synic_message signal_message;
	struct vp *signal_target;
	void *stats_page[2];		/* hypercall/stats.c: SELF and PARENT areas */
	struct vp_stats *stats;
	struct vp_msrs *msrs;
};

/* Where a VP's memory comes from: root VPs are the hypervisor's own expense. */
static inline struct pool *vp_pool(struct partition *p)
{
	return partition_is_child(p) ? &p->pool : &hv_pool;
}

/* reset.c: after INIT, at the reset vector; the FPU at power-on; after SIPI. */
void vp_reset_registers(struct vp *vp);
void vp_reset_fpu(struct vp *vp);
void vp_sipi(struct vp *vp, uint8_t vector);

/*
 * Give @vp this CPU and take it back; FPU, debug registers and MSRs follow. Who has
 * something to do with the VP's registers before, takes the VP first.
 */
void vp_take(struct vp *vp);
void vp_load(struct vp *vp);
void vp_unload(struct vp *vp);
/* One entry into the guest and out again; the exit is in the VMCB. */
void vp_enter(struct vp *vp);
/*
 * Sleep until a physical interrupt is pending for root (true; it stays pending)
 * or an NMI came (false). No VP may be loaded.
 */
bool cpu_idle(struct cpu *cpu);

/*
 * Stop @vp wherever it is and keep it stopped; afterwards its registers may be
 * read and written by the caller alone: others that want to pause it wait. A CPU pauses one VP
 * at a time, and while it waits others may pause the VP that it has loaded itself. Not for
 * that one (it is stopped already): then it does nothing.
 */
void vp_pause(struct vp *vp);
void vp_resume(struct vp *vp);
/* Out of the guest, so that it looks at its and the partition's state before it goes on. */
void vp_push_out(struct vp *vp);
/* @vp has something new (interrupt, change of suspend state): make it look. */
void vp_wake(struct vp *vp);
/* What that means for a child VP that is on no CPU: the scheduler's. */
extern void (*vp_wake_child)(struct vp *vp);

/* valid.c: could a processor be in this state, is @vector an exception's? */
bool vp_state_valid(const struct vp *vp);
bool vp_is_exception(uint32_t vector);

/* Queue an exception for the next entry; @error is used where the vector has one. */
void vp_inject_exception(struct vp *vp, uint8_t vector, uint32_t error);
void vp_inject_gp(struct vp *vp);
void vp_inject_ud(struct vp *vp);
/* Step over the instruction that exited. */
void vp_skip(struct vp *vp, unsigned int length);

/*
 * NMIs are blocked from one that is delivered until an IRET is carried out. The
 * processor tells before it is; that it was shows at an exit elsewhere.
 */
void vp_block_nmis(struct vp *vp, bool on);
void vp_begin_iret(struct vp *vp);
void vp_settle_iret(struct vp *vp);

/* An exit as soon as the guest could take an interrupt, whatever its TPR. */
void vp_open_window(struct vp *vp);
void vp_close_window(struct vp *vp);
/* Was @vector asserted by a SINT that ends its interrupts by itself? */
bool vp_auto_eoi(const struct vp *vp, uint8_t vector);

static inline bool vp_shadowed(const struct vp *vp)
{
	return vp->vmcb->int_state & 1;
}

static inline bool vp_interruptible(const struct vp *vp)
{
	return (vp->vmcb->rflags & RFLAGS_IF) && !vp_shadowed(vp) && !vp->pending_event;
}

/* Place (or, without the enable bit, remove) a page of the hypervisor's at the GPA in @value. */
bool vp_place_page(struct vp *vp, struct overlay *o, void *page, uint64_t value,
		   uint32_t access);
/* Guest memory of @vp's partition, within one page; NULL: not mapped for @access. */
static inline void *vp_gpa(struct vp *vp, uint64_t gpa, uint32_t access)
{
	return npt_gpa_to_va(&vp->partition->npt, gpa, access);
}

#endif
