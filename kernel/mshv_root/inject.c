// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that reach a VP by its register page, without a hypercall.
 *
 * With the root scheduler the hypervisor takes vectors from there when it begins
 * a dispatch, if it is told to look. For a guest that is not running, to add a
 * vector and to wake its thread is all that is needed. For one that is running,
 * or might be, the hypervisor must be called.
 *
 * The page is shared with the VMM: what is in it is checked before it is used,
 * and nobody waits for it to make sense.
 */
#include "hvcall.h"
#include "irq.h"
#include "vp.h"

#define TRIES_MAX	8

static u64 *inject_vectors_of(struct mshv_vp *vp)
{
	void *page = vp->registers;

	return page + offsetof(struct hv_vp_register_page, interrupt_vectors);
}

static int inject_find_vector(const union hv_vp_register_page_interrupt_vectors *v, u8 vector)
{
	int i;

	for (i = 0; i < v->vector_count; i++)
		if (v->vector[i] == vector)
			return i;
	return -1;
}

enum added {
	NO_ROOM,	/* or what is in the page makes no sense */
	ADDED,
	PRESENT,	/* whoever added it wakes the VP, or calls the hypervisor */
};

/* Inline, as inject_has_apic_id() is: both are on the way of each interrupt of an irqfd. */
static __always_inline enum added inject_add_vector(struct mshv_vp *vp, u8 vector)
{
	u64 *vectors = inject_vectors_of(vp);
	unsigned int tries;

	for (tries = 0; tries < TRIES_MAX; tries++) {
		union hv_vp_register_page_interrupt_vectors old = { .as_uint64 = READ_ONCE(*vectors) };
		union hv_vp_register_page_interrupt_vectors new = old;

		if (old.vector_count > HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT)
			return NO_ROOM;
		if (inject_find_vector(&old, vector) >= 0)
			return PRESENT;
		if (old.vector_count == HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT)
			return NO_ROOM;
		new.vector[new.vector_count++] = vector;
		if (cmpxchg(vectors, old.as_uint64, new.as_uint64) == old.as_uint64)
			return ADDED;
	}
	return NO_ROOM;
}

/* Takes a vector out again. False: the hypervisor has taken it from the page meanwhile. */
static bool inject_take_back_vector(struct mshv_vp *vp, u8 vector)
{
	u64 *vectors = inject_vectors_of(vp);
	unsigned int tries;

	for (tries = 0; tries < TRIES_MAX; tries++) {
		union hv_vp_register_page_interrupt_vectors old = { .as_uint64 = READ_ONCE(*vectors) };
		union hv_vp_register_page_interrupt_vectors new = old;
		int i;

		if (old.vector_count > HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT)
			return true;
		i = inject_find_vector(&old, vector);
		if (i < 0)
			return false;
		new.vector[i] = new.vector[--new.vector_count];
		new.vector[new.vector_count] = 0;
		if (cmpxchg(vectors, old.as_uint64, new.as_uint64) == old.as_uint64)
			return true;
	}
	return true;
}

static bool inject_vector(struct mshv_vp *vp, u8 vector)
{
	enum added added;

	RCU_LOCKDEP_WARN(!rcu_read_lock_held(), "VPs are freed after a grace period");
	if (READ_ONCE(vp->dispatched))
		return false;
	added = inject_add_vector(vp, vector);
	if (added != ADDED)
		return added == PRESENT;
	/*
	 * Pairs with the one in vp_dispatch(): either the thread that is about to
	 * dispatch sees the vector, or it is seen here that it is about to.
	 */
	smp_mb();
	if (READ_ONCE(vp->dispatched))
		return !inject_take_back_vector(vp, vector);
	rcuwait_wake_up(&vp->wait);
	return true;
}

/*
 * The id is in the upper byte as long as the local APIC is no x2APIC. There may be
 * hypervisors that do not tell: then it is the one that the VP began with.
 */
