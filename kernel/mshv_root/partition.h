/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSHV_ROOT_PARTITION_H
#define MSHV_ROOT_PARTITION_H

#include <linux/completion.h>
#include <linux/interval_tree.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "../include/mshv_partition.h"
#include "root.h"

#define MSHV_MAX_VPS	256

struct mshv_bridge;
struct mshv_vp;
struct mshv_routes;

/**
 * struct mshv_partition - a child partition
 * @id: the hypervisor's number for it; valid from creation to the last put
 * @refs: one for the descriptor, one for the descriptor of each VP, and what other modules
 *	hold
 * @hash_node: in the table of partitions; RCU
 * @list_node: in the list of them, with the latest at the end; RCU
 * @serial: greater than that of all that were made before; from 1
 * @owner: the process that made it
 * @owner_name: the name that it had then
 * @lock: creation of VPs, initialisation; guards @initialized and the writing
 *	of @vps, and @ioeventfds
 * @initialized: INITIALIZE succeeded
 * @large_pages: it may have large guest pages; constant
 * @broken: the hypervisor refused to take memory away from the guest, so that it
 *	must never run again; set once, read without a lock
 * @vps: by index; written under @lock, read under RCU
 * @nr_vps: how many there are; written under @lock
 * @deposited: pages that the hypervisor was given for it
 * @memory_lock: serialises mapping and unmapping of regions
 * @regions_lock: guards @regions, which is only changed with @memory_lock held too
 * @regions: memory by guest page
 * @orphans: regions that could not be unmapped; changed with @memory_lock held
 * @memory_holders: devices that access memory on their own, or are about to; guarded by
 *	@memory_lock
 * @async_lock: one asynchronous hypercall at a time; guards @async_pending
 * @async_pending: a caller was killed before its call was completed
 * @async_done: completed by the interrupt that brings @async_status
 * @async_status: result of the asynchronous hypercall
 * @irq_lock: guards @irqfds and the replacement of @routes; taken with
 *	interrupts off, below the lock of an eventfd's wait queue
 * @irqfds: all that are assigned
 * @irqfds_end_lock: serialises ends of irqfds, other than by their eventfds; outside
 *	@routes_lock and the lock of irqbypass
 * @resamplers: those of @irqfds that wait for an end of interrupt; RCU
 * @routes: what each interrupt number means; RCU, immutable
 * @routes_lock: serialises replacements of @routes, and of assignments against them
 * @bypass_lock: guards @bypasses, and the replacement of @routes against them
 * @bypasses: interrupts that have met a device's
 * @ioeventfds: all that are assigned
 * @stop_devices: keeps devices from its memory, when it is broken
 * @bridge: of its VFIO files, while that is open; changed without a lock
 * @debugfs: its directory, or an error pointer
 * @debugfs_vps: the one of its VPs, likewise
 */
struct mshv_partition {
	u64 id;
	refcount_t refs;
	struct hlist_node hash_node;
	struct list_head list_node;
	u64 serial;
	struct pid *owner;
	char owner_name[TASK_COMM_LEN];

	struct mutex lock;
	bool initialized;
	bool large_pages;
	bool broken;
	struct mshv_vp __rcu *vps[MSHV_MAX_VPS];
	u32 nr_vps;
	atomic64_t deposited;

	struct mutex memory_lock;
	spinlock_t regions_lock;
	struct rb_root_cached regions;
	struct list_head orphans;
	unsigned int memory_holders;

	struct mutex async_lock;
	bool async_pending;
	struct completion async_done;
	u64 async_status;

	spinlock_t irq_lock;
	struct list_head irqfds;
	struct mutex irqfds_end_lock;
	struct list_head resamplers;
	struct mshv_routes __rcu *routes;
	struct mutex routes_lock;
	struct mutex bypass_lock;
	struct list_head bypasses;

	struct list_head ioeventfds;

	struct work_struct stop_devices;
	struct mshv_bridge *bridge;

	struct dentry *debugfs;
	struct dentry *debugfs_vps;
};

struct mshv_partition *mshv_partition_find(u64 id);
struct mshv_partition *mshv_partition_next(struct mshv_partition *pt);
void mshv_partition_break(struct mshv_partition *pt);
void mshv_partition_stop(struct mshv_partition *pt);
long mshv_partition_create(void __user *arg);

/*
 * Has the last reference been put? VPs are freed one grace period after that: who reads false
 * within an RCU read-side critical section may look at pt->vps until its end. Once it is true
 * no VP runs, for each thread that runs one holds a reference.
 */
static inline bool mshv_partition_is_ending(const struct mshv_partition *pt)
{
	return !refcount_read(&pt->refs);
}

/*
 * The index may come from the hypervisor or from a caller: it is checked here,
 * and not beyond that even speculatively. Under RCU or pt->lock.
 */
static inline struct mshv_vp *mshv_partition_vp(struct mshv_partition *pt, u32 index)
{
	if (index >= MSHV_MAX_VPS)
		return NULL;
	index = array_index_nospec(index, MSHV_MAX_VPS);
	return rcu_dereference_check(pt->vps[index], lockdep_is_held(&pt->lock));
}

/* passthru.c */
long mshv_passthru_device(void *unused, void __user *arg);
long mshv_passthru_partition(void *pt, void __user *arg);
long mshv_passthru_vp(void *vp, void __user *arg);
void mshv_async_completed(struct mshv_partition *pt, u64 status);

/* scrub.c */
int mshv_partition_scrub(struct mshv_partition *pt, u64 *status);

/* extension.c */
long mshv_check_extension(void *unused, void __user *arg);

/* bridge.c */
long mshv_device_create(void *pt, void __user *arg);
bool mshv_is_vfio(struct file *file);

/* gpap.c */
long mshv_gpap_bitmap(void *pt, void __user *arg);

#endif
