/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_VP_H
#define MSHV_ROOT_VP_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/rcuwait.h>

#include "exits.h"
#include "partition.h"
#include "stats.h"

/**
 * struct mshv_dispatch - arguments of the dispatch call of one VP
 * @in: input; only the flags change after creation
 * @out: output
 *
 * The call lasts as long as the guest runs, and interrupts that come in the
 * middle of it make hypercalls of their own: it cannot use the pages of the CPU.
 * An argument must not cross a page, which the alignment sees to.
 */
struct mshv_dispatch {
	struct hv_input_dispatch_vp in __aligned(64);
	struct hv_output_dispatch_vp out __aligned(64);
};

static_assert(sizeof(struct mshv_dispatch) == 128);

/**
 * struct mshv_vp - a virtual processor
 * @index: its index in the partition
 * @partition: whose; its descriptor holds a reference
 * @lock: serialises the ioctls of the descriptor; guards all up to @kicked
 * @dispatch: arguments of the dispatch call
 * @dispatch_pa: where they are
 * @hvcall_pages: arguments of hypercalls that the VMM makes, or NULL before the first
 * @registers: the register page: shared with user space, which may write
 *	anything at any time. Read with READ_ONCE(), check, then use
 * @message: the intercept message: shared with user space as well
 * @control: what the VMM says without an ioctl: shared with user space as well
 * @stats: counters of the hypervisor
 * @stopped: its partition is being scrubbed: no ioctl may do anything
 * @blocked: the hypervisor said that the guest waits; wait before the next dispatch
 * @intercepted: the next dispatch is to end the suspension by an intercept
 * @message_due: a run was interrupted while a message was under way: it
 *	must be waited for, and returned, before the guest runs again
 * @undelivered: @message did not reach the caller yet
 * @exits: how often the guest was left, by kind, MSHV_EXIT(); written by whoever runs it,
 *	read by anybody
 * @faults: how many of them were faults that the VMM does not hear of
 * @event_time: when there was the last event about it, in jiffies; 0 if never
 * @kicked: the hypervisor has signalled; set by interrupts
 * @look: a signal may have been lost; set by whoever knows that
 * @signal_due: with the core scheduler, a message was found before its signal came, if it does
 * @dispatched: the guest may be running in a dispatch call; read by interrupts
 * @apic_id_changes: how many times the VMM may have given it another APIC id
 * @apic_id_learnt: see inject_has_apic_id(); by whoever sends an interrupt, without a lock
 * @signals: how many times the hypervisor has signalled
 * @wait: where the thread that runs the VP waits
 */
struct mshv_vp {
	u32 index;
	struct mshv_partition *partition;
	struct mutex lock;
	struct mshv_dispatch *dispatch;
	phys_addr_t dispatch_pa;
	void *hvcall_pages;
	struct hv_vp_register_page *registers;
	struct hv_message *message;
	struct mshv_vp_control *control;
	struct mshv_stats stats;
	bool stopped;
	bool blocked;
	bool intercepted;
	bool message_due;
	bool undelivered;
	u64 exits[MSHV_EXITS];
	u64 faults;
	unsigned long event_time;

	bool kicked;
	bool look;
	bool signal_due;
	bool dispatched;
	atomic_t apic_id_changes;
	u32 apic_id_learnt;
	atomic64_t signals;
	struct rcuwait wait;
};

long mshv_vp_create(void *pt, void __user *arg);
void mshv_vp_destroy(struct mshv_vp *vp);
void mshv_vp_signal(struct mshv_vp *vp);
void mshv_vp_look(struct mshv_vp *vp);
int mshv_vp_suspend(struct mshv_vp *vp);

/* run.c, run_root.c, run_core.c */
long mshv_vp_run(struct mshv_vp *vp, struct mshv_run_vp __user *arg);
int mshv_vp_run_root(struct mshv_vp *vp);
int mshv_vp_run_core(struct mshv_vp *vp);
void mshv_vp_drain_root(struct mshv_vp *vp, unsigned long end);

/* inject.c */
void mshv_vp_forget_apic_id(struct mshv_vp *vp);
int mshv_vp_deliver_vectors(struct mshv_vp *vp);
void mshv_vp_drop_vectors(struct mshv_vp *vp);

/* passthru.c */
void mshv_passthru_vp_free(struct mshv_vp *vp);

/* vpstate.c */
long mshv_vp_get_state(void *vp, void __user *arg);
long mshv_vp_set_state(void *vp, void __user *arg);

/* translate.c */
long mshv_vp_translate(void *vp, void __user *arg);

/* stats.c */
int mshv_vp_map_stats(struct mshv_vp *vp);

/* What the VMM may have set in the first eight bytes of its page; the others are not looked at. */
#define MSHV_VP_CONTROL_KNOWN							\
	(0xffULL << (BITS_PER_BYTE * offsetof(struct mshv_vp_control, immediate_exit)) | \
	 0xffULL << (BITS_PER_BYTE * offsetof(struct mshv_vp_control, message_stays)))

static inline u64 mshv_vp_control(const struct mshv_vp *vp)
{
	return READ_ONCE(*(const u64 *)vp->control);
}

/* Before the guest runs, each time. */
static inline bool mshv_vp_must_exit(const struct mshv_vp *vp)
{
	return READ_ONCE(vp->control->immediate_exit);
}

static inline u64 mshv_vp_vectors(const struct mshv_vp *vp)
{
	return READ_ONCE(vp->registers->interrupt_vectors.as_uint64);
}

#endif