static bool inject_ask_for_apic_id(const struct mshv_vp *vp, u32 id)
{
	union hv_register_value value;
	u64 pt = vp->partition->id;

	if (hv_call_get_vp_register(pt, vp->index, HV_REGISTER_NR_INITIAL_APIC_ID, &value) ||
	    value.reg64 != id)
		return false;
	if (hv_call_get_vp_register(pt, vp->index, HV_REGISTER_NR_APIC_ID, &value))
		return true;
	return value.reg64 == id || value.reg64 == (u64)id << 24;
}

/* What apic_id_learnt is after so many changes. 0 is never right. */
#define LEARNT(changes, is_index)	(((u32)(changes) << 2) | ((is_index) << 1) | 1)

/*
 * VPs are looked up by index. Usually that is the APIC id, but the VMM may have given
 * it another one. The hypervisor is asked when the first interrupt is sent, and again
 * after each change. What was learnt is kept with the number of changes before it was
 * asked for: an answer that was overtaken by a change is never believed.
 */
static __always_inline bool inject_has_apic_id(struct mshv_vp *vp, u32 id)
{
	int changes = atomic_read(&vp->apic_id_changes);
	u32 learnt = READ_ONCE(vp->apic_id_learnt);

	if (likely(learnt == LEARNT(changes, 1)))
		return true;
	if (learnt == LEARNT(changes, 0))
		return false;
	/* Its hypercalls keep the order on either side. */
	learnt = LEARNT(changes, inject_ask_for_apic_id(vp, id));
	WRITE_ONCE(vp->apic_id_learnt, learnt);
	return learnt == LEARNT(changes, 1);
}

/**
 * mshv_route_inject - try to send an interrupt without a hypercall
 * @pt: the partition
 * @route: the interrupt, which is simple
 *
 * Context: any, interrupts may be off; under RCU.
 * Return: whether it is on its way.
 */
bool mshv_route_inject(struct mshv_partition *pt, const struct mshv_route *route)
{
	struct mshv_vp *vp;

	if (!mshv_host.vector_injection)
		return false;
	vp = mshv_partition_vp(pt, route->apic_id);
	return vp && inject_has_apic_id(vp, route->apic_id) && inject_vector(vp, route->vector);
}

/**
 * mshv_vp_deliver_vectors - hand what waits in the register page to the hypervisor
 * @vp: the VP, which does not run
 *
 * With another APIC id than its index all stays there: the hypervisor finds it when the VP
 * runs. What makes no sense is not looked at any further.
 *
 * Context: process context, with the VP's lock held.
 * Return: 0, or a negative errno; then what was not delivered is in the page again.
 */
int mshv_vp_deliver_vectors(struct mshv_vp *vp)
{
	static const union hv_interrupt_control fixed = {
		.interrupt_type = HV_X64_INTERRUPT_TYPE_FIXED,
	};
	union hv_vp_register_page_interrupt_vectors waiting;
	int i, ret = 0;
	u8 nr;

	lockdep_assert_held(&vp->lock);
	if (!mshv_host.vector_injection || !mshv_vp_vectors(vp) ||
	    !inject_has_apic_id(vp, vp->index))
		return 0;
	waiting.as_uint64 = xchg(inject_vectors_of(vp), 0);
	nr = min(waiting.vector_count, HV_VP_REGISTER_PAGE_MAX_VECTOR_COUNT);
	for (i = 0; i < nr; i++) {
		ret = hv_call_assert_virtual_interrupt(vp->partition->id, waiting.vector[i],
						       vp->index, fixed);
		if (ret)
			break;
	}
	for (; i < nr; i++)
		inject_add_vector(vp, waiting.vector[i]);
	return ret;
}

/* What waits there was for the VP as it was before a scrub, or with another local APIC. */
void mshv_vp_drop_vectors(struct mshv_vp *vp)
{
	lockdep_assert_held(&vp->lock);
	if (mshv_host.vector_injection)
		WRITE_ONCE(*inject_vectors_of(vp), 0);
}

/* After the VMM has set registers or state: the APIC id may be another one from now on. */
void mshv_vp_forget_apic_id(struct mshv_vp *vp)
{
	atomic_inc(&vp->apic_id_changes);
}
