/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Partitions. Root is one with more privileges; an L1VH partition is one that
 * may create children but does not own the machine.
 */
#ifndef MINIHV_PARTITION_H
#define MINIHV_PARTITION_H

#include "memory/mem.h"
#include "cpu/host_features.h"
#include "memory/npt.h"
#include "partition/overlay.h"

struct vp;
struct npt_entry;

#define MAX_VPS		256

enum partition_type {
	PARTITION_ROOT,
	PARTITION_L1VH,
	PARTITION_CHILD,
};

enum partition_state {
	PARTITION_CREATED,	/* properties that must come early can be set */
	PARTITION_ACTIVE,	/* initialised: VPs, memory, ports */
	PARTITION_FINALIZED,	/* nothing runs any more; being emptied */
};

/* Properties that are just kept; the others follow from the state (hypercall/property.c). */
struct partition_props {
	uint64_t privileges;			/* HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS */
	/* union hv_partition_synthetic_processor_features */
	uint64_t synthetic_features;
	uint64_t processors_per_socket;
	uint64_t unimplemented_msr_action;	/* 0: #GP, 1: writes ignored, reads are zero */
};

struct partition {
	struct list node;	/* partition_list */
	uint64_t id;
	enum partition_type type;
	struct partition *parent;	/* NULL: the hypervisor's child */
	uint32_t refs;			/* partition_get() */

	struct spinlock lock;	/* guards everything below unless said otherwise */
	enum partition_state state;
	struct pool pool;	/* has its own lock */
	struct npt npt;
	bool npt_ready;
	uint64_t gpa_end;	/* nothing was ever mapped from here on */
	bool closing;		/* partition_wait_users() is under way */
	struct vp *vps[MAX_VPS];	/* written under lock, read anywhere */
	uint32_t nr_vps;

	/* creation (TLFS HvCallCreatePartition) */
	uint64_t flags;
	uint64_t disabled_features[HOST_BANKS];
	uint64_t isolation;

	/* MSRs shared by all VPs: guest OS id, hypercall page, reference TSC page */
	uint64_t guest_os_id;
	uint64_t hypercall_msr;
	uint64_t reference_tsc_msr;
	void *hypercall_page;		/* the hypervisor's page overlaid or shown */
	void *reference_tsc_page;
	struct overlay hypercall_overlay, reference_tsc_overlay;
	struct overlay *overlays;	/* all that are placed, those of VPs too */
	uint64_t time_offset;		/* partition reference time = time_ref() - offset */
	uint64_t frozen_at;		/* reference time when frozen, ~0: running */

	struct partition_props props;
	uint64_t interrupt_pages;	/* set aside for interrupts of devices */
	struct list ports;		/* struct port, synic/ports.c */
	struct list connections;	/* struct connection, synic/ports.c */
	struct cpuid_result *cpuid_results;	/* registered CPUID results, NULL: none */
	struct intercepts *intercepts;	/* installed intercepts, NULL: none */
};

/* refs of a partition: one for being on the list, one for each partition_get(). */
extern struct partition *root_partition;
extern struct list partition_list;
extern struct spinlock partition_list_lock;

static inline bool partition_is_child(const struct partition *p)
{
	return p->type == PARTITION_CHILD;
}

/* A partition that is in no list yet. */
void partition_init(struct partition *p, uint64_t id, enum partition_type type);
/*
 * Look up by id as @caller may: HV_PARTITION_ID_SELF and its own id give @caller,
 * the id of a child of it gives that. NULL if there is none. Holds a reference.
 */
struct partition *partition_get(struct partition *caller, uint64_t id);
void partition_put(struct partition *p);
/* New child of @parent; its object comes from the parent's pool. NULL: out of pages. */
struct partition *partition_create_child(struct partition *parent);
/*
 * Wait until nobody but the caller (who holds a reference of its own) uses @p, so
 * that VPs taken out of p->vps can be destroyed. p->closing is set, p->lock not held.
 */
void partition_wait_users(struct partition *p);
/* VP @index of @p, NULL: none. Valid as long as the reference to @p is held. */
struct vp *partition_vp(struct partition *p, uint32_t index);
/*
 * Take one page of RAM away from @p's guests (deposit), or give it back; flushes
 * nothing. false: not RAM that @p has mapped for itself, or no page for a table.
 */
bool partition_take_page(struct partition *p, uint64_t gpa, uint64_t *pa);
void partition_show_page(struct partition *p, uint64_t pa);
/*
 * Make every CPU that runs a VP of @p leave the guest once; waits. The caller holds
 * the lock of @p and no VP's lock.
 */
void cpu_flush_partition(struct partition *p);
/* Takes it off the list; the object goes with the last reference. */
void partition_remove(struct partition *p);
/* At power-off: report everything that was not given back; returns how many things. */
unsigned int partition_report_leaks(void);

/* Reference time as the partition's guests see it, honours freezing. */
uint64_t partition_time(const struct partition *p);

#endif
